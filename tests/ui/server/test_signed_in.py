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
        ({"email": "a@b.org", "email_verified": "true", "sub": "1"}, "a@b.org"),
        ({"preferred_username": "ada", "name": "Ada", "sub": "1"}, "ada"),
        ({"sub": "1"}, "1"),
        ({}, ""),
    ],
)
def test_the_surest_claim_names_a_person(claims: dict[str, object], name: str) -> None:
    assert named(claims) == name


@pytest.mark.parametrize("verified", [False, "false", None])
def test_an_address_that_is_not_verified_leaves_only_the_key_of_the_provider(verified: object) -> None:
    claims = {"email": "owner@b.org", "email_verified": verified, "sub": "1"}
    assert named({**claims, "preferred_username": "ada", "name": "Ada"}) == "1"


@pytest.mark.parametrize("claim", ["preferred_username", "name"])
def test_no_name_that_a_person_chooses_is_the_address_of_another(claim: str) -> None:
    assert named({claim: "owner@b.org", "sub": "1"}) == "1"


def test_a_name_on_show_names_nobody() -> None:
    assert named({"name": "Ada", "sub": "1"}) == "1"
