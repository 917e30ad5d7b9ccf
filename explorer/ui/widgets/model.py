"""Which model is looked at, and which boxes count."""

from __future__ import annotations

import streamlit as st

from explorer.ui.session import opened, text


def model_and_thresholds() -> None:
    """Which model's predictions are looked at, and which boxes count."""
    view = opened.view()
    if len(view.models) > 1:
        st.segmented_control("Model version", view.models, key="model", required=True, format_func=text.cell)
    if view.has_thresholds:
        if view.labelled:
            st.slider("Found from IoU", 0.1, 0.95, step=0.05, key="iou")
        st.slider("Detections from confidence", 0.0, 0.99, step=0.01, key="confidence")
