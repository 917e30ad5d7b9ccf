"""`--labels corrected`: the same commands, judged by the labels as people corrected them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from explorer.actions.correct import correct
from tests.cli.conftest import printed_json

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.cli.conftest import Edgecase

SWAPPED = {"apple/00.png": "sky", "apple/10.png": "sky"}
"""What v1 calls sky, and v2 the first of them: of sixty images these are the only ones that either has wrong."""


def test_evaluate_and_compare_follow_corrected_labels(workspace: Workspace, edgecase: Edgecase) -> None:
    correct(workspace, SWAPPED, author="Ada")
    given = printed_json(edgecase("evaluate", workspace.path, "--json"))
    _, out, err = edgecase("evaluate", workspace.path, "--labels", "corrected", "--json")
    assert err == "edgecase: Judged by corrected labels: 2 corrected\n"
    assert [given["v1"]["accuracy"], json.loads(out)["v1"]["accuracy"]] == [round(58 / 60, 6), 1.0]
    _, out, _ = edgecase("compare", workspace.path, "v1", "v2", "--labels", "corrected", "--json")
    overall = json.loads(out)["overall"]
    assert (overall["fixed"], overall["regressed"]) == (0, 1)


def test_a_gate_follows_corrected_labels(workspace: Workspace, edgecase: Edgecase, tmp_path: Path) -> None:
    """All skies are right, which of 20 says that at least .839 are, and of the 22 that there are in truth .851."""
    thresholds = tmp_path / "thresholds.yaml"
    thresholds.write_text("- {segment: label=sky, metric: accuracy, at_least: 0.845}\n", "utf-8")
    correct(workspace, SWAPPED, author="Ada")
    check = ("check", workspace.path, "--thresholds", thresholds, "--model", "v1")
    assert edgecase(*check)[0] == 1
    assert edgecase(*check, "--labels", "corrected")[0] == 0


def test_analyses_follow_corrected_labels_after_signals_were_computed(workspace: Workspace, edgecase: Edgecase) -> None:
    correct(workspace, SWAPPED, author="Ada")
    asked = ("--only", "segments,signals", "--model", "v1", "--labels", "corrected", "--json")
    _, out, _ = edgecase("analyze", workspace.path, *asked)
    rows = json.loads(out)["segments"]
    assert {row["value"]: row["n"] for row in rows if row["column"] == "label"} == {"apple": 18, "leaf": 20, "sky": 22}


def test_without_corrections_it_says_so(workspace: Workspace, edgecase: Edgecase) -> None:
    code, out, err = edgecase("evaluate", workspace.path, "--labels", "corrected")
    assert (code, err) == (0, "edgecase: Nobody corrected a label: judged by those in the data\n")
    assert "accuracy   0.966667" in out
