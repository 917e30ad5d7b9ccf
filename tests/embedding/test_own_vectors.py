"""Vectors that a user brings land on the right samples, and unusable ones are listed."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from explorer.embedding.own_vectors import read_vectors
from explorer.errors import SourceError

CLOTHING = Path(__file__).parents[2].parent / "shared" / "data" / "clothing"
IDS = ["a.png", "b.png", "c.png"]
RAW = np.array([[3, 4], [0, 2], [-1, 0]], np.float64)
UNIT = np.array([[0.6, 0.8], [0, 1], [-1, 0]], np.float32)


def _write(path: Path, ids: list[str], values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Path:
    columns = pd.DataFrame(values, columns=["x", "y"])
    if path.stem == "lists":
        columns = pd.DataFrame({"vector": list(values)})
    columns.insert(0, "image", ids)
    columns.to_csv(path, index=False) if path.suffix == ".csv" else columns.to_parquet(path)
    return path


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ">f4", "int64"])
def test_rows_of_an_npy_are_the_samples_in_order(tmp_path: Path, dtype: str) -> None:
    np.save(tmp_path / "v.npy", RAW.astype(dtype))
    own = read_vectors(tmp_path / "v.npy", IDS)
    assert (own.ids, own.skipped, str(own.vectors.dtype)) == (tuple(IDS), (), "float32")
    np.testing.assert_allclose(own.vectors, UNIT, atol=1e-6)


@pytest.mark.parametrize("name", ["lists.parquet", "columns.parquet", "columns.csv"])
def test_a_table_is_joined_by_id_in_any_order(tmp_path: Path, name: str) -> None:
    path = _write(tmp_path / name, ["c.png", "x.png", "a.png", "a.png"], RAW[[2, 1, 0, 1]])
    own = read_vectors(path, IDS)
    assert own.ids == ("a.png", "c.png")
    np.testing.assert_allclose(own.vectors, UNIT[[0, 2]], atol=1e-6)
    assert [(skip.filepath, skip.reason.split(";")[0]) for skip in own.skipped] == [
        ("b.png", "there is no vector for it"),
        ("x.png", "its vector has no sample"),
        ("a.png", "it has several vectors"),
    ]


def test_rows_may_name_the_image_instead_of_the_id(tmp_path: Path) -> None:
    """Whoever computed the vectors knew paths; only a file name that two samples share says nothing."""
    files = [str(tmp_path / place) for place in ("x/a.png", "x/b.png", "x/c.png", "y/c.png")]
    named = [str(tmp_path / "x" / "a.png"), "b.png", "y/c.png", "c.png"]
    path = _write(tmp_path / "v.csv", named, RAW[[0, 1, 2, 0]])
    own = read_vectors(path, ["1", "2", "3", "4"], files)
    assert own.ids == ("1", "2", "4")
    np.testing.assert_allclose(own.vectors, UNIT, atol=1e-6)
    assert [skip.filepath for skip in own.skipped] == ["3", "c.png"]


def test_an_id_goes_before_a_file_of_the_same_name(tmp_path: Path) -> None:
    path = _write(tmp_path / "v.csv", ["b.png"], RAW[:1])
    assert read_vectors(path, ["b.png", "2"], [str(tmp_path / "a.png"), str(tmp_path / "b.png")]).ids == ("b.png",)


def test_vectors_without_a_direction_are_listed(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", np.array([[np.nan, 1], [0, 0], [1e300, -1e300], [np.inf, 0], [1e-300, 0]]))
    own = read_vectors(tmp_path / "v.npy", list("abcde"))
    assert own.ids == ("c", "e")
    np.testing.assert_allclose(own.vectors, [[0.5**0.5, -(0.5**0.5)], [1, 0]], atol=1e-6)
    assert {skip.filepath for skip in own.skipped} == {"a", "b", "d"}


@pytest.mark.parametrize("n", [0, 1])
def test_tiny_files_are_read(tmp_path: Path, n: int) -> None:
    np.save(tmp_path / "v.npy", RAW[:n])
    assert read_vectors(tmp_path / "v.npy", IDS[:n]).vectors.shape == (n, 2)


def test_a_wrong_number_of_rows_is_refused(tmp_path: Path) -> None:
    """One image more or less would give every vector to its neighbour."""
    np.save(tmp_path / "v.npy", RAW[:2])
    with pytest.raises(SourceError, match=r"one row per sample.*3, found 2"):
        read_vectors(tmp_path / "v.npy", IDS)


@pytest.mark.parametrize("shape", [(3,), (3, 0), (3, 1, 1)])
def test_other_shapes_are_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    np.save(tmp_path / "v.npy", np.zeros(shape))
    with pytest.raises(SourceError, match="shape"):
        read_vectors(tmp_path / "v.npy", IDS)


def test_pickled_arrays_are_refused_unopened(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[Path]]:
            return Path.mkdir, (tmp_path / "owned",)

    np.save(tmp_path / "v.npy", np.array([Evil()], object), allow_pickle=True)
    (tmp_path / "p.npy").write_bytes(pickle.dumps(Evil()))
    for name in ("v.npy", "p.npy"):
        with pytest.raises(SourceError, match="cannot be read"):
            read_vectors(tmp_path / name, IDS)
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("v.txt", "1 2", r"\.npy, \.parquet or \.csv"),
        ("none.npy", None, "found no such file"),
        ("v.parquet", "x", "cannot be read"),
        ("v.csv", "x,y\n1,2\n", "id or image column"),
        ("v.csv", "id,name\na,b\n", "one column of lists, or numeric columns"),
    ],
)
def test_unusable_files_are_refused(tmp_path: Path, name: str, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(SourceError, match=message):
        read_vectors(tmp_path / name, IDS)


def test_lists_of_different_lengths_are_refused(tmp_path: Path) -> None:
    pd.DataFrame({"id": ["a", "b"], "v": [[1.0, 2.0], [1.0]]}).to_parquet(tmp_path / "v.parquet")
    with pytest.raises(SourceError, match="cannot be read"):
        read_vectors(tmp_path / "v.parquet", ["a", "b"])


@pytest.mark.skipif(not CLOTHING.is_dir(), reason="needs the shared clothing data beside the repository")
@pytest.mark.parametrize(("file", "width"), [("vectors.npy", 384), ("vectors_clip.npy", 512)])
def test_real_vectors_of_other_models_are_read_whole(file: str, width: int) -> None:
    ids = list(pd.read_csv(CLOTHING / "labels.csv")["image"])
    own = read_vectors(CLOTHING / file, ids)
    assert (own.ids, own.vectors.shape, own.skipped) == (tuple(ids), (300, width), ())
    np.testing.assert_allclose(np.linalg.norm(own.vectors, axis=1), 1, atol=1e-5)


def _lists(cells: list[Any]) -> pd.Series:
    return pd.Series(cells, dtype=object)


def test_a_column_of_lists_is_the_vectors_whatever_else_is_known(tmp_path: Path) -> None:
    """Numbers beside it are not: a map of confidences would look like a map."""
    path = tmp_path / "v.parquet"
    table = pd.DataFrame({"id": IDS, "embedding": list(RAW), "confidence": [0.5, 0.6, 0.7], "class_id": [0, 1, 2]})
    tags = table.assign(tags=_lists([["x"], ["y"], []]), bbox=_lists([[0, 0, 5, 5]] * 3))
    for frame in (table, tags, table.set_index("id"), table.set_index("id", drop=False), table.rename_axis("row")):
        frame.to_parquet(path)
        np.testing.assert_allclose(read_vectors(path, IDS).vectors, UNIT, atol=1e-6)
    pd.DataFrame({"id": IDS, "clip": list(RAW), "confidence": [0.5, 0.6, 0.7]}).to_parquet(path)
    np.testing.assert_allclose(read_vectors(path, IDS).vectors, UNIT, atol=1e-6)


def test_a_named_index_is_no_dimension(tmp_path: Path) -> None:
    table = pd.DataFrame({"id": IDS, "x": RAW[:, 0], "y": RAW[:, 1], "tags": _lists([["a"], ["b"], []])})
    table.rename_axis("row").to_parquet(tmp_path / "v.parquet")
    np.testing.assert_allclose(read_vectors(tmp_path / "v.parquet", IDS).vectors, UNIT, atol=1e-6)


def test_a_missing_list_is_a_missing_vector(tmp_path: Path) -> None:
    pd.DataFrame({"id": IDS, "vector": _lists([None, [0, 2], [-1, 0]])}).to_parquet(tmp_path / "v.parquet")
    own = read_vectors(tmp_path / "v.parquet", IDS)
    assert own.ids == ("b.png", "c.png")
    assert [skip.filepath for skip in own.skipped] == ["a.png"]


def test_what_may_be_the_vectors_in_two_ways_is_asked_for(tmp_path: Path) -> None:
    table = pd.DataFrame({"id": IDS, "bbox": _lists([[0, 0, 5, 5]] * 3), "d0": RAW[:, 0], "d1": RAW[:, 1]})
    table.to_parquet(tmp_path / "v.parquet")
    with pytest.raises(SourceError, match=r"found bbox, d0, d1\. Name the one to use `vector`"):
        read_vectors(tmp_path / "v.parquet", IDS)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_csv_is_read_as_tables_are(tmp_path: Path, separator: str, encoding: str) -> None:
    """Row numbers of pandas are no dimension, a decimal comma is a point, white space around names is none."""
    rows = [
        ["", " x ", "y ", "image "],
        ["0", "3", "4", " a.png"],
        ["1", "0", "2.5", "b.png "],
        ["2", "-1", "0", "c.png"],
    ]
    text = "".join(separator.join(row) + "\n" for row in rows)
    text = text if separator == "," else text.replace("2.5", "2,5")
    (tmp_path / "v.csv").write_text(text, encoding=encoding)
    own = read_vectors(tmp_path / "v.csv", IDS)
    np.testing.assert_allclose(own.vectors, UNIT, atol=1e-6)
    assert [skip.reason for skip in own.skipped] == ["the column 'Unnamed: 0' is left out: it has no name"]


def test_ids_of_digits_stay_as_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text("id ,x,y\n007,3,4\n")
    assert read_vectors(tmp_path / "v.csv", ["007"]).ids == ("007",)


def test_vectors_of_which_none_can_be_used_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", np.full((3, 2), np.nan))
    with pytest.raises(SourceError, match=r"vectors of finite numbers.*all are zero, NaN or infinite"):
        read_vectors(tmp_path / "v.npy", IDS)


@pytest.mark.parametrize(
    "header", [b"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 1000000000000)}", b"{'descr': ((((", b"(" * 2000]
)
def test_torn_headers_and_headers_that_promise_terabytes_are_refused(tmp_path: Path, header: bytes) -> None:
    padded = header.ljust(4085) + b"\n"
    (tmp_path / "v.npy").write_bytes(b"\x93NUMPY\x01\x00" + len(padded).to_bytes(2, "little") + padded + b"\0" * 24)
    with pytest.raises(SourceError, match="no whole array of numbers"):
        read_vectors(tmp_path / "v.npy", IDS)


def test_an_archive_that_is_called_an_array_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "v.npz", RAW)
    (tmp_path / "v.npz").rename(tmp_path / "v.npy")
    with pytest.raises(SourceError, match="no whole array of numbers"):
        read_vectors(tmp_path / "v.npy", IDS)


def test_names_in_the_other_normal_form_are_the_same_names(tmp_path: Path) -> None:
    """What macOS wrote is decomposed, what a table says mostly composed; both look alike."""
    path = _write(tmp_path / "v.csv", ["\u00fc.png"], RAW[:1])
    assert read_vectors(path, ["u\u0308.png"], [str(tmp_path / "elsewhere" / "u\u0308.png")]).ids == ("u\u0308.png",)


def test_vectors_of_something_else_are_refused(tmp_path: Path) -> None:
    path = _write(tmp_path / "v.parquet", ["x.png", "y.png", "z.png"], RAW)
    with pytest.raises(SourceError, match=r"such as 'a.png', in .*, found none: the first is named 'x.png'"):
        read_vectors(path, IDS)
