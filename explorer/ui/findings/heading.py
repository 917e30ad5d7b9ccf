"""The title of the page, and which of the findings are looked at."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import streamlit as st

from explorer.actions.analyzed import encoder_names
from explorer.store.decisions.finding_stream import FINDING
from explorer.ui.findings import settings
from explorer.ui.session import findings, opened, text
from explorer.ui.widgets import tag_dialog

if TYPE_CHECKING:
    from explorer.actions.findings import Known
    from explorer.actions.inbox import Inbox


def draw(now: Inbox) -> list[Known] | None:
    """The title, and what narrows the list.

    Returns:
        The findings that are asked for, best first; None where those are that were dismissed.
    """
    with st.container(key="row-findings"):
        title, models, how, gone, undo = st.columns([4, 3, 3, 2, 2], vertical_alignment="bottom")
    title.markdown("### Findings")
    _say_whose_vectors()
    known = opened.view().models
    if len(known) > 1:
        models.segmented_control("Model version", known, key="model", required=True, format_func=text.cell)
    with how:
        settings.button()
    dismissed = len(findings.decided().dismissed())
    gone.toggle(f"Dismissed ({dismissed:,})", key="show_dismissed")
    with undo:
        tag_dialog.undo_buttons(FINDING.name)
    return None if st.session_state.show_dismissed else _narrowed(now)


def _say_whose_vectors() -> None:
    """Where there are several encoders: which of them are looked at."""
    names = list(encoder_names(opened.view().workspace))
    if len(names) > 1:
        first, *others = (text.plain(name) for name in findings.settings().encoders or names)
        judging = f"; of labels {', '.join(others)} judge{'s' * (len(others) == 1)} too" * bool(others)
        st.caption(f"By the vectors of {first}{judging}.")


def _narrowed(now: Inbox) -> list[Known]:
    counts = Counter(one.finding.kind for one in now.listed)
    if st.session_state.finding_kind not in counts:
        st.session_state.finding_kind = None
    if len(counts) < 2:  # noqa: PLR2004 - nothing to choose between
        return now.listed
    kind = st.pills(
        "Kind",
        list(counts),
        key="finding_kind",
        format_func=lambda kind: f"{titled(kind)} ({counts[kind]:,})",
        label_visibility="collapsed",
    )
    return [one for one in now.listed if kind in (None, one.finding.kind)]


def titled(kind: str) -> str:
    """A kind as it is called on screen: `Label issues`."""
    return kind.replace("_", " ").capitalize()
