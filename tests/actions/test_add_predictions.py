"""A further model comes beside what is there: no image is embedded again, no map moves, a rebuild keeps it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import explorer
from explorer.actions.add import add
from explorer.actions.add_predictions import add_predictions, remove_predictions
from explorer.embedding.lazy_clip import LazyClip
from explorer.errors import SourceError, WorkspaceError
from explorer.store.derived.building import announce

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.conftest import BoxSource, Source


def _said(source: Source, folder: Path, wrong: str = "leaf") -> Path:
    """Predictions right but for the first five images, named by paths below the source."""
    table = pd.read_csv(source.table)
    said = table["label"].copy()
    said[:5] = wrong
    file = folder / "v3.csv"
    pd.DataFrame({"image": table["image"], "prediction": said, "confidence": 0.75}).to_csv(file, index=False)
    return file


def _bytes(workspace: Workspace, space: str) -> bytes:
    folder = workspace.path / "derived" / workspace.manifest.spaces[space]
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()))


def _no_image(*_: object) -> Any:
    raise AssertionError("an image was embedded")


def test_a_further_model_is_judged_and_has_a_map(source: Source, workspace: Workspace, tmp_path: Path) -> None:
    before = {space: _bytes(workspace, space) for space in workspace.manifest.spaces}
    done = add_predictions(workspace, [("v3", _said(source, tmp_path))])
    after = done.workspace
    assert (done.names, done.skipped) == (["v3"], [])
    assert after.manifest.predictions == ["v1", "v2", "v3"]
    assert after.samples["v3.outcome"].value_counts().to_dict() == {"correct": 55, "wrong": 5}
    assert after.samples["v2 → v3"].notna().all()
    assert after.layout("prediction", model="v3").xy.shape == (60, 2)
    assert {space: _bytes(after, space) for space in before} == before


def test_it_is_what_a_build_with_these_predictions_makes(source: Source, workspace: Workspace, tmp_path: Path) -> None:
    file = _said(source, tmp_path)
    added = add_predictions(workspace, [("v3", file)]).workspace
    built = explorer.build(source.table, tmp_path / "new", vectors=source.vectors, predictions={"v3": file})
    pd.testing.assert_frame_equal(added.samples, built.samples)
    assert added.manifest.spaces == built.manifest.spaces


def test_a_rebuild_keeps_it_also_when_its_file_is_gone(source: Source, workspace: Workspace, tmp_path: Path) -> None:
    file = _said(source, tmp_path)
    added = add_predictions(workspace, [("v3", file)]).workspace
    file.unlink()
    again = explorer.build(source.table, workspace.path, vectors=source.vectors, name="Fruit")
    assert again.manifest.spaces == added.manifest.spaces
    pd.testing.assert_frame_equal(again.samples, added.samples)
    (told,) = again.info()["added_predictions"]
    assert (told["name"], told["source"]) == ("v3", str(file))


def test_relative_paths_start_where_the_file_came_from(source: Source, workspace: Workspace) -> None:
    nested = source.images / "results"
    nested.mkdir(exist_ok=True)
    file = nested / "v4.csv"
    pd.DataFrame({"image": ["../apple/00.png"], "prediction": ["sky"]}).to_csv(file, index=False)
    try:
        added = add_predictions(workspace, [("v4", file)]).workspace
        again = explorer.build(source.table, workspace.path, vectors=source.vectors)
    finally:
        file.unlink()
        nested.rmdir()
    for each in (added, again):
        assert each.samples["v4.prediction"].dropna().to_dict() == {"apple/00.png": "sky"}


def test_a_name_that_is_taken_is_refused(source: Source, workspace: Workspace, tmp_path: Path) -> None:
    file = _said(source, tmp_path)
    before = workspace.manifest.samples
    for name in ("v1", "v3"):
        if name == "v3":
            before = add_predictions(workspace, [(name, file)]).workspace.manifest.samples
        with pytest.raises(WorkspaceError, match=f"predictions of a model '{name}' already"):
            add_predictions(workspace, [(name, file)])
    assert explorer.open_workspace(workspace.path).manifest.samples == before
    with pytest.raises(WorkspaceError, match="without “"):
        add_predictions(workspace, [("a?layout=b", file)])
    with pytest.raises(SourceError, match="found nothing"):
        add_predictions(workspace, [("v9", tmp_path / "gone.csv")])


def test_replacing_is_asked_for_and_outlives_a_rebuild(source: Source, workspace: Workspace, tmp_path: Path) -> None:
    """Also where the table of the source has a model of this name."""
    file = _said(source, tmp_path)
    added = add_predictions(workspace, [("v1", file)], replacing=True).workspace
    again = explorer.build(source.table, workspace.path, vectors=source.vectors)
    for each in (added, again):
        assert each.manifest.predictions == ["v2", "v1"]
        assert (each.samples["v1.confidence"] == 0.75).all()
    with_others = _said(source, tmp_path, wrong="sky")
    replaced = add_predictions(workspace, [("v1", with_others)], replacing=True).workspace
    assert replaced.samples["v1.prediction"].iloc[0] == "sky"


def test_it_can_be_taken_out_again(source: Source, workspace: Workspace, tmp_path: Path) -> None:
    before = dict(workspace.manifest.spaces)
    samples = workspace.samples
    add_predictions(workspace, [("v3", _said(source, tmp_path))])
    after = remove_predictions(workspace, "v3")
    assert after.manifest.spaces == before
    pd.testing.assert_frame_equal(after.samples, samples)
    assert after.info()["added_predictions"] == []
    with pytest.raises(WorkspaceError, match="There are: none"):
        remove_predictions(workspace, "v1")


def test_nothing_is_kept_of_what_cannot_be_published(
    source: Source, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = workspace.manifest
    monkeypatch.setattr("explorer.actions.layers.publish", full)
    with pytest.raises(OSError, match="No space"):
        add_predictions(workspace, [("v3", _said(source, tmp_path))])
    assert explorer.open_workspace(workspace.path).manifest == before
    assert explorer.open_workspace(workspace.path).info()["added_predictions"] == []


def test_images_of_a_batch_are_not_judged(
    source: Source, clip_workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new model said nothing of them; and no image is embedded for it, whatever CLIP it is."""
    from PIL import Image

    folder = tmp_path / "new" / "apple"
    folder.mkdir(parents=True)
    for number in range(3):
        Image.new("RGB", (16, 16), (200, 10 * number, 0)).save(folder / f"n{number}.png")
    batch = add(clip_workspace, folder.parent).workspace
    maps = {space: np.array(batch.layout(space).xy) for space in ("image", "label")}
    monkeypatch.setattr(LazyClip, "encode_images", _no_image)
    done = add_predictions(batch, [("v3", _said(source, tmp_path))]).workspace
    assert len(done.samples) == 63
    assert len(done.judged("v3")) == 60
    assert done.samples["v3.outcome"].notna().sum() == 60
    assert done.layout("prediction", model="v3").xy.shape == (63, 2)
    for space, xy in maps.items():
        np.testing.assert_array_equal(done.layout(space).xy, xy)


def test_boxes_of_a_further_model_are_cut_and_placed(
    box_source: BoxSource, boxes_workspace: Workspace, tmp_path: Path, clip_folder: Path
) -> None:
    """The file is v1's: so are its crops, its map and its figures."""
    file = tmp_path / "v3.json"
    file.write_bytes(box_source.v1.read_bytes())
    before = {space: _bytes(boxes_workspace, space) for space in boxes_workspace.manifest.spaces}
    done = add_predictions(boxes_workspace, [("v3", file)]).workspace
    assert {space: _bytes(done, space) for space in before} == before
    first, further = done.objects("prediction/v1"), done.objects("prediction/v3")
    assert [each.replace("v1:", "v3:") for each in first.index] == list(further.index)
    np.testing.assert_array_equal(
        done.embeddings("prediction", model="v3").vectors, done.embeddings("prediction", model="v1").vectors
    )
    for role in ("tp", "fp", "fn"):
        assert (done.samples[f"v3.{role}"] == done.samples[f"v1.{role}"]).all()
    again = explorer.build(
        box_source.truth, done.path, predictions=box_source.predictions, pretrained=str(clip_folder), name="Boxes"
    )
    assert again.manifest.spaces == done.manifest.spaces


def test_results_on_other_images_are_refused(boxes_workspace: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "v3.json"
    file.write_text(json.dumps([{"image_id": 900, "category_id": 1, "bbox": [0, 0, 5, 5], "score": 0.5}]))
    with pytest.raises(SourceError, match="image id 900"):
        add_predictions(boxes_workspace, [("v3", file)])
    assert explorer.open_workspace(boxes_workspace.path).manifest == boxes_workspace.manifest


def test_what_a_rebuild_cannot_join_is_left_out_with_a_word(
    source: Source, workspace: Workspace, tmp_path: Path
) -> None:
    file = _said(source, tmp_path)
    add_predictions(workspace, [("v3", file)])
    table = pd.read_csv(source.table)
    other = source.images / "other.csv"
    table.assign(**{"v3.prediction": table["label"]}).to_csv(other, index=False)
    try:
        again = explorer.build(other, workspace.path, vectors=source.vectors)
    finally:
        other.unlink()
    assert (again.samples["v3.outcome"] == "correct").all()
    assert {one.filepath: one.reason for one in again.skipped} == {
        "added predictions v3": "the source has a model of this name by now"
    }


def test_detections_of_an_added_model_take_no_ids_of_a_renamed_one(
    boxes_workspace: Workspace, box_source: BoxSource, clip_folder: Path
) -> None:
    """v1 is called old by now, and what was decided of `v1:0` is about its box."""
    files = {"old": box_source.v1, "v2": box_source.v2}
    old = list(boxes_workspace.objects("prediction/v1").index)

    def build() -> Workspace:
        return explorer.build(box_source.truth, boxes_workspace.path, predictions=files, pretrained=str(clip_folder))

    added = add_predictions(build(), [("v1", box_source.v2)]).workspace
    for each in (added, build()):
        assert list(each.objects("prediction/old").index) == old
        assert each.objects("prediction/v1").index[0] == "v1-2:0"
        assert each.manifest.id_names == {"v1": "old", "v1-2": "v1"}
    assert remove_predictions(added, "v1").manifest.id_names == {"v1": "old"}


def test_what_replaces_a_renamed_model_keeps_how_its_ids_begin(
    boxes_workspace: Workspace, box_source: BoxSource, clip_folder: Path
) -> None:
    files = {"old": box_source.v1, "v2": box_source.v2}
    renamed = explorer.build(box_source.truth, boxes_workspace.path, predictions=files, pretrained=str(clip_folder))
    replaced = add_predictions(renamed, [("old", box_source.v2)], replacing=True).workspace
    again = explorer.build(box_source.truth, boxes_workspace.path, predictions=files, pretrained=str(clip_folder))
    for each in (replaced, again):
        assert each.objects("prediction/old").index[0] == "v1:0"
        assert each.manifest.id_names == {"v1": "old"}


def test_added_to_an_interrupted_build_it_makes_what_was_still_to_come(
    source: Source, workspace: Workspace, tmp_path: Path
) -> None:
    whole = workspace.manifest
    images = {"image": whole.spaces["image"]}
    announce(workspace.path, replace(whole, spaces=images, signals={}, unfinished=True))
    added = add_predictions(explorer.open_workspace(workspace.path), [("v3", _said(source, tmp_path))]).workspace
    assert not added.manifest.unfinished
    assert {name: added.manifest.spaces[name] for name in whole.spaces} == whole.spaces
    assert set(added.manifest.signals) >= set(whole.signals)
