"""What is written into a file is what its ending says, or the name is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.data.endings import refuse_other_ending
from explorer.errors import ExportError


@pytest.mark.parametrize("name", ["sheet.csv", "SHEET.CSV", "sheet", "round 1.5", "v1.2"])
def test_an_ending_that_says_so_or_nothing_is_taken(name: str) -> None:
    refuse_other_ending(Path(name), "a sheet", ".csv")


@pytest.mark.parametrize("name", ["sheet.xlsx", "sheet.XLSX", "sheet.tsv", "sheet.csv.gz"])
def test_an_ending_that_says_another_format_is_refused(name: str) -> None:
    with pytest.raises(ExportError, match=r"Expected a sheet to end in \.csv, found 'sheet"):
        refuse_other_ending(Path(name), "a sheet", ".csv")


def test_a_folder_is_not_called_as_a_file() -> None:
    refuse_other_ending(Path("out.d"), "an export")
    with pytest.raises(ExportError, match=r"in a folder whose name says no kind of file, found 'out\.zip'"):
        refuse_other_ending(Path("out.zip"), "an export")
