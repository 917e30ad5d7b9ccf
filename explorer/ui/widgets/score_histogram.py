"""A small histogram of scores, above the slider that cuts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.subsets.grow import histogram

if TYPE_CHECKING:
    from explorer.data.records import Float32


def draw(scores: Float32, *, key: str, height: int = 70) -> tuple[float, float]:
    """Draw scores (n,), at least one finite, as bars of the roots of their counts; gives the smallest and the largest.

    Nothing is drawn where all are alike.
    """
    import plotly.graph_objects as go

    counts, edges = histogram(scores)
    low, high = float(edges[0]), float(edges[-1])
    if low < high:
        chart = go.Figure(go.Bar(x=(edges[:-1] + edges[1:]) / 2, y=np.sqrt(counts), hoverinfo="skip"))
        chart.update_layout(height=height, margin={"l": 0, "r": 0, "t": 0, "b": 0}, bargap=0.05)
        chart.update_xaxes(visible=False).update_yaxes(visible=False)
        st.plotly_chart(chart, width="stretch", key=key, config={"displayModeBar": False})
    return low, high
