"""Answering whether labels are right: each press one durable decision, and the next label is there at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.actions.correct import correct
from explorer.store.decisions.correction_stream import CORRECTION
from explorer.ui.label_review.queue import REVIEW
from explorer.ui.session import messages, opened
from explorer.ui.widgets import tag_dialog

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.actions.analyzed import Row


def answer(labels: Mapping[str, str]) -> None:
    """Decide what images or boxes are, by id, and go on."""
    if messages.attempt(correct, opened.view().workspace, labels, source=REVIEW):
        st.session_state.label_at = None


def later(row: Row) -> None:
    """Put one off until all others are done."""
    st.session_state.label_later = (*st.session_state.label_later, row["id"])
    st.session_state.label_at = None


def undo() -> None:
    """Offer to take the last answer back."""
    tag_dialog.undo_buttons(CORRECTION.name)
