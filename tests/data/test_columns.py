"""Columns are coded once: categories by frequency, numbers as they are, missing values kept apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from explorer.data.columns import Categorical, Numeric, Table, Times, code_column


def _coded(values: list[object], dtype: str | None = None) -> Categorical:
    column = code_column(pd.Series(values, name="c", dtype=dtype))
    assert isinstance(column, Categorical)
    return column


def test_the_most_frequent_value_comes_first_and_ties_go_by_name() -> None:
    column = _coded(["b", "c", "a", "c", None, "c"])
    assert column.values == ("c", "a", "b")
    assert column.codes.tolist() == [2, 0, 1, 0, -1, 0]
    assert column.codes.dtype == np.int32


def test_every_kind_of_missing_text_is_missing() -> None:
    assert _coded(["a", None, float("nan"), pd.NA], "object").codes.tolist() == [0, -1, -1, -1]
    assert _coded([None, None], "object").values == ()


@pytest.mark.parametrize(
    ("dtype", "exact"),
    [
        *[("float64", "float64"), ("Float64", "float64"), ("float32", "float32"), ("float16", "float32")],
        *[("int8", "int64"), ("Int64", "int64"), ("uint64", "int64")],
    ],
)
def test_numbers_stay_numbers(dtype: str, exact: str) -> None:
    column = code_column(pd.Series([1, 2], name="c", dtype=dtype))
    assert isinstance(column, Numeric)
    assert str(column.values.dtype) == exact
    assert column.values.tolist() == [1, 2]


def test_whole_numbers_keep_their_last_digit() -> None:
    """Times in nanoseconds and ids of databases are beyond what a float holds."""
    column = code_column(pd.Series([2**62 + 1, 2**62 + 2], name="c"))
    assert column.values.tolist() == [2**62 + 1, 2**62 + 2]  # type: ignore[union-attr]


def test_a_missing_number_is_nan() -> None:
    column = code_column(pd.Series([1, None], name="c", dtype="Int64"))
    assert isinstance(column, Numeric)
    assert np.isnan(column.values).tolist() == [False, True]


def test_booleans_are_two_categories_and_not_numbers() -> None:
    assert _coded([True, False, True]).values == ("True", "False")
    assert _coded([True, None], "boolean").codes.tolist() == [0, -1]


def test_moments_of_one_day_are_one_category() -> None:
    column = code_column(pd.Series(pd.to_datetime(["2024-05-01 10:00", "2024-05-01 11:00", "NaT"]), name="c"))
    assert isinstance(column, Times)
    assert column.values == ("2024-05-01",)
    assert column.codes.tolist() == [0, 0, -1]
    assert [str(each) for each in column.moments[:2]] == ["2024-05-01T10:00:00.000000", "2024-05-01T11:00:00.000000"]


def test_times_of_a_zone_are_put_on_the_common_clock() -> None:
    """Half past midnight in Berlin is the day before in UTC."""
    column = code_column(pd.Series(pd.to_datetime(["2024-05-01 00:30"]).tz_localize("Europe/Berlin"), name="c"))
    assert isinstance(column, Times)
    assert column.values == ("2024-04-30",)


def test_counts_include_values_that_a_part_does_not_have() -> None:
    column = _coded(["a", "a", "b", None])
    assert column.counts().tolist() == [2, 1]
    assert column.counts(np.array([True, False, False, True])).tolist() == [1, 0]


def test_only_columns_that_group_or_grade_are_offered() -> None:
    """Neither file names, nor constants, nor empty columns colour a map usefully; a half-known constant does."""
    n = 100
    frame = pd.DataFrame(
        {
            "name": [f"{row}.png" for row in range(n)],
            "constant": ["x"] * n,
            "half": ["x"] * 50 + [None] * 50,
            "kind": ["a", "b"] * 50,
            "flat": [1.0] * n,
            "grade": np.arange(n) / n,
            "nothing": [np.nan] * n,
            "left out": ["a", "b"] * 50,
        }
    )
    assert Table(frame).groupable(leave_out=frozenset(["left out"])) == ["half", "kind", "grade"]


def test_few_rows_may_each_have_a_value_of_their_own() -> None:
    """In a dataset of twenty images, twenty different cameras are still cameras."""
    assert Table(pd.DataFrame({"camera": [str(row) for row in range(20)]})).groupable() == ["camera"]
