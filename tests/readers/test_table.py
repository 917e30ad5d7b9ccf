"""A table of images is read as it is meant; what cannot be used is listed or refused with a reason."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from explorer import readers
from explorer.errors import SourceError
from explorer.readers import frames

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.data.records import Dataset


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the images 0.png to 4.png."""
    for number in range(5):
        Image.new("RGB", (2, 2)).save(tmp_path / f"{number}.png")
    return tmp_path


def _csv(folder: Path, text: str, name: str = "t.csv", encoding: str = "utf-8") -> Dataset:
    (folder / name).write_text(text, encoding=encoding)
    return readers.read(folder / name)


def _labels(dataset: Dataset) -> dict[str, str]:
    return dict(zip(dataset.ground_truth["sample"], dataset.ground_truth["label"], strict=True))


def _reasons(dataset: Dataset) -> list[str]:
    return [skip.reason for skip in dataset.skipped]


def test_every_column_finds_its_place(folder: Path) -> None:
    dataset = _csv(
        folder,
        "image,label,split,prediction,confidence,v2.prediction,camera\n"
        "0.png,cat,train,cat,0.75,dog,A\n"
        "1.png,dog,val,cat,,dog,B\n",
    )
    assert list(dataset.samples.columns) == ["filepath", "split", "camera"]
    assert list(dataset.samples["filepath"]) == [str(folder / "0.png"), str(folder / "1.png")]
    assert _labels(dataset) == {"0.png": "cat", "1.png": "dog"}
    assert list(dataset.predictions) == ["model", "v2"]
    assert list(dataset.predictions["model"].columns) == ["sample", "label", "confidence"]
    np.testing.assert_array_equal(dataset.predictions["model"]["confidence"], [0.75, np.nan])
    assert dataset.predictions["v2"]["confidence"].isna().all()
    assert dataset.skipped == ()


@pytest.mark.parametrize("suffix", ["csv", "tsv", "parquet", "jsonl"])
def test_every_format_gives_the_same_dataset(folder: Path, suffix: str) -> None:
    frame = pd.DataFrame(
        {
            "filepath": ["0.png", "1.png", "2.png"],
            "ground_truth": ["cat", None, "dog"],
            "v1.prediction": ["cat", "dog", None],
            "v1.confidence": [0.5, 1.0, None],
            "size": [1.5, None, 2.5],
            "kids": [True, False, True],
        }
    )
    path = folder / f"t.{suffix}"
    if suffix == "parquet":
        frame.to_parquet(path)
    elif suffix == "jsonl":
        frame.to_json(path, orient="records", lines=True)
    else:
        frame.to_csv(path, index=False, sep="\t" if suffix == "tsv" else ",")
    dataset = readers.read(path)
    assert _labels(dataset) == {"0.png": "cat", "2.png": "dog"}
    assert dataset.predictions["v1"]["label"].to_dict() == {"0.png": "cat", "1.png": "dog"}
    assert list(dataset.predictions["v1"]["confidence"]) == [0.5, 1.0]
    np.testing.assert_array_equal(dataset.samples["size"], [1.5, np.nan, 2.5])
    assert dataset.samples["kids"].dtype == bool


def test_labels_are_names_whatever_they_look_like(folder: Path) -> None:
    """Classes called 001, NaN or None exist; reading them as numbers or gaps would merge or lose them."""
    dataset = _csv(folder, "image,label\n0.png,001\n1.png,NaN\n2.png,None\n3.png,NA\n4.png,\n")
    assert _labels(dataset) == {"0.png": "001", "1.png": "NaN", "2.png": "None", "3.png": "NA"}


def test_numeric_labels_with_gaps_keep_their_names(folder: Path) -> None:
    """Parquet turns whole numbers with gaps into 3.0; the class is still called 3."""
    pd.DataFrame({"image": ["0.png", "1.png"], "label": [3.0, None]}).to_parquet(folder / "t.parquet")
    assert _labels(readers.read(folder / "t.parquet")) == {"0.png": "3"}


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["1", "2", "-3"], "int64", [1, 2, -3]),
        (["1", "", "2.5"], "float64", [1, np.nan, 2.5]),
        (["1e3", "NA", ".5"], "float64", [1000, np.nan, 0.5]),
        (["True", "false", "TRUE"], "bool", [True, False, True]),
        (["true", "NA", "false"], "boolean", [True, pd.NA, False]),
        (["007", "042", "123"], "object", ["007", "042", "123"]),
        (["12345678901234567890", "1", "2"], "object", ["12345678901234567890", "1", "2"]),
        (["0x10", "1_000", "2"], "object", ["0x10", "1_000", "2"]),
        (["3 cats", "", "NA"], "object", ["3 cats", None, None]),
        (["", "NA", "nan"], "object", [None, None, None]),
        (["None", "-", "heavy"], "object", ["None", "-", "heavy"]),
    ],
)
def test_metadata_types_are_inferred_without_losing_anything(
    folder: Path, cells: list[str], kind: str, values: list[object]
) -> None:
    rows = "".join(f"{row}.png,{cell}\n" for row, cell in enumerate(cells))
    column = _csv(folder, f"image,meta\n{rows}").samples["meta"]
    assert str(column.dtype) == kind
    pd.testing.assert_series_equal(column, pd.Series(values, column.index, dtype=kind, name="meta"), check_names=False)


def test_dates_are_recognised_and_put_on_one_clock(folder: Path) -> None:
    dataset = _csv(folder, "image,at,odd\n0.png,2024-05-01,2024-05-01\n1.png,2024-05-01T12:00:00+02:00,2024-13-99\n")
    assert list(dataset.samples["at"]) == [pd.Timestamp("2024-05-01"), pd.Timestamp("2024-05-01 10:00")]
    assert list(dataset.samples["odd"]) == ["2024-05-01", "2024-13-99"]


def test_nested_json_metadata_becomes_text(folder: Path) -> None:
    (folder / "t.jsonl").write_text(json.dumps({"image": "0.png", "tags": ["ä", "b"]}) + "\n\n")
    assert list(readers.read(folder / "t.jsonl").samples["tags"]) == ['["ä", "b"]']


def test_what_parquet_nests_becomes_text_and_bytes_are_left_out(folder: Path) -> None:
    cells = {
        "struct": {"at": datetime(2024, 5, 1, tzinfo=UTC), "price": Decimal("1.50"), "name": "ä"},
        "list": [[1, 2], None],
        "map": pa.array([[("k", time(5, 30))]], pa.map_(pa.string(), pa.time64("us"))),
        "name": b"spelled",
        "thumbnail": b"\xff\xd8\xff",
        "deep": {"bytes": b"\x89PNG"},
    }
    pq.write_table(
        pa.table({"image": ["0.png"], **{name: cell if name == "map" else [cell] for name, cell in cells.items()}}),
        folder / "t.parquet",
    )
    dataset = readers.read(folder / "t.parquet")
    assert dataset.samples.iloc[0, 1:].to_dict() == {
        "struct": '{"at": "2024-05-01T00:00:00+00:00", "price": 1.5, "name": "ä"}',
        "list": "[[1, 2], null]",
        "map": '[["k", "05:30:00"]]',
        "name": "spelled",
    }
    assert [skip.reason.split(": ")[0] for skip in dataset.skipped] == [
        "the column 'thumbnail' is left out",
        "the column 'deep' is left out",
    ]


def test_every_type_of_parquet_is_metadata_of_its_kind(folder: Path) -> None:
    at = datetime(2024, 5, 1, 10, tzinfo=UTC)
    table = pa.table(
        {
            "image": pa.array(["0.png", "1.png"]).dictionary_encode(),
            "decimal": [Decimal("1.50"), Decimal("2.25")],
            "berlin": pa.array([at, at], pa.timestamp("ms", "Europe/Berlin")),
            "day": pa.array([at.date(), None]),
            "grade": pa.array(["a", "b"]).dictionary_encode(),
            "rank": pa.array([3, 1]).dictionary_encode(),
            "big": pa.array([2**60 + 1, 2**60 + 2]),
            "half": pa.array([0.5, None], pa.float16()),
        }
    )
    pq.write_table(table, folder / "t.parquet")
    samples = readers.read(folder / "t.parquet").samples
    assert samples["decimal"].tolist() == [1.5, 2.25]
    assert samples["berlin"].tolist() == [pd.Timestamp("2024-05-01 10:00")] * 2
    assert samples["day"].tolist() == [pd.Timestamp("2024-05-01"), pd.NaT]
    assert samples["grade"].tolist() == ["a", "b"]
    assert samples["rank"].tolist() == [3, 1]
    assert samples["big"].tolist() == [2**60 + 1, 2**60 + 2]
    np.testing.assert_array_equal(samples["half"], [0.5, np.nan])


@pytest.mark.parametrize(
    ("cell", "found"),
    [({"bytes": b"\x89PNG", "path": "0.png"}, "structs of bytes and path"), ([1, 2], "lists"), (b"\x89PNG", "bytes")],
)
def test_images_that_are_in_the_table_are_asked_for_as_files(folder: Path, cell: object, found: str) -> None:
    pq.write_table(pa.table({"image": [cell]}), folder / "t.parquet")
    with pytest.raises(SourceError, match=f"in the column '?image'?.*found {found}"):
        readers.read(folder / "t.parquet")


def test_a_decimal_comma_is_a_decimal_point_where_commas_do_not_separate(folder: Path) -> None:
    text = "image;prediction;confidence;blur;tags;price\n0.png;a;0,90;-3,5;1,2,3;1,5 EUR\n1.png;a;1;,5;4,5;2\n"
    dataset = _csv(folder, text)
    assert dataset.predictions["model"]["confidence"].tolist() == [0.9, 1.0]
    assert dataset.samples["blur"].tolist() == [-3.5, 0.5]
    assert dataset.samples[["tags", "price"]].to_numpy().tolist() == [["1,2,3", "1,5 EUR"], ["4,5", "2"]]


def test_a_decimal_comma_between_commas_is_named(folder: Path) -> None:
    with pytest.raises(SourceError, match=r"found 0,90 and more\. Write decimals with a point"):
        _csv(folder, 'image,prediction,confidence\n0.png,a,"0,90"\n1.png,a,"0,80"\n')


def test_half_a_character_is_a_question_mark(folder: Path) -> None:
    """JSON can name what no file can hold."""
    (folder / "t.jsonl").write_text('{"image": "0.png", "label": "a\\ud800", "\\udfff": "\\ud83d\\ude00"}\n')
    dataset = readers.read(folder / "t.jsonl")
    assert _labels(dataset) == {"0.png": "a?"}
    assert dataset.samples["?"].tolist() == ["😀"]


def test_a_confidence_that_rounding_left_above_one_is_one(folder: Path) -> None:
    text = "image,prediction,confidence\n0.png,a,1.0000001\n1.png,a,-1e-9\n2.png,a,NA\n3.png,a,-\n"
    dataset = _csv(folder, text)
    np.testing.assert_array_equal(dataset.predictions["model"]["confidence"], [1, 0, np.nan, np.nan])
    assert dataset.skipped == ()


def test_a_file_whose_name_has_a_backslash_is_found(folder: Path) -> None:
    (folder / "0.png").rename(folder / "a\\0.png")
    assert _csv(folder, "image\na\\0.png\n").samples["filepath"].tolist() == [str(folder / "a\\0.png")]


@pytest.mark.parametrize("suffix", ["parquet", "jsonl"])
def test_a_table_with_more_cells_than_bytes_is_refused(
    folder: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs of one value take a few bytes in Parquet, and columns that only one line has none in JSON."""
    monkeypatch.setattr(frames, "MOST_CELLS", 10)
    monkeypatch.setattr(frames, "MOST_CELLS_OF_JSON", 10)
    table = pd.DataFrame([{"image": "0.png", f"c{number}": 0} for number in range(3)])
    path = folder / f"t.{suffix}"
    table.to_parquet(path) if suffix == "parquet" else table.to_json(path, orient="records", lines=True)
    with pytest.raises(SourceError, match="has 12 cells, more than the 10 that are read"):
        readers.read(path)


def test_ids_come_from_an_id_column_and_image_paths_may_lead_anywhere(folder: Path) -> None:
    (folder / "lists").mkdir()
    dataset = _csv(folder, f"id,image\n007,../0.png\nb,{folder / '1.png'}\nc,..\\2.png\n", "lists/t.csv")
    assert dataset.samples["filepath"].to_dict() == {
        "007": str(folder / "0.png"),
        "b": str(folder / "1.png"),
        "c": str(folder / "2.png"),
    }


def test_unusable_rows_are_listed_and_the_rest_goes_on(folder: Path) -> None:
    dataset = _csv(folder, "id,image\na,0.png\na,1.png\n,2.png\nc,\ne,3.png\n")
    assert list(dataset.samples.index) == ["a", "e"]
    assert _reasons(dataset) == [
        "the id 'a' is in the table already; its first row is used",
        "its id is empty",
        "its image path is empty",
    ]
    assert dataset.skipped[0].filepath == "1.png"


def test_images_that_miss_keep_their_rows(folder: Path) -> None:
    """Vectors of one's own come in the order of the table; a lost image must not shift those after it."""
    dataset = _csv(folder, "image,label\n0.png,cat\nnone.png,dog\n1.png,cat\n")
    assert list(dataset.samples.index) == ["0.png", "none.png", "1.png"]
    assert dataset.samples["filepath"].iloc[1] == str(folder / "none.png")
    assert dataset.skipped == ()


def test_a_doubtful_confidence_is_unknown_and_listed(folder: Path) -> None:
    dataset = _csv(
        folder,
        "image,prediction,confidence\n0.png,cat,0.5\n1.png,cat,1.5\n2.png,cat,high\n3.png,cat,1\n4.png,cat,0\n",
    )
    np.testing.assert_array_equal(dataset.predictions["model"]["confidence"], [0.5, np.nan, np.nan, 1, 0])
    assert [skip.filepath for skip in dataset.skipped] == ["1.png", "2.png"]
    assert "1.5" in dataset.skipped[0].reason


def test_percentages_are_refused_with_advice(folder: Path) -> None:
    with pytest.raises(SourceError, match=r"found 87\.5 .*percentages"):
        _csv(folder, "image,prediction,confidence\n0.png,cat,87.5\n1.png,cat,99\n")


def test_columns_that_mean_nothing_are_listed(folder: Path) -> None:
    dataset = _csv(folder, ",image,width,v1.confidence,kept\n0,0.png,640,0.5,x\n")
    assert list(dataset.samples.columns) == ["filepath", "kept"]
    assert [skip.reason.split(" is left out")[0] for skip in dataset.skipped] == [
        "the column 'Unnamed: 0'",
        "the column 'width'",
        "the column 'v1.confidence'",
    ]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("picture,label", "column named image or filepath.*found picture, label"),
        ("image,filepath", "one of the columns image and filepath"),
        ("image,label,ground_truth", "one of the columns label and ground_truth"),
        ("image,prediction,model.prediction", "one prediction column per model"),
    ],
)
def test_missing_and_contradicting_columns_are_refused(folder: Path, header: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        _csv(folder, f"{header}\n" + ",".join(["0.png"] * (header.count(",") + 1)) + "\n")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_excel_files_are_read(folder: Path, encoding: str, separator: str) -> None:
    """A byte order mark and semicolons are what a spreadsheet writes in half of Europe."""
    text = f"image{separator} label\n0.png{separator} Bär\n"
    assert _labels(_csv(folder, text, encoding=encoding)) == {"0.png": "Bär"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", "image,label\n0.png,Bär\n".encode("latin-1"), "not UTF-8"),
        ("t.csv", "image,label\n0.png,Bär\n".encode("utf-16-le"), "image or filepath|not UTF-8"),
        ("t.csv", b"image,label\n", "a row for each image.*columns without rows"),
        ("t.csv", b"image,label,label \n0.png,a,b\n", "two named 'label'"),
        ("t.jsonl", b'{"image": "0.png", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
        ("t.csv", b"", "No columns"),
        ("t.csv", b"image,label\n0.png,a,b\n", "more cells than its header"),
        ("t.csv", b"image,label\n0.png,a\n1.png,a,b\n", "Expected 2 fields in line 3, saw 3"),
        ("t.jsonl", b'{"image": "0.png"}\n{"image": \n', "line 2 is not JSON"),
        ("t.jsonl", b"[1]\n", "line 1 is not a JSON object"),
        ("t.jsonl", b"", "image or filepath.*found none"),
        ("t.parquet", b"PAR1", "cannot be read as a table"),
    ],
)
def test_damaged_tables_are_refused_with_the_place(folder: Path, name: str, content: bytes, message: str) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(SourceError, match=message):
        readers.read(folder / name)


def test_a_parquet_file_with_two_columns_of_one_name_is_refused_by_the_name(folder: Path) -> None:
    table = pa.table([pa.array(["0.png"]), pa.array(["a"]), pa.array(["b"])], names=["image", "label", "label"])
    pq.write_table(table, folder / "t.parquet")
    with pytest.raises(SourceError, match="found two named 'label'"):
        readers.read(folder / "t.parquet")


def test_a_table_whose_images_all_miss_is_refused_with_an_example(folder: Path) -> None:
    """The usual reason is a wrong folder; an empty map would not say so."""
    with pytest.raises(SourceError, match=r"none in 2 rows.*images/0\.png.*table's folder"):
        _csv(folder, "image\nimages/0.png\nimages/1.png\n")


@pytest.mark.parametrize("n", [1, 2])
def test_tiny_tables_are_read(folder: Path, n: int) -> None:
    rows = "".join(f"{row}.png,cat,dog,0.5,3\n" for row in range(n))
    dataset = _csv(folder, f"image,label,prediction,confidence,meta\n{rows}")
    assert (len(dataset.samples), len(dataset.ground_truth), len(dataset.predictions["model"])) == (n, n, n)
    assert dataset.predictions["model"]["confidence"].dtype == np.float64


def test_whole_numbers_with_a_gap_are_the_same_classes(tmp_path: Path) -> None:
    """A gap makes floats of a column: 1.0 is the class 1, while 001 stays what it is."""
    for name in ("a", "b", "c"):
        Image.new("RGB", (4, 4)).save(tmp_path / f"{name}.png")
    table = tmp_path / "t.csv"
    table.write_text("image,label,prediction\na.png,1,1.0\nb.png,2,\nc.png,1,2.0\n")
    dataset = readers.read(table)
    assert dataset.ground_truth["label"].tolist() == ["1", "2", "1"]
    assert dataset.predictions["model"]["label"].tolist() == ["1", "2"]


def test_the_ending_tsv_says_what_separates_its_cells(folder: Path) -> None:
    dataset = _csv(folder, "image\tlabel\tnote, by me, and you\n0.png\tcat\tx\n", "t.tsv")
    assert _labels(dataset) == {"0.png": "cat"}


def test_a_named_index_of_parquet_is_a_column(folder: Path) -> None:
    table = pd.DataFrame({"id": ["one", "two"], "image": ["0.png", "1.png"]}).set_index("id")
    table.to_parquet(folder / "t.parquet")
    assert list(readers.read(folder / "t.parquet").samples.index) == ["one", "two"]


def test_a_number_that_is_none_leaves_the_others_numbers(folder: Path) -> None:
    """Infinities too, which no scale of colours has a place for."""
    written = ["1.5", "inf", "None", "-", "2"]
    rows = "".join(f"{number}.png,{cell}\n" for number, cell in enumerate(written))
    values = _csv(folder, "image,temperature\n" + rows).samples["temperature"]
    np.testing.assert_array_equal(values, [1.5, np.nan, np.nan, np.nan, 2])
    table = pd.DataFrame({"image": ["0.png", "1.png"], "temperature": [1.5, np.inf]})
    table.to_parquet(folder / "t.parquet")
    np.testing.assert_array_equal(readers.read(folder / "t.parquet").samples["temperature"], [1.5, np.nan])


def test_a_role_that_no_column_has_is_said_by_an_empty_name(folder: Path) -> None:
    """The column that would have it is left out, and listed."""
    (folder / "t.csv").write_text("image,label,truth\n0.png,1,cat\n1.png,2,dog\n", encoding="utf-8")
    dataset = readers.read(folder / "t.csv", columns={"label": ""})
    assert _labels(dataset) == {}
    assert list(dataset.samples) == ["filepath", "truth"]
    assert _reasons(dataset) == ["the column 'label' is left out: label is said to be none"]


def test_a_column_that_is_named_takes_the_place_of_those_that_have_the_role(folder: Path) -> None:
    text = "filepath,file,ground_truth,label\nx,0.png,cat,1\ny,1.png,dog,2\n"
    (folder / "t.csv").write_text(text, encoding="utf-8")
    dataset = readers.read(folder / "t.csv", columns={"image": "file", "label": "ground_truth"})
    assert _labels(dataset) == {"0.png": "cat", "1.png": "dog"}
    assert _reasons(dataset) == [
        "the column 'filepath' is left out: image is said to be file",
        "the column 'label' is left out: label is said to be ground_truth",
    ]


def test_columns_can_change_places(folder: Path) -> None:
    (folder / "t.csv").write_text("image,label,split\n0.png,train,cat\n", encoding="utf-8")
    dataset = readers.read(folder / "t.csv", columns={"label": "split", "split": "label"})
    assert _labels(dataset) == {"0.png": "cat"}
    assert dataset.samples["split"].tolist() == ["train"]
