"""The search box: images by words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import ExplorerError
from explorer.search import model_of, text_vector
from explorer.ui import state

if TYPE_CHECKING:
    from explorer.embedding.clip import ClipModel

FOUND = 50


def draw() -> None:
    """Draw the box, or say why words cannot be searched for."""
    view = state.view()
    if not view.understands_text:
        st.caption("Searching by words needs a CLIP model; this workspace was built from your own vectors.")
        return
    st.text_input(
        "Find images like",
        key="query",
        placeholder="Find images like… (for example: a dark photo of a boot)",
        label_visibility="collapsed",
        on_change=_find,
        icon=":material/search:",
    )
    state.show_refusal()


def _find() -> None:
    words = st.session_state.query.strip()
    if not words:
        st.session_state.search = None
        return
    try:
        with st.spinner("Asking CLIP…"):
            vector = text_vector(model(), words)
    except ExplorerError as error:
        st.session_state.refusal = str(error)
        return
    among = state.points() if state.view().has_boxes else state.view().images
    rows, similarities = among.nearest(vector, FOUND)
    state.show_search(f"“{words}”", among, list(zip(rows.tolist(), similarities.tolist(), strict=True)))


def model() -> ClipModel:
    """The workspace's CLIP model, loaded once.

    Raises:
        ModelError: the workspace was built from own vectors, or the model cannot be loaded.
    """
    return _model(str(state.workspace_path()), str(state.view().workspace.manifest.model["key"]))


@st.cache_resource(show_spinner="Loading CLIP…", max_entries=1)
def _model(path: str, key: str) -> ClipModel:  # noqa: ARG001 - the cache's key, where `_path` would not be
    return model_of(state.view().workspace)
