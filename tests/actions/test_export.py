"""An export writes the subset in the format asked for, and says what was counted, left out and gone."""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import explorer
from explorer.actions.export import export, zipped_images
from explorer.data.subsets import Member
from explorer.exporters import FORMATS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.store.decisions.subsets import Subset
    from explorer.store.workspace import Workspace
    from tests.conftest import Source


def _subset(workspace: Workspace, ids: Sequence[str]) -> Subset:
    workspace.decisions.create_subset("red", author="Ada", members=[Member(each, "lasso") for each in ids])
    return workspace.subset("red")


@pytest.fixture
def halved(source: Source, tmp_path: Path) -> Workspace:
    """A workspace with the subset `red` of five images, two of which are gone."""
    photos = shutil.copytree(source.images, tmp_path / "photos")
    workspace = explorer.build(photos / "table.csv", tmp_path / "ws", vectors=source.vectors)
    _subset(workspace, workspace.ids[:5])
    for name in workspace.ids[:2]:
        (photos / name).unlink()
    return workspace


@pytest.mark.parametrize(("form", "file"), [("csv", ""), ("images", "manifest.csv")])
def test_every_format_holds_the_members(form: str, file: str, workspace: Workspace, tmp_path: Path) -> None:
    assert form in FORMATS
    done = export(workspace, _subset(workspace, workspace.ids[3:6]), form, tmp_path / "out")
    assert (done.written.images, done.of, done.warning) == (3, "images", "")
    rows = csv.DictReader(io.StringIO((tmp_path / "out" / file).read_text("utf-8")))
    assert [row["id"] for row in rows] == list(workspace.ids[3:6])


def test_boxes_are_counted_as_boxes_and_their_images_as_images(boxes_workspace: Workspace, tmp_path: Path) -> None:
    """The first three boxes lie in one image."""
    subset = _subset(boxes_workspace, ["gt:1", "gt:2", "gt:3"])
    table = export(boxes_workspace, subset, "csv", tmp_path / "boxes.csv")
    assert (table.written.images, table.of) == (3, "boxes")
    images = export(boxes_workspace, subset, "images", tmp_path / "boxes")
    assert (images.written.images, images.of) == (1, "images")


def test_images_that_are_gone_are_left_out_and_warned_of(halved: Workspace, tmp_path: Path) -> None:
    done = export(halved, halved.subset("red"), "images", tmp_path / "out")
    assert done.written.images == 3
    assert [Path(one.filepath).name for one in done.written.left_out] == ["00.png", "01.png"]
    assert done.warning.startswith("2 of 60 image files are no longer at")


def test_the_zip_holds_the_images_with_their_manifest(halved: Workspace) -> None:
    data, left_out = zipped_images(halved, halved.subset("red"))
    assert [one.reason for one in left_out] == ["cannot be read: No such file or directory"] * 2
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == [
            "images/02.png",
            "images/03.png",
            "images/04.png",
            "manifest.csv",
            "manifest.json",
        ]
        manifest = json.loads(archive.read("manifest.json"))
        assert archive.read("images/02.png") == Path(halved.samples["filepath"].iloc[2]).read_bytes()
    assert [image["id"] for image in manifest["images"]] == list(halved.ids[2:5])
