"""`edgecase evaluate` prints what scikit-learn and pycocotools say of the same files."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

import explorer
from explorer.cli import main

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace
    from tests.conftest import BoxSource, Source

BCCD = Path(__file__).parents[3] / "shared" / "data" / "bccd"
COCO_FIGURES = ("AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100")


def _evaluated(capsys: pytest.CaptureFixture[str], workspace: Workspace, *options: str) -> dict[str, Any]:
    code = main(["evaluate", str(workspace.path), "--json", *options])
    printed = capsys.readouterr()
    assert (code, printed.err) == (0, "")
    figures: dict[str, Any] = json.loads(printed.out)
    return figures


def _refused(capsys: pytest.CaptureFixture[str], workspace: Workspace, *options: str) -> str:
    code = main(["evaluate", str(workspace.path), *options])
    printed = capsys.readouterr()
    assert (code, printed.out, printed.err.count("\n")) == (1, "", 1)
    return printed.err


def _pycocotools(truth: Path, results: Path) -> list[float | None]:
    with contextlib.redirect_stdout(io.StringIO()):
        ground_truth = COCO(str(truth))
        known = [entry for entry in ground_truth.dataset["annotations"] if min(entry["bbox"]) >= 0]
        ground_truth.dataset["annotations"] = known
        ground_truth.createIndex()
        evaluation = COCOeval(ground_truth, ground_truth.loadRes(str(results)), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return [None if figure == -1 else float(figure) for figure in evaluation.stats[: len(COCO_FIGURES)]]


def _assert_as_pycocotools(figures: dict[str, Any], truth: Path, results: Path) -> None:
    expected = _pycocotools(truth, results)
    assert [figures[name] is None for name in COCO_FIGURES] == [figure is None for figure in expected]
    ours = [figures[name] for name in COCO_FIGURES if figures[name] is not None]
    assert ours == pytest.approx([figure for figure in expected if figure is not None], abs=1e-6)


@pytest.mark.parametrize("model", ["v1", "v2"])
def test_a_classifiers_figures_are_scikit_learns(
    model: str, built: Workspace, source: Source, capsys: pytest.CaptureFixture[str]
) -> None:
    table = pd.read_csv(source.table)
    label, predicted = table["label"], table[f"{model}.prediction"]
    figures = _evaluated(capsys, built)[model]
    assert figures["n"] == 60
    assert figures["accuracy"] == pytest.approx(accuracy_score(label, predicted), abs=1e-6)
    assert figures["macro_f1"] == pytest.approx(f1_score(label, predicted, average="macro"), abs=1e-6)
    assert figures["confusion"]["classes"] == ["apple", "leaf", "sky"]
    assert figures["confusion"]["rows"] == confusion_matrix(label, predicted).tolist()


def test_calibration_error_is_the_gap_between_confidence_and_accuracy(
    built: Workspace, source: Source, capsys: pytest.CaptureFixture[str]
) -> None:
    """Guo et al.'s fifteen bins of equal width, counted here bin by bin."""
    table = pd.read_csv(source.table)
    right = table["v1.prediction"] == table["label"]
    bins = np.ceil(table["v1.confidence"] * 15)
    gaps = (table["v1.confidence"] - right).groupby(bins).sum().abs()
    assert _evaluated(capsys, built, "--model", "v1")["v1"]["ece"] == pytest.approx(gaps.sum() / 60, abs=1e-6)


def test_one_model_is_evaluated_alone(built: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert list(_evaluated(capsys, built)) == ["v1", "v2"]
    assert list(_evaluated(capsys, built, "--model", "v2")) == ["v2"]


@pytest.mark.parametrize("model", ["v1", "v2"])
def test_a_detectors_figures_are_pycocotools(
    model: str, boxes_built: Workspace, box_source: BoxSource, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = _evaluated(capsys, boxes_built)[model]
    _assert_as_pycocotools(figures, box_source.truth, box_source.predictions[model])


def test_real_cells_have_pycocotools_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Through the whole way: read, built with vectors of chance, evaluated by the command."""
    if not BCCD.is_dir():
        pytest.skip("needs the shared blood-cell data beside the repository")
    truth, results = BCCD / "instances.json", BCCD / "predictions.json"
    images = len(json.loads(truth.read_text())["images"])
    np.save(tmp_path / "v.npy", np.random.default_rng(0).normal(size=(images, 4)))
    workspace = explorer.build(truth, tmp_path / "ws", predictions={"cells": results}, vectors=tmp_path / "v.npy")
    _assert_as_pycocotools(_evaluated(capsys, workspace)["cells"], truth, results)


def test_a_detectors_counts_are_those_worked_by_hand(
    boxes_built: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = _evaluated(capsys, boxes_built)
    assert {name: figures["v1"][name] for name in ("tp", "fp", "fn")} == {"tp": 28, "fp": 3, "fn": 3}
    assert {name: figures["v2"][name] for name in ("tp", "fp", "fn")} == {"tp": 28, "fp": 1, "fn": 3}
    none = {"localisation": 0, "classification": 0, "duplicate": 0, "background": 0, "both": 0, "missed": 0}
    v1 = {"localisation": 1, "duplicate": 1, "background": 1, "missed": 2}
    assert figures["v1"]["errors"] == none | v1
    assert figures["v2"]["errors"] == none | {"classification": 1, "missed": 2}


def test_another_iou_moves_the_counts_but_not_cocos_figures(
    boxes_built: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    at_half, at_third = (_evaluated(capsys, boxes_built, "--iou", iou)["v1"] for iou in ("0.5", "0.3"))
    assert (at_half["tp"], at_third["tp"]) == (28, 29)
    assert [at_half[name] for name in COCO_FIGURES] == [at_third[name] for name in COCO_FIGURES]


def test_each_model_can_be_counted_where_its_f1_is_best(
    boxes_built: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of v1 the duplicate and the dot where nothing is are surely less sure than all that is right."""
    figures = _evaluated(capsys, boxes_built, "--confidence", "best-f1")
    assert {name: figures["v1"][name] for name in ("tp", "fp", "fn", "confidence")} == {
        "tp": 28,
        "fp": 1,
        "fn": 3,
        "confidence": 0.9,
    }
    assert figures["v2"]["confidence"] == 0.0
    assert _evaluated(capsys, boxes_built)["v1"]["confidence"] == 0.0
    assert _evaluated(capsys, boxes_built, "--confidence", "0.5")["v1"]["fp"] == 2


def test_only_boxes_have_a_best_confidence(built: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert "found best-f1: only" in _refused(capsys, built, "--confidence", "best-f1")


def test_people_read_the_same_figures(boxes_built: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    figures = _evaluated(capsys, boxes_built)["v1"]
    assert main(["evaluate", str(boxes_built.path), "--model", "v1"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    for line in (f"AP {figures['AP']}", "tp 28", "fn 3", "1 localisation", "2 missed", "APl -"):
        assert line in said


def test_an_unknown_model_names_those_there_are(built: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert "one of the models v1, v2, found 'v3'" in _refused(capsys, built, "--model", "v3")


def test_without_predictions_it_says_how_to_add_them(
    source: Source, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = pd.read_csv(source.table)[["image", "label"]]
    table["image"] = [str(source.images / image) for image in table["image"]]
    table.to_csv(tmp_path / "t.csv", index=False)
    np.save(tmp_path / "v.npy", np.random.default_rng(0).normal(size=(60, 4)))
    workspace = explorer.build(tmp_path / "t.csv", tmp_path / "ws", vectors=tmp_path / "v.npy")
    assert "--predictions NAME=FILE" in _refused(capsys, workspace)


def test_without_labels_it_says_how_to_add_them(
    source: Source, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = pd.read_csv(source.table)[["image", "v1.prediction", "v1.confidence"]]
    table["image"] = [str(source.images / image) for image in table["image"]]
    table.to_csv(tmp_path / "t.csv", index=False)
    np.save(tmp_path / "v.npy", np.random.default_rng(0).normal(size=(60, 4)))
    workspace = explorer.build(tmp_path / "t.csv", tmp_path / "ws", vectors=tmp_path / "v.npy")
    assert "--labels FILE" in _refused(capsys, workspace)


@pytest.mark.parametrize("iou", ["0", "1.5"])
def test_an_iou_that_is_none_is_refused(iou: str, boxes_built: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert "IoU" in _refused(capsys, boxes_built, "--iou", iou)
