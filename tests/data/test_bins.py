"""Number columns cut into ranges."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.data.bins import Bins, cut
from explorer.data.columns import Numeric
from explorer.errors import SourceError


def test_quartiles_hold_equal_counts_and_leave_missing_out() -> None:
    values = np.append(np.arange(100.0), np.nan)
    quartiles = cut(Numeric("x", values))
    assert quartiles.counts().tolist() == [25, 25, 25, 25]
    assert quartiles.codes[-1] == -1
    assert quartiles.values[0] == "0 to 24.8"


def test_ranges_of_equal_width_are_as_wide_whatever_they_hold() -> None:
    values = np.array([0.0, 1, 2, 3, 40, 99, 100])
    fifths = cut(Numeric("x", values), Bins.parse("equal:5"))
    assert fifths.values == ("0 to 20", "20 to 40", "40 to 60", "60 to 80", "80 to 100")
    assert fifths.counts().tolist() == [4, 0, 1, 0, 2]


def test_ends_by_hand_are_those_and_those_beyond_what_there_is_are_none() -> None:
    values = np.array([1, 5, 9, 10, 12, 30])
    by_hand = cut(Numeric("x", values), Bins.parse("10, 5,1000"))
    assert by_hand.values == ("1 to 5", "5 to 10", "10 to 30")
    assert by_hand.codes.tolist() == [0, 1, 1, 2, 2, 2], "a range holds its lower end, the last one both"


def test_ends_that_three_digits_do_not_tell_apart_are_written_longer() -> None:
    names = cut(Numeric("x", 1 + np.arange(8) * 1e-5)).values
    assert len(set(names)) == 4


def test_one_value_is_one_range() -> None:
    assert cut(Numeric("x", np.full(5, 7))).values == ("7 to 7",)
    assert cut(Numeric("x", np.full(5, np.nan))).values == ()


@pytest.mark.parametrize("text", ["", "quantile:1", "equal:51", "equal:x", "1,nan", "2,2", "tertiles"])
def test_what_are_no_bins_is_refused_with_what_are(text: str) -> None:
    with pytest.raises(SourceError, match="quantile:4, equal:5"):
        Bins.parse(text)
