"""How good models are without what is to be removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import binomtest

from explorer.actions.analyzed import analyzed
from explorer.actions.export import Options, chosen, relabel_package
from explorer.actions.removal import leaving, of_every_model, to_be_removed, without
from explorer.actions.segments import OF_BOXES, OF_LABELS
from explorer.data.subsets import Member
from explorer.errors import SubsetError
from explorer.points.opened_build import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.store.workspace import Workspace


def _tag(workspace: Workspace, name: str, ids: Sequence[str], *, remove: bool = True) -> None:
    members = [Member(each, "lasso") for each in ids]
    workspace.decisions.create_subset(name, author="Ada", members=members, remove=remove)


def test_the_figures_with_and_without_are_those_of_the_images_that_are_there(dusk_workspace: Workspace) -> None:
    """v1 gets 41 of the hundred at dusk right, and all of the hundred by day."""
    of = analyzed(View(dusk_workspace), "v1")
    gone = leaving(of.view, [dusk_workspace.subset("dusk")])
    accuracy, f1 = without(of, gone, OF_LABELS)
    assert (accuracy.metric, accuracy.before.value, accuracy.before.n) == ("accuracy", 0.705, 200)
    assert (accuracy.after.value, accuracy.after.n) == (1.0, 100)
    interval = binomtest(141, 200).proportion_ci(method="wilson")
    assert (accuracy.before.low, accuracy.before.high) == pytest.approx((interval.low, interval.high))
    assert (f1.metric, f1.after.value) == ("f1", 1.0)
    assert f1.before.low < f1.before.value < f1.before.high
    assert accuracy.sentence == (
        "v1: 70.5% correct of 200 (63.8% to 76.4%), without them 100.0% of 100 (96.3% to 100.0%)."
    )


def test_every_model_is_judged(dusk_workspace: Workspace) -> None:
    of = analyzed(View(dusk_workspace))
    gone = leaving(of.view, [dusk_workspace.subset("few"), dusk_workspace.subset("day")])
    found = of_every_model(of, gone)
    assert [(one.model, one.before.n, one.after.n) for one in found] == [
        ("v1", 200, 185),
        ("v2", 199, 185),
        ("v3", 200, 185),
    ]


def test_by_every_measure_of_boxes(boxes_workspace: Workspace) -> None:
    """v1 is wrong in the first two images alone."""
    _tag(boxes_workspace, "wrong", ["00.png", "01.png"])
    of = analyzed(View(boxes_workspace), "v1")
    found = without(of, leaving(of.view, to_be_removed(boxes_workspace, marked=True)), OF_BOXES)
    assert [one.metric for one in found] == list(OF_BOXES)
    by = {one.metric: one for one in found}
    assert (by["found"].before.n, by["found"].after.n) == (31, 26)
    assert by["fp_per_image"].after.value == 0
    assert by["AP"].after.value > by["AP"].before.value


def test_of_single_boxes_only_what_is_found_can_be_said(boxes_workspace: Workspace) -> None:
    """The dot and the second cell in the first image are the ones that v1 misses, and the dot without area."""
    _tag(boxes_workspace, "wrong", ["gt:2", "gt:3"])
    of = analyzed(View(boxes_workspace), "v1")
    (found,) = without(of, leaving(of.view, [boxes_workspace.subset("wrong")]), OF_BOXES)
    assert (found.metric, found.before.n, found.after.n) == ("found", 31, 29)
    assert found.before.value == pytest.approx(28 / 31)
    assert found.after.value == pytest.approx(28 / 29)


def test_only_what_is_marked_or_named_is_removed(dusk_workspace: Workspace) -> None:
    with pytest.raises(SubsetError, match="marked for removal, found none"):
        to_be_removed(dusk_workspace, marked=True)
    dusk_workspace.decisions.edit_subset("few", author="Ada", remove=True)
    assert dusk_workspace.decisions.history("few")[0].sentence == "Ada marked “few” for removal."
    assert [one.name for one in to_be_removed(dusk_workspace, ["day"], marked=True)] == ["day", "few"]
    dusk_workspace.decisions.edit_subset("few", author="Ada", remove=False)
    assert dusk_workspace.decisions.history("few")[0].sentence == "Ada marked “few” to be kept."
    with pytest.raises(SubsetError):
        to_be_removed(dusk_workspace, marked=True)


def test_without_what_is_marked_is_the_cleaned_list(dusk_workspace: Workspace) -> None:
    dusk_workspace.decisions.edit_subset("few", author="Ada", remove=True)
    package = relabel_package(dusk_workspace, chosen(dusk_workspace, [], without_removed=True), Options())
    assert list(package.table.index) == list(dusk_workspace.ids[5:])
    assert [one["name"] for one in package.about["without"]] == ["few"]
    some = relabel_package(dusk_workspace, chosen(dusk_workspace, ["dusk"], without_removed=True), Options())
    assert np.array_equal(some.table.index, dusk_workspace.ids[5:100])
