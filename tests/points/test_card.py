"""The card beside the cursor says little, and the most telling first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.actions.tag import tag
from explorer.data.spaces import LABELS
from explorer.data.subsets import Member
from explorer.points.membership import SUBSET_COLUMN, membership, subsets_of_rows
from explorer.points.opened_build import View

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace


def test_the_value_of_the_colour_comes_first_then_four_facts(built: Workspace) -> None:
    images = View(built).images
    row = images.space.row_of["apple/00.png"]
    said = images.card(row, {"first": "v1.outcome", "title": "Error", "model": "v1"})
    frame = built.samples
    confidence = f"{frame['v1.confidence'].iat[row]:.3g}"
    assert said == [
        ("Error", "wrong"),
        ("Label", "apple"),
        ("Prediction", "sky"),
        ("Confidence", confidence),
        ("id", "apple/00.png"),
    ]


def test_the_colour_is_not_said_twice(built: Workspace) -> None:
    images = View(built).images
    said = images.card(0, {"first": "label", "title": "Label", "model": "v1"})
    assert [title for title, _ in said] == ["Label", "Prediction", "Confidence", "Split", "id"]


def test_a_number_and_a_missing_value_are_said(workspace: Workspace) -> None:
    images = View(workspace).images
    weight = workspace.samples["weight"].to_numpy(np.float64)[3]
    assert images.card(3, {"first": "weight", "title": "weight"})[0] == ("weight", f"{weight:.3g}")
    images.table.frame.loc[:, "note"] = [None] * len(images)
    images.table.frame.loc[images.table.frame.index[1], "note"] = "dark"
    assert images.card(0, {"first": "note", "title": "note"})[0] == ("note", "(missing)")


def test_without_a_model_metadata_follows_the_label(built: Workspace) -> None:
    """What any model said is left out: it is not what one looks at."""
    assert [title for title, _ in View(built).images.card(0, {})] == ["Label", "Split", "camera", "id"]


def test_every_subset_is_named(workspace: Workspace) -> None:
    images = View(workspace).images
    for name, ids in (("Dusk", ["apple/00.png", "apple/01.png"]), ("Rain", ["apple/00.png"])):
        tag(workspace.decisions, name, [Member(one, "ids", None) for one in ids], author="Ada")
    subsets = workspace.decisions.state().subsets
    images.table.put(membership(images, subsets))
    images.subsets = subsets_of_rows(images, subsets)
    rows = images.space.rows(["apple/00.png", "apple/01.png", "apple/02.png"])
    said = [dict(images.card(row, {"first": SUBSET_COLUMN, "title": "Edge-case subset"})) for row in rows]
    assert [one.get("in") for one in said] == ["Dusk, Rain", "Dusk", None]
    assert [one["Edge-case subset"] for one in said] == ["several subsets", "Dusk", "no subset"]


def test_a_box_says_what_it_was_found_to_be(boxes_built: Workspace) -> None:
    labels = View(boxes_built).points(LABELS)
    said = dict(labels.card(labels.space.row_of["gt:3"], {"first": "v1.outcome", "title": "Error", "model": "v1"}))
    assert said["Error"] == "missed"
    assert (said["Label"], said["id"]) == ("cell", "gt:3")
    assert len(said) == 5
