"""Labels and predictions in tables of their own join the right samples, and nothing is overwritten silently."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from explorer import readers
from explorer.errors import SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.data.records import Dataset


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder `images` with 0.png to 2.png."""
    folder = tmp_path / "images"
    folder.mkdir()
    for number in range(3):
        Image.new("RGB", (2, 2)).save(folder / f"{number}.png")
    return folder


def _file(source: Path, text: str, name: str = "t.csv") -> Path:
    path = source.parent / name
    path.write_text(text, encoding="utf-8")
    return path


def _labels(dataset: Dataset) -> dict[str, str]:
    return dict(zip(dataset.ground_truth["sample"], dataset.ground_truth["label"], strict=True))


@pytest.mark.parametrize("prefix", ["", "images/", "./images/", "ABSOLUTE/"])
def test_labels_join_by_id_or_by_path(source: Path, prefix: str) -> None:
    prefix = prefix.replace("ABSOLUTE", str(source))
    labels = _file(source, f"image,label\n{prefix}2.png,dog\n{prefix}0.png,cat\n{prefix}1.png,\n")
    assert _labels(readers.read(source, labels)) == {"0.png": "cat", "2.png": "dog"}


def test_labels_replace_those_of_a_table_and_leave_the_others(source: Path) -> None:
    table = _file(source, "id,image,label\na,images/0.png,cat\nb,images/1.png,cat\nc,images/2.png,cat\n")
    dataset = readers.read(table, _file(source, "id,label\nb,dog\nx,dog\nb,bird\n", "labels.csv"))
    assert list(dataset.ground_truth.index) == ["a", "b", "c"]
    assert _labels(dataset) == {"a": "cat", "b": "dog", "c": "cat"}
    assert [(skip.filepath, skip.reason) for skip in dataset.skipped] == [
        ("x", "labels.csv names it, the source does not"),
        ("b", "labels.csv names it twice; the first row is used"),
        (str(source.parent / "labels.csv"), "labels of the source that those given here replace: 1"),
        (str(source.parent / "labels.csv"), "1 of 3 rows are used"),
    ]


def test_predictions_join_with_their_confidence(source: Path) -> None:
    v1 = _file(source, "image,prediction,confidence\n1.png,dog,0.5\n0.png,cat,0.25\n")
    v2 = _file(source, "image,v2.prediction\n2.png,dog\n", "v2.csv")
    dataset = readers.read(source, None, [("v1", v1), ("v2", v2)])
    assert dataset.predictions["v1"].to_dict("list") == {
        "sample": ["0.png", "1.png"],
        "label": ["cat", "dog"],
        "confidence": [0.25, 0.5],
    }
    assert list(dataset.predictions["v2"].index) == ["2.png"]
    assert dataset.probabilities == {}


def test_probabilities_give_prediction_and_confidence_and_are_kept(source: Path) -> None:
    path = source.parent / "p.parquet"
    pd.DataFrame(
        {
            "image": ["0.png", "1.png", "0.png", "2.png"],
            "model": ["v1", "v1", "v2", "v1"],
            "cat": np.array([0.75, 0.25, 0.0, np.nan], np.float32),
            "dog": np.array([0.25, 0.75, 1.0, 0.5], np.float32),
        }
    ).to_parquet(path)
    dataset = readers.read(source, None, [("v1", path), ("v2", path)])
    assert dataset.predictions["v1"]["label"].to_dict() == {"0.png": "cat", "1.png": "dog"}
    assert list(dataset.predictions["v1"]["confidence"]) == [0.75, 0.75]
    assert list(dataset.predictions["v2"]["label"]) == ["dog"]
    assert dataset.probabilities["v1"].loc["1.png"].to_dict() == {"cat": 0.25, "dog": 0.75}
    assert set(dataset.probabilities["v1"].dtypes) == {np.dtype(np.float32)}
    assert [skip.filepath for skip in dataset.skipped] == ["2.png"]


def test_a_name_twice_or_taken_is_refused(source: Path) -> None:
    """Importing a second time never overwrites the predictions that are there."""
    path = _file(source, "image,prediction\n0.png,cat\n")
    with pytest.raises(SourceError, match="'v1', which is taken"):
        readers.read(source, None, [("v1", path), ("v1", path)])
    table = _file(source, "image,v1.prediction\nimages/0.png,cat\n", "table.csv")
    with pytest.raises(SourceError, match="'v1', which is taken"):
        readers.read(table, None, [("v1", path)])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("prediction\ncat\n", "column named id or image"),
        ("image,prediction\nx.png,cat\n", r"images of the source.*x\.png"),
        ("image,model,prediction\n0.png,v2,cat\n", "rows of the model 'v1'.*found v2"),
        ("image,v2.prediction\n0.png,cat\n", r"prediction or v1\.prediction.*found v2\.prediction"),
        ("image,label,confidence\n0.png,cat,0.5\n", "column named prediction, or one per class"),
        ("image,class\n0.png,cat\n", "probabilities from 0 to 1.*columns class"),
        ("image,cat,dog\n0.png,75,25\n", "probabilities from 0 to 1"),
    ],
)
def test_tables_that_hold_no_predictions_of_the_model_are_refused(source: Path, text: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        readers.read(source, None, [("v1", _file(source, text))])


def test_labels_without_a_label_column_are_refused(source: Path) -> None:
    with pytest.raises(SourceError, match="column named label"):
        readers.read(source, _file(source, "image,class\n0.png,cat\n"))


def test_an_empty_table_of_predictions_gives_a_model_without_any(source: Path) -> None:
    dataset = readers.read(source, None, [("v1", _file(source, "image,prediction,confidence\n"))])
    assert dataset.predictions["v1"].to_dict("list") == {"sample": [], "label": [], "confidence": []}


def test_probabilities_complete_a_model_that_has_only_predictions(source: Path) -> None:
    """They are added once; the predictions stay what they were, and nothing is overwritten."""
    table = _file(source, "image,v1.prediction\nimages/0.png,dog\nimages/1.png,cat\n")
    given = _file(source, "image,cat,dog\nimages/0.png,0.75,0.25\nimages/1.png,0.5,0.5\n", "p.csv")
    dataset = readers.read(table, None, [("v1", given)])
    assert dataset.predictions["v1"]["label"].tolist() == ["dog", "cat"]
    assert dataset.probabilities["v1"]["cat"].tolist() == [0.75, 0.5]
    with pytest.raises(SourceError, match="'v1', which is taken"):
        readers.read(table, None, [("v1", given), ("v1", given)])


def test_a_table_that_is_hardly_of_these_images_is_refused_unless_asked_for(source: Path) -> None:
    labels = _file(source, "id,label\n0.png,cat\n" + "".join(f"x{row},cat\n" for row in range(10)))
    with pytest.raises(SourceError, match=r"1 of 11 rows are used; .*x0.*--allow-unmatched"):
        readers.read(source, labels)
    assert _labels(readers.read(source, labels, allow_unmatched=True)) == {"0.png": "cat"}


def test_the_row_numbers_of_pandas_are_no_class(source: Path) -> None:
    table = _file(source, ",image,cat,dog\n0,0.png,0.75,0.25\n1,1.png,1.0000001,0\n")
    dataset = readers.read(source, None, [("v1", table)])
    assert list(dataset.probabilities["v1"].columns) == ["cat", "dog"]
    assert dataset.predictions["v1"]["confidence"].tolist() == [0.75, 1.0]
    assert [skip.reason for skip in dataset.skipped] == ["the column 'Unnamed: 0' is left out: it has no name"]


def test_predictions_may_name_the_file_alone_or_in_the_other_normal_form(source: Path, tmp_path: Path) -> None:
    (source / "0.png").rename(source / "u\u0308.png")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "t.csv").write_text("image,prediction\n\u00fc.png,cat\nsome\\where\\1.png,dog\n2.png,dog\n")
    dataset = readers.read(source.parent, None, [("v1", elsewhere / "t.csv")])
    assert dataset.predictions["v1"]["label"].to_dict() == {"images/2.png": "dog", "images/u\u0308.png": "cat"}


def test_booleans_are_the_same_classes_however_they_are_written(source: Path) -> None:
    labels = _file(source, '{"image": "0.png", "label": true}\n{"image": "1.png", "label": false}\n', "l.jsonl")
    made = _file(source, "image,prediction\n0.png,true\n1.png,FALSE\n")
    dataset = readers.read(source, labels, [("v1", made)])
    assert _labels(dataset) == {"0.png": "True", "1.png": "False"}
    assert dataset.predictions["v1"]["label"].tolist() == ["True", "False"]
