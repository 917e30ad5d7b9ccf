"""What regions are called: each otherwise than all others of its map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from explorer.analysis.region_titles import titled
from explorer.data.columns import Table
from explorer.data.findings import Region

if TYPE_CHECKING:
    from collections.abc import Sequence


def _region(key: str, rows: Sequence[int] | range, name: str = "") -> Region:
    return Region(key, 0, name, "", np.array(rows, np.int64), (0.0, 0.0))


def _table(*labels: str) -> Table:
    return Table(pd.DataFrame({"label": labels}))


def test_a_region_alone_with_its_name_is_called_by_it() -> None:
    regions = [_region("0-0", range(4), "bag"), _region("0-1", range(4, 8), "dark")]
    titles = [one.title for one in titled(regions, _table(*["bag"] * 8), "label")]
    assert titles == ["Region bag", "Region dark"]


def test_those_of_one_name_are_told_apart_by_what_each_is_mostly_of_then_by_how_many_then_by_their_keys() -> None:
    labels = [*["bag"] * 3, "coat", *["coat"] * 4, *["coat"] * 5, *["coat"] * 5]
    regions = [
        _region("0-0", range(4), "dark"),
        _region("0-1", range(4, 8), "dark"),
        _region("0-2", range(8, 13), "dark"),
        _region("0-3", range(13, 18), "dark"),
    ]
    assert [one.title for one in titled(regions, _table(*labels), "label")] == [
        "Region dark (75% bag)",
        "Region dark (100% coat, n = 4)",
        "Region dark (100% coat, n = 5, 0-2)",
        "Region dark (100% coat, n = 5, 0-3)",
    ]


def test_of_regions_that_are_called_by_their_class_how_many_tells_them_apart() -> None:
    regions = [_region("0-0", range(4), "bag"), _region("0-1", range(4, 9), "bag")]
    titles = [one.title for one in titled(regions, _table(*["bag"] * 9), "label")]
    assert titles == ["Region bag (n = 4)", "Region bag (n = 5)"]


def test_a_region_that_is_not_divided_at_the_next_level_is_one() -> None:
    regions = [_region("0-0", range(4), "bag"), _region("1-0", range(4), "bag")]
    assert {one.title for one in titled(regions, _table(*["bag"] * 4), "label")} == {"Region bag"}


def test_one_without_a_name_lies_between_two_classes_or_is_mixed() -> None:
    labels = [*["bag"] * 2, *["coat"] * 2, *"abcde"]
    regions = [_region("0-0", range(4)), _region("0-1", range(4, 9))]
    assert [one.title for one in titled(regions, _table(*labels), "label")] == [
        "Between bag and coat",
        "A mixed region",
    ]
    mixed = [_region("0-0", range(5)), _region("0-1", range(5))]
    assert [one.title for one in titled(mixed, _table(*"abcde"), None)] == ["A mixed region"] * 2


def test_a_class_and_a_word_that_differ_in_case_alone_are_told_apart() -> None:
    regions = [_region("0-0", range(4), "coat"), _region("0-1", range(4, 9), "Coat")]
    titles = [one.title for one in titled(regions, _table(*["Coat"] * 9), "label")]
    assert titles == ["Region coat (n = 4)", "Region Coat (n = 5)"]
