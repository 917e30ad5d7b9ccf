"""Rates with their intervals."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

_Z95 = 1.959963984540054


class Figure(NamedTuple):
    """A number with its 95% interval, and of how many it is."""

    value: float
    n: int
    low: float
    high: float


class Rate(NamedTuple):
    """A share of n with its 95% interval, Wilson's unless what it is of hangs together; NaN where n is 0."""

    hits: int
    n: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share itself."""
        return self.hits / self.n if self.n else float("nan")

    @property
    def figure(self) -> Figure:
        """The share with its interval."""
        return Figure(self.value, self.n, self.low, self.high)


def rate(hits: int, n: int) -> Rate:
    """Give a rate its Wilson score interval (Wilson 1927): 8 of 10 -> .4902 to .9433."""
    if n == 0:
        return Rate(0, 0, float("nan"), float("nan"))
    return Rate(hits, n, *wilson(hits / n, n))


def wilson(share: float, n: float) -> tuple[float, float]:
    """The Wilson score interval of a share of n, which need not be whole."""
    z2 = _Z95**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z95 / (1 + z2 / n) * float(np.sqrt(share * (1 - share) / n + z2 / (4 * n * n)))
    return max(0.0, centre - half) if share else 0.0, min(1.0, centre + half) if share < 1 else 1.0
