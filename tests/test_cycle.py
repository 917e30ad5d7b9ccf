"""The whole cycle, really run on the sample: what was found goes out, comes back corrected, and is proven."""

from __future__ import annotations

import runpy
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace

ROOT = Path(__file__).parents[1]


def test_the_dark_images_are_better_after_the_cycle_and_the_rest_is_not_worse(demo: Workspace, tmp_path: Path) -> None:
    script = runpy.run_path(str(ROOT / "benchmarks" / "cycle.py"))
    workspace = Path(shutil.copytree(demo.path, tmp_path / "work"))
    found = script["cycle"](workspace, tmp_path)
    rows = {row["value"]: row for row in found["subsets"]}
    dark, rest = rows[script["DARK"]], rows[script["REST"]]
    assert (dark["n"], rest["n"]) == (44, 1456)
    assert dark["before"]["rate"] == pytest.approx(24 / 44), "the .545 of sample_data/README.md"
    assert dark["difference"]["low"] > 0
    assert dark["after"]["rate"] > 0.8
    assert rest["fixed"] > rest["regressed"] or rest["p"] > 0.05

    truth = pd.read_csv(ROOT / "sample_data" / "fashion" / "truth.csv").set_index("image")
    changed = [change for change in found["imported"]["changes"] if change["kind"] == "class changed"]
    assert all(truth.loc[change["image"], "label_swapped"] for change in changed), "only what was swapped is changed"
    assert len(changed) >= 25, "of the thirty labels that are wrong most were suspected, and are right now"
    dark_line, rest_line = script["told"](found)
    assert dark_line.startswith("dark, 44 images: v1 0.545 (")
    assert rest_line.startswith("all but dark, 1,456 images: v1 0.")
