"""How good the models are, and where: every figure is a way to the images behind it."""

import streamlit as st

from explorer.ui.evaluate import charts, nothing_yet
from explorer.ui.session import opened
from explorer.ui.widgets import model

st.markdown("### Evaluate")
view = opened.view()
if view.judges:
    with st.columns([2, 3])[0]:
        model.model_and_thresholds()
    charts.models_table()
    if view.has_boxes:
        charts.boxes()
    else:
        charts.classes()
    charts.comparison()
else:
    nothing_yet.draw()
