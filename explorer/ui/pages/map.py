"""The map and the selection beside it."""

import streamlit as st

from explorer.ui import controls, detail, find, panel, plot

controls.sidebar()
left, right = st.columns([8, 5], gap="medium")
with left:
    find.draw()
    plot.draw()
with right:
    panel.draw()
detail.draw()
