"""Copies of images: all arrive under names of their own, and those that cannot are listed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from explorer.errors import ExportError
from explorer.exporters import exporter
from tests.exporters.conftest import cells, file_at, no_file_larger_than, package_of

if TYPE_CHECKING:
    from pathlib import Path

export_images = exporter("images")


def test_files_of_one_name_from_different_folders_all_arrive(tmp_path: Path) -> None:
    """Also where only the case differs, which some file systems do not tell apart, or a number is taken."""
    names = ["a/1.png", "b/1.png", "c/1.PNG", "d/1-2.png"]
    package = package_of({name: file_at(tmp_path / "from" / name, name.encode()) for name in names})
    written = export_images(package, tmp_path / "to")
    manifest = json.loads((tmp_path / "to" / "manifest.json").read_text())
    found = {image["id"]: (tmp_path / "to" / image["exported_as"]).read_text() for image in manifest["images"]}
    assert found == {name: name for name in names}
    assert len({image["exported_as"].casefold() for image in manifest["images"]}) == len(names)
    assert written.images == len(names)
    assert [row["exported_as"] for row in cells((tmp_path / "to" / "manifest.csv").read_bytes())] == [
        image["exported_as"] for image in manifest["images"]
    ]


def test_changed_and_missing_files_are_left_out_and_listed(tmp_path: Path) -> None:
    files = {name: file_at(tmp_path / name) for name in ("kept.png", "changed.png", "gone.png")}
    package = package_of(files)
    files["changed.png"].write_bytes(b"other pixels")
    files["gone.png"].unlink()
    written = export_images(package, tmp_path / "to")
    assert [file.name for file in (tmp_path / "to" / "images").iterdir()] == ["kept.png"]
    assert {one.filepath: one.reason.split(":")[0] for one in written.left_out} == {
        str(files["changed.png"]): "has changed since it was embedded; build again",
        str(files["gone.png"]): "cannot be read",
    }
    manifest = json.loads((tmp_path / "to" / "manifest.json").read_text())
    assert [image["id"] for image in manifest["images"]] == ["kept.png"]
    assert [one["filepath"] for one in manifest["left_out"]] == [one.filepath for one in written.left_out]


def test_a_folder_with_something_in_it_is_refused_and_untouched(tmp_path: Path) -> None:
    file_at(tmp_path / "to" / "mine.txt", b"mine")
    with pytest.raises(ExportError, match="new or empty folder"):
        export_images(package_of({"a": file_at(tmp_path / "a.png")}), tmp_path / "to")
    with pytest.raises(ExportError, match="new or empty folder"):
        export_images(package_of({"a": file_at(tmp_path / "a.png")}), tmp_path / "to" / "mine.txt")
    assert [file.name for file in (tmp_path / "to").iterdir()] == ["mine.txt"]


def test_a_full_disk_while_copying_says_how_far_it_came(tmp_path: Path) -> None:
    """Nothing is there that somebody could take for the whole, or that the next export would be refused for."""
    package = package_of({name: file_at(tmp_path / name, bytes(size)) for name, size in (("a", 10), ("b", 50_000))})
    with no_file_larger_than(10_000), pytest.raises(ExportError, match="1 of 2 images"):
        export_images(package, tmp_path / "to")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a", "b"]
    assert export_images(package, tmp_path / "to").images == 2
