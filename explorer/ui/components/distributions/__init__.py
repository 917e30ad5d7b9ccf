"""Small charts of columns in which parts of the rows are told apart; dragging over bars picks them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from explorer.ui.components.declare import callback, declare
from explorer.ui.server.routes import server

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

Kind = Literal["all", "shown", "kept", "selected"]

_component = declare("distributions")


@dataclass(frozen=True)
class Part:
    """Some of the rows: how they are drawn, what they are called, how many there are."""

    kind: Kind
    name: str
    total: int


@dataclass(frozen=True)
class Chart:
    """One column.

    Attributes:
        column: names it to the caller.
        title: its name on screen.
        in_order: whether the bars are parts of a range; else they are drawn as a list.
        bars: their names.
        pickable: whether each bar can be picked.
        picked: places of the bars that are picked; empty where nothing is.
        rest: places of bars that hold many values: taller than all others, they are cut off.
        counts: rows of each part in each bar, in the order of the parts.
    """

    column: str
    title: str
    in_order: bool
    bars: Sequence[str]
    pickable: Sequence[bool]
    picked: Sequence[int]
    rest: Sequence[int]
    counts: Sequence[Sequence[int]]


@dataclass(frozen=True, eq=False)
class Following:
    """What the charts need to count a new selection in the browser, before the page has run.

    Attributes:
        collection: whose rows are charted; the map of the same rows tells what is selected on it.
        name: what the rows are called that are selected next.
        codes: uint8 (n,) for each chart, the bar of each row.
    """

    collection: str
    name: str
    codes: Sequence[NDArray[np.uint8]]


class Brushed(NamedTuple):
    """The bars of a column that the person picked; none to lift what was picked before."""

    column: str
    bars: tuple[int, ...]


def distributions(
    charts: Sequence[Chart],
    parts: Sequence[Part],
    *,
    following: Following,
    shares: bool,
    key: str,
    on_brush: Callable[[Brushed], None] | None = None,
) -> None:
    """Draw the charts below each other, with one legend.

    Args:
        charts: what to draw.
        parts: the parts that are told apart, all rows first.
        following: how they follow the map.
        shares: whether bars first show the share of their part, so that small and large parts can be compared, or
            the number of rows; the person can switch.
        key: the component's key in the session state.
        on_brush: called with what was picked before the page runs again.
    """
    data = {
        "charts": [asdict(chart) for chart in charts],
        "parts": [asdict(part) for part in parts],
        "following": {
            "collection": following.collection,
            "name": following.name,
            "codes": [server().array_url(codes) for codes in following.codes],
        },
        "shares": shares,
    }
    bars = {chart.column: len(chart.bars) for chart in charts}
    _component(key=key, data=data, on_brush_change=callback(key, "brush", partial(_brushed, bars=bars), on_brush))


def _brushed(value: Any, bars: dict[str, int]) -> Brushed | None:  # noqa: ANN401 - from the browser
    """What was picked; None where it speaks of other charts."""
    if not isinstance(value, dict) or value.get("column") not in bars or not isinstance(value.get("bars"), list):
        return None
    known = range(bars[value["column"]])
    picked = tuple(value["bars"])
    return Brushed(value["column"], picked) if all(isinstance(bar, int) and bar in known for bar in picked) else None
