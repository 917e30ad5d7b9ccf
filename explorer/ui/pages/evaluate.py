"""How good the models are, and where: every figure is a way to the images behind it."""

import streamlit as st

from explorer.ui.evaluate import charts
from explorer.ui.session import opened
from explorer.ui.widgets import model

st.markdown("### Evaluate")
view = opened.view()
if not view.models:
    st.info(
        "No predictions yet. Add them with `edgecase build … --predictions NAME=FILE`, or with columns "
        "`prediction` and `confidence` in the table.",
        icon=":material/info:",
    )
elif not view.labelled:
    st.info(
        "No labels to compare with yet. Add a `label` column, or `--labels FILE`.",
        icon=":material/info:",
    )
else:
    with st.columns([2, 3])[0]:
        model.model_and_thresholds()
    charts.models_table()
    if view.has_boxes:
        charts.boxes()
    else:
        charts.classes()
    charts.comparison()
