"""How good the models are, and where: every figure is a way to the images behind it."""

import streamlit as st

from explorer.ui.evaluate import charts, confusion, drivers, nothing_yet, patterns, segments, thresholds
from explorer.ui.session import messages, opened
from explorer.ui.widgets import image_dialog, model

OVERVIEW, CONFUSION, SEGMENTS, PATTERNS, DRIVERS, THRESHOLDS = TABS = (
    *("Overview", "Confusion", "Segments"),
    *("Patterns", "Drivers", "Thresholds"),
)

st.markdown("### Evaluate")
messages.show_refusal()
view = opened.view()
if view.judges:
    model.model_and_thresholds(in_a_row=True)
    tab = st.segmented_control("Part", TABS, key="evaluate tab", required=True, label_visibility="collapsed")
    if tab == CONFUSION:
        confusion.draw()
    elif tab == SEGMENTS:
        segments.draw()
    elif tab == PATTERNS:
        patterns.draw()
    elif tab == DRIVERS:
        drivers.draw()
    elif tab == THRESHOLDS:
        thresholds.draw()
    else:
        charts.overview()
    image_dialog.draw()
else:
    nothing_yet.draw()
