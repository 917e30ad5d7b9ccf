"""Judged by corrected labels: figures, findings, rules and maps follow them, and nothing of the build changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from explorer import open_workspace
from explorer.actions.analyze import analyze
from explorer.actions.compare_versions import compare_versions
from explorer.actions.correct import boxes_now, confirm, correct, given_boxes, redraw
from explorer.actions.evaluate import evaluate
from explorer.actions.judged_by import CorrectedWorkspace, in_words, judged_by
from explorer.data.corrections import CORRECTED, GIVEN, LabelledBox, new_box_id
from explorer.data.filters import OneOf
from explorer.data.spaces import IMAGES, LABELS
from explorer.embedding.label_text import Joining, class_means
from explorer.errors import CorrectionError
from explorer.points.opened_build import View
from explorer.signals.neighborhood import DISAGREEMENT
from explorer.subsets.rules import Rule, matching_ids

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace

SWAPPED = {"apple/00.png": "sky", "apple/10.png": "sky"}
"""What v1 calls sky, and v2 the first of them."""


def corrected(workspace: Workspace) -> CorrectedWorkspace:
    now = judged_by(workspace, CORRECTED)
    assert isinstance(now, CorrectedWorkspace)
    return now


def test_figures_follow_corrected_labels(workspace: Workspace) -> None:
    """Of sixty images v1 had two wrong and v2 one; both are called sky, as v1 says and v2 says of the first."""
    correct(workspace, SWAPPED, author="Ada")
    given, now = evaluate(workspace), evaluate(corrected(workspace))
    assert [given[model]["accuracy"] for model in ("v1", "v2")] == [round(58 / 60, 6), round(59 / 60, 6)]
    assert [now[model]["accuracy"] for model in ("v1", "v2")] == [1.0, round(59 / 60, 6)]
    assert now["v1"]["confusion"]["rows"] == [[18, 0, 0], [0, 20, 0], [0, 0, 22]]
    assert compare_versions(workspace, "v1", "v2")["overall"]["fixed"] == 1
    overall = compare_versions(corrected(workspace), "v1", "v2")["overall"]
    assert (overall["fixed"], overall["regressed"]) == (0, 1)


def test_columns_signals_and_rules_follow(workspace: Workspace) -> None:
    correct(workspace, SWAPPED, author="Ada")
    now = corrected(workspace)
    told = now.samples.loc["apple/10.png", ["label", "v1.outcome", "v1 → v2"]]
    assert list(told) == ["sky", "correct", "regressed"]
    assert workspace.samples.loc["apple/10.png", "label"] == "apple"
    assert list(now.samples.columns) == list(workspace.samples.columns)
    graph, labels = workspace.neighbors(), now.samples["label"].to_numpy()
    row = now.rows["apple/00.png"]
    differ = np.mean(labels[graph.indices[row, :10]] != "sky")
    assert now.samples[DISAGREEMENT].iloc[row] == np.float32(differ)
    rule = Rule((OneOf("label", frozenset({"sky"})),), "image")
    found = matching_ids(rule, View(now).images.table)
    assert {*found} - {*matching_ids(rule, View(workspace).images.table)} == set(SWAPPED)


def test_losses_follow_where_a_model_gave_probabilities(demo: Workspace, tmp_path: Path) -> None:
    workspace = open_workspace(demo.path, tmp_path / "decisions.db")
    wrong = workspace.samples.index[workspace.samples["v1.outcome"] == "wrong"][0]
    said = workspace.samples.loc[wrong, "v1.prediction"]
    correct(workspace, {wrong: str(said)}, author="Ada")
    now = corrected(workspace)
    given = workspace.probabilities("v1")
    assert given is not None
    assert now.samples.loc[wrong, "v1.loss"] == pytest.approx(-np.log(given.loc[wrong, said]), rel=1e-5)
    others = workspace.samples.index != wrong
    np.testing.assert_array_equal(now.samples["v1.loss"][others], workspace.samples["v1.loss"][others])
    assert evaluate(now, "v1")["v1"]["n"] == 1500


def test_nothing_is_judged_anew_where_labels_are_as_given(workspace: Workspace) -> None:
    assert judged_by(workspace, CORRECTED) is workspace
    confirm(workspace, ["apple/01.png"], author="Ada")
    assert judged_by(workspace, CORRECTED) is workspace
    correct(workspace, {"apple/00.png": "sky"}, author="Ada")
    now = corrected(workspace)
    assert judged_by(now, GIVEN) is workspace
    assert in_words(now.changes) == "Judged by corrected labels: 1 corrected"
    workspace.corrections.undo("Ada")
    assert judged_by(now, CORRECTED) is workspace
    assert now.changes.number == 1, "it is as right as the decisions were"


def test_each_state_of_corrections_has_a_key_of_its_own(workspace: Workspace) -> None:
    correct(workspace, {"apple/00.png": "sky"}, author="Ada")
    first = corrected(workspace).tables_key
    correct(workspace, {"apple/10.png": "sky"}, author="Ada")
    second = corrected(workspace).tables_key
    workspace.corrections.undo("Ada")
    assert len({workspace.tables_key, first, second}) == 3
    assert corrected(workspace).tables_key == first


def test_a_corrected_image_is_placed_anew_on_the_map_of_labels_and_no_other_moves(workspace: Workspace) -> None:
    correct(workspace, SWAPPED, author="Ada")
    now = corrected(workspace)
    moved = np.array([now.rows[each] for each in SWAPPED])
    before, after = workspace.layout(LABELS), now.layout(LABELS)
    rest = np.setdiff1d(np.arange(60), moved)
    np.testing.assert_array_equal(after.xy[rest], before.xy[rest])
    assert (after.xy[moved] != before.xy[moved]).any(axis=1).all()
    labels = workspace.samples["label"].tolist()
    images = np.asarray(workspace.embeddings(IMAGES).vectors)
    classes = class_means(images, labels)
    expected = Joining.of(images, labels, classes)(images[moved], ["sky", "sky"], classes)
    np.testing.assert_allclose(now.embeddings(LABELS).vectors[moved], expected, atol=1e-6)
    np.testing.assert_array_equal(now.layout(IMAGES).xy, workspace.layout(IMAGES).xy)
    assert now.layout_key(LABELS) == workspace.layout_key(LABELS), "what was drawn around on it means the same"
    nearest = now.neighbors(LABELS).indices[moved]
    assert not np.isin(nearest, moved).any(), "each as if it were the only one"


def test_a_class_that_no_image_had_is_placed_by_its_name(clip_workspace: Workspace) -> None:
    correct(clip_workspace, {"apple/00.png": "pear"}, author="Ada")
    now = corrected(clip_workspace)
    half = clip_workspace.embeddings(LABELS).vectors.shape[1] // 2
    vector = now.embeddings(LABELS).vectors[now.rows["apple/00.png"]]
    assert np.linalg.norm(vector[half:]) == pytest.approx(np.sqrt(0.5), abs=1e-5)
    assert np.isfinite(now.layout(LABELS).xy).all()


def test_analyses_of_either_labels_are_kept_apart(workspace: Workspace) -> None:
    correct(workspace, SWAPPED, author="Ada")
    segments = "segments"
    given = analyze(workspace, [segments], "v1")[segments]
    now = analyze(corrected(workspace), [segments], "v1")[segments]
    rates = [{(row["column"], row["value"]): row["n"] for row in rows} for rows in (given, now)]
    assert (rates[0]["label", "apple"], rates[1]["label", "apple"]) == (20, 18)
    assert analyze(workspace, [segments], "v1")[segments] == given
    kept = workspace.paths.derived.glob("analysis-*-segments-*")
    assert len(list(kept)) == 2
    correct(workspace, {"apple/01.png": "sky"}, author="Ada")
    analyze(corrected(workspace), [segments], "v1")
    assert len(list(workspace.paths.derived.glob("analysis-*-segments-*"))) == 2, "of older corrections none is kept"


BOX = (56.0, 20.0, 24.0, 24.0)


def test_corrected_boxes_are_what_models_are_judged_by(boxes_workspace: Workspace) -> None:
    """The dot of `00.png` lies where v1 says, and the cell that v1 misses is none."""
    given = boxes_now(boxes_workspace, "00.png")
    assert given[1] == LabelledBox("gt:2", "dot", *BOX)
    told = ["boxes", "v1.tp", "v1.fp", "v1.fn"]
    assert list(boxes_workspace.samples.loc["00.png", told]) == [3, 1, 2, 2]
    redraw(boxes_workspace, "00.png", [given[0], given[1]._replace(x=68.0)], author="Ada")
    now = corrected(boxes_workspace)
    assert now.changes.number == 2
    assert list(now.samples.loc["00.png", told]) == [2, 2, 1, 0]
    assert now.samples.loc["00.png", "objects.count"] == 2
    counts = [evaluate(one, "v1")["v1"] for one in (boxes_workspace, now)]
    assert [(one["tp"], one["fp"], one["fn"]) for one in counts] == [
        (counts[0]["tp"], 3, counts[0]["fn"]),
        (counts[0]["tp"] + 1, 2, counts[0]["fn"] - 2),
    ]
    outcome = View(now).points(LABELS).table.frame["v1.outcome"]
    assert outcome["gt:2"] == "tp"
    assert "gt:3" not in outcome.index


def test_on_the_map_of_boxes_only_those_that_were_drawn_are_placed(boxes_workspace: Workspace) -> None:
    cell, dot, second = boxes_now(boxes_workspace, "00.png")
    drawn = LabelledBox(new_box_id(), "dot", 70, 40, 20, 20)
    redraw(boxes_workspace, "00.png", [cell._replace(label="dot"), dot._replace(x=60), drawn], author="Ada")
    now = corrected(boxes_workspace)
    points = View(now).points(LABELS)
    before = boxes_workspace.sample_ids(LABELS).index
    assert points.space.ids == ("gt:1", "gt:2", drawn.id, *before[3:]), "beside those of its image"
    xy, was = (pd.DataFrame(one.layout(LABELS).xy, one.sample_ids(LABELS).index) for one in (now, boxes_workspace))
    still = [each for each in before if each not in ("gt:2", second.id)]
    pd.testing.assert_frame_equal(xy.loc[still], was.loc[still], check_names=False)
    assert np.isfinite(xy.loc[["gt:2", drawn.id]].to_numpy()).all()
    assert (xy.loc["gt:2"] != was.loc["gt:2"]).any()
    graph = now.neighbors(LABELS)
    assert graph.indices.shape[0] == len(points)
    assert graph.indices.max() < len(points)
    rows, _ = points.space.nearest(now.embeddings(LABELS).vectors[2], 3)
    assert rows[0] == 2
    assert not list(boxes_workspace.paths.derived.glob(f"*{now.changes.key}*"))


def test_a_box_is_cut_at_the_border_and_must_lie_on_its_image(boxes_workspace: Workspace) -> None:
    drawn = LabelledBox(new_box_id(), "dot", 90, -4, 20, 20)
    given = boxes_now(boxes_workspace, "11.png")
    assert given[-1].width == 0, "what was in the data may stay"
    redraw(boxes_workspace, "11.png", [*given, drawn], author="Ada")
    assert boxes_now(boxes_workspace, "11.png")[-1].box == (90, 0, 6, 16)
    with pytest.raises(CorrectionError, match=r"Expected a box on the image of 96 x 64 pixels, found \(100"):
        redraw(boxes_workspace, "11.png", [drawn._replace(x=100)], author="Ada")
    given_of = given_boxes(boxes_workspace, ["11.png", "10.png"])
    assert list(given_of) == ["11.png", "10.png"]
    assert given_of["11.png"] == tuple(given)
    with pytest.raises(CorrectionError, match=r"an image with boxes, found 'x\.png'"):
        given_boxes(boxes_workspace, ["11.png", "x.png"])
    with pytest.raises(CorrectionError, match=r"an image with boxes, found 'x\.png'"):
        redraw(boxes_workspace, "x.png", [], author="Ada")
