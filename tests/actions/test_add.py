"""New images become ordinary rows of the frozen maps: placed alike whatever they come with, matched, and taken out."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageOps

import explorer
from explorer.actions.add import add, match_again
from explorer.actions.batches import left_out_batches, take_out
from explorer.actions.evaluate import evaluate
from explorer.actions.export import Chosen, relabel_package
from explorer.cli import main
from explorer.data.filters import OneOf
from explorer.data.spaces import LABELS, predictions_of
from explorer.errors import ModelError, SourceError, WorkspaceError
from explorer.points.opened_build import View
from explorer.store.backup import backup, restore
from explorer.store.decisions.subsets import Member
from explorer.store.received.arrivals import settle
from explorer.store.received.batches import read_batches, save_batch
from explorer.store.relocation import relocate
from explorer.subsets.selection import Stroke

if TYPE_CHECKING:
    from explorer.data.records import Float32, Progress
    from explorer.store.workspace import Workspace
    from tests.conftest import BoxSource, Source

COLOURS = {"apple": (210, 40, 20), "leaf": (40, 150, 50), "sky": (50, 90, 210)}


def _arrive(folder: Path, names: list[str], *, labelled: bool = True) -> Path:
    """A table of new images, `apple 1.png` and the like, with what v1 says of them; without a word of v2."""
    folder.mkdir(exist_ok=True)
    rows = []
    for name in names:
        label = name.partition(" ")[0]
        chance = np.random.default_rng(sum(map(ord, name)))
        pixels = np.clip(np.array(COLOURS[label]) + chance.normal(0, 25, (32, 32, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / name)
        rows.append({"image": name, "label": label, "v1.prediction": "sky", "v1.confidence": 0.9, "camera": "new"})
    table = pd.DataFrame(rows)
    (table if labelled else table.drop(columns="label")).to_csv(folder / "new.csv", index=False)
    return folder / "new.csv"


def _maps(workspace: Workspace) -> dict[str, Float32]:
    return {str(space): np.array(workspace.layout(space).xy) for space in workspace.spaces}


NEW = ["apple 1.png", "apple 2.png", "leaf 1.png", "sky 1.png"]


def test_new_images_are_rows_of_the_same_maps_and_no_old_point_moves(clip_workspace: Workspace, tmp_path: Path) -> None:
    before, keys = _maps(clip_workspace), [clip_workspace.layout_key(space) for space in clip_workspace.spaces]
    old = clip_workspace.samples
    done = add(clip_workspace, _arrive(tmp_path / "new", NEW), batch="monday")
    after = explorer.open_workspace(clip_workspace.path)
    assert list(after.ids) == [*old.index, *NEW]
    assert after.samples["batch"].tolist() == ["original"] * 60 + ["monday"] * 4
    for space, xy in _maps(after).items():
        assert xy[:60].tobytes() == before[space].tobytes()
        assert np.isfinite(xy[60:]).all()
        assert (xy[60:] >= before[space].min(axis=0) - 1e-4).all()
        assert (xy[60:] <= before[space].max(axis=0) + 1e-4).all()
    assert [after.layout_key(space) for space in after.spaces] == keys, "what was drawn on a map is still drawn on it"
    signals = ["label_disagreement", "neighbor_distance", "neighbors_kept"]
    pd.testing.assert_frame_equal(after.samples.loc[old.index, signals], old[signals])
    assert after.samples.loc[NEW, "neighbor_distance"].notna().all()
    assert after.samples.loc[NEW, "v1.outcome"].tolist() == ["wrong", "wrong", "wrong", "correct"]
    assert after.samples.loc[NEW, "v2.outcome"].isna().all(), "v2 was not asked"
    assert done.workspace.manifest.batches == after.manifest.batches
    assert (after.neighbors().indices[60:] < 60).all(), "new points are told by old ones alone"


def test_a_point_is_placed_alike_whatever_it_is_added_with(clip_built: Workspace, tmp_path: Path) -> None:
    alone, together = (explorer.open_workspace(shutil.copytree(clip_built.path, tmp_path / name)) for name in "ab")
    first = add(alone, _arrive(tmp_path / "one", NEW[:1])).workspace
    second = add(together, _arrive(tmp_path / "all", [*NEW[::-1], *(f"leaf {n}.png" for n in range(10, 40))])).workspace
    row = second.rows[NEW[0]]
    for space in first.spaces:
        assert first.layout(space).xy[60].tobytes() == second.layout(space).xy[row].tobytes()


def test_a_lasso_of_before_takes_in_what_was_added_where_it_was_drawn(
    clip_workspace: Workspace, tmp_path: Path
) -> None:
    added = add(clip_workspace, _arrive(tmp_path / "new", NEW)).workspace
    drawn = Stroke(
        "replace", "lasso", "image", clip_workspace.layout_key(), ((-99, -99), (99, -99), (99, 99), (-99, 99))
    )
    view = View(added)
    assert view.mask((drawn,), view.images).all()
    only_new = view.visible((OneOf("batch", frozenset(["new"])),), view.images)
    assert np.flatnonzero(only_new).tolist() == [60, 61, 62, 63]


def test_added_images_are_tagged_and_exported_like_any_other(clip_workspace: Workspace, tmp_path: Path) -> None:
    added = add(clip_workspace, _arrive(tmp_path / "new", NEW)).workspace
    added.decisions.create_subset(
        "red", author="Ada", members=[Member(each, "lasso") for each in (NEW[0], added.ids[0])]
    )
    package = relabel_package(added, Chosen((added.subset("red"),)))
    assert list(package.table.index) == [NEW[0], added.ids[0]]
    assert package.table["batch"].tolist() == ["new", "original"]


def test_ids_that_are_taken_are_refused_and_copies_named(clip_workspace: Workspace, tmp_path: Path) -> None:
    """An image under an id of before is never overwritten; the same bytes under another id are a copy."""
    first = clip_workspace.samples.iloc[0]
    folder = tmp_path / "new"
    table = pd.read_csv(_arrive(folder, NEW[:1]))
    (folder / "apple").mkdir()
    shutil.copy(first["filepath"], folder / "apple" / "00.png")  # the same image under the same id
    shutil.copy(first["filepath"], folder / "copied.png")
    shutil.copy(folder / "apple 1.png", folder / "again.png")
    shutil.copy(folder / "apple 1.png", folder / "apple" / "01.png")  # another image under an id of before
    names = ["apple/00.png", "apple/01.png", "copied.png", "again.png"]
    pd.concat([table, pd.DataFrame({"image": names, "label": "apple"})]).to_csv(folder / "new.csv", index=False)
    before = clip_workspace.samples.loc[["apple/00.png", "apple/01.png"], "digest"].tolist()
    done = add(clip_workspace, folder / "new.csv")
    reasons = {one.filepath: one.reason for one in done.refused}
    assert reasons == {
        "apple/00.png": "the workspace has this image already",
        "apple/01.png": "the workspace has another image with this id",
    }
    assert done.copies == {"copied.png": "apple/00.png", "again.png": "apple 1.png"}
    samples = done.workspace.samples
    assert samples["copy_of"].dropna().to_dict() == done.copies
    assert samples.loc[["apple/00.png", "apple/01.png"], "digest"].tolist() == before
    with pytest.raises(SourceError, match="found none"):
        add(done.workspace, folder / "new.csv")


def test_a_batch_is_taken_out_again_and_decisions_about_it_stay(clip_workspace: Workspace, tmp_path: Path) -> None:
    before = clip_workspace.manifest
    one = add(clip_workspace, _arrive(tmp_path / "new", NEW), batch="one").workspace
    both = add(one, _arrive(tmp_path / "more", ["sky 9.png"]), batch="two").workspace
    both.decisions.create_subset("kept", author="Ada", members=[Member(NEW[0], "lasso"), Member("sky 9.png", "lasso")])
    left = take_out(both, "one")
    assert [batch["name"] for batch in left.manifest.batches] == ["two"]
    assert list(left.ids[60:]) == ["sky 9.png"]
    none = take_out(left, "two")
    assert (none.manifest.samples, none.manifest.spaces) == (before.samples, before.spaces)
    assert none.manifest.base == {}
    assert "batch" not in none.samples
    assert list(none.subset("kept").ids) == [NEW[0], "sky 9.png"]
    again = add(none, tmp_path / "new" / "new.csv", batch="one").workspace
    assert [each for each in again.subset("kept").ids if each in again.rows] == [NEW[0]]
    with pytest.raises(WorkspaceError, match=r"found 'three'\. There are: one"):
        take_out(again, "three")


def test_a_build_keeps_what_was_added(
    source: Source, clip_workspace: Workspace, clip_folder: Path, tmp_path: Path
) -> None:
    added = add(clip_workspace, _arrive(tmp_path / "new", NEW), batch="monday").workspace
    rebuilt = explorer.build(source.table, clip_workspace.path, pretrained=str(clip_folder))
    assert rebuilt.manifest.spaces == added.manifest.spaces
    assert rebuilt.samples.loc[NEW, "batch"].tolist() == ["monday"] * 4
    other = explorer.build(source.table, clip_workspace.path, vectors=source.vectors)
    assert NEW[0] not in other.rows
    assert [one.reason for one in other.skipped] == [
        "its vectors are of another model than the maps; take it out, and add its images again"
    ]
    assert [batch.name for batch in read_batches(other.paths)[0]] == ["monday"], "it is kept as it came"


def test_a_batch_whose_taking_out_was_killed_is_joined_and_matched_by_the_next(
    clip_workspace: Workspace, tmp_path: Path
) -> None:
    """Received, but named by no manifest any more."""
    reds = [Member(each, "lasso") for each in clip_workspace.ids[:8]]
    clip_workspace.decisions.create_subset("red ones", author="Ada", members=reds)
    there = add(clip_workspace, _arrive(tmp_path / "new", NEW), batch="killed", false_alarm=0.2).workspace
    ((received,), _) = read_batches(there.paths)
    take_out(there, "killed")
    settle(there.paths.batches, [save_batch(there.paths, received)])
    (clip_workspace.paths.batches / ".partial-x").mkdir()
    (clip_workspace.paths.batches / ".partial-x" / "batch.json").write_text("{")
    now = explorer.open_workspace(clip_workspace.path)
    assert now.manifest.batches == []
    both = add(now, _arrive(tmp_path / "more", ["sky 9.png"]), batch="two", false_alarm=0.2).workspace
    assert [batch["name"] for batch in both.manifest.batches] == ["killed", "two"]
    assert both.samples.loc[NEW, "matching_subset"].tolist() == there.samples.loc[NEW, "matching_subset"].tolist()
    assert set(there.samples.loc[NEW, "matching_subset"].dropna()) == {"red ones"}


def test_without_labels_no_model_is_right_or_wrong(clip_workspace: Workspace, tmp_path: Path) -> None:
    figures = evaluate(clip_workspace)
    added = add(clip_workspace, _arrive(tmp_path / "new", NEW, labelled=False)).workspace
    assert added.samples.loc[NEW, ["label", "v1.outcome"]].isna().all().all()
    assert evaluate(added) == figures


def _new_scenes(folder: Path, box_source: BoxSource) -> tuple[Path, Path]:
    """Three of the scenes turned upside down, under ids of their own, with v2's detections on them."""
    folder.mkdir()
    truth = json.loads(box_source.truth.read_text("utf-8"))
    found = json.loads(box_source.v2.read_text("utf-8"))
    images = truth["images"][:3]
    known = {image["id"] for image in images}
    for image in images:
        picture = Image.open(box_source.truth.parent / image["file_name"])
        image["file_name"] = f"turned {image['file_name']}"
        picture.transpose(Image.Transpose.ROTATE_180).save(folder / image["file_name"])

    def turned(entry: dict[str, Any]) -> dict[str, Any]:
        x, y, width, height = entry["bbox"]
        return {**entry, "bbox": [96 - x - width, 64 - y - height, width, height]}

    boxes = [turned(each) for each in truth["annotations"] if each["image_id"] in known and each["id"] != 99]
    (folder / "new.json").write_text(json.dumps({**truth, "images": images, "annotations": boxes}), "utf-8")
    (folder / "v2.json").write_text(json.dumps([turned(each) for each in found if each["image_id"] in known]), "utf-8")
    return folder / "new.json", folder / "v2.json"


def test_new_boxes_are_points_of_the_maps_of_boxes(
    boxes_workspace: Workspace, box_source: BoxSource, tmp_path: Path
) -> None:
    """Under ids of their own: annotations are numbered from 1 in every file. v1, not asked, is judged as before."""
    before, figures = _maps(boxes_workspace), evaluate(boxes_workspace, "v1")
    table, found = _new_scenes(tmp_path / "new", box_source)
    after = add(boxes_workspace, table, batch="turned", predictions=[("v2", found)]).workspace
    old = len(boxes_workspace.objects(LABELS))
    for space, xy in _maps(after).items():
        assert xy[: len(before[space])].tobytes() == before[space].tobytes()
    new = after.objects(LABELS).iloc[old:]
    assert list(new.index[:2]) == ["turned/gt:1", "turned/gt:2"]
    assert (len(new), len(after.objects(predictions_of("v1")))) == (
        8,
        len(boxes_workspace.objects(predictions_of("v1"))),
    )
    images = [f"turned {n:02}.png" for n in range(3)]
    assert after.samples.loc[images, "v2.fn"].tolist() == boxes_workspace.samples["v2.fn"].iloc[:3].tolist()
    assert after.samples.loc[images, ["v1.tp", "v1.fn", "v1.outcome"]].isna().all().all()
    assert evaluate(after, "v1") == figures
    view = View(after)
    labels = view.points(LABELS)
    assert labels.table.frame["batch"].iloc[-8:].tolist() == ["turned"] * 8
    assert labels.table.frame["v1.outcome"].iloc[-8:].isna().all()
    assert labels.table.frame["v2.outcome"].iloc[-8:].isin(["tp", "fn"]).all()
    assert after.point_ids >= {"turned/gt:1", "turned/v2:0"}


def test_images_without_boxes_join_a_workspace_of_boxes(boxes_workspace: Workspace, tmp_path: Path) -> None:
    _arrive(tmp_path / "new", NEW)
    done = add(boxes_workspace, tmp_path / "new" / "new.csv")
    assert any("labels and predictions of whole images are left out" in one.reason for one in done.skipped)
    added = done.workspace
    assert added.samples.loc[NEW, ["boxes", "v1.fp", "v1.outcome"]].isna().all().all(), "nobody looked"
    assert len(added.objects(LABELS)) == len(boxes_workspace.objects(LABELS))


def test_own_vectors_take_vectors_of_the_same_width(workspace: Workspace, tmp_path: Path) -> None:
    table = _arrive(tmp_path / "new", NEW)
    with pytest.raises(ModelError, match="edgecase add WORKSPACE SOURCE --vectors FILE"):
        add(workspace, table)
    for width in (7, 8):
        np.save(tmp_path / f"{width}.npy", np.eye(4, width, dtype=np.float32))
    with pytest.raises(ModelError, match="Expected vectors of 8 numbers, as the workspace has them, found 7"):
        add(workspace, table, vectors=tmp_path / "7.npy")
    done = add(workspace, table, vectors=tmp_path / "8.npy")
    np.testing.assert_array_equal(done.workspace.embeddings().vectors[60:], np.eye(4, 8, dtype=np.float32))
    assert [len(done.workspace.layout(space).xy) for space in done.workspace.spaces] == [64] * 4


def test_what_has_no_place_in_the_workspace_is_refused(
    clip_workspace: Workspace, box_source: BoxSource, tmp_path: Path
) -> None:
    table = _arrive(tmp_path / "new", NEW)
    with pytest.raises(SourceError, match="found boxes"):
        add(clip_workspace, box_source.truth)
    pd.DataFrame({"image": NEW, "prediction": "sky"}).to_csv(tmp_path / "v9.csv", index=False)
    with pytest.raises(SourceError, match=r"models that the workspace has \(v1, v2\), found v9"):
        add(clip_workspace, table, predictions=[("v9", tmp_path / "v9.csv")])
    with pytest.raises(ModelError, match="leave --vectors out"):
        add(clip_workspace, table, vectors=tmp_path / "v9.csv")
    assert explorer.open_workspace(clip_workspace.path).manifest == clip_workspace.manifest
    add(clip_workspace, table, batch="one")
    with pytest.raises(WorkspaceError, match="There is a batch 'one' already"):
        add(clip_workspace, _arrive(tmp_path / "more", ["sky 9.png"]), batch="one")


def test_added_points_say_which_edge_case_they_belong_to(clip_workspace: Workspace, tmp_path: Path) -> None:
    """With a new subset, the same batch is held against it too; the added images are not ordinary ones for it."""
    done = add(clip_workspace, _arrive(tmp_path / "new", NEW), false_alarm=0.2)
    assert "there is none yet" in done.unmatched
    assert "matching_subset" not in done.workspace.samples
    reds = [Member(each, "lasso") for each in done.workspace.ids[:8]]
    done.workspace.decisions.create_subset("red ones", author="Ada", members=reds)
    matched = match_again(done.workspace, done.name, false_alarm=0.2)
    assert matched.unmatched == ""
    samples = matched.workspace.samples
    assert samples["matching_subset"].dropna().to_dict() == dict.fromkeys(matched.matches, "red ones")
    assert (samples.loc[list(matched.matches), "match_similarity"] > 0).all()
    assert matched.workspace.manifest.spaces == done.workspace.manifest.spaces


def test_the_commands_say_what_was_added_and_taken_out(
    clip_workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, ws = str(_arrive(tmp_path / "new", NEW)), str(clip_workspace.path)
    assert main(["add", ws, table, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["batch"] == "new"
    assert [image["id"] for image in said["images"]] == NEW
    assert (said["boxes"], said["refused"], said["skipped"], said["drift"]) == ([], [], [], [])
    assert "there is none yet" in said["unmatched"]
    assert main(["batch", "list", ws, "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert (listed["name"], listed["images"], listed["predictions"]) == ("new", 4, ["v1"])
    assert main(["info", ws, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["batches"] == [listed]
    assert main(["add", ws, table]) == 1
    assert "found none" in capsys.readouterr().err
    assert main(["batch", "remove", ws, "new"]) == 0
    assert capsys.readouterr().out == "Took out new\n"
    assert main(["batch", "remove", ws, "new"]) == 1
    assert "There are: none yet." in capsys.readouterr().err


def test_a_new_image_lands_where_the_images_like_it_are(demo: Workspace, tmp_path: Path) -> None:
    """Far nearer to the image it is a mirrored copy of than images are to each other."""
    origins = list(demo.ids[::60])
    (tmp_path / "mirrored").mkdir()
    for number, each in enumerate(origins):
        mirrored = ImageOps.mirror(Image.open(str(demo.samples["filepath"][each])))
        mirrored.save(tmp_path / "mirrored" / f"{number:02}.png")
    workspace = explorer.open_workspace(shutil.copytree(demo.path, tmp_path / "ws"))
    xy = add(workspace, tmp_path / "mirrored").workspace.layout().xy
    away = np.hypot(*(xy[1500:] - xy[[demo.rows[each] for each in origins]]).T)
    typical = np.hypot(*(xy[:1500] - xy[np.random.default_rng(0).permutation(1500)]).T)
    assert np.median(away) < 0.3 * np.median(typical)


def _images(folder: Path, names: list[str], **columns: list[Any]) -> Path:
    """New images with metadata of one's own."""
    table = pd.read_csv(_arrive(folder, names)).assign(**columns)
    table.to_csv(folder / "new.csv", index=False)
    return folder / "new.csv"


def test_columns_of_another_type_or_of_our_names_break_nothing(
    source: Source, clip_folder: Path, tmp_path: Path
) -> None:
    table = pd.read_csv(source.table).assign(batch=range(60), year=2021)
    table["image"] = [str(source.images / name) for name in table["image"]]
    table.to_csv(tmp_path / "own.csv", index=False)
    workspace = explorer.build(tmp_path / "own.csv", tmp_path / "ws", pretrained=str(clip_folder))
    first = str(workspace.samples["weight"].iloc[0])
    odd = {"weight": ["heavy", "light"], "matching_subset": ["x", "y"], "copy_of": ["x", "y"]}
    done = add(workspace, _images(tmp_path / "new", NEW[:2], **odd), batch="new")
    samples = done.workspace.samples
    assert samples["batch"].tolist() == [*map(str, range(60)), "new", "new"]
    assert samples["weight"].tolist()[-2:] == ["heavy", "light"]
    assert samples["weight"].iloc[0] == first
    assert str(samples["year"].iloc[0]) == "2021"
    assert dict(View(done.workspace).images.facts(0))["year"] == "2021"
    assert "copy_of" not in samples
    assert sum("the name stands for what is computed here" in one.reason for one in done.skipped) == 2


@pytest.mark.parametrize("step", ["images", "signals"])
def test_an_add_that_fails_adds_nothing_and_can_be_repeated(
    step: str, clip_workspace: Workspace, tmp_path: Path
) -> None:
    table = _arrive(tmp_path / "new", NEW)

    def interrupted(now: Progress) -> None:
        if now.step == step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        add(clip_workspace, table, batch="new", on_progress=interrupted)
    assert read_batches(clip_workspace.paths) == ([], [])
    assert explorer.open_workspace(clip_workspace.path).manifest == clip_workspace.manifest
    assert add(clip_workspace, table, batch="new").ids == NEW


def test_publishing_that_fails_keeps_no_batch(
    clip_workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("explorer.actions.add.publish", full)
        with pytest.raises(OSError, match="No space left"):
            add(clip_workspace, _arrive(tmp_path / "new", NEW), batch="new")
    assert read_batches(clip_workspace.paths) == ([], [])


def test_a_rebuild_places_a_batch_as_if_it_were_added_now(source: Source, clip_folder: Path, tmp_path: Path) -> None:
    """Among other classes and other crops too: what a batch received is kept, and placed on the map that goes on."""
    table = pd.read_csv(source.table)
    table["image"] = [str(source.images / name) for name in table["image"]]
    for name, part in (("two", table[table["label"] != "sky"]), ("three", table)):
        part.to_csv(tmp_path / f"{name}.csv", index=False)
    new = _arrive(tmp_path / "new", NEW)
    first = explorer.build(tmp_path / "two.csv", tmp_path / "a", pretrained=str(clip_folder))
    add(first, new)
    rebuilt = explorer.build(tmp_path / "three.csv", tmp_path / "a", pretrained=str(clip_folder))
    explorer.build(tmp_path / "two.csv", tmp_path / "b", pretrained=str(clip_folder))
    fresh = add(explorer.build(tmp_path / "three.csv", tmp_path / "b", pretrained=str(clip_folder)), new).workspace
    for space in fresh.spaces:
        assert rebuilt.layout(space).xy.tobytes() == fresh.layout(space).xy.tobytes()
        np.testing.assert_array_equal(rebuilt.embeddings(space).vectors, fresh.embeddings(space).vectors)


def test_boxes_that_a_later_build_has_a_map_for_are_on_it(
    box_source: BoxSource, clip_folder: Path, tmp_path: Path
) -> None:
    """Labelled images added to a build without labels, which then gets some, and other margins."""
    truth = json.loads(box_source.truth.read_text("utf-8"))
    for image in truth["images"]:
        image["file_name"] = str(box_source.truth.parent / image["file_name"])
    (tmp_path / "bare.json").write_text(json.dumps({**truth, "annotations": []}), "utf-8")
    (tmp_path / "full.json").write_text(json.dumps(truth), "utf-8")
    options: dict[str, Any] = {"predictions": {"v2": box_source.v2}, "pretrained": str(clip_folder)}
    bare = explorer.build(tmp_path / "bare.json", tmp_path / "a", **options)
    table, found = _new_scenes(tmp_path / "new", box_source)
    add(bare, table, predictions=[("v2", found)])
    for margin in (0.1, 1.0):
        rebuilt = explorer.build(tmp_path / "full.json", tmp_path / "a", **options, margin=margin)
        other = explorer.build(tmp_path / "full.json", tmp_path / f"{margin}", **options, margin=margin)
        fresh = add(other, table, predictions=[("v2", found)]).workspace
        for space in fresh.spaces:
            np.testing.assert_array_equal(rebuilt.embeddings(space).vectors, fresh.embeddings(space).vectors)


def test_a_damaged_or_deleted_batch_is_left_out_and_can_be_taken_out(clip_workspace: Workspace, tmp_path: Path) -> None:
    one = add(clip_workspace, _arrive(tmp_path / "new", NEW), batch="one").workspace
    two = add(one, _arrive(tmp_path / "more", ["sky 9.png"]), batch="two").workspace
    (folder,) = [each for each in two.paths.batches.iterdir() if "one" in (each / "batch.json").read_text("utf-8")]
    (folder / "vectors.npy").write_bytes(b"torn")
    three = add(two, _arrive(tmp_path / "third", ["leaf 9.png"]), batch="three").workspace
    assert [batch["name"] for batch in three.manifest.batches] == ["two", "three"]
    assert [one.filepath for one in three.skipped] == ["batch one"]
    left = take_out(three, "one")
    assert left.skipped == []
    shutil.rmtree(left.paths.batches)
    assert take_out(left, "two").manifest.batches == []


def test_image_files_that_moved_are_found_after_a_build_too(
    source: Source, clip_workspace: Workspace, clip_folder: Path, tmp_path: Path
) -> None:
    added = add(clip_workspace, _arrive(tmp_path / "new", NEW)).workspace
    (tmp_path / "new").rename(tmp_path / "moved")
    relocate(added, tmp_path / "moved")
    rebuilt = explorer.build(source.table, clip_workspace.path, pretrained=str(clip_folder))
    assert all(Path(path).is_file() for path in rebuilt.samples["filepath"])


def test_image_files_in_the_workspace_move_with_it(clip_workspace: Workspace, tmp_path: Path) -> None:
    """As those that came through the browser; they go with their batch."""
    uploads = clip_workspace.paths.uploads.resolve() / "one"
    uploads.parent.mkdir(parents=True)
    added = add(clip_workspace, _arrive(uploads, NEW).parent).workspace
    backup(added, tmp_path / "b.zip", full=True)
    restore(tmp_path / "b.zip", tmp_path / "elsewhere")
    there = explorer.open_workspace(tmp_path / "elsewhere")
    assert {Path(path).parent for path in there.samples.loc[NEW, "filepath"]} == {there.paths.uploads.resolve() / "one"}
    take_out(added, "one")
    assert not uploads.exists()
    assert all(Path(path).is_file() for path in there.samples.loc[NEW, "filepath"])


def test_an_image_is_a_copy_only_of_what_is_there(clip_workspace: Workspace, tmp_path: Path) -> None:
    one = add(clip_workspace, _arrive(tmp_path / "new", NEW[:1]), batch="one").workspace
    (tmp_path / "same").mkdir()
    shutil.copy(tmp_path / "new" / NEW[0], tmp_path / "same" / "copied.png")
    two = add(one, tmp_path / "same", batch="two")
    assert two.copies == {"copied.png": NEW[0]}
    assert "copy_of" not in take_out(two.workspace, "one").samples


def test_a_name_that_means_the_build_is_taken(clip_workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="There is a batch 'original' already"):
        add(clip_workspace, _arrive(tmp_path / "new", NEW), batch="original")
    assert add(clip_workspace, _arrive(tmp_path / "original", NEW).parent).name == "original 2"


def test_decisions_kept_elsewhere_stay_those_of_the_workspace(clip_workspace: Workspace, tmp_path: Path) -> None:
    elsewhere = explorer.open_workspace(clip_workspace.path, tmp_path / "team.db")
    elsewhere.decisions.create_subset("red", author="Ada")
    done = add(elsewhere, _arrive(tmp_path / "new", NEW), batch="new")
    assert [subset.name for subset in done.workspace.subsets()] == ["red"]
    assert [subset.name for subset in take_out(done.workspace, "new").subsets()] == ["red"]


def test_images_with_predictions_and_nothing_to_find_are_judged(
    boxes_workspace: Workspace, box_source: BoxSource, tmp_path: Path
) -> None:
    """Every detection on them is a false alarm, as it would be in a build."""
    table, found = _new_scenes(tmp_path / "new", box_source)
    truth = json.loads(table.read_text("utf-8"))
    table.write_text(json.dumps({**truth, "annotations": []}), "utf-8")
    after = add(boxes_workspace, table, predictions=[("v2", found)]).workspace
    images = [f"turned {n:02}.png" for n in range(3)]
    assert after.samples.loc[images, "v2.fp"].tolist() == [3, 2, 2]
    assert after.samples.loc[images, "v1.fp"].isna().all()
    assert list(after.objects(predictions_of("v1")).columns) == list(
        boxes_workspace.objects(predictions_of("v1")).columns
    )


def test_a_build_of_another_task_leaves_batches_out_and_says_so(
    clip_workspace: Workspace,
    box_source: BoxSource,
    clip_folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    add(clip_workspace, _arrive(tmp_path / "new", NEW), batch="names")
    boxes = explorer.build(box_source.truth, clip_workspace.path, pretrained=str(clip_folder))
    assert list(left_out_batches(boxes)) == ["names"]
    assert main(["batch", "list", str(boxes.path)]) == 0
    assert "names is not on the map: the build has boxes, it has none; take it out" in capsys.readouterr().err
    assert left_out_batches(take_out(boxes, "names")) == {}


@pytest.mark.parametrize("name", ["", "  ", "a\x00b", "x" * 121])
def test_names_that_no_legend_can_show_are_refused(name: str, clip_workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="Expected a name of up to 120 characters"):
        add(clip_workspace, _arrive(tmp_path / "new", NEW), batch=name)


def test_what_a_model_said_goes_when_the_model_goes(source: Source, clip_folder: Path, tmp_path: Path) -> None:
    table = pd.read_csv(source.table)
    table["image"] = [str(source.images / name) for name in table["image"]]
    table.to_csv(tmp_path / "both.csv", index=False)
    table.drop(columns=["v1.prediction", "v1.confidence"]).to_csv(tmp_path / "one.csv", index=False)
    both = explorer.build(tmp_path / "both.csv", tmp_path / "ws", pretrained=str(clip_folder))
    added = add(both, _arrive(tmp_path / "new", NEW))
    assert "v1.prediction" in added.workspace.samples
    rebuilt = explorer.build(tmp_path / "one.csv", tmp_path / "ws", pretrained=str(clip_folder))
    assert not [name for name in rebuilt.samples if str(name).startswith("v1.")]
    assert rebuilt.manifest.batches[0]["predictions"] == []
