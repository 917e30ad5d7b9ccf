"""Who may do what, as a small file says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from explorer.errors import ReviewError
from explorer.review.people import People, read_people

if TYPE_CHECKING:
    from pathlib import Path


def test_everybody_is_an_owner_without_a_file(tmp_path: Path) -> None:
    assert read_people(tmp_path / "roles.yaml").role("Ada") == "owner"


def test_who_is_not_named_views(tmp_path: Path) -> None:
    file = tmp_path / "roles.yaml"
    file.write_text("people:\n  ada@example.org: owner\n  Ben: reviewer\n")
    people = read_people(file)
    assert [people.role(name) for name in ("ADA@example.org", " ben ", "Cy", "")] == [
        "owner",
        "reviewer",
        "viewer",
        "viewer",
    ]


def test_the_role_of_all_others_can_be_said(tmp_path: Path) -> None:
    file = tmp_path / "roles.yaml"
    file.write_text("default: adjudicator\n")
    assert read_people(file) == People({}, "adjudicator")


@pytest.mark.parametrize(
    "text",
    [
        "people: {ada: boss}",
        "people: [ada]",
        "people: {1: owner}",
        "default: everything",
        "ada: owner",
        "- ada",
        "",
        "people: {ada: owner",
        "people: {ada: [owner]}",
    ],
)
def test_anything_else_is_refused_rather_than_open(text: str, tmp_path: Path) -> None:
    file = tmp_path / "roles.yaml"
    file.write_text(text)
    with pytest.raises(ReviewError, match="Expected"):
        read_people(file)
