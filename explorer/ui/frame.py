"""The frame around every page: title, navigation, and the workspace named on the command line."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from explorer.errors import ExplorerError
from explorer.ui.server import preload
from explorer.ui.session import resume, state, text

ICON = str(Path(__file__).with_name("icon.svg"))
LOGO = str(Path(__file__).with_name("logo.svg"))


def draw() -> None:
    """Draw the frame and the page that was asked for."""
    st.set_page_config(page_title="Edgecase Explorer", page_icon=ICON, layout="wide", initial_sidebar_state=270)
    st.logo(LOGO, icon_image=ICON, size="large")
    page = st.navigation(
        [
            st.Page("map.py", title="Map", icon=":material/scatter_plot:", default=True),
            st.Page("subsets.py", title="Subsets", icon=":material/bookmarks:"),
            st.Page("grow.py", title="Grow", icon=":material/hub:"),
            st.Page("incoming.py", title="Incoming", icon=":material/move_to_inbox:"),
            st.Page("evaluate.py", title="Evaluate", icon=":material/monitoring:"),
            st.Page("dataset.py", title="Dataset", icon=":material/database:"),
        ],
        position="top",
    )
    st.html(preload.style())  # tightens Streamlit's generous margins so that map and panel fit on a laptop's screen
    try:
        state.start(page.url_path)
        resume.keep()
        page.run()
    except ExplorerError as error:  # a damaged file or database: a sentence with its repair, on any page
        st.error(text.sentence(str(error)), icon=":material/error:")
