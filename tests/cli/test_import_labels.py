"""The command that takes over labels that came back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.cli.import_labels import FORMATS
from explorer.readers.returned import FORMS
from tests.cli.conftest import printed_json

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.cli.conftest import Edgecase


def test_formats_are_those_that_can_be_read() -> None:
    assert tuple(FORMS) == FORMATS


def test_a_file_is_compared_taken_over_and_taken_back(workspace: Workspace, tmp_path: Path, edgecase: Edgecase) -> None:
    back = tmp_path / "back.csv"
    back.write_text("id,label\napple/00.png,leaf\nsky/00.png,sky\nx.png,leaf\nleaf/00.png,\n")
    code, out, err = edgecase("import-labels", workspace.path, back, "--dry-run")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "class changed: 1",
        "  apple/00.png: apple → leaf",
        "unchanged: 1",
        "no answer: 1",
        "  leaf/00.png: nobody said what is on it",
        "image unmatched: 1",
        "  back.csv, row 3: no image has the id x.png",
        "Nothing was changed, as --dry-run asks.",
    ]
    assert workspace.corrections.all() == {}
    said = printed_json(edgecase("import-labels", workspace.path, back, "--author", "Ada", "--json"))
    assert (said["format"], said["applied"], said["counts"]["unchanged"]) == ("table", 1, 1)
    (change, *_) = said["changes"]
    assert (change["kind"], change["image"], change["by"]) == ("class changed", "apple/00.png", "id")
    assert (change["before"]["label"], change["after"]["label"]) == ("apple", "leaf")
    assert workspace.corrections.all()["apple/00.png"].label == "leaf"
    assert edgecase("import-labels", workspace.path, back)[1].splitlines()[-1] == "Nothing to change."
    assert edgecase("label", "undo", workspace.path, "--author", "Ada")[0] == 0
    assert workspace.corrections.all() == {}


def test_what_cannot_be_read_changes_nothing(workspace: Workspace, tmp_path: Path, edgecase: Edgecase) -> None:
    (tmp_path / "evil.xml").write_text('<!DOCTYPE a [<!ENTITY b "c">]><annotations>&b;</annotations>')
    code, out, err = edgecase("import-labels", workspace.path, tmp_path / "evil.xml")
    assert (code, out) == (1, "")
    assert "found a document type" in err
    assert edgecase("import-labels", workspace.path, tmp_path / "none.zip")[0] == 1
