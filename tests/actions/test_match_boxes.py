"""A subset of boxes recognises new boxes, of labels and of detections."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import explorer
from explorer.actions.demo import SCENES, sample_data
from explorer.actions.library import detectors
from explorer.actions.match import figures, match_source
from explorer.cli import main
from explorer.errors import SubsetError
from explorer.store.decisions.subsets import Member

if TYPE_CHECKING:
    from explorer.actions.match import Matched as Found
    from explorer.store.workspace import Workspace

pytestmark = pytest.mark.slow
OLD, NEW = slice(0, 140), slice(140, 200)
"""Scenes that are built, and scenes that arrive."""


class Matched(NamedTuple):
    """A workspace of labelled boxes with the subset `dark boxes`, and what new boxes matched."""

    workspace: Workspace
    found: Found
    source: Path
    before: str
    after: str


def _part(folder: Path, part: slice) -> tuple[Path, Path]:
    """Some of the sample's scenes as a COCO file, and v2's surer detections on them."""
    data = sample_data() / SCENES.parent
    whole = json.loads((data / "instances.json").read_text("utf-8"))
    images = whole["images"][part]
    known = {image["id"] for image in images}
    for image in images:
        image["file_name"] = str((data / image["file_name"]).resolve())
    boxes = [each for each in whole["annotations"] if each["image_id"] in known]
    truth = folder / "instances.json"
    truth.write_text(json.dumps({**whole, "images": images, "annotations": boxes}), "utf-8")
    made = json.loads((data / "detections_v2.json").read_text("utf-8"))
    found = folder / "v2.json"
    found.write_text(json.dumps([one for one in made if one["image_id"] in known and one["score"] > 0.4]), "utf-8")
    return truth, found


def _digest(workspace: Workspace) -> str:
    files = sorted((workspace.path / "derived").glob("*/*"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


@pytest.fixture(scope="module")
def matched(tmp_path_factory: pytest.TempPathFactory) -> Matched:
    folder = tmp_path_factory.mktemp("boxes")
    for name in ("old", "new"):
        (folder / name).mkdir()
    truth, _ = _part(folder / "old", OLD)
    workspace = explorer.build(truth, folder / "ws", pretrained=str(sample_data() / "model"))
    light = workspace.samples["light"].reindex(workspace.objects("label")["sample"]).to_numpy()
    dark = workspace.objects("label").index[light == "dark"]  # all of them: those left out would count as ordinary
    workspace.decisions.create_subset("dark boxes", author="Ada", members=[Member(str(each), "lasso") for each in dark])
    source, found = _part(folder / "new", NEW)
    before = _digest(workspace)
    arrived = match_source(workspace, source, predictions=[("v2", found)])
    return Matched(workspace, arrived, source, before, _digest(workspace))


def _light(matched: Matched) -> list[str]:
    """The light of each new box's scene, from the file that the sample's maker wrote."""
    images = json.loads(matched.source.read_text("utf-8"))["images"]
    by_file = {image["file_name"]: image["light"] for image in images}
    return [by_file[str(Path(path).resolve())] for path in matched.found.table["filepath"]]


def test_most_new_dark_boxes_are_recognised_and_few_others(matched: Matched) -> None:
    """With a wide margin on both sides, for labelled boxes and for detections alike."""
    table = matched.found.table.assign(light=_light(matched), fired=[bool(one) for one in matched.found.matches])
    boxes = table[table["box"].notna()]
    labelled, detected = boxes[boxes["confidence"].isna()], boxes[boxes["confidence"].notna()]
    assert len(labelled) > 200
    assert len(detected) > 100
    for part in (labelled, detected):
        rates = part.groupby("light")["fired"].mean()
        assert rates["dark"] > 0.6, rates
        assert rates[["bright", "normal"]].max() < 0.25, rates


def test_images_are_no_boxes(matched: Matched) -> None:
    """A whole image is held against subsets of images only, of which there are none here."""
    images = matched.found.table["box"].isna().to_numpy()
    assert images.sum() == NEW.stop - NEW.start
    assert not any(one for one, whole in zip(matched.found.matches, images, strict=True) if whole)


def test_boxes_belong_on_their_map_and_nothing_is_kept(matched: Matched) -> None:
    """Detections come onto the labels' map where there is none of their model."""
    assert matched.after == matched.before
    table = matched.found.table
    assert table.groupby(table["box"].notna())["space"].unique().to_dict()[True].tolist() == ["label"]


def test_the_rate_was_measured_on_boxes_of_images_that_set_no_threshold(matched: Matched) -> None:
    (detector,) = matched.found.detectors
    assert (detector.margin, len(detector.members)) == (0.1, len(matched.workspace.subset("dark boxes").ids))
    assert detector.measured.low <= 0.05 <= detector.measured.high
    assert detector.measured.n > 200
    said = figures(detector)
    assert (said["of"], said["measured_on"]) == ("boxes", detector.measured.n)


def test_the_command_names_boxes_and_their_images(
    matched: Matched, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, found = _part(tmp_path, slice(140, 143))
    command = ["match", str(matched.workspace.path), str(source), "--predictions", f"v2={found}"]
    assert main([*command, "--json"]) == 0
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert len(said["images"]) == 3
    assert {one["sample"] for one in said["boxes"]} == {one["id"] for one in said["images"]}
    assert {len(one["box"]) for one in said["boxes"]} == {4}
    assert {one["confidence"] is None for one in said["boxes"]} == {True, False}
    assert main(command) == 0
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == len(said["boxes"]), (
        "images are held against nothing, so they are not listed"
    )
    assert "held-out ordinary boxes match by mistake" in printed.err


def test_images_without_boxes_say_what_is_missing(matched: Matched) -> None:
    with pytest.raises(SubsetError, match="dark boxes: it is of boxes, and the new images come without"):
        match_source(matched.workspace, sample_data() / "fashion" / "images")


def test_a_library_of_boxes_is_one_after_its_journey(matched: Matched, tmp_path: Path) -> None:
    assert main(["library", "export", str(matched.workspace.path), str(tmp_path / "cases.zip")]) == 0
    truth, _ = _part(tmp_path, slice(0, 30))
    other = explorer.build(truth, tmp_path / "ws", pretrained=str(sample_data() / "model"))
    assert main(["library", "import", str(other.path), str(tmp_path / "cases.zip")]) == 0
    ((detector,), left_out) = detectors(other)
    assert (detector.name, detector.margin, left_out) == ("dark boxes", 0.1, [])
    found = match_source(other, matched.source)
    labelled = matched.found.table["confidence"].isna().to_numpy()
    ours = [one for one, kept in zip(matched.found.matches, labelled, strict=True) if kept]
    assert [len(one) for one in found.matches] == [len(one) for one in ours]
    scores = [[match.score for one in each for match in one] for each in (found.matches, ours)]
    assert scores[0] == pytest.approx(scores[1], abs=1e-4)
