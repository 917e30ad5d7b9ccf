"""What to label next: diverse, typical at a small budget, doubtful later, and never what has an answer."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest

from explorer.analysis.next_to_label import Pick, picks
from explorer.maps.neighbors import neighbor_graph

if TYPE_CHECKING:
    from collections.abc import Sequence

CLUSTERS, EACH = 6, 30
N = CLUSTERS * EACH
OF = np.repeat(np.arange(CLUSTERS), EACH)


def _vectors() -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    vectors = np.eye(CLUSTERS, 12)[OF] + np.random.default_rng(0).normal(0, 0.05, (N, 12))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def _picks(
    known: Sequence[int] = (),
    unsure: object = None,
    *,
    budget: int = 6,
    answers: int = 0,
    closed: Sequence[int] = (),
) -> list[Pick]:
    vectors = _vectors()
    is_known = np.isin(np.arange(N), known)
    is_open = ~is_known & ~np.isin(np.arange(N), closed)
    doubt = None if unsure is None else np.asarray(unsure, np.float64)
    graph = neighbor_graph(vectors, 10)
    return picks(vectors, graph, is_open, is_known, doubt, budget=budget, answers=answers, classes=CLUSTERS)


def test_a_small_budget_is_spread_over_what_is_typical_and_what_covers() -> None:
    chosen = _picks()
    assert Counter(one.why for one in chosen) == {"typical": 3, "covers": 3}
    assert len({OF[one.row] for one in chosen if one.why == "typical"}) == 3
    assert len({OF[one.row] for one in _picks(budget=12)}) >= CLUSTERS - 1


def test_what_has_an_answer_or_is_closed_is_never_chosen_and_what_it_covers_waits() -> None:
    known = np.flatnonzero(OF < 4).tolist()
    chosen = _picks(known, closed=(170, 171), budget=8)
    assert not {one.row for one in chosen} & {*known, 170, 171}
    assert {OF[one.row] for one in chosen[:2]} <= {4, 5}


def test_the_share_of_doubt_grows_with_what_a_model_could_learn_from() -> None:
    unsure = np.random.default_rng(1).random(N)
    few, many = (Counter(one.why for one in _picks(unsure=unsure, budget=10, answers=n)) for n in (0, 1000))
    assert few["unsure"] <= 1
    assert many == {"unsure": 6, "typical": 2, "covers": 2}


def test_of_doubtful_ones_no_two_are_neighbours() -> None:
    unsure = np.where(OF == 2, 0.9, 0.1) + np.arange(N) / 1e4
    chosen = [one.row for one in _picks(unsure=unsure, budget=10, answers=1000) if one.why == "unsure"]
    graph = neighbor_graph(_vectors(), 10)
    assert OF[chosen[0]] == 2
    assert all(not np.isin(chosen[i + 1 :], graph.indices[row]).any() for i, row in enumerate(chosen))


@pytest.mark.parametrize("budget", [1, 5, N, N + 50])
def test_a_budget_is_spent_and_no_more_than_there_is(budget: int) -> None:
    chosen = _picks(budget=budget, unsure=np.full(N, 0.5))
    assert len({one.row for one in chosen}) == len(chosen)
    assert len(chosen) == min(budget, N)


def test_the_same_seed_chooses_the_same() -> None:
    assert _picks(budget=12) == _picks(budget=12)
