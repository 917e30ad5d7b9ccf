"""What every exporter shares: the manifest, and writing a file whole or not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from explorer.errors import ExportError
from explorer.exporters import FORMATS, exporter
from explorer.exporters.csv_table import export_csv
from explorer.exporters.package import Package, write_whole
from tests.exporters.conftest import file_at, no_file_larger_than, package_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.exporters.package import Written


def test_the_manifest_is_the_facts_then_each_image_in_plain_values(tmp_path: Path) -> None:
    """JSON knows no numpy, no missing value and no time."""
    at = [pd.Timestamp("2024-05-01"), pd.NaT]
    table = pd.DataFrame({"score": np.array([0.5, np.nan], np.float32), "n": [1, 2], "at": at}, index=["a", "ü"])
    files = {name: file_at(tmp_path / name) for name in ("a", "ü")}
    package = package_of(files)
    said = json.loads(replace(package, table=table, images=table[["n"]], tags={"ü": ("dark",)}).manifest())
    assert said == {
        "subsets": [{"name": "s"}],
        "images": [
            {"id": "a", "n": 1, "score": 0.5, "at": "2024-05-01 00:00:00", "tags": []},
            {"id": "ü", "n": 2, "score": None, "at": None, "tags": ["dark"]},
        ],
    }


def test_a_file_is_written_whole_into_a_new_folder_over_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "new" / "out.txt"
    for content in ("first", "second"):
        write_whole(target, partial(Path.write_text, data=content))
        assert target.read_text() == content
    assert [file.name for file in target.parent.iterdir()] == ["out.txt"]


def test_a_full_disk_keeps_the_old_file_and_leaves_no_scratch(tmp_path: Path) -> None:
    target = file_at(tmp_path / "out.txt", b"old")
    with no_file_larger_than(10), pytest.raises(ExportError, match="nothing was left half written"):
        write_whole(target, lambda file: file.write_bytes(bytes(1000)))
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("export", [exporter(name) for name in FORMATS])
def test_a_place_that_cannot_be_written_is_one_sentence(
    export: Callable[[Package, Path], Written], tmp_path: Path
) -> None:
    file_at(tmp_path / "file")
    with pytest.raises(ExportError, match="cannot be written"):
        export(package_of({"a": file_at(tmp_path / "a.png")}), tmp_path / "file" / "below" / "out")


@pytest.mark.parametrize("nowhere", ["", ".", "/"])
def test_a_place_without_a_name_is_refused(nowhere: str, tmp_path: Path) -> None:
    package = package_of({"a.png": file_at(tmp_path / "a.png")})
    with pytest.raises(ExportError, match="Expected the name of a file"):
        export_csv(package, Path(nowhere))
