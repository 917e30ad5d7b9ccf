"""`edgecase demo` builds once and opens at once from then on, but never opens what is out of date or damaged."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from explorer.actions.demo import FASHION, SCENES, is_built, sample_data
from explorer.store.paths import MANIFEST

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace


@pytest.fixture
def copied(demo: Workspace, tmp_path: Path) -> Path:
    return shutil.copytree(demo.path, tmp_path / "ws")


def test_a_whole_demo_is_not_built_again(copied: Path) -> None:
    assert is_built(copied, FASHION)
    assert not is_built(copied, SCENES)
    assert not is_built(copied.parent / "nowhere", FASHION)


def test_newer_sample_data_or_program_is_built(copied: Path) -> None:
    """As `make` does: by the files' times."""
    newest = (sample_data() / FASHION).stat().st_mtime
    os.utime(copied / MANIFEST, (newest - 1, newest - 1))
    assert not is_built(copied, FASHION)


@pytest.mark.parametrize(("fact", "value"), [("version", "0.0.1"), ("source", "elsewhere.csv")])
def test_what_another_version_or_source_made_is_built(fact: str, value: str, copied: Path) -> None:
    manifest = copied / MANIFEST
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {fact: value}))
    assert not is_built(copied, FASHION)


def test_a_damaged_demo_is_built(copied: Path) -> None:
    next(copied.glob("derived/*/layout.npy")).write_bytes(b"torn")
    assert not is_built(copied, FASHION)


def test_deciding_so_imports_nothing_heavy(copied: Path) -> None:
    """The browser would wait for it."""
    heavy = ("numpy", "pandas", "torch", "sqlalchemy", "streamlit")
    script = (
        "import sys; from pathlib import Path; from explorer.actions.demo import FASHION, is_built;"
        f"print(is_built(Path({str(copied)!r}), FASHION), [m for m in {heavy} if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", script], cwd=copied, capture_output=True, text=True, check=True)
    assert ran.stdout == "True []\n"
