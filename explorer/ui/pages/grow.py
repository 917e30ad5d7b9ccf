"""Growing a subset: what in the original space is most like it."""

import streamlit as st

from explorer.ui import detail, growing, subset_views, tagging
from explorer.ui.session import messages, opened

subsets = sorted(opened.decisions().state().subsets, key=lambda subset: subset.updated_at, reverse=True)
title, undo = st.columns([9, 3], vertical_alignment="bottom")
title.markdown("### Grow a subset")
with undo:
    tagging.undo_buttons()
messages.show_refusal()
if subsets:
    left, right = st.columns([2, 5], gap="large")
    with left:
        subset = subset_views.choose(subsets)
        growing.members(subset)
    with right:
        growing.candidates(subset)
else:
    st.info(subset_views.NONE_YET, icon=":material/bookmark_add:")
detail.draw()
