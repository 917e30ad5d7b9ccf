"""The last step of a new workspace: its name, its place, and the button that builds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.actions.place import free_place
from explorer.ui.session import workspaces
from explorer.ui.session.text import plain
from explorer.ui.start import draft
from explorer.ui.start.found import suggested_name
from explorer.ui.widgets import building, command

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.ui.start.draft import Draft


def draw(now: Draft, model: dict[str, str] | None) -> None:
    """Ask for a name, and build."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    name = left.text_input(
        "Name", value=suggested_name(now.source) if now.workspace is None else now.workspace.name, max_chars=60,
        key=f"name of {now.source}",
    ).strip()  # fmt: skip
    folder = now.workspace or free_place(workspaces.new_folder(), name)
    if right.button(
        "Build the map", type="primary", icon=":material/play_arrow:", width="stretch", disabled=model is None
    ):
        _build(now, folder, name or folder.name, model or {})
    st.caption(f":material/folder: The workspace is kept in {plain(str(folder))}. Your images are only read.")
    if model is not None:
        command.show(now.command(folder, name or folder.name, model))


def _build(now: Draft, folder: Path, name: str, model: dict[str, str]) -> None:
    if building.start(folder, now.command(folder, name, model)):
        draft.drop()
        workspaces.open_one(folder)
        st.rerun()
