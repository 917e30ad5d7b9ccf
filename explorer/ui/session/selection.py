"""The selection of this session: strokes, their undo, and what they pick."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.subsets.selection import Mode, Selection, Stroke
from explorer.ui.session import placement
from explorer.ui.session.opened import encoder, model, points, space, view

if TYPE_CHECKING:
    from collections.abc import Iterable

    from explorer.data.records import Bool
    from explorer.data.subsets import Origin
    from explorer.points.points import Points

HISTORY = 50
"""Strokes kept for undo."""


def strokes() -> Selection:
    """The strokes that make the current selection."""
    latest: Selection = st.session_state.history[-1]
    return latest


def selected(among: Points | None = None) -> Bool:
    """Rows of the shown points (or of `among`) in the current selection, bool (n,)."""
    return view().mask(strokes(), among or points())


def kept(among: Points | None = None) -> Bool:
    """Rows of the shown points (or of `among`) that were kept to compare with, bool (n,)."""
    return view().mask(st.session_state.compared, among or points())


def keep_to_compare(now: Selection) -> None:
    """Compare what is selected from now on with this."""
    st.session_state.compared = now


def forget_compared() -> None:
    """Compare with nothing any longer."""
    st.session_state.compared = ()


def stroke(one: Stroke) -> None:
    """Select by one more stroke; a replacing one starts anew, and undo brings the former back."""
    latest = (one,) if one.mode == "replace" else (*strokes(), one)
    st.session_state.history = (*st.session_state.history, latest)[-HISTORY:]


def select_rows(rows: Iterable[int], origin: str, mode: Mode = "replace", among: Points | None = None) -> None:
    """Select rows of the shown points (or of `among`) directly, as by thumbnail, search or subset."""
    name = str((among or points()).name)
    stroke(Stroke(mode, origin, name, rows=tuple(int(row) for row in rows)))


def clear_selection() -> None:
    """Select nothing."""
    if strokes():
        st.session_state.history = (*st.session_state.history, ())[-HISTORY:]


def undo_selection() -> None:
    """Take the last stroke back."""
    if len(st.session_state.history) > 1:
        st.session_state.history = st.session_state.history[:-1]


def origin_of(drawn: Selection) -> Origin:
    """How the selection came about, as a member's origin: the last way of selecting counts."""
    origins: dict[str, Origin] = {
        "lasso": "lasso",
        "box": "lasso",
        "region": "lasso",
        "thumbnail": "thumbnail",
        "search": "search",
        "filter": "rule",
        "finding": "finding",
    }
    return origins.get(drawn[-1].origin, "ids") if drawn else "ids"


def context() -> dict[str, Any]:
    """From which selection, model and layout a decision was made."""
    return {
        "selection": [
            {"mode": one.mode, "origin": one.origin, "layout": one.layout, "polygon": one.polygon} for one in strokes()
        ],
        "space": space().value,
        "model": model(),
        "encoder": encoder(),
        "layout": placement.layout_key(points()),
    }
