"""New images held against the stored edge cases: brought here by upload, or by `edgecase match`."""

import streamlit as st

from explorer.ui.loop import incoming, upload

st.markdown("### Incoming")
batch = incoming.batch()
if batch is None:
    st.info(
        "No new images yet. Each one brought here is held against every subset, placed on the map without moving any "
        "other point, and shown with what it matches.",
        icon=":material/move_to_inbox:",
    )
    upload.new_images(expanded=True)
else:
    incoming.draw(batch)
    upload.new_images(expanded=False)
upload.library()
