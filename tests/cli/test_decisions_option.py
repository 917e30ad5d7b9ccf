"""Decisions that are kept elsewhere, or cannot be kept."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from explorer import open_workspace
from tests.cli.conftest import printed_json, process, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.cli.conftest import Edgecase


def test_decisions_may_be_kept_elsewhere(
    edgecase: Edgecase, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By option or by environment variable, for every command that reads or writes them."""
    elsewhere = ("--decisions", tmp_path / "team.db")
    create = ("subset", "create", workspace.path, "red", "--where", "label=apple")
    assert edgecase(*create, *elsewhere)[0] == 0
    assert printed_json(edgecase("subset", "list", workspace.path, "--json")) == []
    for argv in (("info",), ("subset", "list"), ("subset", "show")):
        name = ["red"] if argv[-1] == "show" else []
        assert "red" in edgecase(*argv, workspace.path, *name, *elsewhere)[1]
    assert edgecase("export", workspace.path, "red", "--out", tmp_path / "o.csv", *elsewhere)[0] == 0
    monkeypatch.setenv("EDGECASE_DECISIONS", str(tmp_path / "team.db"))
    assert open_workspace(workspace.path).subset("red").created_by
    assert edgecase("subset", "delete", workspace.path, "red")[0] == 0
    assert printed_json(edgecase("subset", "list", workspace.path, *elsewhere, "--json")) == []


def test_a_missing_driver_says_what_to_install(workspace: Workspace) -> None:
    ran = process(
        *("subset", "list", workspace.path, "--decisions", "postgresql://someone@localhost/edge"),
        code="sys.modules['psycopg'] = None",
    )
    assert 'pip install "edgecase-explorer[postgres]"' in refusal(ran)


@pytest.mark.parametrize("location", ["mysql://localhost/x", "nowhere/at/all/decisions.db"])
def test_a_place_that_cannot_be_is_one_sentence_before_the_app_starts(
    location: str, edgecase: Edgecase, workspace: Workspace
) -> None:
    assert "Decisions" in refusal(edgecase("open", workspace.path, "--no-browser", "--decisions", location))


def test_a_foreign_or_torn_decisions_file_is_one_sentence_and_left_as_it_is(
    edgecase: Edgecase, workspace: Workspace
) -> None:
    workspace.decisions.create_subset("red", author="Ada")
    workspace.decisions.close()
    file = workspace.path / "decisions.db"
    for content in (b"not a database " * 100, file.read_bytes()[:5000]):
        file.write_bytes(content)
        said = refusal(edgecase("subset", "list", workspace.path))
        assert str(file) in said
        assert "move the file away" in said or "restore it from a backup" in said
        assert file.read_bytes() == content


def test_a_full_disk_while_deciding_is_one_sentence_and_loses_nothing(workspace: Workspace) -> None:
    """A real limit of the operating system on the size of files."""
    store = workspace.decisions
    store.create_subset("red", author="Ada")
    store.close()
    size = max(path.stat().st_size for path in workspace.path.glob("decisions.db*"))
    limit = f"import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nsize = {size}\n"
    limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))"
    ids = workspace.path.parent / "ids.txt"
    ids.write_text("\n".join(workspace.ids))
    note = "x" * (size + 100_000)
    argv = ("subset", "create", workspace.path, "too much", "--ids", ids, "--note")
    said = refusal(process(*argv, note[:100_000], code=limit))
    assert "the disk" in said
    assert [subset.name for subset in open_workspace(workspace.path).subsets()] == ["red"]
    assert open_workspace(workspace.path).decisions.verify() == []
    assert process(*argv, "short")[0] == 0


def test_a_read_only_workspace_is_read_and_refuses_decisions_in_a_sentence(workspace: Workspace) -> None:
    workspace.decisions.create_subset("red", author="Ada")
    workspace.decisions.close()
    workspace.path.chmod(0o555)
    bound = () if os.geteuid() else ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
    listed = process("subset", "list", workspace.path, prefix=bound)
    info = process("info", workspace.path, prefix=bound)
    refused = process("subset", "delete", workspace.path, "red", prefix=bound)
    kept = process("backup", workspace.path, workspace.path.parent / "b.zip", prefix=bound)
    workspace.path.chmod(0o755)
    assert listed == (0, "red\t0\t\t\n", "")
    assert (info[0], kept[0]) == (0, 0)
    assert "is read-only for you" in refusal(refused)
    assert [subset.name for subset in open_workspace(workspace.path).subsets()] == ["red"]
