"""The frame around every page: title, navigation, and which workspace the tab looks at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import ExplorerError
from explorer.ui.server import preload
from explorer.ui.session import identity, resume, saved_views, state, text, workspaces
from explorer.ui.widgets import building, health, judging

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

ICON = str(Path(__file__).with_name("icon.svg"))
LOGO = str(Path(__file__).with_name("logo.svg"))

REVIEW = "review"
OF_A_WORKSPACE = {
    "map": ("Map", "scatter_plot"),
    "findings": ("Findings", "lightbulb"),
    "subsets": ("Subsets", "bookmarks"),
    "labels": ("Labels", "rule"),
    REVIEW: ("Review", "rate_review"),
    "evaluate": ("Evaluate", "monitoring"),
    "loop": ("Loop", "sync"),
    "dataset": ("Dataset", "database"),
}
FORMER = {"grow": ("Grow", "hub"), "incoming": ("Incoming", "move_to_inbox")}
"""Pages that became parts of others; their addresses lead there."""

OF_ALL = {"start": ("Workspaces", "apps"), "new": ("New from my data", "add_circle")}


def draw() -> None:
    """Draw the frame and the page that was asked for."""
    st.set_page_config(page_title="Edgecase Explorer", page_icon=ICON, layout="wide", initial_sidebar_state=270)
    st.logo(LOGO, icon_image=ICON, size="large")
    try:
        if identity.are_checked() and not identity.is_signed_in():
            _sign_in()
            return
        workspaces.follow_address()
        is_blind = _is_blind()
        pages = _pages(is_blind)
        page = st.navigation(list(pages.values()), position="top")
        st.html(preload.style())  # tightens Streamlit's generous margins so that map and panel fit on a laptop's screen
        state.keep(page.url_path)
        if is_blind and page is not pages[REVIEW]:
            st.switch_page(pages[REVIEW])
        _run(page, pages)
    except ExplorerError as error:  # a damaged file or database: a sentence with its repair, on any page
        st.error(text.sentence(str(error)), icon=":material/error:")


def _is_blind() -> bool:
    """Whether a round of review hides something from the person who signed in; leads the tab to its workspace."""
    hiding = identity.hiding() if identity.are_checked() else []
    if hiding and workspaces.current() not in hiding:
        workspaces.open_one(hiding[0])
    return bool(hiding)


def _sign_in() -> None:
    """Ask who is there."""
    with st.container(horizontal_alignment="center"):
        st.markdown("### Edgecase Explorer")
        st.markdown("Sign in to see this workspace. What you decide is recorded with your name.")
        st.button("Sign in", type="primary", icon=":material/login:", on_click=st.login)


def _pages(is_blind: bool) -> dict[str, StreamlitPage]:  # noqa: FBT001 - said once, above
    """Every page by its name; those of a workspace are offered once there is something in it to look at.

    Somebody from whom a round of review hides something is offered no page but that of reviews, and led there.
    """
    first = REVIEW if is_blind else "start" if workspaces.current() is None else "map"
    shown = {*OF_A_WORKSPACE, "start"} if workspaces.is_built() else set(OF_ALL)
    if is_blind:
        shown = {REVIEW}
    return {
        name: st.Page(
            f"{name}.py",
            title=title,
            icon=f":material/{icon}:",
            default=name == first,
            visibility="visible" if name in shown else "hidden",
        )
        for name, (title, icon) in {**OF_A_WORKSPACE, **FORMER, **OF_ALL}.items()
    }


def _run(page: StreamlitPage, pages: dict[str, StreamlitPage]) -> None:
    """Run the page, or what is right for a tab without a workspace, or with one that is not built yet."""
    of_all = page in [pages[name] for name in OF_ALL]
    if of_all and "arrived" in st.session_state:
        st.switch_page(pages["map"], query_params=dict(st.query_params))
    if not of_all and workspaces.current() is None:
        st.switch_page(pages["start"])
    arrived = st.session_state.pop("arrived", False)
    if not of_all and building.is_under_way():
        building.draw()
        return
    if not of_all:
        saved_views.follow_address()
        state.start()
        if arrived:
            resume.come_back()
        resume.keep()
        health.decisions()
        judging.draw()
    page.run()
