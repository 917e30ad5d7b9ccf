"""The start page: a new workspace from one's own data, the demo, and recent workspaces."""

import streamlit as st

from explorer.ui.session import messages, workspaces
from explorer.ui.start import demo, recent

st.markdown("### Find where your vision model fails, on a map of its data")
messages.show_refusal()
workspaces.warn_of_shared_decisions()
mine, garments, scenes = st.columns(3)
with mine.container(border=True, height="stretch"):
    st.markdown("### :blue[:material/add_photo_alternate:]")
    st.markdown(
        "**New from my data**  \nA folder of images is enough; a table, COCO, YOLO, Label Studio or CVAT brings labels."
    )
    if st.button("Choose data…", type="primary", icon=":material/folder_open:", width="stretch"):
        st.switch_page("new.py", query_params=dict(st.query_params))
with garments:
    demo.images()
with scenes:
    demo.boxes()
recent_ones = workspaces.recent_ones()
if recent_ones:
    st.markdown("#### Recent workspaces")
    recent.draw(recent_ones)
