"""Which copies are dropped, and how good models are without them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.stats import binomtest

from explorer import build, open_workspace
from explorer.actions.analyzed import analyzed
from explorer.actions.drop_copies import drop, dropped, members, note
from explorer.actions.export import chosen, export
from explorer.actions.removal import ALL, Leaving, of_every_model, without
from explorer.data.subsets import Member
from explorer.errors import SubsetError
from explorer.points.opened_build import View

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.actions.analyzed import Analyzed
    from explorer.store.workspace import Workspace

GROUPS = (
    # name, label, split, side; each group lies in one place, and the first of each is what is kept
    (("a1", "car", "test", 8), ("a0", "bus", "test", 9), ("a2", "car", "test", 8)),  # the label of the most
    (("b1", "car", "test", 8), ("b0", "car", "train", 9)),  # not in the training split
    (("c1", "car", "train", 9), ("c0", "car", "train", 8)),  # the most pixels
    (("d0", "car", "val", 8), ("d1", "car", "test", 8)),  # the first id
    (("e1", "car", "Training", 8), ("e0", None, None, 8)),  # a label rather than none
)
SINGLES = 12


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of `GROUPS` and of single images; the model is wrong on every copy that is not kept."""
    folder = tmp_path_factory.mktemp("copied")
    rows = [(*one, group, place == 0) for group, of in enumerate(GROUPS) for place, one in enumerate(of)]
    rows += [(f"single{i}", "car", "test", 8, len(GROUPS) + i, True) for i in range(SINGLES)]
    table = pd.DataFrame(rows, columns=["image", "label", "split", "side", "group", "is kept"]).sample(
        frac=1, random_state=3
    )
    chance = np.random.default_rng(0)
    table["image"] += ".png"
    for name, side in zip(table["image"], table["side"], strict=True):
        Image.fromarray(chance.integers(0, 255, (side, side, 3), np.uint8)).save(folder / name)
    table["v1.prediction"] = table["label"].where(table["is kept"], "lorry")
    table["v1.confidence"] = 0.9
    table["v2.prediction"] = "car"
    table["v2.confidence"] = 0.9
    angles = np.deg2rad(20 * table["group"].to_numpy())
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    pd.DataFrame({"id": table["image"], "vector": list(vectors)}).to_parquet(folder / "vectors.parquet")
    table.drop(columns=["side", "group", "is kept"]).to_csv(folder / "table.csv", index=False)
    return build(folder / "table.csv", folder / "ws", vectors=folder / "vectors.parquet").path


@pytest.fixture
def of(copied: Path) -> Analyzed:
    """Its first model."""
    return analyzed(View(open_workspace(copied)))


def _dropped() -> set[str]:
    return {f"{name}.png" for group in GROUPS for name, *_ in group[1:]}


def test_one_of_each_group_is_kept_by_label_then_split_then_size_then_id(of: Analyzed) -> None:
    assert set(of.view.images.space.ids_of(dropped(of))) == _dropped()
    assert {one.id for one in members(of)} == _dropped()


def test_what_is_dropped_is_marked_for_removal_and_exports_leave_it_out(of: Analyzed, tmp_path: Path) -> None:
    drop(of, of.workspace.decisions, "Copies", author="Ada")
    (subset,) = of.workspace.subsets()
    assert (subset.remove, set(subset.ids), subset.note) == (True, _dropped(), note(of))
    export(of.workspace, chosen(of.workspace, [], without_removed=True), tmp_path / "left.csv")
    left = set(pd.read_csv(tmp_path / "left.csv")["id"])
    assert left == set(of.workspace.ids) - _dropped()
    of.workspace.decisions.add_members("Copies", [Member("a1.png", "ids"), Member("single0.png", "ids")], author="Ada")
    drop(of, of.workspace.decisions, "copies", author="Ada")
    (subset,) = of.workspace.subsets()
    assert set(subset.ids) == _dropped() | {"single0.png"}  # of each group one stays
    of.workspace.decisions.undo("Ada")
    of.workspace.decisions.undo("Ada")
    of.workspace.decisions.undo("Ada")
    assert of.workspace.subsets() == []


def test_a_subset_whose_members_stay_is_not_marked_by_the_way(of: Analyzed) -> None:
    decisions = of.workspace.decisions
    decisions.create_subset("Night", author="Ada", members=[Member("single0.png", "ids")])
    with pytest.raises(SubsetError, match="found “Night”, whose members stay"):
        drop(of, decisions, "night", author="Ada")
    assert decisions.state().find("Night").ids == ("single0.png",)
    decisions.undo("Ada")


def test_the_model_is_judged_with_all_and_without_them(of: Analyzed) -> None:
    """All that are kept are right; a copy without a label is not judged."""
    found = {one.split: one for one in without(of, Leaving(dropped(of)))}
    assert set(found) == {ALL, "test", "train", "Training", "val"}
    every, n = found[ALL], sum(map(len, GROUPS)) + SINGLES - 1
    assert (every.model, every.metric) == ("v1", "accuracy")
    kept = len(GROUPS) + SINGLES
    for figure, hits, of_all in ((every.before, kept, n), (every.after, kept, kept)):
        ends = binomtest(hits, of_all).proportion_ci(method="wilson")
        assert (figure.value, figure.n) == (hits / of_all, of_all)
        assert (figure.low, figure.high) == pytest.approx((ends.low, ends.high))
    assert (found["train"].before.value, found["train"].after.value, found["train"].after.n) == (1 / 3, 1.0, 1)
    assert (
        "in train: 33.3% correct of 3 (6.1% to 79.2%), without them 100.0% of 1 (20.7% to 100.0%)."
        in found["train"].sentence
    )


def test_every_model_is_judged(of: Analyzed) -> None:
    figures = of_every_model(of, Leaving(dropped(of)))
    assert [one.model for one in figures if one.split == ALL] == ["v1", "v2"]
    assert figures[0].row["split"] is None


def test_where_nothing_is_a_copy_there_is_nothing_to_drop(built: Workspace) -> None:
    single = analyzed(View(built), duplicate_threshold=1.0)
    assert len(dropped(single)) == 0
    assert [one.before for one in without(single, Leaving(dropped(single)))] == [
        one.after for one in without(single, Leaving(dropped(single)))
    ]
    with pytest.raises(SubsetError, match=r"found none: no two images have a similarity of 1\.0000 or more"):
        members(single)
    assert note(single) == "All but one of each group of copies, from a similarity of 1.0000 on."


def test_objects_on_an_image_hang_together(boxes_built: Workspace) -> None:
    """Without the first image, on which v1 misses: what is found is judged on the other images' objects."""
    of = analyzed(View(boxes_built))
    every, *_ = without(of, Leaving(np.array([0])))
    judged = of.points.judged("v1")
    rest = judged.images != 0
    assert every.metric == "found"
    assert every.before.value == judged.hits.sum() / judged.total.sum()
    assert every.after.value == judged.hits[rest].sum() / judged.total[rest].sum()
    assert every.after.n == judged.total[rest].sum()
    assert every.before.low < every.before.value <= every.before.high
