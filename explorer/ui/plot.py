"""The map on the page, and what its strokes, clicks and keys do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.columns import Categorical
from explorer.subsets.selection import Stroke
from explorer.ui import pictures, scatter, state
from explorer.ui.colouring import colouring, legend, values_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.ui.points import Points

HEIGHT = 755
PLAIN = scatter.Categories("", np.empty(0, np.uint16), [], [], [], [])


def draw() -> None:
    """Draw the map of the current space, coloured and filtered as the sidebar says."""
    points = state.points()
    mask = state.selected()
    found = state.search()
    scatter.scatter(
        points=points.xy,
        colour=_colour(),
        visible=state.visible() if state.filters() else None,
        selected=mask if mask.any() else None,
        highlighted=_found(found, points) if found else (),
        collection=points.key,
        layout_key=points.layout_key,
        can_undo=len(st.session_state.history) > 1,
        empty_text="No point passes the filters: loosen them in the sidebar." if len(points) else "No images yet.",
        height=HEIGHT,
        key="map",
        on_event=_on_event,
    )


def _found(found: state.Search, points: Points) -> Sequence[int]:
    """The rows to ring: what was found, or what belongs to it in this space."""
    if found.space == points.name:
        return found.rows
    stroke = Stroke("replace", "search", found.space, rows=found.rows)
    return np.flatnonzero(state.view().mask((stroke,), points)).tolist()


def _colour() -> scatter.Categories | scatter.Gradient:
    points = state.points()
    names = state.colourings()
    column = st.session_state.colour
    if column not in names:
        everything = Categorical("points", np.zeros(len(points), np.int32), ("all images",))
        return colouring(everything, "", state.visible(), frozenset(), safe=False)
    return colouring(
        points.table[column],
        names[column],
        state.visible(),
        st.session_state.hidden.get(column, frozenset()),
        safe=st.session_state.safe_colours,
    )


def _on_event(event: scatter.ScatterEvent) -> None:
    if isinstance(event, scatter.Stroke):
        polygon = tuple((float(x), float(y)) for x, y in event.polygon)
        name, layout = state.points().name, event.layout
        state.stroke(Stroke(event.mode, event.kind, name, layout, polygon, state.filters()))
    elif isinstance(event, scatter.Opened):
        pictures.open_image(event.row, state.points())
    elif isinstance(event, scatter.LegendChanged):
        _hide(event.hidden)
    elif event.name == "undo":
        state.undo_selection()
    elif event.name == "clear":
        state.clear_selection()


def _hide(codes: frozenset[int]) -> None:
    """Remember hidden legend entries as values, so that they stay hidden whatever the map is coloured by."""
    if st.session_state.colour not in state.points().table:
        return
    column = state.points().table[st.session_state.colour]
    if isinstance(column, Categorical):
        entries = len(legend(column)[1])
        values = [values_of(column, code) for code in codes if code < entries]
        hidden = dict(st.session_state.hidden)
        hidden[column.name] = frozenset().union(*values)
        st.session_state.hidden = hidden
