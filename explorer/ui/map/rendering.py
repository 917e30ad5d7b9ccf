"""How the map is drawn: the layer over the points, their size and opacity, and what the layer of the error rate counts."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer.data.spaces import Space
from explorer.points.points import Points
from explorer.ui.components.scatter import Errors, Rendering
from explorer.ui.session import opened


def current() -> Rendering:
    """What this session chose."""
    return Rendering(st.session_state.map_layer, st.session_state.point_size, st.session_state.point_opacity)


def choose(chosen: Rendering) -> None:
    """Draw all maps like this from now on."""
    st.session_state.map_layer = chosen.layer
    st.session_state.point_size = chosen.size
    st.session_state.point_opacity = chosen.opacity


def errors(points: Points) -> Errors:
    """How much of each point the chosen model got wrong, as the panel's accuracy counts it."""
    right, judged = points.judged(opened.model())
    return Errors((judged - right).astype(np.uint16), judged.astype(np.uint16), *_words(points))


def _words(points: Points) -> tuple[str, str]:
    """What is wrong of these points, and what is counted."""
    if f"{opened.model()}.tp" in points.table:
        return "missed", "objects"
    if points.space.are_boxes:
        return ("false alarms" if points.name.kind is Space.PREDICTION else "missed"), "points"
    return "wrong", "points"
