"""Exports are noted; a saved view is exported as what it shows; corrections, categories and COCO's numbers go along."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import explorer
from explorer.actions import push
from explorer.actions.correct import confirm, correct
from explorer.actions.export import Chosen, Options, chosen, export, relabel_package, zipped
from explorer.data.subsets import Member
from explorer.data.verdicts import Protocol, Verdict
from explorer.errors import ExplorerError, ViewError
from explorer.exporters import FOLDERS, FORMATS
from explorer.exporters.push import Pushed
from explorer.points.opened_build import View
from explorer.store.decisions.subsets import Decisions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.conftest import BoxSource

ALL = Chosen(everything=True)


def _tag(workspace: Workspace, name: str, ids: Sequence[str], **facts: Any) -> str:
    members = [Member(each, "lasso") for each in ids]
    return workspace.decisions.create_subset(name, author="Ada", members=members, **facts).key


@pytest.mark.parametrize("form", ["csv", "coco"])
def test_an_export_is_noted_with_the_digest_of_its_manifest(form: str, workspace: Workspace, tmp_path: Path) -> None:
    key = _tag(workspace, "dark", workspace.ids[:3])
    out = tmp_path / ("out" if form == "coco" else "out.csv")
    export(workspace, chosen(workspace, ["dark"]), out, Options(form, by="Bo"))
    (noted,) = workspace.exports.all()
    manifest = out / "manifest.json" if form == "coco" else tmp_path / "out.manifest.json"
    assert noted.digest == hashlib.sha256(manifest.read_bytes()).hexdigest()
    assert (noted.place, noted.form, noted.labels, noted.images, noted.author) == (str(out), form, "given", 3, "Bo")
    assert (noted.subsets, noted.everything, noted.without) == ((key,), False, ())


def test_a_download_is_noted_under_its_name(workspace: Workspace) -> None:
    zipped(workspace, ALL, Options("yolo"))
    (noted,) = workspace.exports.all()
    assert (noted.place, noted.everything, noted.images) == ("Fruit-yolo.zip", True, 60)
    zipped(workspace, ALL, Options("coco"), note=False)
    assert workspace.exports.all() == [noted], "of somebody who may only look"


def test_an_export_that_was_not_noted_any_more_is_noted_by_the_next_try(workspace: Workspace, tmp_path: Path) -> None:
    export(workspace, ALL, tmp_path / "out", Options("coco"))
    workspace.exports.undo(workspace.exports.all()[0].author)
    with pytest.raises(ExplorerError, match="new or empty folder"):
        export(workspace, ALL, tmp_path / "out", Options("coco"))
    assert [one.place for one in workspace.exports.all()] == [str(tmp_path / "out")]


def test_what_cannot_be_noted_is_written_all_the_same(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the database was replaced while the app is open: it takes no more decisions."""
    _tag(workspace, "dark", workspace.ids[:3])
    workspace.paths.decisions.unlink()
    with Decisions.open(workspace.paths.decisions) as other:
        other.create_subset("another", author="Cy")
    monkeypatch.setattr(push, "push_label_studio", lambda *_: Pushed(1, "https://there/projects/1/data", 60))
    done = export(workspace, ALL, tmp_path / "out.csv")
    assert done.written.images == 60
    downloaded = zipped(workspace, ALL, Options("csv"))[1]
    pushed = push.push(workspace, ALL, "https://there", Options("label-studio"))
    for warning in (done.warning, downloaded.warning, pushed.warning):
        assert warning.startswith("The export is written, but could not be noted among the decisions: ")


# ---- saved views ------------------------------------------------------------------------------------------


def _look(**said: Any) -> dict[str, Any]:
    return {"widgets": {"space": "image", "model": "v1"}, "hidden": {}, "selection": [], "search": None, **said}


def _stroke(workspace: Workspace, rows: Sequence[int], **said: Any) -> dict[str, Any]:
    stroke = {"mode": "replace", "origin": "thumbnail", "space": "image", "layout": "", "polygon": [], "filters": []}
    return {**stroke, "ids": [workspace.ids[row] for row in rows], **said}


def test_a_view_is_what_is_selected_else_found_else_left_by_its_filters(workspace: Workspace) -> None:
    ids = workspace.ids
    filters = {"widgets": {**_look()["widgets"], "filter_columns": ["label"], "filter label": ["apple", "sky"]}}
    views = {
        "filtered": _look(**filters),
        "hidden": _look(**filters, hidden={"label": ["sky"]}),
        "selected": _look(selection=[_stroke(workspace, [3, 4])]),
        "found": _look(search={"space": "image", "rows": [ids[7], "gone", ids[5]], "title": "x"}),
        "all": _look(),
    }
    for name, look in views.items():
        workspace.views.save(name, look, author="Ada")
    shown = {name: list(chosen(workspace, [], views=[name]).subsets[0].ids) for name in views}
    assert shown == {
        "filtered": [each for each in ids if not each.startswith("leaf")],
        "hidden": [each for each in ids if each.startswith("apple")],
        "selected": [ids[3], ids[4]],
        "found": [ids[7], ids[5]],
        "all": list(ids),
    }


def test_a_lasso_of_a_view_is_asked_again_where_its_map_is_there(workspace: Workspace) -> None:
    points = View(workspace).images
    x, y = points.space.xy[10]
    polygon = [[float(x) - 1e-3, float(y) - 1e-3], [float(x) + 1e-3, float(y) - 1e-3], [float(x), float(y) + 1e-3]]
    for name, layout in (("here", points.space.layout_key), ("gone", "another")):
        stroke = _stroke(workspace, [3], layout=layout, polygon=polygon, origin="lasso")
        workspace.views.save(name, _look(selection=[stroke]), author="Ada")
    assert workspace.ids[10] in chosen(workspace, [], views=["here"]).subsets[0].ids
    assert list(chosen(workspace, [], views=["gone"]).subsets[0].ids) == [workspace.ids[3]], "the points it had then"


def test_a_view_of_boxes_has_those_that_count(boxes_workspace: Workspace) -> None:
    widgets = {"space": "prediction", "model": "v1", "iou": 0.5, "confidence": 0.85}
    boxes_workspace.views.save("sure", _look(widgets=widgets), author="Ada")
    (sure,) = chosen(boxes_workspace, [], views=["sure"]).subsets
    said = boxes_workspace.objects("prediction/v1")
    assert list(sure.ids) == list(said.index[said["confidence"] >= 0.85])
    package = relabel_package(boxes_workspace, chosen(boxes_workspace, [], views=["sure"]))
    assert package.about["subsets"][0]["note"].startswith("placed by: prediction; model: v1")


def test_a_view_that_is_none_is_refused(workspace: Workspace) -> None:
    workspace.views.save("broken", {"widgets": {"space": 7}}, author="Ada")
    with pytest.raises(ViewError, match="cannot be read"):
        chosen(workspace, [], views=["broken"])
    with pytest.raises(ViewError, match="No view is called"):
        chosen(workspace, [], views=["nobody"])


# ---- what goes along --------------------------------------------------------------------------------------


def test_corrections_are_columns_of_the_table_and_stand_in_every_form(workspace: Workspace, tmp_path: Path) -> None:
    ids = workspace.ids
    _tag(workspace, "dark", ids[:2], category="low light", note="see =1+1")
    correct(workspace, {ids[0]: "leaf"}, author="Bo", reason="green")
    confirm(workspace, [ids[1]], author="Cy")
    export(workspace, ALL, tmp_path / "out.csv")
    table = pd.read_csv(tmp_path / "out.csv", index_col="id")
    columns = ["label", "corrected_label", "corrected_by", "correction_source", "tags", "categories"]
    assert list(table.loc[ids[0], columns]) == ["apple", "leaf", "Bo", "review", "dark", "low light"]
    assert list(table.loc[ids[1], columns]) == ["apple", "apple", "Cy", "review", "dark", "low light"]
    assert table.loc[ids[2:], ["corrected_label", "tags", "categories"]].isna().all(axis=None)
    for form in FORMATS:
        place = tmp_path / (form if form in FOLDERS else f"again.{form}")
        export(workspace, ALL, place, Options(form))
        manifest = json.loads(
            (place / "manifest.json" if place.is_dir() else place.with_suffix(".manifest.json")).read_text("utf-8")
        )
        (tag,) = manifest["tags"]
        assert (tag["name"], tag["category"], tag["note"], tag["members"]) == ("dark", "low light", "see =1+1", 2)
        first = manifest["images"][0]
        assert (first["tags"], first["categories"], first["corrected_label"]) == (["dark"], ["low light"], "leaf")
    said = json.loads((tmp_path / "coco" / "instances.json").read_text("utf-8"))
    assert said["annotations"][0]["edgecase"] == {
        "id": ids[0],
        "tags": ["dark"],
        "categories": ["low light"],
        "corrected_label": "leaf",
    }
    task = json.loads((tmp_path / "label-studio" / "tasks.json").read_text("utf-8"))[0]
    assert (task["data"]["categories"], task["data"]["corrected_label"]) == (["low light"], "leaf")
    sample = json.loads((tmp_path / "fiftyone" / "samples.json").read_text("utf-8"))["samples"][0]
    assert (sample["tags"][0], sample["categories"], sample["corrected_label"]) == ("dark", ["low light"], "leaf")
    assert '"corrected_label">leaf<' in (tmp_path / "cvat" / "annotations.xml").read_text("utf-8")
    croissant = pd.read_parquet(tmp_path / "croissant" / "images.parquet").set_index("id")
    assert list(croissant.loc[ids[0], ["tags", "categories", "corrected_label"]]) == ["dark", "low light", "leaf"]


def test_verdicts_go_along_once_their_round_is_closed(workspace: Workspace, tmp_path: Path) -> None:
    """What is hidden stays so until then."""
    first = workspace.ids[0]
    workspace.rounds.start(Protocol("spring", workspace.ids[:2], ("Bo",)), author="Ada")
    one = workspace.rounds.find("spring")
    said = Verdict(one.key, first, "Bo", "incorrect", one.started_at, severity="high", reason="too dark")
    workspace.verdicts.give("spring", [said], author="Bo")
    assert "verdicts" not in relabel_package(workspace, ALL).table
    workspace.rounds.close("spring", author="Ada")
    export(workspace, ALL, tmp_path / "out.csv")
    table = pd.read_csv(tmp_path / "out.csv", index_col="id")
    assert table["verdicts"].dropna().to_dict() == {first: "incorrect, high: too dark (Bo)"}
    export(workspace, ALL, tmp_path / "coco", Options("coco"))
    image = json.loads((tmp_path / "coco" / "instances.json").read_text("utf-8"))["images"][0]
    assert image["edgecase"]["verdicts"] == ["incorrect, high: too dark (Bo)"]


def test_coco_keeps_the_numbers_of_its_source(box_source: BoxSource, clip_folder: Path, tmp_path: Path) -> None:
    """Of images, annotations and categories, in an export of all and of some; a class without boxes stays too."""
    folder = shutil.copytree(box_source.truth.parent, tmp_path / "source")
    content = json.loads((folder / "instances.json").read_text("utf-8"))
    for image in content["images"]:
        image["id"] = 1000 - image["id"]
    for one in content["annotations"]:
        one["image_id"] = 1000 - one["image_id"]
        one["category_id"] *= 10
    for one in content["categories"]:
        one["id"] *= 10
    content["categories"].append({"id": 7, "name": "never"})
    (folder / "instances.json").write_text(json.dumps(content), "utf-8")
    workspace = explorer.build(folder / "instances.json", tmp_path / "ws", pretrained=str(clip_folder))
    _tag(workspace, "some", workspace.ids[3:5])
    for name, what in (("all", ALL), ("some", chosen(workspace, ["some"]))):
        export(workspace, what, tmp_path / name, Options("coco"))
    whole, some = (json.loads((tmp_path / name / "instances.json").read_text("utf-8")) for name in ("all", "some"))
    given = {one["file_name"]: one["id"] for one in content["images"]}
    assert {one["file_name"].rpartition("/")[2]: one["id"] for one in whole["images"]} == given
    assert [one["id"] for one in some["images"]] == [given[each] for each in workspace.ids[3:5]]
    assert {one["name"]: one["id"] for one in some["categories"]} == {"never": 7, "cell": 10, "dot": 20}
    boxes = {one["id"]: (one["image_id"], one["category_id"]) for one in content["annotations"] if one["id"] != 99}
    assert {one["id"]: (one["image_id"], one["category_id"]) for one in whole["annotations"]} == boxes
    assert "coco_id" not in View(workspace).images.colourings(None, ()), "a number is no fact to colour by"


def test_numbers_that_no_source_gave_are_the_same_in_every_export(workspace: Workspace, tmp_path: Path) -> None:
    _tag(workspace, "some", workspace.ids[3:5])
    for name, what in (("all", ALL), ("some", chosen(workspace, ["some"]))):
        export(workspace, what, tmp_path / name, Options("coco"))
    whole, some = (json.loads((tmp_path / name / "instances.json").read_text("utf-8")) for name in ("all", "some"))
    for key in ("images", "annotations"):
        numbers = {one["edgecase"]["id"]: one["id"] for one in whole[key]}
        assert {one["edgecase"]["id"]: one["id"] for one in some[key]} == {
            each: numbers[each] for each in workspace.ids[3:5]
        }


# ---- a kill -----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_an_export_that_is_killed_leaves_no_half_folder(workspace: Workspace, tmp_path: Path) -> None:
    """A real process, killed by the system while it copies; the next export clears what was left of the draft."""
    out = tmp_path / "out"
    script = (
        "import sys, time, explorer.exporters.folder as folder\n"
        "bring = folder._bring\n"
        "folder._bring = lambda *a: (time.sleep(0.05), bring(*a))[1]\n"
        "from explorer.cli import main\n"
        "main(sys.argv[1:])"
    )
    words = ["export", str(workspace.path), "--all", "--format", "images", "--out", str(out)]
    running = subprocess.Popen([sys.executable, "-c", script, *words])
    while not list(tmp_path.glob(".partial-*/images/*/*")):
        assert running.poll() is None
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    assert not out.exists()
    assert workspace.exports.all() == []
    export(workspace, ALL, out, Options("images"))
    assert len(list((out / "images").rglob("*.png"))) == 60
    assert list(tmp_path.glob(".partial-*")) == []
