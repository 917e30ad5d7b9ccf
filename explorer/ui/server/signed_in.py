"""Who sent a request, where people sign in: what the provider said of them, in the cookie that Streamlit has signed."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.ui.server.preload import signed_cookie

if TYPE_CHECKING:
    from collections.abc import Mapping


def sender(cookies: Mapping[str, str]) -> str:
    """The name of who sent these cookies; empty where nobody has signed in with them."""
    cookie = signed_cookie(cookies)
    said: dict[str, Any] = json.loads(cookie) if cookie else {}
    return named(said) if said.get("is_logged_in") else ""


def is_configured() -> bool:
    """Whether people sign in: whether one of the files of Streamlit's secrets has `[auth]`."""
    from streamlit import config  # loads slowly, and few listen beyond this machine

    return any(_has_auth(Path(file)) for file in config.get_option("secrets.files"))


def _has_auth(file: Path) -> bool:
    try:
        return "auth" in tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError):  # none, or one that Streamlit will complain of itself
        return False


def named(claims: Mapping[str, object]) -> str:
    """The name of a person, of what the provider says of them; empty where it says nothing.

    Only what a person cannot say of themselves names them, as roles go by it: no address that the provider has not
    verified, no user name that looks like one, and no name on show. An address of which it does not say whether it
    was verified, counts: providers of one organisation leave that out.
    """
    address, user, key = (str(claims.get(one) or "").strip() for one in ("email", "preferred_username", "sub"))
    if str(claims.get("email_verified", True)).casefold() != "true":  # some send it as text
        return key
    return address or ("" if "@" in user else user) or key
