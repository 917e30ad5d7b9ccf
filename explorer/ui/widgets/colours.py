"""Which colour each point gets, for any column."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from explorer.data.columns import MISSING, Categorical, Numeric, Times, moments_in_words
from explorer.data.outcomes import OUTCOMES, in_words
from explorer.data.palettes import CHANGE, CHANGE_SAFE, GREY, OKABE_ITO, TABLEAU, VIRIDIS
from explorer.ui.components.scatter import Categories, Gradient

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from explorer.data.records import Bool, Float32, Int64

LARGEST = 19
"""Values with a colour of their own; the rest share a grey."""

LISTED = 500
"""Values with an entry of their own in the legend; the rest share "Other"."""

OTHER = "Other"

OUTCOME = {value: one.colour for value, one in OUTCOMES.items()}
OUTCOME_SAFE = {value: one.safe for value, one in OUTCOMES.items()}


def colouring(
    column: Categorical | Numeric,
    title: str,
    shown: Bool,
    hidden: frozenset[str],
    *,
    counted: Bool | None = None,
    safe: bool,
    given: Mapping[str, str] = MappingProxyType({}),
    order: Sequence[str] = (),
) -> Categories | Gradient:
    """Colour points by a column.

    Args:
        column: what to colour by, n values.
        title: its name on screen.
        shown: bool (n,), the points the map shows now.
        hidden: values that the legend has switched off.
        counted: bool (n,), the points that count at the thresholds, where not all do; what others lack is not told.
        safe: use the colour-blind-safe palette.
        given: colours that people chose for some values.
        order: values that take the first colours, wherever they stand in this column, so that a class looks the same
            as a label and as a prediction.
    """
    if isinstance(column, Numeric):
        return _gradient(column.values, title, counted)
    if isinstance(column, Times):
        return _of_times(column, title, counted)
    codes, names = legend(column)
    total = np.bincount(codes if counted is None else codes[counted], minlength=len(names))
    if names[-1:] == [MISSING] and not total[-1]:
        names, total = names[:-1], total[:-1]
    return Categories(
        codes=codes,
        names=[in_words(column.name, name) for name in names],
        colours=_colours(column, names, given, order, safe=safe),
        counts_total=total.tolist(),
        counts_visible=np.bincount(codes[shown], minlength=len(names))[: len(names)].tolist(),
        hidden={code for code, name in enumerate(names) if values_of(column, code) <= hidden},
        title=title,
        others=(LARGEST, len(names) - (names[-1:] == [MISSING])) if len(column.values) > LARGEST else (0, 0),
    )


def _judging(column: Categorical, *, safe: bool) -> Mapping[str, str]:
    """The colours of a column that says how a model did, or one against another; none for any other column."""
    if column.name.endswith(".outcome"):
        return OUTCOME_SAFE if safe else OUTCOME
    if set(column.values) <= CHANGE.keys():
        return CHANGE_SAFE if safe else CHANGE
    return {}


def legend(column: Categorical) -> tuple[np.ndarray[tuple[int], np.dtype[np.uint16]], list[str]]:
    """Legend entries of a column: its largest values, then Other and missing where there are any."""
    names = list(column.values[:LISTED])
    codes = column.codes.copy()
    if len(column.values) > LISTED:
        codes[codes >= LISTED] = len(names)
        names.append(OTHER)
    if (column.codes < 0).any():
        codes[column.codes < 0] = len(names)
        names.append(MISSING)
    return codes.astype(np.uint16), names


def values_of(column: Categorical, code: int) -> frozenset[str]:
    """The values behind one legend entry."""
    if code < min(LISTED, len(column.values)):
        return frozenset([column.values[code]])
    if code == LISTED and len(column.values) > LISTED:
        return frozenset(column.values[LISTED:])
    return frozenset([MISSING])


def _colours(
    column: Categorical, names: list[str], given: Mapping[str, str], order: Sequence[str], *, safe: bool
) -> list[str]:
    places = _places(column.values[:LARGEST], order[:LARGEST])
    palette = OKABE_ITO if safe else TABLEAU
    known = _judging(column, safe=safe) or given
    return [
        known.get(name, palette[places[name]]) if code < min(LARGEST, len(column.values)) else GREY
        for code, name in enumerate(names)
    ]


def _places(values: Sequence[str], order: Sequence[str]) -> dict[str, int]:
    """A place in the palette for each value: its place in the order, or else one that nothing shown here has."""
    fixed = {name: place for place, name in enumerate(order) if name in set(values)}
    free = (place for place in range(LARGEST) if place not in fixed.values())
    return {name: fixed[name] if name in fixed else next(free) for name in values}


def _of_times(column: Times, title: str, counted: Bool | None) -> Gradient:
    """A scale whose ends are days, or minutes where all lies within a few days."""
    scale = _gradient(column.seconds, title, counted)
    return replace(scale, ticks=moments_in_words(scale.low, (scale.low + scale.high) / 2, scale.high))


def _gradient(values: Int64 | NDArray[np.float64] | Float32, title: str, counted: Bool | None) -> Gradient:
    """Spread the scale over the middle 98% of the values, so that one outlier does not flatten it."""
    known = values[np.isfinite(values)]
    low, high = np.quantile(known, [0.01, 0.99]) if len(known) else (0.0, 1.0)
    if low == high and len(known):
        low, high = known.min(), known.max()
    return Gradient(title, values, float(low), float(high), VIRIDIS, counted)
