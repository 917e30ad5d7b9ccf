"""What changed between versions of real workspaces."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import binomtest

from explorer import build
from explorer.actions.compare_versions import best_thresholds, compare_versions
from explorer.data.subsets import Member
from explorer.errors import SourceError
from explorer.points.opened_build import View

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.conftest import BoxSource


def test_the_subset_says_that_it_rose(dusk_built: Workspace) -> None:
    said = compare_versions(dusk_built, "v1", "v2")
    day, dusk, few = said["subsets"]
    assert (dusk["value"], dusk["before"]["rate"], dusk["after"]["rate"]) == ("dusk", 0.41, 0.63)
    assert (dusk["n"], dusk["images"], dusk["fixed"], dusk["regressed"]) == (100, 100, 33, 11)
    assert dusk["difference"]["value"] == pytest.approx(0.22)
    assert 0.05 < dusk["difference"]["low"] < 0.22 < dusk["difference"]["high"] < 0.4
    assert dusk["p"] == dusk["q"] == pytest.approx(binomtest(33, 44).pvalue), "the others are too few to be tested"
    assert (few["n"], few["too_few"], day["n"], day["too_few"]) == (5, True, 9, True)
    assert "false_alarms" not in dusk


def test_a_category_is_all_that_is_in_its_subsets(dusk_built: Workspace) -> None:
    (light,) = compare_versions(dusk_built, "v1", "v2")["categories"]
    assert (light["column"], light["value"], light["n"], light["fixed"]) == ("category", "light", 100, 33)


def test_what_the_models_may_have_learnt_from_does_not_count_in_a_category(workspace: Workspace) -> None:
    """Of twenty apples v2 has one right that v1 has wrong, and that one is in the training split, as fifteen are."""
    members = [Member(each, "ids") for each in workspace.ids if each.startswith("apple")]
    workspace.decisions.create_subset("apples", author="Ada", category="fruit", members=members)
    said = compare_versions(workspace, "v1", "v2")
    (fruit,), (subset,) = said["categories"], said["subsets"]
    assert (fruit["n"], fruit["before"]["rate"], fruit["fixed"], fruit["left_out"]) == (5, 0.8, 0, 15)
    assert (subset["n"], subset["fixed"]) == (20, 1), "a subset is what was chosen, whole"
    (fruit,) = compare_versions(workspace, "v1", "v2", count_leaking=True)["categories"]
    assert (fruit["n"], fruit["before"]["rate"], fruit["fixed"], fruit["left_out"]) == (20, 0.9, 1, 0)
    none = compare_versions(workspace, "v1", "v2", group_by="camera")  # each camera took some of training
    assert none["categories"] == []
    assert none["not_evaluated"] == [
        "fruit: nothing of it counts. 20 examples are left out: the model may have learnt from them."
    ]


def test_what_the_models_may_have_learnt_from_can_be_left_out_of_everything(workspace: Workspace) -> None:
    """A quarter of the images is not in the training split: all that is said is of these alone."""
    members = [Member(each, "ids") for each in workspace.ids if each.startswith("apple")]
    workspace.decisions.create_subset("apples", author="Ada", category="fruit", members=members)
    frame = workspace.samples
    test = frame[frame["split"] == "test"]
    said = compare_versions(workspace, "v1", "v2", leave_out_leaking=True)
    overall, (fruit,), (subset,) = said["overall"], said["categories"], said["subsets"]
    assert (overall["n"], overall["left_out"]) == (len(test), len(frame) - len(test)) == (15, 45)
    assert said["judged"] == {"v1": 15, "v2": 15}
    for model, side in (("v1", "before"), ("v2", "after")):
        assert overall[side]["rate"] == (test["label"] == test[f"{model}.prediction"]).mean()
    assert [(one["n"], one["left_out"], one["fixed"]) for one in (fruit, subset)] == [(5, 15, 0)] * 2
    by_label = {one["value"]: one for one in said["segments"] if one["column"] == "label"}
    assert {name: (one["n"], one["left_out"]) for name, one in by_label.items()} == dict.fromkeys(
        test["label"].unique(), (5, 15)
    )
    assert all(one["n"] <= 15 for one in said["segments"])
    assert said["versions"][0]["models"][0]["n"] == 15
    assert abs(np.array(said["confusion"]["rows"])).sum() == 0, "what v2 mends, v1 learnt from"
    with pytest.raises(SourceError, match="as what they may have learnt from is left out"):
        compare_versions(workspace, "v1", "v2", group_by="camera", leave_out_leaking=True)


def test_without_a_training_split_there_is_nothing_to_leave_out(dusk_built: Workspace) -> None:
    with pytest.raises(SourceError, match="Expected images of a training split to leave out, found none"):
        compare_versions(dusk_built, "v1", "v2", leave_out_leaking=True)


def test_boxes_on_images_of_the_training_split_can_be_left_out(
    box_source: BoxSource, clip_folder: Path, tmp_path: Path
) -> None:
    """On the first image v1 has a box in the wrong place, and so misses one: of the others neither is said."""
    truth = json.loads(box_source.truth.read_text("utf-8"))
    for image in truth["images"]:
        image["split"] = "train" if image["id"] == 1 else "test"
        image["file_name"] = str(box_source.truth.parent / image["file_name"])
    (tmp_path / "truth.json").write_text(json.dumps(truth), encoding="utf-8")
    models = dict(box_source.predictions)
    workspace = build(tmp_path / "truth.json", tmp_path / "ws", predictions=models, pretrained=str(clip_folder))
    view, every = View(workspace), compare_versions(workspace, "v1", "v2")
    said = compare_versions(workspace, "v1", "v2", leave_out_leaking=True)
    first = view.labels().space.sample_rows == 0
    assert (said["overall"]["n"], said["overall"]["left_out"]) == ((~first).sum(), first.sum())
    for model, at in best_thresholds(view).items():
        counts = view.points(view.images.name, at).table.frame.iloc[1:]
        tp, fp, fn = (int(counts[f"{model}.{one}"].sum()) for one in ("tp", "fp", "fn"))
        side = said["overall"]["before" if model == "v1" else "after"]
        assert side["rate"] == pytest.approx(tp / (tp + fn))
        assert said["overall"]["false_alarms"][model] == fp
    assert (every["errors"]["localisation"]["v1"], every["errors"]["missed"]["v1"]) == (1, 2)
    assert (said["errors"]["localisation"]["v1"], said["errors"]["missed"]["v1"]) == (0, 1)


def test_overall_is_of_what_both_were_judged_on(dusk_built: Workspace) -> None:
    said = compare_versions(dusk_built, "v1", "v2")
    assert (said["of"], said["metric"], said["judged"]) == ("images", "accuracy", {"v1": 200, "v2": 199})
    overall = said["overall"]
    assert overall["n"] == 199
    assert (overall["before"]["rate"], overall["after"]["rate"]) == pytest.approx((140 / 199, 162 / 199))
    assert said["thresholds"] is said["errors"] is None


def test_the_segment_that_changed_comes_first(dusk_built: Workspace) -> None:
    rows = compare_versions(dusk_built, "v1", "v2")["segments"]
    assert (rows[0]["column"], rows[0]["value"], rows[0]["fixed"]) == ("light", "dusk", 33)
    assert rows[0]["p"] < rows[0]["q"] < 0.05
    assert not any(row["column"].startswith(("v1", "v2", "v3")) for row in rows)
    assert all(row["n"] < 199 for row in rows)


def test_the_confusion_matrices_are_subtracted(dusk_built: Workspace) -> None:
    """v1 calls 59 a lorry, v2 37: 22 more are called right."""
    confusion = compare_versions(dusk_built, "v1", "v2")["confusion"]
    assert confusion["classes"] == ["bus", "car", "lorry"]
    assert confusion["rows"] == [[10, 0, -10], [0, 12, -12], [0, 0, 0]]


def test_every_version_is_in_the_line_of_a_subset(dusk_built: Workspace) -> None:
    lines = {line["subset"]: line for line in compare_versions(dusk_built, "v2", "v3")["versions"]}
    assert list(lines) == [None, "day", "dusk", "few"]
    assert [(one["model"], one["rate"]) for one in lines["dusk"]["models"]] == [("v1", 0.41), ("v2", 0.63), ("v3", 1)]
    assert [one["n"] for one in lines[None]["models"]] == [200, 199, 200]
    assert [lines[name]["too_few"] for name in ("dusk", "few")] == [False, True]


def test_boxes_are_compared_by_what_is_found(boxes_workspace: Workspace) -> None:
    """v1 misses the dot of image 00 and its second cell; v2 calls the dot of 01 a cell and misses one of 02.

    From its best confidence on, .9, v1 has one false alarm, the misplaced dot; v2 the dot as a cell.
    """
    ids = boxes_workspace.ids[:2]
    boxes_workspace.decisions.create_subset("images", author="Ada", members=[Member(each, "lasso") for each in ids])
    boxes_workspace.decisions.create_subset("objects", author="Ada", members=[Member("gt:2", "lasso")])
    said = compare_versions(boxes_workspace, "v1", "v2")
    assert (said["of"], said["metric"], said["confusion"]) == ("objects", "found", None)
    overall = said["overall"]
    assert (overall["n"], overall["fixed"], overall["regressed"]) == (31, 2, 2)
    assert set(said["thresholds"]) == {"v1", "v2"}
    assert said["errors"]["missed"] == {"v1": 2, "v2": 2}, "one of each is without area"
    images, objects = said["subsets"]
    assert (images["n"], images["fixed"], images["regressed"]) == (5, 2, 1)
    assert (objects["n"], objects["fixed"]) == (1, 1)
    assert overall["false_alarms"] == {"v1": 1, "v2": 1}
    assert images["false_alarms"] == {"v1": 1, "v2": 1}
    assert "false_alarms" not in objects


def test_what_cannot_be_compared_is_refused(dusk_built: Workspace) -> None:
    with pytest.raises(SourceError, match=r"Expected one of the models v1, v2, v3, found 'v9'\."):
        compare_versions(dusk_built, "v1", "v9")
    with pytest.raises(SourceError, match=r"Expected two different models, found 'v1' twice\."):
        compare_versions(dusk_built, "v1", "v1")
