"""How far several people agree on the same items, beyond what chance alone would do."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_DRAWS_AT_ONCE = 100
"""Weights of so many draws are held in memory at a time: 8 MB for 10,000 items."""


_NOTHING = 1e-12
"""What 1 - 1 may be in floating point."""


class Coefficient(NamedTuple):
    """A coefficient of agreement with its 95% interval; NaN where it says nothing.

    Attributes:
        value: 1 where all agree.
        low: end of the interval, of the draws in which the coefficient is defined.
        high: the other end.
        n: items it is of, those with two votes at least.
    """

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Agreement:
    """How far raters agree.

    Attributes:
        raw: share of the pairs of votes on one item that are equal.
        fleiss: Fleiss' kappa (1971); with missing votes as Gwet (2014) generalises it.
        ac1: Gwet's AC1 (2008), which does not collapse where nearly all votes are the same.
        alpha: Krippendorff's alpha (2011), nominal or ordinal.
        cohen: Cohen's kappa (1960) of two raters by their columns.
        dominant: share of the most frequent choice among all votes; near 1 kappas are low though people agree.
    """

    raw: Coefficient
    fleiss: Coefficient
    ac1: Coefficient
    alpha: Coefficient
    cohen: Mapping[tuple[int, int], Coefficient]
    dominant: float


def agreement(
    votes: NDArray[np.integer[Any]],
    choices: int,
    groups: NDArray[np.integer[Any]] | None = None,
    *,
    ordinal: bool = False,
    draws: int = 1000,
    seed: int = 42,
) -> Agreement:
    """Measure agreement, each coefficient with a percentile bootstrap interval over items.

    Args:
        votes: int (items, raters), 0 to `choices` - 1, negative where a rater did not vote.
        choices: how many there are to choose from, chosen or not.
        groups: int (items,), such as the patient; items of a group are drawn together. None draws single items.
        ordinal: whether choices are in order, which alpha then counts by their distance.
        draws: of the bootstrap.
        seed: of the draws.
    """
    items = _Items.of(votes, choices)
    pairs = list(combinations(range(votes.shape[1]), 2))
    tables = [_pair_table(votes[:, first], votes[:, second], choices) for first, second in pairs]
    columns = np.hstack([items.sums, *tables])
    once = columns.sum(axis=0, keepdims=True)
    drawn = _drawn(columns if groups is None else _by_group(columns, groups), draws, seed)
    width = items.sums.shape[1]
    several = int(items.several.sum())

    def measured(formula: Callable[[Floats], Floats], part: slice, n: int) -> Coefficient:
        low, high = _interval(formula(drawn[:, part]))
        value = float(formula(once[:, part])[0])
        return Coefficient(value, low, high, n) if np.isfinite(value) else Coefficient(value, np.nan, np.nan, n)

    def over_items(formula: Callable[[_Sums], Floats]) -> Coefficient:
        return measured(lambda sums: formula(_Sums.of(sums, choices)), slice(width), several)

    size = choices**2
    return Agreement(
        raw=over_items(_raw),
        fleiss=over_items(_fleiss),
        ac1=over_items(_ac1),
        alpha=over_items(_ordinal_alpha if ordinal else _nominal_alpha),
        cohen={
            pair: measured(_cohen, slice(width + place * size, width + (place + 1) * size), int(table.sum()))
            for place, (pair, table) in enumerate(zip(pairs, tables, strict=True))
        },
        dominant=_dominant(votes),
    )


# What the coefficients need of each item, so that items add up: the sums of a draw are weights times these columns.


class _Items(NamedTuple):
    """Columns of each item, (items, 2 + 2 K + K²), as `_Sums` reads them, and which have several votes."""

    sums: Floats
    several: NDArray[np.bool_]

    @classmethod
    def of(cls, votes: NDArray[np.integer[Any]], choices: int) -> _Items:
        counts = (votes[:, :, None] == np.arange(choices)).sum(axis=1).astype(np.float64)
        number = counts.sum(axis=1)
        several, any_vote = number > 1, number > 0
        shares = counts / np.maximum(number, 1)[:, None]
        together = counts[:, :, None] * counts[:, None, :] - np.eye(choices) * counts[:, None, :]
        together /= np.maximum(number - 1, 1)[:, None, None]
        together[~several] = 0
        equal = np.trace(together, axis1=1, axis2=2) / np.maximum(number, 1)
        facts = [equal, several, any_vote]
        return cls(np.column_stack([*facts, shares, together.reshape(len(votes), choices**2)]), several)


class _Sums(NamedTuple):
    """Sums over items, one row a draw.

    Attributes:
        equal: (draws,), shares of equal pairs of votes.
        several: (draws,), items with two votes at least.
        shares: (draws, K), of each choice among all items with a vote.
        together: (draws, K, K), Krippendorff's coincidences.
    """

    equal: Floats
    several: Floats
    shares: Floats
    together: Floats

    @classmethod
    def of(cls, sums: Floats, choices: int) -> _Sums:
        shares, together = sums[:, 3 : 3 + choices], sums[:, 3 + choices :]
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = shares / sums[:, 2:3]
        return cls(sums[:, 0], sums[:, 1], shares, together.reshape(len(sums), choices, choices))


def _pair_table(first: NDArray[np.integer[Any]], second: NDArray[np.integer[Any]], choices: int) -> NDArray[np.bool_]:
    """Bool (items, K²): which cell of the table of two raters each item is in."""
    cell = np.where((first >= 0) & (second >= 0), first * choices + second, -1)
    return np.asarray(cell[:, None] == np.arange(choices**2), np.bool_)


def _by_group(columns: Floats, groups: NDArray[np.integer[Any]]) -> Floats:
    """Sums of each group, (groups, columns)."""
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[order], prepend=groups[order[:1]] - 1))
    return np.asarray(np.add.reduceat(columns[order], starts, axis=0) if len(starts) else columns, np.float64)


def _drawn(units: Floats, draws: int, seed: int) -> Floats:
    """Sums of each draw with replacement, (draws, columns); none where fewer than two units could be drawn.

    Units that are alike are drawn as one kind, so that votes on many items cost no more than what differs in them.
    """
    if len(units) < 2:  # noqa: PLR2004 - one unit, drawn again and again, would look certain
        return np.empty((0, units.shape[1]))
    kinds, counts = np.unique(units, axis=0, return_counts=True)
    random = np.random.default_rng(seed)
    many = [min(_DRAWS_AT_ONCE, draws - start) for start in range(0, draws, _DRAWS_AT_ONCE)]
    weights = (random.multinomial(len(units), counts / len(units), size=size) for size in many)
    return np.concatenate([each.astype(np.float64) @ kinds for each in weights])


def _interval(values: Floats) -> tuple[float, float]:
    defined = values[np.isfinite(values)]
    if not len(defined):
        return np.nan, np.nan
    low, high = np.quantile(defined, [0.025, 0.975])
    return float(low), float(high)


def _dominant(votes: NDArray[np.integer[Any]]) -> float:
    given = votes[votes >= 0]
    return float(np.bincount(given).max() / len(given)) if len(given) else np.nan


# The coefficients, each of sums, (draws,) -> (draws,).


def _raw(sums: _Sums) -> Floats:
    return _ratio(sums.equal, sums.several)


def _fleiss(sums: _Sums) -> Floats:
    return _beyond_chance(_raw(sums), (sums.shares**2).sum(axis=1))


def _ac1(sums: _Sums) -> Floats:
    return _beyond_chance(
        _raw(sums), _ratio((sums.shares * (1 - sums.shares)).sum(axis=1), np.float64(sums.shares.shape[1] - 1))
    )


def _nominal_alpha(sums: _Sums) -> Floats:
    return _alpha(sums.together, 1 - np.eye(sums.together.shape[1])[None])


def _ordinal_alpha(sums: _Sums) -> Floats:
    """Two choices are as far apart as there are votes between them, half of their own counted."""
    votes = sums.together.sum(axis=2)
    middle = votes.cumsum(axis=1) - votes / 2
    return _alpha(sums.together, (middle[:, :, None] - middle[:, None, :]) ** 2)


def _alpha(together: Floats, distance: Floats) -> Floats:
    votes = together.sum(axis=2)
    observed = (together * distance).sum(axis=(1, 2))
    expected = (votes[:, :, None] * votes[:, None, :] * distance).sum(axis=(1, 2))
    return np.asarray(1 - (votes.sum(axis=1) - 1) * _ratio(observed, expected), np.float64)


def _cohen(sums: Floats) -> Floats:
    choices = round(sums.shape[1] ** 0.5)
    table = sums.reshape(len(sums), choices, choices)
    total = table.sum(axis=(1, 2))
    agreed = _ratio(np.trace(table, axis1=1, axis2=2), total)
    return _beyond_chance(agreed, _ratio((table.sum(axis=1) * table.sum(axis=2)).sum(axis=1), total**2))


def _beyond_chance(agreed: Floats, by_chance: Floats) -> Floats:
    return _ratio(agreed - by_chance, 1 - by_chance)


def _ratio(part: Floats, whole: Floats | np.float64) -> Floats:
    """NaN where the whole is nothing."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(np.abs(whole) > _NOTHING, part / whole, np.nan), np.float64)
