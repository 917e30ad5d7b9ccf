"""Rounds and verdicts as decisions: what stands, how it is told, what is refused, and what undo does to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from explorer.data.verdicts import Protocol, Verdict
from explorer.errors import ReviewError, SubsetError
from explorer.store.backup import backup, restore
from explorer.store.decisions.rounds import Rounds
from explorer.store.decisions.subsets import Decisions
from explorer.store.decisions.verdicts import Verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from explorer.store.workspace import Workspace

PROTOCOL = Protocol("Spring", ("a", "b", "c"), ("Ada", "Bob"))


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Decisions]:
    with Decisions.open(tmp_path / "decisions.db") as opened:
        yield opened


def say(each: str, reviewer: str, verdict: str = "correct", **facts: Any) -> Verdict:
    return Verdict("", each, reviewer, verdict, datetime.now(UTC), **facts)


def stands(log: Decisions, name: str = "Spring") -> dict[str, str]:
    key = Rounds(log).find(name).key
    return {f"{each.reviewer} {each.reading} {each.id}": each.verdict for each in Verdicts(log).of(key)}


def test_a_protocol_is_frozen_and_every_deviation_stays(log: Decisions) -> None:
    rounds = Rounds(log)
    event = rounds.start(PROTOCOL, author="Ada", reason="agreed on Monday", context={"build": "x"})
    assert event.sentence == "Ada started the round “Spring” of 3 items for Ada, Bob: agreed on Monday."
    one = rounds.find("spring")
    assert one == rounds.find(one.key)
    assert event.payload["digest"] == one.digest == one.protocol.digest
    rounds.deviate("Spring", author="Bob", reason="Cem joined", reviewers=["Ada", "Bob", "Cem"], overlap=2)
    rounds.deviate("Spring", author="Bob", reason="Bob saw a label on the first day")
    after = rounds.find("Spring")
    assert after.protocol.reviewers == ("Ada", "Bob", "Cem")
    assert after.protocol.overlap == 2
    assert after.frozen == one.frozen
    assert after.digest == one.digest != after.protocol.digest
    assert [(each.author, each.reason, dict(each.changes)) for each in after.deviations] == [
        ("Bob", "Cem joined", {"reviewers": ["Ada", "Bob", "Cem"], "overlap": 2}),
        ("Bob", "Bob saw a label on the first day", {}),
    ]
    assert [each.sentence for each in rounds.history("Spring")][:2] == [
        "Bob deviated from the protocol of “Spring”: Bob saw a label on the first day.",
        "Bob deviated from the protocol of “Spring” in its reviewers and overlap: Cem joined.",
    ]
    rounds.undo("Bob")
    assert len(rounds.find("Spring").deviations) == 1


def test_what_was_agreed_on_is_not_changed_in_silence(log: Decisions) -> None:
    rounds = Rounds(log)
    rounds.start(PROTOCOL, author="Ada")
    with pytest.raises(ReviewError, match="the reason of a deviation"):
        rounds.deviate("Spring", author="Ada", reason=" ", overlap=1)
    with pytest.raises(ReviewError, match="to deviate in reviewers, overlap, blinded, thresholds, adjudication, found"):
        rounds.deviate("Spring", author="Ada", reason="other images", items=["x"])
    with pytest.raises(ReviewError, match="Nothing to change"):
        rounds.deviate("Spring", author="Ada", reason="none", overlap=0)
    with pytest.raises(ReviewError, match="an overlap of 1 to 2"):
        rounds.deviate("Spring", author="Ada", reason="many", overlap=3)
    with pytest.raises(ReviewError, match=r"No round is called “Autumn”\. There are: Spring\."):
        rounds.deviate("Autumn", author="Ada", reason="none")
    assert rounds.find("Spring").deviations == ()


def test_a_name_is_of_one_round(log: Decisions) -> None:
    rounds = Rounds(log)
    rounds.start(PROTOCOL, author="Ada")
    with pytest.raises(ReviewError, match="The name “Spring” is taken by a round of Ada"):
        rounds.start(replace(PROTOCOL, name="SPRING"), author="Bob")
    rounds.undo("Ada")
    assert rounds.all() == []
    rounds.start(replace(PROTOCOL, name="SPRING"), author="Bob")
    with pytest.raises(ReviewError, match="is taken by a round of Bob"):
        rounds.redo("Ada")


def test_verdicts_stand_by_reviewer_and_occasion_and_sentences_do_not_tell_them(log: Decisions) -> None:
    Rounds(log).start(PROTOCOL, author="Ada")
    verdicts = Verdicts(log)
    verdicts.give("Spring", [say("a", "ada", "incorrect", severity="high", categories=("Night",))], author="Ada")
    verdicts.give("Spring", [say("a", "Bob")], author="Bob")
    verdicts.give("Spring", [say("a", "Ada", reading="repeat")], author="Ada")
    verdicts.give("Spring", [say("a", "Cem", "ambiguous", reading="adjudication")], author="Cem")
    (event,) = verdicts.give("Spring", [say("a", "Bob", "inadequate")], author="Bob")
    assert stands(log) == {
        "Ada first a": "incorrect",
        "Ada repeat a": "correct",
        "Bob first a": "inadequate",
        "Cem adjudication a": "ambiguous",
    }
    assert event.sentence == "Bob gave 1 verdict in “Spring”."
    key = Rounds(log).find("Spring").key
    first = verdicts.by(key, "Ada")["first a"]
    assert (first.round, first.severity, first.categories, first.seconds) == (key, "high", ("Night",), 0.0)
    assert [each.author for each in verdicts.history(key, "Bob")] == ["Bob", "Bob"], "what he said first is kept"


def test_many_reviewers_are_taken_in_at_once_or_not_at_all(log: Decisions) -> None:
    Rounds(log).start(PROTOCOL, author="Ada")
    verdicts = Verdicts(log)
    with pytest.raises(ReviewError, match="Expected an item of the round “Spring”, found 'z'"):
        verdicts.give("Spring", [say("a", "Ada"), say("z", "Bob")], author="Cem")
    assert stands(log) == {}
    events = verdicts.give(
        "Spring", [say("a", "Ada"), say("b", "Ada"), say("a", "Bob")], author="Cem", reason="from team.csv"
    )
    assert [each.sentence for each in events] == [
        "Cem gave 2 verdicts of Ada in “Spring”: from team.csv.",
        "Cem gave 1 verdict of Bob in “Spring”: from team.csv.",
    ]
    assert len(stands(log)) == 3


def test_what_does_not_belong_to_the_round_is_refused(log: Decisions) -> None:
    rounds, verdicts = Rounds(log), Verdicts(log)
    rounds.start(PROTOCOL, author="Ada")
    with pytest.raises(ReviewError, match=r"Expected a reviewer of the round “Spring” \(Ada, Bob\), found 'Cem'"):
        verdicts.give("Spring", [say("a", "Cem")], author="Cem")
    with pytest.raises(ReviewError, match="at least one verdict"):
        verdicts.give("Spring", [], author="Ada")
    with pytest.raises(SubsetError, match="text that can be stored"):
        verdicts.give("Spring", [say("a", "Ada", comment="\x00")], author="Ada")
    rounds.close("Spring", author="Ada")
    for refused in (
        lambda: verdicts.give("Spring", [say("a", "Ada")], author="Ada"),
        lambda: verdicts.undo("Spring", "Ada"),
    ):
        with pytest.raises(ReviewError, match="The round “Spring” is closed"):
            refused()
    rounds.reopen("Spring", author="Ada")
    with pytest.raises(ReviewError, match="is open"):
        rounds.reopen("Spring", author="Ada")
    verdicts.give("Spring", [say("a", "Ada")], author="Ada")
    assert stands(log) == {"Ada first a": "correct"}


def test_undo_takes_back_the_reviewers_own_newest_verdict_of_this_round(log: Decisions) -> None:
    Rounds(log).start(PROTOCOL, author="Ada")
    Rounds(log).start(replace(PROTOCOL, name="Autumn"), author="Ada")
    verdicts = Verdicts(log)
    assert verdicts.undo("Spring", "Ada") is None
    verdicts.give("Spring", [say("a", "Ada", "incorrect")], author="Ada")
    verdicts.give("Spring", [say("a", "Ada", "ambiguous")], author="Ada")
    for each in "abc":
        verdicts.give("Spring", [say(each, "Bob")], author="Bob")
    verdicts.undo("Spring", "Ada")
    assert stands(log)["Ada first a"] == "incorrect", "what she said before stands again"
    verdicts.undo("Spring", "Ada")
    assert sorted(stands(log)) == ["Bob first a", "Bob first b", "Bob first c"]
    verdicts.redo("Spring", "Ada")
    assert stands(log)["Ada first a"] == "incorrect"
    verdicts.give("Autumn", [say("a", "Ada")], author="Ada")
    with pytest.raises(ReviewError, match="newest verdict of Ada is in the round “Autumn”, not in “Spring”"):
        verdicts.undo("Spring", "Ada")
    verdicts.undo("Autumn", "Ada")
    assert stands(log, "Autumn") == {}


def test_a_backup_carries_rounds_and_verdicts(workspace: Workspace, tmp_path: Path) -> None:
    protocol = replace(PROTOCOL, items=tuple(workspace.ids[:3]))
    workspace.rounds.start(protocol, author="Ada")
    workspace.verdicts.give("Spring", [say(workspace.ids[0], "Ada", "incorrect")], author="Ada")
    backup(workspace, tmp_path / "all.zip")
    restore(tmp_path / "all.zip", tmp_path / "again")
    with Decisions.open(tmp_path / "again" / "decisions.db") as log:
        assert Rounds(log).find("Spring").digest == workspace.rounds.find("Spring").digest
        assert stands(log) == {f"Ada first {workspace.ids[0]}": "incorrect"}
