"""One image, large, with everything known about it and what lies near it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.ui import pictures, state
from explorer.ui.gallery import Item, gallery

if TYPE_CHECKING:
    from explorer.ui.points import Points

NEIGHBORS_SHOWN = 12
_LARGE = 400


def draw() -> None:
    """Open the dialog where an image was clicked."""
    if st.session_state.opened is None:
        return
    name, row = st.session_state.opened
    points = state.named_points(name)
    if 0 <= row < len(points):
        _dialog(points, row)


def _close() -> None:
    st.session_state.opened = None


@st.dialog("Image", width="large", on_dismiss=_close)
def _dialog(points: Points, row: int) -> None:
    picture, facts = st.columns([2, 3])
    with picture:
        gallery(
            [Item(row)], collection=points.key, size=_LARGE, height=_LARGE + 10, selectable=False, key=f"large {row}"
        )
    with facts:
        lines = [f"| {pictures.plain(name)} | {pictures.plain(text)} |" for name, text in points.all_facts(row)]
        st.markdown("\n".join(["| Fact | |", "|:--|:--|", *lines]))
        _subsets_of(points.ids[row])
    left, right = st.columns(2)
    if left.button("Find similar images", icon=":material/search:", width="stretch"):
        _similar(points, row)
        st.rerun()
    mode = "Add to selection" if state.selection() else "Select"
    if right.button(mode, icon=":material/add:", width="stretch"):
        state.select_rows([row], "thumbnail", "add" if state.selection() else "replace", points)
        _close()
        st.rerun()
    _neighbors(points, row)


def _subsets_of(point: str) -> None:
    names = [subset.name for subset in state.decisions().state().subsets if point in subset.members]
    if names:
        st.caption("In " + ", ".join(pictures.plain(name) for name in names))


def _similar(points: Points, row: int, k: int = 25) -> None:
    if not points.are_boxes:
        points = state.view().images  # alike means looking alike, whatever it is called
    rows, similarities = points.nearest(np.asarray(points.vectors[row]), k + 1)
    others = [(int(r), float(s)) for r, s in zip(rows, similarities, strict=True) if r != row][:k]
    state.show_search(points.ids[row], points, others)
    _close()


def _neighbors(points: Points, row: int) -> None:
    graph = points.neighbors
    rows = graph.indices[row][:NEIGHBORS_SHOWN].tolist()
    if rows:
        st.caption("Nearest in the original space")
        scores = dict(zip(rows, graph.similarities[row].tolist(), strict=False))
        pictures.of_rows(rows, points, key=f"near {row}", height=130, scores=scores, selectable=False)
