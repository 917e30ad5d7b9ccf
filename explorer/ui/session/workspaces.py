"""Which workspace a tab looks at: its address says a key, never a path, and the server knows which folder that is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import streamlit as st

from explorer.actions.browse import LOCAL, default_roots
from explorer.actions.place import workspaces_folder
from explorer.store.paths import DECISIONS, MANIFEST, WorkspacePaths
from explorer.store.recent import note, noted, recent
from explorer.ui.server.arguments import arguments

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.actions.browse import Roots
    from explorer.store.recent import Recent

ADDRESS = "workspace"
"""What the address calls the key."""

UNKNOWN = (
    "This address names a workspace that is not known here, or was moved. Choose one below, or start with "
    "`edgecase open WORKSPACE`."
)

_KEPT = ("author", "safe_colours", "tab")
"""What of a session stays when it leaves one workspace for another."""


def current() -> Path | None:
    """The workspace that this session looks at; None before one was chosen."""
    folder: Path | None = st.session_state.get("folder")
    return folder


def is_built() -> bool:
    """Whether there is something to look at in it."""
    folder = current()
    return folder is not None and (folder / MANIFEST).exists()


def follow_address() -> None:
    """Look at what the address names, and have it name what this session looks at."""
    asked, folder = st.query_params.get(ADDRESS), current()
    if "folder" not in st.session_state:
        _look_at(named_on_the_command_line() if asked is None else _known(asked))
    elif asked and (folder is None or asked != WorkspacePaths(folder).key):  # the browser went back
        _look_at(_known(asked))
    elif folder and not asked and folder != named_on_the_command_line():  # a link to another page leaves it out
        st.query_params[ADDRESS] = WorkspacePaths(folder).key


def open_one(folder: Path) -> None:
    """Leave the workspace of this session for another."""
    remember(folder)
    _look_at(folder)
    st.query_params[ADDRESS] = WorkspacePaths(folder).key
    st.session_state.arrived = True


def remember(folder: Path) -> None:
    """Let an address of this server name a workspace from now on."""
    _opened_here()[WorkspacePaths(folder).key] = folder.resolve()


def named_on_the_command_line() -> Path | None:
    """The workspace that the app was started with."""
    folder = arguments().workspace
    return folder.resolve() if folder else None


def decisions_of(folder: Path) -> Path | None:
    """Where decisions of a workspace are; None for the one of the command line, which may have said another place.

    A database elsewhere is one workspace's: others that are opened beside it would share its subsets.
    """
    return None if folder.resolve() == named_on_the_command_line() else WorkspacePaths(folder).decisions


def _look_at(folder: Path | None) -> None:
    """Look at a workspace, or at none where the address named an unknown one."""
    if "folder" in st.session_state:
        _forget_former()
    st.session_state.folder = folder
    if folder:
        note(folder)
    elif st.query_params.get(ADDRESS):
        del st.query_params[ADDRESS]
        st.session_state.refusal = UNKNOWN


def _forget_former() -> None:
    """Drop what speaks of the workspace that was looked at before."""
    kept = {key: st.session_state[key] for key in _KEPT if key in st.session_state}
    for key in list(st.session_state):
        del st.session_state[key]
    st.session_state.update(kept)


def _known(key: str) -> Path | None:
    """The folder of a key: of the command line's workspace, of recent ones, of those that were opened here."""
    named = named_on_the_command_line()
    folders = [*([named] if named else []), *(one.path for one in recent_ones())]
    return {WorkspacePaths(folder).key: folder for folder in folders}.get(key) or _opened_here().get(key)


def known() -> list[Path]:
    """The built workspaces that a person may come to here: the command line's, recent ones, those opened here."""
    named = named_on_the_command_line()
    folders = [*([named] if named else []), *filter(_is_reachable, noted()), *_opened_here().values()]
    return [folder for folder in dict.fromkeys(folders) if (folder / MANIFEST).exists()]


@st.cache_resource(show_spinner=False)
def _opened_here() -> dict[str, Path]:
    return {}


def roots() -> Roots:
    """The folders of this machine that may be looked into."""
    return default_roots(_listening(), arguments().roots)


def is_private() -> bool:
    """Whether only this machine reaches the app, and nobody restricted where one may look."""
    return _listening() in LOCAL and not arguments().roots


def recent_ones() -> list[Recent]:
    """Workspaces that were opened before, the last first: all on localhost, else those below a root."""
    return [one for one in recent() if _is_reachable(one.path)]


def _is_reachable(folder: Path) -> bool:
    return _listening() in LOCAL or roots().hold(folder.resolve())


def new_folder() -> Path:
    """The folder in which new workspaces are made."""
    return workspaces_folder(arguments().roots)


def warn_of_shared_decisions() -> None:
    """Say where decisions are kept when the environment names a database, which is of no workspace here."""
    if os.environ.get(DECISIONS) and named_on_the_command_line() is None:
        st.info(
            f"{DECISIONS} names a database, which serves one workspace. Those chosen here keep their decisions in "
            "their own folders; `edgecase open WORKSPACE` opens the one that the database is for.",
            icon=":material/database:",
        )


def _listening() -> str:
    """The address that the app listens on."""
    return st.get_option("server.address") or "0.0.0.0"  # noqa: S104 - what Streamlit listens on then
