"""`edgecase build`: its options, its output, and the repair of damaged files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from explorer import open_workspace
from explorer.store.recent import noted
from tests.cli.conftest import printed_json, process, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.cli.conftest import Edgecase
    from tests.conftest import Source

pytestmark = pytest.mark.slow


def test_build_reports_progress_on_stderr_and_its_result_on_stdout(source: Source, tmp_path: Path) -> None:
    """The result names the next command."""
    ws = tmp_path / "ws"
    code, out, err = process("build", source.table, "--workspace", ws, "--vectors", source.vectors)
    assert code == 0, err
    assert out == f"60 images on the map\nOpen it with: edgecase open {ws}\n"
    assert "%" not in out
    assert "Warning" not in err
    assert noted()[0] == ws.resolve(), "the Workspaces page lists it"


def test_build_takes_every_option_of_the_issue(edgecase: Edgecase, source: Source, tmp_path: Path) -> None:
    table = pd.read_csv(source.table)
    table["image"] = [str(source.images / image) for image in table["image"]]
    table[["image"]].to_csv(tmp_path / "bare.csv", index=False)
    table[["image", "label"]].to_csv(tmp_path / "labels.tsv", sep="\t", index=False)
    table[["image"]].assign(prediction="sky", confidence=0.5).to_csv(tmp_path / "p.csv", index=False)
    np.save(tmp_path / "v.npy", np.stack(pd.read_parquet(source.vectors)["vector"].tolist()))
    options = ["--labels", tmp_path / "labels.tsv", "--vectors", tmp_path / "v.npy", "--seed", 7]
    options += ["--predictions", f"one={tmp_path / 'p.csv'}", "--predictions", f"two={tmp_path / 'p.csv'}"]
    options += ["--n-neighbors", 5, "--min-dist", 0.3]
    code, _, err = edgecase("build", tmp_path / "bare.csv", "--workspace", tmp_path / "ws", *options)
    assert code == 0, err
    info = printed_json(edgecase("info", tmp_path / "ws", "--json"))
    assert info["parameters"].items() >= {"n_neighbors": 5, "min_dist": 0.3, "seed": 7}.items()
    assert info["spaces"] == ["image", "label", "prediction/one", "prediction/two"]
    assert info["predictions"] == ["one", "two"]


@pytest.mark.parametrize("text", ["v1", "=x.csv", "v1="])
def test_predictions_need_a_name_and_a_file(text: str, edgecase: Edgecase, source: Source, tmp_path: Path) -> None:
    ran = edgecase("build", source.table, "--workspace", tmp_path / "ws", "--predictions", text)
    assert "Expected predictions as NAME=FILE" in refusal(ran)


def test_a_source_that_is_not_there_is_one_sentence(edgecase: Edgecase, tmp_path: Path) -> None:
    assert "found nothing" in refusal(edgecase("build", tmp_path / "none", "--workspace", tmp_path / "ws"))


def test_a_model_given_by_a_relative_path_is_found_from_anywhere(
    source: Source, clip_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edgecase: Edgecase
) -> None:
    monkeypatch.chdir(clip_folder.parent)
    code, _, err = edgecase("build", source.table, "--workspace", tmp_path / "ws", "--pretrained", clip_folder.name)
    assert code == 0, err
    monkeypatch.chdir(tmp_path)
    assert len(printed_json(edgecase("search", tmp_path / "ws", "--text", "a leaf", "-k", 2, "--json"))) == 2


@pytest.mark.parametrize(
    "name",
    ["samples.parquet", "skipped.parquet", "vectors.npy", "layout.npy", "space.json", "label_disagreement.npy"],
)
@pytest.mark.parametrize("damage", ["gone", "torn", "foreign"])
def test_a_build_repairs_a_damaged_file_and_keeps_the_decisions(
    name: str, damage: str, edgecase: Edgecase, source: Source, workspace: Workspace
) -> None:
    """The message names the repair; the repair gives the same map."""
    edgecase("subset", "create", workspace.path, "red", "--where", "label=apple")
    before, decided = workspace.layout().xy.copy(), workspace.decisions.state()
    (file,) = [*(workspace.path / "derived").glob(f"{workspace.layout_key()}/{name}")] or [
        *(workspace.path / "derived").glob(f"*/{name}")
    ]
    content = {"gone": None, "torn": file.read_bytes()[:20], "foreign": b"\x00" * 500}[damage]
    file.unlink() if content is None else file.write_bytes(content)
    if name != "vectors.npy":
        assert "`edgecase build` again" in refusal(edgecase("info", workspace.path))
    options = ("--workspace", workspace.path, "--vectors", source.vectors)
    code, _, err = edgecase("build", source.table, *options)
    assert code == 0, err
    again = open_workspace(workspace.path)
    assert again.manifest.spaces == workspace.manifest.spaces
    assert again.layout().xy == pytest.approx(before, abs=1e-4)
    assert len(again.embeddings().vectors) == 60
    assert again.skipped == []
    assert again.decisions.state() == decided
