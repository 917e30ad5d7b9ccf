"""Saying what is to be done about a finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.actions.failure_modes import recommend
from explorer.ui.session import fragments, messages, opened, text
from explorer.ui.widgets import recommended

if TYPE_CHECKING:
    from explorer.actions.findings import Known


@fragments.dialog("What is to be done", width="medium")
def dialog(one: Known) -> None:
    """Ask what is to be done about a finding, and keep it."""
    st.markdown(text.plain(one.finding.sentence))
    actions = recommended.field(one.decided.actions if one.decided else (), key=f"actions of {one.key}")
    st.caption("Later builds that find it again keep it.")
    if st.button("Save", type="primary", width="stretch"):
        if messages.attempt(recommend, opened.decisions(), one, actions):
            messages.say(f"Kept with “{text.cell(one.finding.title)}”.")
            st.rerun()
        messages.show_refusal()
