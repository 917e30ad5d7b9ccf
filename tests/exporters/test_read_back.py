"""What was exported is what the readers of other tools find: pycocotools, mlcroissant, pandas and pyarrow.

Those that want other versions of what this project uses are asked in `test_read_back_by_oracles.py`.
"""

from __future__ import annotations

import contextlib
import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from pycocotools.coco import COCO

from explorer.data.boxes import BOX
from explorer.exporters import exporter
from tests.exporters.conftest import cells, classified, detected
from tests.exporters.said import Said, alike, said

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from explorer.exporters.package import Package

    Make = Callable[[Path, int], Package]

KINDS = pytest.mark.parametrize("make", [classified, detected])
COUNTS = pytest.mark.parametrize("count", [0, 8, 5000])


def _coco(file: Path) -> COCO:
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(file)


def _results(truth: COCO, file: Path) -> COCO:
    with contextlib.redirect_stdout(io.StringIO()):
        return truth.loadRes(str(file))


def _found(coco: COCO) -> dict[str, list[Said]]:
    """What pycocotools finds, by our ids."""
    names = {one["id"]: one["name"] for one in coco.loadCats(coco.getCatIds())}
    return {
        image["edgecase"]["id"]: [
            Said(names[one["category_id"]], tuple(one["bbox"]), one.get("score"))
            for one in coco.loadAnns(coco.getAnnIds(image["id"]))
        ]
        for image in coco.loadImgs(coco.getImgIds())
    }


@COUNTS
def test_pycocotools_reads_boxes_as_they_are(tmp_path: Path, count: int) -> None:
    package = detected(tmp_path, count)
    exporter("coco", "copy")(package, tmp_path / "out")
    coco = _coco(tmp_path / "out" / "instances.json")
    alike(_found(coco), said(package))
    numbers = [int(each.removeprefix("gt:")) for each in package.truth.index]
    assert sorted(coco.getAnnIds()) == numbers, "ids are kept"
    for one in coco.loadAnns(coco.getAnnIds()):
        assert one["area"] == one["bbox"][2] * one["bbox"][3]
        assert one["iscrowd"] == 0
    if count:
        alike(_found(_results(coco, tmp_path / "out" / "results" / "v 1.json")), said(package, "v 1"))
        assert coco.loadAnns([1])[0]["edgecase"] == {"id": "gt:1", "tags": ["small ones"]}


def test_a_label_of_an_image_is_a_box_of_all_of_it(tmp_path: Path) -> None:
    package = classified(tmp_path)
    exporter("coco")(package, tmp_path / "out")
    coco = _coco(tmp_path / "out" / "instances.json")
    found = {sample: [one.label for one in each] for sample, each in _found(coco).items()}
    assert found == {sample: [one.label for one in each] for sample, each in said(package).items()}
    for one in coco.loadAnns(coco.getAnnIds()):
        image = coco.loadImgs(one["image_id"])[0]
        assert one["bbox"] == [0, 0, image["width"], image["height"]]
    scores = [one["score"] for one in json.loads((tmp_path / "out" / "results" / "v_2.json").read_text())]
    assert scores == [1.0] * 8, "a model without confidences is sure, as far as it says"


@KINDS
@COUNTS
def test_mlcroissant_reads_images_labels_and_predictions(make: Make, count: int, tmp_path: Path) -> None:
    mlcroissant = pytest.importorskip("mlcroissant")
    package = make(tmp_path, count)
    exporter("croissant", "copy")(package, tmp_path / "out")
    dataset = mlcroissant.Dataset(jsonld=str(tmp_path / "out" / "croissant.json"))
    assert not dataset.metadata.ctx.issues.errors
    assert list(map(str, dataset.metadata.conforms_to)) == ["http://mlcommons.org/croissant/1.1"]

    def rows(name: str) -> list[dict[str, Any]]:
        return [
            {key.removeprefix(f"{name}/"): _text(value) for key, value in row.items()} for row in dataset.records(name)
        ]

    images = rows("images")
    assert [row["id"] for row in images] == list(package.images.index)
    assert [row["digest"] for row in images] == list(package.images["digest"])
    tables = {name: rows(name) for name in ("ground_truth", "predictions")}
    for model, table in (("", "ground_truth"), *((model, "predictions") for model in package.predictions)):
        found: dict[str, list[Said]] = {sample: [] for sample in package.images.index}
        for row in (row for row in tables[table] if row.get("model", "") == model):
            box = tuple(row[side] for side in BOX) if package.has_boxes else ()
            known = row.get("confidence")
            found[row["image"]].append(Said(row["label"], box, None if known is None or np.isnan(known) else known))
        alike(found, said(package, model or "ground_truth"))


def _text(value: object) -> object:
    return value.decode() if isinstance(value, bytes) else value


@KINDS
@COUNTS
def test_pandas_and_pyarrow_read_the_tables_with_vectors_of_one_length(make: Make, count: int, tmp_path: Path) -> None:
    package = make(tmp_path, count)
    exporter("parquet")(package, tmp_path / "out.parquet")
    table = pq.read_table(tmp_path / "out.parquet")
    if count:
        assert str(table.schema.field("embedding").type) == "fixed_size_list<element: float>[4]"
        assert np.array(table["embedding"].to_pylist()).tolist() == np.eye(count, 4).tolist()
    frame = pd.read_parquet(tmp_path / "out.parquet").set_index("id")
    assert list(frame.index) == list(package.table.index)
    assert list(frame["digest"]) == list(package.table["digest"])
    if package.has_boxes:
        boxes = pd.read_parquet(tmp_path / "out.boxes.parquet")
        written = {"id": [*package.truth.index, *package.predictions["v 1"].index]}
        assert list(boxes["id"]) == written["id"]
        for of, each in package.objects():
            rows = boxes[boxes["of"] == of]
            assert np.array_equal(rows[list(BOX)].to_numpy(), each[list(BOX)].to_numpy())


def test_a_csv_has_the_boxes_in_a_table_beside_it(tmp_path: Path) -> None:
    """Texts that a spreadsheet would run have an apostrophe in front; figures are exactly what they were."""
    package = detected(tmp_path)
    exporter("csv")(package, tmp_path / "out.csv")
    rows = cells((tmp_path / "out.boxes.csv").read_bytes())
    found: dict[str, list[Said]] = {sample: [] for sample in package.images.index}
    for row in (row for row in rows if row["of"] == "v 1"):
        label = row["label"].removeprefix("'")
        found[row["sample"]].append(Said(label, tuple(float(row[side]) for side in BOX), float(row["confidence"])))
    alike(found, said(package, "v 1"))
    assert {row["label"] for row in rows} == {"cell & <dot>", "'=猫", "../up"}
    assert [row["tags"] for row in rows if row["id"] == "gt:1"] == ["small ones"]
