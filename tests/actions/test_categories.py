"""Where categories stand: examples, candidates, and how much fixing one gains at most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from explorer.actions.analyzed import analyzed
from explorer.actions.categories import Standing, candidates, standings
from explorer.actions.hygiene import hygiene
from explorer.data.spaces import LABELS, predictions_of
from explorer.errors import CategoryError, SubsetError
from explorer.points.opened_build import View
from explorer.store.decisions.subsets import Member

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace


def stand(workspace: Workspace, model: str | None = "v1") -> dict[str, Standing]:
    found = standings(View(workspace), workspace.categories.all(), workspace.subsets(), model)
    return {each.category.name: each for each in found}


def tag(workspace: Workspace, name: str, category: str, ids: list[str]) -> None:
    members = [Member(each, "ids") for each in ids]
    workspace.decisions.create_subset(name, author="Ada", category=category, members=members)


def test_examples_are_the_members_of_all_its_subsets_each_once(workspace: Workspace) -> None:
    """v1 is wrong on apples 0 and 10, which are rows 0 and 10."""
    tag(workspace, "first", "Red", [workspace.ids[row] for row in (0, 1, 2)])
    tag(workspace, "second", "red", [workspace.ids[row] for row in (2, 3)])
    tag(workspace, "third", "Round", [workspace.ids[row] for row in (0, 10, 2)])
    found = stand(workspace)
    red, round_ = found["Red"], found["Round"]
    assert red.subsets == ("first", "second")
    assert red.examples == tuple(workspace.ids[row] for row in (0, 1, 2, 3))
    assert red.coverage == 0.2
    assert (red.ceiling.hits, red.ceiling.n) == (1, 2)
    assert red.in_words == "Fixing its examples removes at most 50% of the errors (1 of 2)."
    assert (round_.ceiling.hits, round_.ceiling.n) == (2, 2)


def test_what_the_model_may_have_learnt_from_does_not_cover_a_category(workspace: Workspace) -> None:
    """Every fourth of the twenty apples is in the test split, the others in training."""
    tag(workspace, "apples", "Red", [workspace.ids[row] for row in range(20)])
    view = View(workspace)
    (red,) = standings(view, workspace.categories.all(), workspace.subsets(), "v1", clean=hygiene(analyzed(view)))
    assert (len(red.examples), red.left_out, red.counting, red.coverage) == (20, 15, 5, 0.25)


def test_a_renamed_category_keeps_its_examples(workspace: Workspace) -> None:
    tag(workspace, "first", "Red", [workspace.ids[0]])
    workspace.categories.edit("Red", author="Ada", name="Reddish", target=1)
    (found,) = stand(workspace).values()
    assert (found.category.name, found.examples, found.coverage) == ("Reddish", (workspace.ids[0],), 1.0)


def test_without_a_model_there_is_no_ceiling(workspace: Workspace) -> None:
    tag(workspace, "first", "Red", [workspace.ids[0]])
    found = stand(workspace, None)["Red"]
    assert found.ceiling.n == 0
    assert found.in_words == ""


def test_without_examples_nothing_is_said_of_the_errors(workspace: Workspace) -> None:
    workspace.categories.add("Red", author="Ada")
    found = stand(workspace)["Red"]
    assert (found.ceiling.n, found.in_words, found.coverage) == (0, "", 0.0)


def test_a_rule_proposes_what_is_no_example_yet(workspace: Workspace) -> None:
    workspace.categories.add("Right apples", author="Ada", where=["label=apple", "camera=right"])
    frame = workspace.samples
    expected = list(frame.index[(frame["label"] == "apple") & (frame["camera"] == "right")])
    tag(workspace, "first", "Right apples", expected[:2])
    found = stand(workspace)["Right apples"]
    assert candidates(View(workspace), found) == expected[2:]


def test_a_rule_that_cannot_be_asked_says_why(workspace: Workspace) -> None:
    workspace.categories.add("Dark", author="Ada", where=["lux<3"])
    workspace.categories.add("Bright", author="Ada")
    found = stand(workspace)
    with pytest.raises(SubsetError, match="no column 'lux'"):
        candidates(View(workspace), found["Dark"])
    with pytest.raises(CategoryError, match="has no rule"):
        candidates(View(workspace), found["Bright"])


def test_of_boxes_errors_are_misses_and_false_alarms(boxes_workspace: Workspace) -> None:
    """v1 misses two objects of `00.png` and the one without area, and has two false detections there and one more."""
    view = View(boxes_workspace)
    outcomes = {
        name: np.array(view.points(name).outcome("v1").values)[view.points(name).outcome("v1").codes]  # type: ignore[union-attr]
        for name in (LABELS, predictions_of("v1"))
    }
    missed, false = int((outcomes[LABELS] == "fn").sum()), int((outcomes[predictions_of("v1")] != "tp").sum())
    first = boxes_workspace.ids[0]
    miss = view.points(LABELS).space.ids[int(np.flatnonzero(outcomes[LABELS] == "fn")[0])]
    tag(boxes_workspace, "image", "Whole image", [first])
    tag(boxes_workspace, "box", "One miss", [miss])
    found = stand(boxes_workspace)
    assert (missed, false) == (3, 3)
    assert (found["One miss"].ceiling.hits, found["One miss"].ceiling.n) == (1, 6)
    assert (found["Whole image"].ceiling.hits, found["Whole image"].ceiling.n) == (4, 6)
