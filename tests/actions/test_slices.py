"""Slices of real workspaces, in words and as findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from explorer import build
from explorer.actions.analyze import analyze
from explorer.actions.analyzed import Analyzed, NotComputed
from explorer.actions.demo import sample_data
from explorer.actions.slices import _found, _labels_and_answers, described
from explorer.points.opened_build import View

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace

N = 600


@pytest.fixture(scope="module")
def dim(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Six hundred images of three labels; a model is wrong on most of those that are dim and of the morning."""
    folder = tmp_path_factory.mktemp("dim")
    chance = np.random.default_rng(4)
    labels = np.array(["car", "bus", "van"])[np.arange(N) % 3]
    table = pd.DataFrame({"image": [f"{i:03}.png" for i in range(N)], "label": labels})
    table["light"] = chance.permutation(np.linspace(0, 100, N))
    table["time"] = chance.permutation(np.array(["morning", "noon", "evening"])[np.arange(N) % 3])
    failing = (table["light"] < 25) & (table["time"] == "morning")
    wrong = chance.random(N) < np.where(failing, 0.9, 0.05)
    table["v1.prediction"] = np.where(wrong, "lorry", labels)
    for name in table["image"]:
        Image.fromarray(chance.integers(0, 255, (4, 4, 3), np.uint8)).save(folder / name)
    vectors = np.eye(3, 8)[np.arange(N) % 3] + chance.normal(0, 0.2, (N, 8))
    table.to_csv(folder / "table.csv", index=False)
    pd.DataFrame({"id": table["image"], "vector": list(vectors)}).to_parquet(folder / "vectors.parquet")
    return build(folder / "table.csv", folder / "ws", vectors=folder / "vectors.parquet")


def _analyzed(workspace: Workspace, model: str | None = "v1") -> Analyzed:
    view = View(workspace)
    return Analyzed(workspace, view, view.labels() if view.labelled else view.images, model, 42)


def test_what_no_column_says_alone_is_found_and_told_by_columns(dim: Workspace) -> None:
    said = analyze(dim, ["slices"])
    first = said["slices"][0]
    frame = dim.samples.loc[first["ids"]]
    assert ((frame["light"] < 26) & (frame["time"] == "morning")).all()
    assert first["source"] == "conjunction"
    assert first["metric"] == "accuracy"
    assert first["rate"] == pytest.approx((frame["v1.outcome"] == "correct").mean())
    assert first["held_out"]["n"] < first["n"] == len(first["ids"])
    assert first["held_out"]["high"] < 0.5
    assert first["elsewhere"] > 0.9
    assert [value["column"] for value in first["over_represented"]][:2] in (["time", "light"], ["light", "time"])
    assert first["words"] == []
    assert set(first) == {
        *("ids", "n", "rate", "low", "high", "held_out", "elsewhere", "p", "metric", "source"),
        *("words", "over_represented"),
    }


def test_a_slice_is_a_finding_with_what_it_would_gain(dim: Workspace) -> None:
    of = _analyzed(dim)
    first, row = _found(of)[0], analyze(dim, ["slices"])["slices"][0]
    assert first.kind == "slices"
    assert first.title.startswith("Mostly ")
    assert "time morning" in first.title
    held = row["held_out"]
    told = f"{held['rate']:.0%} correct of {held['n']} held out ({held['low']:.0%} to {held['high']:.0%}), "
    assert told in first.sentence
    assert first.sentence.endswith(f"; {row['n']} images in all.")
    assert list(first.ids) == row["ids"]
    assert first.score == pytest.approx((row["elsewhere"] - held["rate"]) * row["n"] / N)


def test_planted_conditions_of_the_demo_are_found_in_its_words(demo: Workspace) -> None:
    """Of over-exposed images v1 gets one in twenty right, of rotated ones one in fifteen."""
    truth = pd.read_csv(sample_data() / "fashion" / "truth.csv", index_col="image")["condition"]
    these = described(_analyzed(demo))
    ids = np.array(demo.ids)
    named = {one.words[0].split(" photo")[0]: truth.loc[ids[one.slice.rows[:10]]] for one in these if one.words}
    assert named["an over-exposed"].eq("over-exposed").mean() >= 0.8
    assert named["a rotated"].eq("rotated").mean() >= 0.8


def test_objects_are_judged_by_what_is_missed(boxes_built: Workspace) -> None:
    """Thirty objects are too few for a slice, and no error."""
    of = _analyzed(boxes_built)
    labels, answers = _labels_and_answers(of.points, "v1", of.points.judged("v1").wrong)
    assert set(answers[labels != answers]) == {2}, "what is missed is called like no class"
    assert (labels != answers).sum() == of.points.judged("v1").wrong.sum() > 0
    assert analyze(boxes_built, ["slices"]) == {"slices": [], "not_computed": {}}


def test_a_label_that_the_model_never_says_and_an_answer_that_is_no_label_have_numbers(dim: Workspace) -> None:
    of = _analyzed(dim)
    labels, answers = _labels_and_answers(of.points, "v1", of.points.judged("v1").wrong)
    said = of.points.table.frame["v1.prediction"].to_numpy()
    assert set(labels) == {0, 1, 2}
    assert set(answers[said == "lorry"]) == {3}
    assert (answers[said != "lorry"] == labels[said != "lorry"]).all()


def test_without_predictions_that_is_said(dim: Workspace) -> None:
    of = _analyzed(dim, None)
    with pytest.raises(NotComputed, match="There is nothing to judge a model by"):
        described(of)
    with pytest.raises(NotComputed):
        _found(of)
