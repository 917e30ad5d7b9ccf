"""Names of files and folders of a workspace stand in one place."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import explorer
from explorer.store.paths import DECISIONS_FILE, DERIVED, MANIFEST, RECEIVED, WorkspacePaths

PACKAGE = Path(explorer.__file__).parent
NAMES = {MANIFEST, DECISIONS_FILE, *DERIVED, *RECEIVED, "thumbnails", "tabs", "batches", "detectors", ".build.lock"}


def _joined(tree: ast.AST) -> set[str]:
    """Texts to the right of a `/` between paths."""
    joins = (node for node in ast.walk(tree) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div))
    texts = (join.right for join in joins)
    return {text.value for text in texts if isinstance(text, ast.Constant) and isinstance(text.value, str)}


def test_no_other_module_names_a_folder_of_a_workspace() -> None:
    modules = [path for path in PACKAGE.rglob("*.py") if path.name != "paths.py"]
    found = {str(path): _joined(ast.parse(path.read_text("utf-8"))) & NAMES for path in modules}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("edgecase.json", True),
        ("edgecase.json.partial", True),
        ("decisions.db-wal", True),
        ("decisions.db.before-0002", True),
        ("received", True),
        ("library", True),
        ("served.json", True),
        ("photo.jpg", False),
        ("derived.txt", False),
    ],
)
def test_what_is_of_a_workspace_is_known_by_its_name(name: str, own: bool, tmp_path: Path) -> None:  # noqa: FBT001
    assert WorkspacePaths(tmp_path).is_own(name) is own
