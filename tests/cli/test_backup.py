"""`edgecase backup` and `edgecase restore`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer import open_workspace
from tests.cli.conftest import ROOT, printed_json, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.cli.conftest import Edgecase


def test_a_backup_restores_from_the_command_line(edgecase: Edgecase, workspace: Workspace, tmp_path: Path) -> None:
    edgecase("subset", "create", workspace.path, "red", "--where", "label=apple")
    code, out, _ = edgecase("backup", workspace.path, tmp_path / "b.zip")
    assert (code, out) == (0, f"1 event and 0 derived files written to {tmp_path / 'b.zip'}\n")
    code, out, _ = edgecase("restore", tmp_path / "b.zip", tmp_path / "ws2")
    assert code == 0
    assert out.splitlines()[1] == (
        f"Make its maps again with: edgecase build {workspace.manifest.source} --workspace {tmp_path / 'ws2'} "
        "--predictions v1=FILE --predictions v2=FILE --vectors FILE"
    )
    assert open_workspace(tmp_path / "ws2").subset("red").ids == workspace.subset("red").ids
    assert printed_json(edgecase("backup", workspace.path, tmp_path / "full.zip", "--full", "--json"))["derived"] > 10
    code, out, _ = edgecase("restore", tmp_path / "full.zip", tmp_path / "ws3")
    assert out.splitlines()[1] == f"Open it with: edgecase open {tmp_path / 'ws3'}"
    assert len(printed_json(edgecase("subset", "show", tmp_path / "ws3", "red", "--json"))["ids"]) == 20
    assert "never replaces" in refusal(edgecase("backup", workspace.path, tmp_path / "b.zip"))
    assert "not a whole backup" in refusal(edgecase("restore", ROOT / "pyproject.toml", tmp_path / "ws4"))
