"""A batch on the Loop page."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from PIL import Image
from streamlit.testing.v1 import AppTest

import explorer
from explorer import open_workspace
from explorer.actions.add import add

if TYPE_CHECKING:
    import pytest

    from explorer.store.workspace import Workspace

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"


def _with_batch(workspace: Workspace, tmp_path: Path) -> None:
    chance = np.random.default_rng(3)
    names = [f"{number:02}.png" for number in range(24)]
    (tmp_path / "new").mkdir()
    for name in names:
        Image.fromarray(chance.integers(0, 255, (8, 8, 3), np.uint8)).save(tmp_path / "new" / name)
    vectors = np.eye(8)[7] + chance.normal(0, 0.1, (24, 8))  # where no class of the workspace is
    pd.DataFrame({"id": names, "vector": list(vectors)}).to_parquet(tmp_path / "new.parquet")
    add(workspace, tmp_path / "new", vectors=tmp_path / "new.parquet")


def _new_images(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setattr(sys, "argv", ["main.py", str(workspace.path)])
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.session_state["loop_part"] = "New images"
    app.run().switch_page("loop.py").run()
    assert [error.message for error in app.exception] == []
    return app


def test_it_is_said_how_a_batch_differs_from_what_was_there(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _with_batch(workspace, tmp_path)
    app = _new_images(workspace, monkeypatch)
    said = [str(one.value).replace("\\", "") for one in app.caption]
    (drifted,) = [one for one in said if "differs from original: a classifier tells 100% of 48 images apart" in one]
    assert "batch new" in drifted


def test_a_viewer_adds_and_takes_out_nothing(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may only look changes no map that others see, and takes no batch from them."""
    _with_batch(workspace, tmp_path)
    workspace.paths.roles.write_text("default: viewer\n")
    for verb in ("Take out new", "Match"):
        app = _new_images(workspace, monkeypatch)
        (button,) = [button for button in app.button if button.label.startswith(verb)]
        button.click().run()
        assert [error.message for error in app.exception] == []
        assert "Expected somebody who may decide, found the viewer" in app.error[0].value
    assert [batch["name"] for batch in open_workspace(workspace.path).manifest.batches] == ["new"]
