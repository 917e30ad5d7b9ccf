"""Growing a subset: what in the original space is most like it."""

import streamlit as st

from explorer.ui.session import messages, opened
from explorer.ui.subsets import detail, grow
from explorer.ui.widgets import image_dialog, tag_dialog

subsets = sorted(opened.decisions().state().subsets, key=lambda subset: subset.updated_at, reverse=True)
title, undo = st.columns([9, 3], vertical_alignment="bottom")
title.markdown("### Grow a subset")
with undo:
    tag_dialog.undo_buttons()
messages.show_refusal()
judge = None
if subsets:
    left, right = st.columns([2, 5], gap="large")
    with left:
        subset = detail.choose(subsets)
        grow.members(subset)
    with right:
        judge = grow.candidates(subset)
else:
    st.info(detail.NONE_YET, icon=":material/bookmark_add:")
if judge:
    image_dialog.draw(*judge)
else:
    image_dialog.draw()
