"""Exports hold exactly the subset, run nothing in a spreadsheet, and leave nothing half written."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import resource
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from explorer.actions.export import relabel_package
from explorer.errors import ExportError
from explorer.exporters import FORMATS, exporter
from explorer.exporters.csv_table import csv_bytes, export_csv
from explorer.exporters.images import export_images
from explorer.exporters.package import Package
from explorer.store.decisions.subsets import Member

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from explorer.exporters.package import Written
    from explorer.store.workspace import Workspace


def _package(files: dict[str, Path], **columns: list[object]) -> Package:
    """A package of files by id, with their true digests."""
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files.values()]
    facts = {"filepath": [str(file) for file in files.values()], "digest": digests, **columns}
    return Package(pd.DataFrame(facts, index=pd.Index(list(files), name="id", dtype=object)), {"subset": "s"})


def _file(path: Path, content: bytes = b"pixels") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _cells(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


@contextmanager
def _no_file_larger_than(size: int) -> Iterator[None]:
    """A disk that is full after so many bytes, as the operating system tells it."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


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


def test_quotes_commas_newlines_and_every_script_survive() -> None:
    values = ['say "hi", twice', "two\nlines", "Ünïcödé 猫 🐈", " spaces "]
    data = csv_bytes(pd.DataFrame({"note": values}, index=["1", "2", "3", "4"]))
    assert [row["note"] for row in _cells(data)] == values


def _with_subset(workspace: Workspace, ids: list[str]) -> Package:
    members = [Member(sample, "search", 0.5) for sample in ids]
    workspace.decisions.create_subset("dark ones", author="Ada", note="see =1+1", category="Lighting", members=members)
    return relabel_package(workspace, workspace.subset("dark ones"))


def test_the_csv_holds_exactly_the_members_with_their_reasons(workspace: Workspace, tmp_path: Path) -> None:
    ids = [workspace.ids[row] for row in (40, 3, 17)]
    written = export_csv(_with_subset(workspace, ids), tmp_path / "out" / "dark.csv")
    rows = _cells((tmp_path / "out" / "dark.csv").read_bytes())
    assert [row["id"] for row in rows] == ids
    assert written.images == 3
    row = rows[0]
    assert (row["origin"], row["score"], row["added_by"]) == ("search", "0.5", "Ada")
    assert row["label"] == workspace.samples.loc[ids[0], "label"]
    assert row["filepath"] == workspace.samples.loc[ids[0], "filepath"]


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_the_manifest_says_what_from_where_by_whom_and_why(form: str, workspace: Workspace, tmp_path: Path) -> None:
    ids = [workspace.ids[row] for row in (40, 3)]
    exporter(form)(_with_subset(workspace, [*ids, "gone.png"]), tmp_path / "out.csv")
    (manifest,) = [*tmp_path.glob("*manifest.json"), *tmp_path.glob("out.csv/manifest.json")]
    said = json.loads(manifest.read_text("utf-8"))
    assert (said["subset"], said["category"], said["note"]) == ("dark ones", "Lighting", "see =1+1")
    assert (said["created_by"], said["members"], said["not_in_workspace"]) == ("Ada", 3, ["gone.png"])
    assert said["model"] == workspace.manifest.model
    assert said["workspace"] == "Fruit"
    assert [image["id"] for image in said["images"]] == ids
    image = said["images"][0]
    assert image["digest"] == hashlib.sha256((workspace.path.parent / image["filepath"]).read_bytes()).hexdigest()
    assert (image["origin"], image["score"], image["added_by"]) == ("search", 0.5, "Ada")


def test_a_metadata_column_named_like_the_reasons_is_kept_beside_them(workspace: Workspace) -> None:
    frame = workspace.samples
    frame["origin"] = "warehouse"
    package = _with_subset(workspace, [workspace.ids[0]])
    assert set(package.table.loc[workspace.ids[0], ["origin", "origin_member"]]) == {"warehouse", "search"}


def test_an_empty_subset_is_a_table_without_rows(workspace: Workspace, tmp_path: Path) -> None:
    package = _with_subset(workspace, [])
    assert export_csv(package, tmp_path / "none.csv").images == 0
    assert (tmp_path / "none.csv").read_text().startswith("id,filepath,digest,")
    assert export_images(package, tmp_path / "none").images == 0


def test_a_table_that_was_corrected_meanwhile_is_kept(tmp_path: Path) -> None:
    """Exporting again must not cost a colleague's work; the same table again is no second file."""
    package, target = _package({"a": _file(tmp_path / "a.png")}), tmp_path / "to" / "out.csv"
    assert export_csv(package, target).kept is None
    assert export_csv(package, target).kept is None
    for number in (1, 2):
        target.write_text(f"corrected {number}")
        assert export_csv(package, target).kept == target.with_name(f"out.{number}.csv")
        assert target.with_name(f"out.{number}.csv").read_text() == f"corrected {number}"
    names = {f"out{middle}{suffix}" for middle in ("", ".1", ".2") for suffix in (".csv", ".manifest.json")}
    assert {file.name for file in target.parent.iterdir()} == names
    assert b"corrected" not in target.read_bytes()


def test_files_of_one_name_from_different_folders_all_arrive(tmp_path: Path) -> None:
    """Also where only the case differs, which some file systems do not tell apart, or a number is taken."""
    names = ["a/1.png", "b/1.png", "c/1.PNG", "d/1-2.png"]
    package = _package({name: _file(tmp_path / "from" / name, name.encode()) for name in names})
    written = export_images(package, tmp_path / "to")
    manifest = json.loads((tmp_path / "to" / "manifest.json").read_text())
    found = {image["id"]: (tmp_path / "to" / image["exported_as"]).read_text() for image in manifest["images"]}
    assert found == {name: name for name in names}
    assert len({image["exported_as"].casefold() for image in manifest["images"]}) == len(names)
    assert written.images == len(names)
    assert [row["exported_as"] for row in _cells((tmp_path / "to" / "manifest.csv").read_bytes())] == [
        image["exported_as"] for image in manifest["images"]
    ]


def test_changed_and_missing_files_are_left_out_and_listed(tmp_path: Path) -> None:
    files = {name: _file(tmp_path / name) for name in ("kept.png", "changed.png", "gone.png")}
    package = _package(files)
    files["changed.png"].write_bytes(b"other pixels")
    files["gone.png"].unlink()
    written = export_images(package, tmp_path / "to")
    assert [file.name for file in (tmp_path / "to" / "images").iterdir()] == ["kept.png"]
    assert {one.filepath: one.reason.split(":")[0] for one in written.left_out} == {
        str(files["changed.png"]): "has changed since it was embedded; build again",
        str(files["gone.png"]): "cannot be read",
    }
    manifest = json.loads((tmp_path / "to" / "manifest.json").read_text())
    assert [image["id"] for image in manifest["images"]] == ["kept.png"]
    assert [one["filepath"] for one in manifest["left_out"]] == [one.filepath for one in written.left_out]


def test_a_folder_with_something_in_it_is_refused_and_untouched(tmp_path: Path) -> None:
    _file(tmp_path / "to" / "mine.txt", b"mine")
    with pytest.raises(ExportError, match="new or empty folder"):
        export_images(_package({"a": _file(tmp_path / "a.png")}), tmp_path / "to")
    with pytest.raises(ExportError, match="new or empty folder"):
        export_images(_package({"a": _file(tmp_path / "a.png")}), tmp_path / "to" / "mine.txt")
    assert [file.name for file in (tmp_path / "to").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("export", [export_csv, export_images])
def test_a_place_that_cannot_be_written_is_one_sentence(
    export: Callable[[Package, Path], Written], tmp_path: Path
) -> None:
    _file(tmp_path / "file")
    with pytest.raises(ExportError, match="cannot be written"):
        export(_package({"a": _file(tmp_path / "a.png")}), tmp_path / "file" / "below" / "out")


def test_a_full_disk_leaves_no_half_table_and_keeps_the_old_one(tmp_path: Path) -> None:
    package = _package({"a": _file(tmp_path / "a.png")}, note=["x" * 100_000])
    target = _file(tmp_path / "out" / "out.csv", b"the former export")
    with _no_file_larger_than(10_000), pytest.raises(ExportError, match="nothing was left half written"):
        export_csv(package, target)
    assert target.read_bytes() == b"the former export"
    assert [file.name for file in target.parent.iterdir()] == ["out.csv"]


def test_a_full_disk_while_copying_says_how_far_it_came(tmp_path: Path) -> None:
    """What is there carries no manifest, so that nobody takes it for the whole."""
    package = _package({name: _file(tmp_path / name, bytes(size)) for name, size in (("a", 10), ("b", 50_000))})
    with _no_file_larger_than(10_000), pytest.raises(ExportError, match="1 of 2 images"):
        export_images(package, tmp_path / "to")
    assert not list((tmp_path / "to").glob("manifest*"))


def test_a_carriage_return_ends_no_row(tmp_path: Path) -> None:
    """For a reader that takes it for a line end unless it is quoted, as Python's and spreadsheets' do."""
    file = _file(tmp_path / "a.png")
    data = csv_bytes(_package({"a\r.png": file, "b.png": file}, said=["x\r=1+1", "\n=1+1"]).table)
    assert [(cell["id"], cell["said"]) for cell in _cells(data)] == [("a\r.png", "x\r=1+1"), ("b.png", "'\n=1+1")]
    assert pd.read_csv(io.BytesIO(data))["id"].tolist() == ["a\r.png", "b.png"]


def test_two_tables_have_two_manifests_whatever_their_endings(tmp_path: Path) -> None:
    package = _package({"a.png": _file(tmp_path / "a.png")})
    for name in ("boots.csv", "boots.2024", "boots.2025"):
        export_csv(package, tmp_path / "out" / name)
    assert sorted(file.name for file in (tmp_path / "out").glob("*.json")) == [
        "boots.2024.manifest.json",
        "boots.2025.manifest.json",
        "boots.manifest.json",
    ]


@pytest.mark.parametrize("nowhere", ["", ".", "/"])
def test_a_place_without_a_name_is_refused(nowhere: str, tmp_path: Path) -> None:
    package = _package({"a.png": _file(tmp_path / "a.png")})
    with pytest.raises(ExportError, match="Expected the name of a file"):
        export_csv(package, Path(nowhere))
