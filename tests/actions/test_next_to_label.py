"""What to label next in real workspaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from explorer import build
from explorer.actions.analyze import analyze
from explorer.data.filters import OneOf
from explorer.store.decisions.subsets import Member
from explorer.subsets.rules import Rule, to_json

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.conftest import Source


def test_a_budget_of_images_with_a_reason_each_and_none_that_is_tagged(workspace: Workspace) -> None:
    first = analyze(workspace, ["next"], budget=9)["next"]
    assert len(first) == 9
    assert all(set(row) == {"id", "reason"} and row["reason"] for row in first)
    assert any("v1 is unsure" in row["reason"] for row in first)
    assert any(row["reason"].startswith("typical of") for row in first)
    workspace.decisions.create_subset("done", author="Ada", members=[Member(row["id"], "ids") for row in first])
    second = analyze(workspace, ["next"], budget=9)["next"]
    assert len(second) == 9
    assert not {row["id"] for row in first} & {row["id"] for row in second}


def test_a_live_subset_whose_column_is_gone_stops_no_analysis(workspace: Workspace) -> None:
    """What people put in counts as tagged; what the rule found in another build nobody knows."""
    (first, *_) = analyze(workspace, ["next"], budget=9)["next"]
    rule = to_json(Rule((OneOf("gone", frozenset(["x"])),)))
    members = [Member(first["id"], "ids")]
    workspace.decisions.create_subset("live", author="Ada", members=members, rule=rule)
    results = analyze(workspace, ["next", "findings"], budget=9)
    assert first["id"] not in [row["id"] for row in results["next"]]
    assert [row["kind"] for row in results["findings"]].count("next") == 1


def test_the_finding_counts_them_by_reason(workspace: Workspace) -> None:
    (one,) = [row for row in analyze(workspace, ["findings"], budget=9)["findings"] if row["kind"] == "next"]
    assert one["sentence"].startswith("9 images to label next: ")
    assert len(one["ids"]) == one["figures"]["n"] == 9


def test_without_labels_and_models_vectors_are_enough(source: Source, tmp_path: Path) -> None:
    table = pd.read_csv(source.table)[["image"]]
    table["image"] = [str(source.images / name) for name in table["image"]]
    pd.read_parquet(source.vectors).assign(id=table["image"]).to_parquet(tmp_path / "vectors.parquet")
    table.to_csv(tmp_path / "table.csv", index=False)
    workspace = build(tmp_path / "table.csv", tmp_path / "ws", vectors=tmp_path / "vectors.parquet")
    rows = analyze(workspace, ["next"], budget=6)["next"]
    assert len({row["id"] for row in rows}) == 6
    assert {row["id"].split("/")[-2] for row in rows} == {"apple", "leaf", "sky"}


def test_of_a_data_set_that_is_labelled_in_part_only_the_rest_is_listed(source: Source, tmp_path: Path) -> None:
    table = pd.read_csv(source.table)[["image", "label"]]
    table["image"] = [str(source.images / name) for name in table["image"]]
    pd.read_parquet(source.vectors).assign(id=table["image"]).to_parquet(tmp_path / "vectors.parquet")
    table.loc[table["label"] == "sky", "label"] = None
    table.to_csv(tmp_path / "table.csv", index=False)
    workspace = build(tmp_path / "table.csv", tmp_path / "ws", vectors=tmp_path / "vectors.parquet")
    rows = analyze(workspace, ["next"], budget=5)["next"]
    assert len(rows) == 5
    assert {row["id"].split("/")[-2] for row in rows} == {"sky"}


def test_images_with_boxes_are_listed_too(boxes_built: Workspace) -> None:
    rows = analyze(boxes_built, ["next"], budget=4)["next"]
    assert len({row["id"] for row in rows}) == 4
    assert {row["id"] for row in rows} <= set(boxes_built.ids)


def test_where_everything_is_tagged_that_is_said(workspace: Workspace) -> None:
    workspace.decisions.create_subset("all", author="Ada", members=[Member(each, "ids") for each in workspace.ids])
    said = analyze(workspace, ["next"])
    assert said["next"] == []
    assert said["not_computed"] == {"next": "Every image is tagged or labelled already."}
