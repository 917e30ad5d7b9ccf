"""The edge-case subsets: list, look, edit, export."""

import streamlit as st

from explorer.ui import combining, detail, health, subset_views, tagging
from explorer.ui.session import messages, opened

subsets = sorted(opened.decisions().state().subsets, key=lambda subset: subset.updated_at, reverse=True)
title, combine, live, undo = st.columns([5, 2, 2, 3], vertical_alignment="bottom")
title.markdown("### Edge-case subsets")
with combine:
    combining.button(subsets)
with live:
    tagging.live_button()
with undo:
    tagging.undo_buttons()
messages.show_refusal()
health.decisions()
if subsets:
    left, right = st.columns([2, 5], gap="large")
    with left:
        subset = subset_views.choose(subsets)
        subset_views.head(subset)
        subset_views.history(subset)
        subset_views.deleted()
    with right:
        subset_views.actions(subset)
        subset_views.members(subset)
        subset_views.export(subset)
else:
    st.info(subset_views.NONE_YET, icon=":material/bookmark_add:")
    subset_views.deleted()
detail.draw()
