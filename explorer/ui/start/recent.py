"""Workspaces that were built or opened before, with a picture of their map, and those that are being made."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import streamlit as st

from explorer.actions import jobs
from explorer.actions.jobs import State
from explorer.data.counts import counted
from explorer.store.paths import WorkspacePaths
from explorer.store.recent import forget
from explorer.ui.session import workspaces
from explorer.ui.session.text import plain, short

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.recent import Recent

_ACROSS = 4
"""Cards in a row."""

_SHOWN = 12
"""Cards before one asks for all."""

_STANDS = {
    State.RUNNING: ":blue-badge[being built]",
    State.FAILED: ":red-badge[could not be built]",
    State.CANCELLED: ":orange-badge[cancelled]",
    State.STOPPED: ":orange-badge[interrupted]",
    State.DONE: "",
}


def draw(recent: list[Recent]) -> None:
    """Draw a card for each, the last opened first."""
    everything = len(recent) <= _SHOWN or st.session_state.get("all_recent", False)
    shown = recent if everything else recent[:_SHOWN]
    for first in range(0, len(shown), _ACROSS):
        for column, one in zip(st.columns(_ACROSS), shown[first : first + _ACROSS], strict=False):
            with column.container(border=True, height="stretch"):
                _card(one)
    if not everything:
        st.button(f"Show all {len(recent):,}", key="all_recent_button", on_click=_show_all)


def _show_all() -> None:
    st.session_state.all_recent = True


def _card(one: Recent) -> None:
    key, job = WorkspacePaths(one.path).key, jobs.current(one.path)
    picture, about = st.columns([2, 3], vertical_alignment="center")
    if one.picture:
        picture.image(one.picture, width="stretch", alt="Its map, small")
    else:
        picture.markdown("## :gray[:material/hourglass_empty:]", text_alignment="center")
    stands = _STANDS[job.state] if job else ""
    about.markdown(f"**{plain(short(one.name, 28))}**  \n{stands or _facts(one)}")
    st.caption(plain(short(_place(one.path), 44)))
    here, there, away = st.columns([4, 1, 1], gap="small")
    here.button("Open", key=f"open {key}", on_click=workspaces.open_one, args=(one.path,), width="stretch")
    there.link_button(
        "", f"./?{workspaces.ADDRESS}={key}", icon=":material/open_in_new:", help="Open in another tab", width="stretch"
    )
    away.button(
        "",
        key=f"forget {key}",
        icon=":material/close:",
        on_click=forget,
        args=(one.path,),
        width="stretch",
        disabled=bool(job and job.state is State.RUNNING),
        help="Take it off this list. The workspace itself stays where it is.",
    )


def _facts(one: Recent) -> str:
    images = counted(one.images, "image")
    return f"{images}  \n:gray[{datetime.fromisoformat(one.built_at):%-d %b %Y}]" if one.built_at else "not built yet"


def _place(path: Path) -> str:
    """Where a workspace lies, from the home folder on where it is below it."""
    home = path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
