"""What `edgecase analyze` says of real workspaces."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.stats import binomtest

from explorer import build, open_workspace
from explorer.actions.analyze import KINDS, analyze
from explorer.actions.embed_again import embed_again
from explorer.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace

N, FOGGY = 200, 40


@pytest.fixture(scope="module")
def foggy(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two hundred images in four clusters; of those in fog, a fifth of each, the model is right on every other."""
    folder = tmp_path_factory.mktemp("foggy")
    chance = np.random.default_rng(3)
    order = np.arange(N)
    table = pd.DataFrame(
        {"image": [f"{i:03}.png" for i in order], "label": np.array(["car", "bus", "van", "cab"])[order % 4]}
    )
    table["weather"] = np.where(order // 4 % 5 == 0, "fog", "clear")
    wrong = (table["weather"] == "fog") & (order // 20 % 2 == 0)
    table["v1.prediction"] = table["label"].where(~wrong, "lorry")
    table["v1.confidence"] = chance.uniform(0.5, 1, N)
    table["v2.prediction"] = table["label"]
    table["split"] = np.where(order % 2, "train", "test")
    for i in order:
        pixels = chance.integers(0, 255, (8, 8, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{i:03}.png")
    Image.open(folder / "004.png").save(folder / "008.png")  # the same file twice: both are cars, in fog and not
    vectors = np.eye(4, 16)[order % 4] + chance.normal(0, 0.1, (N, 16))
    vectors[8] = vectors[4]
    vectors[1] = -np.ones(16)
    table.to_csv(folder / "table.csv", index=False)
    pd.DataFrame({"id": table["image"], "vector": list(vectors)}).to_parquet(folder / "vectors.parquet")
    return build(folder / "table.csv", folder / "ws", vectors=folder / "vectors.parquet")


def test_the_planted_weather_is_the_first_finding_with_its_figures(foggy: Workspace) -> None:
    first = analyze(foggy)["findings"][0]
    interval = binomtest(20, FOGGY).proportion_ci(method="wilson")
    assert (first["kind"], first["title"]) == ("segments", "weather fog")
    assert first["sentence"] == "weather fog: 50% correct of 40 (35% to 65%), elsewhere 100%."
    assert first["score"] == pytest.approx(0.5 * 40 / 200)
    assert (first["figures"]["low"], first["figures"]["high"]) == pytest.approx((interval.low, interval.high))
    assert set(first["ids"]) == set(foggy.samples.index[foggy.samples["weather"] == "fog"])
    assert set(first) == {"kind", "title", "sentence", "ids", "figures", "score", "key"}


def test_segments_have_the_keys_that_files_of_them_are_read_by(foggy: Workspace) -> None:
    said = analyze(foggy, ["segments"])
    assert list(said) == ["segments", "not_computed"]
    keys = {"column", "value", "n", "rate", "low", "high", "p", "q", "too_few", "metric"}
    assert all(keys <= set(row) for row in said["segments"])
    by_value = {(row["column"], row["value"]): row for row in said["segments"] if row["metric"] == "accuracy"}
    assert by_value["weather", "clear"]["rate"] == 1.0
    assert by_value["label", "car"]["n"] == 50
    assert by_value["split", "test"]["metric"] == "accuracy"
    assert {column for column, _ in by_value} >= {"label", "weather", "split", "region", "v1.prediction"}
    assert not any(column.endswith((".outcome", ".confidence")) or "v2" in column for column, _ in by_value)


def test_another_model_is_asked_by_its_name(foggy: Workspace) -> None:
    rows = analyze(foggy, ["segments", "findings"], "v2")
    assert {row["rate"] for row in rows["segments"]} == {1.0}
    assert {row["kind"] for row in rows["findings"]} == {"outliers", "duplicates", "drift", "next"}


def test_copies_are_told_with_their_splits(foggy: Workspace) -> None:
    (row,) = analyze(foggy, ["duplicates"])["duplicates"]
    assert row == {
        "ids": ["004.png", "008.png"],
        "kind": "exact",
        "similarity": 1.0,
        "conflict": False,
        "splits": ["test"],
    }


def test_outliers_are_listed_the_farthest_first(foggy: Workspace) -> None:
    rows = analyze(foggy, ["outliers"])["outliers"]
    assert len(rows) == N
    assert rows[0]["id"] == "001.png"
    assert rows[0]["flagged"]
    assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)


def test_another_encoder_has_outliers_of_its_own(foggy: Workspace, tmp_path: Path) -> None:
    """Without a name the first encoder counts, with one that one; its image 002 lies where no other does."""
    vectors = np.eye(4, 16)[np.arange(N) % 4] + np.random.default_rng(4).normal(0, 0.1, (N, 16))
    vectors[2] = -np.ones(16)
    np.save(tmp_path / "other.npy", vectors)
    copied = open_workspace(shutil.copytree(foggy.path, tmp_path / "ws"))
    both = embed_again(copied, "other", vectors=tmp_path / "other.npy").workspace
    first = {name: analyze(both, ["outliers"], encoders=name)["outliers"][0]["id"] for name in ((), ("other",))}
    assert first == {(): "001.png", ("other",): "002.png"}


def test_all_kinds_are_said_where_none_is_named(foggy: Workspace) -> None:
    said = analyze(foggy)
    assert list(said) == ["signals", *KINDS, "findings", "not_computed"]
    assert said["not_computed"] == {}
    assert said["signals"]["image.sharpness"]["n"] == N


def test_a_finding_keeps_its_key(foggy: Workspace) -> None:
    first, second = (analyze(foggy, ["findings"])["findings"] for _ in range(2))
    assert [row["key"] for row in first] == [row["key"] for row in second]
    assert len({row["key"] for row in first}) == len(first)


def test_what_is_unknown_is_named_with_what_is_known(foggy: Workspace) -> None:
    with pytest.raises(SourceError, match=r"Expected kinds among signals, segments, .*, findings, found spices"):
        analyze(foggy, ["segments", "spices"])
    with pytest.raises(SourceError, match="Expected one of the models v1, v2, found 'v3'"):
        analyze(foggy, (), "v3")


def _without_columns(source: Workspace, tmp_path: Path, *columns: str) -> Workspace:
    folder = source.path.parent
    table = pd.read_csv(folder / "table.csv").drop(columns=list(columns))
    table["image"] = [str(folder / name) for name in table["image"]]
    vectors = pd.read_parquet(folder / "vectors.parquet").assign(id=table["image"])
    table.to_csv(tmp_path / "table.csv", index=False)
    vectors.to_parquet(tmp_path / "vectors.parquet")
    return build(tmp_path / "table.csv", tmp_path / "ws", vectors=tmp_path / "vectors.parquet")


def test_without_predictions_labels_are_held_against_neighbours(foggy: Workspace, tmp_path: Path) -> None:
    predictions = ("v1.prediction", "v1.confidence", "v2.prediction")
    workspace = _without_columns(foggy, tmp_path, *predictions)
    said = analyze(workspace)
    assert said["segments"] == []
    nothing = "There is nothing to judge a model by: it takes labels and the predictions of a model."
    assert said["not_computed"] == dict.fromkeys(("segments", "drivers", "slices"), nothing)
    assert [row["kind"] for row in said["findings"]] == ["drift", "outliers", "duplicates", "next"], (
        "labels and clusters are one, and each split has clusters of its own"
    )


def test_labels_that_neighbours_contradict_are_a_place(foggy: Workspace, tmp_path: Path) -> None:
    """Half of the labels of one split are drawn anew."""
    folder = foggy.path.parent
    table = pd.read_csv(folder / "table.csv")[["image", "label", "split"]]
    swapped = (table["split"] == "test") & (table.index % 8 == 0)
    table.loc[swapped, "label"] = "van"
    table["image"] = [str(folder / name) for name in table["image"]]
    table.to_csv(tmp_path / "table.csv", index=False)
    pd.read_parquet(folder / "vectors.parquet").assign(id=table["image"]).to_parquet(tmp_path / "vectors.parquet")
    workspace = build(tmp_path / "table.csv", tmp_path / "ws", vectors=tmp_path / "vectors.parquet")
    first = analyze(workspace, ["findings"])["findings"][0]
    assert first["figures"]["metric"] == "label agreement"
    assert "have the label of most of their neighbours" in first["sentence"]
    assert swapped[[str(folder / name) in first["ids"] or name in first["ids"] for name in table["image"]]].sum() >= 20


def test_boxes_are_judged_by_what_is_found(boxes_built: Workspace) -> None:
    """31 objects, of which v1 finds all but two; an object of 12 images is too few to say."""
    rows = analyze(boxes_built, ["segments"])["segments"]
    assert {row["metric"] for row in rows} == {"found", "f1", "fp_per_image", "fn_per_image", "AP"}
    cells = next(row for row in rows if (row["metric"], row["column"], row["value"]) == ("found", "label", "cell"))
    assert (cells["n"], round(cells["rate"] * cells["n"]), cells["images"], cells["too_few"]) == (18, 17, 12, True)
