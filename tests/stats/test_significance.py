"""Significance against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.stats import false_discovery_control

from explorer.stats.significance import benjamini_hochberg, fisher_exact, mcnemar


def test_adjustment_is_scipys() -> None:
    p = np.random.default_rng(0).uniform(size=50) ** 3
    np.testing.assert_allclose(benjamini_hochberg(p), false_discovery_control(p))


@pytest.mark.parametrize(
    ("fixed", "regressed", "p"),
    [(0, 0, 1.0), (5, 0, 2 / 2**5), (8, 2, 2 * (1 + 10 + 45) / 2**10), (3, 3, 1.0)],
)
def test_mcnemar_is_the_exact_binomial_test(fixed: int, regressed: int, p: float) -> None:
    assert mcnemar(fixed, regressed) == pytest.approx(p)
    assert mcnemar(regressed, fixed) == pytest.approx(p)


def test_fishers_test_is_scipys() -> None:
    chance = np.random.default_rng(1)
    tables = [chance.integers(0, most, (2, 2)) for most in (2, 5, 20, 200, 3000) for _ in range(60)]
    tables += [
        np.array(each) for each in ([[8, 2], [1, 5]], [[0, 10], [10, 0]], [[3, 0], [0, 0]], [[10, 5], [9000, 10]])
    ]
    for (a, b), (c, d) in (table.tolist() for table in tables):
        if a + b + c + d:
            oracle = stats.fisher_exact([[a, b], [c, d]]).pvalue
            assert fisher_exact(a, a + b, a + c, a + b + c + d) == pytest.approx(oracle, rel=1e-6, abs=1e-300)
