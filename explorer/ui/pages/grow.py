"""The former address of growing, which is part of a subset: of the one looked at, or of the one that changed last."""

import streamlit as st

from explorer.ui.session import opened
from explorer.ui.subsets import detail

subsets = opened.decisions().state().subsets
if st.session_state.subset is None and subsets:
    st.session_state.subset = max(subsets, key=lambda subset: subset.updated_at).key
st.session_state.subset_tab = detail.GROW
st.switch_page("subsets.py")
