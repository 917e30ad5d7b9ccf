"""Rows are sorted and grouped by a column, what is missing last."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from explorer.data.columns import MISSING, code_column
from explorer.points.arrange import RANGES, grouped, ordered, value_in_short


def _groups(column: pd.Series, rows: list[int]) -> list[tuple[str, list[int]]]:
    return [(group.title, group.rows.tolist()) for group in grouped(code_column(column), rows)]


NUMBERS = pd.Series([0.5, np.nan, 0.1, 0.5, 0.9], name="brightness")
NAMES = pd.Series(["pear", None, "Apple", "fig", "fig"], name="kind")
TIMES = pd.Series(pd.to_datetime(["2024-05-01 10:00", "2023-01-01 00:00", "", "2024-05-01 09:00"]), name="taken")


@pytest.mark.parametrize(
    ("column", "up", "down"),
    [
        (NUMBERS, [2, 3, 0, 4, 1], [4, 3, 0, 2, 1]),
        (NAMES, [2, 4, 3, 0, 1], [0, 4, 3, 2, 1]),
        (TIMES, [1, 3, 0, 2], [0, 3, 1, 2]),
        (pd.Series([3, 1, 2], name="boxes"), [1, 2, 0], [0, 2, 1]),
    ],
    ids=["numbers", "names", "times", "whole numbers"],
)
def test_equal_ones_stay_as_given_and_missing_ones_come_last_either_way(
    column: pd.Series, up: list[int], down: list[int]
) -> None:
    rows = list(range(len(column)))[::-1]
    assert ordered(code_column(column), rows).tolist() == up
    assert ordered(code_column(column), rows, descending=True).tolist() == down


def test_only_the_given_rows_are_sorted() -> None:
    assert ordered(code_column(NUMBERS), [4, 2]).tolist() == [2, 4]
    assert ordered(code_column(NUMBERS), []).tolist() == []
    assert ordered(code_column(pd.Series([None, None], name="none", dtype=object)), [1, 0]).tolist() == [1, 0]


def test_names_are_grouped_by_how_many_have_them() -> None:
    expected = [("fig", [4, 3]), ("Apple", [2]), ("pear", [0]), (MISSING, [1])]
    assert _groups(NAMES, [4, 3, 2, 1, 0]) == expected
    assert _groups(NAMES, [3, 0]) == [("fig", [3]), ("pear", [0])]


def test_outcomes_are_grouped_in_words_and_days_in_their_order() -> None:
    outcomes = pd.Series(["fp", "tp", "fp"], name="v1.outcome")
    assert _groups(outcomes, [0, 1, 2]) == [("false alarm", [0, 2]), ("found", [1])]
    assert _groups(TIMES, [0, 1, 2, 3]) == [("2023-01-01", [1]), ("2024-05-01", [0, 3]), (MISSING, [2])]


def test_few_numbers_are_grouped_each_and_many_by_ranges_of_as_many_rows() -> None:
    assert _groups(NUMBERS, [0, 1, 2, 3, 4]) == [("0.1", [2]), ("0.5", [0, 3]), ("0.9", [4]), (MISSING, [1])]
    many = pd.Series(np.arange(100.0), name="x")
    groups = _groups(many, list(range(100)))
    assert [len(rows) for _, rows in groups] == [100 // RANGES] * RANGES
    assert groups[0] == ("0 to 19.8", list(range(20)))
    assert groups[-1][1] == list(range(80, 100))


def test_a_value_is_short_enough_for_a_tile() -> None:
    assert value_in_short(code_column(NUMBERS), 0) == "0.5"
    assert value_in_short(code_column(pd.Series([12345.678], name="x")), 0) == "12,346"
    assert value_in_short(code_column(NUMBERS), 1) == value_in_short(code_column(NAMES), 1) == ""
    assert value_in_short(code_column(pd.Series(["fn", "tp"], name="v1.outcome")), 0) == "missed"
    assert value_in_short(code_column(TIMES), 0) == "2024-05-01"
