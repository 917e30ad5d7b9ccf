"""All labels of one pair of classes at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.ui.label_review.answer import answer
from explorer.ui.label_review.queue import labelled
from explorer.ui.session import text
from explorer.ui.widgets import thumbnails

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.actions.analyzed import Row
    from explorer.ui.label_review.queue import Pair

SHOWN = 60


def draw(pair: Pair, waiting: Sequence[Row]) -> None:
    """Offer one answer for what is waiting of a pair, and show what that is: at most `SHOWN` at once."""
    shown = waiting[:SHOWN]
    points = labelled()
    given, suggested = (text.cell(text.short(name)) for name in pair)
    count = points.space.counted(len(shown))
    take, keep = st.columns(2)
    take.button(
        f"{suggested} for all {count} shown",
        type="primary",
        icon=":material/check:",
        on_click=answer,
        args=({row["id"]: row["suggested"] for row in shown},),
        width="stretch",
        disabled=not shown or pair.given == pair.suggested,
    )
    keep.button(
        f"{given} is right for all {count} shown",
        icon=":material/done_all:",
        on_click=answer,
        args=({row["id"]: row["given"] for row in shown},),
        width="stretch",
        disabled=not shown,
    )
    rows = points.space.rows(row["id"] for row in shown)
    thumbnails.of_rows(rows, points, key="pair", height=220, selectable=False, order="Most doubtful first")
