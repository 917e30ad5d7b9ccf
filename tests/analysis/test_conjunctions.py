"""Conjunctions of columns: the scores of the `sliceline` package, and what was planted first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from explorer.analysis import conjunctions as module
from explorer.analysis.conjunctions import conjunctions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explorer.data.records import Bool


def _planted(n: int = 600) -> tuple[list[NDArray[np.int32]], Bool]:
    """Three columns of three values; where the first is 1 and the second 2, errors are frequent."""
    chance = np.random.default_rng(2)
    columns = [chance.integers(0, 3, n).astype(np.int32) for _ in range(3)]
    wrong = chance.random(n) < np.where((columns[0] == 1) & (columns[1] == 2), 0.8, 0.1)
    return columns, wrong


def test_what_was_planted_comes_first() -> None:
    columns, wrong = _planted()
    found = conjunctions(columns, wrong, np.full(len(wrong), wrong.mean()), least=10)
    assert found[0] == ((0, 1), (1, 2))
    assert len(set(found)) == len(found)
    assert all(len({column for column, _ in one}) == len(one) for one in found)


def test_the_order_is_that_of_the_package() -> None:
    """It goes through all conjunctions of three small columns."""
    from sliceline.slicefinder import Slicefinder

    columns, wrong = _planted()
    table = np.stack(columns, axis=1)
    package = Slicefinder(alpha=module.WEIGHT, k=10, max_l=3, min_sup=10, verbose=False)
    package.fit(table, wrong.astype(float))
    expected = [
        tuple((i, int(value)) for i, value in enumerate(one) if value is not None) for one in package.top_slices_
    ]
    found = conjunctions(columns, wrong, np.full(len(wrong), wrong.mean()), least=10)
    assert found[: len(expected)] == expected


def test_errors_that_are_expected_are_none_too_many() -> None:
    columns, wrong = _planted()
    planted = (columns[0] == 1) & (columns[1] == 2)
    expected = np.where(planted, wrong[planted].mean(), wrong[~planted].mean())
    assert ((0, 1), (1, 2)) not in conjunctions(columns, wrong, expected, least=10)[:5]


@pytest.mark.parametrize("columns", [[], [np.zeros(50, np.int32)], [np.full(50, -1, np.int32)]])
def test_columns_that_divide_nothing_give_none(columns: list[NDArray[np.int32]]) -> None:
    wrong = np.arange(50) < 10
    assert conjunctions(columns, wrong, np.full(50, 0.2), least=5) == []


def test_where_nothing_is_wrong_there_is_none() -> None:
    columns, wrong = _planted()
    assert conjunctions(columns, np.zeros_like(wrong), np.zeros(len(wrong)), least=10) == []
