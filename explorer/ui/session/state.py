"""Every session key with its first value.

Session state holds ids, strings, numbers and small frozen tuples; arrays live in the opened `View`.
"""

from __future__ import annotations

from secrets import token_hex
from typing import Any

import streamlit as st

from explorer.data.spaces import Space
from explorer.store.workspace import author
from explorer.ui.session.filters import FILTER, show_everything
from explorer.ui.session.messages import show_said
from explorer.ui.session.opened import view


def keep() -> None:
    """Give every session key its first value, and keep what it has by now."""
    first: dict[str, Any] = {
        "space": Space.IMAGE.value,
        "model": None,
        "encoder": "",
        "layout": "",
        "colour": None,
        "safe_colours": False,
        "filter_columns": [],
        "hidden": {},
        "history": ((),),
        "search": None,
        "asked": "",
        "opened": None,
        "batch": None,
        "rounds": 0,
        "false_alarm": 5.0,
        "left_out": (),
        "author": author(),
        "subset": None,
        "linked": False,
        "pages": 1,
        "iou": 0.5,
        "confidence": 0.0,
        "build": None,
        "tab": token_hex(),
        "first_look": None,
    }
    kept = {key for key in st.session_state if str(key).startswith(FILTER)}
    for key in first.keys() | kept:
        # Writing a widget's value back keeps it while another page does not draw the widget.
        st.session_state[key] = st.session_state.get(key, first.get(str(key)))
    show_said()


def start() -> None:
    """Open the workspace, and drop what speaks of another build of it."""
    before, now = st.session_state.build or [], view().workspace.rows_key
    if now[: len(before)] != before:
        _forget_build()
    st.session_state.build = now
    if st.session_state.model not in view().models:
        st.session_state.model = next(iter(view().models), None)
    for layer, known in (("encoder", view().workspace.encoders), ("layout", view().workspace.layouts)):
        if st.session_state[layer] not in known:
            st.session_state[layer] = ""
    if st.session_state.space not in view().spaces(st.session_state.encoder):
        st.session_state.space = Space.IMAGE.value


def _forget_build() -> None:
    """Drop what speaks of rows and columns of a former build."""
    show_everything()
    st.session_state.update(history=((),), search=None, opened=None)
