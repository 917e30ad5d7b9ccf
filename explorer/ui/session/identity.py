"""Who is looking, and what they may do: a person who signed in, or a name that the browser keeps.

People sign in where Streamlit's OpenID Connect is configured (`[auth]` in its secrets). Elsewhere anybody can call
themselves anything, and roles are a courtesy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

import streamlit as st

from explorer.review.people import OWNER, VIEWER, read_people
from explorer.store.paths import WorkspacePaths
from explorer.store.workspace import author
from explorer.ui.session import workspaces

if TYPE_CHECKING:
    from collections.abc import Mapping

COOKIE = "edgecase_name"
"""What the browser keeps a name as."""

_NAMES = ("email", "preferred_username", "name", "sub")
"""Of what a provider says of a person, what names them, the surest first."""


def are_checked() -> bool:
    """Whether people sign in."""
    return "is_logged_in" in st.user


def is_signed_in() -> bool:
    """Whether this person has."""
    return bool(st.user.get("is_logged_in"))


def named(claims: Mapping[str, object]) -> str:
    """The name of a person, of what the provider says of them; empty where it says nothing."""
    if claims.get("email_verified") is False:  # anybody can claim the address of another one
        claims = {name: value for name, value in claims.items() if name != "email"}
    return next((str(claims[one]).strip() for one in _NAMES if claims.get(one)), "")


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
    if folder is None:
        return OWNER
    return read_people(WorkspacePaths(folder).roles).role(name())


def may_decide() -> bool:
    """Whether this person may decide anything here."""
    return role() != VIEWER
