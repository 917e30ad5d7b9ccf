"""Tables put one under another keep what their columns are."""

from __future__ import annotations

import pandas as pd
import pytest

from explorer.data.tables import stacked, values_of

FIRST = pd.DataFrame({"year": [2021, 2022], "ok": [True, False], "size": [1.5, 2.0], "name": ["a", None]}, ["r1", "r2"])


def test_values_are_pythons_own_and_none_where_one_is_missing() -> None:
    columns = {
        "size": [1.5, None],
        "year": [2021, 2022],
        "ok": [True, False],
        "name": pd.Series(["a", None], dtype="str"),
    }
    frame = pd.DataFrame(columns)
    assert [values_of(frame[name]) for name in columns] == [[1.5, None], [2021, 2022], [True, False], ["a", None]]
    assert [type(values_of(frame[name])[0]) for name in columns] == [float, int, bool, str]


def test_whole_numbers_stay_whole_where_some_are_missing() -> None:
    table = stacked([FIRST, pd.DataFrame({"name": ["b"]}, ["r3"])])
    assert list(table.index) == ["r1", "r2", "r3"]
    assert list(table.columns) == ["year", "ok", "size", "name"]
    assert [str(table[name].dtype) for name in ("year", "ok", "size")] == ["Int64", "boolean", "float64"]
    assert str(table.loc["r1", "year"]) == "2021"
    assert table.loc["r3", ["year", "ok", "size"]].isna().all()


def test_columns_that_all_tables_have_are_left_as_they_are() -> None:
    table = stacked([FIRST, FIRST])
    assert [str(table[name].dtype) for name in ("year", "ok")] == ["int64", "bool"]


@pytest.mark.parametrize(
    ("column", "dtype", "values"),
    [
        ([3.5], "float64", [2021.0, 2022.0, 3.5]),
        (["early"], "text", ["2021", "2022", "early"]),
        ([True], "text", ["2021", "2022", "True"]),
        ([None], "Int64", [2021, 2022, None]),
    ],
)
def test_columns_of_several_types_become_what_can_hold_them(
    column: list[object], dtype: str, values: list[object], tmp_path: object
) -> None:
    table = stacked([FIRST[["year"]], pd.DataFrame({"year": column}, ["r3"])])
    assert [None if pd.isna(value) else value for value in table["year"].tolist()] == values
    assert dtype == "text" or str(table["year"].dtype) == dtype
    table.to_parquet(f"{tmp_path}/t.parquet")
    assert [None if pd.isna(v) else v for v in pd.read_parquet(f"{tmp_path}/t.parquet")["year"].tolist()] == values


def test_no_rows_and_one_table_are_stacked_too() -> None:
    assert stacked([FIRST]).equals(FIRST)
    assert stacked([FIRST.iloc[:0], FIRST.iloc[:0]]).empty
