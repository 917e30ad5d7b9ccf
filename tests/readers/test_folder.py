"""A folder of images gives ids, splits and labels by its layout, and says what it left out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from explorer import readers
from explorer.errors import SourceError
from explorer.store.paths import MANIFEST

if TYPE_CHECKING:
    from explorer.data.records import Dataset


def _images(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (2, 2)).save(root / name)
    return root


def _labels(dataset: Dataset) -> dict[str, str]:
    return dict(zip(dataset.ground_truth["sample"], dataset.ground_truth["label"], strict=True))


def test_class_folders_give_labels(tmp_path: Path) -> None:
    dataset = readers.read(_images(tmp_path, "dog/1.jpg", "cat/2.PNG", "cat/deep/3.webp", "loose.jpg"))
    assert list(dataset.samples.index) == ["loose.jpg", "cat/2.PNG", "cat/deep/3.webp", "dog/1.jpg"]
    assert _labels(dataset) == {"cat/2.PNG": "cat", "cat/deep/3.webp": "cat", "dog/1.jpg": "dog"}
    assert dataset.samples.loc["cat/2.PNG", "filepath"] == str(tmp_path / "cat" / "2.PNG")
    assert list(dataset.ground_truth.index) == list(dataset.ground_truth["sample"])


def test_split_folders_above_class_folders_give_both(tmp_path: Path) -> None:
    dataset = readers.read(_images(tmp_path, "train/cat/1.jpg", "train/dog/1.jpg", "Val/cat/1.jpg"))
    assert dataset.samples["split"].to_dict() == {
        "Val/cat/1.jpg": "Val",
        "train/cat/1.jpg": "train",
        "train/dog/1.jpg": "train",
    }
    assert _labels(dataset)["Val/cat/1.jpg"] == "cat"


def test_split_folders_alone_give_no_labels(tmp_path: Path) -> None:
    dataset = readers.read(_images(tmp_path, "train/1.jpg", "test/1.jpg"))
    assert list(dataset.samples["split"]) == ["test", "train"]
    assert _labels(dataset) == {}


def test_a_class_named_like_a_split_stays_a_class(tmp_path: Path) -> None:
    """Among classes that are no splits, a class called "test" (as in pregnancy tests) is a class."""
    dataset = readers.read(_images(tmp_path, "cat/1.jpg", "test/1.jpg"))
    assert "split" not in dataset.samples
    assert _labels(dataset) == {"cat/1.jpg": "cat", "test/1.jpg": "test"}


@pytest.mark.parametrize("names", [["1.jpg", "2.jpg"], ["images/1.jpg", "images/2.jpg"], ["1.jpg"]])
def test_a_flat_folder_and_a_single_inner_one_give_no_labels(tmp_path: Path, names: list[str]) -> None:
    dataset = readers.read(_images(tmp_path, *names))
    assert list(dataset.samples.index) == names
    assert (len(dataset.ground_truth), dataset.predictions) == (0, {})
    assert list(dataset.ground_truth.columns) == ["sample", "label"]


def test_hidden_files_are_ignored_and_others_are_counted(tmp_path: Path) -> None:
    _images(tmp_path, "1.jpg", ".thumbs/1.jpg", ".hidden.jpg")
    for name in ("notes.txt", "more.txt", "LICENSE"):
        (tmp_path / name).write_text("x")
    dataset = readers.read(tmp_path)
    assert list(dataset.samples.index) == ["1.jpg"]
    assert [skip.reason for skip in dataset.skipped] == ["3 files are not images (.txt, LICENSE)"]


def test_names_in_any_script_are_kept_and_broken_ones_listed(tmp_path: Path) -> None:
    _images(tmp_path, "猫/写真 ä'\"<b>.jpg", "dog/1.jpg")
    broken = os.fsencode(tmp_path) + b"/dog/\xff.jpg"
    with open(broken, "wb"):  # noqa: PTH123 - a Path cannot name it
        pass
    dataset = readers.read(tmp_path)
    assert set(dataset.samples.index) == {"猫/写真 ä'\"<b>.jpg", "dog/1.jpg"}
    assert [skip.reason for skip in dataset.skipped] == ["its name is not valid Unicode"]
    assert dataset.skipped[0].filepath.isascii()


def test_a_link_to_a_folder_is_listed_not_followed(tmp_path: Path) -> None:
    """A link back to the folder itself would otherwise never end."""
    _images(tmp_path, "1.jpg")
    (tmp_path / "loop").symlink_to(tmp_path)
    dataset = readers.read(tmp_path)
    assert list(dataset.samples.index) == ["1.jpg"]
    assert dataset.skipped[0].filepath == str(tmp_path / "loop")


def test_a_relative_folder_gives_absolute_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _images(tmp_path, "photos/1.jpg")
    monkeypatch.chdir(tmp_path)
    assert list(readers.read(Path("photos")).samples["filepath"]) == [str(tmp_path / "photos" / "1.jpg")]


def test_a_folder_without_images_and_a_missing_source_are_errors(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(SourceError, match="found none"):
        readers.read(tmp_path)
    with pytest.raises(SourceError, match="found nothing"):
        readers.read(tmp_path / "none")
    with pytest.raises(SourceError, match=r"\.csv.*notes\.pdf"):
        readers.read((tmp_path / "notes.txt").rename(tmp_path / "notes.pdf"))


def test_a_workspace_below_the_source_is_no_source(tmp_path: Path) -> None:
    _images(tmp_path, "a.png", "work/thumbnails/96/b.webp")
    (tmp_path / "work" / MANIFEST).write_text("{}")
    dataset = readers.read(tmp_path)
    assert list(dataset.samples.index) == ["a.png"]
    assert any(skip.filepath.endswith("work") and "it is a workspace" in skip.reason for skip in dataset.skipped)
