"""Two parts that do not differ are said to differ about as often as is claimed, and what does differ is seen."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import ks_2samp

from explorer.analysis.drift import AT_MOST, CLASSIFIER, MMD, drift, moved
from explorer.data.columns import Table

if TYPE_CHECKING:
    from explorer.data.records import Float32

FULL = "EDGECASE_FULL_TESTS" in os.environ
"""Whether there is time for 1,000 seeds."""

SEEDS, LEAST, MOST = (1000, 0.03, 0.07) if FULL else (200, 0.01, 0.09)


def _vectors(n: int, d: int, seed: int, shift: float = 0.0) -> Float32:
    """Unit rows around one direction, as an encoder gives them."""
    vectors = np.random.default_rng(seed).normal(0, 1, (n, d)) + 1
    vectors[:, 0] += shift
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


@pytest.mark.parametrize(("before", "after", "d"), [(50, 50, 16), (40, 120, 64)])
def test_without_drift_about_one_pair_in_twenty_is_a_false_alarm(before: int, after: int, d: int) -> None:
    p = np.array(
        [
            [test.p for test in drift(_vectors(before, d, 2 * seed), _vectors(after, d, 2 * seed + 1), seed=seed)]
            for seed in range(SEEDS)
        ]
    )
    classifier, mmd = (p <= 0.05).mean(axis=0)
    assert LEAST <= classifier <= MOST
    assert LEAST <= mmd <= MOST


def test_parts_that_differ_are_told_apart() -> None:
    classifier, mmd = drift(_vectors(200, 16, 0), _vectors(80, 16, 1, shift=2.0))
    assert (classifier.test, mmd.test) == (CLASSIFIER, MMD)
    assert (classifier.n, mmd.n) == (80, 80)
    assert classifier.statistic > 0.7
    assert classifier.p < 1e-6
    assert mmd.p == 1 / 500


def test_mmd_is_that_of_its_definition() -> None:
    """Gretton et al. 2012, equation 3, pair by pair."""
    before, after = _vectors(30, 8, 0), _vectors(30, 8, 1, shift=1.0)
    everything = np.concatenate([before, after]).astype(np.float64)
    distances = cdist(everything, everything, "sqeuclidean")
    kernel = np.exp(-distances / (2 * np.median(distances)))
    within = sum(part[~np.eye(30, dtype=bool)].mean() for part in (kernel[:30, :30], kernel[30:, 30:]))
    assert drift(before, after)[1].statistic == pytest.approx(within - 2 * kernel[:30, 30:].mean())


def test_the_same_seed_gives_the_same_figures_and_of_large_parts_some_are_drawn() -> None:
    before, after = _vectors(AT_MOST + 500, 4, 0), _vectors(AT_MOST + 5, 4, 1)
    first = drift(before, after, seed=7)
    assert first == drift(before, after, seed=7)
    assert {test.n for test in first} == {AT_MOST}


def test_vectors_that_are_all_the_same_do_not_differ() -> None:
    same = np.ones((20, 3), np.float32)
    assert [test.p for test in drift(same, same)] == [0.5, 1.0]


def test_the_numbers_that_moved_are_listed_the_farthest_first() -> None:
    chance = np.random.default_rng(0)
    frame = pd.DataFrame({name: chance.normal(0, 1, 400) for name in ("still", "little", "far", "unknown")})
    frame.loc[200:, "little"] += 0.5
    frame.loc[200:, "far"] += 3
    frame.loc[200:, "unknown"] = np.nan
    frame["name"] = np.where(np.arange(400) < 200, "a", "b")
    before, after = np.arange(200), np.arange(200, 400)
    far, little = moved(Table(frame), list(map(str, frame)), before, after)
    assert (far.signal, little.signal) == ("far", "little")
    assert far.statistic == pytest.approx(ks_2samp(frame["far"][:200], frame["far"][200:]).statistic)
    assert (far.before, far.after) == (frame["far"][:200].median(), frame["far"][200:].median())
    one = ks_2samp(frame["little"][:200], frame["little"][200:], method="asymp").pvalue
    assert little.p == pytest.approx(one * 3 / 2), "the second of the three that were tried"
