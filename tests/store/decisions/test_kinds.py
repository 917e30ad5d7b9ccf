"""A second kind of decision in a few lines: everything that subsets have, it has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from explorer.cli import main
from explorer.errors import SubsetError
from explorer.store.decisions.kinds import KINDS
from explorer.store.decisions.log import Log, append, why
from explorer.store.decisions.snapshots import Snapshot
from explorer.store.decisions.streams import EventKind, StreamKind
from explorer.store.decisions.subsets import Decisions, Member

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from explorer.store.decisions.events import Event
    from explorer.store.workspace import Workspace

# ---- the kind ---------------------------------------------------------------------------------------------


def given(verdicts: Snapshot[str] | None, event: Event) -> Snapshot[str]:
    return (verdicts or Snapshot()).changed({event.payload["id"]: event.payload["verdict"]})


def phrase(payload: Mapping[str, Any]) -> str:
    return f"called {payload['id']} {payload['verdict']} in “{payload['name']}”"


def refuse_an_empty_review(_reviews: Mapping[str, Any], key: str, verdicts: Snapshot[str] | None) -> None:
    if not verdicts:
        raise SubsetError(f"The review {key} needs a verdict, this was its only one.")


VERDICT = StreamKind("verdict", {"given": EventKind(given, phrase)}, refuse_an_empty_review)


class Verdicts(Log):
    """What a reviewer says of images, one stream for each review."""

    kind = VERDICT.name

    def give(self, review: str, each: str, verdict: str, author: str, reason: str = "") -> Event:
        with self.writing() as (connection, _):
            payload = {"name": review, "id": each, "verdict": verdict, **why(reason, None)}
            return append(connection, "given", author, f"verdict:{review}", payload)


# ---- the tests --------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, VERDICT.name, VERDICT)


def test_it_is_replayed_worded_and_listed(tmp_path: Path) -> None:
    """What stands, sentences, and the events of the kind and of one stream, also after opening again."""
    with Verdicts.open(tmp_path / "decisions.db") as store:
        store.give("spring", "a.png", "blurred", "Ada")
        store.give("autumn", "b.png", "dark", "Bob", reason="taken at night")
        store.give("spring", "a.png", "sharp", "Bob")
    with Verdicts.open(tmp_path / "decisions.db") as store:
        assert store.standing().of("verdict") == {"spring": {"a.png": "sharp"}, "autumn": {"b.png": "dark"}}
        assert [event.sentence for event in store.events()] == [
            "Bob called a.png sharp in “spring”.",
            "Bob called b.png dark in “autumn”: taken at night.",
            "Ada called a.png blurred in “spring”.",
        ]
        assert [event.key for event in store.events("autumn")] == ["autumn"]
        assert store.verify_chain() == (3, [], None)


def test_undo_stays_within_the_kind(tmp_path: Path) -> None:
    """The Subsets page never takes back a verdict, nor a review a subset; one log holds both."""
    path = tmp_path / "decisions.db"
    with Decisions.open(path) as subsets, Verdicts.open(path) as verdicts:
        subsets.create_subset("Blurry", author="Ada", members=[Member("a.png", "lasso")])
        verdicts.give("spring", "a.png", "blurred", "Ada")
        subsets.add_members("Blurry", [Member("b.png", "lasso")], author="Ada")
        verdicts.give("spring", "b.png", "blurred", "Ada")
        coming = subsets.next_undo("Ada")
        undone = subsets.undo("Ada")
        assert coming is not None
        assert undone is not None
        assert undone.payload["event"] == coming.id
        assert undone.sentence == "Ada undid: added 1 member to “Blurry” (lasso)."
        assert verdicts.standing().of("verdict")["spring"] == {"a.png": "blurred", "b.png": "blurred"}
        taken_back = verdicts.undo("Ada")
        assert taken_back is not None
        assert taken_back.sentence == "Ada undid: called b.png blurred in “spring”."
        assert subsets.redo("Ada") is not None  # a verdict in between does not end it
        assert subsets.state().find("Blurry").ids == ("a.png", "b.png")
        assert subsets.standing().of("verdict")["spring"] == {"a.png": "blurred"}
        assert subsets.next_redo("Ada") is None
        assert subsets.next_redo("Ada", "verdict") is not None
        assert [event.stream_kind for event in subsets.history()] == ["subset"] * 4
        assert [event.undone for event in verdicts.events()] == [False, True, False]


def test_what_it_refuses_is_not_undone(tmp_path: Path) -> None:
    """A refusal writes nothing, and the log goes on."""
    with Verdicts.open(tmp_path / "decisions.db") as store:
        store.give("spring", "a.png", "blurred", "Ada")
        with pytest.raises(SubsetError, match="this was its only one"):
            store.undo("Ada")
        assert store.standing().of("verdict") == {"spring": {"a.png": "blurred"}}
        store.give("spring", "b.png", "dark", "Ada")
        assert store.verify_chain() == (2, [], None)


def test_info_counts_its_events_and_checks_them(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    with Verdicts.open(workspace.decisions_location, workspace.newest_decision) as store:
        store.give("spring", "a.png", "blurred", "Ada")
    assert main(["info", str(workspace.path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["decisions"] == {"events": 1, "damaged": [], "broken_link": None}
