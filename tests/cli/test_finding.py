"""`edgecase finding`: what is dismissed is hidden and counted, and comes back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from explorer.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace


@pytest.fixture
def copies(workspace: Workspace, tmp_path: Path) -> Workspace:
    """One image twice: a finding."""
    import pandas as pd

    from explorer import build

    paths = workspace.built_paths[:40]
    table = pd.DataFrame({"image": paths})
    image = tmp_path / "copy.png"
    with open(paths[0], "rb") as content:  # noqa: PTH123 - a path of the sample table
        image.write_bytes(content.read())
    table.loc[len(table)] = [str(image)]
    table.to_csv(tmp_path / "table.csv", index=False)
    vectors = pd.DataFrame(
        {"id": table["image"], "vector": [*workspace.embeddings().vectors[:40], workspace.embeddings().vectors[0]]}
    )
    vectors.to_parquet(tmp_path / "vectors.parquet")
    return build(tmp_path / "table.csv", tmp_path / "copies", vectors=tmp_path / "vectors.parquet")


def _json(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    capsys.readouterr()
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_dismissed_by_its_key_restored_and_undone(copies: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    at = str(copies.path)
    (row,) = [row for row in _json(capsys, "finding", "list", at) if row["kind"] == "duplicates"]
    key = row["key"]
    assert main(["finding", "dismiss", at, key[:8], "--reason", "wanted", "--author", "Ada"]) == 0
    assert capsys.readouterr().out == "Ada dismissed the finding “Copies”: wanted.\n"
    assert key not in [row["key"] for row in _json(capsys, "finding", "list", at)]
    (gone,) = _json(capsys, "finding", "list", at, "--dismissed")
    assert (gone["key"], gone["reason"], gone["author"]) == (key, "wanted", "Ada")
    assert main(["analyze", at, "--only", "findings"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert not any("of copies" in line for line in printed)
    assert printed[-1] == "  1 dismissed: edgecase finding list WORKSPACE --dismissed tells why"
    assert _json(capsys, "analyze", at, "--only", "findings")["findings"][-1]["dismissed"]["reason"] == "wanted"
    assert main(["finding", "restore", at, key, "--author", "Bob"]) == 0
    assert key in [row["key"] for row in _json(capsys, "finding", "list", at)]
    assert main(["finding", "undo", at, "--author", "Bob"]) == 0
    assert [row["key"] for row in _json(capsys, "finding", "list", at, "--dismissed")] == [key]
    assert len(_json(capsys, "finding", "history", at)) == 3


def test_the_list_says_keys_and_sentences(copies: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["finding", "list", str(copies.path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line[8:] == "  duplicates: 2 images in 1 group of copies." for line in lines)


def test_a_key_that_names_none_is_refused_with_those_there_are(
    copies: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["finding", "dismiss", str(copies.path), "zz", "--reason", "wanted"]) == 1
    assert "Expected the key of one finding, found 'zz'. There are: " in capsys.readouterr().err
    assert main(["finding", "restore", str(copies.path), "zz"]) == 1
    assert capsys.readouterr().err == "edgecase: Expected the key of one finding, found 'zz'. There are: none.\n"


def test_what_is_to_be_done_is_said_by_title(copies: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    at = str(copies.path)
    assert main(["finding", "edit", at, "Copies", "--action", "remove: One of them.", "--author", "Ada"]) == 0
    assert capsys.readouterr().out == "Ada changed the actions of the finding “Copies”.\n"
    assert main(["finding", "list", at]) == 0
    assert "1 group of copies. To do: remove: One of them.\n" in capsys.readouterr().out
    (row,) = [row for row in _json(capsys, "finding", "list", at) if row["kind"] == "duplicates"]
    assert row["actions"] == ["remove: One of them."]
