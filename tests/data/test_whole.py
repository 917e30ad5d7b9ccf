"""What is not whole yet lies beside its place, and no message names where."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from explorer.data.whole import whole_file, whole_folder
from explorer.errors import WorkspaceError

if TYPE_CHECKING:
    from pathlib import Path


def test_what_cannot_be_written_is_named_by_its_place(tmp_path: Path) -> None:
    target = tmp_path / "out"
    for whole in (whole_file, whole_folder):
        with pytest.raises(FileNotFoundError, match=re.escape(f"'{target}/none/there'")), whole(target) as draft:
            (draft / "none" / "there").write_text("")
        with pytest.raises(WorkspaceError, match=re.escape(f"{target}/x is damaged")), whole(target) as draft:
            raise WorkspaceError(f"{draft / 'x'} is damaged")
        assert list(tmp_path.iterdir()) == []
