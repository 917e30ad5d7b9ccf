"""Tests of derived files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from explorer.store.derived.artefacts import load_column, save_column

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "name", ["v1.confidence", "x" * 251, "x" * 252, "x" * 5000, "../../up", "a\nb", "nul\x00", "é", ""]
)
def test_a_column_of_any_name_is_kept_in_its_folder(tmp_path: Path, name: str) -> None:
    """A model may be called as it likes, and its columns begin with that."""
    save_column(tmp_path / "here" / "column", name, np.array([1.5, 2.5]))
    assert load_column(tmp_path / "here" / "column", name, 2).tolist() == [1.5, 2.5]
    assert len(list((tmp_path / "here" / "column").iterdir())) == 2
    assert [entry.name for entry in tmp_path.iterdir()] == ["here"]
