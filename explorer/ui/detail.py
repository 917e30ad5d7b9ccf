"""One image, large, with everything known about it and what lies near it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from explorer.ui import pictures, state
from explorer.ui.gallery import Item, gallery

NEIGHBORS_SHOWN = 12
_LARGE = 400


def draw() -> None:
    """Open the dialog where an image was clicked."""
    row = st.session_state.opened
    if row is not None and 0 <= row < len(state.view()):
        _dialog(row)


def _close() -> None:
    st.session_state.opened = None


@st.dialog("Image", width="large", on_dismiss=_close)
def _dialog(row: int) -> None:
    view = state.view()
    picture, facts = st.columns([2, 3])
    with picture:
        gallery(
            [Item(row)],
            collection=view.key,
            size=_LARGE,
            height=_LARGE + 10,
            selectable=False,
            key=f"large {row}",
        )
    with facts:
        lines = [f"| {pictures.plain(name)} | {pictures.plain(text)} |" for name, text in view.all_facts(row)]
        st.markdown("\n".join(["| Fact | |", "|:--|:--|", *lines]))
        _subsets_of(view.workspace.ids[row])
    left, right = st.columns(2)
    if left.button("Find similar images", icon=":material/search:", width="stretch"):
        _similar(row)
        st.rerun()
    mode = "Add to selection" if state.selection() else "Select"
    if right.button(f"{mode}", icon=":material/add:", width="stretch"):
        state.select_rows([row], "thumbnail", "add" if state.selection() else "replace")
        _close()
        st.rerun()
    _neighbors(row)


def _subsets_of(sample: str) -> None:
    names = [subset.name for subset in state.decisions().state().subsets if sample in subset.members]
    if names:
        st.caption("In " + ", ".join(pictures.plain(name) for name in names))


def _similar(row: int, k: int = 25) -> None:
    view = state.view()
    rows, similarities = view.nearest(np.asarray(view.vectors[row]), k + 1)
    others = [(int(r), float(s)) for r, s in zip(rows, similarities, strict=True) if r != row][:k]
    state.show_search(view.workspace.ids[row], others)
    _close()


def _neighbors(row: int) -> None:
    graph = state.view().workspace.neighbors()
    rows = graph.indices[row][:NEIGHBORS_SHOWN].tolist()
    if rows:
        st.caption("Nearest in the original space")
        scores = dict(zip(rows, graph.similarities[row].tolist(), strict=False))
        pictures.of_rows(rows, key=f"near {row}", height=130, scores=scores, selectable=False)
