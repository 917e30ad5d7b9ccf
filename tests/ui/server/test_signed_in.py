"""Who sent a request, of what Streamlit has signed."""

from __future__ import annotations

import json

import pytest
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from explorer.ui.server.signed_in import named, sender

COOKIE = "_streamlit_user"


def signed(claims: dict[str, object], secret: str | None = None) -> dict[str, str]:
    value = create_signed_value(secret or get_cookie_secret(), COOKIE, json.dumps(claims))
    return {COOKIE: value.decode()}


def test_a_signed_cookie_names_its_sender() -> None:
    assert sender(signed({"is_logged_in": True, "email": "ada@example.org"})) == "ada@example.org"


def test_other_cookies_name_nobody() -> None:
    assert sender({}) == ""
    assert sender({COOKIE: "ada@example.org"}) == ""
    assert sender(signed({"is_logged_in": False, "email": "ada@example.org"})) == ""
    assert sender(signed({"is_logged_in": True, "email": "ada@example.org"}, "another secret of somebody")) == ""


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"email": "a@b.org", "name": "Ada", "sub": "1"}, "a@b.org"),
        ({"email": "a@b.org", "email_verified": False, "name": "Ada", "sub": "1"}, "Ada"),
        ({"preferred_username": "ada", "name": "Ada"}, "ada"),
        ({"sub": "1"}, "1"),
        ({}, ""),
    ],
)
def test_the_surest_claim_names_a_person(claims: dict[str, object], name: str) -> None:
    assert named(claims) == name
