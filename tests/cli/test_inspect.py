"""`edgecase inspect`, and `edgecase build --column`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from explorer import build, open_workspace
from explorer.data.subsets import Member
from tests.cli.conftest import printed_json, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.cli.conftest import Edgecase
    from tests.conftest import BoxSource, Source


@pytest.fixture
def renamed(source: Source, tmp_path: Path) -> Path:
    """The table with other names for its columns."""
    table = pd.read_csv(source.table)
    table["image"] = [str(source.images / image) for image in table["image"]]
    names = {"image": "path", "label": "kind", "v1.prediction": "said", "v1.confidence": "sure", "split": "part"}
    table.drop(columns=["v2.prediction", "v2.confidence"]).rename(columns=names).to_csv(tmp_path / "t.csv", index=False)
    return tmp_path / "t.csv"


_COLUMNS = ["image=path", "label=kind", "prediction=said", "confidence=sure", "split=part", "group=camera"]
_OPTIONS = [part for column in _COLUMNS for part in ("--column", column)]


def test_inspect_says_what_there_is(edgecase: Edgecase, box_source: BoxSource) -> None:
    code, out, err = edgecase("inspect", box_source.truth, "--predictions", f"v1={box_source.v1}")
    assert (code, err) == (0, "")
    assert out.splitlines()[:4] == [
        "COCO: 12 images, 31 boxes, detection",
        "classes: cell 18, dot 13",
        "predictions of v1: 31",
        "left out, or worth knowing: 2",
    ]


def test_inspect_names_the_tables_of_a_folder(edgecase: Edgecase, source: Source) -> None:
    """Which may say what the images are called, and are not read where the folder is given."""
    _, out, _ = edgecase("inspect", source.images)
    assert "not read: table.csv, a table; give it instead of the folder if it names the images" in out


def test_inspect_as_json(edgecase: Edgecase, renamed: Path) -> None:
    found = printed_json(edgecase("inspect", renamed, *_OPTIONS, "--json"))
    assert (found["kind"], found["images"], found["task"]) == ("a table", 60, "classification")
    assert found["classes"] == {"apple": 20, "leaf": 20, "sky": 20}
    assert found["predictions"] == {"model": 60}
    assert found["columns"] == {
        "path": "image",
        "kind": "label",
        "said": "prediction",
        "sure": "confidence",
        "part": "split",
        "camera": "group",
        "weight": "metadata",
    }


def test_build_reads_the_columns_that_it_is_told(
    edgecase: Edgecase, renamed: Path, source: Source, tmp_path: Path
) -> None:
    vectors = pd.read_parquet(source.vectors)
    vectors["id"] = [str(source.images / image) for image in vectors["id"]]
    vectors.to_parquet(tmp_path / "v.parquet")
    options = ["--workspace", tmp_path / "ws", "--vectors", tmp_path / "v.parquet", "--name", "Other names"]
    code, _, err = edgecase("build", renamed, *options, *_OPTIONS)
    assert code == 0, err
    made = open_workspace(tmp_path / "ws")
    before = pd.read_csv(source.table)
    assert made.manifest.name == "Other names"
    assert made.samples["label"].tolist() == before["label"].tolist()
    assert made.samples["model.prediction"].tolist() == before["v1.prediction"].tolist()
    assert made.samples["model.confidence"].tolist() == before["v1.confidence"].tolist()
    assert made.samples["split"].tolist() == before["split"].tolist()
    assert made.samples["group"].tolist() == before["camera"].tolist()


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (["label"], "Expected --column ROLE=NAME"),
        (["=kind"], "Expected --column ROLE=NAME"),
        (["label=kind", "label=path"], "once for each role"),
        (["colour=kind"], "Expected a role"),
        (["label=none"], "found none"),
        (["image=path", "label=path"], "the same column twice"),
        (["label=kind"], "--column image=NAME"),
    ],
)
def test_a_column_that_cannot_be_meant_is_refused(
    columns: list[str], said: str, edgecase: Edgecase, renamed: Path
) -> None:
    options = [part for column in columns for part in ("--column", column)]
    assert said in refusal(edgecase("inspect", renamed, *options))


def test_columns_are_of_tables(edgecase: Edgecase, source: Source, box_source: BoxSource) -> None:
    for other in (source.images, box_source.truth):
        assert "Expected a table of images" in refusal(edgecase("inspect", other, "--column", "label=x"))


def test_of_a_subset_of_boxes_what_a_build_reads_of_it_is_said(
    boxes_workspace: Workspace, edgecase: Edgecase, tmp_path: Path
) -> None:
    """Its rows are boxes, which are read from the table beside; of its images it says their ids and their files."""
    ids = boxes_workspace.objects("label").index[:4].tolist()
    members = [Member(each, "lasso") for each in ids]
    boxes_workspace.decisions.create_subset("cells", author="Ada", members=members)
    table = tmp_path / "cells.csv"
    assert edgecase("export", boxes_workspace.path, "cells", "-o", table)[0] == 0
    said = printed_json(edgecase("inspect", table, "--json"))
    assert (said["kind"], said["images"]) == ("a table with one of boxes", 2)
    taken = {name: role for name, role in said["columns"].items() if role != "left out"}
    assert taken == {"sample": "id", "filepath": "image"}
    assert "digest" in said["columns"], "which is measured anew"


def test_what_a_build_computes_itself_is_no_metadata(workspace: Workspace, edgecase: Edgecase, tmp_path: Path) -> None:
    """An export has outcomes and signals, which the next build computes anew."""
    table = tmp_path / "all.csv"
    assert edgecase("export", workspace.path, "--all", "-o", table)[0] == 0
    said = printed_json(edgecase("inspect", table, "--json"))["columns"]
    assert (said["v1.outcome"], said["v1.prediction"], said["weight"]) == ("left out", "v1.prediction", "metadata")
    vectors = _vectors(tmp_path, list(workspace.ids))
    built = build(table, tmp_path / "ws", vectors=vectors)
    metadata = [name for name, role in said.items() if role == "metadata"]
    assert set(metadata) <= set(built.samples)


def _vectors(folder: Path, ids: list[str]) -> Path:
    """Vectors of one's own, so that nothing is embedded."""
    numbers = np.random.default_rng(0).normal(size=(len(ids), 8)).astype(np.float32)
    pd.DataFrame({"id": ids, "vector": list(numbers)}).to_parquet(folder / "vectors.parquet")
    return folder / "vectors.parquet"
