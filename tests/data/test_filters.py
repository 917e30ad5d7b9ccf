"""Filters and --where mean what they say, missing values included."""

import numpy as np
import pandas as pd
import pytest

from explorer.data.columns import MISSING, Table
from explorer.data.filters import Between, NoneOf, matching, parse_where
from explorer.errors import SubsetError

FRAME = pd.DataFrame(
    {
        "label": ["Bag", "Coat", None, "Bag"],
        "confidence": [0.2, 0.5, np.nan, 0.9],
        "night": [True, False, True, False],
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
    ],
)
def test_where(where: str, expected: list[int]) -> None:
    assert rows(where) == expected


@pytest.mark.parametrize("where", ["label", "colour=red", "confidence>high", "confidence=high", "label>3"])
def test_a_wrong_where_says_what_was_expected(where: str) -> None:
    with pytest.raises(SubsetError, match=r"[Ee]xpected|no column"):
        rows(where)


def test_several_filters_narrow() -> None:
    table = Table(FRAME)
    both = (NoneOf("label", frozenset([MISSING])), Between("confidence", 0.4))
    assert np.flatnonzero(matching(table, both)).tolist() == [1, 3]
