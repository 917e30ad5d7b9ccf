"""What is handed to users, and what those who develop use."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml

from explorer.actions.demo import FASHION, MODEL, SCENES

ROOT = Path(__file__).parents[1]
MAKERS = ROOT / "sample_data" / "make"


def _settings(kind: str) -> dict[str, object]:
    """How a distribution is put together."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return dict(settings["tool"]["hatch"]["build"]["targets"][kind])


def test_the_wheel_holds_the_sample_data_without_their_makers() -> None:
    included = _settings("wheel")["force-include"]
    assert isinstance(included, dict)
    assert all(place == f"explorer/{name}" for name, place in included.items())
    for needed in (FASHION.parent, SCENES.parent, MODEL):
        assert f"sample_data/{needed}" in included
    assert [path for name in included for path in (ROOT / name).rglob("*.py")] == []


def test_what_the_source_distribution_includes_is_there() -> None:
    included = _settings("sdist")["include"]
    assert isinstance(included, list)
    assert [name for name in included if not (ROOT / name).exists()] == []


def test_each_maker_writes_where_the_sample_data_are_read() -> None:
    scripts = [path.read_text("utf-8") for path in MAKERS.glob("*.py")]
    written = {name for script in scripts for name in re.findall(r'Path\(__file__\)\.parents\[1\] / "(\w+)"', script)}
    assert written == {path.name for path in MAKERS.parent.iterdir() if path.is_dir() and path != MAKERS}


def test_a_commit_a_developer_and_ci_make_the_same_checks() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"][0]["hooks"]
    checks = [hook["entry"] for hook in hooks]
    assert checks == ["ruff check .", "ruff format --check .", "mypy"]
    for file, indent in (("justfile", "    "), (".ci/run", "")):
        assert "\n".join(f"{indent}{check}" for check in checks) in (ROOT / file).read_text("utf-8")
