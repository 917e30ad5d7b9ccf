"""Growing proposes what is most like the members and unlike what was rejected, in the original space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from explorer.subsets.grow import Candidates, Growth, candidates, histogram, stop_hint
from explorer.subsets.similarity import nearness

if TYPE_CHECKING:
    from explorer.data.records import Float32


def _on_circle(*degrees: float) -> Float32:
    """Unit vectors at these angles: cosines are read off the differences."""
    turns = np.deg2rad(degrees)
    return np.stack([np.cos(turns), np.sin(turns)], axis=1).astype(np.float32)


def _grown(vectors: Float32, members: list[int], rejected: list[int], k: int = 50) -> Candidates:
    return candidates(Growth.over(vectors).scores(members, rejected), [*members, *rejected], k=k)


def test_the_nearest_come_first() -> None:
    assert _grown(_on_circle(0, 30, 10, 60), [0], []).rows.tolist() == [2, 1, 3]


def test_members_and_rejected_points_are_never_proposed() -> None:
    assert _grown(_on_circle(0, 1, 2, 3, 4), [0, 4], [2]).rows.tolist() != []
    assert set(_grown(_on_circle(0, 1, 2, 3, 4), [0, 4], [2]).rows.tolist()) == {1, 3}


def test_a_subset_of_two_clusters_grows_at_both() -> None:
    """The mean of two opposite clusters would be nowhere: candidates are compared with the nearest members."""
    members = _on_circle(0, 2, 4, 180, 182, 184)
    found = _grown(np.vstack([members, _on_circle(6, 186, 90)]), list(range(6)), [])
    assert set(found.rows[:2].tolist()) == {6, 7}
    assert found.rows[2] == 8


def test_one_rejection_pushes_down_what_looks_like_it() -> None:
    vectors = _on_circle(0, 20, -25, 22)  # a member, two near ones, and one that is rejected
    assert _grown(vectors, [0], []).rows[0] == 1
    assert _grown(vectors, [0], [3]).rows[0] == 2


def test_a_score_is_below_the_plain_similarity_where_something_was_rejected() -> None:
    vectors = _on_circle(0, 20, -25, 22)
    found = _grown(vectors, [0], [3])
    assert found.scores[0] < nearness(vectors[found.rows], vectors[[0]])[0]
    assert (np.diff(found.scores) <= 0).all()


def test_no_more_than_asked_for_and_the_rest_is_counted() -> None:
    found = _grown(_on_circle(*range(40)), [0], [], k=5)
    assert (len(found.rows), found.left) == (5, 34)


@pytest.mark.parametrize(("members", "rejected"), [([0, 1], []), ([0], [1])])
def test_nothing_left_gives_nothing(members: list[int], rejected: list[int]) -> None:
    found = _grown(_on_circle(0, 1), members, rejected)
    assert (len(found.rows), found.left) == (0, 0)


def test_what_is_not_finite_or_below_the_threshold_does_not_qualify() -> None:
    scores = np.array([0.5, np.nan, 0.9, -np.inf, 0.5, 0.4, np.inf], np.float32)
    found = candidates(scores, [2], k=1, at_least=0.5)
    assert (found.rows.tolist(), found.scores.tolist(), found.left) == ([0], [0.5], 1)


def _planted(seed: int = 0, n: int = 1200, width: int = 24) -> tuple[Float32, np.ndarray]:
    """Six big classes, and a small shift that 50 points of all classes share: what an edge case looks like."""
    chance = np.random.default_rng(seed)
    vectors = 4 * chance.normal(size=(6, width))[chance.integers(6, size=n)] + 0.7 * chance.normal(size=(n, width))
    has = np.zeros(n, np.bool_)
    has[chance.choice(n, 50, replace=False)] = True
    vectors[has] += 1.5 * chance.normal(size=width)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32), has


def test_growth_finds_a_shared_condition_that_the_mean_does_not() -> None:
    """Members of several classes share only how they look: classes must not drown that."""
    ours = plain = 0
    for seed in range(4):
        vectors, has = _planted(seed)
        members = np.flatnonzero(has)[:5].tolist()
        to_mean = vectors @ vectors[members].mean(axis=0)
        to_mean[members] = -np.inf
        ours += int(has[_grown(vectors, members, [], k=45).rows].sum())
        plain += int(has[np.argsort(-to_mean)[:45]].sum())
    assert ours > 0.8 * 4 * 45
    assert ours > 1.5 * plain


def test_one_more_page_only_adds() -> None:
    vectors, has = _planted()
    members = np.flatnonzero(has)[:5].tolist()
    one, two = (_grown(vectors, members, [], k).rows.tolist() for k in (20, 40))
    assert two[:20] == one
    assert len(set(two)) == 40


def test_a_threshold_keeps_exactly_what_the_histogram_shows_above_it() -> None:
    vectors, has = _planted()
    members = np.flatnonzero(has)[:5].tolist()
    scores = Growth.over(vectors).scores(members)
    undecided = np.delete(scores, members)
    counts, edges = histogram(undecided, bins=10)
    assert counts.sum() == len(undecided)
    kept = candidates(scores, members, k=len(vectors), at_least=float(np.float32(edges[4])))
    assert len(kept.rows) == pytest.approx(counts[4:].sum(), abs=1)
    assert kept.scores.min() >= np.float32(edges[4])


def test_growing_survives_points_that_are_all_alike() -> None:
    vectors = np.tile(_on_circle(30), (200, 1))
    found = _grown(vectors, [0], [1], k=5)
    assert np.isfinite(found.scores).all()
    assert len(found.rows) == 5


@pytest.mark.parametrize(
    ("decisions", "stop"),
    [
        ([True] * 10 + [False] * 20, True),
        ([False] * 19, False),
        ([False] * 19 + [True], True),
        ([False] * 18 + [True] * 2, False),
        ([], False),
    ],
)
def test_the_stop_hint_follows_its_stated_rule(decisions: list[bool], *, stop: bool) -> None:
    """At most one accepted of the last twenty: the Wilson interval ends below a quarter."""
    assert stop_hint(decisions).stop is stop


def test_a_large_subset_is_learnt_from_a_sample() -> None:
    """Ten thousand members must not mean a matrix of ten thousand by ten thousand."""
    vectors, has = _planted(n=6000)
    members = [*np.flatnonzero(has)[:20].tolist(), *range(4000, 5000)]
    assert len(_grown(vectors, members, [], k=5).rows) == 5


def test_scores_that_differ_by_rounding_are_one_bin() -> None:
    scores = np.float32(0.7) + np.linspace(0, 1e-7, 30, dtype=np.float32)
    counts, edges = histogram(scores)
    assert counts.tolist() == [30]
    assert edges[0] == edges[1] == pytest.approx(0.7)
