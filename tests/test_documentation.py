"""What the documents say of this tree is true: files, folders, functions, and the README's Python."""

from __future__ import annotations

import re
import runpy
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from explorer.actions import embedder

if TYPE_CHECKING:
    from tests.conftest import Source

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "explorer"
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "docs/architecture.md")


def _text(document: str) -> str:
    return (ROOT / document).read_text("utf-8")


def _code(document: str, language: str) -> str:
    """The first code block of a language."""
    found = re.search(rf"^```{language}\n(.*?)^```", _text(document), re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_and_folder_that_is_named_exists(document: str) -> None:
    named = re.findall(r"`((?:explorer|tests|docs|benchmarks|sample_data)/[^`\s]*|[\w./]+\.md)`", _text(document))
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_function_that_is_named_exists(document: str) -> None:
    code = "\n".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))
    named = re.findall(r"`(\w+)\(\)`", _text(document))
    assert [name for name in named if f"def {name}(" not in code] == []


def test_the_picture_of_the_rooms_shows_these_and_no_others() -> None:
    components = PACKAGE / "ui" / "components"
    scripts = {path.parent.name for path in components.glob("*/*.js") if path.parent.name != "vendor"}
    rooms = {
        path.name
        for parent in (PACKAGE, PACKAGE / "ui", PACKAGE / "store")
        for path in parent.iterdir()
        if any(path.glob("*.py"))
    }
    drawn = set(re.findall(r"(\w+)/", _code("CONTRIBUTING.md", "text")))
    assert drawn == rooms | scripts | {"explorer", "tests"}


def test_the_python_of_the_readme_runs(
    source: Source, clip_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As written, in a folder with samples of one's own; only the default model is a small one that is there."""
    shutil.copytree(source.images, tmp_path, dirs_exist_ok=True)
    (tmp_path / "table.csv").rename(tmp_path / "samples.csv")
    script = tmp_path / "readme.py"
    script.write_text(_code("README.md", "python"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(embedder, "DEFAULT_PRETRAINED", str(clip_folder))
    workspace = runpy.run_path(str(script))["workspace"]
    assert workspace.path == Path("work")
    assert workspace.samples.index.name == "id"
    vectors = workspace.embeddings("image").vectors
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert workspace.layout("prediction", model="v2").xy.shape == (len(vectors), 2)
    assert workspace.neighbors("image").indices.dtype == np.int64
    assert workspace.subsets() == []
