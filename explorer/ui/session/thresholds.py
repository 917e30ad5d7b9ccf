"""From which confidence on detections count: where the shown model's F1 is best, until the person says otherwise."""

from __future__ import annotations

import streamlit as st

from explorer.actions.evaluate import best_confidence
from explorer.ui.session import opened


def start(*, anew: bool = False) -> None:
    """Follow the best threshold of the shown model; `follows` is none once the person has chosen one.

    Args:
        anew: whether models are judged by other labels than before.
    """
    now = st.session_state
    if not (opened.view().has_thresholds and opened.view().labelled):
        now.confidence = now.confidence or 0.0
    elif now.confidence is None or (now.follows and (anew or now.follows != opened.model())):
        follow_best()


def best() -> float:
    """The shown model's best threshold."""
    return _best(opened.view().key, str(opened.model()))


@st.cache_data(show_spinner="Looking for the best threshold…", max_entries=16)
def _best(build: str, model: str) -> float:  # noqa: ARG001 - part of the cache's key
    return best_confidence(opened.view().workspace, model)


def follow_best() -> None:
    """Count detections from where the shown model's F1 is best, and do so for another model too."""
    st.session_state.update(confidence=best(), follows=opened.model())


def count_all() -> None:
    """Count every detection, of whatever model."""
    st.session_state.update(confidence=0.0, follows=None)


def by_hand() -> None:
    """Stay at the threshold that the person has set."""
    st.session_state.follows = None
