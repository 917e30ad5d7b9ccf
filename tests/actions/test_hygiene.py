"""Examples of a category: where they come from, which count, how often they were judged, and retiring them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from explorer import build
from explorer.actions.analyzed import analyzed
from explorer.actions.hygiene import changes, examples, groupings, hygiene, retire_examples, sources, uses
from explorer.actions.review_sources import category_members
from explorer.data.subsets import Member
from explorer.data.verdicts import Verdict
from explorer.errors import CategoryError
from explorer.points.opened_build import View
from tests.reviewing import review

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.conftest import Source


def _apples(workspace: Workspace) -> list[str]:
    ids = [each for each in workspace.ids if each.startswith("apple")]
    members = [Member(each, "search" if place < 5 else "lasso", 0.5) for place, each in enumerate(ids)]
    workspace.decisions.create_subset("apples", author="Ada", category="fruit", members=members)
    return ids


def test_what_is_in_the_training_split_does_not_count(workspace: Workspace) -> None:
    """Three of four images are in it: of twenty apples five count, and they come first."""
    ids = _apples(workspace)
    found = examples(analyzed(View(workspace)), "fruit")
    assert [one.leak is None for one in found] == [True] * 5 + [False] * 15
    assert {one.id for one in found[:5]} == set(ids[::4])
    assert (found[0].origin, found[0].author, found[0].split) == ("search", "Ada", "test")
    assert {one.leak.way for one in found if one.leak} == {"itself"}


def test_what_hangs_together_with_training_does_not_count(source: Source, tmp_path: Path) -> None:
    """Frames of one video: the test image `apple/00.png` is of the same as `apple/01.png`, which was learnt from."""
    import pandas as pd

    table = pd.read_csv(source.table)
    table["image"] = [str(source.images / name) for name in table["image"]]
    table["video"] = [f"v{place // 2}" if place < 2 else f"alone {place}" for place in range(len(table))]
    table.to_csv(tmp_path / "t.csv", index=False)
    vectors = pd.read_parquet(source.vectors).assign(id=table["image"])
    vectors.to_parquet(tmp_path / "v.parquet")
    workspace = build(tmp_path / "t.csv", tmp_path / "ws", vectors=tmp_path / "v.parquet")
    view = View(workspace)
    alone, together = (hygiene(analyzed(view, group_by=column)) for column in (None, "video"))
    assert 0 not in alone.leaks
    assert (together.leaks[0].way, together.leaks[0].other) == ("group", 1)
    assert set(together.leaks) - set(alone.leaks) == {0}
    assert groupings(view)[0] is None


def test_a_column_group_is_what_images_hang_together_by_and_is_not_said_to_be_none(
    source: Source, tmp_path: Path
) -> None:
    import pandas as pd

    table = pd.read_csv(source.table)
    table["image"] = [str(source.images / name) for name in table["image"]]
    table.assign(group=[place // 2 for place in range(len(table))]).to_csv(tmp_path / "t.csv", index=False)
    vectors = pd.read_parquet(source.vectors).assign(id=table["image"])
    vectors.to_parquet(tmp_path / "v.parquet")
    view = View(build(tmp_path / "t.csv", tmp_path / "ws", vectors=tmp_path / "v.parquet"))
    assert groupings(view).count("group") == 1
    assert groupings(view)[0] == hygiene(analyzed(view)).group_by == "group"


def test_an_image_without_a_split_is_in_none(source: Source, tmp_path: Path) -> None:
    """As those of a batch are that was added without one."""
    import pandas as pd

    table = pd.read_csv(source.table)
    table["image"] = [str(source.images / name) for name in table["image"]]
    table.loc[:2, "split"] = None
    table.to_csv(tmp_path / "t.csv", index=False)
    pd.read_parquet(source.vectors).assign(id=table["image"]).to_parquet(tmp_path / "v.parquet")
    found = hygiene(analyzed(View(build(tmp_path / "t.csv", tmp_path / "ws", vectors=tmp_path / "v.parquet"))))
    assert found.splits == ("train",)
    assert set(found.leaks) == {row for row in range(3, 60) if row % 4}


def test_without_a_training_split_nothing_is_known(dusk_built: Workspace) -> None:
    found = hygiene(analyzed(View(dusk_built)))
    assert (found.splits, found.leaks) == ((), {})


def test_sources_are_counted(workspace: Workspace) -> None:
    _apples(workspace)
    found = sources(View(workspace), workspace.subsets())
    assert found == {
        "origin": {"lasso": 15, "search": 5},
        "author": {"Ada": 20},
        "split": {"train": 15, "test": 5},
    }


def test_what_was_judged_in_rounds_is_told(workspace: Workspace) -> None:
    ids = _apples(workspace)
    review(workspace, dict.fromkeys(ids[:3], ("correct", "correct")))
    (use,) = uses(workspace, ids)
    assert (use.round, use.model, use.examples) == ("R", "v1", 3)
    assert uses(workspace, ids[5:]) == []


def test_an_example_is_retired_with_its_reason_and_stays_in_the_log(workspace: Workspace) -> None:
    ids = _apples(workspace)
    (event,) = retire_examples(workspace, "fruit", ids[:2], author="Bo", reason="blurred by the lens")
    (subset,) = workspace.subsets()
    assert set(ids[:2]) == set(subset.rejected)
    assert set(subset.ids) == set(ids[2:])
    assert event.payload["reason"] == "blurred by the lens"
    workspace.categories.edit("fruit", author="Bo", criterion="Round.")
    told = [(one.author, one.kind) for one in changes(workspace, "fruit")]
    assert told == [("Bo", "edited"), ("Bo", "added"), ("Bo", "rejected"), ("Ada", "created")]


@pytest.mark.parametrize(
    ("ids", "reason", "expected"),
    [
        (["leaf/00.png"], "gone", "Expected examples of “fruit”, found 1 that are none: leaf/00.png"),
        (["apple/00.png"], " ", "a reason for retiring an example"),
    ],
)
def test_retiring_wants_an_example_and_a_reason(
    ids: list[str], reason: str, expected: str, workspace: Workspace
) -> None:
    _apples(workspace)
    with pytest.raises(CategoryError) as error:
        retire_examples(workspace, "fruit", ids, author="Bo", reason=reason)
    assert expected in str(error.value)


def test_what_reviewers_put_into_a_category_is_an_example(workspace: Workspace) -> None:
    _apples(workspace)
    review(workspace, {"leaf/00.png": ()})
    said = Verdict("", "leaf/00.png", "Ada", "incorrect", datetime.now(UTC), categories=("Fruit",))
    workspace.verdicts.give("R", [said], author="Ada")
    found = {one.id: one for one in examples(analyzed(View(workspace)), "fruit")}
    assert found["leaf/00.png"].origin == "reviews"
    assert len(found) == 21


def test_what_only_reviewers_put_in_is_retired_with_a_reason_and_their_verdicts_stay(workspace: Workspace) -> None:
    ids = _apples(workspace)
    said = [
        Verdict("", each, "Ada", "incorrect", datetime.now(UTC), categories=("Fruit",))
        for each in ("leaf/00.png", ids[0])
    ]
    review(workspace, {one.id: () for one in said})
    workspace.verdicts.give("R", said, author="Ada")
    events = retire_examples(workspace, "fruit", ["leaf/00.png", ids[0]], author="Bo", reason="a leaf")
    assert [(one.stream_kind, one.payload["reason"]) for one in events] == [
        ("subset", "a leaf"),
        ("category", "a leaf"),
    ]
    assert events[1].sentence == "Bo retired 2 examples of the category “fruit”: a leaf."
    assert {one.id for one in examples(analyzed(View(workspace)), "fruit")} == set(ids[1:])
    assert category_members(View(workspace))["fruit"] == set(ids[1:])
    assert {one.id: one.categories for one in workspace.verdicts.of(workspace.rounds.find("R").key)} == {
        "leaf/00.png": ("Fruit",),
        ids[0]: ("Fruit",),
    }
    assert changes(workspace, "fruit")[0].id == events[1].id
    with pytest.raises(CategoryError, match=r"found 1 that are none: leaf/00\.png"):
        retire_examples(workspace, "fruit", ["leaf/00.png"], author="Bo", reason="once more")
    workspace.categories.undo("Bo")
    found = {one.id: one.origin for one in examples(analyzed(View(workspace)), "fruit")}
    assert found["leaf/00.png"] == found[ids[0]] == "reviews"
