"""Slices that were planted are found and told honestly; where none was, none is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import hypergeom

from explorer.analysis.segments import Judged
from explorer.analysis.slices import Examined, _candidates, _excess, _Half, _halves, _promising, slices
from explorer.data.columns import Categorical
from explorer.maps.neighbors import neighbor_graph
from explorer.stats.intervals import rate

if TYPE_CHECKING:
    from explorer.data.records import Bool, Int64

RUNS = 100 if "EDGECASE_FULL_TESTS" in os.environ else 40
"""Of 100 where there is time."""

CLASSES = 4


def _examined(
    n: int, seed: int, error: float | Bool, *, images: Int64 | None = None, apart: float = 0.0, columns: int = 2
) -> tuple[Examined, Bool]:
    """Clusters of four labels; a tenth of all points lies apart, and is given beside them.

    Args:
        n: points.
        seed: of everything.
        error: the chance of an error by label, times their number; or which points are wrong.
        images: the image of each point; each is its own where None.
        apart: how far the tenth lies from the others.
        columns: of chance.
    """
    chance = np.random.default_rng(seed)
    labels = chance.integers(0, CLASSES, n)
    planted = chance.random(n) < 0.1
    drawn = 2 * np.eye(CLASSES, 16)[labels] + chance.normal(0, 0.5, (n, 16))
    drawn[:, -1] += apart * planted
    vectors = np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True), np.float32)
    wrong = chance.random(n) < error * (1 + labels) / CLASSES if isinstance(error, float) else error
    wrong = wrong | (chance.random(n) < 0.7 * planted * (apart > 0))
    answers = np.where(wrong, (labels + chance.integers(1, CLASSES, n)) % CLASSES, labels)
    judged = Judged((~wrong).astype(np.int64), np.ones(n, np.int64), np.arange(n) if images is None else images)
    coded = [Categorical(f"c{i}", chance.integers(0, 3, n).astype(np.int32), ("a", "b", "c")) for i in range(columns)]
    return Examined(vectors, neighbor_graph(vectors, 15), labels, answers, judged, coded), planted


def test_what_was_planted_is_found_with_the_rates_of_the_other_half() -> None:
    examined, planted = _examined(1000, 3, 0.2, apart=2.0)
    first = slices(examined, seed=5)[0]
    assert planted[first.rows].mean() > 0.9
    assert planted[first.rows[:25]].all()
    assert first.p == 1 / 1000
    assert first.source in {"mixture", "region"}
    _, second = _halves(examined.judged, np.random.default_rng(5))
    held = np.intersect1d(first.rows, second)
    right = examined.judged.hits
    assert first.held_out == rate(int(right[held].sum()), len(held))
    assert first.here == rate(int(right[first.rows].sum()), len(first.rows))
    assert first.elsewhere == pytest.approx(right[~planted].mean(), abs=0.05)
    assert first.gain(1000) == pytest.approx((first.elsewhere - first.held_out.value) * len(first.rows) / 1000)


def test_a_conjunction_of_columns_is_found_without_vectors() -> None:
    chance = np.random.default_rng(0)
    examined, _ = _examined(1200, 1, 0.2, columns=3)
    a, b = (examined.columns[i].codes for i in (0, 2))
    planted = (a == 1) & (b == 2)
    hits = np.where(planted & (chance.random(1200) < 0.6), 0, examined.judged.hits)
    blind = examined._replace(vectors=None, graph=None, judged=examined.judged._replace(hits=hits))
    first = slices(blind)[0]
    assert first.source == "conjunction"
    assert set(first.rows) == set(np.flatnonzero(planted))


def test_where_none_was_planted_at_most_one_run_in_twenty_reports_one() -> None:
    """Every label has another error rate, which is no slice: segments say that."""
    reported = sum(bool(slices(_examined(400, seed, 0.5)[0], seed=seed)) for seed in range(RUNS))
    assert reported <= 0.05 * RUNS


def test_objects_of_one_image_that_fail_together_are_no_slice() -> None:
    """Six objects to an image, of which all are found or none."""
    images = np.repeat(np.arange(100), 6)
    reported = 0
    for seed in range(RUNS):
        wrong = (np.random.default_rng(1000 + seed).random(100) < 0.3)[images]
        reported += bool(slices(_examined(600, seed, wrong, images=images)[0], seed=seed))
    assert reported <= 0.05 * RUNS


def test_who_is_in_a_slice_does_not_follow_from_errors_of_the_half_that_tells_it() -> None:
    examined, _ = _examined(1000, 3, 0.2, apart=2.0)
    first, second = _halves(examined.judged, np.random.default_rng(5))
    hits, answers = examined.judged.hits.copy(), examined.answers.copy()
    hits[second] = np.random.default_rng(0).permutation(hits[second])
    answers[second] = np.where(hits[second] == 1, examined.labels[second], CLASSES)
    other = examined._replace(judged=examined.judged._replace(hits=hits), answers=answers)
    candidates = []
    for each in (examined, other):
        half = _Half.of(each, first)
        candidates.append(_promising(_candidates(each, half, np.random.default_rng(0)), half))
    assert {one.source for one in candidates[0]} == {"mixture", "region"}
    assert [one.mask.tolist() for one in candidates[0]] == [one.mask.tolist() for one in candidates[1]]


def test_the_excess_is_that_of_mantel_and_haenszel() -> None:
    examined, planted = _examined(300, 0, 0.4)
    half = _Half.of(examined, np.arange(300))
    found = _excess(planted[None], half)
    expected, variance = 0.0, 0.0
    for label in range(CLASSES):
        has = examined.labels == label
        law = hypergeom(has.sum(), examined.judged.wrong[has].sum(), planted[has].sum())
        expected, variance = expected + law.mean(), variance + law.var()
    seen = examined.judged.wrong[planted].sum()
    assert found.z[0] == pytest.approx((seen - expected) / np.sqrt(variance), rel=1e-4)


def test_points_that_were_not_judged_are_in_no_slice() -> None:
    examined, planted = _examined(1000, 3, 0.2, apart=2.0)
    total = np.where(np.arange(1000) % 5, 1, 0)
    some = examined._replace(judged=examined.judged._replace(hits=examined.judged.hits * total, total=total))
    found = slices(some)
    assert found
    assert planted[found[0].rows].mean() > 0.8
    assert all(total[one.rows].all() for one in found)


def test_a_handful_of_points_has_no_slices() -> None:
    assert slices(_examined(12, 0, 0.5)[0]) == []
    none, _ = _examined(60, 0, np.zeros(60, np.bool_))
    assert slices(none) == []


def test_the_same_seed_gives_the_same_slices() -> None:
    examined, _ = _examined(600, 3, 0.2, apart=2.0)
    one, other = (slices(examined, seed=1) for _ in range(2))
    assert [each.rows.tolist() for each in one] == [each.rows.tolist() for each in other]
