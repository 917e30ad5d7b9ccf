"""How far all reviewers of a round are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import streamlit as st

from explorer.actions.review import progress
from explorer.ui.session import opened, text

if TYPE_CHECKING:
    from explorer.data.verdicts import Round


def draw(one: Round) -> None:
    """Draw a bar for each reviewer."""
    found = progress(opened.view().workspace, one.key)
    for each in found:
        said = f"**{text.plain(each.reviewer)}**: {each.done:,} of {each.total:,}"
        if not math.isnan(each.seconds):
            said += f", {_in_words(each.seconds)} an image (median)"
            left = each.total - each.done
            if left:
                said += f", about {_in_words(left * each.seconds)} left"
        st.progress(each.done / each.total if each.total else 1.0, said)
    if one.protocol.repeats:
        st.caption("Images that come again for agreement with oneself are counted like the others.")


def _in_words(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.0f} min"  # noqa: PLR2004 - a minute
