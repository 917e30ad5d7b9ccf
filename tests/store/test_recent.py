"""The workspaces that were opened last, as the start page lists them."""

from __future__ import annotations

import io
import json
import os
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from explorer.store import recent
from explorer.store.paths import WorkspacePaths

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace

DISC = 13
"""Pixels of one of a few points: those at most two pixels from its middle."""


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration folder of the test's own."""
    monkeypatch.setenv("EDGECASE_CONFIG", str(tmp_path / "config"))
    return tmp_path / "config" / "recent.json"


def _listed() -> list[Path]:
    return [one.path for one in recent.recent()]


def test_a_workspace_is_listed_with_its_name_size_date_and_picture(workspace: Workspace) -> None:
    assert _listed() == []
    recent.note(workspace.path)
    (found,) = recent.recent()
    assert (found.path, found.name, found.images) == (workspace.path, "Fruit", 60)
    assert found.built_at == workspace.manifest.built_at
    picture = Image.open(io.BytesIO(found.picture))
    assert (picture.format, picture.size, picture.mode) == ("PNG", (160, 160), "RGBA")
    drawn = np.asarray(picture)[..., 3] > 0
    assert 3 * DISC < drawn.sum() <= 60 * DISC


def test_the_picture_is_drawn_once_for_each_map(workspace: Workspace) -> None:
    recent.note(workspace.path)
    (found,) = recent.recent()
    (kept,) = workspace.paths.thumbnails.glob("map-*.png")
    assert kept.name == f"map-{workspace.manifest.spaces['image']}.png"
    assert kept.read_bytes() == found.picture
    kept.write_bytes(b"another")
    assert recent.recent()[0].picture == b"another"


def test_a_picture_shows_where_points_are() -> None:
    """The larger y is above, both axes in one scale in the middle, and where more points are it is stronger."""
    xy = np.array([[0, 0], [0, 0], [0, 0], [2, 1]], np.float32)
    alpha = np.asarray(Image.open(io.BytesIO(recent.draw(xy))))[..., 3]
    low, high = alpha[100:, :10], alpha[:60, -10:]
    assert np.count_nonzero(low) == np.count_nonzero(high) == DISC
    assert np.count_nonzero(alpha) == 2 * DISC
    assert [tuple(np.argwhere(part).mean(axis=0)) for part in (low, high)] == [(18, 2), (41, 7)]
    assert low.max() > high.max()


def test_the_more_points_the_finer_they_are_drawn() -> None:
    far = np.array([[0, 0], [1, 1]], np.float32)
    drawn = [np.asarray(Image.open(io.BytesIO(recent.draw(np.repeat(far, n, axis=0)))))[..., 3] for n in (1, 400, 6000)]
    assert [np.count_nonzero(alpha) for alpha in drawn] == [2 * 13, 2 * 5, 2]


@pytest.mark.parametrize("points", [0, 1, 5])
def test_points_that_are_all_alike_have_a_picture(points: int) -> None:
    alpha = np.asarray(Image.open(io.BytesIO(recent.draw(np.ones((points, 2), np.float32)))))[..., 3]
    assert np.count_nonzero(alpha) == min(points, 1) * DISC


def test_the_last_opened_is_first_and_none_is_twice(workspace: Workspace, tmp_path: Path) -> None:
    other = shutil.copytree(workspace.path, tmp_path / "other")
    for path in (workspace.path, other, workspace.path, tmp_path / "other" / ".." / "other"):
        recent.note(path)
    assert _listed() == [other, workspace.path]
    recent.forget(other)
    assert _listed() == [workspace.path]
    assert other.exists()


def test_one_whose_first_build_is_still_to_end_is_listed(tmp_path: Path) -> None:
    (tmp_path / "new" / "job").mkdir(parents=True)
    recent.note(tmp_path / "new")
    assert recent.recent() == [recent.Recent(tmp_path / "new", "new", 0, "", b"")]


def test_what_is_gone_never_begun_or_damaged_is_left_out(workspace: Workspace, tmp_path: Path) -> None:
    torn = shutil.copytree(workspace.path, tmp_path / "torn")
    for file in WorkspacePaths(torn).derived.glob("space-*/layout.npy"):
        file.write_bytes(b"")
    gone = shutil.copytree(workspace.path, tmp_path / "gone")
    for path in (torn, gone, tmp_path / "never", workspace.path):
        recent.note(path)
    shutil.rmtree(gone)
    assert _listed() == [workspace.path]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"workspaces": 3}', '{"workspaces": [1, null]}'])
def test_a_damaged_list_is_an_empty_one(text: str, config: Path, workspace: Workspace) -> None:
    config.parent.mkdir()
    config.write_text(text, encoding="utf-8")
    assert _listed() == []
    recent.note(workspace.path)
    assert _listed() == [workspace.path]


def test_the_list_is_bounded(config: Path, tmp_path: Path) -> None:
    for number in range(40):
        recent.note(tmp_path / str(number))
    noted = json.loads(config.read_text("utf-8"))["workspaces"]
    assert noted == [str(tmp_path / str(number)) for number in range(39, 9, -1)]


def test_a_configuration_that_cannot_be_written_costs_nothing(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("EDGECASE_CONFIG", str(tmp_path / "file"))
    recent.note(workspace.path)
    recent.forget(workspace.path)
    assert _listed() == []


def test_the_configuration_lies_where_the_system_keeps_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("EDGECASE_CONFIG")
    monkeypatch.setenv("XDG_CONFIG_HOME" if os.uname().sysname == "Linux" else "HOME", str(tmp_path))
    assert recent._file().is_relative_to(tmp_path)
    assert recent._file().parts[-2:] == ("edgecase-explorer", "recent.json")
