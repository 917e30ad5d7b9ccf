"""Significance against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from explorer.stats.significance import benjamini_hochberg, mcnemar


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
