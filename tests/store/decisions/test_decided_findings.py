"""Dismissed findings: their verbs, what undo does to them, and what older programs make of them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from explorer import open_workspace
from explorer.data.findings import Finding
from explorer.errors import CategoryError, FindingError, WorkspaceError
from explorer.store.backup import backup, restore
from explorer.store.decisions import database
from explorer.store.decisions.decided_findings import DecidedFindings
from explorer.store.decisions.subsets import Decisions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from explorer.store.workspace import Workspace

FOG = Finding("segments", "weather fog", "…", ("a", "b"), {"column": "weather", "value": "fog", "rate": 0.5}, 0.1)
COPIES = Finding("duplicates", "Copies", "…", ("a", "b"), {"n": 2}, 0.1)


@pytest.fixture
def findings(tmp_path: Path) -> Iterator[DecidedFindings]:
    with Decisions.open(tmp_path / "decisions.db") as log:
        yield DecidedFindings(log)


def test_a_finding_is_dismissed_with_a_reason_and_kept_again_and_both_are_told(findings: DecidedFindings) -> None:
    findings.dismiss(FOG, "k", " Known. ", author="Ada", model="v1")
    (one,) = findings.dismissed()
    assert (one.key, one.kind, one.title, one.model) == ("k", "segments", "weather fog", "v1")
    assert (one.reason, one.author, one.definition) == ("Known.", "Ada", {"column": "weather", "value": "fog"})
    findings.keep("k", author="Bob")
    assert findings.dismissed() == []
    assert [one.author for one in findings.all()] == ["Bob"]
    assert [event.sentence for event in reversed(findings.history())] == [
        "Ada dismissed the finding “weather fog”: Known..",
        "Bob kept the finding “weather fog” again.",
    ]


def test_what_nothing_defines_is_kept_with_its_ids(findings: DecidedFindings) -> None:
    findings.dismiss(COPIES, "k", "wanted", author="Ada")
    findings.dismiss(FOG, "l", "wanted", author="Ada", model="v1")
    assert [sorted(one.ids) for one in findings.dismissed()] == [["a", "b"], []]


def test_undo_and_redo_are_of_findings_alone(findings: DecidedFindings) -> None:
    assert isinstance(findings.log, Decisions)
    findings.dismiss(FOG, "k", "known", author="Ada")
    findings.log.create_subset("Boots", author="Ada")
    findings.undo("Ada")
    assert findings.dismissed() == []
    assert list(findings.log.state().by_name) == ["Boots"]
    findings.redo("Ada")
    assert [one.key for one in findings.dismissed()] == ["k"]
    findings.keep("k", author="Ada")
    findings.undo("Ada")
    assert [one.reason for one in findings.dismissed()] == ["known"]
    assert findings.undo("Bob") is None


def test_undoing_a_second_dismissal_leaves_the_first(findings: DecidedFindings) -> None:
    findings.dismiss(FOG, "k", "first", author="Ada")
    findings.dismiss(FOG, "k", "second", author="Bob")
    findings.undo("Bob")
    assert [one.reason for one in findings.dismissed()] == ["first"]


def test_what_cannot_be_decided_is_refused(findings: DecidedFindings) -> None:
    with pytest.raises(FindingError, match="Expected a reason to dismiss “weather fog”"):
        findings.dismiss(FOG, "k", "  ", author="Ada")
    with pytest.raises(FindingError, match="No finding with the key k is dismissed"):
        findings.keep("k", author="Ada")
    assert findings.history() == []


def test_an_older_program_refuses_what_it_cannot_replay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "decisions.db"
    with Decisions.open(path) as log:
        DecidedFindings(log).dismiss(FOG, "k", "known", author="Ada")
    monkeypatch.setattr(database, "REVISIONS", ("0001", "0002", "0003"))
    with pytest.raises(WorkspaceError, match="of a newer version"):
        Decisions.open(path)


def test_a_database_of_revision_0003_is_copied_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "decisions.db"
    with Decisions.open(path) as log:
        log.create_subset("Boots", author="Ada")
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("UPDATE edgecase_schema SET version_num = '0003'")
    with Decisions.open(path) as log:
        DecidedFindings(log).dismiss(FOG, "k", "known", author="Ada")
        assert log.verify_chain() == (2, [], None)
    assert (tmp_path / "decisions.db.0003").exists()


def test_a_backup_carries_them_and_gives_them_back(workspace: Workspace, tmp_path: Path) -> None:
    workspace.findings.dismiss(FOG, "k", "known", author="Ada")
    backup(workspace, tmp_path / "friday.zip")
    restore(tmp_path / "friday.zip", tmp_path / "again")
    assert [one.reason for one in open_workspace(tmp_path / "again").findings.dismissed()] == ["known"]


def test_what_is_to_be_done_stays_with_a_finding_whether_it_is_dismissed_or_not(findings: DecidedFindings) -> None:
    """An older program reads that it is kept, which changes nothing."""
    event = findings.recommend(FOG, "k", ["Collect:  More fog. ", ""], author="Ada", model="v1")
    (one,) = findings.all()
    assert (one.actions, one.dismissed, one.model) == (("collect: More fog.",), False, "v1")
    assert one.similarity(FOG, frozenset()) == 1
    assert (event.kind, event.sentence) == ("kept", "Ada changed the actions of the finding “weather fog”.")
    findings.dismiss(FOG, "k", "known", author="Bob", model="v1")
    findings.keep("k", author="Bob")
    assert findings.all()[0].actions == ("collect: More fog.",)
    with pytest.raises(FindingError, match="Nothing to change in “weather fog”"):
        findings.recommend(FOG, "k", ["collect: More fog."], author="Ada", model="v1")
    findings.recommend(FOG, "k", [], author="Ada", model="v1")
    assert findings.all()[0].actions == ()
    findings.undo("Ada")
    assert findings.all()[0].actions == ("collect: More fog.",)
    with pytest.raises(CategoryError, match="Expected as an action one of collect"):
        findings.recommend(FOG, "k", ["buy: A lamp."], author="Ada", model="v1")
