"""The confusion matrix: counts or shares, of one model or against another one, each cell a way to its images."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from explorer.actions.confusion import Cells, cells
from explorer.data.outcomes import OUTCOMES
from explorer.evaluation.confusion import FALSE_ALARM, MISSED
from explorer.ui.session import opened, text
from explorer.ui.widgets import beside

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go

    from explorer.data.records import Bool, Int64

MOST = 30
"""Classes that are shown at first: those with the most errors."""

_NUMBERS = 20
"""Up to so many classes there is room for a number in each cell."""

TICK_ANGLES = [0, -45, -90]
"""Of names below a matrix, the flattest at which they do not overlap: turned to the left, the last one has room."""

_PAIRS = 100
_NONE = "–"
_COUNTS, _SHARES = "Counts", "Shares"
_CHOSEN = "evaluate cell"
INVITATION = "Click a cell, or a row of the table: its images are shown here, the surest mistakes first."


class Matrix(NamedTuple):
    """What is drawn.

    Attributes:
        labels: names of the rows.
        predictions: names of the columns.
        counts: int64 (labels, predictions), of the model, or by how much it has more than the other one.
        totals: int64 (labels,), how many of each are labelled so.
        right: bool (labels, predictions), the diagonal.
        is_difference: whether counts are differences.
    """

    labels: Sequence[str]
    predictions: Sequence[str]
    counts: Int64
    totals: Int64
    right: Bool
    is_difference: bool


def draw() -> None:
    """Draw the matrix, the most frequent confusions, and the images of what was clicked."""
    view, model, at = opened.view(), str(opened.model()), opened.thresholds()
    now = cells(view, model, at)
    other = _settings(now)
    before = cells(view, other, at) if other else None
    matrix = _matrix(now, before, _classes(now, before))
    left, right = st.columns([3, 2], gap="large")
    with left:
        _heat_map(matrix)
        _pairs(matrix)
    with right:
        beside.draw(_chosen(now, before, other), "evaluate cell", INVITATION)


def _settings(now: Cells) -> str | None:
    """What is shown of the matrix; the model that is taken off, if any."""
    view = opened.view()
    others = [_NONE, *(other for other in view.models if other != opened.model())]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control("Numbers", [_COUNTS, _SHARES], key="evaluate numbers", required=True)
        less = st.selectbox(
            "Less",
            others,
            key="evaluate less",
            width=200,
            format_func=text.short,
            disabled=len(others) == 1,
            help="Shows how many more there are in each cell than of this other model.",
        )
        if len(now.labels) > MOST:
            named = [name for name in now.labels if name != FALSE_ALARM]
            st.multiselect(
                "Classes", named, key="evaluate classes", placeholder=f"the {MOST} with the most errors", width=320
            )
            st.checkbox("All classes", key="evaluate every class")
        st.checkbox("Hide the diagonal", key="evaluate hide diagonal")
    return None if less == _NONE else less


def _classes(now: Cells, before: Cells | None) -> list[str]:
    """The classes that are shown, in the order of their names."""
    known = sorted({*now.labels, *(before.labels if before else ())} - {FALSE_ALARM})
    if len(known) < MOST or st.session_state.get("evaluate every class"):
        return known
    chosen = [name for name in st.session_state.get("evaluate classes") or () if name in known]
    if chosen:
        return chosen
    counts = now.of(known)
    wrong = counts.sum(axis=1)[: len(known)] + counts.sum(axis=0)[: len(known)] - 2 * np.diag(counts)[: len(known)]
    return [known[place] for place in sorted(np.argsort(-wrong, kind="stable")[:MOST])]


def _matrix(now: Cells, before: Cells | None, classes: Sequence[str]) -> Matrix:
    counts = now.of(classes)
    totals = pd.Series(now.counts.sum(axis=1), list(now.labels))
    labels, predictions = [*classes], [*classes]
    if now.detections:
        labels, predictions = [*labels, FALSE_ALARM], [*predictions, MISSED]
    right = np.eye(len(labels), dtype=np.bool_)
    right[len(classes) :] = False
    if before:
        counts = counts - before.of(classes)
    return Matrix(
        labels, predictions, counts, totals.reindex(labels, fill_value=0).to_numpy(np.int64), right, before is not None
    )


def _shown(matrix: Matrix) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of the cells, and whether each is drawn."""
    drawn = np.ones(matrix.counts.shape, np.bool_)
    if st.session_state.get("evaluate hide diagonal"):
        drawn &= ~matrix.right
    if matrix.labels[-1:] == [FALSE_ALARM]:
        drawn[-1, -1] = False
    shares = matrix.counts / np.maximum(1, matrix.totals)[:, None]
    return (shares if st.session_state.get("evaluate numbers") == _SHARES else matrix.counts), drawn


def _heat_map(matrix: Matrix) -> None:
    """A matrix with a green diagonal and red elsewhere; of a difference, green is better and red is worse."""
    import plotly.graph_objects as go

    numbers, drawn = _shown(matrix)
    k, few = len(matrix.labels), len(matrix.labels) <= _NUMBERS
    share = matrix.counts / np.maximum(1, matrix.totals)[:, None]
    shade = np.sign(share) * np.sqrt(np.abs(share))  # a few percent of a class already deserve to be seen
    whole = np.ones_like(drawn)
    for cells_of_a_kind in [whole] if matrix.is_difference else [] if few else [matrix.right, ~matrix.right]:
        # of many classes each confusion is rare: the most frequent one is as dark as what is right
        shade[cells_of_a_kind] /= max(1e-9, np.abs(shade[drawn & cells_of_a_kind]).max(initial=0))
    signed = np.where(drawn, np.where(matrix.right, shade, -shade), 0.0)
    right, wrong = (
        OUTCOMES[kind].safe if st.session_state.safe_colours else OUTCOMES[kind].colour for kind in ("correct", "wrong")
    )
    places = list(range(k))
    chart = go.Figure(
        go.Heatmap(
            z=signed.clip(-1, 1),
            x=places,
            y=places,
            text=np.where(drawn & (matrix.counts != 0), _written(numbers, matrix), "") if few else None,
            texttemplate="%{text}" if few else None,
            textfont={"color": "#fafafa" if st.context.theme.type == "dark" else "#31333f"},
            hoverinfo="skip",
            colorscale=[[0, wrong], [0.499, _faint(wrong)], [0.501, _faint(right)], [1, right]],
            zmin=-1,
            zmax=1,
            showscale=False,
            xgap=1 if k <= 2 * MOST else 0,
            ygap=1 if k <= 2 * MOST else 0,
        )
    )
    _clickable(chart, matrix, drawn)
    every = -(-k // (2 * MOST))  # of more classes than there is room for every other one is named, or fewer
    for axis, names, title in (("xaxis", matrix.predictions, "predicted"), ("yaxis", matrix.labels, "labelled")):
        ticks = {"tickmode": "array", "tickvals": places[::every], "ticktext": [_tick(name) for name in names[::every]]}
        chart.update_layout({axis: {**ticks, "title": title, "showgrid": False, "zeroline": False}})
    chart.update_layout(
        height=min(760, max(330, 150 + 26 * k)), margin={"l": 10, "r": 10, "t": 10, "b": 10}, dragmode=False
    )
    chart.update_yaxes(range=[k - 0.5, -0.5], fixedrange=True, automargin=True)
    chart.update_xaxes(range=[-0.5, k - 0.5], fixedrange=True, automargin=True, autotickangles=TICK_ANGLES)
    st.caption(_caption(matrix))
    key = "confusion"
    st.plotly_chart(
        chart,
        width="stretch",
        on_select=partial(_pick_cell, key),
        selection_mode="points",
        key=key,
        config={"displayModeBar": False},
    )


def _faint(colour: str) -> str:
    """A colour, ``#rrggbb``, with next to no opacity."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.04)"


def _tick(name: str) -> str:
    return text.on_chart(text.short(name, 18))  # Plotly takes labels for HTML


def _caption(matrix: Matrix) -> str:
    if matrix.is_difference:
        model, other = (text.cell(str(name)) for name in (opened.model(), st.session_state["evaluate less"]))
        return f"How many more of {model} than of {other}: green is better, red is worse."
    if matrix.labels[-1:] == [FALSE_ALARM]:
        return "What objects are taken for. The last column is what was missed, the last row what is not there."
    return "What images of each label are taken for."


def _written(numbers: np.ndarray, matrix: Matrix) -> np.ndarray:
    """The numbers as text; of differences with their sign."""
    sign = "+" if matrix.is_difference else ""
    share = st.session_state.get("evaluate numbers") == _SHARES
    return np.array([[f"{one:{sign}.0%}" if share else f"{one:{sign},}" for one in row] for row in numbers], object)


def _clickable(chart: go.Figure, matrix: Matrix, drawn: Bool) -> None:
    """Lay an unseen point on each cell with something in it: Streamlit hears clicks on points, not on a heat map."""
    rows, columns = (of.tolist() for of in np.nonzero(drawn & (matrix.counts != 0)))
    places = list(zip(rows, columns, strict=True))
    shares = matrix.counts / np.maximum(1, matrix.totals)[:, None]
    sign = "+" if matrix.is_difference else ""
    unseen = {"marker": {"opacity": 0}}
    chart.add_scatter(
        x=columns,
        y=rows,
        mode="markers",
        marker={"symbol": "square", "size": max(6, min(40, 420 // max(1, len(matrix.labels)))), "opacity": 0},
        selected=unseen,
        unselected=unseen,
        customdata=[[matrix.labels[i], matrix.predictions[j]] for i, j in places],
        text=[
            f"{text.on_chart(_said(matrix.labels[i], matrix.predictions[j]))}: {matrix.counts[i, j]:{sign},}"
            + f" ({shares[i, j]:{sign}.1%})" * (matrix.labels[i] != FALSE_ALARM)
            for i, j in places
        ],
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )


def _said(label: str, predicted: str) -> str:
    """A cell in words."""
    if label == FALSE_ALARM:
        return f"false alarms of {predicted}"
    return f"labelled {label}, missed" if predicted == MISSED else f"labelled {label}, predicted {predicted}"


def _pairs(matrix: Matrix) -> None:
    """The most frequent confusions as a list: of many classes the matrix alone does not name them."""
    _, drawn = _shown(matrix)
    rows, columns = np.nonzero(drawn & ~matrix.right & (matrix.counts != 0))
    order = np.argsort(-np.abs(matrix.counts[rows, columns]), kind="stable")[:_PAIRS]
    rows, columns = rows[order], columns[order]
    if not len(rows):
        return
    found = matrix.counts[rows, columns]
    are_labelled = (matrix.totals[rows] > 0) & (np.array(matrix.labels, object)[rows] != FALSE_ALARM)
    frame = pd.DataFrame(
        {
            "Labelled": [matrix.labels[i] for i in rows.tolist()],
            "Predicted": [matrix.predictions[j] for j in columns.tolist()],
            "More" if matrix.is_difference else "How many": found,
            "of the labelled": np.where(are_labelled, found / np.maximum(1, matrix.totals[rows]), np.nan),
        }
    )
    st.caption("The most frequent confusions")
    key = f"confused pairs {opened.model()} {opened.thresholds()} {matrix.is_difference} {len(frame)}"
    st.dataframe(
        frame,
        key=key,
        width="stretch",
        hide_index=True,
        height=min(250, 38 + 35 * len(frame)),
        on_select=partial(_pick_pair, key, frame),
        selection_mode="single-row",
        placeholder="–",
        column_config={"of the labelled": st.column_config.NumberColumn(format="percent")},
    )


def _pick_cell(key: str) -> None:
    points = st.session_state[key]["selection"]["points"]
    st.session_state[_CHOSEN] = tuple(points[0]["customdata"]) if points else None


def _pick_pair(key: str, frame: pd.DataFrame) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    st.session_state[_CHOSEN] = tuple(frame.iloc[rows[0], :2]) if rows else None


def _chosen(now: Cells, before: Cells | None, other: str | None) -> beside.Chosen | None:
    """The images of the cell that was clicked; of a difference those that are in it of one model alone."""
    cell = st.session_state.get(_CHOSEN)
    if not cell:
        return None
    label, predicted = cell
    rows, points = now.rows(label, predicted)
    model = str(opened.model())
    colours = [f"{model}.outcome", f"{model}.prediction", "label"]
    title = f"**{text.plain(_said(text.short(label, 24), text.short(predicted, 24)))}**"
    if before is None:
        return beside.Chosen(title, rows, points, colours)
    was, before_points = before.rows(label, predicted)
    if points is not before_points:  # detections of two models are not the same points
        return beside.Chosen(f"{title} by {text.cell(model)}", rows, points, colours)
    new, gone = np.setdiff1d(rows, was), np.setdiff1d(was, rows)
    said = f"{title}: {len(new):,} by {text.cell(model)} alone, {len(gone):,} by {text.cell(str(other))} alone"
    return beside.Chosen(
        said, np.concatenate([new, gone]), points, [f"{other} → {model}", f"{model} → {other}", *colours]
    )
