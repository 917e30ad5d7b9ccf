"""Subsets as they are now: fixed members, live members, and two subsets made into one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from explorer import open_workspace
from explorer.actions.export import Chosen, relabel_package
from explorer.data.filters import OneOf
from explorer.errors import SubsetError
from explorer.points.live_subsets import evaluate_rule, named_subset, refuse_mixed, tables
from explorer.store.decisions.combine import combine, combined
from explorer.store.decisions.subsets import Member
from explorer.subsets.rules import Rule, to_json

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.decisions.combine import Operation
    from explorer.store.workspace import Workspace


def _live(workspace: Workspace, *members: Member, column: str = "label", value: str = "apple") -> str:
    rule = to_json(Rule((OneOf(column, frozenset({value})),)))
    return workspace.decisions.create_subset("live", author="Ada", members=members, rule=rule).key


def test_a_live_subset_is_its_fixed_members_and_what_its_rule_finds(workspace: Workspace) -> None:
    """A fixed member keeps its origin, score and author; the others are marked as the rule's."""
    _live(workspace, Member("sky/03.png", "search", 0.5), Member("apple/04.png", "lasso"))
    subset = named_subset(workspace, "live")
    apples = [sample for sample in workspace.ids if sample.startswith("apple")]
    assert subset.ids[:2] == ("sky/03.png", "apple/04.png")
    assert set(subset.ids) == {"sky/03.png", *apples}
    assert len(subset.ids) == 21
    assert (subset.members["sky/03.png"].origin, subset.members["sky/03.png"].score) == ("search", 0.5)
    assert subset.members["apple/04.png"].origin == "lasso"
    assert {subset.members[each][1:4] for each in apples if each != "apple/04.png"} == {("rule", None, "Ada")}


def test_what_was_rejected_stays_out_of_a_live_subset(workspace: Workspace) -> None:
    key = _live(workspace, Member("apple/04.png", "lasso"))
    workspace.decisions.reject_candidates(key, ["apple/00.png", "apple/04.png"], author="Bob")
    found = named_subset(workspace, "live").ids
    assert len(found) == 18
    assert not {"apple/00.png", "apple/04.png"} & set(found)


def test_an_export_holds_the_live_members_with_their_origin(workspace: Workspace) -> None:
    _live(workspace, Member("sky/03.png", "search", 0.5))
    table = relabel_package(workspace, Chosen((named_subset(workspace, "live"),))).table
    assert table["origin"].value_counts().to_dict() == {"rule": 20, "search": 1}


def test_a_rule_that_cannot_be_asked_leaves_the_fixed_members_and_says_why(workspace: Workspace) -> None:
    """Looking shows what there is; naming the subset, as an export does, refuses."""
    key = _live(workspace, Member("sky/03.png", "lasso"), column="gone")
    subset, problem = evaluate_rule(workspace.subset(key), tables(workspace))
    assert subset.ids == ("sky/03.png",)
    assert "'gone'" in problem
    with pytest.raises(SubsetError, match="'gone'"):
        named_subset(workspace, key)


def test_a_rule_on_a_space_that_was_not_built_is_told(workspace: Workspace) -> None:
    rule = to_json(Rule((OneOf("label", frozenset({"apple"})),), "prediction/v9"))
    workspace.decisions.create_subset("other", author="Ada", rule=rule)
    assert "no space 'prediction/v9'" in evaluate_rule(workspace.subset("other"), tables(workspace)).problem


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("union", [("1", "lasso", 0.5), ("2", "lasso", None), ("3", "grown", 0.75)]),
        ("intersection", [("2", "lasso", None)]),
        ("difference", [("1", "lasso", 0.5)]),
    ],
)
def test_two_subsets_make_one_whose_members_keep_origin_and_score(
    operation: Operation, expected: list[tuple[str, str, float | None]], workspace: Workspace
) -> None:
    """The first of the two speaks for a member of both; the event says of what the new one was made."""
    store = workspace.decisions
    store.create_subset("A", author="Ada", members=[Member("1", "lasso", 0.5), Member("2", "lasso")])
    store.create_subset("B", author="Ada", members=[Member("3", "grown", 0.75), Member("2", "grown", 0.9)])
    first, second = workspace.subset("A"), workspace.subset("B")
    event = combine(store, "new", operation, first, second, "Bob")
    made = workspace.subset("new")
    assert [member[:3] for member in made.members.values()] == expected
    assert {member.author for member in made.members.values()} == {"Bob"}
    assert event.payload["context"] == {"operation": operation, "of": [first.key, second.key]}
    assert event.sentence.endswith(f": {operation} of “A” and “B”.")


def test_an_empty_combination_makes_nothing(workspace: Workspace) -> None:
    store = workspace.decisions
    for name in ("A", "B"):
        store.create_subset(name, author="Ada", members=[Member(name, "ids")])
    first, second = workspace.subset("A"), workspace.subset("B")
    assert combined("intersection", first, second) == []
    with pytest.raises(SubsetError, match="intersection of “A” and “B” is empty"):
        combine(store, "new", "intersection", first, second, "Ada")
    assert len(workspace.subsets()) == 2


@pytest.fixture
def coco_workspace(boxes_built: Workspace, tmp_path: Path) -> Workspace:
    """The shared detection workspace with decisions of the test's own."""
    return open_workspace(boxes_built.path, tmp_path / "decisions.db")


def test_images_and_boxes_are_not_combined(coco_workspace: Workspace) -> None:
    create, boxes = coco_workspace.decisions.create_subset, coco_workspace.objects("label").index
    create("images", author="Ada", members=[Member(coco_workspace.ids[0], "ids")])
    create("boxes", author="Ada", members=[Member(boxes[0], "ids")])
    first, second = coco_workspace.subset("images"), coco_workspace.subset("boxes")
    with pytest.raises(SubsetError, match="one is of images, the other of boxes"):
        refuse_mixed(coco_workspace, first, second)
    refuse_mixed(coco_workspace, second, second)


def test_a_rule_on_boxes_finds_boxes(coco_workspace: Workspace) -> None:
    table = coco_workspace.objects("label")
    name = str(table["label"].iat[0])
    rule = to_json(Rule((OneOf("label", frozenset({name})),), "label"))
    coco_workspace.decisions.create_subset("live boxes", author="Ada", rule=rule)
    assert named_subset(coco_workspace, "live boxes").ids == tuple(table.index[table["label"] == name])
