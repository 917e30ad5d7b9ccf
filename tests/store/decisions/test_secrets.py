"""Whatever form a PostgreSQL address has and whatever goes wrong, no part of its secrets is in a message."""

from __future__ import annotations

import subprocess
import sys
import traceback
from typing import TYPE_CHECKING

import pytest

from explorer import open_workspace
from explorer.cli import main
from explorer.errors import WorkspaceError
from explorer.store.decisions.connections import describe, parse
from explorer.store.decisions.subsets import Decisions

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace

ADDRESSES = [
    "postgresql://ada:hush@nowhere.invalid/team",
    "POSTGRES://ada:hush@nowhere.invalid/team",
    "postgresql+psycopg://ada:hu%2Fhush%40sh@nowhere.invalid/team",
    "postgresql://ada:hu/hush@nowhere.invalid/team",
    "postgresql://ada:pass@hush@nowhere.invalid/team",
    "postgresql://ada:a/b@x/hush@nowhere.invalid/team",
    "postgresql://ada:hush",
    "postgresql://ada:hush@nowhere.invalid:port/team",
    "postgresql:/ada:hush@nowhere.invalid/team",
    "postgresql:ada:hush@nowhere.invalid/team",
    "postgresql://nowhere.invalid/team?password=hush",
    "postgresql://nowhere.invalid/team?password=hush&password=hush",
    "postgresql://nowhere.invalid/team?PASSWORD=hush",
    "postgresql://nowhere.invalid/team?sslpassword=hush&sslmode=require",
    "host=nowhere.invalid user=ada password=hush dbname=team",
    "password = 'hush' host=nowhere.invalid",
    "mysql://ada:hush@nowhere.invalid/team",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_message_and_no_traceback_shows_a_secret(address: str, workspace: Workspace) -> None:
    """Neither the error nor anything it was caused by; nor is there a file of that name afterwards."""
    with pytest.raises(WorkspaceError) as caught:
        _ = open_workspace(workspace.path, address).decisions
    assert "hush" not in "".join(traceback.format_exception(caught.value))
    assert not list(workspace.path.parent.rglob("*hush*"))


@pytest.mark.parametrize(
    "place", [["info", "{}"], ["backup", "{}", "b.zip"], ["info", ".", "{}"], ["search", ".", "{}"]]
)
def test_an_address_in_the_wrong_place_is_not_echoed(place: list[str]) -> None:
    """The parser of the command line, and whatever takes it for a path, quote what was given."""
    argv = [each.format("postgresql://ada:hush@host/team") for each in place]
    command = [sys.executable, "-c", "import sys; from explorer.cli import main; sys.exit(main(sys.argv[1:]))", *argv]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode != 0
    assert "hush" not in ran.stdout + ran.stderr


def test_info_shows_no_address(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EDGECASE_DECISIONS", "postgresql://ada:hush@nowhere.invalid/team")
        assert main(["info", str(workspace.path), "--json"]) == 1
    assert "hush" not in "".join(capsys.readouterr())


def test_what_tells_one_server_from_another_is_shown() -> None:
    url = parse("postgresql://ada:hush@host:5433/team?sslmode=require&password=hush&options=-c%20x%3Dhush")
    assert describe(url) == "postgresql://ada:***@host:5433/team?sslmode=require"


def test_a_folder_may_be_called_as_an_option_of_a_server(workspace: Workspace) -> None:
    """`user=ada` is how partitioned data sets name their folders."""
    folder = workspace.path.parent / "user=ada"
    folder.mkdir()
    with Decisions.open(str(folder / "decisions.db")) as store:
        store.create_subset("Blurry", author="Ada")
    assert (folder / "decisions.db").is_file()
