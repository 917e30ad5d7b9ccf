"""Splits, batches and periods of real workspaces, compared."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from explorer import open_workspace
from explorer.actions.analyze import analyze
from explorer.actions.analyzed import Analyzed, NotComputed
from explorer.actions.drift import _found, batch_drift, drifts
from explorer.analysis.divided import Between
from explorer.cli import main
from explorer.points.opened_build import View

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace

MONTHS = tuple(f"2024-0{month}-01 to 2024-0{month}-28" for month in range(1, 5))


def _analyzed(workspace: Workspace) -> Analyzed:
    view = View(workspace)
    return Analyzed(workspace, view, view.images, None, 42)


def test_every_pair_is_compared_by_two_tests(drifted: Workspace) -> None:
    rows = analyze(drifted, ["drift"])["drift"]
    said = [(row["column"], row["between"][0], row["test"]) for row in rows]
    assert said[:2] == [("split", "train", "classifier"), ("split", "train", "mmd")]
    assert said[2:] == [("taken", month, test) for month in MONTHS[:3] for test in ("classifier", "mmd")]
    by = {(*row["between"], row["test"]): row for row in rows}
    assert by["train", "val", "classifier"]["p"] > 0.05
    assert by[*MONTHS[:2], "classifier"]["p"] > 0.05
    march = by[*MONTHS[1:3], "classifier"]
    assert march["statistic"] > 0.8
    assert march["n"] == 30
    assert march["p"] < 1e-4
    assert march["signals"][0]["signal"] == "warmth"
    assert set(march) == {"column", "between", "test", "statistic", "p", "n", "signals"}


def test_what_surely_differs_is_a_finding_whose_first_images_are_the_newest(drifted: Workspace) -> None:
    (march,) = _found(_analyzed(drifted))
    assert (march.kind, march.title) == ("drift", "taken 2024-03-01 to 2024-03-28")
    assert "differs from 2024-02-01 to 2024-02-28: a classifier tells " in march.sentence
    assert "% of 60 images apart, 50% by chance" in march.sentence
    assert "What moved: warmth (median 2" in march.sentence
    of_march = drifted.samples.index[drifted.samples["taken"].dt.month == 3]
    assert set(march.ids) == set(of_march)
    assert 0 < march.score < 0.01


def test_two_values_that_are_asked_for_are_compared_and_no_others(drifted: Workspace) -> None:
    of = replace(_analyzed(drifted), between=Between("taken", MONTHS[3], MONTHS[0]))
    (found,) = _found(of)
    assert f"taken {MONTHS[0]} differs from {MONTHS[3]}: " in found.sentence
    assert [row["between"] for row in analyze(drifted, ["drift"], between=of.between)["drift"]] == [
        [MONTHS[3], MONTHS[0]]
    ] * 2
    against_march = replace(_analyzed(drifted), between=Between("taken", MONTHS[2], MONTHS[0]))
    assert _found(against_march)[0].definition != found.definition, "dismissing one leaves the other"


def test_the_command_takes_the_two_values(drifted: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["analyze", str(drifted.path), "--only", "drift", "--between", "split"]
    assert main([*command, "val", "train"]) == 0
    said = capsys.readouterr().out
    assert said.count("split train against val: ") == 2
    assert "taken" not in said
    assert main([*command, "val", "dusk"]) == 1
    assert "Expected two of the values of split that 20 images have ('train', 'val'), found 'dusk'." in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize(("shift", "how"), [(0, "does not surely differ"), (3, "differs")])
def test_an_added_batch_is_compared_with_what_was_built(
    shift: float, how: str, drifted: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = open_workspace(shutil.copytree(drifted.path, tmp_path / "ws"))
    chance = np.random.default_rng(9)
    (tmp_path / "new").mkdir()
    names = [f"new{i:02}.png" for i in range(40)]
    for name in names:
        Image.fromarray(chance.integers(0, 255, (8, 8, 3), np.uint8)).save(tmp_path / "new" / name)
    late = np.arange(40) % 2
    vectors = chance.normal(0, 1, (40, 8)) + 3 * late[:, None] * (np.arange(8) == 0) + 1
    vectors += shift * (np.arange(8) == 1)
    pd.DataFrame({"id": names, "vector": list(vectors)}).to_parquet(tmp_path / "new.parquet")
    argv = ["add", str(workspace.path), str(tmp_path / "new"), "--vectors", str(tmp_path / "new.parquet")]
    assert main(argv) == 0
    said = capsys.readouterr().out
    assert f"batch new {how} from original: " in said
    found = batch_drift(View(open_workspace(workspace.path)).images, "new")
    assert found
    assert found.is_sure == (how == "differs")
    assert [row["between"][1] for row in found.rows] == ["new", "new"]


def test_a_batch_of_few_images_is_not_compared(drifted: Workspace) -> None:
    assert batch_drift(View(drifted).images, "new") is None


def test_what_is_new_is_a_column_to_colour_by(drifted: Workspace) -> None:
    points = View(drifted).images
    assert "new_neighbors" in points.colourings(None, ())
    near = points.space.neighbors.indices[:, :10]
    is_val = (drifted.samples["split"] == "val").to_numpy()
    assert points.table.frame["new_neighbors"].to_numpy() == pytest.approx(is_val[near].mean(axis=1))
    moved = {signal.signal for one in drifts(points, 0) for signal in one.signals}
    assert "new_neighbors" not in moved, "that follows from what is compared"


def test_without_two_parts_that_is_said(built: Workspace) -> None:
    """Sixty images, all of one split but fifteen, which are too few."""
    said = analyze(built, ["drift"])
    assert said["drift"] == []
    assert said["not_computed"]["drift"].startswith("There are no two parts to compare: it takes a split, a batch")
    with pytest.raises(NotComputed):
        _found(_analyzed(built))
