"""Tagging makes a subset where there is none of that name, and adds to it where there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from explorer.actions.tag import subset_named, tag
from explorer.data.subsets import Member
from explorer.errors import SubsetError

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace


def _members(*ids: str) -> list[Member]:
    return [Member(each, "search", 0.5) for each in ids]


def test_the_first_tag_makes_the_subset_with_its_note_and_category(workspace: Workspace) -> None:
    facts = {"note": "too dark", "category": "Lighting"}
    event, new = tag(workspace.decisions, "Dusk", _members("a", "b"), author="Ada", **facts, context={"space": "image"})
    subset = workspace.subset("Dusk")
    assert (event.kind, event.key, new) == ("created", subset.key, 2)
    assert event.payload["context"] == {"space": "image"}
    assert (subset.note, subset.category, subset.created_by) == ("too dark", "Lighting", "Ada")
    assert [member[:4] for member in subset.members.values()] == [(each, "search", 0.5, "Ada") for each in "ab"]


def test_the_next_tag_adds_in_any_case_of_the_name_and_counts_what_is_new(workspace: Workspace) -> None:
    tag(workspace.decisions, "Dusk", _members("a", "b"), author="Ada", note="too dark")
    event, new = tag(workspace.decisions, " dUSK ", _members("b", "c"), author="Bob", note="never read")
    (subset,) = workspace.subsets()
    assert (event.kind, new) == ("added", 1)
    assert (subset.ids, subset.note) == (("a", "b", "c"), "too dark")
    assert [member.author for member in subset.members.values()] == ["Ada", "Ada", "Bob"]


def test_a_name_is_looked_up_among_the_living(workspace: Workspace) -> None:
    tag(workspace.decisions, "Dusk", _members("a"), author="Ada")
    found = subset_named(workspace.decisions, "dusk")
    assert found is not None
    assert found.name == "Dusk"
    assert subset_named(workspace.decisions, "dawn") is None
    workspace.decisions.delete_subset("Dusk", author="Ada")
    assert subset_named(workspace.decisions, "dusk") is None


def test_a_tag_without_a_name_is_refused(workspace: Workspace) -> None:
    with pytest.raises(SubsetError):
        tag(workspace.decisions, "  ", _members("a"), author="Ada")
    assert workspace.subsets() == []
