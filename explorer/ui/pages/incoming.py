"""The former address of what arrives, which is part of the loop."""

import streamlit as st

st.switch_page("loop.py")
