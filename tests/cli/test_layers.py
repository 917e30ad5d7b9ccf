"""Adding predictions, layouts and encoders, and taking them out, from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tests.cli.conftest import printed_json, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.cli.conftest import Edgecase
    from tests.conftest import Source


def _quiet(ran: tuple[int, str, str]) -> tuple[int, str, str]:
    """A command's output without its bars."""
    return ran[0], ran[1], "\n".join(line for line in ran[2].splitlines() if line.startswith("edgecase"))


def test_predictions_are_added_told_and_taken_out(
    source: Source, workspace: Workspace, tmp_path: Path, edgecase: Edgecase
) -> None:
    ws, file = workspace.path, tmp_path / "v3.csv"
    table = pd.read_csv(source.table)[["image", "label"]].rename(columns={"label": "prediction"})
    pd.concat([table, pd.DataFrame({"image": ["nowhere.png"], "prediction": ["sky"]})]).to_csv(file, index=False)
    code, out, err = _quiet(edgecase("add-predictions", ws, f"v3={file}"))
    assert (code, out) == (0, "Predictions added: v3\n")
    assert err == "edgecase: left out nowhere.png: v3.csv names it, the source does not"
    assert "already" in refusal(edgecase("add-predictions", ws, f"v3={file}"))
    assert "NAME=FILE" in refusal(edgecase("add-predictions", ws, "v4"))
    assert "Expected predictions as NAME=FILE, or" in refusal(edgecase("add-predictions", ws))
    assert f"added later      predictions of v3 from {file}" in edgecase("info", ws)[1]
    ran = _quiet(edgecase("add-predictions", ws, f"v3={file}", "--replace", "--json"))
    assert printed_json((ran[0], ran[1], "")) == {
        "added": ["v3"],
        "skipped": [{"filepath": "nowhere.png", "reason": "v3.csv names it, the source does not"}],
    }
    assert _quiet(edgecase("add-predictions", ws, "--remove", "v3")) == (0, "Took out v3\n", "")
    assert "nowhere.png" not in edgecase("info", ws)[1]


def test_layouts_are_made_told_and_taken_out(workspace: Workspace, edgecase: Edgecase) -> None:
    ws = workspace.path
    ran = _quiet(edgecase("layout", ws, "--name", "wide", "--n-neighbors", 5, "--min-dist", 0.4, "--seed", 3, "--json"))
    (told,) = printed_json(ran)
    assert (told["name"], told["n_neighbors"], told["min_dist"], told["seed"]) == ("wide", 5, 0.4, 3)
    assert "layout           wide (n_neighbors 5, min_dist 0.4, seed 3, trustworthiness" in edgecase("info", ws)[1]
    assert "image?layout=wide" in printed_json(edgecase("info", ws, "--json"))["spaces"]
    assert _quiet(edgecase("layout", ws, "--remove", "wide")) == (0, "Took out wide\n", "")
    assert "There are: none" in refusal(edgecase("layout", ws, "--remove", "wide"))


def test_encoders_are_made_told_and_taken_out(workspace: Workspace, tmp_path: Path, edgecase: Edgecase) -> None:
    ws, file = workspace.path, tmp_path / "other.npy"
    np.save(file, np.random.default_rng(0).normal(size=(60, 6)))
    assert _quiet(edgecase("embed", ws, "other", "--vectors", file)) == (0, "Embedded as other\n", "")
    assert "encoder          other (own vectors (other.npy); trustworthiness" in edgecase("info", ws)[1]
    hits = printed_json(edgecase("search", ws, "--like", "apple/00.png", "--space", "image?encoder=other", "--json"))
    assert len(hits["hits"]) == 25
    for wrong in (("embed", ws), ("embed", ws, "x", "--vectors", file, "--pretrained", "y")):
        assert "Expected NAME, with a model or --vectors FILE but not both" in refusal(edgecase(*wrong))
    assert printed_json(_quiet(edgecase("embed", ws, "--remove", "other", "--json"))) == []
