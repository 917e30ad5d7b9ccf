"""A table runs nothing in a spreadsheet, reads back as it was, and costs nobody's work."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from explorer.errors import ExportError
from explorer.exporters.csv_table import csv_bytes, export_csv
from tests.exporters.conftest import cells, file_at, no_file_larger_than, package_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(start: str) -> None:
    """Ids, values and column names that a spreadsheet would run get an apostrophe in front."""
    evil = f'{start}HYPERLINK("http://example.org")'
    data = csv_bytes(pd.DataFrame({evil: [evil, "fine"]}, index=[evil, "id"], dtype=object))
    rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
    assert rows == [["id", f"'{evil}"], [f"'{evil}", f"'{evil}"], ["id", "fine"]]


def test_numbers_stay_numbers() -> None:
    table = pd.DataFrame({"a": [-1.5, np.nan], "b": np.array([-3, 4]), "c": [None, -0.25]}, index=["x", "y"])
    assert csv_bytes(table).decode() == "id,a,b,c\nx,-1.5,-3,\ny,,4,-0.25\n"


def test_a_formula_is_found_behind_white_space_and_among_other_things() -> None:
    """A column is looked at cell by cell where one begins so, whatever else is in it."""
    mixed = pd.Series([-1.5, "\u2003=1+1", None, "fine"], dtype=object)
    table = pd.DataFrame({"mixed": mixed, "text": pd.Series(["a", None, " =x", "b"], dtype="str")})
    rows = cells(csv_bytes(table.set_axis(list("wxyz"))))
    assert [row["mixed"] for row in rows] == ["-1.5", "'\u2003=1+1", "", "fine"]
    assert [row["text"] for row in rows] == ["a", "", "' =x", "b"]


def test_quotes_commas_newlines_and_every_script_survive() -> None:
    values = ['say "hi", twice', "two\nlines", "Ünïcödé 猫 🐈", " spaces "]
    data = csv_bytes(pd.DataFrame({"note": values}, index=["1", "2", "3", "4"]))
    assert [row["note"] for row in cells(data)] == values


def test_a_carriage_return_ends_no_row(tmp_path: Path) -> None:
    """For a reader that takes it for a line end unless it is quoted, as Python's and spreadsheets' do."""
    file = file_at(tmp_path / "a.png")
    data = csv_bytes(package_of({"a\r.png": file, "b.png": file}, said=["x\r=1+1", "\n=1+1"]).table)
    assert [(cell["id"], cell["said"]) for cell in cells(data)] == [("a\r.png", "x\r=1+1"), ("b.png", "'\n=1+1")]
    assert pd.read_csv(io.BytesIO(data))["id"].tolist() == ["a\r.png", "b.png"]


def test_a_table_that_was_corrected_meanwhile_is_kept(tmp_path: Path) -> None:
    """Exporting again must not cost a colleague's work; the same table again is no second file."""
    package, target = package_of({"a": file_at(tmp_path / "a.png")}), tmp_path / "to" / "out.csv"
    assert export_csv(package, target).kept is None
    assert export_csv(package, target).kept is None
    for number in (1, 2):
        target.write_text(f"corrected {number}")
        assert export_csv(package, target).kept == target.with_name(f"out.{number}.csv")
        assert target.with_name(f"out.{number}.csv").read_text() == f"corrected {number}"
    names = {f"out{middle}{suffix}" for middle in ("", ".1", ".2") for suffix in (".csv", ".manifest.json")}
    assert {file.name for file in target.parent.iterdir()} == names
    assert b"corrected" not in target.read_bytes()


def test_a_full_disk_leaves_no_half_table_and_keeps_the_old_one(tmp_path: Path) -> None:
    package = package_of({"a": file_at(tmp_path / "a.png")}, note=["x" * 100_000])
    target = file_at(tmp_path / "out" / "out.csv", b"the former export")
    with no_file_larger_than(10_000), pytest.raises(ExportError, match="nothing was left half written"):
        export_csv(package, target)
    assert target.read_bytes() == b"the former export"
    assert [file.name for file in target.parent.iterdir()] == ["out.csv"]


def test_two_tables_have_two_manifests_whatever_their_endings(tmp_path: Path) -> None:
    package = package_of({"a.png": file_at(tmp_path / "a.png")})
    for name in ("boots.csv", "boots.2024", "boots.2025"):
        export_csv(package, tmp_path / "out" / name)
    assert sorted(file.name for file in (tmp_path / "out").glob("*.json")) == [
        "boots.2024.manifest.json",
        "boots.2025.manifest.json",
        "boots.manifest.json",
    ]
