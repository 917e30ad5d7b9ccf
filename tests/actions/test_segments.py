"""What `edgecase evaluate` says of parts, classes and thresholds of real workspaces."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.metrics import f1_score, precision_recall_fscore_support

from explorer import build
from explorer.actions.analyze import analyze
from explorer.actions.evaluate import evaluate
from explorer.actions.segments import segmented
from explorer.cli import main
from explorer.data.thresholds import Thresholds
from explorer.points.opened_build import View

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace

N = 240


@pytest.fixture(scope="module")
def driven(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two hundred and forty frames of twenty-four videos; v1 fails in fog, half of the time in twos, v2 less."""
    folder = tmp_path_factory.mktemp("driven")
    chance = np.random.default_rng(4)
    order = np.arange(N)
    table = pd.DataFrame({"image": [f"{i:03}.png" for i in order], "label": np.array(["car", "bus", "van"])[order % 3]})
    table["video"] = [f"video {i // 10}" for i in order]
    table["weather"] = np.where(order // 10 % 4 == 0, "fog", "clear")
    table["speed"] = chance.integers(0, 120, N)
    wrong = (table["weather"] == "fog") & (order // 2 % 2 == 0)
    table["v1.prediction"] = table["label"].where(~wrong, "bus")
    table["v1.confidence"] = chance.uniform(0.5, 1, N)
    table["v2.prediction"] = table["label"].where(~(wrong & (order % 4 == 0)), "bus")
    table["v2.confidence"] = chance.uniform(0.5, 1, N)
    for i in order:
        Image.fromarray(chance.integers(0, 255, (8, 8, 3), np.uint8)).save(folder / f"{i:03}.png")
    table.to_csv(folder / "table.csv", index=False)
    np.save(folder / "v.npy", chance.normal(size=(N, 8)))
    return build(folder / "table.csv", folder / "ws", vectors=folder / "v.npy")


def _evaluated(capsys: pytest.CaptureFixture[str], workspace: Workspace, *options: str) -> dict[str, Any]:
    assert main(["evaluate", str(workspace.path), "--model", "v1", "--json", *options]) == 0
    figures: dict[str, Any] = json.loads(capsys.readouterr().out)["v1"]
    return figures


def _right(workspace: Workspace, model: str = "v1") -> pd.Series:
    return (workspace.samples["label"] == workspace.samples[f"{model}.prediction"]).rename("right")


def _width(row: dict[str, Any]) -> float:
    return float(row["high"] - row["low"])


def test_segments_are_listed_worst_first_with_the_overall_figure(
    driven: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = _evaluated(capsys, driven, "--by", "weather,speed", "--bins", "equal:3")["segments"]
    assert rows[0]["value"] == "fog"
    assert {row["column"] for row in rows} == {"weather", "speed"}
    assert len(rows) == 5
    assert [row["rate"] for row in rows] == sorted(row["rate"] for row in rows)
    assert [row["overall"] for row in rows] == pytest.approx([_right(driven).mean()] * 5)
    keys = {"column", "value", "n", "rate", "low", "high", "p", "q", "too_few", "metric", "overall"}
    assert all(keys <= row.keys() for row in rows)


def test_videos_widen_the_interval_and_are_counted(driven: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    alone, grouped = (
        _evaluated(capsys, driven, "--by", "label", *options)["segments"] for options in ([], ["--group-by", "video"])
    )
    assert [row["groups"] for row in grouped] == [24, 24, 24]
    assert not any(row["too_few"] for row in grouped)
    by_value = {row["value"]: row for row in alone}
    wider = [
        row["high"] - row["low"] > by_value[row["value"]]["high"] - by_value[row["value"]]["low"] for row in grouped
    ]
    assert any(wider)
    few = _evaluated(capsys, driven, "--by", "weather", "--group-by", "video")["segments"]
    assert {row["value"]: row["too_few"] for row in few} == {"fog": True, "clear": False}, "fog is of six videos"


def test_analyze_takes_groups_too_and_lists_every_metric(driven: Workspace) -> None:
    rows = analyze(driven, ["segments"], group_by="video")["segments"]
    assert {row["metric"] for row in rows} == {"accuracy", "f1"}
    assert {row["groups"] for row in rows if row["column"] == "label"} == {24}
    fog = next(row for row in rows if row["value"] == "fog")
    assert (fog["groups"], fog["too_few"]) == (6, True)
    assert not any(row["column"] == "label" for row in rows if row["metric"] == "f1")


def test_f1_of_a_segment_is_scikit_learns(driven: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    rows = _evaluated(capsys, driven, "--by", "weather", "--metric", "f1")["segments"]
    frame = driven.samples
    for row in rows:
        inside = frame[frame["weather"] == row["value"]]
        assert row["rate"] == pytest.approx(f1_score(inside["label"], inside["v1.prediction"], average="macro"))
        assert row["low"] <= row["rate"] <= row["high"]


def test_the_other_model_stands_beside(driven: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    rows = _evaluated(capsys, driven, "--by", "weather", "--against", "v2")["segments"]
    fog, clear = rows
    inside = driven.samples["weather"] == "fog"
    better = _right(driven, "v2")[inside].mean() - _right(driven)[inside].mean()
    assert fog["difference"]["value"] == pytest.approx(better)
    assert 0 < fog["difference"]["low"] <= better <= fog["difference"]["high"]
    assert fog["difference"]["q"] < 0.01
    assert fog["against"]["rate"] == pytest.approx(_right(driven, "v2")[inside].mean())
    assert clear["difference"]["value"] == 0


def test_two_columns_make_a_table(driven: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    rows = _evaluated(capsys, driven, "--by", "weather,label", "--two-way")["segments"]
    frame = driven.samples.join(_right(driven))
    means = frame.assign(pair=frame["weather"] + " × " + frame["label"]).groupby("pair")["right"].mean().to_dict()
    assert {row["value"]: row["rate"] for row in rows} == pytest.approx(means)
    assert {row["column"] for row in rows} == {"weather × label"}


def test_each_class_has_scikit_learns_figures(driven: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    rows = _evaluated(capsys, driven, "--per-class")["classes"]
    frame = driven.samples
    names = ["bus", "car", "van"]
    oracle = precision_recall_fscore_support(frame["label"], frame["v1.prediction"], labels=names)
    assert [row["label"] for row in rows] == names
    for name, values in zip(("precision", "recall", "f1", "n"), oracle, strict=True):
        assert [row[name] for row in rows] == pytest.approx(list(values))
    for row in rows:
        assert all(row[f"{name}_low"] <= row[name] <= row[f"{name}_high"] for name in ("precision", "recall", "f1"))


def test_the_best_threshold_of_labels_is_found_among_all(driven: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    figures = _evaluated(capsys, driven, "--thresholds", "--cost", "3:1")
    sure, right = driven.samples["v1.confidence"], _right(driven)
    tp = [int(right[sure >= t].sum()) for t in sorted(sure)]
    f1 = [2 * hits / (kept + N) for hits, kept in zip(tp, range(N, 0, -1), strict=True)]
    assert figures["best"]["f1"]["f1"] == pytest.approx(max(f1))
    cost = [3 * (kept - hits) + N - hits for hits, kept in zip(tp, range(N, 0, -1), strict=True)]
    assert figures["best"]["cost"]["cost"] == min(cost)
    at = {row["confidence"]: row for row in figures["thresholds"]}
    assert len(at) == 101
    assert at[0.75]["tp"] == right[sure >= 0.75].sum()
    assert (at[0.0]["tp"] + at[0.0]["fp"], at[0.0]["fn"]) == (N, N - right.sum())


def test_people_read_the_same(driven: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--by", "weather", "--against", "v2", "--per-class", "--thresholds", "--model", "v1"]
    assert main(["evaluate", str(driven.path), *options]) == 0
    said = capsys.readouterr().out
    assert "weather fog: 60.0% correct of 60 (47." in said
    assert "the other model" in said
    assert "bus: precision" in said
    assert "best F1 " in said
    assert "least cost " in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--by", "colour"], "Expected one of the columns"),
        (["--by", "label", "--metric", "AP"], "Expected a metric among accuracy, f1, found 'AP'"),
        (["--by", "label", "--two-way"], "Expected two columns for a two-way table, found 1"),
        (["--by", "label", "--bins", "some"], "Expected bins as quantile:4"),
        (["--by", "label", "--against", "v3"], "Expected one of the models v1, v2, found 'v3'"),
        (["--by", "label", "--group-by", "nurse"], "Expected a column of the images to group by"),
    ],
)
def test_what_is_no_part_is_refused(
    options: list[str], said: str, driven: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(driven.path), *options]) == 1
    assert said in capsys.readouterr().err


def test_costs_are_two_numbers(driven: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["evaluate", str(driven.path), "--cost", "1"])
    assert "expected two numbers such as 1:5, found '1'" in capsys.readouterr().err


def test_boxes_have_errors_per_image_and_average_precision(boxes_built: Workspace) -> None:
    """By day and by night, as counted from the columns of the images; AP over all is pycocotools'."""
    view = View(boxes_built)
    by = {
        metric: {one.part.value: one for one in segmented(view, "v1", Thresholds(), metric, columns=["light"]).segments}
        for metric in ("f1", "fp_per_image", "fn_per_image", "AP")
    }
    frame = boxes_built.samples
    for light in ("day", "night"):
        inside = frame[frame["light"] == light]
        tp, fp, fn = (inside[f"v1.{role}"].sum() for role in ("tp", "fp", "fn"))
        assert by["f1"][light].here.value == pytest.approx(2 * tp / (2 * tp + fp + fn))
        assert by["fp_per_image"][light].here.value == pytest.approx(fp / len(inside))
        assert by["fn_per_image"][light].here.value == pytest.approx(fn / len(inside))
    assert by["AP"]["day"].here.value > by["AP"]["night"].here.value
    overall = segmented(view, "v1", Thresholds(), "AP", columns=["light"]).overall
    assert overall == pytest.approx(evaluate(boxes_built, "v1")["v1"]["AP"], abs=1e-6)
