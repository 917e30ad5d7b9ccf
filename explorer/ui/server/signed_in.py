"""Who sent a request, where people sign in: what the provider said of them, in the cookie that Streamlit has signed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from explorer.ui.server.preload import signed_cookie

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES = ("email", "preferred_username", "name", "sub")
"""Of what a provider says of a person, what names them, the surest first."""


def sender(cookies: Mapping[str, str]) -> str:
    """The name of who sent these cookies; empty where nobody has signed in with them."""
    cookie = signed_cookie(cookies)
    said: dict[str, Any] = json.loads(cookie) if cookie else {}
    return named(said) if said.get("is_logged_in") else ""


def named(claims: Mapping[str, object]) -> str:
    """The name of a person, of what the provider says of them; empty where it says nothing.

    An address that the provider has not verified names nobody: anybody can claim it.
    """
    sure = (one for one in _NAMES if one != "email" or claims.get("email_verified") is not False)
    return next((str(claims[one]).strip() for one in sure if claims.get(one)), "")
