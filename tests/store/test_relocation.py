"""A moved image folder is found again only where the very images are."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from explorer import build, open_workspace
from explorer.actions.lay_out_again import lay_out_again
from explorer.errors import WorkspaceError
from explorer.store.derived.building import building
from explorer.store.relocation import image_warning, relocate

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.conftest import Source


@pytest.fixture
def photos(source: Source, tmp_path: Path) -> Path:
    """A copy of the images that a test may move."""
    return shutil.copytree(source.images, tmp_path / "disk" / "photos")


@pytest.fixture
def workspace(source: Source, photos: Path, tmp_path: Path) -> Workspace:
    """Built from the copy."""
    return build(photos / "table.csv", tmp_path / "ws", vectors=source.vectors)


def _move(photos: Path, to: Path) -> Path:
    to.parent.mkdir(parents=True, exist_ok=True)
    photos.rename(to)
    return to


def test_images_that_are_there_are_not_warned_of(workspace: Workspace) -> None:
    assert image_warning(workspace) == ""


def test_images_that_are_gone_are_counted_and_the_command_is_named(workspace: Workspace, photos: Path) -> None:
    shutil.rmtree(photos / "apple")
    assert image_warning(workspace) == (
        f"20 of 60 image files are no longer at {photos / 'apple'}. If the folder was moved, run "
        f"`edgecase relocate {workspace.path} NEW_ROOT`."
    )


@pytest.mark.parametrize("named", ["photos", "its parent"])
def test_a_moved_folder_or_its_parent_is_enough(named: str, workspace: Workspace, photos: Path, tmp_path: Path) -> None:
    new = _move(photos, tmp_path / "new" / "photos")
    done = relocate(workspace, new if named == "photos" else new.parent)
    assert (done.images, done.found, done.compared) == (60, 60, 60)
    again = open_workspace(workspace.path)
    assert image_warning(again) == ""
    assert again.samples["filepath"].tolist() == [str(new / sample) for sample in again.ids]
    assert again.ids == workspace.ids


def test_a_folder_moved_twice_and_back_is_found_each_time(workspace: Workspace, photos: Path, tmp_path: Path) -> None:
    before = workspace.samples["filepath"].tolist()
    for place in (tmp_path / "second", tmp_path / "third" / "photos", photos):
        photos = _move(photos, place)
        relocate(open_workspace(workspace.path), photos)
        assert image_warning(open_workspace(workspace.path)) == ""
    assert open_workspace(workspace.path).samples["filepath"].tolist() == before


def test_a_part_that_was_moved_leaves_the_others_where_they_are(
    workspace: Workspace, photos: Path, tmp_path: Path
) -> None:
    apples = _move(photos / "apple", tmp_path / "fruit")
    assert relocate(workspace, apples).found == 60
    paths = open_workspace(workspace.path).samples["filepath"]
    assert paths["apple/03.png"] == str(apples / "03.png")
    assert paths["leaf/03.png"] == str(photos / "leaf" / "03.png")


def test_images_that_are_still_missing_are_counted(workspace: Workspace, photos: Path, tmp_path: Path) -> None:
    new = _move(photos, tmp_path / "new")
    shutil.rmtree(new / "sky")
    assert relocate(workspace, new).found == 40
    assert "20 of 60" in image_warning(open_workspace(workspace.path))


def test_other_images_under_the_same_names_are_refused(workspace: Workspace, photos: Path, tmp_path: Path) -> None:
    """Nothing is changed: the manifest is the same, byte for byte."""
    new = _move(photos, tmp_path / "new")
    shutil.copy(new / "sky" / "00.png", new / "sky" / "01.png")
    manifest = (workspace.path / "edgecase.json").read_bytes()
    with pytest.raises(WorkspaceError, match=r"1 of 60 files compared are not .*sky/01.png"):
        relocate(workspace, new)
    assert (workspace.path / "edgecase.json").read_bytes() == manifest


def test_a_folder_without_the_images_is_refused(workspace: Workspace, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(WorkspaceError, match="None of the images from"):
        relocate(workspace, tmp_path / "empty")
    with pytest.raises(WorkspaceError, match="found none at"):
        relocate(workspace, tmp_path / "nowhere")
    shutil.copytree(photos / "apple", tmp_path / "part" / "apple")
    with pytest.raises(WorkspaceError, match="Only 20 of 60"):
        relocate(workspace, tmp_path / "part")


def test_what_was_made_since_the_workspace_was_opened_stays(workspace: Workspace, photos: Path, tmp_path: Path) -> None:
    """Two programs at once: the one that says where the images are does not bring back what the other has replaced."""
    lay_out_again(workspace, "wide", n_neighbors=20)
    new = _move(photos, tmp_path / "new" / "photos")
    with building(workspace.path), pytest.raises(WorkspaceError, match="Another build is running"):
        relocate(workspace, new)
    assert open_workspace(workspace.path).manifest.moved == {}
    relocate(workspace, new)
    manifest = open_workspace(workspace.path).manifest
    assert (manifest.moved, [one["name"] for one in manifest.layouts]) == ({str(photos): str(new)}, ["wide"])
