"""The loop: how far each subset is, new images against the edge cases, labels that came back, new model versions."""

import streamlit as st

from explorer.ui.loop import incoming, returned, stages, upload, versions
from explorer.ui.session import messages, opened
from explorer.ui.widgets import image_dialog

STAGES, NEW_IMAGES, RETURNED, VERSIONS = "Overview", "New images", "Returned labels", "Model versions"

st.markdown("### Loop")
messages.show_refusal()
part = st.segmented_control(
    "Part", [STAGES, NEW_IMAGES, RETURNED, VERSIONS], key="loop_part", required=True, label_visibility="collapsed"
)
if part == STAGES:
    stages.draw()
elif part == VERSIONS:
    versions.draw()
elif part == RETURNED:
    returned.draw()
else:
    arrived = bool(opened.view().workspace.manifest.batches)
    if not arrived:
        st.info(incoming.NONE_YET, icon=":material/move_to_inbox:")
    incoming.left_out()
    upload.new_images(expanded=not arrived)
    if arrived:
        incoming.draw()
    upload.library()
image_dialog.draw()
