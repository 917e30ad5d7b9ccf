"""The search box: images by words."""

from __future__ import annotations

import streamlit as st

from explorer.actions.search import text_vector
from explorer.errors import ExplorerError
from explorer.ui.session import messages, opened, search
from explorer.ui.session.clip_model import model
from explorer.ui.widgets import thumbnails

FOUND = 50


def draw() -> None:
    """Draw the box, or say why words cannot be searched for."""
    if not opened.view().understands_text(opened.encoder()):
        whose = f"the encoder {thumbnails.plain(opened.encoder())}" if opened.encoder() else "this workspace"
        st.caption(f"Searching by words needs a CLIP model; {whose} was built from your own vectors.")
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
    messages.show_refusal()


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
    among = opened.view().pictures(opened.points())
    rows, similarities = among.space.nearest(vector, FOUND)
    search.show_search(f"“{words}”", among, list(zip(rows.tolist(), similarities.tolist(), strict=True)))
