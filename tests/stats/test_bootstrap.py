"""Intervals that draw groups, against the cluster-robust errors of statsmodels, and how often they hold the truth."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.stats.bootstrap import POOLS, interval, p_value, resampling
from explorer.stats.intervals import rate


def _clustered(seed: int, groups: int, each: int) -> tuple[np.ndarray, np.ndarray]:
    """Frames that are right or wrong by group: a beta-binomial of mean .7 with correlation .5 within a group."""
    chance = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), each)
    return group, (chance.random(groups * each) < chance.beta(0.7, 0.3, groups)[group]).astype(float)


def _drawn_mean(group: np.ndarray, right: np.ndarray, seed: int = 42) -> np.ndarray:
    drawn = resampling(group, seed=seed)
    sums = np.column_stack([np.bincount(drawn.pool, one, drawn.pools) for one in (right, np.ones(len(right)))]).astype(
        float
    )
    part, whole = drawn.replicas(sums).T
    return np.asarray(part / whole)


def test_the_spread_is_the_cluster_robust_error_of_statsmodels() -> None:
    import statsmodels.api as sm  # type: ignore[import-untyped]

    group, right = _clustered(1, 200, 10)
    robust = sm.OLS(right, np.ones(len(right))).fit(cov_type="cluster", cov_kwds={"groups": group})
    assert _drawn_mean(group, right).std() == pytest.approx(float(robust.bse[0]), rel=0.05)


def test_the_interval_is_scipys_where_nothing_hangs_together() -> None:
    from scipy.stats import bootstrap

    right = (np.random.default_rng(2).random(300) < 0.8).astype(float)
    ends = interval(right.mean(), _drawn_mean(np.arange(300), right), 300, bounded=True)
    oracle = bootstrap((right,), np.mean, method="percentile", n_resamples=5000, rng=3).confidence_interval
    assert ends == pytest.approx((oracle.low, oracle.high), abs=0.01)


def test_many_groups_are_drawn_in_pools_with_the_same_spread() -> None:
    group, right = _clustered(4, 5000, 3)
    sums = np.column_stack([np.bincount(group, right), np.bincount(group)])
    residual = sums[:, 0] - right.mean() * sums[:, 1]
    error = np.sqrt((residual**2).sum()) / sums[:, 1].sum()
    assert resampling(group).pools == POOLS
    assert _drawn_mean(group, right).std() == pytest.approx(error, rel=0.08)


def test_intervals_of_groups_hold_the_truth_where_those_of_frames_do_not() -> None:
    """Twenty groups of thirty frames: 95% intervals that draw groups hold it in 9 of 10 cases, Wilson's in 4 of 10."""
    by_group = by_frame = 0
    for seed in range(300):
        group, right = _clustered(seed, 20, 30)
        low, high = interval(right.mean(), _drawn_mean(group, right, seed), 20, bounded=True)
        wilson = rate(int(right.sum()), len(right))
        by_group += low <= 0.7 <= high
        by_frame += wilson.low <= 0.7 <= wilson.high
    assert by_group >= 0.88 * 300
    assert by_frame <= 0.5 * 300


def test_groups_that_all_agree_are_as_many_witnesses_and_no_more() -> None:
    """Nothing wrong in 20 groups: Wilson's interval of 20 of 20; no false alarm on 20 images: up to 3.69 / 20."""
    group = np.repeat(np.arange(20), 5)
    ends = interval(1.0, _drawn_mean(group, np.ones(100)), 20, bounded=True)
    assert ends == pytest.approx((0.8389, 1.0), abs=1e-4)
    none = interval(0.0, np.zeros(1000), 20, bounded=False)
    assert none == pytest.approx((0.0, 0.1844), abs=1e-4)


def test_a_test_of_few_groups_proves_no_more_than_they_can() -> None:
    """Twenty groups without one of the errors of which others have one in two: Poisson says e^-10, this says more."""
    assert p_value(-0.5, 0.0, 20) == pytest.approx(2.6e-4, rel=0.1)
    assert p_value(0.0, 0.1, 20) == 1.0
    assert np.isnan(p_value(0.3, 0.0, 1))


def test_the_same_seed_draws_the_same() -> None:
    first, second, other = (resampling(np.arange(50), seed=seed) for seed in (1, 1, 2))
    assert (first.drawn == second.drawn).all()
    assert not (first.drawn == other.drawn).all()


def test_nothing_can_be_drawn_of_nothing() -> None:
    drawn = resampling(np.empty(0, np.int64))
    assert drawn.replicas(np.zeros((0, 2))).tolist() == [[0, 0]] * 1000
    assert np.isnan(interval(float("nan"), np.full(5, np.nan), 0, bounded=True)).all()
