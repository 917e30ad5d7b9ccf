"""The parts of the Evaluate page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from explorer.actions.evaluate import detection_metrics, evaluate
from explorer.data.outcomes import OUTCOMES
from explorer.data.spaces import LABELS, predictions_of
from explorer.evaluation.classification import calibration, confidence_histogram, evaluate_classification
from explorer.evaluation.compare import CHANGES, compare
from explorer.points.image_table import evaluated
from explorer.ui.session import opened, text
from explorer.ui.widgets import beside

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import plotly.graph_objects as go

    from explorer.data.records import Bool
    from explorer.evaluation.detection import DetectionMetrics
    from explorer.points.points import Points

GREEN, RED = OUTCOMES["correct"].colour, OUTCOMES["wrong"].colour
FIGURES = {
    "n": ("Images", "Those with a label and a prediction"),
    "accuracy": ("Accuracy", "Share of the images whose prediction is their label"),
    "macro_f1": ("F1, mean of classes", "Each class counts the same, however many images it has"),
    "ece": ("Calibration error", "How far the confidence is from the share that is correct, on average"),
    "top_3": ("Top-3 accuracy", "Share of the images whose label is among the three most probable classes"),
    "top_5": ("Top-5 accuracy", "Share of the images whose label is among the five most probable classes"),
    "AP": ("AP", "Average precision, mean of the classes and of IoU .50 to .95 (COCO)"),
    "AP50": ("AP50", "The same at IoU .50"),
    "AP75": ("AP75", "The same at IoU .75"),
    "APs": ("AP small", "Of objects below 32 x 32 pixels"),
    "APm": ("AP medium", "Of objects between"),
    "APl": ("AP large", "Of objects from 96 x 96 pixels on"),
    "AR1": ("AR1", "Average recall with one detection per image"),
    "AR10": ("AR10", "Average recall with ten detections per image"),
    "AR100": ("AR100", "Average recall with a hundred detections per image"),
    "ARs": ("AR small", "With a hundred, of objects below 32 x 32 pixels"),
    "ARm": ("AR medium", "With a hundred, of objects between"),
    "ARl": ("AR large", "With a hundred, of objects from 96 x 96 pixels on"),
    "tp": (OUTCOMES["tp"].several, "True positives, at the thresholds above"),
    "fp": (OUTCOMES["fp"].several, "False positives, at the thresholds above"),
    "fn": (OUTCOMES["fn"].several, "False negatives, at the thresholds above"),
}
"""What the page calls the figures of `evaluate`, and what they are."""

_COUNTS = ("n", "tp", "fp", "fn")
_BY_CLASS = {
    "_index": st.column_config.Column(width="medium"),
    **{name: st.column_config.NumberColumn(format="%.3f") for name in ("precision", "recall", "f1")},
}

ERROR_HELP = {
    "localisation": "right class, box not quite there",
    "classification": "right place, wrong class",
    "duplicate": "found a second time",
    "background": "nothing there",
    "both": "wrong class and not quite there",
    "missed": "not near any of the detections above",
}


def overview() -> None:
    """Figures of every model, what the chosen one gets wrong, and what changes from one to another."""
    models_table()
    if opened.view().has_boxes:
        boxes()
    else:
        classes()
    comparison()


def models_table() -> None:
    """One row of figures per model."""
    at = opened.thresholds()
    figures = _figures(opened.view().key, *at)
    rows = {
        model: {name: value for name, value in one.items() if not isinstance(value, dict)}
        for model, one in figures.items()
    }
    frame = pd.DataFrame(rows).T.drop(columns=["iou", "confidence"], errors="ignore")
    st.dataframe(frame.apply(pd.to_numeric), width="stretch", column_config=_columns("%.4f"), placeholder="–")


def _columns(number: str) -> dict[str, Any]:
    """Columns of `FIGURES` under their names, numbers in this format."""
    return {
        name: st.column_config.NumberColumn(label, help=about, format="localized" if name in _COUNTS else number)
        for name, (label, about) in FIGURES.items()
    }


@st.cache_data(show_spinner="Evaluating…", max_entries=32)
def _figures(build: str, iou: float, confidence: float) -> dict[str, dict[str, object]]:  # noqa: ARG001 - the key
    return evaluate(opened.view().workspace, iou=iou, confidence=confidence)


def classes() -> None:
    """Per-class table, calibration and confidence of the chosen model."""
    frame, model = opened.view().workspace.samples, opened.model()
    metrics = evaluate_classification(frame["label"].tolist(), frame[f"{model}.prediction"].tolist())
    st.caption("By class")
    height = min(420, 38 + 35 * len(metrics.classes))
    st.dataframe(metrics.per_class, width="stretch", height=height, placeholder="–", column_config=_BY_CLASS)
    left, right = st.columns(2, gap="large")
    known = frame[f"{model}.outcome"].notna().to_numpy(np.bool_)
    sure = frame[f"{model}.confidence"].to_numpy(np.float64, na_value=np.nan)[known]
    correct = (frame[f"{model}.outcome"] == "correct").to_numpy(np.bool_)[known]
    with left:
        _calibration(sure, correct)
    with right:
        _histogram(sure, correct)


def _offer(title: str, points: Points, mask: Bool, model: str, colours: Sequence[str], key: str | None = None) -> None:
    """Say how many there are, and take the person to them on the map."""
    rows = np.flatnonzero(mask).tolist()
    beside.show_on_map(f"Show the {len(rows):,} {title}", rows, points, model, colours, key)


def _calibration(sure: np.ndarray, correct: np.ndarray) -> None:
    import plotly.graph_objects as go

    found = calibration(sure, correct)
    bins = found.bins[found.bins["n"] > 0]
    chart = go.Figure()
    chart.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line={"dash": "dot", "color": "#9aa0a6"}, showlegend=False)
    chart.add_scatter(
        x=bins["confidence"],
        y=bins["accuracy"],
        mode="lines+markers",
        customdata=bins["n"],
        hovertemplate="confidence %{x:.2f}, correct %{y:.0%} of %{customdata}<extra></extra>",
        marker={"size": 4 + 14 * np.sqrt(bins["n"] / max(1, bins["n"].max()))},
        showlegend=False,
    )
    chart.update_layout(xaxis_title="confidence", yaxis_title="share correct")
    st.caption(f"Calibration: expected calibration error {found.ece:.3f}")
    st.plotly_chart(_tight(chart, 260), width="stretch", key="calibration")


def _histogram(sure: np.ndarray, correct: np.ndarray) -> None:
    import plotly.graph_objects as go

    bins = confidence_histogram(sure, correct)
    middle = (bins["low"] + bins["high"]) / 2
    chart = go.Figure()
    chart.add_bar(x=middle, y=bins["right"], name="correct", marker_color=GREEN)
    chart.add_bar(x=middle, y=bins["wrong"], name="wrong", marker_color=RED)
    chart.update_layout(barmode="stack", xaxis_title="confidence", yaxis_title="images")
    st.caption("How sure it was, when correct and when wrong")
    st.plotly_chart(_tight(chart, 260), width="stretch", key="histogram")


def boxes() -> None:
    """Precision-recall curve, per-class table and error types of the chosen model."""
    model = str(opened.model())
    metrics = _detection(opened.view().key, model)
    left, right = st.columns([5, 4], gap="large")
    with left:
        _curves(metrics)
    with right:
        _error_types(model)
    st.caption("By class (COCO's figures; classes without ground truth have none)")
    st.dataframe(metrics.per_class(), width="stretch", column_config=_columns("%.3f"), placeholder="–")


@st.cache_resource(show_spinner="Evaluating…", max_entries=16)
def _detection(build: str, model: str) -> DetectionMetrics:  # noqa: ARG001 - part of the cache's key
    return detection_metrics(opened.view().workspace, model)


def _curves(metrics: DetectionMetrics) -> None:
    import plotly.graph_objects as go

    names = st.multiselect("Precision and recall of", metrics.classes, placeholder="the mean over classes")
    iou = min((0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95), key=lambda t: abs(t - opened.thresholds().iou))
    chart = go.Figure()
    curves = {name: metrics.curve(name, iou) for name in names} or {"mean": metrics.curve(None, iou)}
    for name, curve in curves.items():
        chart.add_scatter(
            x=curve["recall"], y=curve["precision"], mode="lines", name=text.on_chart(text.short(name)), line_shape="hv"
        )
    chart.update_layout(xaxis_title=f"recall at IoU {iou:g}", yaxis_title="precision", yaxis_range=[0, 1.02])
    st.plotly_chart(_tight(chart, 330), width="stretch", key="curve")


def _error_types(model: str) -> None:
    """Counts by TIDE's types; each can be seen on the map."""
    at = opened.thresholds()
    done = evaluated(opened.view().workspace, model, at)
    counts = done.counts
    _legend(counts)
    for name, count in done.errors.items():
        points = opened.view().points(LABELS if name == "missed" else predictions_of(model), at)
        frame = points.table.frame
        of_type = (frame[f"{model}.error"] == name) & frame[f"{model}.outcome"].isin(["fp", "fn"])
        left, right = st.columns([3, 4], vertical_alignment="center")
        left.markdown(f"**{count:,}** {name}  \n:gray[{ERROR_HELP[name]}]")
        with right:
            counted = f"{model}.fn" if name == "missed" else f"{model}.fp"
            colours = [f"{model}.error", f"{model}.outcome", counted]
            _offer("of this kind", points, of_type.to_numpy(np.bool_), model, colours, key=f"show {name}")


def _legend(counts: Mapping[str, int]) -> None:
    """How many boxes there are of each outcome, in the colours of the map."""
    safe = st.session_state.safe_colours
    of = {value: OUTCOMES[value] for value in counts}
    said = (
        f'<span style="color:{one.safe if safe else one.colour}">●</span> <b>{counts[value]:,}</b> '
        f"{one.several.lower()}"
        for value, one in of.items()
    )
    st.html(" · ".join(said))


def comparison() -> None:
    """What changes from one model to another, on the same samples or objects."""
    models = opened.view().models
    if len(models) < 2:  # noqa: PLR2004 - it takes two
        return
    st.markdown("#### One model against another")
    left, right = st.columns(2)
    before = left.selectbox("From", models[:-1], key="before")
    after = right.selectbox("To", models[models.index(before) + 1 :], key="after")
    at = opened.thresholds()
    points = opened.view().labels(at)
    frame = points.table.frame
    found = compare(frame[f"{before}.outcome"], frame[f"{after}.outcome"])
    what = "objects" if points.space.are_boxes else "images"
    st.caption(f"Of the labelled {what}. McNemar's exact p that both are equally good: {found.p:.2g}")
    for column, name in zip(st.columns(len(CHANGES)), CHANGES, strict=True):
        with column:
            st.metric(name.capitalize(), f"{found.counts[name]:,}")
            _offer(
                name, points, (found.change == name).to_numpy(np.bool_), after, [f"{before} → {after}"], f"show {name}"
            )


def _tight(chart: go.Figure, height: int) -> go.Figure:
    chart.update_layout(
        height=height, margin={"l": 10, "r": 10, "t": 10, "b": 10}, legend={"orientation": "h", "y": 1.1}
    )
    return chart
