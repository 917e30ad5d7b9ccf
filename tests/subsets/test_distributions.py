"""Bars of a column: each row in one of them, counted as numpy and pandas count, and picked by the filter it names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from explorer.data.columns import MISSING, Table, code_column
from explorer.data.filters import Between, OneOf, matching
from explorer.subsets.distributions import MOST_BINS, MOST_VALUES, Bars, bars_of, filter_of, histograms

CHANCE = np.random.default_rng(0)
MANY = 4_000

COLUMNS: dict[str, Any] = {
    "normal": CHANCE.normal(0, 1, MANY),
    "share in float32": CHANCE.integers(0, 101, MANY).astype(np.float32) / np.float32(100),
    "share in float64": CHANCE.integers(0, 101, MANY) / 100,
    "far outliers": np.concatenate([CHANCE.normal(5, 1, MANY - 20), np.full(10, 1e9), np.full(10, -1e9)]),
    "few whole numbers": CHANCE.integers(-2, 4, MANY),
    "many whole numbers": CHANCE.integers(0, 10**6, MANY),
    "whole numbers beyond 2**53": 2**53 + CHANCE.integers(0, 10, MANY),
    "huge": CHANCE.uniform(-1, 1, MANY) * 1e308,
    "tiny": CHANCE.integers(0, 100, MANY) * 5e-324,
    "neighbours": np.where(np.arange(MANY) % 2, 0.1, np.nextafter(0.1, 1)),
    "with missing": np.where(np.arange(MANY) % 3, CHANCE.uniform(-3, 3, MANY), np.nan),
    "constant": np.full(MANY, 7.0),
    "constant and whole": np.full(MANY, 7),
    "all missing": np.full(MANY, np.nan),
    "days": pd.Timestamp("2024-01-30") + pd.to_timedelta(CHANCE.integers(0, 20, MANY), unit="D"),
    "weeks": pd.Timestamp("2024-01-30") + pd.to_timedelta(CHANCE.integers(0, 200, MANY), unit="D"),
    "years": pd.Timestamp("1950-01-30") + pd.to_timedelta(CHANCE.integers(0, 20_000, MANY), unit="D"),
    "seconds": pd.Timestamp("2024-01-30T23:59:50") + pd.to_timedelta(CHANCE.integers(0, 20, MANY), unit="s"),
    "one moment": np.full(MANY, np.datetime64("2024-05-01T10:30", "us")),
    "no times": np.full(MANY, np.datetime64("NaT", "ns")),
    "names": CHANCE.choice(["bag", "coat", "hat"], MANY),
    "three hundred names": np.char.add("n", np.minimum(CHANCE.exponential(40, MANY).astype(int), 299).astype(str)),
    "names, some missing": pd.Series(CHANCE.choice(["bag", "coat"], MANY), dtype=object).where(
        CHANCE.random(MANY) > 0.1
    ),
    "no names": np.full(MANY, None),
    "true or false": CHANCE.random(MANY) < 0.3,
}


def _column(name: str) -> tuple[Table, Bars]:
    table = Table(pd.DataFrame({name: COLUMNS[name]}))
    return table, bars_of(table[name])


def _counts(bars: Bars) -> dict[str, int]:
    every = np.ones(len(bars.codes), np.bool_)
    return dict(zip((bar.name for bar in bars.bars), histograms([bars], [every])[0][0].tolist(), strict=True))


@pytest.mark.parametrize("name", COLUMNS)
def test_every_row_has_one_bar_and_each_bar_is_what_its_filter_picks(name: str) -> None:
    table, bars = _column(name)
    masks = [np.ones(MANY, np.bool_), CHANCE.random(MANY) < 0.3, np.zeros(MANY, np.bool_)]
    (counts,) = histograms([bars], masks)
    for count, mask in zip(counts, masks, strict=True):
        np.testing.assert_array_equal(count, np.bincount(bars.codes[mask], minlength=len(bars)))
    for place in range(len(bars)):
        picked = filter_of(bars, [place])
        if picked is None:
            assert (bars.bars[place].name, pd.isna(table.frame[name])[bars.codes == place].all()) == ("missing", True)
        else:
            np.testing.assert_array_equal(matching(table, (picked,)), bars.codes == place)


@pytest.mark.parametrize("name", [name for name in COLUMNS if _column(name)[1].in_order])
def test_bars_that_follow_each_other_are_one_range(name: str) -> None:
    table, bars = _column(name)
    known = [place for place, bar in enumerate(bars.bars) if bar.picked_by]
    for first in known:
        for last in known[known.index(first) :]:
            picked = filter_of(bars, [last, first])
            assert picked
            np.testing.assert_array_equal(matching(table, (picked,)), (bars.codes >= first) & (bars.codes <= last))


def test_numbers_are_counted_as_numpy_counts_them_between_round_ends() -> None:
    _, bars = _column("normal")
    ends = [bar.picked_by for bar in bars.bars]
    lows = [one.low for one in ends if isinstance(one, Between)]
    assert 12 <= len(bars) <= MOST_BINS + 2
    np.testing.assert_allclose(np.diff(lows), np.diff(lows)[0])
    expected, _ = np.histogram(COLUMNS["normal"], [*lows, np.inf])
    np.testing.assert_array_equal(list(_counts(bars).values()), expected)
    assert bars.bars[1].name == f"{lows[1]:.1f} to {lows[2]:.1f}"


def test_whole_numbers_have_a_bar_each_where_there_are_few() -> None:
    expected = pd.Series(COLUMNS["few whole numbers"]).value_counts().sort_index()
    assert _counts(_column("few whole numbers")[1]) == {str(key): n for key, n in expected.items()}
    assert _column("many whole numbers")[1].bars[0].name == "0 to 49,999"


def test_far_outliers_share_the_outermost_bars() -> None:
    """Else all other values would stand in one bar."""
    counts = _counts(_column("far outliers")[1])
    assert max(counts.values()) < MANY / 3
    first, last = next(iter(counts)), list(counts)[-1]
    assert first.startswith("below ")
    assert last.endswith(" or more")
    assert counts[first] >= 10
    assert counts[last] >= 10


@pytest.mark.parametrize(
    ("name", "expected"),
    [("constant", {"7": MANY}), ("constant and whole", {"7": MANY}), ("all missing", {"missing": MANY})],
)
def test_what_does_not_vary_is_one_bar(name: str, expected: dict[str, int]) -> None:
    assert _counts(_column(name)[1]) == expected


def test_missing_values_have_a_bar_of_their_own() -> None:
    assert _counts(_column("with missing")[1])["missing"] == np.isnan(COLUMNS["with missing"]).sum()
    _, bars = _column("names, some missing")
    assert filter_of(bars, [2]) == OneOf("names, some missing", frozenset([MISSING]))


def test_of_many_names_the_most_frequent_have_bars_and_the_rest_share_one() -> None:
    frequent = pd.Series(COLUMNS["three hundred names"]).value_counts()
    counts = _counts(_column("three hundred names")[1])
    *shown, other = counts
    assert sorted(counts[name] for name in shown) == sorted(frequent.iloc[:MOST_VALUES])
    assert other == f"Other ({len(frequent) - MOST_VALUES:,} values)"
    assert counts[other] == frequent.iloc[MOST_VALUES:].sum()


@pytest.mark.parametrize(
    ("name", "freq", "first"),
    [
        ("days", "D", "2024-01-30"),
        ("years", "5YS", "1950 to before 1955"),
        ("seconds", "s", "2024-01-30 23:59:50"),
    ],
)
def test_times_are_counted_as_pandas_counts_them_by_period(name: str, freq: str, first: str) -> None:
    times = pd.Series(1, pd.DatetimeIndex(COLUMNS[name]))
    counts = _counts(_column(name)[1])
    assert list(counts.values()) == times.resample(freq).sum().tolist()
    assert next(iter(counts)) == first


def test_no_rows_have_no_bars() -> None:
    bars = bars_of(code_column(pd.Series([], name="x", dtype=float)))
    assert len(bars) == 0
    assert histograms([bars], [np.zeros(0, np.bool_)])[0].shape == (1, 0)
