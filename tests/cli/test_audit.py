"""The log of decisions as a file, and what its check finds."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from explorer.cli import main
from tests.cli.conftest import printed_json, refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.cli.conftest import Edgecase

    Lines = list[dict[str, Any]]


@pytest.fixture
def log(workspace: Workspace, edgecase: Edgecase, tmp_path: Path) -> Path:
    """The file of three decisions of two people, without the workspace they are of."""
    for name, author in (("one", "Ada"), ("two", "Bob"), ("three", "Ada")):
        edgecase("subset", "create", workspace.path, name, "--where", "label=apple", "--author", author)
    file = tmp_path / "log.jsonl"
    assert edgecase("audit", "export", workspace.path, "-o", file) == (0, f"3 events written to {file}\n", "")
    shutil.rmtree(workspace.path)
    return file


def lines_of(file: Path) -> Lines:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_a_log_is_checked_without_its_workspace(log: Path, edgecase: Edgecase) -> None:
    head, *events = lines_of(log)
    assert (head["kind"], head["events"], head["newest"]["checksum"]) == ("edgecase audit", 3, events[-1]["checksum"])
    name = head["workspace"]
    said = f"{name}: 3 events by Ada, Bob\nlast checksum: {events[-1]['checksum']}\nThe chain is whole.\n"
    assert edgecase("audit", "verify", log) == (0, said, "")
    told = printed_json(edgecase("audit", "verify", log, "--json"))
    assert (told["whole"], told["events"], told["damaged"], told["authors"]) == (True, 3, [], ["Ada", "Bob"])


def test_anybody_can_compute_a_checksum(log: Path) -> None:
    """In a few lines of any language, as the module says."""
    before = ""
    for event in lines_of(log)[1:]:
        parts = [event[name] for name in ("id", "time", "author", "kind", "stream", "payload", "previous")]
        assert event["checksum"] == hashlib.sha256("\0".join(parts).encode()).hexdigest()
        assert event["previous"] == before
        before = event["checksum"]


def changed(lines: Lines) -> Lines:
    lines[2]["author"] = "Eve"
    return lines


def forged(lines: Lines) -> Lines:
    """The author of an event is another, with a checksum of it that is right."""
    event = changed(lines)[2]
    parts = [event[name] for name in ("id", "time", "author", "kind", "stream", "payload", "previous")]
    event["checksum"] = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return lines


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (changed, "event 2 was changed"),
        (forged, "an event before event 3 was removed, or events were moved"),
        (lambda lines: [lines[0], *lines[2:]], "an event before event 2 was removed"),
        (lambda lines: [lines[0], lines[1], lines[3], lines[2]], "events were moved"),
        (lambda lines: lines[:-1], "the last events were removed: expected event 3"),
        (lambda lines: [{**lines[0], "events": 4}, *lines[1:]], "expected 4 events, found 3"),
    ],
    ids=["changed", "forged", "removed", "moved", "cut", "fewer"],
)
def test_what_was_done_to_a_log_is_found(
    log: Path, edgecase: Edgecase, change: Callable[[Lines], Lines], reason: str
) -> None:
    log.write_text("".join(f"{json.dumps(line)}\n" for line in change(lines_of(log))), "utf-8")
    code, out, err = edgecase("audit", "verify", log)
    assert (code, err) == (1, "")
    assert out.splitlines()[-1].startswith("The chain is broken: ")
    assert reason in out.splitlines()[-1]
    assert main(["audit", "verify", str(log), "--json"]) == 1


def test_the_end_that_the_workspace_lost_is_missed_in_the_file(
    workspace: Workspace, edgecase: Edgecase, tmp_path: Path
) -> None:
    """The export says what the newest event was, also where it is gone from the database."""
    place, file = workspace.path, tmp_path / "log.jsonl"
    for name in ("one", "two"):
        edgecase("subset", "create", place, name, "--where", "label=apple", "--author", "Ada")
        if name == "one":
            shutil.copy(place / "decisions.db", tmp_path / "older.db")
    shutil.copy(tmp_path / "older.db", place / "decisions.db")
    for beside in place.glob("decisions.db-*"):
        beside.unlink()
    assert edgecase("audit", "export", place, file)[0] == 0
    assert "the last events were removed: expected event 2" in edgecase("audit", "verify", file)[1]


@pytest.mark.parametrize("text", ["", "{}\n", "[]\n", '{"kind": "edgecase audit", "format": 9}\n', "\x00\xff"])
def test_another_file_is_refused(tmp_path: Path, edgecase: Edgecase, text: str) -> None:
    file = tmp_path / "log.jsonl"
    file.write_bytes(text.encode("latin-1"))
    assert "what `edgecase audit export` writes" in refusal(edgecase("audit", "verify", file))


def test_a_line_with_other_columns_is_refused(log: Path, edgecase: Edgecase) -> None:
    lines = lines_of(log)
    lines[1]["sequence"] = "1"
    log.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    assert "a column of another type" in refusal(edgecase("audit", "verify", log))
