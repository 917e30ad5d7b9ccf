"""A detection dataset becomes one map of images, one of labels and one of each model's detections."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

import explorer
from explorer.actions.search import like_id
from explorer.cli import main
from explorer.data.filters import Between, OneOf, parse_where
from explorer.data.subsets import Member
from explorer.errors import SourceError
from explorer.points.live_subsets import named_subset
from explorer.points.opened_build import View
from explorer.subsets.rules import Rule, to_json
from tests.conftest import derived_files

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.data.records import Progress
    from explorer.store.workspace import Workspace
    from tests.conftest import BoxSource

pytestmark = pytest.mark.slow
BOX_SPACES = ["label", "prediction/v1", "prediction/v2"]


def _stored_vectors(workspace: Workspace) -> int:
    """How many images and crops the workspace holds vectors of."""
    (digests,) = workspace.path.glob("vectors/*/digests.bin")
    return digests.stat().st_size // hashlib.sha256().digest_size


def _space(name: str) -> tuple[str, str | None]:
    space, _, model = name.partition("/")
    return space, model or None


def test_images_labels_and_each_models_detections_have_a_map(boxes_built: Workspace) -> None:
    assert boxes_built.manifest.task == "detection"
    assert list(boxes_built.manifest.spaces) == ["image", *BOX_SPACES]
    assert len(boxes_built.layout().ids) == len(boxes_built.ids) == 12
    assert [len(boxes_built.objects(name)) for name in BOX_SPACES] == [31, 31, 29]


@pytest.mark.parametrize("name", BOX_SPACES)
def test_each_box_is_a_point_in_the_order_of_the_objects(name: str, boxes_built: Workspace) -> None:
    where, ids = _space(name), tuple(boxes_built.objects(name).index)
    embeddings, layout = boxes_built.embeddings(*where), boxes_built.layout(*where)
    assert embeddings.ids == layout.ids == ids
    assert embeddings.vectors.shape == (len(ids), 16)
    assert layout.xy.shape == (len(ids), 2)
    assert np.isfinite(layout.xy).all()
    assert boxes_built.neighbors(*where).indices.shape == (len(ids), 15)
    assert ((boxes_built.neighbors(*where).indices >= 0) & (boxes_built.neighbors(*where).indices < len(ids))).all()


def test_a_box_has_the_vector_of_its_own_crop(boxes_built: Workspace) -> None:
    """Every exact detection is the same crop as the object it found, whatever the order of either file."""
    truth, found = (boxes_built.objects(name) for name in ("label", "prediction/v1"))
    label, detection = boxes_built.embeddings("label").vectors, boxes_built.embeddings("prediction", "v1").vectors
    where = ["sample", "x", "y", "width", "height"]
    places = {tuple(row): number for number, row in enumerate(truth[where].itertuples(index=False))}
    same = [(row, places.get(tuple(one))) for row, one in enumerate(found[where].itertuples(index=False))]
    exact = [(row, place) for row, place in same if place is not None]
    assert len(exact) == 28
    for row, place in exact:
        assert np.array_equal(detection[row], label[place])
    assert len(np.unique(label.round(6), axis=0)) == 31, "different crops have different vectors"


def test_bad_boxes_are_listed_by_file_and_entry(boxes_built: Workspace, box_source: BoxSource) -> None:
    said = dict(boxes_built.skipped)
    assert "negative size" in said[f"{box_source.truth}, annotations[31]"]
    assert "no area (0 x 8)" in said[f"{box_source.truth}, annotations[30]"]
    assert len(said) == 2


def test_the_same_input_gives_the_same_bytes(
    boxes_built: Workspace, box_source: BoxSource, clip_folder: Path, tmp_path: Path
) -> None:
    again = explorer.build(
        box_source.truth, tmp_path / "again", predictions=box_source.predictions, pretrained=str(clip_folder)
    )
    assert derived_files(again) == derived_files(boxes_built)


def test_a_second_build_embeds_nothing(boxes_workspace: Workspace, box_source: BoxSource, clip_folder: Path) -> None:
    before, stored = derived_files(boxes_workspace), _stored_vectors(boxes_workspace)
    steps: list[Progress] = []
    again = explorer.build(
        box_source.truth,
        boxes_workspace.path,
        predictions=box_source.predictions,
        pretrained=str(clip_folder),
        on_progress=steps.append,
    )
    assert (derived_files(again), _stored_vectors(again)) == (before, stored)
    assert not {step.step for step in steps} & {"map of images", "map of labels"}


def test_the_image_map_of_a_first_build_opens_before_boxes_are_embedded(
    box_source: BoxSource, clip_folder: Path, boxes_built: Workspace, tmp_path: Path
) -> None:
    seen: list[Workspace] = []

    def look(now: Progress) -> None:
        if now.step == "crops" and not seen:
            seen.append(explorer.open_workspace(tmp_path / "ws"))

    explorer.build(box_source.truth, tmp_path / "ws", pretrained=str(clip_folder), on_progress=look)
    (during,) = seen
    assert during.manifest.unfinished
    assert list(during.manifest.spaces.items()) == [("image", boxes_built.manifest.spaces["image"])]


def test_another_margin_is_another_map_of_boxes_only(
    boxes_workspace: Workspace, box_source: BoxSource, clip_folder: Path
) -> None:
    before = dict(boxes_workspace.manifest.spaces)
    after = explorer.build(
        box_source.truth,
        boxes_workspace.path,
        predictions=box_source.predictions,
        pretrained=str(clip_folder),
        margin=0.5,
    )
    changed = {name for name, key in after.manifest.spaces.items() if before[name] != key}
    assert changed == set(BOX_SPACES)
    assert after.manifest.parameters["margin"] == 0.5


@pytest.mark.parametrize("margin", [-0.1, 11, float("nan")])
def test_a_margin_that_is_a_slip_is_refused(margin: float, box_source: BoxSource, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="margin between 0 and 10"):
        explorer.build(box_source.truth, tmp_path / "ws", margin=margin)


def test_another_model_leaves_the_other_maps_where_they_are(
    boxes_built: Workspace, box_source: BoxSource, clip_folder: Path, tmp_path: Path
) -> None:
    """One model first, then both: what was there keeps its coordinates."""
    for models in (["v1"], ["v1", "v2"]):
        workspace = explorer.build(
            box_source.truth,
            tmp_path / "ws",
            predictions={name: box_source.predictions[name] for name in models},
            pretrained=str(clip_folder),
        )
    assert workspace.manifest.spaces == boxes_built.manifest.spaces


def test_own_vectors_are_of_images_so_only_these_have_a_map(box_source: BoxSource, tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", np.random.default_rng(0).normal(size=(12, 8)))
    workspace = explorer.build(
        box_source.truth, tmp_path / "ws", predictions=box_source.predictions, vectors=tmp_path / "v.npy"
    )
    assert list(workspace.manifest.spaces) == ["image"]
    assert workspace.samples["v1.outcome"].value_counts().to_dict() == {"correct": 9, "wrong": 3}
    assert len(workspace.objects("label")) == 31


def test_without_predictions_there_are_images_and_labels(
    box_source: BoxSource, clip_folder: Path, tmp_path: Path
) -> None:
    workspace = explorer.build(box_source.truth, tmp_path / "ws", pretrained=str(clip_folder))
    assert list(workspace.manifest.spaces) == ["image", "label"]
    assert workspace.samples["boxes"].sum() == 31


def test_a_yolo_dataset_builds_with_its_detections(clip_folder: Path, tmp_path: Path) -> None:
    """Also with an object outside its image, which has no crop, and so no vector, but counts as missed."""
    chance = np.random.default_rng(3)
    for folder in ("images/train", "labels/train", "found"):
        (tmp_path / "yolo" / folder).mkdir(parents=True)
    for number in range(4):
        pixels = chance.integers(0, 255, (32, 48, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "yolo" / "images" / "train" / f"{number}.png")
        text = "0 0.5 0.5 0.5 0.5\n1 0.2 0.2 0.2 0.2\n" + "1 -3 0.5 0.1 0.1\n" * (number == 3)
        (tmp_path / "yolo" / "labels" / "train" / f"{number}.txt").write_text(text)
        (tmp_path / "yolo" / "found" / f"{number}.txt").write_text("0 0.5 0.5 0.5 0.5 0.75\n")
    (tmp_path / "yolo" / "data.yaml").write_text("names: [cat, dog]\ntrain: images/train\n")
    workspace = explorer.build(
        tmp_path / "yolo" / "data.yaml",
        tmp_path / "ws",
        predictions={"small": tmp_path / "yolo" / "found"},
        pretrained=str(clip_folder),
    )
    assert list(workspace.manifest.spaces) == ["image", "label", "prediction/small"]
    assert np.isfinite(workspace.layout("label").xy).all()
    lengths = np.linalg.norm(workspace.embeddings("label").vectors, axis=1)
    assert lengths.tolist() == pytest.approx([1] * 8 + [0])
    figures = workspace.samples[["small.tp", "small.fp", "small.fn"]]
    assert figures.to_numpy().tolist() == [[1, 0, 1], [1, 0, 1], [1, 0, 1], [1, 0, 2]]
    assert workspace.samples["split"].unique().tolist() == ["train"]


def test_each_image_says_what_each_model_found_invented_and_missed(boxes_built: Workspace) -> None:
    """Worked by hand from what `box_source` says of the two models."""
    frame = boxes_built.samples
    figures = {
        model: frame[[f"{model}.{figure}" for figure in ("tp", "fp", "fn")]].to_numpy().tolist()
        for model in ("v1", "v2")
    }
    full = [[3 - number % 2, 0, 0] for number in range(12)]
    assert figures["v1"] == [[1, 2, 2], [2, 1, 0], *full[2:11], [2, 0, 1]]
    assert figures["v2"] == [[3, 0, 0], [1, 1, 1], [2, 0, 1], *full[3:11], [2, 0, 1]]
    assert frame["boxes"].tolist() == [*[3, 2] * 5, 3, 3]
    right = {model: (frame[f"{model}.outcome"] == "correct").tolist() for model in figures}
    assert right["v1"] == [False, False, *[True] * 9, False]
    assert right["v2"] == [True, False, False, *[True] * 8, False]
    assert frame["v1 → v2"].tolist() == ["fixed", "still wrong", "regressed", *["still right"] * 8, "still wrong"]


def test_what_coco_says_of_an_image_besides_is_a_column(boxes_built: Workspace) -> None:
    assert boxes_built.samples["light"].tolist() == ["night", "day", "day"] * 4


def _again(workspace: Workspace, box_source: BoxSource, clip_folder: Path, predictions: dict[str, Path]) -> Workspace:
    return explorer.build(box_source.truth, workspace.path, predictions=predictions, pretrained=str(clip_folder))


def test_decisions_on_detections_outlive_a_new_name_of_their_model(
    boxes_workspace: Workspace, box_source: BoxSource, clip_folder: Path
) -> None:
    chosen = ["v1:2", "v1:30", "v2:0"]
    members = [Member(each, "ids") for each in chosen]
    boxes_workspace.decisions.create_subset("odd", members=members, author="Ada")
    renamed = _again(boxes_workspace, box_source, clip_folder, {"baseline": box_source.v1, "v2": box_source.v2})
    assert renamed.manifest.predictions == ["baseline", "v2"]
    assert [renamed.objects("prediction/baseline").index[row] for row in (2, 30)] == chosen[:2]
    assert all(each in renamed.point_ids for each in renamed.subset("odd").ids)
    assert renamed.manifest.id_names == {"v1": "baseline"}
    assert renamed.known_id("baseline:30") == "v1:30"
    assert [renamed.known_id(each) for each in ("v2:0", "nobody:7")] == ["v2:0", "nobody:7"]
    assert like_id(renamed, "baseline:2", 3).hits == like_id(renamed, "v1:2", 3).hits != []


def test_rules_and_columns_follow_a_renamed_model(
    boxes_workspace: Workspace, box_source: BoxSource, clip_folder: Path
) -> None:
    """As often as it is renamed; a name that another model has by now is that model's."""
    missed, sure = OneOf("v1.outcome", frozenset(["fp"])), Between("v1.confidence", 0.5)
    rules = {"boxes": Rule((missed, sure), "prediction/v1"), "images": Rule((OneOf("v1 → v2", frozenset(["fixed"])),))}
    for name, rule in rules.items():
        boxes_workspace.decisions.create_subset(name, rule=to_json(rule), author="Ada")
    found = {name: named_subset(boxes_workspace, name).ids for name in rules}
    assert all(found.values())
    now = boxes_workspace
    for name in ("baseline", "first"):
        now = _again(now, box_source, clip_folder, {name: box_source.v1, "v2": box_source.v2})
        assert {each: named_subset(now, each).ids for each in rules} == found
    assert now.manifest.renamed == {"v1": "first", "baseline": "first"}
    table = View(now).images.table
    assert parse_where("baseline.fn>0", table) == Between("first.fn", 1)
    typed = ["subset", "create", str(now.path), "typed", "--where", "v1.confidence>0.5", "--space", "prediction/v1"]
    assert main(typed) == 0
    swapped = _again(now, box_source, clip_folder, {"v1": box_source.v2, "old": box_source.v1})
    assert View(swapped).images.table.name_now("v1.fn") == "v1.fn"


def test_a_new_model_of_an_old_name_does_not_take_the_old_ones_ids(
    boxes_workspace: Workspace, box_source: BoxSource, clip_folder: Path
) -> None:
    """What was decided of v1's detections is about those boxes, which are old's now."""
    first = boxes_workspace.objects("prediction/v1")
    swapped = _again(boxes_workspace, box_source, clip_folder, {"v1": box_source.v2, "old": box_source.v1})
    assert list(swapped.objects("prediction/old").index) == list(first.index)
    assert set(swapped.objects("prediction/v1").index).isdisjoint(first.index)
    back = _again(boxes_workspace, box_source, clip_folder, {"v1": box_source.v1})
    assert list(back.objects("prediction/v1").index) == list(first.index)


def test_which_of_two_equal_models_is_the_old_one_is_not_guessed(
    boxes_workspace: Workspace, box_source: BoxSource, clip_folder: Path
) -> None:
    made = _again(boxes_workspace, box_source, clip_folder, {"a": box_source.v1, "b": box_source.v1})
    assert [made.objects(f"prediction/{model}").index[0] for model in "ab"] == ["a:0", "b:0"]
    assert made.manifest.id_names == {}
