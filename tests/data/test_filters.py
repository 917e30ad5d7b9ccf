"""Filters and --where mean what they say, missing values included."""

import numpy as np
import pandas as pd
import pytest

from explorer.data.columns import MISSING, Table
from explorer.data.filters import (
    Between,
    During,
    NoneOf,
    OneOf,
    filter_from_json,
    filter_to_json,
    matching,
    parse_where,
)
from explorer.errors import SubsetError

FRAME = pd.DataFrame(
    {
        "label": ["Bag", "Coat", None, "Bag"],
        "confidence": [0.2, 0.5, np.nan, 0.9],
        "night": [True, False, True, False],
        "frame": [16777216, 16777217, 16777218, -3],
        "ts_ns": [1700000000000000001, 1700000000000000002, 1700000000000000003, 0],
        "short": np.array([0.7, 0.1, np.nan, 0.2], np.float32),
        "when": pd.to_datetime(
            ["2024-05-01 00:00", "2024-05-01 10:30:15.250", "NaT", "2024-05-02 10:30"], format="ISO8601"
        ),
        "v1.outcome": ["wrong", "correct", None, "correct"],
    }
)


def rows(where: str) -> list[int]:
    table = Table(FRAME)
    return np.flatnonzero(matching(table, (parse_where(where, table),))).tolist()


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("label=Bag", [0, 3]),
        ("label != Bag", [1, 2]),
        ("label=", [2]),
        ("confidence>=0.5", [1, 3]),
        ("confidence>0.5", [3]),
        ("confidence<=0.2", [0]),
        ("confidence<0.2", []),
        ("confidence=0.9", [3]),
        ("confidence=", [2]),
        ("night=True", [0, 2]),
        ("frame=16777217", [1]),
        ("frame=16777217.0", [1]),
        ("frame=0.5", []),
        ("frame!=16777217", [0, 2, 3]),
        ("frame>16777216", [1, 2]),
        ("frame<-2.5", [3]),
        ("frame>=1e400", []),
        ("ts_ns=1700000000000000002", [1]),
        ("ts_ns>=1700000000000000002", [1, 2]),
        ("ts_ns<1700000000000000002", [0, 3]),
        ("ts_ns<=99999999999999999999", [0, 1, 2, 3]),
        ("ts_ns=99999999999999999999", []),
        ("short=0.7", [0]),
        ("short>=0.7", [0]),
        ("short>0.1", [0, 3]),
        ("when=2024-05-01", [0, 1]),
        ("when!=2024-05-01", [2, 3]),
        ("when=2024", [0, 1, 3]),
        ("when=2024-05-01T10:30", [1]),
        ("when=2024-05-01 10:30:15", [1]),
        ("when=2024-05-01 10:30:15.250", [1]),
        ("when=2024-05-01T12:30:15+02:00", [1]),
        ("when=2024-05-01T10:30:16", []),
        ("when=", [2]),
        ("when>2024-05-01", [3]),
        ("when>=2024-05-01", [0, 1, 3]),
        ("when<=2024-05-01", [0, 1]),
        ("when<2024-05-01T10:30", [0]),
        ("when<9999-12-31", [0, 1, 3]),
        ("when>9999", []),
        ("outcome=wrong", [0]),
    ],
)
def test_where(where: str, expected: list[int]) -> None:
    assert rows(where) == expected


@pytest.mark.parametrize(
    "where", ["label", "colour=red", "confidence>high", "confidence=high", "confidence>nan", "label>3"]
)
def test_a_wrong_where_says_what_was_expected(where: str) -> None:
    with pytest.raises(SubsetError, match=r"[Ee]xpected|no column"):
        rows(where)


@pytest.mark.parametrize("where", ["when=yesterday", "when>2024-13-01", "when<=3"])
def test_a_wrong_time_says_how_times_are_written(where: str) -> None:
    with pytest.raises(SubsetError, match="Expected a time such as 2024-05-01"):
        rows(where)


def test_the_short_name_of_two_models_columns_asks_which() -> None:
    table = Table(FRAME.assign(**{"v2.outcome": "wrong"}))
    with pytest.raises(SubsetError, match=r"whose outcome is meant.*Say v1\.outcome or v2\.outcome"):
        parse_where("outcome=wrong", table)


def test_a_text_in_a_filter_of_numbers_matches_nothing() -> None:
    """A rule may be older than the column's type."""
    table = Table(FRAME)
    assert not matching(table, (OneOf("frame", frozenset(["red"])),)).any()
    with pytest.raises(SubsetError, match="no longer holds times"):
        matching(table, (During("frame", since="2024"),))


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_ends_that_were_saved_in_float32_hold_what_they_held(kind: str) -> None:
    """A slider's end was float32's 0.7, which is a little less than 0.7."""
    table = Table(pd.DataFrame({"c": np.array([0.2, 0.7, 0.8], kind)}))
    saved = {"column": "c", "from": float(np.float32(0.2)), "to": float(np.float32(0.7))}
    assert matching(table, (filter_from_json(saved),)).tolist() == [True, True, False]


@pytest.mark.parametrize("where", ["frame>16777216", "ts_ns<=1700000000000000002", "when>2024-05-01", "when<2024"])
def test_a_filter_that_was_saved_is_the_same_filter(where: str) -> None:
    one = parse_where(where, Table(FRAME))
    assert filter_from_json(filter_to_json(one)) == one


def test_several_filters_narrow() -> None:
    table = Table(FRAME)
    both = (NoneOf("label", frozenset([MISSING])), Between("confidence", 0.4))
    assert np.flatnonzero(matching(table, both)).tolist() == [1, 3]
