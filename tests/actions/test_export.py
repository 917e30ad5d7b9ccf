"""An export holds exactly the subset, why each image is in it, and says what was counted, left out and gone."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import explorer
from explorer.actions.explain import explain_subset
from explorer.actions.export import Chosen, Options, export, relabel_package, zipped
from explorer.data.filters import matching, parse_where
from explorer.data.subsets import Member
from explorer.exporters import FORMATS
from explorer.points.opened_build import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.store.decisions.subsets import Subset
    from explorer.store.workspace import Workspace
    from tests.conftest import Source


def _subset(workspace: Workspace, ids: Sequence[str]) -> Subset:
    members = [Member(each, "search", 0.5) for each in ids]
    workspace.decisions.create_subset("dark ones", author="Ada", note="see =1+1", category="Lighting", members=members)
    return workspace.subset("dark ones")


def _rows(table: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table.read_text("utf-8"), newline="")))


@pytest.fixture
def halved(source: Source, tmp_path: Path) -> Workspace:
    """A workspace with the subset `dark ones` of five images, two of which are gone."""
    photos = shutil.copytree(source.images, tmp_path / "photos")
    workspace = explorer.build(photos / "table.csv", tmp_path / "ws", vectors=source.vectors)
    _subset(workspace, workspace.ids[:5])
    for name in workspace.ids[:2]:
        (photos / name).unlink()
    return workspace


def test_the_csv_holds_exactly_the_members_with_their_reasons(workspace: Workspace, tmp_path: Path) -> None:
    ids = [workspace.ids[row] for row in (40, 3, 17)]
    done = export(workspace, Chosen((_subset(workspace, ids),)), tmp_path / "out" / "dark.csv", Options("csv"))
    rows = _rows(tmp_path / "out" / "dark.csv")
    assert [row["id"] for row in rows] == ids
    assert (done.written.images, done.of, done.warning) == (3, "images", "")
    row = rows[0]
    assert (row["origin"], row["score"], row["added_by"]) == ("search", "0.5", "Ada")
    assert row["label"] == workspace.samples.loc[ids[0], "label"]
    assert row["filepath"] == workspace.samples.loc[ids[0], "filepath"]


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_the_manifest_says_what_from_where_by_whom_and_why(form: str, workspace: Workspace, tmp_path: Path) -> None:
    ids = [workspace.ids[row] for row in (40, 3)]
    export(workspace, Chosen((_subset(workspace, [*ids, "gone.png"]),)), tmp_path / "out", Options(form))
    (manifest,) = [*tmp_path.glob("*manifest.json"), *tmp_path.glob("out/manifest.json")]
    said = json.loads(manifest.read_text("utf-8"))
    (subset,) = said["subsets"]
    assert (subset["name"], subset["category"], subset["note"]) == ("dark ones", "Lighting", "see =1+1")
    assert (subset["created_by"], subset["members"], said["not_in_workspace"]) == ("Ada", 3, ["gone.png"])
    assert (said["options"]["format"], said["options"]["labels"], said["all"]) == (form, "given", False)
    assert said["model"] == workspace.manifest.model
    assert said["workspace"] == "Fruit"
    assert [image["id"] for image in said["images"]] == ids
    image = said["images"][0]
    assert image["digest"] == hashlib.sha256((workspace.path.parent / image["filepath"]).read_bytes()).hexdigest()
    assert (image["origin"], image["score"], image["added_by"]) == ("search", 0.5, "Ada")


def test_a_metadata_column_named_like_the_reasons_is_kept_beside_them(workspace: Workspace) -> None:
    frame = workspace.samples
    frame["origin"] = "warehouse"
    package = relabel_package(workspace, Chosen((_subset(workspace, [workspace.ids[0]]),)))
    assert set(package.table.loc[workspace.ids[0], ["origin", "origin_member"]]) == {"warehouse", "search"}


def test_an_empty_subset_is_a_table_without_rows(workspace: Workspace, tmp_path: Path) -> None:
    subset = _subset(workspace, [])
    assert export(workspace, Chosen((subset,)), tmp_path / "none.csv", Options("csv")).written.images == 0
    assert (tmp_path / "none.csv").read_text().startswith("id,filepath,digest,")
    assert export(workspace, Chosen((subset,)), tmp_path / "none", Options("images")).written.images == 0


@pytest.mark.parametrize(
    "column", ["sample", "truth", "x", "box", "batch", "cluster", "outcome", "space", "index", "subset"]
)
def test_a_metadata_column_may_be_called_anything(column: str, source: Source, tmp_path: Path) -> None:
    """Names that mean something of boxes are names like any other where there are none."""
    table = pd.read_csv(source.table)
    table["image"] = [str(source.images / image) for image in table["image"]]
    table["id"] = [f"i{row}" for row in range(len(table))]
    table[column] = ["one", "two"] * (len(table) // 2)
    table.to_csv(tmp_path / "t.csv", index=False)
    np.save(tmp_path / "v.npy", np.eye(len(table)))
    made = explorer.build(tmp_path / "t.csv", tmp_path / "ws", vectors=tmp_path / "v.npy")
    points = View(made).images
    ids = points.space.ids_of(np.flatnonzero(matching(points.table, (parse_where(f"{column}=one", points.table),))))
    assert len(ids) == len(table) / 2
    assert (column, "one") in points.facts(0)
    assert column in points.colourings("v1", ["v1", "v2"])
    done = export(made, Chosen((_subset(made, ids),)), tmp_path / "out.csv", Options("csv"))
    assert (done.written.images, done.of) == (len(ids), "images")
    assert set(pd.read_csv(tmp_path / "out.csv")[column]) == {"one"}
    assert explain_subset(made, "dark ones").points.space.counted(2) == "2 images"


def test_boxes_are_counted_as_boxes_and_their_images_as_images(boxes_workspace: Workspace, tmp_path: Path) -> None:
    """The first three boxes lie in one image."""
    subset = _subset(boxes_workspace, ["gt:1", "gt:2", "gt:3"])
    table = export(boxes_workspace, Chosen((subset,)), tmp_path / "boxes.csv", Options("csv"))
    assert (table.written.images, table.of) == (3, "boxes")
    images = export(boxes_workspace, Chosen((subset,)), tmp_path / "boxes", Options("images"))
    assert (images.written.images, images.of) == (1, "images")


def test_images_that_are_gone_are_left_out_and_warned_of(halved: Workspace, tmp_path: Path) -> None:
    done = export(halved, Chosen((halved.subset("dark ones"),)), tmp_path / "out", Options("images"))
    assert done.written.images == 3
    assert [Path(one.filepath).name for one in done.written.left_out] == ["00.png", "01.png"]
    assert done.warning.startswith("2 of 60 image files are no longer at")


def test_the_zip_holds_the_images_with_their_manifest(halved: Workspace) -> None:
    data, done = zipped(halved, Chosen((halved.subset("dark ones"),)), Options("images"))
    assert [one.reason for one in done.written.left_out] == ["cannot be read: No such file or directory"] * 2
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [*(f"images/apple/0{number}.png" for number in (2, 3, 4)), "manifest.csv", "manifest.json"]
        assert archive.namelist() == names
        assert archive.read("images/apple/02.png") == Path(halved.samples["filepath"].iloc[2]).read_bytes()
        manifest = json.loads(archive.read("manifest.json"))
    assert [image["id"] for image in manifest["images"]] == list(halved.ids[2:5])
