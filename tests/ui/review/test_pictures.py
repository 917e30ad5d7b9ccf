"""What a reviewer is shown of an item: everything but what the protocol hides, and no address that tells it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from PIL import Image

from explorer import build
from explorer.actions.review import queue_of, start_round
from explorer.data.spaces import predictions_of
from explorer.data.thresholds import Thresholds
from explorer.data.verdicts import BLINDABLE, Protocol
from explorer.points.opened_build import View
from explorer.review.people import OWNER, REVIEWER
from explorer.ui.review.pictures import Pictures

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from explorer.ui.components.review import Picture
    from tests.conftest import Source


def shown(workspace: Workspace, item: str, *, role: str = REVIEWER, **protocol: Any) -> Picture:
    """One item of a round as a person with a role sees it."""
    asked = Protocol("First", (item,), ("Ben",), model="v1", repeats=0, **{"blinded": (), **protocol})
    one = start_round(workspace, asked, author="Ada")
    ids = [each.id for each in queue_of(workspace, one.key, "Ben")]
    return Pictures(View(workspace), one, role, Thresholds(), ids, "ben").of(0, None)


def test_everything_is_told_where_nothing_is_hidden(workspace: Workspace) -> None:
    item = workspace.ids[0]
    facts = dict(shown(workspace, item).facts)
    assert facts["Label"] == "apple"
    assert facts["Prediction"] == "sky"
    assert facts["Model"] == "v1"
    assert facts["camera"] == "right"
    assert facts["File"] == "00.png"
    confidence = float(View(workspace).images.table.frame["v1.confidence"][item])
    assert facts["Confidence"] == f"{confidence:.2f}"


@pytest.mark.parametrize(
    ("hidden", "gone"),
    [
        ("prediction", {"Prediction"}),
        ("confidence", {"Confidence"}),
        ("model", {"Model"}),
        ("label", {"Label", "File"}),
        ("metadata", {"camera", "weight", "split", "File"}),
    ],
)
def test_what_is_hidden_is_not_told(hidden: str, gone: set[str], workspace: Workspace) -> None:
    everything = {"Label", "Prediction", "Confidence", "Model", "File", "camera", "weight", "split"}
    told = {name for name, _ in shown(workspace, workspace.ids[0], blinded=(hidden,)).facts}
    assert told == everything - gone
    assert {name for name, _ in shown_again(workspace, OWNER)} == everything


def shown_again(workspace: Workspace, role: str) -> list[tuple[str, str]]:
    """The facts of the round that is there, for another role."""
    (one,) = workspace.rounds.all()
    return list(Pictures(View(workspace), one, role, Thresholds(), one.protocol.ids, "ben").of(0, None).facts)


def test_addresses_tell_neither_id_nor_row(workspace: Workspace) -> None:
    item = workspace.ids[37]
    picture = shown(workspace, item, blinded=BLINDABLE)
    assert picture.facts == []
    assert picture.row == 0
    assert item not in str(picture)
    assert View(workspace).images.space.key not in picture.collection


def test_boxes_are_drawn_as_far_as_they_are_seen(boxes_workspace: Workspace) -> None:
    image = boxes_workspace.ids[0]
    everything = shown(boxes_workspace, image).boxes
    assert everything is not None
    kinds = [(box.kind, box.model) for box in everything]
    assert sorted(set(kinds)) == [("fp", "v1"), ("tp", "v1"), ("truth-found", ""), ("truth-missed", "")]
    (one,) = boxes_workspace.rounds.all()
    blind = _boxes(boxes_workspace, replace(one, protocol=replace(one.protocol, blinded=("label",))))
    assert {(box.kind, box.model) for box in blind} == {("prediction", "v1")}
    blind = _boxes(boxes_workspace, replace(one, protocol=replace(one.protocol, blinded=("prediction",))))
    assert {(box.kind, box.model) for box in blind} == {("truth-found", "")}
    blind = _boxes(boxes_workspace, replace(one, protocol=replace(one.protocol, blinded=("model", "confidence"))))
    assert {box.model for box in blind} == {"", "model"}
    assert {box.confidence for box in blind} == {None}
    assert not any(box.id.startswith("v1:") for box in blind)
    assert len({box.id for box in blind}) == len(everything)


def _boxes(workspace: Workspace, one: Any) -> Any:
    return Pictures(View(workspace), one, REVIEWER, Thresholds(), one.protocol.ids, "ben").of(0, None).boxes


def test_no_detection_is_drawn_that_does_not_count_but_the_one_that_is_judged(boxes_workspace: Workspace) -> None:
    image = boxes_workspace.ids[0]
    made = boxes_workspace.objects(predictions_of("v1")).query("sample == @image").sort_values("confidence")
    sure = set(made.index[made["confidence"] == made["confidence"].max()])
    assert made.index[0] not in sure
    protocol = Protocol("First", (image, str(made.index[0])), ("Ben",), model="v1", blinded=())
    one = start_round(boxes_workspace, protocol, author="Ada")
    at = Thresholds(confidence=float(made["confidence"].max()))
    pictures = Pictures(View(boxes_workspace), one, REVIEWER, at, one.protocol.ids, "ben")
    whole, judged = (pictures.of(place, None).boxes or () for place in range(2))
    assert {box.id for box in whole if box.model} == sure
    assert {box.id for box in judged if box.model} == {made.index[0], *sure}


def test_a_judged_object_stands_out_on_its_image(boxes_workspace: Workspace) -> None:
    boxes = shown(boxes_workspace, "gt:4").boxes
    assert boxes is not None
    assert [box.id for box in boxes if box.marked] == ["gt:4"]
    assert {box.id for box in boxes if not box.model} == {"gt:4", "gt:5"}


@pytest.fixture
def overlaid(source: Source, tmp_path: Path) -> Workspace:
    """The source, whose first image has an attention map; the second names a file outside."""
    table = pd.read_csv(source.table)
    table["image"] = [str(source.images / name) for name in table["image"]]
    (tmp_path / "data" / "maps").mkdir(parents=True)
    Image.new("L", (32, 32), 200).save(tmp_path / "data" / "maps" / "0.png")
    Image.new("L", (32, 32), 100).save(tmp_path / "outside.png")
    table["attention"] = ["maps/0.png", "../outside.png", *[None] * (len(table) - 2)]
    table.to_csv(tmp_path / "data" / "table.csv", index=False)
    vectors = pd.read_parquet(source.vectors)
    vectors["id"] = table["image"]
    vectors.to_parquet(tmp_path / "data" / "vectors.parquet")
    return build(tmp_path / "data" / "table.csv", tmp_path / "ws", vectors=tmp_path / "data" / "vectors.parquet")


def test_an_overlay_is_what_a_column_names_beside_the_data(overlaid: Workspace) -> None:
    asked = Protocol("First", tuple(overlaid.ids[:3]), ("Ben",), model="v1", repeats=0, blinded=())
    one = start_round(overlaid, asked, author="Ada")
    pictures = Pictures(View(overlaid), one, REVIEWER, Thresholds(), one.protocol.ids, "ben")
    assert [bool(pictures.of(place, None).overlay) for place in range(3)] == [True, False, False]
    assert pictures._overlays is not None
    assert pictures._overlays.filepath(0).name == "0.png"
    with pytest.raises(IndexError):
        pictures._overlays.filepath(1)
    blind = replace(one, protocol=replace(one.protocol, blinded=("prediction",)))
    assert not Pictures(View(overlaid), blind, REVIEWER, Thresholds(), one.protocol.ids, "ben").of(0, None).overlay
