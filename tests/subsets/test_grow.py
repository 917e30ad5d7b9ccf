"""Growing proposes what is most like the members and unlike what was rejected, in the original space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from explorer.neighbors import build_index
from explorer.subsets.grow import Candidates, candidates

if TYPE_CHECKING:
    from explorer.records import Float32


def _on_circle(*degrees: float) -> Float32:
    """Unit vectors at these angles: cosines are read off the differences."""
    turns = np.deg2rad(degrees)
    return np.stack([np.cos(turns), np.sin(turns)], axis=1).astype(np.float32)


def _grown(vectors: Float32, members: list[int], rejected: list[int], k: int = 50) -> Candidates:
    return candidates(build_index(vectors), vectors, members, rejected, k=k)


def test_the_nearest_come_first_with_their_cosine() -> None:
    found = _grown(_on_circle(0, 30, 10, 60), [0], [])
    assert found.rows.tolist() == [2, 1, 3]
    assert found.similarities == pytest.approx(np.cos(np.deg2rad([10, 30, 60])), abs=1e-6)


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


def test_the_ranking_keeps_the_plain_similarity_beside_the_score() -> None:
    found = _grown(_on_circle(0, 20, -25, 22), [0], [3])
    assert found.similarities[0] == pytest.approx(np.cos(np.deg2rad(25)), abs=1e-6)
    assert found.scores[0] < found.similarities[0]
    assert (np.diff(found.scores) <= 0).all()


def test_no_more_than_asked_for() -> None:
    assert len(_grown(_on_circle(*range(40)), [0], [], k=5).rows) == 5


@pytest.mark.parametrize(("members", "rejected"), [([], []), ([], [0]), ([0, 1], []), ([0], [1])])
def test_nothing_to_grow_from_or_nothing_left_gives_nothing(members: list[int], rejected: list[int]) -> None:
    assert len(_grown(_on_circle(0, 1), members, rejected).rows) == 0
