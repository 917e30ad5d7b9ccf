"""What is not whole yet lies beside its place, and no message names where."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from explorer.data.whole import whole_file, whole_folder
from explorer.errors import WorkspaceError


def test_what_cannot_be_written_is_named_by_its_place(tmp_path: Path) -> None:
    target = tmp_path / "out"
    for whole in (whole_file, whole_folder):
        with pytest.raises(FileNotFoundError, match=re.escape(f"'{target}/none/there'")), whole(target) as draft:
            (draft / "none" / "there").write_text("")
        with pytest.raises(WorkspaceError, match=re.escape(f"{target}/x is damaged")), whole(target) as draft:
            raise WorkspaceError(f"{draft / 'x'} is damaged")
        assert list(tmp_path.iterdir()) == []


def test_where_one_is_can_be_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with whole_folder(Path()) as draft:
        (draft / "said").write_text("all")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("said", "all")]
