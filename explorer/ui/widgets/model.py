"""Which model is looked at, and which boxes count."""

from __future__ import annotations

import streamlit as st

from explorer.ui.session import opened, text, thresholds


def model_and_thresholds(*, in_a_row: bool = False) -> None:
    """Which model's predictions are looked at, and which boxes count.

    Args:
        in_a_row: beside each other where a page is wide, instead of one below the other.
    """
    view = opened.view()
    models, iou, confidence = st.columns([2, 3, 3], gap="large") if in_a_row else (st.container() for _ in range(3))
    if len(view.models) > 1:
        models.segmented_control("Model version", view.models, key="model", required=True, format_func=text.cell)
    if not view.has_thresholds:
        return
    if view.labelled:
        iou.slider("Found from IoU", 0.1, 0.95, step=0.05, key="iou")
    with confidence:
        st.slider(
            "Detections from confidence",
            0.0,
            1.0,
            step=0.01,
            format="%.4g",
            key="confidence",
            on_change=thresholds.by_hand,
        )
        _best()


def _best() -> None:
    """Say that the threshold is where the model's F1 is best, and lead from there to 0 and back."""
    if not opened.view().labelled:
        return
    best, model = thresholds.best(), opened.model()
    if st.session_state.confidence == best:
        st.caption(f"confidence ≥ {best:.4g}, the best F1 of {text.cell(str(model))}")
        if best:
            st.button("All detections, from 0", type="tertiary", on_click=thresholds.count_all)
    else:
        words = f"The best F1 of {text.cell(str(model))}, from {best:.4g}"
        st.button(words, type="tertiary", on_click=thresholds.follow_best)
