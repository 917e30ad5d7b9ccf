"""The map and the selection beside it, or all maps side by side with the selection below."""

import streamlit as st

from explorer.ui.map import panel, plot, saved_views, search_box, sidebar
from explorer.ui.session import messages, opened
from explorer.ui.widgets import health

sidebar.sidebar()
health.images_once()
messages.show_refusal()
if st.session_state.linked and len(opened.view().spaces(opened.encoder())) > 1:
    search_box.draw()
    plot.draw_linked()
    panel.draw()
else:
    with st.container(key="map-and-panel"):
        left, right = st.columns([13, 7], gap="medium")
    with right:  # first: a browser reads of a million selected points sooner than it has drawn them
        panel.draw()
    with left:
        search_box.draw()
        plot.draw()
if st.session_state.opened:
    from explorer.ui.widgets import image_dialog  # not before an image is asked for: the map is there sooner

    image_dialog.draw(image_dialog.select)
saved_views.draw_saving()
