"""The `edgecase` command: what it prints, where, and how it says no."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import explorer
from explorer.cli import main, parser
from tests.cli.conftest import ROOT, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Edgecase


def test_help_answers_without_loading_anything_heavy() -> None:
    script = (
        "import sys\nfrom explorer.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as end:\n    code = end.code\n"
        "heavy = ('torch', 'open_clip', 'pandas', 'streamlit', 'umap', 'faiss', 'PIL', 'sqlalchemy', 'numpy', 'yaml')\n"
        "print(code, [name for name in heavy if name in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stderr == "0 []\n"
    for command in ("demo", "build", "open", "info", "subset", "search", "export"):
        assert f"\n  {command}" in ran.stdout or f" {command} " in ran.stdout


def test_the_version_is_the_packages() -> None:
    command = [sys.executable, "-m", "explorer", "--version"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout == f"edgecase-explorer {explorer.__version__}\n"


@pytest.mark.parametrize("argv", [["nonsense"], ["search", "ws"], ["build", "src"], ["subset", "create", "ws", "n"]])
def test_a_command_that_is_not_understood_exits_with_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(argv)
    assert end.value.code == 2
    assert capsys.readouterr().out == ""


def test_ways_to_ask_exclude_each_other() -> None:
    for argv in (
        ["search", "ws", "--text", "a", "--like", "b"],
        ["subset", "create", "ws", "n", "--ids", "-", "--where", "a=b"],
    ):
        with pytest.raises(SystemExit):
            parser().parse_args(argv)


@pytest.mark.parametrize(
    "argv",
    [
        ["open"],
        ["info"],
        ["subset", "list"],
        ["search", "--like", "x"],
        ["export", "--out", "never.csv"],
    ],
)
def test_every_command_says_how_to_make_a_missing_workspace(
    argv: list[str], edgecase: Edgecase, tmp_path: Path
) -> None:
    place = 2 if argv[0] == "subset" else 1
    names = [tmp_path / "nowhere", *(["s"] if argv[0] == "export" else [])]
    said = refusal(edgecase(*argv[:place], *names, *argv[place:]))
    assert str(tmp_path / "nowhere") in said
    assert "edgecase build" in said
