"""The search box: images by words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.actions.search import model_of, text_vector
from explorer.errors import ExplorerError
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
        on_change=_ask,
        icon=":material/search:",
    )
    if st.session_state.asked:
        with st.spinner("Asking CLIP, which is loaded first…"):
            words, st.session_state.asked = st.session_state.asked, ""
            _find(words)
        st.rerun()  # the panel, which shows what was found, is drawn before this box
    state.show_refusal()


def _ask() -> None:
    """Have the words looked for once the box is drawn, where one sees that it takes a moment."""
    st.session_state.asked = st.session_state.query.strip()
    st.session_state.search = None


def _find(words: str) -> None:
    try:
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


@st.cache_resource(show_spinner=False, max_entries=1)
def _model(path: str, key: str) -> ClipModel:  # noqa: ARG001 - the cache's key, where `_path` would not be
    return model_of(state.view().workspace)
