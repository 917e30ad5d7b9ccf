"""What Streamlit forgets of widgets that were not drawn, kept for when it is asked again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.data.saved_views import FILTER

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEPT = (FILTER, "rank_by", "grow_words", "among ", "batch_name ", "evaluate ")
"""How the keys of widgets begin that have no first value, and keep what was typed or chosen on other pages."""


def keep(first: Mapping[str, Any], page: str) -> None:
    """Write the values of widgets where Streamlit drops them: on another page, and where one was not drawn.

    Elsewhere they are left alone: a value that is written back undoes what was pressed since this run began.
    """
    now = st.session_state
    if "kept" not in now:
        now.kept = {}
    now.kept.update({key: now[key] for key in map(str, now) if key in first or key.startswith(_KEPT)})
    moved, now.page = now.get("page") != page, page
    for key, value in {**first, **now.kept}.items():
        if moved or key not in now:
            now[key] = value
            del now[key]  # a value that is known as a widget's goes with it, in the second run of a dialog already
            now[key] = value


def restore() -> None:
    """Give back what the last whole run dropped at its end, to what is drawn before the next one."""
    for key, value in st.session_state.kept.items():
        if key not in st.session_state:
            st.session_state[key] = value
