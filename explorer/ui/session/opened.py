"""The opened build as this session looks at it: its points, model and thresholds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from explorer.data.spaces import Space, SpaceName
from explorer.data.thresholds import Thresholds
from explorer.errors import ExplorerError, WorkspaceError
from explorer.points.opened_build import View
from explorer.store.decisions.subsets import Decisions
from explorer.store.paths import MANIFEST
from explorer.store.workspace import Workspace
from explorer.ui.server.routes import server
from explorer.ui.session import judged, workspaces
from explorer.ui.session.text import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from explorer.points.points import Points


def workspace_path() -> Path:
    """The workspace that this tab looks at.

    Raises:
        WorkspaceError: none was chosen.
    """
    folder = workspaces.current()
    if folder is None:
        raise WorkspaceError("Expected a workspace, found none chosen in this tab. Choose one on the start page.")
    return folder


def view() -> View:
    """The opened build, judged by the labels that this run began with; a new build is picked up at the next rerun."""
    given = given_view()
    return judged.view(given, st.session_state.judged) or judged.chosen(given)


def given_view() -> View:
    """The opened build, judged by the labels in the data."""
    path = workspace_path()
    try:
        return _opened(str(path), (path / MANIFEST).stat().st_mtime_ns)
    except (ExplorerError, OSError) as error:
        st.error(sentence(str(error) if isinstance(error, ExplorerError) else _no_workspace(path)))
        st.stop()


@st.cache_resource(show_spinner="Opening the workspace…", max_entries=4)
def _opened(path: str, built: int) -> View:  # noqa: ARG001 - part of the cache's key, where `_built` would not be
    return View(Workspace(path, workspaces.decisions_of(Path(path))))


def _no_workspace(path: Path) -> str:
    return (
        f"Expected a workspace at {path}, found none. Choose another one under Workspaces, try the demo there, or "
        "make one from your own data."
    )


def decisions() -> Decisions:
    """The decisions database, opened once for all sessions."""
    workspace = view().workspace
    return _decisions(str(workspace.decisions_location), str(workspace.newest_decision))


@st.cache_resource(show_spinner=False, max_entries=32)
def _decisions(location: str, newest: str) -> Decisions:
    return Decisions.open(location, Path(newest))


def space() -> Space:
    """The space the map shows."""
    return Space(st.session_state.space)


def model() -> str | None:
    """The model version whose predictions are shown."""
    name: str | None = st.session_state.model
    return name


def encoder() -> str:
    """Whose vectors are looked at; empty for the first encoder."""
    return str(st.session_state.encoder)


def layout() -> str:
    """Which of the maps are shown; empty for the first layout."""
    return str(st.session_state.layout)


def as_shown(points: Points) -> Points:
    """These points with the encoder and on the layout that are looked at."""
    return view().placed_as(points, SpaceName(space(), encoder=encoder(), layout=layout()))


def points() -> Points:
    """The points that the map shows."""
    return named_points(view().name(space(), model(), encoder(), layout()))


def of_ids(ids: Iterable[str]) -> Points:
    """The points that these ids are, as the map shows such: judged at its thresholds, with its encoder and layout."""
    return serve_pictures(as_shown(view().of_ids(ids, thresholds())))


def thresholds() -> Thresholds:
    """Which boxes count as found."""
    return Thresholds(st.session_state.iou, st.session_state.confidence)


def serve_pictures(shown: Points) -> Points:
    """Make the pictures of points available to the browser."""
    server().register_images(shown.space.key, shown)
    return shown


def forget_colour() -> None:
    """Boxes have other columns than images: start again with the error when the points change."""
    if view().has_boxes:
        st.session_state.colour = None


def named_points(name: SpaceName | str) -> Points:
    """The points of a space by its name; of an encoder or a layout that is gone, those of the first."""
    space_name = SpaceName.parse(name) if isinstance(name, str) else name
    return serve_pictures(view().points(view().there(space_name), thresholds()))
