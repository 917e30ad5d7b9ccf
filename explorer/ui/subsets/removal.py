"""What removing a subset would do to the figures of every model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from explorer.actions.analyzed import analyzed
from explorer.actions.removal import Without, leaving, of_every_model
from explorer.actions.segments import WORDS
from explorer.ui.session import opened, text

if TYPE_CHECKING:
    from explorer.data.subsets import Subset


def draw(subset: Subset) -> None:
    """A table: every measure of every model with all images, and without the members of a subset."""
    found = _figures(opened.view().key, subset.key, subset.ids, subset)
    if not found:
        st.caption("There is no model to judge with and without them.")
        return
    rows = [
        {
            "Model": text.short(one.model),
            "Measure": WORDS[one.metric],
            "On": one.split or "all",
            "With all": one.said(one.before),
            "Without these": one.said(one.after),
        }
        for one in found
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", placeholder="–")
    st.caption("Each with its 95% interval.")


@st.cache_resource(show_spinner="Measuring without them…", max_entries=16)
def _figures(build: str, key: str, ids: tuple[str, ...], _subset: Subset) -> list[Without]:  # noqa: ARG001 - the cache's key
    of = analyzed(opened.view())
    return of_every_model(of, leaving(of.view, [_subset]), thoroughly=True)
