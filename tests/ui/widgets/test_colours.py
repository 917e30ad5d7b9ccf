"""Every point gets the colour its value deserves, and the legend says what it means."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from explorer.data.columns import MISSING, Categorical, Numeric, code_column
from explorer.data.palettes import GREY, OKABE_ITO, TABLEAU
from explorer.ui.components.scatter import Categories, Gradient
from explorer.ui.components.viewer import COLOURS, COLOURS_SAFE, WORDS
from explorer.ui.widgets.colours import (
    LARGEST,
    LISTED,
    OTHER,
    OUTCOME,
    OUTCOME_SAFE,
    colouring,
    legend,
    values_of,
)


def _column(values: list[str | None], name: str = "label") -> Categorical:
    column = code_column(pd.Series(values, name=name, dtype=object))
    assert isinstance(column, Categorical)
    return column


def _categories(column: Categorical, hidden: frozenset[str] = frozenset(), *, safe: bool = False) -> Categories:
    shown = np.arange(len(column.codes)) < len(column.codes) // 2
    coloured = colouring(column, "Title", shown, hidden, safe=safe)
    assert isinstance(coloured, Categories)
    return coloured


def _many(count: int = LISTED + 3) -> Categorical:
    """More values than have an entry of their own, the first the most frequent, and one missing."""
    names = [f"v{number:03}" for number in range(count)]
    return _column([*names, *names[:LARGEST], None])


def test_errors_are_red_and_green_or_told_apart_by_everyone() -> None:
    column = _column(["wrong", "correct", "correct"], "v1.outcome")
    drawn = zip(_categories(column).names, _categories(column).colours, strict=True)
    assert dict(drawn) == {name: OUTCOME[name] for name in ("correct", "wrong")}
    assert _categories(column, safe=True).colours == [OUTCOME_SAFE["correct"], OUTCOME_SAFE["wrong"]]


@pytest.mark.parametrize("safe", [False, True])
def test_an_outcome_has_one_word_and_one_colour_on_the_map_and_in_the_large_view(safe: bool) -> None:  # noqa: FBT001
    column = _column(["fp", "tp", "fn"], "v1.outcome")
    drawn = _categories(column, safe=safe)
    on_map = dict(zip(drawn.names, drawn.colours, strict=True))
    boxes = COLOURS_SAFE if safe else COLOURS
    assert on_map == {WORDS[kind]: boxes[kind] for kind in ("tp", "fp", "truth-missed")}
    assert list(on_map) == ["missed", "false alarm", "found"]
    assert len({*boxes.values()}) == 5, "found, false alarm, missed, labelled, and predicted where nobody judged"


def test_a_label_called_wrong_is_no_error() -> None:
    assert OUTCOME["wrong"] not in _categories(_column(["wrong", "right"])).colours


def test_small_values_share_a_grey_and_have_entries_of_their_own() -> None:
    coloured = _categories(_many(LARGEST + 3))
    assert coloured.names[LARGEST:] == ["v019", "v020", "v021", MISSING]
    assert list(coloured.colours[LARGEST:]) == [GREY] * 4
    assert len({*coloured.colours[:LARGEST], GREY}) == LARGEST + 1
    assert coloured.counts_total[LARGEST - 1 :] == [2, 1, 1, 1, 1]
    assert coloured.others == (LARGEST, LARGEST + 3)


def test_the_smallest_of_very_many_values_share_an_entry() -> None:
    coloured = _categories(_many())
    assert coloured.names[-2:] == [OTHER, MISSING]
    assert coloured.counts_total[-2:] == [3, 1]
    assert coloured.others == (LARGEST, LISTED + 1)


def test_nothing_is_folded_where_every_value_has_its_colour() -> None:
    assert _categories(_many(LARGEST)).others == (0, 0)


def test_every_point_has_exactly_one_legend_entry() -> None:
    column = _many()
    codes, names = legend(column)
    assert codes.dtype == np.uint16
    assert codes.max() == len(names) - 1
    assert sum(_categories(column).counts_total) == len(column.codes)


def test_shown_points_are_counted_beside_all() -> None:
    coloured = _categories(_column(["a", "b", "a", "a"]))
    assert coloured.names == ["a", "b"]
    assert (coloured.counts_total, coloured.counts_visible) == ([3, 1], [1, 1])


def test_a_legend_entry_stands_for_its_values_and_all_of_them_together_for_all() -> None:
    column = _many()
    entries = [values_of(column, code) for code in range(len(legend(column)[1]))]
    assert frozenset().union(*entries) == {*column.values, MISSING}
    assert sum(map(len, entries)) == len(column.values) + 1


def test_hidden_values_hide_their_entry_and_only_all_of_other_hides_other() -> None:
    column = _many()
    assert _categories(column, frozenset(["v001", MISSING])).hidden == {1, LISTED + 1}
    assert _categories(column, frozenset(column.values[LISTED:-1])).hidden == set()
    assert _categories(column, frozenset(column.values[LISTED:])).hidden == {LISTED}


def test_a_value_that_is_called_other_keeps_its_own_colour() -> None:
    assert GREY not in _categories(_column([OTHER, "a"])).colours
    assert GREY not in _categories(_column([OTHER, "a", None])).colours[:2]


def test_safe_colours_are_those_of_okabe_and_ito() -> None:
    assert _categories(_column(list("abcdefgh")), safe=True).colours == OKABE_ITO[:8]


def _gradient(values: list[float]) -> Gradient:
    column = Numeric("n", np.array(values, np.float32))
    coloured = colouring(column, "Title", np.ones(len(values), np.bool_), frozenset(), safe=False)
    assert isinstance(coloured, Gradient)
    return coloured


def test_one_outlier_does_not_flatten_the_scale() -> None:
    scale = _gradient([*np.linspace(0, 1, 999).tolist(), 1e6])
    assert 0 <= scale.low < 0.05
    assert 0.95 < scale.high < 1.01


@pytest.mark.parametrize("values", [[0.5, 0.5], [float("nan")], [], [0.0] * 99 + [1.0], [float("inf"), 1.0, 2.0]])
def test_a_scale_is_finite_and_never_upside_down(values: list[float]) -> None:
    scale = _gradient(values)
    assert np.isfinite([scale.low, scale.high]).all()
    assert scale.low <= scale.high


def test_a_rare_value_still_spreads_the_scale() -> None:
    """Where nearly all values are alike, the middle 98% has no width; the scale then takes all of it."""
    scale = _gradient([0.0] * 299 + [1.0])
    assert (scale.low, scale.high) == (0.0, 1.0)


def _times(values: list[str]) -> Gradient:
    column = code_column(pd.Series(pd.to_datetime(values), name="taken"))
    coloured = colouring(column, "taken", np.ones(len(values), np.bool_), frozenset(), safe=False)
    assert isinstance(coloured, Gradient)
    return coloured


def test_times_are_a_scale_from_day_to_day_however_few_days_they_are_of() -> None:
    scale = _times(["2024-01-01", "2024-01-03", "2024-01-11", "NaT"])
    assert list(scale.ticks) == ["2024-01-01", "2024-01-05", "2024-01-10"]
    assert np.isnan(scale.values).tolist() == [False, False, False, True]
    assert scale.values[1] - scale.values[0] == 2 * 86_400


def test_times_of_one_day_are_told_by_the_minute() -> None:
    assert list(_times(["2024-01-01T10:00"] * 50 + ["2024-01-01T12:00"] * 50).ticks) == [
        "2024-01-01 10:00",
        "2024-01-01 11:00",
        "2024-01-01 12:00",
    ]


def test_a_class_has_one_colour_as_label_and_as_prediction() -> None:
    """However often either says it; what is no label takes a colour that no label here has."""
    predicted = _column(["boot", "boot", "boot", "sock", "bag"])
    shown = np.ones(5, np.bool_)
    coloured = colouring(predicted, "", shown, frozenset(), safe=False, order=["bag", "shirt", "boot"])
    assert isinstance(coloured, Categories)
    colours = dict(zip(coloured.names, coloured.colours, strict=True))
    assert colours == {"boot": TABLEAU[2], "sock": TABLEAU[1], "bag": TABLEAU[0]}


@pytest.mark.parametrize("palette", [TABLEAU, OKABE_ITO])
def test_no_two_colours_of_a_legend_are_one(palette: list[str]) -> None:
    assert len(set(palette)) == len(palette) == LARGEST


def test_what_is_only_below_the_threshold_has_no_entry_and_no_count() -> None:
    """Detections below the confidence have no outcome: they are not missing, they are not there."""
    column = _column(["tp", "fp", "tp", None, None], "v1.outcome")
    counted = np.array([True, True, True, False, False])
    coloured = colouring(column, "Error", counted, frozenset(), counted=counted, safe=False)
    assert isinstance(coloured, Categories)
    assert (list(coloured.names), coloured.counts_total, coloured.counts_visible) == (
        ["found", "false alarm"],
        [2, 1],
        [2, 1],
    )
    missing = colouring(column, "Error", counted, frozenset(), safe=False)
    assert isinstance(missing, Categories)
    assert (missing.names[-1], missing.counts_total, missing.counts_visible) == (MISSING, [2, 1, 2], [2, 1, 0])
