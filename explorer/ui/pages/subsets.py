"""The edge-case subsets: list, look, edit, export."""

import streamlit as st

from explorer.ui.session import messages, opened
from explorer.ui.subsets import combine, detail
from explorer.ui.widgets import image_dialog, tag_dialog

subsets = sorted(opened.decisions().state().subsets, key=lambda subset: subset.updated_at, reverse=True)
title, both, live, undo = st.columns([5, 2, 2, 3], vertical_alignment="bottom")
title.markdown("### Edge-case subsets")
with both:
    combine.button(subsets)
with live:
    tag_dialog.live_button()
with undo:
    tag_dialog.undo_buttons()
messages.show_refusal()
if subsets:
    left, right = st.columns([2, 5], gap="large")
    with left:
        subset = detail.choose(subsets)
        detail.head(subset)
        detail.history(subset)
        detail.deleted()
    with right:
        detail.actions(subset)
        detail.members(subset)
        detail.export(subset)
else:
    st.info(detail.NONE_YET, icon=":material/bookmark_add:")
    detail.deleted()
image_dialog.draw()
