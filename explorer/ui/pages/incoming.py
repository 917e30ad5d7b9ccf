"""New images held against the stored edge cases: `edgecase match` brings them here."""

import streamlit as st

from explorer.ui import arriving

st.markdown("### Incoming")
batch = arriving.batch()
if batch is None:
    st.info(
        "No new images yet. Run `edgecase match WORKSPACE NEW_SOURCE`: each new image is held against every subset, "
        "placed on the map without moving any other point, and shown here with what it matches.",
        icon=":material/move_to_inbox:",
    )
else:
    arriving.draw(batch)
