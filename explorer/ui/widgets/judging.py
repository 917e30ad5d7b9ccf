"""The switch of the whole app: judged by the labels in the data, or as people corrected them."""

from __future__ import annotations

import streamlit as st

from explorer.data.corrections import CORRECTED, GIVEN
from explorer.ui.session import judged, opened

_TITLES = {GIVEN: "Given labels", CORRECTED: "Corrected labels"}
_HELP = (
    "By which labels models are judged, on every page: those in the data, or as people corrected them. Errors, "
    "figures, findings, live subsets and the map of labels follow."
)


def draw() -> None:
    """Draw the switch where somebody corrected a label, and say by which labels the page judges."""
    changes = judged.changes(opened.given_view())
    if changes is None:
        return
    from explorer.actions.judged_by import in_words

    with st.container(key="judging", horizontal=True, vertical_alignment="center", gap="small"):
        if st.session_state.page in judged.AS_GIVEN:
            st.caption(f"This page goes by the labels as given: {changes.number:,} corrected so far. {standing()}")
            return
        st.segmented_control(
            "Labels",
            list(_TITLES),
            key="labels",
            required=True,
            format_func=_TITLES.__getitem__,
            label_visibility="collapsed",
            help=_HELP,
        )
        st.caption(
            f"{in_words(changes)}. “Given labels” goes back."
            if st.session_state.labels == CORRECTED
            else f"{changes.number:,} corrected. “Corrected labels” judges by them."
        )


def standing() -> str:
    """By which labels models are judged in this session, and how to see the others."""
    if st.session_state.labels == CORRECTED:
        return "Models are judged by corrected labels; “Given labels”, above Map and other pages, goes back."
    return "Models are judged by the labels as given, until you choose “Corrected labels” above Map and other pages."
