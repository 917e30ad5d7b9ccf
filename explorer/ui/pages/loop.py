"""The loop: new images on the frozen maps, added here or by `edgecase add`, held against the stored edge cases."""

import streamlit as st

from explorer.ui.loop import incoming, upload
from explorer.ui.session import messages, opened
from explorer.ui.widgets import image_dialog

st.markdown("### Loop")
messages.show_refusal()
arrived = bool(opened.view().workspace.manifest.batches)
if not arrived:
    st.info(incoming.NONE_YET, icon=":material/move_to_inbox:")
incoming.left_out()
upload.new_images(expanded=not arrived)
if arrived:
    incoming.draw()
upload.library()
image_dialog.draw()
