"""Copies: from which similarity on two images are, and what is left when one of each group is kept."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from explorer.actions import drop_copies
from explorer.actions.duplicate_findings import copies_of, counts_of, threshold_of
from explorer.actions.removal import Leaving, without
from explorer.analysis.duplicates import nearest_apart
from explorer.ui.session import fragments, messages, opened, selection, text
from explorer.ui.widgets import score_histogram
from explorer.ui.widgets.name_field import text_or_one_of

if TYPE_CHECKING:
    from explorer.actions.analyzed import Analyzed
    from explorer.actions.removal import Without
    from explorer.data.records import Int64

_STEPS = 3
"""Decimals of the range of similarities that the slider moves in."""


def button(of: Analyzed, key: str) -> None:
    """Offer to keep one of each group and drop the rest."""
    if st.button("Keep one…", icon=":material/filter_none:", width="stretch", key=f"copies {key}"):
        _dialog(of)


@fragments.dialog("Copies: keep one, drop the rest", width="large")
def _dialog(of: Analyzed) -> None:
    threshold = _threshold(of)
    groups, rows = copies_of(of, threshold), drop_copies.dropped(of, threshold)
    points = of.images
    counts = counts_of(points, groups)
    shown = [
        ("Groups", len(groups)),
        ("Images in them", sum(len(one.rows) for one in groups)),
        ("With different labels", counts["conflicts"]),
        ("Across splits", counts["across_splits"]),
    ]
    for column, (title, number) in zip(st.columns(len(shown)), shown, strict=True):
        column.metric(title, f"{number:,}")
    _figures(without(of, Leaving(rows)))
    st.caption(
        "The copy that stays has the label of the most, lies outside the training split if one does, and is the "
        "largest of these. No file is touched: what is dropped becomes a subset that is marked for removal, "
        "which exports leave out."
    )
    _drop(of, threshold, rows)


def _threshold(of: Analyzed) -> float:
    """Ask from which similarity on two images are copies, below how similar images are to their nearest."""
    usual = threshold_of(of)
    graph = of.images.space.neighbors
    nearest = np.asarray(graph.similarities[:, 0], np.float32)
    least = 1 - nearest_apart(graph)
    with st.container(key="copies-threshold"):
        st.caption("How similar images are to their nearest: the more similar half of them")
        low, high = score_histogram.draw(np.clip(nearest[nearest >= min(least, usual)], -1, 1), key="copies_histogram")
    if low >= high:
        return usual
    digits = _STEPS - math.floor(math.log10(high - low))
    label, start = "Images are copies from this similarity on", min(max(usual, low), high)
    return float(st.slider(label, low, high, start, 10.0**-digits, f"%.{digits}f", key="copies_at"))


def _figures(figures: list[Without]) -> None:
    """How good the model is with all images and without what is dropped, on all and by split."""
    if not figures:
        st.caption("There is no model to judge with and without them.")
        return
    table = pd.DataFrame(
        [
            {
                "": one.split or "All images",
                "With all": one.said(one.before),
                "Without what is dropped": one.said(one.after),
            }
            for one in figures
        ]
    )
    st.markdown(f"{figures[0].metric.capitalize()} of {text.plain(figures[0].model)}")
    st.dataframe(table, hide_index=True, width="stretch", placeholder="–")


def _drop(of: Analyzed, threshold: float, rows: Int64) -> None:
    names = sorted((one.name for one in opened.decisions().state().subsets if one.remove), key=str.casefold)
    hint = "A new name, or one that is marked for removal"
    name = text_or_one_of("Subset", names, key="copies_name", first="Copies to drop", placeholder=hint)
    images = of.images.space.counted(len(rows))
    label = f"Keep one, drop the rest: {images}"
    if st.button(label, type="primary", width="stretch", disabled=not len(rows), key="copies_drop"):
        about = {"threshold": threshold, "context": selection.context()}
        if messages.attempt(drop_copies.drop, of, opened.decisions(), name, **about):
            messages.say(f"{images} in “{text.cell(name)}”, marked for removal: exports leave them out.")
            st.rerun()
        messages.show_refusal()
