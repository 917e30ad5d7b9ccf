"""The replay against a naive model, on random lives of several people with two open stores."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from explorer.store.decisions.events import Event
from explorer.store.decisions.replay import RECENT, Replay

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.data.subsets import Subset
    from explorer.store.decisions.replay import Standing

AUTHORS = ("Ada", "Bob", "Cleo")
IDS = tuple("abcdef")
MOVES = ("added", "removed", "rejected", "judged")
DECISIONS = ("created", "edited", "deleted", "restored", *MOVES * 3)


@dataclass
class Life:
    """Random events that the verbs could have written, and what stands according to a naive reading.

    Attributes:
        log: the events so far.
        standing: whether each one counts, as undo and redo left it.
    """

    dice: random.Random
    log: list[Event] = field(default_factory=list)
    standing: dict[str, bool] = field(default_factory=dict)

    def step(self) -> None:
        """Add one random event."""
        author = self.dice.choice(AUTHORS)
        kind = self.dice.choice(DECISIONS)
        if self.dice.random() < 0.3:
            kind = self.dice.choice(["undone", "redone"])
            target = self.undoable(author) if kind == "undone" else self.redoable(author)
            if target:
                self.standing[target.id] = kind == "redone"
                self.write(author, kind, target.key, {"event": target.id})
            return
        keys = [event.key for event in self.log if event.kind == "created"]
        some = self.dice.sample(IDS, self.dice.randint(1, 3))
        others = [each for each in IDS if each not in some][:2] if kind == "judged" else some
        payload = {
            "members": [[each, "lasso", None] for each in some] if kind in ("created", "added", "judged") else [],
            "ids": some,
            "candidates": [[each, 0.5] for each in others],
            "changes": {self.dice.choice(["note", "category"]): str(len(self.log))},
            **dict.fromkeys(("name", "note", "category", "colour", "target", "rule")),
        }
        if keys or kind == "created":
            key = f"key {len(self.log)}" if kind == "created" else self.dice.choice(keys)
            self.standing[self.write(author, kind, key, payload).id] = True

    def write(self, author: str, kind: str, key: str, payload: dict[str, Any]) -> Event:
        number = len(self.log) + 1
        event = Event(number, f"id {number}", datetime.now(UTC), author, kind, f"subset:{key}", payload)
        self.log.append(event)
        return event

    def stream(self, stream: str, first: int) -> list[Event]:
        """The events of a stream from a sequence number on."""
        return [event for event in self.log[max(first - 1, 0) :] if event.stream == stream]

    def undoable(self, author: str) -> Event | None:
        """The author's newest decision that stands."""
        own = [event for event in self.log if event.author == author and self.standing.get(event.id)]
        return own[-1] if own else None

    def redoable(self, author: str) -> Event | None:
        """What the author undid last and did not redo, unless they decided something since."""
        own = [event for event in self.log if event.author == author]
        last = max((n for n, event in enumerate(own) if event.id in self.standing), default=-1)
        pending = []
        for event in own[last + 1 :]:
            pending.append(event.payload["event"]) if event.kind == "undone" else pending.pop()
        found = [event for event in self.log if pending and event.id == pending[-1]]
        return found[0] if found else None

    def facts(self, key: str) -> dict[str, Any]:
        """One subset, each image and each fact looked up on its own, backwards."""
        own = [event for event in self.log if event.key == key]
        counted = [event for event in own if self.standing.get(event.id) or event.kind == "created"]
        edits = [event.payload["changes"] for event in counted if event.kind == "edited"]
        moves = [event.kind for event in counted if event.kind in ("deleted", "restored")]
        last = {each: self.verdicts(counted, each) for each in IDS}
        members = [each for each in IDS if last[each] and last[each][-1][1] == "in"]
        return {
            "deleted": moves[-1] == "deleted" if moves else not self.standing[own[0].id],
            "note": ([edit["note"] for edit in edits if "note" in edit] or [None])[-1],
            "category": ([edit["category"] for edit in edits if "category" in edit] or [None])[-1],
            "ids": tuple(sorted(members, key=lambda each: (self.since(last[each]), self.place(key, last[each], each)))),
            "by": {each: self.log[self.since(last[each]) - 1].author for each in members},
            "rejected": {each for each in IDS if self.rejected(last[each])},
        }

    @staticmethod
    def verdicts(counted: list[Event], each: str) -> list[tuple[int, str]]:
        """What was decided on one image, in order: (sequence, in / out / no)."""
        verdicts = []
        for event in counted:
            if any(row[0] == each for row in event.payload["members"]):
                verdicts.append((event.sequence, "in"))
            elif event.kind == "removed" and each in event.payload["ids"]:
                verdicts.append((event.sequence, "out"))
            elif event.kind in ("rejected", "judged") and any(row[0] == each for row in event.payload["candidates"]):
                verdicts.append((event.sequence, "no"))
        return verdicts

    @staticmethod
    def since(verdicts: list[tuple[int, str]]) -> int:
        """Sequence number of the first of the additions that end the verdicts."""
        outs = [n for n, (_, verdict) in enumerate(verdicts) if verdict != "in"]
        return verdicts[outs[-1] + 1 if outs else 0][0]

    def place(self, key: str, verdicts: list[tuple[int, str]], each: str) -> int:
        """Position of the image within the event that added it."""
        event = self.log[self.since(verdicts) - 1]
        assert event.key == key
        return [row[0] for row in event.payload["members"]].index(each)

    @staticmethod
    def rejected(verdicts: list[tuple[int, str]]) -> bool:
        """Whether it is a negative; taking an image out does not take back that it was rejected before."""
        tail = [verdict for _, verdict in verdicts if verdict != "out"]
        return bool(tail) and tail[-1] == "no"


def subsets(standing: Standing) -> Mapping[str, Subset]:
    return standing.of("subset")


def shown(standing: Standing) -> dict[str, dict[str, Any]]:
    return {
        subset.key: {
            "deleted": subset.deleted,
            "note": subset.note,
            "category": subset.category,
            "ids": subset.ids,
            "by": {each: membership.author for each, membership in subset.members.items()},
            "rejected": set(subset.rejected),
        }
        for subset in subsets(standing).values()
    }


@pytest.mark.parametrize("seed", range(40))
def test_the_replay_is_what_a_naive_reading_of_the_events_gives(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Members, order, first authors, negatives, facts and the bin follow from the standing events alone."""
    monkeypatch.setattr("explorer.store.decisions.replay.RECENT", 1 + seed % 5 * 5)
    life = Life(random.Random(seed))
    carried = Replay()
    for _ in range(80):
        life.step()
        fresh = life.log[carried.sequence :]
        if life.dice.random() < 0.5:  # so that batches of several events come too
            carried.advance(fresh, life.stream)
            assert shown(carried.standing()) == {key: life.facts(key) for key in subsets(carried.standing())}
            for author in AUTHORS:
                undo, redo = life.undoable(author), life.redoable(author)
                assert carried.done.get(("subset", author), [])[-1:] == [event.id for event in [undo] if event]
                assert carried.redo.get(("subset", author), [])[-1:] == [event.id for event in [redo] if event]
    whole = Replay()
    whole.advance(life.log, lambda _stream, _first: pytest.fail("all events are there: nothing is to be asked for"))
    carried.advance(life.log[carried.sequence :], life.stream)
    assert whole == carried


def test_what_no_longer_applies_changes_nothing() -> None:
    """Events on a subset never created, and removals of images that are not there, are passed over."""
    life = Life(random.Random(0))
    nothing: dict[str, Any] = {"members": [], "ids": ["z"], "candidates": [], "changes": {}}
    life.write("Ada", "removed", "unknown", nothing)
    names = dict.fromkeys(("name", "note", "category", "colour", "target", "rule"), "")
    life.write("Ada", "created", "key", {**nothing, **names, "members": [["a", "lasso", None]]})
    life.write("Ada", "removed", "key", nothing)
    carried = Replay()
    carried.advance(life.log, lambda _stream, _first: [])
    assert [subset.ids for subset in subsets(carried.standing()).values()] == [("a",)]


def test_a_failed_reading_leaves_the_replay_where_it_was() -> None:
    """A database that goes away in the middle costs nothing: the next call takes the same events in."""
    life = Life(random.Random(3))
    while not life.log or life.log[-1].kind != "undone":
        life.step()
    carried = Replay()
    carried.advance(life.log[:-1], life.stream)

    def gone(_stream: str, _first: int) -> list[Event]:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        carried.advance(life.log[-1:], gone)
    carried.advance(life.log[-1:], life.stream)
    whole = Replay()
    whole.advance(life.log, lambda _stream, _first: [])
    assert carried == whole


@pytest.mark.parametrize(("back", "first"), [(1, 150), (RECENT, 151 - RECENT), (RECENT + 1, 0)])
def test_undoing_a_recent_event_reads_the_stream_from_there(back: int, first: int) -> None:
    """The whole stream is read again only where the event is an old one; both come to the same."""
    life = Life(random.Random(0))
    facts = dict.fromkeys(("name", "note", "category", "colour", "target", "rule"), "")
    life.write("Ada", "created", "key", {**facts, "members": []})
    for number in range(1, 150):
        life.write("Ada", "added", "key", {"members": [[str(number), "lasso", None]]})
    carried, whole = Replay(), Replay()
    carried.advance(life.log, life.stream)
    asked = []

    def stream(name: str, since: int) -> list[Event]:
        asked.append(since)
        return life.stream(name, since)

    life.write("Ada", "undone", "key", {"event": life.log[-back].id})
    carried.advance(life.log[-1:], stream)
    whole.advance(life.log, life.stream)
    assert asked == [first]
    assert carried == whole
    (subset,) = subsets(carried.standing()).values()
    assert subset.ids == tuple(str(number) for number in range(1, 150) if number != 150 - back)
