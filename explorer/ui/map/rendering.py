"""How the map is drawn: what lies over the points, their size and opacity, and what the error rate is counted from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.data.spaces import Space
from explorer.ui.components.scatter import Errors, Layer, Rendering
from explorer.ui.session import opened

if TYPE_CHECKING:
    from explorer.points.points import Points


def layers() -> tuple[Layer, ...]:
    """What may lie over the points: an error rate only where a model was judged."""
    return ("error", "density") if opened.view().judges else ("density",)


def current() -> Rendering:
    """What this session chose, as far as this build has it."""
    chosen: Layer = st.session_state.map_layer
    layer = chosen if chosen in layers() else "off"
    return Rendering(layer, st.session_state.point_size, st.session_state.point_opacity)


def choose(chosen: Rendering) -> None:
    """Draw all maps like this from now on."""
    st.session_state.map_layer = chosen.layer
    st.session_state.point_size = chosen.size
    st.session_state.point_opacity = chosen.opacity


def errors(points: Points) -> Errors | None:
    """How much of each point the chosen model got wrong, as the panel counts it; None while nobody looks at it."""
    if current().layer != "error":
        return None
    right, judged, _ = points.judged(opened.model())
    return Errors((judged - right).astype(np.uint16), judged.astype(np.uint16), *_words(points))


def _words(points: Points) -> tuple[str, str]:
    """What is wrong of these points, and what is counted."""
    if f"{opened.model()}.tp" in points.table:
        return "missed", "objects"
    if points.space.are_boxes:
        return ("false alarms" if points.name.kind is Space.PREDICTION else "missed"), "points"
    return "wrong", "points"
