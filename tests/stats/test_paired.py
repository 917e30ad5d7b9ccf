"""Differences of paired rates, held against figures that others published, and against their own promise."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.stats.paired import change_effect, paired_difference


def test_newcombes_own_example() -> None:
    """36, 12, 2, 0: .0569 to .3404 by his method 10 (Statistics in Medicine 17, 1998, 2635)."""
    found = paired_difference(36, 2, 12, 0)
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0569, 0.3404), abs=5e-5)
    back = paired_difference(36, 12, 2, 0)
    assert (back.value, back.low, back.high) == pytest.approx((-0.2, -0.3404, -0.0569), abs=5e-5)


def test_pairs_of_which_all_are_alike_have_an_interval_all_the_same() -> None:
    found = paired_difference(20, 0, 0, 0)
    assert found.value == 0
    assert -0.2 < found.low < 0 < found.high < 0.2
    assert np.isnan(paired_difference(0, 0, 0, 0)).all()


def test_nineteen_of_twenty_intervals_hold_the_true_difference() -> None:
    chance, truth = np.random.default_rng(1), 0.3 - 0.1
    tables = chance.multinomial(60, [0.4, 0.1, 0.3, 0.2], 2000)
    found = [paired_difference(*map(float, one)) for one in tables]
    assert 0.935 < np.mean([one.low <= truth <= one.high for one in found]) < 0.975


def test_what_hangs_together_counts_as_fewer() -> None:
    """Four objects on each image that change together are worth one."""
    chance = np.random.default_rng(2)
    images = np.repeat(np.arange(500), 4)
    together = np.repeat(chance.choice([-1, 0, 1], 500), 4)
    assert change_effect(together, images) == pytest.approx(4, rel=0.01)
    assert change_effect(chance.choice([-1, 0, 1], 2000), images) == pytest.approx(1, abs=0.15)
    assert change_effect(together, np.arange(2000)) == 1
    assert change_effect(np.zeros(2000, np.int64), images) == 1
    assert change_effect(np.zeros(0, np.int64), np.zeros(0, np.int64)) == 1
