"""The pages that came with boxes and the library, run by Streamlit itself without a browser."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageOps
from streamlit.testing.v1 import AppTest

import explorer
from explorer.actions.add import add
from explorer.actions.batches import take_out
from explorer.actions.compare_versions import compare_versions
from explorer.actions.library import detectors, export_library
from explorer.data.spaces import LABELS
from explorer.data.thresholds import Thresholds
from explorer.points.box_table import box_table
from explorer.points.opened_build import View
from explorer.stats.intervals import wilson
from explorer.store.decisions.subsets import Member
from explorer.subsets.selection import Stroke
from explorer.ui.components.viewer import viewer
from explorer.ui.widgets import image_dialog

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1.element_tree import Button

    from explorer.actions.add import Added
    from explorer.store.workspace import Workspace
    from explorer.ui.components.viewer import Box
    from tests.conftest import BoxSource, Source

    Opener = Callable[..., AppTest]

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"
V1 = "prediction/v1"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opener:
    """Open a workspace at a page, with some of the session's state set beforehand."""

    def at(workspace: Workspace, page: str = "map.py", **state: object) -> AppTest:
        monkeypatch.setattr(sys, "argv", ["main.py", str(workspace.path)])
        app = AppTest.from_file(MAIN, default_timeout=60)
        for key, value in {"loop_part": "New images", **state}.items():
            app.session_state[key] = value
        app.run()
        return app if page == "map.py" else app.switch_page(page).run()

    return at


@pytest.fixture
def bare_boxes(box_source: BoxSource, tmp_path: Path) -> Workspace:
    """Boxes with vectors of the person's own: there is a map of images, and none of boxes."""
    np.save(tmp_path / "v.npy", np.random.default_rng(0).normal(size=(12, 8)))
    return explorer.build(
        box_source.truth, tmp_path / "ws", predictions=box_source.predictions, vectors=tmp_path / "v.npy"
    )


def _fine(app: AppTest) -> AppTest:
    assert [(error.message, error.stack_trace) for error in app.exception] == []
    assert [error.value for error in app.error] == []
    return app


def _said(app: AppTest) -> str:
    """All text on the page."""
    kinds = ("markdown", "caption", "info", "warning", "success", "text", "subheader")
    texts = [str(element.value) for kind in kinds for element in getattr(app, kind)]
    texts += [re.sub("<[^>]*>", "", one.proto.body) for one in app.get("html") if "●" in one.proto.body]
    return "\n".join([*texts, *(f"{metric.label}: {metric.value}" for metric in app.metric)])


def _button(app: AppTest, label: str) -> Button:
    (found,) = [button for button in app.button if button.label.startswith(label)]
    return found


def _pressed(app: AppTest, label: str) -> AppTest:
    return _fine(_button(app, label).click().run())


def _labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def _accept(app: AppTest) -> Button:
    (found,) = [button for button in app.button if button.label == "Accept checked"]
    return found


def _picked(space: str, *rows: int) -> tuple[tuple[Stroke, ...], ...]:
    return ((), (Stroke("replace", "thumbnail", space, rows=rows),))


def _subset(workspace: Workspace, name: str, ids: list[str]) -> str:
    return workspace.decisions.create_subset(name, author="Ada", members=[Member(i, "lasso") for i in ids]).key


def _table_of(source: Source, folder: Path, *columns: str) -> Workspace:
    """A build of the shared images with only these columns."""
    table = pd.read_csv(source.table)[["image", *columns]]
    table["image"] = [str(source.images / image) for image in table["image"]]
    table.to_csv(folder / "t.csv", index=False)
    np.save(folder / "v.npy", np.random.default_rng(0).normal(size=(len(table), 8)))
    return explorer.build(folder / "t.csv", folder / "ws", vectors=folder / "v.npy")


@pytest.mark.parametrize("page", ["map.py", "subsets.py", "grow.py", "loop.py", "evaluate.py", "dataset.py"])
def test_every_page_opens_on_boxes_with_and_without_their_maps(
    page: str, opened: Opener, boxes_workspace: Workspace, bare_boxes: Workspace
) -> None:
    for workspace in (boxes_workspace, bare_boxes):
        _fine(opened(workspace, page))


def test_the_evaluate_page_shows_each_models_figures(opened: Opener, workspace: Workspace) -> None:
    app = _fine(opened(workspace, "evaluate.py"))
    figures = app.dataframe[0].value
    assert figures["accuracy"].to_dict() == pytest.approx({"v1": 58 / 60, "v2": 59 / 60}, abs=1e-4)
    by_class = app.dataframe[1].value
    assert by_class.loc["apple", "recall"] == pytest.approx(0.9)
    said = _said(app)
    assert "Fixed: 1" in said
    assert "Still wrong: 1" in said
    assert "Still right: 58" in said
    assert "Regressed: 0" in said


def test_a_new_build_has_new_figures(
    opened: Opener, boxes_workspace: Workspace, box_source: BoxSource, clip_folder: Path
) -> None:
    """In an app that stays open: no figure of the former build is shown again."""
    app = _fine(opened(boxes_workspace, "evaluate.py"))
    before, by_class = (app.dataframe[place].value for place in (0, 1))
    swapped = {"v1": box_source.v2, "v2": box_source.v1}
    explorer.build(box_source.truth, boxes_workspace.path, predictions=swapped, pretrained=str(clip_folder))
    app = _fine(app.run())
    assert before["AP"].nunique() == 2
    assert app.dataframe[0].value["AP"].tolist() == before["AP"].tolist()[::-1]
    assert not app.dataframe[1].value.equals(by_class)


def test_what_a_model_fixed_is_one_click_from_the_map(opened: Opener, workspace: Workspace) -> None:
    app = opened(workspace, "evaluate.py")
    assert _button(app, "Show the 0 regressed").disabled
    app = _pressed(app, "Show the 1 fixed")
    (stroke,) = app.session_state["history"][-1]
    assert (stroke.space, stroke.rows) == ("image", (10,))
    assert (app.session_state["model"], app.session_state["colour"]) == ("v2", "v1 → v2")
    assert "1 of 1 correct here by v2" in _said(app)


def test_what_a_detector_lost_is_shown_with_the_one_that_lost_it(opened: Opener, boxes_workspace: Workspace) -> None:
    """At the thresholds at which it was counted, though those of the other model are others."""
    app = _fine(opened(boxes_workspace, "evaluate.py"))
    assert app.session_state["confidence"] == 0.9
    app = _pressed(app, "Show the 2 regressed")
    now = app.session_state
    assert (now["space"], now["model"], now["colour"], now["confidence"]) == ("label", "v2", "v1 → v2", 0.9)
    assert "0 of 2 found here by v2" in _said(app)
    (stroke,) = now["history"][-1]
    table = box_table(boxes_workspace, LABELS, Thresholds(confidence=0.9))
    assert set(table.iloc[list(stroke.rows)]["v1 → v2"]) == {"regressed"}


@pytest.mark.parametrize(("kind", "space"), [("background", V1), ("missed", "label")])
def test_an_error_is_shown_on_its_map_coloured_by_it(
    kind: str, space: str, opened: Opener, boxes_workspace: Workspace
) -> None:
    app = _fine(opened(boxes_workspace, "evaluate.py", confidence=0.0))
    app = _fine(app.button(key=f"show {kind}").click().run())
    assert app.session_state["colour"] == "v1.error"
    (stroke,) = app.session_state["history"][-1]
    assert stroke.space == space


def test_detections_open_where_the_models_f1_is_best(opened: Opener, boxes_workspace: Workspace) -> None:
    """Said, followed to another model, and one click from all detections and back."""
    app = _fine(opened(boxes_workspace, space="prediction"))
    assert app.session_state["confidence"] == 0.9
    assert "confidence ≥ 0.9, the best F1 of v1" in _said(app)
    app = _pressed(app, "All detections, from 0")
    assert app.session_state["confidence"] == 0.0
    assert "31 of 31 points shown" in _said(app)
    app = _pressed(app, "The best F1 of v1, from 0.9")
    assert app.session_state["confidence"] == 0.9
    app.session_state["model"] = "v2"
    app = _fine(app.run())
    assert "confidence ≥ 0, the best F1 of v2" in _said(app)


def test_a_threshold_that_was_chosen_stays_whatever_the_model(opened: Opener, boxes_workspace: Workspace) -> None:
    app = _fine(opened(boxes_workspace))
    app = _fine(app.slider(key="confidence").set_value(0.3).run())
    app.session_state["model"] = "v2"
    assert _fine(app.run()).session_state["confidence"] == 0.3
    assert _fine(app.switch_page("evaluate.py").run()).session_state["confidence"] == 0.3


def test_without_labels_every_detection_counts(
    opened: Opener, box_source: BoxSource, clip_folder: Path, tmp_path: Path
) -> None:
    truth = json.loads(box_source.truth.read_text("utf-8"))
    for image in truth["images"]:
        shutil.copy(box_source.truth.parent / image["file_name"], tmp_path)
    (tmp_path / "images.json").write_text(json.dumps(truth | {"annotations": []}), "utf-8")
    found = {"v1": box_source.v1}
    bare = explorer.build(tmp_path / "images.json", tmp_path / "ws", predictions=found, pretrained=str(clip_folder))
    app = _fine(opened(bare))
    assert app.session_state["confidence"] == 0.0
    assert not [label for label in _labels(app) if "F1" in label]


def test_one_word_for_what_was_missed_on_every_screen(opened: Opener, boxes_workspace: Workspace) -> None:
    """In filters, on cards and in the columns; the values that are filtered by stay those of files."""
    app = _fine(opened(boxes_workspace, space="label", filter_columns=["v1.outcome"], confidence=0.0))
    (values,) = [one for one in app.multiselect if one.key == "filter v1.outcome"]
    assert values.options == ["found", "missed"]
    app.session_state["filter v1.outcome"] = ["fn"]
    assert "3 of 31 points shown" in _said(_fine(app.run()))
    labels = list(boxes_workspace.objects("label").index)
    facts = dict(View(boxes_workspace).points(LABELS).facts(labels.index("gt:3")))
    assert (facts["v1.outcome"], facts["v2.outcome"]) == ("missed", "found")
    image = dict(View(boxes_workspace).images.facts(0))
    assert (image["v1.missed"], image["v1.false alarms"]) == ("2", "2")
    assert "Missed" in _fine(opened(boxes_workspace)).selectbox(key="colour").options


def test_a_detectors_errors_are_counted_and_one_click_from_the_map(opened: Opener, boxes_workspace: Workspace) -> None:
    app = _fine(opened(boxes_workspace, "evaluate.py", confidence=0.0))
    said = _said(app)
    assert "● 28 found · ● 3 false alarms · ● 3 missed" in said
    for text in ("**1** localisation", "**1** duplicate", "**1** background", "**2** missed", "**0** both"):
        assert text in said
    assert "Fixed: 2" in said
    assert "Regressed: 2" in said
    app = _pressed(app, "Show the 2 of this kind")
    (stroke,) = app.session_state["history"][-1]
    labels = boxes_workspace.objects("label").index
    assert (stroke.space, [labels[row] for row in stroke.rows]) == ("label", ["gt:3", "gt:31"])
    assert app.session_state["space"] == "label"


def test_the_sliders_of_iou_and_confidence_recount(opened: Opener, boxes_workspace: Workspace) -> None:
    app = opened(boxes_workspace, "evaluate.py", iou=0.3, confidence=0.5)
    assert "● 29 found · ● 1 false alarms · ● 2 missed" in _said(_fine(app))
    app.session_state["model"] = "v2"
    assert "**1** classification" in _said(_fine(app.run()))


def test_figures_need_no_maps_of_boxes(opened: Opener, bare_boxes: Workspace) -> None:
    app = _fine(opened(bare_boxes, "evaluate.py", confidence=0.0))
    assert "● 28 found · ● 3 false alarms · ● 3 missed" in _said(app)


@pytest.mark.parametrize(
    ("columns", "said"),
    [(["label"], "No predictions yet"), (["v1.prediction", "v1.confidence"], "No labels to compare with yet")],
)
def test_without_labels_or_predictions_the_page_says_how_to_add_them(
    columns: list[str], said: str, opened: Opener, source: Source, tmp_path: Path
) -> None:
    app = _fine(opened(_table_of(source, tmp_path, *columns), "evaluate.py"))
    assert said in _said(app)
    assert len(app.dataframe) == 0


def test_predictions_without_confidence_have_no_calibration_but_figures(
    opened: Opener, source: Source, tmp_path: Path
) -> None:
    workspace = _table_of(source, tmp_path, "label", "v1.prediction")
    app = _fine(opened(workspace, "evaluate.py"))
    assert app.dataframe[0].value["accuracy"].iloc[0] == pytest.approx(58 / 60, abs=1e-4)


def test_nothing_incoming_says_how_to_bring_images(opened: Opener, workspace: Workspace) -> None:
    said = _said(_fine(opened(workspace, "loop.py")))
    assert "No new images yet" in said
    assert "edgecase add WORKSPACE SOURCE --vectors FILE" in said.replace("\\", "")


@pytest.mark.parametrize("threshold", [0.2, 0.9])
def test_added_images_are_shown_by_what_they_match(
    threshold: float, opened: Opener, clip_workspace: Workspace, source: Source, tmp_path: Path
) -> None:
    """Also where every one matches something."""
    _subset(clip_workspace, "red *ones*", list(clip_workspace.ids[:8]))
    added = _added(clip_workspace, source, tmp_path, threshold)
    app = _fine(opened(clip_workspace, "loop.py"))
    said = _said(app)
    assert "**21 images**" in said
    assert "No point that was already there has moved" in said
    counts = added.workspace.samples["matching_subset"].iloc[60:].fillna("no match").value_counts()
    pills: list[Any] = [each for each in app.get("button_group") if getattr(each, "key", "") == "match new"]
    assert sorted(counts) == sorted(int(re.findall(r"[(]([0-9]+)[)]", option)[0]) for option in pills[0].options)


def _added(workspace: Workspace, source: Source, folder: Path, threshold: float) -> Added:
    """The source's apples under ids of their own, and a white image."""
    (folder / "new").mkdir()
    for file in (source.images / "apple").iterdir():
        ImageOps.mirror(Image.open(file)).save(folder / "new" / f"new {file.name}")
    Image.new("RGB", (32, 32), "white").save(folder / "new" / "white.png")
    return add(workspace, folder / "new", false_alarm=threshold)


def test_added_images_go_to_their_subset_onto_the_map_and_out_again(
    opened: Opener, clip_workspace: Workspace, source: Source, tmp_path: Path
) -> None:
    """Every button of the page, pressed once."""
    _subset(clip_workspace, "red ones", list(clip_workspace.ids[:8]))
    matches = list(_added(clip_workspace, source, tmp_path, 0.9).matches)
    app = _fine(opened(clip_workspace, "loop.py"))
    app = _pressed(app, f"Add {len(matches)} images to red ones")
    members = explorer.open_workspace(clip_workspace.path).subset("red ones").members
    assert set(matches) < set(members)
    assert {members[each].origin for each in matches} == {"search"}
    app = _fine(app.number_input(key="false_alarm").set_value(20.0).run())
    app = _pressed(app, "Match again")
    app = _pressed(app, "Take out new")
    assert "No new images yet" in _said(app)
    assert explorer.open_workspace(clip_workspace.path).manifest.batches == []


def test_a_selection_survives_what_is_added(
    opened: Opener, clip_workspace: Workspace, source: Source, tmp_path: Path
) -> None:
    """New rows come behind those that were there; taking a batch out would shift those behind it."""
    app = _fine(opened(clip_workspace, "map.py", history=((), (Stroke("replace", "thumbnail", rows=(1, 2)),))))
    assert "2 selected" in _said(app)
    _added(clip_workspace, source, tmp_path, 0.2)
    assert "2 selected" in _said(_fine(app.run()))
    take_out(clip_workspace, "new")
    assert "2 selected" not in _said(_fine(app.run()))


def _upload(app: AppTest, key: str, *files: Path) -> AppTest:
    kind = "application/zip" if key == "library_file" else "image/png"
    uploader: Any = next(each for each in app.get("file_uploader") if each.key == key)
    given = [(file.name, file.read_bytes(), kind) for file in files]
    return _fine(uploader.set_value(given if key.startswith("new_images") else given[0]).run())


def test_dropped_images_are_added_and_kept(
    opened: Opener, clip_workspace: Workspace, source: Source, tmp_path: Path
) -> None:
    """Under their own names, in the workspace, each once; one that cannot be read is told."""
    _subset(clip_workspace, "red ones", list(clip_workspace.ids[:8]))
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no image")
    app = _fine(opened(clip_workspace, "loop.py"))
    apple, sky = (source.images / label / "03.png" for label in ("apple", "sky"))
    app = _upload(app, "new_images 0", apple, sky, apple, broken)
    app = _fine(app.number_input(key="false_alarm").set_value(20.0).run())
    app = _fine(app.text_input(key="batch_name 0").set_value("from the field").run())
    app = _pressed(app, "Add 4 images")
    assert "Left out broken.png" in _said(app).replace("\\", "")
    assert "No new images yet" not in _said(app)
    assert "Add" in [button.label for button in app.button]
    kept = explorer.open_workspace(clip_workspace.path)
    assert kept.manifest.batches[0]["name"] == "from the field"
    assert set(kept.ids[60:]) == {"from the field/03.png", "from the field/1 03.png"}
    assert set(kept.samples["copy_of"].dropna()) == {"apple/03.png", "sky/03.png"}
    added = kept.samples["filepath"].iloc[60:]
    assert all(Path(file).is_relative_to(kept.paths.uploads.resolve()) for file in added)
    said = _said(_fine(app.run())).replace("\\", "")
    assert "2 of them are the same file as another image" in said
    assert "UTC from the browser." in said


def test_a_batch_of_boxes_is_shown_by_its_images_and_its_boxes(
    opened: Opener, boxes_workspace: Workspace, box_source: BoxSource, tmp_path: Path
) -> None:
    truth = json.loads(box_source.truth.read_text("utf-8"))
    for image in truth["images"]:
        shutil.copy(box_source.truth.parent / image["file_name"], tmp_path / f"new {image['file_name']}")
        image["file_name"] = f"new {image['file_name']}"
    (tmp_path / "new.json").write_text(json.dumps(truth), "utf-8")
    dots = boxes_workspace.objects("label").query("label == 'dot'").index.tolist()
    _subset(boxes_workspace, "dots", dots)
    add(boxes_workspace, tmp_path / "new.json", predictions=[("v2", box_source.v2)], batch="new", false_alarm=0.5)
    app = _fine(opened(boxes_workspace, "loop.py"))
    shown: list[Any] = [each for each in app.get("button_group") if getattr(each, "key", "") == "space of new"]
    assert list(shown[0].options) == ["Images", "Labelled boxes", "Boxes of v2"]
    app = _fine(shown[0].set_value("label").run())
    assert any(label.startswith("Tag ") and "boxes" in label for label in _labels(app))


def test_a_batch_whose_images_are_all_in_the_build_is_shown(
    opened: Opener, clip_workspace: Workspace, clip_folder: Path, source: Source, tmp_path: Path
) -> None:
    """Its name and the way to take it out are left."""
    _subset(clip_workspace, "red ones", list(clip_workspace.ids[:8]))
    added = _added(clip_workspace, source, tmp_path, 0.9)
    (tmp_path / "new").rename(tmp_path / "built")
    explorer.build(tmp_path / "built", clip_workspace.path, pretrained=str(clip_folder))
    app = _fine(opened(clip_workspace, "loop.py"))
    assert "**0 images**" in _said(app)
    assert f"Take out {added.name}" in _labels(app)


def test_what_could_not_be_added_leaves_nothing_behind(
    opened: Opener, clip_workspace: Workspace, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no image")
    app = _upload(_fine(opened(clip_workspace, "loop.py")), "new_images 0", broken)
    app = _button(app, "Add 1 image").click().run()
    assert "Expected images that are new here, found none" in app.error[0].value
    assert not list(clip_workspace.paths.uploads.iterdir())


def test_a_library_leaves_and_enters_through_the_browser(
    opened: Opener, clip_workspace: Workspace, clip_built: Workspace, tmp_path: Path
) -> None:
    _subset(clip_workspace, "red ones", list(clip_workspace.ids[:8]))
    app = _fine(opened(clip_workspace, "loop.py"))
    assert "52" in _button(app, "Prepare the library file").click().run().error[0].value, "too few for the rate of 5%"
    app = _fine(app.number_input(key="false_alarm").set_value(20.0).run())
    app = _pressed(app, "Prepare the library file")
    (download,) = app.get("download_button")
    assert download.proto.label == "Download edge-cases.zip"
    export_library(clip_workspace, tmp_path / "cases.zip", false_alarm=0.2)
    other = explorer.open_workspace(shutil.copytree(clip_built.path, tmp_path / "other"))
    app = _upload(_fine(opened(other, "loop.py")), "library_file", tmp_path / "cases.zip")
    assert "1 edge cases added: red ones" in _said(_pressed(app, "Import this library"))
    assert [one.name for one in detectors(other)[0]] == ["red ones"]


def test_growing_by_members_proposes_a_page_and_then_one_more(opened: Opener, demo: Workspace, tmp_path: Path) -> None:
    workspace = explorer.open_workspace(shutil.copytree(demo.path, tmp_path / "ws"))
    key = _subset(workspace, "bags", list(workspace.samples.index[workspace.samples["label"] == "Bag"][:5]))
    app = _fine(opened(workspace, "subsets.py", subset=key, subset_tab="Grow"))
    assert "5 members, 0 rejected so far" in _said(app)
    assert "One more page (1,435 left)" in _labels(app)
    app = _pressed(app, "One more page")
    assert "One more page (1,375 left)" in _labels(app)
    assert _accept(app).disabled, "nothing is accepted before anything is checked"


def test_growing_proposes_nothing_below_the_threshold(opened: Opener, workspace: Workspace) -> None:
    key = _subset(workspace, "some", list(workspace.ids[:3]))
    app = _fine(opened(workspace, "subsets.py", subset=key, subset_tab="Grow"))
    (slider,) = [each for each in app.slider if each.label.startswith("Propose from")]
    app = _fine(slider.set_value(slider.max).run())
    assert not [label for label in _labels(app) if label.startswith("One more page")]
    assert "Nothing left to propose" in _said(app) or _accept(app).disabled


def test_growing_by_words_ranks_by_what_the_model_reads(opened: Opener, clip_workspace: Workspace) -> None:
    _subset(clip_workspace, "some", list(clip_workspace.ids[:3]))
    app = opened(clip_workspace, "grow.py")
    app = _fine(app.selectbox(key="rank_by").set_value("Words").run())
    assert not [label for label in _labels(app) if label.startswith("Accept")], "first say what to look for"
    app = _fine(app.text_input(key="grow_words").set_value("a *leaf* <b>").run())
    assert [label for label in _labels(app) if label.startswith("Accept")]


def test_own_vectors_grow_by_members_only(opened: Opener, workspace: Workspace) -> None:
    _subset(workspace, "some", list(workspace.ids[:3]))
    assert opened(workspace, "grow.py").selectbox(key="rank_by").options == ["Its members and rejections"]


def test_growing_says_when_little_is_left_to_find(opened: Opener, workspace: Workspace) -> None:
    key = _subset(workspace, "some", list(workspace.ids[:3]))
    app = opened(workspace, "grow.py")
    assert "of the last" not in _said(app)
    workspace.decisions.reject_candidates(key, list(workspace.ids[10:40]), author="Ada")
    assert "Only 0 of the last" in _said(_fine(app.run()))


def test_boxes_grow_among_the_points_of_any_space(opened: Opener, boxes_workspace: Workspace) -> None:
    _subset(boxes_workspace, "small dots", ["gt:2", "gt:5"])
    app = _fine(opened(boxes_workspace, "grow.py"))
    (among,) = [each for each in app.selectbox if each.label == "Look among"]
    assert (among.value, among.options) == ("label", ["image", "label", V1, "prediction/v2"])
    for space in among.options:
        app = _fine(among.set_value(space).run())
        (among,) = [each for each in app.selectbox if each.label == "Look among"]
        assert [label for label in _labels(app) if label.startswith("Accept")], space


def test_a_subset_of_boxes_is_shown_on_the_map_of_its_boxes(opened: Opener, boxes_workspace: Workspace) -> None:
    key = _subset(boxes_workspace, "dots", ["v1:1", "v1:2"])
    app = _fine(opened(boxes_workspace, "subsets.py", subset=key))
    assert "2 selected" in _said(_pressed(app, "Show on map"))
    assert app.session_state["space"] == "prediction"


def test_a_subset_of_boxes_is_judged_as_the_map_judges_it(opened: Opener, boxes_workspace: Workspace) -> None:
    """Of all labelled boxes v1 finds fewer from a confidence on."""
    ids = list(boxes_workspace.ids_of(LABELS))
    boxes_workspace.decisions.create_subset("all", author="Ada", members=[Member(each, "lasso") for each in ids])
    shares = []
    for confidence in (0.0, 0.95):
        table = box_table(boxes_workspace, LABELS, Thresholds(confidence=confidence))
        shares.append(100 * (table["v1.outcome"] == "tp").mean())
        listed = _fine(opened(boxes_workspace, "subsets.py", confidence=confidence)).dataframe[0].value
        assert listed["Correct"].tolist() == [pytest.approx(shares[-1])]
    assert shares[1] < shares[0]


@pytest.mark.parametrize(
    ("space", "column", "count"),
    [("image", "Labelled boxes", 12), ("label", "size", 31), ("prediction", "Error type", 31)],
)
def test_the_map_of_each_space_has_its_own_columns(
    space: str, column: str, count: int, opened: Opener, boxes_workspace: Workspace
) -> None:
    app = _fine(opened(boxes_workspace, space=space))
    assert column in app.selectbox(key="colour").options
    said = _said(app)
    assert f"of {count} points shown" in said


def test_images_with_boxes_are_coloured_by_what_was_not_found(opened: Opener, boxes_workspace: Workspace) -> None:
    """The panel's share follows the thresholds, as those of the boxes do."""
    app = _fine(opened(boxes_workspace, history=_picked("image", *range(12))))
    assert app.selectbox(key="colour").value == "v1.fn"
    frame = boxes_workspace.samples
    share = frame["v1.tp"].sum() / (frame["v1.tp"] + frame["v1.fn"]).sum()
    assert f"**{share:.0%} of the objects found** here by v1" in _said(app)
    app = _fine(app.slider(key="confidence").set_value(0.95).run())
    strict = box_table(boxes_workspace, LABELS, Thresholds(confidence=0.95))["v1.outcome"]
    assert (strict == "tp").sum() < frame["v1.tp"].sum()
    assert f"**{(strict == 'tp').mean():.0%} of the objects found** here by v1" in _said(app)


def test_the_map_and_compare_give_the_same_rate_the_same_interval(opened: Opener, boxes_workspace: Workspace) -> None:
    """Boxes of one image are right or wrong together: both draw images again, of all there is and of a selection."""
    labels = View(boxes_workspace).labels().space
    rows = [row for row in range(len(labels.ids)) if labels.sample_rows[row] < 10]
    members = [Member(each, "lasso") for each in labels.ids_of(rows)]
    boxes_workspace.decisions.create_subset("some", author="Ada", members=members)
    said = compare_versions(boxes_workspace, "v1", "v2")
    here = said["subsets"][0]["before"]
    assert (here["low"], here["high"]) != pytest.approx(wilson(here["rate"], len(rows)), abs=1e-3)
    assert here["low"] < here["rate"] < here["high"]
    shown = _said(_fine(opened(boxes_workspace, space="label", history=_picked("label", *rows))))
    assert f"**{here['rate']:.0%} found** here by v1 ({here['low']:.0%} to {here['high']:.0%})" in shown
    everything = said["overall"]["before"]
    shown = _said(_fine(opened(boxes_workspace)))
    assert f"**{everything['rate']:.1%}** of the labelled objects" in shown
    assert f"{everything['low']:.1%} to {everything['high']:.1%}" in shown


@pytest.mark.parametrize("space", ["image", "label", "prediction"])
def test_a_map_can_be_coloured_by_whatever_it_offers(space: str, opened: Opener, boxes_workspace: Workspace) -> None:
    app = _fine(opened(boxes_workspace, space=space))
    for name in app.selectbox(key="colour").options:
        app = _fine(app.selectbox(key="colour").select(name).run())


def test_a_selection_is_counted_in_the_space_that_is_shown(opened: Opener, boxes_workspace: Workspace) -> None:
    app = opened(boxes_workspace, history=_picked(V1, 0, 1, 2), space="prediction")
    assert "3 selected" in _said(_fine(app))
    assert "Tag 3 boxes…" in _labels(app)
    for space, count in (("label", 2), ("image", 1)):
        app.session_state["space"] = space
        assert f"{count} selected" in _said(_fine(app.run()))


def test_all_maps_side_by_side_name_their_spaces(opened: Opener, boxes_workspace: Workspace) -> None:
    app = opened(boxes_workspace, history=_picked("image", 0))
    app = _fine(app.toggle(key="linked").set_value(True).run())
    said = _said(app)
    for caption in ("Images", "Labels", "Predictions of v1", "1 selected"):
        assert caption in said
    app.session_state["model"] = "v2"
    assert "Predictions of v2" in _said(_fine(app.run()))


def test_maps_of_classification_stand_side_by_side_too(opened: Opener, workspace: Workspace) -> None:
    app = opened(workspace, linked=True, history=_picked("image", 0, 1))
    said = _said(_fine(app))
    assert "Predictions of v1" in said
    assert "2 selected" in said


@pytest.mark.parametrize("name", ["image", "label", V1])
def test_a_point_opens_large_with_the_boxes_of_its_image(name: str, opened: Opener, boxes_workspace: Workspace) -> None:
    app = _fine(opened(boxes_workspace, opened=(name, 1, ()), confidence=0.0))
    said = _said(app).replace("\\", "")
    facts = {"image": ["01.png", "| light | day |"], "label": ["gt:2", "| label | dot |"], V1: ["v1:1", "duplicate"]}
    for fact in (*facts[name], "Nearest in the original"):
        assert fact in said
    app = _pressed(app, "Find similar images")
    assert "most like" in _said(app)


def test_where_nobody_said_what_is_there_no_detection_is_a_false_alarm(
    opened: Opener, box_source: BoxSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = json.loads(box_source.truth.read_text("utf-8")) | {"annotations": []}
    bare = box_source.truth.with_name("bare.json")
    bare.write_text(json.dumps(truth), "utf-8")
    np.save(tmp_path / "v.npy", np.random.default_rng(0).normal(size=(12, 8)))
    built = explorer.build(bare, tmp_path / "ws", predictions={"v1": box_source.v1}, vectors=tmp_path / "v.npy")
    shown: list[Box] = []

    def draw(**options: Any) -> Box | None:
        shown.extend(options["boxes"])
        return viewer(**options)

    monkeypatch.setattr(image_dialog, "viewer", draw)
    _fine(opened(built, opened=("image", 0, ())))
    assert {(box.kind, box.model) for box in shown} == {("prediction", "v1")}


def test_a_point_without_maps_of_boxes_opens_with_its_boxes(opened: Opener, bare_boxes: Workspace) -> None:
    said = _said(_fine(opened(bare_boxes, opened=("image", 0, ())))).replace("\\", "")
    assert "00.png" in said


@pytest.mark.parametrize("space", ["image", "label", "prediction"])
def test_a_selection_of_boxes_is_explained(space: str, opened: Opener, boxes_workspace: Workspace) -> None:
    """With CLIP's words, since the boxes were embedded by a CLIP."""
    name = V1 if space == "prediction" else space
    app = opened(boxes_workspace, space=space, history=_picked(name, *range(1, 9, 2)))
    app = _pressed(app, "What sets these apart")
    said = _said(app)
    assert "Most typical" in said
    assert "Most extreme" in said
    assert "In CLIP's words" in said


def test_a_selection_of_images_is_explained_without_a_text_side(opened: Opener, workspace: Workspace) -> None:
    app = opened(workspace, history=_picked("image", *range(20)))
    said = _said(_pressed(app, "What sets these apart"))
    assert "| Label | apple | 100% | **3.0×** |" in said
    assert "In CLIP's words" not in said


def test_everything_has_nothing_to_be_compared_with(opened: Opener, workspace: Workspace) -> None:
    app = opened(workspace, history=_picked("image", *range(60)))
    assert "There is nothing to compare with" in _said(_pressed(app, "What sets these apart"))


def test_a_filter_on_counts_survives_other_thresholds_and_spaces(opened: Opener, boxes_workspace: Workspace) -> None:
    """The slider's ends move with the counts; where all are alike, or the points have none, there is no slider."""
    app = opened(boxes_workspace, filter_columns=["v1.fp"])
    app.session_state["filter v1.fp"] = (2.0, 2.0)
    _fine(app.run())
    for confidence in (0.85, 0.95):
        app = _fine(app.slider(key="confidence").set_value(confidence).run())
    assert "the same for all points" in _said(app)
    app.session_state["space"] = "label"
    assert "these points do not have it" in _said(_fine(app.run()))


def test_the_images_of_the_dataset_page_are_judged_as_on_the_map(opened: Opener, boxes_workspace: Workspace) -> None:
    counts = {}
    for confidence in (0.0, 0.95):
        table = _fine(opened(boxes_workspace, "dataset.py", confidence=confidence)).dataframe
        listed = next(one.value for one in table if "v1.fn" in one.value)
        counts[confidence] = int(listed["v1.fn"].sum())
        strict = box_table(boxes_workspace, LABELS, Thresholds(confidence=confidence))["v1.outcome"]
        assert counts[confidence] == (strict == "fn").sum()
    assert counts[0.95] > counts[0.0]
