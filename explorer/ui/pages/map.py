"""The map and the selection beside it, or all maps side by side with the selection below."""

import streamlit as st

from explorer.ui import controls, detail, find, health, panel, plot
from explorer.ui.session import opened

controls.sidebar()
health.images_once()
if st.session_state.linked and len(opened.view().spaces()) > 1:
    find.draw()
    plot.draw_linked()
    panel.draw()
else:
    left, right = st.columns([8, 5], gap="medium")
    with right:  # first: a browser reads of a million selected points sooner than it has drawn them
        panel.draw()
    with left:
        find.draw()
        plot.draw()
detail.draw()
