"""Rates against published intervals."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.stats.intervals import rate


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 20, 0.0, 0.1611), (45, 50, 0.7864, 0.9565)],
)
def test_wilson(hits: int, n: int, low: float, high: float) -> None:
    found = rate(hits, n)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_no_rows_have_no_rate() -> None:
    assert np.isnan(rate(0, 0).value)
