"""Corrections of labels: what stands, how it is told, and what undo does to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from explorer.errors import CorrectionError, SubsetError
from explorer.store.backup import backup, restore
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


def test_a_backup_carries_corrections(workspace: Workspace, tmp_path: Path) -> None:
    from explorer import open_workspace

    workspace.corrections.label({"apple/00.png": "leaf"}, {"apple/00.png": "apple"}, author="Ada")
    backup(workspace, tmp_path / "friday.zip")
    restore(tmp_path / "friday.zip", tmp_path / "again")
    assert stands(open_workspace(tmp_path / "again").corrections) == {"apple/00.png": ("leaf", False)}
