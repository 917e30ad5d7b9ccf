"""Exports among the decisions: each noted once, told in a sentence, and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from explorer.store.decisions.exports import Exports
from explorer.store.decisions.subsets import Decisions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def exports(tmp_path: Path) -> Iterator[Exports]:
    with Decisions.open(tmp_path / "decisions.db") as log:
        yield Exports(log)


def _note(exports: Exports, digest: str = "ab", **facts: Any) -> None:
    said: dict[str, Any] = {
        "form": "coco",
        "labels": "given",
        "subsets": ["k1"],
        "everything": False,
        "without": [],
        "images": 1200,
        "author": "Ada",
        **facts,
    }
    exports.note(digest, "out", **said)


def test_an_export_is_noted_once_and_says_what_went_out(exports: Exports) -> None:
    _note(exports)
    _note(exports)
    (one,) = exports.all()
    assert (one.digest, one.place, one.form, one.labels, one.images, one.author) == (
        *("ab", "out", "coco", "given", 1200, "Ada"),
    )
    assert (one.holds("k1"), one.holds("k2")) == (True, False)
    (event,) = exports.history()
    assert event.sentence == "Ada exported 1,200 rows as coco to out."


def test_all_without_a_subset_holds_every_other(exports: Exports) -> None:
    _note(exports, subsets=[], everything=True, without=["k2"])
    (one,) = exports.all()
    assert (one.holds("k1"), one.holds("k2")) == (True, False)


def test_what_was_noted_is_taken_back_and_may_be_noted_again(exports: Exports) -> None:
    _note(exports)
    exports.undo("Ada")
    assert exports.all() == []
    _note(exports)
    assert [one.digest for one in exports.all()] == ["ab"]
