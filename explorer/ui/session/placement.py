"""By what the points of the map are placed: by what they are like, or by two of their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.data.placement import Numbers
from explorer.points.placed import has_numbers
from explorer.ui.session import opened

if TYPE_CHECKING:
    from explorer.points.placed import Placed
    from explorer.points.points import Points


def chosen() -> Numbers | None:
    """The two numbers that the person chose; None where points lie by what they are like."""
    return Numbers.parse(st.session_state.placement)


def of(points: Points) -> Placed | None:
    """Where points lie by the chosen numbers; None where they lie by what they are like, or lack such a column."""
    numbers = chosen()
    return opened.view().placed(points, numbers) if numbers and has_numbers(points.table, numbers) else None


def layout_key(points: Points) -> str:
    """Names the coordinates in which the points are shown."""
    placed = of(points)
    return str(placed.numbers) if placed else points.space.layout_key
