"""What is over-represented, against Fisher's exact test and chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact

from explorer.data.columns import Table
from explorer.subsets.over_represented import over_represented


def test_a_planted_value_stands_out_with_fishers_p() -> None:
    rng = np.random.default_rng(1)
    light = np.where(rng.uniform(size=1000) < 0.1, "dark", "bright").astype(object)
    noise = rng.choice(list("abc"), 1000)
    mask = (light == "dark") & (rng.uniform(size=1000) < 0.7)
    mask |= rng.uniform(size=1000) < 0.02
    frame = pd.DataFrame({"light": light, "noise": noise})
    [found, *others] = over_represented(Table(frame), ["light", "noise"], mask)
    assert (found.column, found.value) == ("light", "dark")
    inside, outside = (light[mask] == "dark").sum(), (light[~mask] == "dark").sum()
    assert found.lift == pytest.approx((inside / mask.sum()) / ((light == "dark").mean()))
    counts = [[inside, mask.sum() - inside], [outside, (~mask).sum() - outside]]
    assert found.p == pytest.approx(5 * fisher_exact(counts, alternative="greater").pvalue)
    assert not others


def test_noise_rarely_stands_out() -> None:
    """Under no difference at all, some value is reported in about 5% of selections, not more."""
    rng = np.random.default_rng(2)
    table = Table(pd.DataFrame({f"c{i}": rng.choice(list("abcde"), 600) for i in range(6)}))
    false_alarms = 0
    for _ in range(200):
        mask = np.zeros(600, np.bool_)
        mask[rng.choice(600, 60, replace=False)] = True
        false_alarms += bool(over_represented(table, list(table.frame.columns), mask))
    assert false_alarms <= 20


def test_nothing_and_everything_have_no_standouts() -> None:
    table = Table(pd.DataFrame({"c": ["a", "b"]}))
    assert over_represented(table, ["c"], np.zeros(2, np.bool_)) == []
    assert over_represented(table, ["c"], np.ones(2, np.bool_)) == []


def test_neighbouring_ranges_of_a_number_are_one() -> None:
    """The selection has what is not in the lowest quarter: three of four ranges, which are one of 75% of all."""
    size = np.arange(400, dtype=np.float32)
    [found] = over_represented(Table(pd.DataFrame({"size": size})), ["size"], size >= 100)
    assert (found.value, found.hits, found.share) == ("99.8 to 399", 300, 1.0)
    assert found.lift == pytest.approx(4 / 3)


def test_ranges_apart_from_each_other_stay_two() -> None:
    size = np.arange(400, dtype=np.float32)
    mask = (size < 100) | (size >= 300)
    found = over_represented(Table(pd.DataFrame({"size": size})), ["size"], mask)
    assert sorted(one.value for one in found) == ["0 to 99.8", "299 to 399"]


def test_what_is_hardly_more_common_is_not_listed() -> None:
    """Certain, but of no use: 100% here against 96% of all."""
    flag = np.where(np.arange(10_000) % 25, "on", "off").astype(object)
    assert over_represented(Table(pd.DataFrame({"flag": flag})), ["flag"], flag == "on") == []
