"""How chosen columns are spread: among all points, those shown, those selected, and those kept to compare with."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import streamlit as st

from explorer.data.outcomes import in_words
from explorer.subsets.distributions import filter_of, histograms
from explorer.ui.components.distributions import Brushed, Chart, Following, Part, distributions
from explorer.ui.map import chosen_columns
from explorer.ui.session import filters, membership, opened, selection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.data.records import Bool, Int64
    from explorer.points.points import Points
    from explorer.subsets.distributions import Bars
    from explorer.subsets.selection import Selection
    from explorer.ui.components.distributions import Kind

HELP = "Drag over bars, or click one, to filter the map by them; the sidebar lists the filters. Click again to lift it."


class Drawn(NamedTuple):
    """A part of the points, and which they are, bool (n,)."""

    part: Part
    mask: Bool


def draw(about: Selection, word: str) -> None:
    """Draw a chart of each chosen column.

    Args:
        about: the points that the panel is about.
        word: what they are: selected or found.
    """
    points, names = opened.points(), membership.colourings(opened.points())
    mask = opened.view().mask(about, points)
    with st.container(horizontal=True):
        columns = chosen_columns.choose("charted", "Charts of", names)
        _compare_buttons(about, worth_keeping=bool(mask.any()))
    if not columns:
        st.caption("Choose a column to see how it is spread.")
        return
    parts = _parts(points, mask, word)
    cut = [points.bars(column) for column in columns]
    counts = histograms(cut, [one.mask for one in parts])
    distributions(
        [_chart(bars, names, count, points) for bars, count in zip(cut, counts, strict=True)],
        [one.part for one in parts],
        following=Following(points.space.key, _named("selected", selection.kept(points)), [bars.codes for bars in cut]),
        shares=parts[-1].part.kind in ("kept", "selected"),
        key="distributions",
        on_brush=_brush,
    )
    st.caption(HELP)


def _parts(points: Points, mask: Bool, word: str) -> Sequence[Drawn]:
    """What is told apart: all points, those that pass the filters where there are any, A, and the selection."""
    kept = selection.kept(points)
    parts = [_part("all", "all", np.ones(len(points), np.bool_))]
    if filters.filters_for(points):
        parts.append(_part("shown", "shown", filters.visible(points)))
    if kept.any():
        parts.append(_part("kept", "A", kept))
    if mask.any():
        parts.append(_part("selected", _named(word, kept), mask))
    return parts


def _named(word: str, kept: Bool) -> str:
    """What the selection is called: B where another one is kept beside it."""
    return f"B: {word}" if kept.any() else word


def _part(kind: Kind, name: str, mask: Bool) -> Drawn:
    return Drawn(Part(kind, name, int(mask.sum())), mask)


def _chart(bars: Bars, names: Mapping[str, str], counts: Int64, points: Points) -> Chart:
    column = bars.column.name
    one = filters.of(column)
    picked = np.flatnonzero(histograms([bars], [opened.view().visible((one,), points)])[0][0]) if one else ()
    return Chart(
        column=column,
        title=names[column],
        in_order=bars.in_order,
        bars=[in_words(column, bar.name) for bar in bars.bars],
        pickable=[bar.picked_by is not None for bar in bars.bars],
        picked=[int(place) for place in picked],
        rest=[place for place, bar in enumerate(bars.bars) if bar.is_rest],
        counts=counts.tolist(),
    )


def _brush(brushed: Brushed) -> None:
    one = filter_of(opened.points().bars(brushed.column), brushed.bars)
    if one:
        filters.narrow(one)
    else:
        filters.lift(brushed.column)


def _compare_buttons(about: Selection, *, worth_keeping: bool) -> None:
    """Keep the selection to compare the next one with it, or let it go."""
    st.button(
        "Keep as A",
        help="Then select others: the charts show both, A and B, each as shares of its own.",
        on_click=selection.keep_to_compare,
        args=(about,),
        disabled=not worth_keeping,
    )
    st.button(
        "Forget A",
        on_click=selection.forget_compared,
        disabled=not selection.kept().any(),
    )
