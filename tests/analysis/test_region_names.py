"""What is true of a region, and what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from explorer.analysis.region_names import named
from explorer.data.columns import Table
from explorer.data.findings import Region

if TYPE_CHECKING:
    from collections.abc import Sequence

N = 1000


def _regions(*rows: Sequence[int] | range, level: int = 0) -> list[Region]:
    return [Region(f"{level}-{i}", level, "", "", np.array(one, np.int64), (0.0, 0.0)) for i, one in enumerate(rows)]


def _tenths() -> list[Region]:
    return _regions(*(range(start, start + 100) for start in range(0, N, 100)))


def _labels(seed: int = 0) -> np.ndarray:
    return np.array(["dress", "bag", "boot", "coat"])[np.random.default_rng(seed).integers(0, 4, N)]


def test_a_region_is_called_as_most_of_it_is() -> None:
    labels = np.full(N, "bag", object)
    labels[:84] = "dress"
    found = named(_tenths()[:1], Table(pd.DataFrame({"label": labels})), ["label"], classes="label")
    assert [(one.name, one.why) for one in found] == [("dress", "84% dress")]


def test_a_region_without_a_majority_has_no_name() -> None:
    labels = np.full(N, "boot", object)
    labels[:50], labels[50:100] = "dress", "bag"
    (found,) = named(_tenths()[:1], Table(pd.DataFrame({"label": labels})), ["label"], classes="label")
    assert (found.name, found.why) == ("", "")


def test_random_labels_name_nothing() -> None:
    """Where labels and light are drawn by chance, at most 5 of 100 maps have a region with a name."""
    wrong = 0
    for seed in range(100):
        chance = np.random.default_rng(seed)
        light = chance.choice(["day", "night"], N, p=[0.8, 0.2])
        table = Table(pd.DataFrame({"label": _labels(seed), "light": light}))
        wrong += any(one.name for one in named(_tenths(), table, ["label", "light"], classes="label"))
    assert wrong <= 5


def test_a_value_that_is_over_represented_is_a_name_too() -> None:
    light = np.full(N, "day", object)
    light[:60] = "night"
    light[100::9] = "night"  # 60% here, a ninth elsewhere
    table = Table(pd.DataFrame({"label": _labels(), "light": light}))
    found = named(_tenths(), table, ["label", "light"], classes="label")
    assert found[0].name == "night"
    name, times = found[0].why.split(": ")
    assert name == "night"
    assert times.endswith(" times as common as elsewhere")
    assert 4.2 < float(times.split()[0]) < 6.8, "5.4 on all rows, told of the half that did not choose it"
    assert not any(one.name for one in found[1:])


def test_what_is_common_everywhere_is_no_name() -> None:
    split = np.full(N, "train", object)
    split[::4] = "test"
    split[:100:8] = "train"  # 88% here, 75% elsewhere: sure, and nothing to call a region by
    table = Table(pd.DataFrame({"split": split}))
    assert [one.name for one in named(_tenths(), table, ["split"])] == [""] * 10


def test_the_class_comes_before_other_values() -> None:
    labels, place = np.full(N, "bag", object), np.full(N, "harbour", object)
    labels[:100], place[:100] = "dress", "street"
    labels[90:100] = "bag"
    table = Table(pd.DataFrame({"place": place, "label": labels}))
    assert named(_tenths(), table, ["place", "label"], classes="label")[0].why == "90% dress"
    assert named(_tenths(), table, ["place"])[0].why == "100% street"


def test_a_class_of_two_is_a_name_where_it_is_sure() -> None:
    """Most of everything is a dog: what is all dogs is more so than by chance, and the rest has too few cats."""
    labels = np.full(N, "dog", object)
    labels[100::5] = "cat"
    (found,) = named(_regions(range(100)), Table(pd.DataFrame({"label": labels})), ["label"], classes="label")
    assert found.why == "100% dog"


def test_values_that_do_not_speak_for_themselves_have_their_column_with_them() -> None:
    camera = np.full(N, 7).astype(str)
    camera[:100] = "3"
    (found,) = named(_regions(range(100)), Table(pd.DataFrame({"camera": camera})), ["camera"])
    assert (found.name, found.why) == ("camera 3", "100% camera 3")


def test_a_few_known_values_do_not_speak_for_a_region() -> None:
    labels = np.full(N, None, object)
    labels[:30], labels[100:] = "dress", "bag"
    (found,) = named(_regions(range(100)), Table(pd.DataFrame({"label": labels})), ["label"], classes="label")
    assert found.name == ""


def test_each_level_is_named_by_itself() -> None:
    labels = np.full(N, "bag", object)
    labels[:100] = "dress"
    levels = [*_regions(range(200)), *_regions(range(100), range(100, 200), level=1)]
    found = named(levels, Table(pd.DataFrame({"label": labels})), ["label"], classes="label")
    assert [one.name for one in found] == ["", "dress", "bag"]


def test_no_region_and_no_column() -> None:
    table = Table(pd.DataFrame({"label": _labels()}))
    assert named([], table, ["label"]) == []
    assert [one.name for one in named(_tenths(), table, [])] == [""] * 10
