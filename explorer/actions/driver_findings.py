"""What errors go with: signals and a table's own numbers, as rows and as a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from explorer.actions.analyzed import NO_GAIN, Kind, NotComputed
from explorer.analysis.drivers import LEAST, Driver, drivers
from explorer.analysis.segments import Judged, drawn_again, rate_on
from explorer.data.columns import Numeric, in_short
from explorer.data.findings import Finding
from explorer.points.columns import MATCH, SIMILARITY
from explorer.signals.registry import registered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from explorer.actions.analyzed import Analyzed, Row
    from explorer.data.records import Bool, Int64
    from explorer.points.points import Points

DRIVERS = "drivers"

_SURE = 0.05
_PARTS = 1_000
_ALONG = 0.5
"""From which correlation with a driver on another number goes along with it."""

_NOT_MISSED = 0.2
"""Share of the driver's importance below which the joint model does not miss another number."""


def numbers_of(points: Points, models: list[str]) -> dict[str, NDArray[np.float64]]:
    """The numbers by which errors may be told, float64 (n,) by column: not what the models said themselves."""
    said = tuple(f"{model}." for model in models)
    names = points.table.groupable(leave_out=points.plumbing | {MATCH, SIMILARITY})
    columns = {name: points.table[name] for name in names if not name.startswith(said or ("\0",))}
    return {name: one.values.astype(np.float64) for name, one in columns.items() if isinstance(one, Numeric)}


def _drivers(of: Analyzed) -> list[Driver]:
    return of.once(DRIVERS, lambda: _computed(of))


def _computed(of: Analyzed) -> list[Driver]:
    rows, wrong = _known(of)
    right = len(wrong) - int(wrong.sum())
    if min(right, len(wrong) - right) < LEAST:
        raise NotComputed(
            f"It takes at least {LEAST} errors and {LEAST} right answers to tell what errors go with; "
            f"there are {len(wrong) - right:,} and {right:,}."
        )
    numbers = {name: values[rows] for name, values in numbers_of(of.points, of.view.models).items()}
    return drivers(
        numbers, wrong, groups_of(of)[rows], of.seed, lambda share: of.told(DRIVERS, round(_PARTS * share), _PARTS)
    )


def _known(of: Analyzed) -> tuple[Int64, Bool]:
    """The rows of which it is known whether they are wrong, and whether they are."""
    if of.model is None or not of.view.judges:
        raise NotComputed("There is nothing to judge a model by: it takes labels and the predictions of a model.")
    judged = of.points.judged(of.model)
    rows = np.flatnonzero(judged.total > 0)
    return rows, judged.wrong[rows]


def groups_of(of: Analyzed) -> Int64:
    """Which points hang together: those on one image, or whose images share a value; int64 (n,)."""
    images = of.points.space.sample_rows
    if of.group_by is None:
        return images
    codes = pd.factorize(of.view.samples.frame[of.group_by])[0]
    alone = codes.max(initial=-1) + 1 + np.arange(len(codes))  # where it has no value, an image is its own group
    return np.where(codes >= 0, codes, alone)[images]


def _rows(of: Analyzed) -> list[Row]:
    return [one._asdict() for one in _drivers(of)]


def _found(of: Analyzed) -> list[Finding]:
    """The number that errors go with, and which others only go along with it.

    How a point lies among its neighbours is left to the table: it follows from the same labels as the errors.
    """
    follows = {signal.name for signal in registered() if signal.of == "graph"}
    listed = [one for one in _drivers(of) if one.signal not in follows]
    if not listed or listed[0].importance <= 0 or listed[0].p > _SURE:
        return []
    first = listed[0]
    rows, wrong = _known(of)
    values = numbers_of(of.points, of.view.models)[first.signal][rows]
    is_high = first.rho > 0
    bound = _bound(values, is_high=is_high)
    worst = values >= bound if is_high else values <= bound
    judged = Judged(wrong.astype(np.int64), np.ones(len(wrong), np.int64), groups_of(of)[rows])
    drawn = drawn_again(judged, seed=of.seed)
    here, rest = (rate_on(judged, np.flatnonzero(part), drawn) for part in (worst, ~worst))
    name = of.points.colourings(of.model, of.view.models).get(first.signal, first.signal)
    end = f"{'from' if is_high else 'up to'} {in_short(bound)}"
    sentence = (
        f"Errors go with {name}: {here.value:.0%} wrong of the {here.n:,} {end} ({here.low:.0%} to {here.high:.0%}), "
        f"elsewhere {rest.value:.0%}{_along(of, first, listed, rows)}."
    )
    ids = tuple(of.points.space.ids_of(rows[worst & wrong]))
    gain = max(NO_GAIN / 10, (here.value - rest.value) * here.n / len(rows))
    figures = {**first._asdict(), "column": first.signal, "value": end, "rate": here.value, "elsewhere": rest.value}
    return [Finding(DRIVERS, f"Errors go with {name}", sentence, ids, figures, gain)]


def _bound(values: NDArray[np.float64], *, is_high: bool) -> float:
    """From which value on, or up to which, a quarter of the points lie; not all of them, where many are the same."""
    known = np.unique(values[np.isfinite(values)])
    if is_high:
        return float(max(np.nanquantile(values, 0.75), known[1]))
    return float(min(np.nanquantile(values, 0.25), known[-2]))


def _along(of: Analyzed, first: Driver, listed: list[Driver], rows: Int64) -> str:
    """The number that also correlates with errors, and that nobody would miss."""
    numbers = numbers_of(of.points, of.view.models)
    names = of.points.colourings(of.model, of.view.models)
    others = [one for one in listed[1:] if one.p <= _SURE and one.importance < _NOT_MISSED * first.importance]
    for one in sorted(others, key=lambda one: -abs(one.rho)):
        both = (pd.Series(numbers[name][rows]) for name in (first.signal, one.signal))
        if abs(next(both).corr(next(both), "spearman")) >= _ALONG:
            return f"; {names.get(one.signal, one.signal)} only goes along with it"
    return ""


def _line(row: Mapping[str, Any]) -> str:
    return (
        f"{row['signal']}: importance {row['importance']:.3f}, Spearman {row['rho']:+.2f} (p = {row['p']:.2g}), "
        f"mutual information {row['mutual_information']:.3f}"
    )


KIND = Kind(
    name=DRIVERS,
    version=3,
    rows=_rows,
    found=_found,
    line=_line,
    nothing="There is no number that differs between the images.",
    options=("model", "seed", "group_by"),
    cost=5.0,
)
