"""The map on the page, and what its strokes, clicks and keys do."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer.columns import Categorical
from explorer.subsets.selection import Stroke
from explorer.ui import pictures, scatter, state
from explorer.ui.colouring import colouring, legend, values_of

HEIGHT = 755
PLAIN = scatter.Categories("", np.empty(0, np.uint16), [], [], [], [])


def draw() -> None:
    """Draw the map of the current space, coloured and filtered as the sidebar says."""
    view = state.view()
    mask = state.selected()
    found = state.search()
    scatter.scatter(
        points=view.xy(state.layout_key()),
        colour=_colour(),
        visible=state.visible() if state.filters() else None,
        selected=mask if mask.any() else None,
        highlighted=found.rows if found else (),
        collection=view.key,
        layout_key=state.layout_key(),
        can_undo=len(st.session_state.history) > 1,
        empty_text="No point passes the filters: loosen them in the sidebar." if len(view) else "No images yet.",
        height=HEIGHT,
        key="map",
        on_event=_on_event,
    )


def _colour() -> scatter.Categories | scatter.Gradient:
    view = state.view()
    names = view.colourings(state.model())
    column = st.session_state.colour
    if column not in names:
        everything = Categorical("points", np.zeros(len(view), np.int32), ("all images",))
        return colouring(everything, "", state.visible(), frozenset(), safe=False)
    return colouring(
        view.table[column],
        names[column],
        state.visible(),
        st.session_state.hidden.get(column, frozenset()),
        safe=st.session_state.safe_colours,
    )


def _on_event(event: scatter.ScatterEvent) -> None:
    if isinstance(event, scatter.Stroke):
        polygon = tuple((float(x), float(y)) for x, y in event.polygon)
        state.stroke(Stroke(event.mode, event.kind, event.layout, polygon, state.filters()))
    elif isinstance(event, scatter.Opened):
        pictures.open_image(event.row)
    elif isinstance(event, scatter.LegendChanged):
        _hide(event.hidden)
    elif event.name == "undo":
        state.undo_selection()
    elif event.name == "clear":
        state.clear_selection()


def _hide(codes: frozenset[int]) -> None:
    """Remember hidden legend entries as values, so that they stay hidden whatever the map is coloured by."""
    column = state.view().table[st.session_state.colour]
    if isinstance(column, Categorical):
        entries = len(legend(column)[1])
        values = [values_of(column, code) for code in codes if code < entries]
        hidden = dict(st.session_state.hidden)
        hidden[column.name] = frozenset().union(*values)
        st.session_state.hidden = hidden
