"""Which parts of images are held against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from explorer.analysis.divided import Between, pairs
from explorer.data.columns import Table
from explorer.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence


def _divided(values: Sequence[object]) -> list[tuple[str, str, int, int]]:
    table = Table(pd.DataFrame({"split": values}))
    return [(one.before, one.after, len(one.rows), len(one.others)) for one in pairs(table)]


def test_train_is_what_others_are_held_against_and_small_parts_are_left_out() -> None:
    assert _divided(["val"] * 50 + ["train"] * 20 + ["test"] * 19 + [None] * 30) == [("train", "val", 20, 50)]
    assert _divided(["a"] * 20 + ["b"] * 30) == [("b", "a", 30, 20)]
    assert _divided(["a"] * 50) == []


def test_periods_are_of_whole_days_and_about_as_many_images() -> None:
    hours = pd.date_range("2024-05-01", periods=200, freq="h")
    frame = pd.DataFrame({"at": [*hours, pd.NaT]})
    parts = [(one.before, one.after, len(one.others)) for one in pairs(Table(frame))]
    days = [f"2024-05-0{first} to 2024-05-0{last}" for first, last in ((1, 2), (3, 4), (5, 6), (7, 9))]
    assert parts == [(days[0], days[1], 48), (days[1], days[2], 48), (days[2], days[3], 56)]


def test_one_day_and_no_day_are_no_periods() -> None:
    for day in (pd.Timestamp("2024-05-01"), pd.NaT):
        assert pairs(Table(pd.DataFrame({"at": pd.Series([day] * 60, dtype="datetime64[ns]")}))) == []


def _table() -> Table:
    return Table(pd.DataFrame({"split": ["train"] * 30 + ["val"] * 20 + ["test"] * 20 + ["few"] * 3}))


def test_any_two_values_can_be_asked_for() -> None:
    (one,) = pairs(_table(), Between("split", "val", "test"))
    assert (one.before, one.after, one.rows[0], one.others[0], one.usual) == ("val", "test", 30, 50, False)
    (usual,) = pairs(_table(), Between("split", "train", "test"))
    assert usual.usual


@pytest.mark.parametrize(
    ("between", "found"),
    [
        (Between("place", "a", "b"), r"a split, batch or date to compare two values of \(split\), found 'place'"),
        (Between("split", "train", "few"), r"20 images have \('train', 'test', 'val'\), found 'few'"),
        (Between("split", "val", "val"), "found 'val' twice"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_a_sentence(between: Between, found: str) -> None:
    with pytest.raises(SourceError, match=found):
        pairs(_table(), between)
