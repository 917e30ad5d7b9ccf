"""A new workspace gets a folder of its own, and is taken back only where nothing was made in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from explorer.actions.place import discard, free_place, workspaces_folder

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace


def test_workspaces_are_made_below_the_first_root_that_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roots = [tmp_path / "frozen", tmp_path / "open"]
    for root in roots:
        root.mkdir()
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != roots[0])  # root may write everywhere
    assert workspaces_folder(roots) == roots[1] / "edgecase"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert workspaces_folder([]) == tmp_path / "edgecase"


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("photos", "photos"),
        ("taken", "taken 2"),
        ("../../etc", "etc"),
        ("a/b\\c\0d", "a b c d"),
        ("", "workspace"),
        ("...", "workspace"),
        ("x" * 300, "x" * 60),
        ("Übersicht 3", "Übersicht 3"),
    ],
)
def test_a_name_becomes_a_folder_that_is_not_there_yet(name: str, folder: str, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    assert free_place(tmp_path, name) == tmp_path / folder


@pytest.mark.parametrize("made", ["edgecase.json", "decisions.db", "job"])
def test_what_somebody_worked_on_is_never_discarded(made: str, tmp_path: Path) -> None:
    (tmp_path / "ws" / made).mkdir(parents=True)
    discard(tmp_path / "ws")
    assert (tmp_path / "ws" / made).exists()


def test_what_was_only_received_is_discarded(tmp_path: Path) -> None:
    (tmp_path / "ws" / "received" / "uploads").mkdir(parents=True)
    discard(tmp_path / "ws")
    assert not (tmp_path / "ws").exists()


def test_a_built_workspace_stays(workspace: Workspace) -> None:
    discard(workspace.path)
    assert workspace.paths.manifest.exists()
