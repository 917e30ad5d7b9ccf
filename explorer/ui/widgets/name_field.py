"""A field for a text that often was used before: it keeps what is typed, and offers what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Sequence


def text_or_one_of(
    label: str, options: Sequence[str], *, key: str, first: str = "", placeholder: str = "", disabled: bool = False
) -> str:
    """A text field with a list beside it, whose choice is written into the field.

    Streamlit's box that takes new options drops what was typed into it unless Enter is pressed; a text field does not.

    Args:
        label: what the field is for.
        options: what can be chosen.
        key: the field's key in the session state.
        first: what the field holds at first.
        placeholder: shown while it is empty.
        disabled: whether it cannot be changed now.
    """
    st.session_state.setdefault(key, first)
    field, choice = st.columns([3, 2], vertical_alignment="bottom")
    if options:
        choice.selectbox(
            f"{label}: choose one",
            options,
            index=None,
            placeholder="Choose one",
            key=f"{key} chosen",
            label_visibility="collapsed",
            on_change=_take,
            args=(key,),
            disabled=disabled,
        )
    shown = field if options else st
    return shown.text_input(label, key=key, placeholder=placeholder, max_chars=200, disabled=disabled).strip()


def _take(key: str) -> None:
    """Write what was chosen into the field, and let the same be chosen again."""
    if st.session_state[f"{key} chosen"]:
        st.session_state[key] = st.session_state[f"{key} chosen"]
    st.session_state[f"{key} chosen"] = None
