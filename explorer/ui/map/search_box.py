"""The search box: images by words, or by an image that was dropped or pasted on the map."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st

from explorer.actions.search import by_picture, by_words, image_vector, text_vector
from explorer.errors import ExplorerError
from explorer.ui.session import messages, opened, search, text, uploads
from explorer.ui.session.clip_model import chance, model

OWN_VECTORS = "Searching by words or by a new image needs a CLIP model; {} was built from your own vectors."


def draw() -> None:
    """Draw the box, or say why words cannot be searched for."""
    if not opened.view().understands_text(opened.encoder()):
        whose = f"the encoder {text.plain(opened.encoder())}" if opened.encoder() else "this workspace"
        refused, st.session_state.dropped = st.session_state.dropped, None
        (st.error if refused else st.caption)(OWN_VECTORS.format(whose))
        return
    st.text_input(
        "Find images like",
        key="query",
        placeholder="Find images like… (for example: a dark photo of a boot), or drop or paste one on the map",
        label_visibility="collapsed",
        on_change=_ask,
        icon=":material/search:",
    )
    if st.session_state.asked or st.session_state.dropped:
        with st.spinner("Asking CLIP, which is loaded first…"):
            _answer()
        st.rerun()  # the panel, which shows what was found, is drawn before this box
    messages.show_refusal()


def _ask() -> None:
    """Have the words looked for once the box is drawn, where one sees that it takes a moment."""
    st.session_state.asked = st.session_state.query.strip()
    st.session_state.search = None


def ask_image(name: str, content: bytes) -> None:
    """Have an image from the browser looked for once the box is drawn."""
    search.close_search()
    st.session_state.dropped = (name, content)


def _answer() -> None:
    """Look for what was asked; a refusal is kept as a sentence."""
    words, dropped = st.session_state.asked, st.session_state.dropped
    st.session_state.update(asked="", dropped=None)
    try:
        _by_image(*dropped) if dropped else _by_words(words)
    except ExplorerError as error:
        st.session_state.refusal = str(error)


def _by_words(words: str) -> None:
    among = opened.view().pictures(opened.points())
    found = by_words(among.space, text_vector(model(), words), lambda: chance(among.space))
    search.show_search(f"“{words}”", among, found)


def _by_image(name: str, content: bytes) -> None:
    among = opened.view().pictures(opened.points())
    with tempfile.TemporaryDirectory() as scratch, uploads.told_without(Path(scratch)):
        file = Path(scratch) / uploads.last_part(name)
        file.write_bytes(content)
        vector = image_vector(model(), file)
    search.show_search(name, among, by_picture(among.space, vector))
