"""Two rates of the same things: their difference with its interval, and how far what hangs together counts as fewer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.stats.intervals import wilson

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Difference(NamedTuple):
    """By how much the second rate is higher, with its 95% interval; NaN of nothing."""

    value: float
    low: float
    high: float


def paired_difference(both: float, lost: float, gained: float, neither: float) -> Difference:
    """The difference of two rates of the same n things: Wilson's intervals put together (Newcombe 1998, method 10).

    36, 2, 12, 0 of 50 -> .2 (.0569 to .3404).

    Args:
        both: hits of both; like the others a count, or where things hang together what it is worth.
        lost: hits of the first alone.
        gained: hits of the second alone.
        neither: hits of none.
    """
    n = both + lost + gained + neither
    if not n:
        return Difference(float("nan"), float("nan"), float("nan"))
    first, second = (both + lost) / n, (both + gained) / n
    (l1, u1), (l2, u2) = wilson(first, n), wilson(second, n)
    value, phi = second - first, _phi(both, lost, gained, neither)
    down = _joined(second - l2, u1 - first, phi)
    up = _joined(u2 - second, first - l1, phi)
    return Difference(value, max(-1.0, value - down), min(1.0, value + up))


def _phi(both: float, lost: float, gained: float, neither: float) -> float:
    """The correlation of the two, brought nearer to none where it is positive."""
    margins = (both + lost) * (gained + neither) * (both + gained) * (lost + neither)
    if not margins:
        return 0.0
    product = both * neither - lost * gained
    if product > 0:
        product = max(0.0, product - (both + lost + gained + neither) / 2)
    return float(product / np.sqrt(margins))


def _joined(one: float, other: float, phi: float) -> float:
    return float(np.sqrt(max(0.0, one**2 - 2 * phi * one * other + other**2)))


def change_effect(change: NDArray[np.int64], together: NDArray[np.int64]) -> float:
    """How much more the mean change varies than if all things were independent; at least 1 (Rao and Scott 1992).

    Args:
        change: int64 (n,), 1 gained, -1 lost, 0 neither.
        together: int64 (n,), things with the same number hang together, such as objects on one image.
    """
    _, group = np.unique(together, return_inverse=True)
    many = int(group.max(initial=-1)) + 1
    if many in (len(change), 0, 1) or not change.any():
        return 1.0
    apart = change - change.mean()
    alone = float((apart**2).sum())
    spread = float((np.bincount(group, apart) ** 2).sum()) * many / (many - 1)
    return max(1.0, spread / alone) if alone else 1.0
