"""Corrections of labels: what stands, how it is told, and what undo does to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from explorer.data.corrections import ADDED, LabelledBox, new_box_id, redrawn, standing_boxes
from explorer.errors import CorrectionError, SubsetError, WorkspaceError
from explorer.store.backup import backup, restore
from explorer.store.decisions import database
from explorer.store.decisions.corrections import Corrections
from explorer.store.decisions.subsets import Decisions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from explorer.store.workspace import Workspace

GIVEN = {"a": "Bag", "b": "Bag", "c": "Coat", "d": None}


@pytest.fixture
def corrections(tmp_path: Path) -> Iterator[Corrections]:
    with Decisions.open(tmp_path / "decisions.db") as log:
        yield Corrections(log)


def stands(corrections: Corrections) -> dict[str, tuple[str, bool]]:
    return {each: (one.label, one.is_confirmed) for each, one in corrections.all().items()}


def test_labels_are_corrected_and_confirmed_and_all_of_it_is_told(corrections: Corrections) -> None:
    corrections.label({"a": "Sneaker", "b": "Sneaker", "c": "Coat"}, GIVEN, author="Ada")
    corrections.label({"d": "Boot"}, GIVEN, author="Bob", source="boots.csv", reason="asked the shop")
    corrections.label({"a": "Boot"}, GIVEN, author="Bob")
    assert stands(corrections) == {
        "a": ("Boot", False),
        "b": ("Sneaker", False),
        "c": ("Coat", True),
        "d": ("Boot", False),
    }
    one = corrections.all()["d"]
    assert (one.id, one.given, one.source, one.author) == ("d", None, "boots.csv", "Bob")
    assert [event.sentence for event in corrections.history()] == [
        "Bob corrected 1 label (Bag → Boot).",
        "Bob corrected 1 label (no label → Boot): asked the shop.",
        "Ada corrected 2 labels (Bag → Sneaker) and confirmed 1 label.",
    ]


def test_a_label_that_somebody_else_changed_after_it_was_read_is_not_decided_on(corrections: Corrections) -> None:
    corrections.label({"a": "Boot"}, GIVEN, stood={"a": "Bag"}, author="Ada")
    with pytest.raises(CorrectionError, match="The labels of a were changed since"):
        corrections.label({"a": "Coat", "b": "Coat"}, GIVEN, stood={"a": "Bag", "b": "Bag"}, author="Bob")
    assert stands(corrections) == {"a": ("Boot", False)}
    corrections.label({"a": "Coat", "d": "Coat"}, GIVEN, stood={"a": "Boot", "d": None}, author="Bob")
    assert stands(corrections) == {"a": ("Coat", False), "d": ("Coat", False)}


def test_many_kinds_of_change_are_told_by_the_most_common() -> None:
    from explorer.store.decisions.correction_stream import CORRECTION

    rows = [[str(i), "Bag", label] for i, label in enumerate("AABBCCDE")]
    said = CORRECTION.events["labelled"].phrase({"labels": rows})
    assert said == "corrected 8 labels (Bag → A, Bag → B, Bag → C, …)"


def test_a_batch_is_taken_back_as_one_and_what_stood_before_stands_again(corrections: Corrections) -> None:
    corrections.label({"a": "Sneaker"}, GIVEN, author="Ada")
    corrections.label({"a": "Boot", "b": "Boot"}, GIVEN, author="Bob")
    corrections.undo("Bob")
    assert stands(corrections) == {"a": ("Sneaker", False)}
    corrections.redo("Bob")
    corrections.undo("Ada")
    assert stands(corrections) == {"a": ("Boot", False), "b": ("Boot", False)}
    assert corrections.undo("Ada") is None
    corrections.undo("Bob")
    assert stands(corrections) == {}
    assert isinstance(corrections.log, Decisions)
    assert corrections.log.undo("Bob") is None, "subsets have a line of their own"


def test_what_cannot_be_a_label_is_refused(corrections: Corrections) -> None:
    with pytest.raises(CorrectionError, match="needs the name of a class"):
        corrections.label({"a": "  "}, GIVEN, author="Ada")
    with pytest.raises(SubsetError, match="none was given"):
        corrections.label({}, GIVEN, author="Ada")
    with pytest.raises(SubsetError, match="text that can be stored"):
        corrections.label({"a": "Bo\x00ot"}, GIVEN, author="Ada")
    assert stands(corrections) == {}


def test_ten_thousand_labels_are_one_decision(corrections: Corrections) -> None:
    labels = {str(i): "Boot" for i in range(10_000)}
    corrections.label(labels, dict.fromkeys(labels, "Bag"), author="Ada", source="boots.csv")
    assert len(corrections.all()) == 10_000
    assert len(corrections.history()) == 1


CELL = LabelledBox("gt:1", "cell", 4, 4, 32, 32)
DOT = LabelledBox("gt:2", "dot", 56, 20, 24, 24)
BOXES = {"00.png": (CELL, DOT)}


def boxes_of(corrections: Corrections, image: str = "00.png") -> tuple[LabelledBox, ...]:
    return standing_boxes(BOXES[image], corrections.boxes().get(image), corrections.all())


def test_the_boxes_of_an_image_are_corrected_together_and_told(corrections: Corrections) -> None:
    drawn = LabelledBox(new_box_id(), "cell", 20, 44, 16, 16.5)
    assert drawn.id.startswith(ADDED)
    corrections.draw({"00.png": [CELL._replace(x=6), drawn]}, BOXES, author="Ada", source="boxes.zip")
    one = corrections.boxes()["00.png"]
    assert (one.given, one.boxes) == ((CELL, DOT), (CELL._replace(x=6), drawn))
    assert (one.source, one.author, one.is_confirmed) == ("boxes.zip", "Ada", False)
    corrections.draw({"00.png": [CELL._replace(x=6, label="dot"), drawn]}, BOXES, author="Ada")
    corrections.draw(BOXES, BOXES, author="Bob", reason="they were right")
    assert corrections.boxes()["00.png"].is_confirmed
    corrections.draw(BOXES, BOXES, author="Bob")
    assert [event.sentence for event in corrections.history()] == [
        "Bob confirmed the boxes of 1 image.",
        "Bob corrected the boxes of 1 image (1 relabelled, 1 moved, 1 added, 1 removed): they were right.",
        "Ada corrected the boxes of 1 image (1 relabelled).",
        "Ada corrected the boxes of 1 image (1 moved, 1 added, 1 removed).",
    ]


def test_of_a_label_and_the_boxes_of_its_image_the_newer_stands(corrections: Corrections) -> None:
    corrections.label({"gt:1": "dot", "gt:2": "blob"}, {"gt:1": "cell", "gt:2": "dot"}, author="Ada")
    assert [box.label for box in boxes_of(corrections)] == ["dot", "blob"]
    corrections.draw({"00.png": [CELL, DOT._replace(y=21)]}, BOXES, author="Bob")
    assert [box.label for box in boxes_of(corrections)] == ["cell", "dot"]
    assert corrections.all() == {}
    corrections.label({"gt:2": "speck"}, {"gt:2": "dot"}, author="Ada")
    assert boxes_of(corrections) == (CELL, DOT._replace(y=21, label="speck"))
    corrections.undo("Bob")
    assert [box.label for box in boxes_of(corrections)] == ["dot", "speck"]
    corrections.redo("Bob")
    assert boxes_of(corrections) == (CELL, DOT._replace(y=21, label="speck"))


def test_boxes_that_somebody_else_changed_after_they_were_read_are_not_decided_on(corrections: Corrections) -> None:
    corrections.draw({"00.png": [CELL]}, BOXES, stood=BOXES, author="Ada")
    with pytest.raises(CorrectionError, match=r"The labels of 00\.png were changed since"):
        corrections.draw({"00.png": [DOT]}, BOXES, stood=BOXES, author="Bob")
    corrections.label({"gt:1": "dot"}, {"gt:1": "cell"}, author="Ada")
    with pytest.raises(CorrectionError, match=r"The labels of 00\.png were changed since"):
        corrections.draw({"00.png": [CELL, DOT]}, BOXES, stood={"00.png": (CELL,)}, author="Bob")
    assert boxes_of(corrections) == (CELL._replace(label="dot"),)


def test_changed_boxes_leave_the_others_as_they_are() -> None:
    added = LabelledBox(new_box_id(), "cell", 20, 44, 16, 16.5)
    assert redrawn([CELL, DOT], [CELL._replace(x=6), added], []) == (CELL._replace(x=6), DOT, added)
    assert redrawn([CELL, DOT, added], [added._replace(y=40)], ["gt:1", "gt:9"]) == (DOT, added._replace(y=40))


def test_all_boxes_of_an_image_may_go_and_come_back(corrections: Corrections) -> None:
    corrections.draw({"00.png": []}, BOXES, author="Ada")
    assert boxes_of(corrections) == ()
    corrections.undo("Ada")
    assert boxes_of(corrections) == (CELL, DOT)
    assert corrections.boxes() == {}


@pytest.mark.parametrize(
    ("boxes", "message"),
    [
        ([CELL._replace(label=" ")], "needs the name of a class"),
        ([CELL._replace(width=-1)], "no negative size"),
        ([CELL._replace(x=float("nan"))], "finite numbers"),
        ([CELL, CELL], "'gt:1' twice"),
    ],
)
def test_what_cannot_be_a_box_is_refused(corrections: Corrections, boxes: list[LabelledBox], message: str) -> None:
    with pytest.raises(CorrectionError, match=message):
        corrections.draw({"00.png": boxes}, BOXES, author="Ada")
    assert corrections.history() == []


def test_an_older_program_refuses_corrected_boxes(
    corrections: Corrections, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corrections.draw({"00.png": []}, BOXES, author="Ada")
    monkeypatch.setattr(database, "REVISIONS", database.REVISIONS[: database.REVISIONS.index("0006") + 1])
    with pytest.raises(WorkspaceError, match="of a newer version"):
        Decisions.open(tmp_path / "decisions.db")


def test_a_backup_carries_corrections(workspace: Workspace, tmp_path: Path) -> None:
    from explorer import open_workspace

    workspace.corrections.label({"apple/00.png": "leaf"}, {"apple/00.png": "apple"}, author="Ada")
    backup(workspace, tmp_path / "friday.zip")
    restore(tmp_path / "friday.zip", tmp_path / "again")
    assert stands(open_workspace(tmp_path / "again").corrections) == {"apple/00.png": ("leaf", False)}
