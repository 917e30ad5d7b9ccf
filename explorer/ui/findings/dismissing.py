"""Dismissing a finding with a reason, and restoring it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.ui.session import findings, fragments, messages, text
from explorer.ui.widgets.name_field import text_or_one_of

if TYPE_CHECKING:
    from explorer.actions.findings import Known
    from explorer.data.findings import DecidedFinding

REASONS = [
    "Known, and accepted",
    "As it should be",
    "Does not matter for our use",
    "Being worked on",
    "Chance",
]


@fragments.dialog("Dismiss this finding")
def dialog(one: Known) -> None:
    """Ask why, and have it listed no more."""
    st.markdown(text.plain(one.finding.sentence))
    reason = text_or_one_of("Reason", REASONS, key="dismiss_reason", placeholder="Why is it no matter?")
    st.caption("Later builds that find it again do not list it either. Undo or Dismissed brings it back.")
    if st.button("Dismiss", type="primary", width="stretch"):
        if findings.dismiss(one, reason):
            messages.say(f"Dismissed “{text.cell(one.finding.title)}”.")
            st.rerun()
        messages.show_refusal()


def restore(decided: DecidedFinding) -> None:
    """Have it listed again."""
    if findings.restore(decided.key):
        messages.say(f"“{text.cell(decided.title)}” is listed again.")
