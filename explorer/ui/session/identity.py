"""Who is looking, and what they may do: a person who signed in, or a name that the browser keeps.

People sign in where Streamlit's OpenID Connect is configured (`[auth]` in its secrets). Elsewhere anybody can call
themselves anything, and roles are a courtesy.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING
from urllib.parse import unquote

import streamlit as st

from explorer.errors import ReviewError
from explorer.review.blinding import hidden
from explorer.review.people import ADJUDICATOR, OWNER, REVIEWER, VIEWER, read_people
from explorer.store.decisions.state import same_name
from explorer.store.paths import WorkspacePaths
from explorer.store.workspace import Workspace, author
from explorer.ui.server.routes import server
from explorer.ui.server.signed_in import named
from explorer.ui.session import workspaces

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.data.verdicts import Round

COOKIE = "edgecase_name"
"""What the browser keeps a name as."""


def are_checked() -> bool:
    """Whether people sign in."""
    return "is_logged_in" in st.user


def is_signed_in() -> bool:
    """Whether this person has."""
    return bool(st.user.get("is_logged_in"))


def name() -> str:
    """Who decides in this session."""
    if are_checked():
        return named(dict(st.user.items()))
    return str(st.session_state.get("author", "")).strip() or kept_name()


def kept_name() -> str:
    """What the person last called themselves in this browser; else the name of the account that runs the app."""
    cookie = st.context.cookies.get(COOKIE)
    kept = unquote(cookie).strip()[:80] if isinstance(cookie, str) else ""  # a page in a test has no real cookies
    return kept or author()


def role() -> str:
    """What this person may do in the workspace of this session."""
    folder = workspaces.current()
    return OWNER if folder is None else role_in(folder, name())


def role_in(folder: Path, who: str) -> str:
    """What a person may do in a workspace."""
    return read_people(WorkspacePaths(folder).roles).role(who)


def refuse_viewer(folder: Path, who: str) -> None:
    """Raise ReviewError where a person may look at a workspace, and no more."""
    if role_in(folder, who) == VIEWER:
        raise ReviewError(
            f"Expected somebody who may decide, found the viewer {who!r}. An owner can change roles.yaml."
        )


def is_blind(workspace: Workspace, who: str) -> bool:
    """Whether something is hidden from a person in a workspace: in an open round in which they judge or settle."""
    return _is_blind_in(workspace.path.resolve(), who)


def _is_blind_in(folder: Path, who: str) -> bool:
    if not who:  # nobody has signed in
        return True
    role = role_in(folder, who)
    rounds = _workspace(folder).rounds.all() if role in (REVIEWER, ADJUDICATOR) else ()
    return any(hidden(one, role) for one in rounds if role == ADJUDICATOR or judges(one, who))


@cache
def _workspace(folder: Path) -> Workspace:
    return Workspace(folder, workspaces.decisions_of(folder))


def judges(one: Round, who: str) -> bool:
    """Whether a person is one of the reviewers of a round."""
    return any(same_name(each) == same_name(who) for each in one.protocol.reviewers)


def hiding() -> list[Path]:
    """The workspaces in which something is hidden from this person, who signed in; has the server keep to it, too.

    Also those that nobody has opened yet: the images of a round could be built anew beside it.
    """
    for folder in workspaces.known():
        server().keep_from(folder, partial(_is_blind_in, folder))
    return server().hiding_from(name())
