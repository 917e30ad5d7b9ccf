"""How far subsets are on their way, what they wait for, and whether the new version is better."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

import explorer
from explorer.actions.add_predictions import add_predictions
from explorer.actions.correct import boxes_now, confirm, redraw
from explorer.actions.export import Options, chosen, export
from explorer.actions.import_labels import compare_labels, import_labels
from explorer.actions.judged_by import judged_by
from explorer.actions.stages import STAGES, ways
from explorer.data.corrections import CORRECTED
from explorer.data.subsets import Member
from explorer.data.verdicts import Protocol, Verdict
from explorer.points.opened_build import View

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from explorer.actions.stages import Way
    from explorer.store.workspace import Workspace


@pytest.fixture
def first(dusk_built: Workspace, tmp_path: Path) -> Workspace:
    """The images at dusk with v1 alone, which gets 41 of the hundred right; "dusk" is all of them."""
    source = dusk_built.path.parent
    table = pd.read_csv(source / "table.csv").drop(columns=["v2.prediction", "v3.prediction"])
    table.insert(0, "id", table["image"])
    table["image"] = [str(source / name) for name in table["image"]]
    table.to_csv(tmp_path / "table.csv", index=False)
    workspace = explorer.build(tmp_path / "table.csv", tmp_path / "ws", vectors=source / "vectors.parquet")
    members = [Member(each, "lasso") for each in workspace.ids[:100]]
    workspace.decisions.create_subset("dusk", author="Ada", members=members)
    return workspace


def _judged(workspace: Workspace) -> View:
    return View(judged_by(workspace, CORRECTED))


def _came_back(workspace: Workspace, table: Path, labels: Mapping[str, str]) -> None:
    pd.DataFrame({"id": [*labels], "label": [*labels.values()]}).to_csv(table, index=False)
    import_labels(workspace, compare_labels(workspace, table), author="Bo")


def _way(workspace: Workspace) -> Way:
    now = explorer.open_workspace(workspace.path)
    (way,) = ways(_judged(now), now.subsets())
    assert [stage.name for stage in way.stages] == list(STAGES)
    return way


def _done(way: Way) -> dict[str, int]:
    return {stage.name: stage.done for stage in way.stages if stage.done}


def _said(workspace: Workspace, tmp_path: Path, name: str, right: Sequence[str]) -> None:
    """Add a model that is right on these images and wrong on the others."""
    labels = workspace.samples["label"]
    said = labels.where(labels.index.isin(right), "lorry")
    pd.DataFrame({"id": said.index, "prediction": said}).to_csv(tmp_path / f"{name}.csv", index=False)
    add_predictions(workspace, [(name, tmp_path / f"{name}.csv")])


def test_a_subset_goes_through_every_stage(first: Workspace, tmp_path: Path) -> None:
    ids = first.ids
    first.decisions.reject_candidates("dusk", [ids[150]], author="Ada")
    way = _way(first)
    assert (_done(way), way.step) == ({"found": 101, "tagged": 100}, "reviewed")
    assert way.waits == "Waits for reviewers, or to be exported."

    confirm(first, ids[:3], author="Bo")
    way = _way(first)
    assert (_done(way), way.step) == ({"found": 101, "tagged": 100, "reviewed": 3}, "exported")
    assert way.waits == "Waits to be exported; 97 are not reviewed."

    export(first, chosen(first, ["dusk"]), tmp_path / "out.csv")
    first.decisions.add_members("dusk", [Member(ids[160], "lasso")], author="Ada")
    way = _way(first)
    assert (_done(way)["exported"], way.step) == (100, "returned")
    assert way.stages[3].said.endswith("1 tagged since")
    assert way.waits.startswith("Waits for the labelers since 2")
    assert way.waits.endswith(f"exported it to {tmp_path / 'out.csv'}.")

    _came_back(first, tmp_path / "answers.csv", {ids[60]: "tram", ids[170]: "tram"})
    way = _way(first)
    assert (_done(way)["returned"], way.step) == (1, "retrained")
    assert way.waits.startswith("Waits for a new model version since 2")

    _said(first, tmp_path, "v2", ids)
    way = _way(first)
    assert (_done(way)["retrained"], _done(way)["verified"], way.step) == (1, 1, "")
    assert way.stages[5].said == "v2"
    assert way.waits.startswith("Verified: 41.6% → 99.0% with v2 (+4"), way.waits


def test_a_version_that_is_not_surely_better_is_not_verified(first: Workspace, tmp_path: Path) -> None:
    export(first, chosen(first, ["dusk"]), tmp_path / "out.csv")
    _said(first, tmp_path, "v2", [*first.ids[:43], *first.ids[100:]])
    way = _way(first)
    assert (_done(way)["retrained"], way.step) == (1, "verified")
    assert "verified" not in _done(way)
    assert way.waits.startswith("Not surely better: 41.0% → 43.0% with v2 (")


def test_an_export_of_all_images_is_of_the_subsets_that_had_something_in_it(first: Workspace, tmp_path: Path) -> None:
    """Not of one that was empty, came later, was left out, or lies within what was left out."""
    ids = first.ids
    for name, some in (("empty", ()), ("gone", ids[:10]), ("within", ids[:3]), ("half", ids[8:12])):
        first.decisions.create_subset(name, author="Ada", members=[Member(each, "lasso") for each in some])
    export(first, chosen(first, [], everything=True, without=["gone"]), tmp_path / "out.csv")
    for name in ("later", "empty"):
        members = [Member(each, "lasso") for each in ids[20:22]]
        if name == "empty":
            first.decisions.add_members(name, members, author="Ada")
        else:
            first.decisions.create_subset(name, author="Ada", members=members)
    now = explorer.open_workspace(first.path)
    by_name = {way.subset.name: way for way in ways(_judged(now), now.subsets())}
    out = {name: _done(way).get("exported") for name, way in by_name.items()}
    assert out == {"dusk": 90, "empty": None, "gone": None, "within": None, "half": 2, "later": None}
    waits = {name for name, way in by_name.items() if way.waits.startswith("Waits for the labelers")}
    assert waits == {"dusk", "half"}


def test_verdicts_of_a_round_are_reviews_and_what_is_no_export_of_it_does_not_count(
    first: Workspace, tmp_path: Path
) -> None:
    first.rounds.start(Protocol("round", first.ids[:4], ("Bo",)), author="Ada")
    key = first.rounds.find("round").key
    now = first.rounds.find("round").started_at
    first.verdicts.give("round", [Verdict(key, each, "Bo", "correct", now) for each in first.ids[:2]], author="Bo")
    first.decisions.create_subset("other", author="Ada", members=[Member(first.ids[7], "lasso")])
    export(first, chosen(first, ["other"]), tmp_path / "out.csv")
    now_open = explorer.open_workspace(first.path)
    by_name = {way.subset.name: way for way in ways(_judged(now_open), now_open.subsets())}
    assert _done(by_name["dusk"]) == {"found": 100, "tagged": 100, "reviewed": 2}
    assert _done(by_name["other"]) == {"found": 1, "tagged": 1, "exported": 1}


def test_labels_that_were_corrected_here_are_reviewed_and_only_those_of_a_file_are_returned(
    boxes_workspace: Workspace, tmp_path: Path
) -> None:
    """Whatever the large view or a file is called: a folder may be called as the review is."""
    workspace, image = boxes_workspace, "03.png"
    workspace.decisions.create_subset("cells", author="Ada", members=[Member(image, "lasso")])
    export(workspace, chosen(workspace, ["cells"]), tmp_path / "review", Options("cvat"))
    first, second = boxes_now(workspace, image)
    redraw(workspace, image, [first._replace(label="dot"), second], author="Ada", source="large view")
    assert _done(_way(workspace)) == {"found": 1, "tagged": 1, "reviewed": 1, "exported": 1}
    import_labels(workspace, compare_labels(workspace, tmp_path / "review"), author="Bo")
    assert _done(_way(workspace)) == {"found": 1, "tagged": 1, "exported": 1, "returned": 1}
