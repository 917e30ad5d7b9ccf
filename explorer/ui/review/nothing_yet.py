"""What a round is, where there is none yet, and what there would be to judge."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
import streamlit as st

from explorer.actions.report import (
    CATEGORIES,
    DOUBTED,
    LABELS,
    PREDICTIONS,
    ROUND,
    THRESHOLDS,
    TRAINING,
    Asked,
    Missing,
    missing,
)
from explorer.actions.report_sections import TOO_FEW, figures, in_words
from explorer.ui.review import starting
from explorer.ui.session import failures, opened, state, text

WHAT = """
A **round** is a review that others can check: what is judged, by whom and how is agreed on **before** anybody looks.

1. **Choose what is judged**: subsets or categories, and the model version whose predictions they are about.
2. **Name the reviewers**, and what is hidden from them, so that nobody leans on a confidence or on a colleague.
3. **Start**: the protocol is frozen with a hash. Each reviewer gets an order of their own, and some images twice.
4. **Judge** one image at a time, by keys. Every verdict is on disk before the next one is asked for.
5. **Read** how far reviewers agree, settle where they differ, and repeat the same round for the next model version.
"""


def draw() -> None:
    """Say what a round is, offer to start one, and show what is known without."""
    what, known = st.columns(2, gap="large")
    with what:
        st.markdown(WHAT)
        starting.button(is_first=True)
    with known:
        _known()


def _known() -> None:
    """Categories, or while there are none subsets and segments, as labels judge them, and what is missing."""
    st.markdown("**What is known without a review**")
    with st.spinner("Looking where the model fails…"):
        found = failures.of()
    rows = [
        {
            "Of": one.name,
            "Correct": TOO_FEW if one.too_few else in_words(figures(one.outcomes)[0]),
            "Judged": int(one.outcomes.known.sum()),
            "Is a": one.kind,
        }
        for one in sorted(found.modes, key=lambda mode: not mode.outcomes.known.any())
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", placeholder="–", column_config=_COLUMNS)
    st.caption("Still missing for a full report:")
    for one in missing(found, Asked(opened.model())):
        _missing(one)


class _Way(NamedTuple):
    """Where a person gets what is missing: in words, and by a button to a page, where one leads there."""

    said: str
    label: str = ""
    icon: str = ""
    page: str = ""


_WAYS = {
    PREDICTIONS: _Way("The Dataset page takes them.", "Add predictions", "add_chart", "dataset.py"),
    LABELS: _Way("Make a workspace of data with labels.", "New from my data", "add_circle", "new.py"),
    CATEGORIES: _Way("Write your own, or begin with a template.", "Categories", "category", "subsets.py"),
    ROUND: _Way("Start one, at the left."),
    THRESHOLDS: _Way("Say them when you start a round."),
    DOUBTED: _Way("Analyse all, on the Findings page.", "Findings", "lightbulb", "findings.py"),
    TRAINING: _Way("A column `split` of the data says `train` for images that the model learnt from."),
}


def _missing(one: Missing) -> None:
    way = _WAYS[one]
    said, leads = st.columns([5, 3], vertical_alignment="center")
    said.markdown(f"**{one.what}**  \n:gray[{text.sentence(way.said)}]")
    if way.page and leads.button(way.label, icon=f":material/{way.icon}:", width="stretch", key=f"missing {one.name}"):
        if one is CATEGORIES:
            st.session_state.update(subset=None, subsets_part=state.CATEGORIES)
        st.switch_page(way.page)


_COLUMNS = {
    "Correct": st.column_config.TextColumn(help="By labels, with its 95% interval."),
    "Judged": st.column_config.NumberColumn(help="What has a label and a prediction."),
}
