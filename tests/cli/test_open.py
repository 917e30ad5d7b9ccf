"""`edgecase open` before the app starts."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from explorer.cli import parser
from explorer.cli.open import run
from tests.cli.conftest import refusal

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace
    from tests.cli.conftest import Edgecase


def test_a_taken_port_is_one_sentence(edgecase: Edgecase, built: Workspace) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"Port {port}" in refusal(edgecase("open", built.path, "--port", port, "--no-browser"))


@pytest.mark.parametrize(
    ("argv", "workspace", "roots"),
    [
        ([], None, []),
        (["--root", "a", "--root", "b"], None, ["a", "b"]),
        (["open"], None, []),
        (["open", "ws"], "ws", []),
        (["open", "--root", "a", "--root", "b"], None, ["a", "b"]),
        (["--root", "a", "open", "ws"], "ws", ["a"]),
    ],
)
def test_without_a_workspace_it_is_the_start_page(argv: list[str], workspace: str | None, roots: list[str]) -> None:
    said = parser().parse_args(argv)
    assert said.run is run
    assert said.workspace == (Path(workspace) if workspace else None)
    assert said.root == [Path(root) for root in roots]
    assert (said.host, said.port, said.no_browser, said.decisions) == ("127.0.0.1", None, False, None)


def test_a_root_that_is_no_folder_is_one_sentence(edgecase: Edgecase, tmp_path: Path) -> None:
    assert "--root" in refusal(edgecase("open", "--root", tmp_path / "nowhere", "--no-browser"))


def test_a_database_without_its_workspace_is_one_sentence(edgecase: Edgecase, tmp_path: Path) -> None:
    assert "Expected a WORKSPACE with --decisions" in refusal(edgecase("open", "--decisions", tmp_path / "team.db"))
