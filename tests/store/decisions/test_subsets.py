"""The verbs, through the public API, on SQLite files."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

import pytest

from explorer.errors import CategoryError, SubsetError
from explorer.store.decisions.subsets import Decisions, Member

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from explorer.data.subsets import Origin

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Decisions]:
    with Decisions.open(tmp_path / "decisions.db") as store:
        yield store


def lassoed(*ids: str) -> list[Member]:
    return [Member(each, "lasso") for each in ids]


def test_everything_said_about_a_subset_is_there_after_reopening(tmp_path: Path) -> None:
    """Facts, members with their origin and score, and who and when, survive the process."""
    before = datetime.now(UTC)
    with Decisions.open(tmp_path / "decisions.db") as store:
        event = store.create_subset(
            "  Blurry  ",
            author="Ada",
            note="motion, not focus",
            category="quality",
            colour="#d55e00",
            target=50,
            rule={"column": "blur", "above": 0.4},
            members=[Member("b", "search", 0.83), Member("a", "lasso")],
            reason="seen on the map",
            context={"model": "ViT-B-32", "polygon": [[0.5, 1.0], [2, 3]]},
        )
        store.reject_candidates("Blurry", ["z"], author="Bob", scores={"z": 0.4})
        held = store.state()
    with Decisions.open(tmp_path / "decisions.db") as store:
        state = store.state()
        (created,) = (each for each in store.history() if each.kind == "created")
    assert state == held
    subset = state.by_name["Blurry"]
    assert (subset.key, subset.note, subset.category) == (event.key, "motion, not focus", "quality")
    assert (subset.colour, subset.target, subset.rule) == ("#d55e00", 50, {"column": "blur", "above": 0.4})
    assert subset.ids == ("b", "a")
    assert subset.members["b"][:4] == ("b", "search", 0.83, "Ada")
    assert subset.rejected["z"][:3] == ("z", 0.4, "Bob")
    assert before <= subset.created_at <= subset.updated_at <= datetime.now(UTC)
    assert subset.created_at.utcoffset() == timedelta(0)
    assert created == event
    assert created.payload["context"] == {"model": "ViT-B-32", "polygon": [[0.5, 1.0], [2, 3]]}


@pytest.mark.parametrize("name", ["Blurry", " bLURRY\t", "", "  "])
def test_a_name_is_needed_and_is_given_once(store: Decisions, name: str) -> None:
    """Two living subsets that people cannot tell apart by name never exist, and a refusal writes nothing."""
    store.create_subset("Blurry", author="Ada")
    store.create_subset("Dark", author="Ada")
    with pytest.raises(SubsetError, match=r"taken by a subset of Ada|needs a name"):
        store.create_subset(name, author="Bob")
    with pytest.raises(SubsetError, match=r"taken by a subset of Ada|needs a name"):
        store.edit_subset("Dark", author="Bob", name=name)
    assert store.state().sequence == 2


def test_the_same_letters_composed_differently_are_the_same_name(store: Decisions) -> None:
    """A file system or a keyboard that decomposes accents does not make a second subset."""
    store.create_subset("Caf\u00e9", author="Ada")
    with pytest.raises(SubsetError, match="taken"):
        store.create_subset("Cafe\u0301", author="Ada")
    assert store.state().find("cafe\u0301").name == "Caf\u00e9"


def test_a_name_is_free_again_after_deletion_and_restoring_says_so(store: Decisions) -> None:
    """Restoring never makes two subsets of one name; the message says what to do."""
    first = store.create_subset("Blurry", author="Ada").key
    store.delete_subset("blurry", author="Ada")
    store.create_subset("Blurry", author="Bob")
    with pytest.raises(SubsetError, match=r"taken by a subset of Bob.*rename that one"):
        store.restore_subset("Blurry", author="Ada")
    store.edit_subset("Blurry", author="Bob", name="Very blurry")
    store.restore_subset("Blurry", author="Ada")
    assert store.state().by_name["Blurry"].key == first


def test_edit_changes_only_what_differs(store: Decisions) -> None:
    """Two people editing different facts keep both; zero and an empty rule take away; no change is said."""
    store.create_subset("Blurry", author="Ada", target=5, rule={"a": 1}, note="x")
    store.edit_subset("Blurry", author="Ada", note="y", target=5)
    edit = store.edit_subset("Blurry", author="Bob", name="blurry", target=0, rule={}, note="y")
    assert edit.payload["changes"] == {"name": "blurry", "target": None, "rule": None}
    subset = store.state().by_name["blurry"]
    assert (subset.note, subset.target, subset.rule) == ("y", None, None)
    with pytest.raises(SubsetError, match="Nothing to change"):
        store.edit_subset("blurry", author="Ada", note=" y ")


def test_adding_again_keeps_the_first_record_until_it_is_undone(store: Decisions) -> None:
    """Nobody's addition overwrites another's, and taking one back leaves the other."""
    store.create_subset("Blurry", author="Ada")
    store.add_members("Blurry", [Member("a", "search", 0.9)], author="Ada")
    store.add_members("Blurry", [Member("a", "grown", 0.5), Member("b", "ids")], author="Bob")
    assert store.state().find("Blurry").members["a"][1:4] == ("search", 0.9, "Ada")
    store.undo("Ada")
    subset = store.state().find("Blurry")
    assert subset.members["a"][1:4] == ("grown", 0.5, "Bob")
    assert subset.ids == ("a", "b")


def test_rejecting_and_adding_exclude_each_other(store: Decisions) -> None:
    """An image is never a member and a negative of one subset at the same time: the later decision stands."""
    store.create_subset("Blurry", author="Ada", members=lassoed("a", "b"))
    store.reject_candidates("Blurry", ["b", "c"], author="Ada")
    assert (store.state().find("Blurry").ids, set(store.state().find("Blurry").rejected)) == (
        ("a",),
        {"b", "c"},
    )
    store.add_members("Blurry", lassoed("c"), author="Ada")
    assert (store.state().find("Blurry").ids, set(store.state().find("Blurry").rejected)) == (
        ("a", "c"),
        {"b"},
    )


def test_accepting_some_and_rejecting_the_rest_is_one_decision(store: Decisions) -> None:
    """One event, one sentence, one undo and one redo, with the scores of both."""
    store.create_subset("Blurry", author="Ada", members=lassoed("a", "n"))
    accepted = [Member("b", "grown", 0.9), Member("c", "grown", 0.8)]
    event = store.judge_candidates(
        "blurry", accepted, ["n", "m"], author="Bob", scores={"n": 0.4, "b": 0.9}, context={"model": "v1"}
    )
    subset = store.state().find("Blurry")
    assert event.sentence == "Bob accepted 2 and rejected 2 candidates for “Blurry”."
    assert subset.ids == ("a", "b", "c")
    assert subset.members["b"][1:4] == ("grown", 0.9, "Bob")
    assert {each: no.score for each, no in subset.rejected.items()} == {"n": 0.4, "m": None}
    store.undo("Bob")
    assert store.state().find("Blurry").ids == ("a", "n")
    assert store.state().find("Blurry").rejected == {}
    store.redo("Bob")
    assert store.state().find("Blurry").ids == ("a", "b", "c")
    assert len(store.history()) == 4


def test_undo_and_redo_walk_through_the_own_decisions_only(store: Decisions) -> None:
    """Each author has their own line of undo; others' later decisions stay."""
    store.create_subset("Blurry", author="Ada", members=lassoed("a"))
    store.add_members("Blurry", lassoed("b"), author="Ada")
    store.add_members("Blurry", lassoed("c"), author="Bob")
    store.remove_members("Blurry", ["a"], author="Ada", reason="sharp")
    seen = [store.state().find("Blurry").ids]
    for step in (store.undo, store.undo, store.redo, store.redo):
        assert step("Ada") is not None
        seen.append(store.state().find("Blurry").ids)
    assert seen == [("b", "c"), ("a", "b", "c"), ("a", "c"), ("a", "b", "c"), ("b", "c")]
    assert store.redo("Ada") is None
    assert store.undo("Cleo") is None
    assert [each.undone for each in store.history() if each.kind == "removed"] == [False]


def test_a_new_decision_ends_redo_of_its_author_only(store: Decisions) -> None:
    """Redo never jumps over what the author decided since; another author's redo is untouched."""
    store.create_subset("Blurry", author="Ada")
    for author in ("Ada", "Bob"):
        store.add_members("Blurry", lassoed(author), author=author)
        store.undo(author)
    store.add_members("Blurry", lassoed("x"), author="Ada")
    assert store.redo("Ada") is None
    assert store.redo("Bob") is not None
    assert store.state().find("Blurry").ids == ("Bob", "x")


def test_an_undone_creation_is_in_the_bin_with_what_others_added(store: Decisions) -> None:
    """Undoing one's own creation throws away nothing of anybody else."""
    store.create_subset("Blurry", author="Ada", members=lassoed("a"))
    store.add_members("Blurry", lassoed("b"), author="Bob")
    store.undo("Ada")
    assert not store.state().subsets
    assert store.state().find("Blurry", deleted=True).ids == ("a", "b")
    store.restore_subset("Blurry", author="Bob")
    assert store.state().find("Blurry").ids == ("a", "b")


@pytest.mark.parametrize("back", ["undo", "redo"])
def test_undo_and_redo_never_bring_back_a_name_that_is_taken(store: Decisions, back: str) -> None:
    """The refusal is clear, writes nothing, and works after renaming."""
    store.create_subset("Blurry", author="Ada")
    store.delete_subset("Blurry", author="Ada") if back == "undo" else store.undo("Ada")
    store.create_subset("blurry", author="Bob")
    sequence = store.state().sequence
    with pytest.raises(SubsetError, match="taken by a subset of Bob"):
        getattr(store, back)("Ada")
    assert store.state().sequence == sequence
    store.edit_subset("blurry", author="Bob", name="Other")
    assert getattr(store, back)("Ada") is not None
    assert set(store.state().by_name) == {"Blurry", "Other"}


def test_undo_says_beforehand_what_it_will_take_back(store: Decisions) -> None:
    """The button's label names the decision that the click undoes."""
    store.create_subset("Blurry", author="Ada")
    assert store.next_undo("Bob") is None
    coming = store.next_undo(" Ada ")
    undone = store.undo("Ada")
    assert coming is not None
    assert undone is not None
    assert undone.payload["event"] == coming.id
    assert store.next_redo("Ada") == coming
    assert store.next_undo("Ada") is None


def test_history_reads_as_sentences_newest_first(store: Decisions) -> None:
    """Every kind of event has its sentence, with counts, origins, names as they were, and reasons."""
    store.create_subset("Blurry", author="Ada", members=[*lassoed("a", "b"), Member("c", "search", 0.5)])
    store.add_members("Blurry", lassoed("d"), author="Bob")
    store.edit_subset("Blurry", author="Ada", name="Blurred", note="n")
    store.edit_subset("Blurred", author="Ada", note="m", target=3)
    store.remove_members("Blurred", ["a", "b"], author="Ada", reason="sharp after all")
    store.reject_candidates("Blurred", ["z"], author="Bob")
    store.undo("Bob")
    store.redo("Bob")
    store.delete_subset("Blurred", author="Bob", reason="too vague")
    store.restore_subset("Blurred", author="Ada")
    assert [event.sentence for event in reversed(store.history())] == [
        "Ada created “Blurry” with 3 members (2 lasso, 1 search).",
        "Bob added 1 member to “Blurry” (lasso).",
        "Ada renamed “Blurry” to “Blurred” and changed its note.",
        "Ada changed the note and target of “Blurred”.",
        "Ada removed 2 members from “Blurred”: sharp after all.",
        "Bob rejected 1 candidate for “Blurred”.",
        "Bob undid: rejected 1 candidate for “Blurred”.",
        "Bob redid: rejected 1 candidate for “Blurred”.",
        "Bob deleted “Blurred”: too vague.",
        "Ada restored “Blurred”.",
    ]


def test_history_of_one_subset_holds_its_events_alone_deleted_or_not(store: Decisions) -> None:
    """The page of a subset shows what happened to it, and what is undone is marked."""
    store.create_subset("Blurry", author="Ada")
    store.create_subset("Dark", author="Bob")
    store.add_members("Blurry", lassoed("a"), author="Ada")
    store.undo("Ada")
    store.delete_subset("Blurry", author="Bob")
    told = [(event.kind, event.undone) for event in store.history("blurry")]
    assert told == [("deleted", False), ("undone", False), ("added", True), ("created", False)]
    assert [event.kind for event in store.history(limit=2)] == ["deleted", "undone"]
    with pytest.raises(SubsetError, match=r"No subset is called “Nope”\. There are: Dark"):
        store.history("Nope")


def test_the_state_is_the_same_object_until_somebody_decides(store: Decisions, tmp_path: Path) -> None:
    """A rerun of the page costs one empty query, and still sees what another process wrote."""
    store.create_subset("Blurry", author="Ada")
    state = store.state()
    assert store.state() is state
    with Decisions.open(tmp_path / "decisions.db") as other:
        other.add_members("Blurry", lassoed("a"), author="Bob")
    assert store.state().find("Blurry").ids == ("a",)
    assert state.find("Blurry").ids == ()


REFUSED: dict[str, Callable[[Decisions], object]] = {
    "no author": lambda store: store.delete_subset("Blurry", author=" "),
    "NUL in the name": lambda store: store.create_subset("a\x00b", author="Ada"),
    "half a surrogate in the note": lambda store: store.edit_subset("Blurry", author="Ada", note="\ud800"),
    "half a surrogate in the author": lambda store: store.delete_subset("Blurry", author="\udfff"),
    "NUL in an id": lambda store: store.add_members("Blurry", lassoed("a", "b\x00"), author="Ada"),
    "half a surrogate in an id": lambda store: store.remove_members("Blurry", ["\ud800"], author="Ada"),
    "an empty id": lambda store: store.reject_candidates("Blurry", ["a", ""], author="Ada"),
    "no members": lambda store: store.add_members("Blurry", [], author="Ada"),
    "no ids": lambda store: store.remove_members("Blurry", [], author="Ada"),
    "none accepted": lambda store: store.judge_candidates("Blurry", [], ["a"], author="Ada"),
    "none rejected": lambda store: store.judge_candidates("Blurry", lassoed("a"), [], author="Ada"),
    "accepted and rejected": lambda store: store.judge_candidates("Blurry", lassoed("a"), ["b", "a"], author="Ada"),
    "a score that is no number": lambda store: store.add_members(
        "Blurry", [Member("a", "search", float("nan"))], author="Ada"
    ),
    "an unknown origin": lambda store: store.add_members(
        "Blurry", [Member("a", cast("Origin", "guess"))], author="Ada"
    ),
    "a target that no browser holds": lambda store: store.edit_subset("Blurry", author="Ada", target=10**400),
    "a negative target": lambda store: store.edit_subset("Blurry", author="Ada", target=-1),
    "a context that is not JSON": lambda store: store.delete_subset("Blurry", author="Ada", context={"x": object()}),
    "half a surrogate in the context": lambda store: store.delete_subset(
        "Blurry", author="Ada", context={"x": "\ud800"}
    ),
    "an unknown subset": lambda store: store.add_members("Nope", lassoed("a"), author="Ada"),
    "a deleted subset": lambda store: store.add_members("Gone", lassoed("a"), author="Ada"),
    "restoring a living subset": lambda store: store.restore_subset("Blurry", author="Ada"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_kept_is_refused_and_writes_nothing(store: Decisions, case: str) -> None:
    """A refusal is a clear SubsetError and leaves no trace."""
    store.create_subset("Blurry", author="Ada")
    store.create_subset("Gone", author="Ada")
    store.delete_subset("Gone", author="Ada")
    with pytest.raises(SubsetError, match=r"\.$"):
        REFUSED[case](store)
    assert store.state().sequence == 3


def test_any_text_is_kept_as_it_is(store: Decisions) -> None:
    """Quotes, line breaks, emoji, right-to-left text and lookalikes of SQL and JSON come back unchanged."""
    texts = ["'; DROP TABLE x; --", '"\\u0000"', "a\nb\tc", "👩🏽‍🚀", "שלום", "\u2028", "ﬁ", "%s {x}"]
    store.create_subset("Any", author="Zoë 👓", members=lassoed(*texts), context={text: text for text in texts})
    store.edit_subset("Any", author="Zoë 👓", note="\n".join(texts))
    assert store.state().find("Any").ids == tuple(texts)
    assert store.state().find("Any").note == "\n".join(texts).strip()
    assert store.verify() == []


def test_a_hundred_thousand_members_go_in_at_once(store: Decisions) -> None:
    """The whole of a large lasso is one event, and one undo takes it back."""
    ids = [f"images/class_{n % 10}/image_{n:06d}.png" for n in range(100_000)]
    store.create_subset("Large", author="Ada")
    store.add_members("Large", lassoed(*ids), author="Ada")
    assert store.state().find("Large").ids == tuple(ids)
    store.undo("Ada")
    assert store.state().find("Large").ids == ()


SPOILED = {
    "text": "UPDATE decision_events SET payload = replace(payload, 'lasso', 'rule!') WHERE sequence = 2",
    "time": "UPDATE decision_events SET time = '2020-01-01T00:00:00.000000+00:00' WHERE sequence = 2",
    "half": "UPDATE decision_events SET payload = substr(payload, 1, 20) WHERE sequence = 2",
    "blob": "UPDATE decision_events SET payload = x'00ff' WHERE sequence = 2",
    "bytes": "UPDATE decision_events SET payload = CAST(x'7bff' AS TEXT) WHERE sequence = 2",
}


@pytest.mark.parametrize("how", SPOILED)
def test_a_torn_or_changed_row_is_found_and_left_out(tmp_path: Path, how: str) -> None:
    """One bad row is named by its number, and costs nothing but itself."""
    with Decisions.open(tmp_path / "decisions.db") as store:
        store.create_subset("Blurry", author="Ada")
        store.add_members("Blurry", lassoed("a"), author="Ada")
        store.add_members("Blurry", lassoed("b"), author="Bob")
    with sqlite3.connect(tmp_path / "decisions.db") as raw:
        assert raw.execute(SPOILED[how]).rowcount == 1
    raw.close()
    with Decisions.open(tmp_path / "decisions.db") as store:
        assert [damaged.sequence for damaged in store.verify()] == [2]
        assert store.state().damaged == (2,)
        assert store.state().find("Blurry").ids == ("b",)
        assert [event.sequence for event in store.history()] == [3, 1]
        store.add_members("Blurry", lassoed("c"), author="Bob")
        assert store.state().find("Blurry").ids == ("b", "c")
        assert store.state().damaged == (2,)


def test_what_is_to_be_done_is_kept_with_a_subset_beside_what_older_programs_know(store: Decisions) -> None:
    created = store.create_subset("Blurry", author="Ada", actions=["Relabel: Look  again."])
    assert "actions" not in created.payload
    assert store.state().find("Blurry").actions == ("relabel: Look again.",)
    event = store.edit_subset("Blurry", author="Ada", actions=["remove: All."], target=3)
    assert event.payload["changes"] == {"target": 3}
    assert event.sentence == "Ada changed the target and actions of “Blurry”."
    assert store.state().find("Blurry").actions == ("remove: All.",)
    with pytest.raises(SubsetError, match="Nothing to change"):
        store.edit_subset("Blurry", author="Ada", actions=["remove: All."])
    store.edit_subset("Blurry", author="Ada", actions=[""])
    assert store.state().find("Blurry").actions == ()
    store.undo("Ada")
    assert store.state().find("Blurry").actions == ("remove: All.",)
    with pytest.raises(CategoryError, match="Expected as an action one of collect, relabel, augment, remove"):
        store.edit_subset("Blurry", author="Ada", actions=["buy: A lamp."])
