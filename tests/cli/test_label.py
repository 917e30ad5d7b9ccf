"""The commands of labels."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from explorer.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from explorer.store.workspace import Workspace


def test_labels_are_corrected_confirmed_listed_and_taken_back(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place, ids = str(workspace.path), tmp_path / "ids.txt"
    ids.write_text("apple/00.png\napple/01.png\n", "utf-8")
    assert main(["label", "correct", place, "leaf", "--ids", str(ids), "--author", "Ada", "--reason", "green"]) == 0
    assert capsys.readouterr().out == "Ada corrected 2 labels (apple → leaf): green.\n"
    ids.write_text("sky/00.png\n", "utf-8")
    assert main(["label", "confirm", place, "--ids", str(ids), "--author", "Ada"]) == 0
    assert capsys.readouterr().out == "Ada confirmed 1 label.\n"
    assert main(["label", "list", place]) == 0
    lines = [line.split("\t")[:4] for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        ["apple/00.png", "leaf", "was apple", "Ada"],
        ["apple/01.png", "leaf", "was apple", "Ada"],
        ["sky/00.png", "sky", "confirmed", "Ada"],
    ]
    assert main(["label", "undo", place, "--author", "Ada"]) == 0
    assert capsys.readouterr().out == "Ada undid: confirmed 1 label.\n"
    assert main(["label", "list", place, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(one["id"], one["given"], one["label"], one["confirmed"], one["source"]) for one in told] == [
        ("apple/00.png", "apple", "leaf", False, "command line"),
        ("apple/01.png", "apple", "leaf", False, "command line"),
    ]
    assert main(["label", "redo", place, "--author", "Ada"]) == 0
    assert main(["label", "history", place, "--json"]) == 0
    assert [row["kind"] for row in json.loads(capsys.readouterr().out.split("\n", 1)[1])] == [
        "redone",
        "undone",
        "labelled",
        "labelled",
    ]


def test_an_unknown_id_changes_nothing(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ids.txt").write_text("nowhere.png\n", "utf-8")
    assert main(["label", "correct", str(workspace.path), "leaf", "--ids", str(tmp_path / "ids.txt")]) == 1
    assert capsys.readouterr().err == "edgecase: Expected ids of this workspace, found 1 unknown: nowhere.png.\n"
    assert workspace.corrections.all() == {}
