"""YOLO datasets of both layouts become objects in pixels, and what is wrong in them is listed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from explorer import readers
from explorer.data.boxes import BOX
from explorer.errors import SourceError

YAML = "names: [cat, dog]\ntrain: images/train\nval: images/val\n"


def _image(path: Path, **options: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (100, 50)).save(path, **options)
    return path


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Two images to train on and one to validate with, whose name one of them shares."""
    for name in ("train/a", "train/b", "val/a"):
        _image(tmp_path / "images" / f"{name}.png")
    _write(tmp_path / "labels" / "train" / "a.txt", "1 0.5 0.5 0.2 0.4\n\n0 0.1 0.1 0.1 0.1\n")
    _write(tmp_path / "labels" / "train" / "b.txt", "")
    _write(tmp_path / "labels" / "val" / "a.txt", "0 0.5 0.5 1 1\n")
    return _write(tmp_path / "data.yaml", YAML).parent


def test_folders_below_images_and_labels(source: Path) -> None:
    dataset = readers.read(source)
    assert dataset.samples["split"].to_dict() == {
        "images/train/a.png": "train",
        "images/train/b.png": "train",
        "images/val/a.png": "val",
    }
    truth = dataset.ground_truth
    assert truth.index.tolist() == ["images/train/a.png#1", "images/train/a.png#3", "images/val/a.png#1"]
    assert truth["label"].tolist() == ["dog", "cat", "cat"]
    assert list(truth.loc["images/train/a.png#1", list(BOX)]) == pytest.approx([40, 15, 20, 20])
    assert truth["area"].tolist() == pytest.approx([400, 50, 5000])
    assert not truth["crowd"].any()
    assert dataset.skipped == ()


def test_folders_above_images_and_labels(tmp_path: Path) -> None:
    """As Roboflow writes them, with paths that start one folder too high."""
    _image(tmp_path / "train" / "images" / "a.jpg")
    _write(tmp_path / "train" / "labels" / "a.txt", "1 0.5 0.5 0.2 0.4")
    file = _write(tmp_path / "data.yaml", "train: ../train/images\nnc: 2\nnames:\n  0: cat\n  1: dog\n")
    dataset = readers.read(file)
    assert dataset.ground_truth["label"].to_dict() == {"train/images/a.jpg#1": "dog"}


def test_splits_may_be_lists_and_files_of_paths(source: Path) -> None:
    _write(source / "train.txt", "./images/train/b.png\nimages/train/none.png\n")
    text = "path: .\nnames: [cat, dog]\ntrain: [images/val, train.txt]\n"
    dataset = readers.read(_write(source / "other.yaml", text))
    assert dataset.samples.index.tolist() == ["images/val/a.png", "images/train/b.png"]
    assert [skipped.filepath for skipped in dataset.skipped] == ["images/train/none.png"]


def test_the_root_may_be_elsewhere(source: Path, tmp_path: Path) -> None:
    file = _write(tmp_path / "configs" / "data.yml", f"path: {source}\n{YAML}")
    assert "images/val/a.png" in readers.read(file).samples.index


def test_labels_may_lie_beside_images(tmp_path: Path) -> None:
    _write(_image(tmp_path / "all" / "a.png").with_suffix(".txt"), "0 .5 .5 .5 .5")
    _write(tmp_path / "data.yaml", "names: [cat]\nval: all")
    assert readers.read(tmp_path).ground_truth.index.tolist() == ["all/a.png#1"]


def test_polygons_are_taken_by_their_bounds(source: Path) -> None:
    _write(source / "labels" / "train" / "b.txt", "0 0.1 0.2 0.5 0.2 0.3 0.8")
    dataset = readers.read(source)
    assert list(dataset.ground_truth.loc["images/train/b.png#1", list(BOX)]) == pytest.approx([10, 10, 40, 30])
    assert dataset.skipped[-1].reason == "lines of more than five numbers, taken as polygons by their bounds: 1"


def test_pixels_are_those_of_the_image_as_shown(source: Path) -> None:
    """A photo taken with the camera on its side is 50 wide and 100 high."""
    exif = Image.Exif()
    exif[0x0112] = 6
    _image(source / "images" / "train" / "c.jpg", exif=exif)
    _write(source / "labels" / "train" / "c.txt", "0 0.5 0.5 1 1")
    truth = readers.read(source).ground_truth
    assert list(truth.loc["images/train/c.jpg#1", ["width", "height"]]) == [50, 100]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("0 0.5 0.5 0.1", "it has 4 numbers, expected class x y width height"),
        ("0 0.5 0.5 0.1 0.1 0.9", "it has 6 numbers"),
        ("cat 0.5 0.5 0.1 0.1", "not numbers"),
        ("0 nan 0.5 0.1 0.1", "not numbers"),
        ("2 0.5 0.5 0.1 0.1", "its class 2 is not known"),
        ("0.5 0.5 0.5 0.1 0.1", "its class 0.5 is not known"),
        ("-1 0.5 0.5 0.1 0.1", "its class -1 is not known"),
        ("0 0.5 0.5 -0.1 0.1", "negative size"),
        ("0 50 25 20 40", "above 1, so pixels rather than shares"),
        ("0 0.1 0.2 0.5 0.2 0.3 1.02", "above 1, so pixels rather than shares"),
        ("1  0.5 0.5 0.2 0.4", "the same line was there before"),
    ],
)
def test_bad_lines_are_listed_by_file_and_line_and_left_out(source: Path, line: str, reason: str) -> None:
    file = source / "labels" / "train" / "a.txt"
    file.write_text(f"{file.read_text()}{line}\n")
    dataset = readers.read(source)
    assert len(dataset.ground_truth) == 3
    [skipped] = dataset.skipped
    assert (skipped.filepath, reason in skipped.reason) == (f"{file}, line 4", True)


@pytest.mark.parametrize(("line", "reason"), [("0 .5 .5 0 .1", "no area"), ("0 -3 .5 .1 .1", "outside the image")])
def test_boxes_that_show_nothing_are_listed_but_count(source: Path, line: str, reason: str) -> None:
    _write(source / "labels" / "train" / "b.txt", line)
    dataset = readers.read(source)
    assert "images/train/b.png#1" in dataset.ground_truth.index
    assert reason in dataset.skipped[0].reason


def test_images_without_labels_have_no_objects(source: Path) -> None:
    (source / "labels" / "train" / "a.txt").unlink()
    dataset = readers.read(source)
    assert (len(dataset.samples), len(dataset.ground_truth)) == (3, 1)
    assert dataset.skipped[0].reason.endswith("count as without objects: 1")


def test_images_that_cannot_be_opened_are_listed(source: Path) -> None:
    (source / "images" / "train" / "a.png").write_bytes(b"no image")
    dataset = readers.read(source)
    assert len(dataset.samples) == 2
    assert dataset.skipped[0].filepath.endswith("train/a.png")


def test_detections_of_several_models(source: Path, tmp_path: Path) -> None:
    """Files may lie deeper; of images that share a name the folder tells."""
    _write(tmp_path / "v1" / "labels" / "b.txt", "1 0.5 0.5 0.2 0.4 0.75\n0 .5 .5 .1 .1\n")
    _write(tmp_path / "v2" / "val" / "a.txt", "0 0.5 0.5 0.2 0.4 1")
    dataset = readers.read(source, None, [("v1", tmp_path / "v1"), ("v2", tmp_path / "v2")])
    found = dataset.predictions["v1"]
    assert found.index.tolist() == ["v1:images/train/b.png#1", "v1:images/train/b.png#2"]
    assert found["label"].tolist() == ["dog", "cat"]
    assert found["confidence"].fillna(-1).tolist() == [0.75, -1], "unknown where the line does not give it"
    assert found.iloc[0][list(BOX)].tolist() == pytest.approx([40, 15, 20, 20])
    assert dataset.predictions["v2"]["sample"].tolist() == ["images/val/a.png"]


def test_bad_detections_are_listed(source: Path, tmp_path: Path) -> None:
    _write(tmp_path / "v1" / "b.txt", "1 .5 .5 .2 .4 .5\n1 .5 .5 .2 .4 1.5\n9 .5 .5 .2 .4 .5\n")
    _write(tmp_path / "v1" / "more" / "b.txt", "1 .5 .5 .2 .4 .5")
    _write(tmp_path / "v1" / "a.txt", "1 .5 .5 .2 .4 .5")
    _write(tmp_path / "v1" / "c.txt", "1 .5 .5 .2 .4 .5")
    dataset = readers.read(source, None, [("v1", tmp_path / "v1")])
    assert len(dataset.predictions["v1"]) == 1
    listed = {skipped.filepath.removeprefix(f"{tmp_path / 'v1'}/"): skipped.reason for skipped in dataset.skipped}
    assert list(listed) == ["a.txt", "b.txt, line 2", "b.txt, line 3", "c.txt", "more/b.txt", str(tmp_path / "v1")]
    assert listed[str(tmp_path / "v1")] == "1 of 6 detections are used"
    assert "no one image" in listed["a.txt"]
    assert "1.5, not 0 to 1" in listed["b.txt, line 2"]
    assert "there before" in listed["more/b.txt"]


def test_detections_of_which_nothing_can_be_used_are_refused(source: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="there is no text file"):
        readers.read(source, None, [("v1", tmp_path / "empty")])
    with pytest.raises(SourceError, match="Expected a folder of text files"):
        readers.read(source, None, [("v1", tmp_path / "none")])
    _write(tmp_path / "other" / "z.txt", "1 .5 .5 .2 .4 .5")
    with pytest.raises(SourceError, match="has its name"):
        readers.read(source, None, [("v1", tmp_path / "other")])


def test_an_earlier_import_is_never_overwritten(source: Path, tmp_path: Path) -> None:
    _write(tmp_path / "v1" / "b.txt", "1 .5 .5 .2 .4 .5")
    with pytest.raises(SourceError, match="'v1', which is taken"):
        readers.read(source, None, [("v1", tmp_path / "v1"), ("v1", tmp_path / "v1")])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("names: [cat", "in YAML"),
        ("[" * 5000, "nested too deeply"),
        ("train: images/train\nnames: [cat]\nkpt_shape: 17", "two whole numbers"),
        ("train: images/train\nnames: [cat]\nkpt_shape: [17, x]", "two whole numbers"),
        ("train: images/train\nnames: [[cat]]", "text as names"),
        ("train: images/train\nnames: {no: cat}", "whole numbers"),
        (f"train: {'images/' * 700}\nnames: [cat]", "does not exist"),
        (f"path: {'x' * 1000}\ntrain: {'x' * 300}\nnames: [cat]", "does not exist"),
        ("path: /\ntrain: .\nnames: [cat]", "the root of the file system"),
        ("- cat", "other YAML"),
        ("train: images/train", "under names"),
        ("names: {cat: 0}\ntrain: images/train", "whole numbers"),
        ("names: [cat]", "train, val or test"),
        ("names: [cat]\ntrain: nowhere", "found none that can be read"),
    ],
)
def test_unusable_files_are_refused(source: Path, text: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        readers.read(_write(source / "bad.yaml", text))


def test_labels_of_their_own_are_refused(source: Path) -> None:
    with pytest.raises(SourceError, match="Expected no --labels"):
        readers.read(source, _write(source / "labels.csv", "image,label\n"))


@pytest.mark.parametrize("shape", [(12, 2), (17, 3)])
def test_keypoints_are_no_polygons(source: Path, tmp_path: Path, shape: tuple[int, int]) -> None:
    """What `kpt_shape` says follows the box, of detections before their confidence."""
    _write(source / "data.yaml", f"{YAML}kpt_shape: {list(shape)}\n")
    points = " 0.9 0.1" * (shape[0] * shape[1] // 2) + " 2" * (shape[0] * shape[1] % 2)
    _write(source / "labels" / "train" / "b.txt", f"1 0.5 0.5 0.2 0.4{points}\n0 0.1 0.2 0.5 0.2 0.3 0.8 0.1\n")
    _write(tmp_path / "v1" / "b.txt", f"1 0.5 0.5 0.2 0.4{points} 0.75\n1 0.5 0.5 0.2 0.4{points}\n")
    dataset = readers.read(source, None, [("v1", tmp_path / "v1")])
    assert list(dataset.ground_truth.loc["images/train/b.png#1", list(BOX)]) == pytest.approx([40, 15, 20, 20])
    found = dataset.predictions["v1"]
    assert found.iloc[0][list(BOX)].tolist() == pytest.approx([40, 15, 20, 20])
    assert found["confidence"].fillna(-1).tolist() == [0.75, -1]
    [skipped] = dataset.skipped
    assert f"it has 8 numbers, expected class x y width height and {shape[0] * shape[1]} numbers" in skipped.reason


def test_detections_may_be_polygons_and_turned_boxes(source: Path, tmp_path: Path) -> None:
    corners = "0.1 0.2 0.5 0.2 0.5 0.8 0.1 0.8"
    _write(tmp_path / "v1" / "b.txt", f"1 {corners} 0.75\n0 {corners}\n")
    found = readers.read(source, None, [("v1", tmp_path / "v1")]).predictions["v1"]
    assert found["confidence"].fillna(-1).tolist() == [0.75, -1]
    assert found.iloc[0][list(BOX)].tolist() == pytest.approx([10, 10, 40, 30])


def test_what_rounding_leaves_just_above_one_is_one(source: Path, tmp_path: Path) -> None:
    _write(source / "labels" / "train" / "b.txt", "0 0.5 0.5 1.000001 1")
    _write(tmp_path / "v1" / "b.txt", "0 0.5 0.5 1 1 1.0000001")
    dataset = readers.read(source, None, [("v1", tmp_path / "v1")])
    assert "images/train/b.png#1" in dataset.ground_truth.index
    assert dataset.predictions["v1"]["confidence"].tolist() == [1.0]
    assert dataset.skipped == ()


def test_names_are_as_they_are_written(source: Path) -> None:
    names = ["no", "yes", "on", "01", "12:30", "~", "1_000", "0x10", "1.0", "2024-01-01"]
    _write(source / "labels" / "train" / "b.txt", "".join(f"{row} .5 .5 .1 .1\n" for row in range(len(names))))
    for text in (f"[{', '.join(names)}]", "{" + ", ".join(f"{row}: {name}" for row, name in enumerate(names)) + "}"):
        _write(source / "data.yaml", f"names: {text}\ntrain: images/train\n")
        truth = readers.read(source).ground_truth
        assert truth[truth["sample"] == "images/train/b.png"]["label"].tolist() == names


def test_hidden_and_deleted_files_are_no_images_and_no_detections(source: Path, tmp_path: Path) -> None:
    _image(source / "images" / "train" / ".ipynb_checkpoints" / "a-checkpoint.png")
    _image(source / "images" / "val" / ".Trash-1000" / "files" / "x.png")
    _write(tmp_path / "v1" / ".Trash-1000" / "b.txt", "0 .5 .5 .1 .1 .5")
    _write(tmp_path / "v1" / "b.txt", "1 .5 .5 .1 .1 .5")
    dataset = readers.read(source, None, [("v1", tmp_path / "v1")])
    assert len(dataset.samples) == 3
    assert dataset.predictions["v1"]["label"].tolist() == ["dog"]
    assert dataset.skipped == ()


def test_links_to_folders_and_names_that_are_not_unicode_are_listed(source: Path) -> None:
    (source / "images" / "train" / "more").symlink_to(source / "images" / "val")
    _image(Path(os.fsdecode(os.fsencode(source) + b"/images/train/caf\xe9.png")))
    dataset = readers.read(source)
    assert len(dataset.samples) == 3
    assert [one.reason for one in dataset.skipped] == [
        "it is a link to a folder, which is not followed",
        "its name is not valid Unicode",
    ]


@pytest.mark.parametrize("train", ["images\\train", ".\\images\\train", "train.txt"])
def test_paths_may_have_backslashes(source: Path, train: str) -> None:
    _write(source / "train.txt", ".\\images\\train\\a.png\nimages\\train\\b.png\n")
    _write(source / "data.yaml", f"names: [cat, dog]\ntrain: {train}\n")
    assert readers.read(source).samples.index.tolist() == ["images/train/a.png", "images/train/b.png"]


def test_the_root_may_be_in_the_home_folder(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(source.parent))
    file = _write(tmp_path / "configs" / "data.yaml", f"path: ~/{source.name}\n{YAML}")
    assert len(readers.read(file).samples) == 3


def test_label_files_of_which_none_fits_are_refused(source: Path) -> None:
    for number, file in enumerate(sorted(source.glob("labels/*/*.txt"))):
        file.rename(file.with_name(f"0a1b2c3d-{number}.txt"))
    with pytest.raises(
        SourceError, match=r"named like the images .* found 3 of other names, such as .*0a1b2c3d-0\.txt"
    ):
        readers.read(source)


def test_labels_of_which_none_can_be_used_are_refused(source: Path) -> None:
    for file in source.glob("labels/*/*.txt"):
        file.write_text("0 50 25 20 40\n")
    with pytest.raises(SourceError, match="found none to use: it has numbers above 1, so pixels"):
        readers.read(source)


def test_names_that_repeat_one_another_without_end_are_refused(source: Path) -> None:
    lists = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 60)]
    text = "\n".join(["l0: &l0 [x]", *lists, "names: *l59", "train: *l59"])
    with pytest.raises(SourceError, match="text as names"):
        readers.read(_write(source / "bad.yaml", text))
