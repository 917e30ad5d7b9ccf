"""What a round is, where there is none yet."""

from __future__ import annotations

import streamlit as st

from explorer.ui.review import starting

WHAT = """
A **round** is a review that others can check: what is judged, by whom and how is agreed on **before** anybody looks.

1. **Choose what is judged**: subsets or categories, and the model version whose predictions they are about.
2. **Name the reviewers**, and what is hidden from them, so that nobody leans on a confidence or on a colleague.
3. **Start**: the protocol is frozen with a hash. Each reviewer gets an order of their own, and some images twice.
4. **Judge** one image at a time, by keys. Every verdict is on disk before the next one is asked for.
5. **Read** how far reviewers agree, settle where they differ, and repeat the same round for the next model version.
"""


def draw() -> None:
    """Say what a round is, and offer to start one."""
    with st.columns([3, 2])[0]:
        st.markdown(WHAT)
        starting.button(is_first=True)
