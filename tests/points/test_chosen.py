"""Subsets and categories as parts of the points that models are judged on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from explorer.data.subsets import Member
from explorer.data.verdicts import Verdict
from explorer.points.chosen import REVIEWS, chosen_categories, chosen_subsets, put_by_reviewers
from explorer.points.opened_build import View
from tests.reviewing import review

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace


def test_of_an_image_its_objects_are_meant_and_of_a_detection_those_on_its_image(boxes_workspace: Workspace) -> None:
    view = View(boxes_workspace)
    detection = boxes_workspace.objects("prediction/v1").index[0]
    for name, member in (("image", view.images.space.ids[0]), ("object", "gt:4"), ("wrong", detection)):
        boxes_workspace.decisions.create_subset(name, author="Ada", category="c", members=[Member(member, "lasso")])
    subsets, points = boxes_workspace.subsets(), view.labels()
    image, of_object, wrong = chosen_subsets(view, points, subsets)
    assert points.space.ids_of(image.part.rows) == ["gt:1", "gt:2", "gt:3"]
    assert image.images is not None
    assert image.images.tolist() == [0]
    assert points.space.ids_of(of_object.part.rows) == ["gt:4"]
    assert of_object.images is None
    assert points.space.ids_of(wrong.part.rows) == ["gt:1", "gt:2", "gt:3"]
    categories = boxes_workspace.categories.in_use()
    (category,) = chosen_categories([image, of_object, wrong], subsets, categories)
    assert points.space.ids_of(category.part.rows) == ["gt:1", "gt:2", "gt:3", "gt:4"]
    assert category.images is None, "not all of it is whole images"


def test_a_rule_that_cannot_be_asked_says_why(dusk_workspace: Workspace) -> None:
    rule = {"space": "label/none", "filters": [], "iou": 0.5, "confidence": 0}
    dusk_workspace.decisions.create_subset("rule", author="Ada", rule=rule)
    view = View(dusk_workspace)
    found = {one.part.value: one for one in chosen_subsets(view, view.labels(), dusk_workspace.subsets())}
    assert found["rule"].problem
    assert len(found["rule"].part.rows) == 0
    assert found["dusk"].problem == ""


def test_a_category_has_the_subsets_of_its_former_names_and_may_have_none(dusk_workspace: Workspace) -> None:
    categories = dusk_workspace.categories
    categories.add("Light", author="Ada")
    categories.edit("light", author="Ada", name="poor light")
    categories.add("blur", author="Ada")
    categories.add("noise", author="Ada")
    categories.retire("noise", author="Ada", reason="too vague")
    view, subsets = View(dusk_workspace), dusk_workspace.subsets()
    found = chosen_categories(chosen_subsets(view, view.labels(), subsets), subsets, categories.in_use())
    assert {one.part.value: len(one.part.rows) for one in found} == {"poor light": 100, "blur": 0}


def test_what_reviewers_put_into_a_category_is_part_of_it(dusk_workspace: Workspace) -> None:
    """Two images by day, ticked as `Light` by one reviewer each, join the hundred at dusk."""
    ids = dusk_workspace.ids[150:152]
    review(dusk_workspace, dict.fromkeys(ids, ()))
    ticks = [
        Verdict("", each, who, "correct", datetime.now(UTC), categories=("Light", "Fog"))
        for each, who in zip(ids, ("Ada", "Bo"), strict=True)
    ]
    dusk_workspace.verdicts.give("R", ticks, author="Ada")
    put = put_by_reviewers(dusk_workspace.decisions)
    assert [(one.name, one.category, one.ids) for one in put] == [(REVIEWS, "light", ids), (REVIEWS, "fog", ids)]
    view = View(dusk_workspace)
    subsets = [*dusk_workspace.subsets(), *put]
    found = chosen_subsets(view, view.labels(), subsets)
    (light,) = chosen_categories(found, subsets, dusk_workspace.categories.in_use())
    assert len(light.part.rows) == 102
    assert {150, 151} <= set(light.part.rows.tolist())
