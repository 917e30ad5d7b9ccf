"""How the galleries of this session are arranged, each kind as it was left."""

from __future__ import annotations

import streamlit as st

from explorer.points.arrange import Arrangement


def of(kind: str) -> Arrangement:
    """How galleries of this kind are arranged."""
    known: Arrangement = st.session_state.arrangements.get(kind, Arrangement())
    return known


def keep(kind: str, one: Arrangement) -> None:
    """Arrange galleries of this kind so from now on."""
    st.session_state.arrangements = {**st.session_state.arrangements, kind: one}
