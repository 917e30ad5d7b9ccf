"""The loop: new images held against the stored edge cases, labels that came back, and new model versions."""

import streamlit as st

from explorer.ui.loop import incoming, returned, upload, versions
from explorer.ui.session import messages, opened
from explorer.ui.widgets import image_dialog

NEW_IMAGES, RETURNED, VERSIONS = "New images", "Returned labels", "Model versions"

st.markdown("### Loop")
messages.show_refusal()
part = st.segmented_control(
    "Part", [NEW_IMAGES, RETURNED, VERSIONS], key="loop_part", required=True, label_visibility="collapsed"
)
if part == VERSIONS:
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
