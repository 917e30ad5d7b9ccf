"""What becomes of precision, recall, F1 and cost from one confidence to another, of all classes or of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from explorer.actions.class_figures import predictions_made, row_at
from explorer.evaluation.thresholds import Costs, Sweep
from explorer.ui.session import opened, text, thresholds

if TYPE_CHECKING:
    from explorer.evaluation.thresholds import Made

_ALL = "All classes together"
_MOST = 1000
_COLOURS = {"precision": "#2f80ed", "recall": "#e08e0b", "F1": "#2e9e5b", "cost": "#9aa0a6"}


def draw() -> None:
    """Draw the curves of all classes or of one, where they are best, and the best threshold of each class."""
    made = predictions_made(opened.view(), str(opened.model()), opened.thresholds().iou)
    if not np.isfinite(made.sure).any():
        st.info(
            "These predictions have no confidence: there is nothing to choose a threshold by.", icon=":material/info:"
        )
        return
    first = st.columns([4, 3, 3, 4], vertical_alignment="bottom")
    label = first[0].selectbox("Of", [_ALL, *made.classes], key="evaluate class", format_func=text.short)
    alarm = first[1].number_input("A false alarm costs", 0.0, key="evaluate cost of false alarm")
    miss = first[2].number_input("A miss costs", 0.0, key="evaluate cost of miss")
    costs = Costs(alarm, miss)
    found = made.sweep(None if label == _ALL else made.classes.index(label))
    left, right = st.columns([3, 2], gap="large")
    with left:
        _curves(found, costs)
    with right:
        _best("Best F1", found, found.best_f1(), costs)
        _best("Least cost", found, found.cheapest(costs), costs)
    _by_class(made, costs)


def _curves(found: Sweep, costs: Costs) -> None:
    import plotly.graph_objects as go

    places = np.unique(np.linspace(1, len(found.sure), _MOST).astype(int)) if len(found.sure) else np.array([], int)
    sure = found.sure[places - 1]
    tp, fp = found.tp[places], found.fp[places]
    cost = found.cost(costs)[places]
    lines = {
        "precision": tp / np.maximum(tp + fp, 1),
        "recall": tp / max(found.total, 1),
        "F1": found.f1[places],
        "cost": cost / max(cost.max(initial=0), 1e-9),
    }
    chart = go.Figure()
    for name, values in lines.items():
        dash = "dot" if name == "cost" else "solid"
        chart.add_scatter(
            x=sure,
            y=values,
            mode="lines",
            name="cost, of its most" if name == "cost" else name,
            line={"color": _COLOURS[name], "dash": dash},
            customdata=np.column_stack([tp, fp, found.fn[places], cost]),
            hovertemplate=f"from %{{x:.3g}} on: {name} %{{y:.3f}}<br>%{{customdata[0]}} right, "
            "%{customdata[1]} wrong, %{customdata[2]} not found, cost %{customdata[3]}<extra></extra>",
        )
    if opened.view().has_boxes:
        chart.add_vline(x=opened.thresholds().confidence, line={"dash": "dash", "color": "#9aa0a6", "width": 1.5})
    chart.update_layout(
        height=360,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        xaxis_title="counted from this confidence on",
        yaxis_range=[0, 1.02],
        legend={"orientation": "h", "y": 1.12},
        dragmode=False,
    )
    chart.update_xaxes(fixedrange=True).update_yaxes(fixedrange=True)
    st.plotly_chart(chart, width="stretch", key="threshold curves", config={"displayModeBar": False})


def _best(title: str, found: Sweep, place: int, costs: Costs) -> None:
    """One best threshold with its counts, and the way to count from there."""
    row = row_at(found, place, costs)
    if row["confidence"] is None:
        st.markdown(f"**{title}**: counting nothing at all  \n:gray[cost {row['cost']:,.4g}]")
        return
    precision = "–" if row["precision"] is None else f"{row['precision']:.3f}"
    recall = "–" if row["recall"] is None else f"{row['recall']:.3f}"
    st.markdown(
        f"**{title}** from **{row['confidence']:.4g}** on  \n"
        f"F1 {row['f1']:.3f}, precision {precision}, recall {recall}, cost {row['cost']:,.4g}  \n"
        f":gray[{row['tp']:,} right, {row['fp']:,} wrong, {row['fn']:,} not found]"
    )
    if opened.view().has_boxes:
        st.button(
            f"Count from {row['confidence']:.4g} on",
            key=f"count from {title}",
            type="tertiary",
            on_click=_count_from,
            args=(row["confidence"],),
        )


def _count_from(confidence: float) -> None:
    st.session_state.confidence = confidence
    thresholds.by_hand()


def _by_class(made: Made, costs: Costs) -> None:
    """The best threshold of each class."""
    rows = []
    for label, name in enumerate(made.classes):
        found = made.sweep(label)
        best, cheap = found.best_f1(), found.cheapest(costs)
        rows.append(
            (name, found.total, found.threshold(best), found.f1[best], found.threshold(cheap), found.cost(costs)[cheap])
        )
    columns = ["Class", "To find", "Best F1 from", "F1 there", "Least cost from", "Cost there"]
    frame = pd.DataFrame(rows, columns=columns).replace(np.inf, np.nan)
    st.caption("Each class at its own best; empty where counting nothing costs least")
    number = {name: st.column_config.NumberColumn(format="%.3f") for name in (*columns[2:4], columns[4])}
    height = min(420, 38 + 35 * len(frame))
    st.dataframe(frame, width="stretch", hide_index=True, height=height, placeholder="", column_config=number)
