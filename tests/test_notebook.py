"""A notebook builds from what it has in memory, sees how far it is, and finds the app."""

from __future__ import annotations

import io
import json
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import explorer
from explorer.errors import SourceError, WorkspaceError

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace
    from tests.conftest import Source


@pytest.fixture
def frame(source: Source) -> pd.DataFrame:
    """The source in memory: paths that exist, and a column of arrays."""
    table = pd.read_csv(source.table)
    vectors = pd.read_parquet(source.vectors)["vector"]
    return table.assign(image=[source.images / name for name in table["image"]], embedding=list(vectors))


@pytest.mark.slow
def test_a_data_frame_with_vectors_is_a_source(frame: pd.DataFrame, built: Workspace, tmp_path: Path) -> None:
    """The same vectors, labels and predictions as from files; metadata of mixed kinds becomes text."""
    mixed = frame.assign(note=["a", 1] * 30, id=built.ids)
    made = explorer.build(mixed, tmp_path / "ws")
    assert made.ids == built.ids
    assert made.manifest.name == "ws"
    np.testing.assert_allclose(made.embeddings().vectors, built.embeddings().vectors, atol=1e-6)
    for column in ("label", "v1.outcome", "camera", "weight"):
        assert made.samples[column].tolist() == built.samples[column].tolist()
    assert made.samples["note"].tolist()[:2] == ["a", "1"]
    assert "embedding" not in made.samples
    kept = Path(made.manifest.source)
    assert kept.is_relative_to(made.path.resolve() / "received")
    again = explorer.build(kept, made.path, vectors=kept.with_name("vectors.parquet"), name="ws")
    assert again.manifest.spaces == made.manifest.spaces
    changed = explorer.build(mixed[:50], made.path)
    assert len(changed.ids) == 50
    assert not kept.exists(), "another table has taken its place"
    assert Path(changed.manifest.source).exists()


@pytest.mark.slow
def test_records_are_a_source_with_a_column_that_is_named(
    source: Source, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Relative paths start where Python runs, and are the ids as they were written."""
    monkeypatch.chdir(source.images)
    names = [f"{label}/{number:02}.png" for label in ("apple", "sky") for number in range(6)]
    records = [{"filepath": name, "label": name[:3], "mine": [float(i), 1.0, 0.5]} for i, name in enumerate(names)]
    made = explorer.build(records, tmp_path / "ws", vectors="mine")
    assert list(made.ids) == names
    assert made.samples["label"].tolist() == ["app"] * 6 + ["sky"] * 6
    assert made.embeddings().vectors.shape == (12, 3)


def test_what_cannot_be_a_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="Expected a column image or filepath, found photo"):
        explorer.build(pd.DataFrame({"photo": ["a.png"]}), tmp_path / "ws")
    ragged = pd.DataFrame({"image": ["a.png", "b.png"], "vector": [[1.0], [1.0, 2.0]]})
    with pytest.raises(SourceError, match="all equally long"):
        explorer.build(ragged, tmp_path / "ws")
    strange = pd.DataFrame({"image": ["a.png"], "what": [object()]})
    with pytest.raises(SourceError, match="Expected cells of text"):
        explorer.build(strange, tmp_path / "ws")


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.slow
def test_bars_are_shown_where_somebody_watches(source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(stderr: io.StringIO, **options: object) -> str:
        monkeypatch.setattr(sys, "stderr", stderr)
        explorer.build(source.table, tmp_path / "ws", vectors=source.vectors, **options)  # type: ignore[arg-type]
        return stderr.getvalue()

    assert build(io.StringIO()) == ""
    assert "60/60" in build(_Terminal())
    steps: list[str] = []
    assert build(_Terminal(), on_progress=lambda one: steps.append(one.step)) == ""
    assert "images" in steps


@pytest.mark.slow
def test_show_starts_the_app_once(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """It answers at the address, the second call finds it, and what was noted is no proof that it runs."""
    stopped: list[Any] = []
    monkeypatch.setattr("atexit.register", stopped.append)
    opened = explorer.open_workspace(workspace.path)
    address = opened.show()
    (stop,) = stopped
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=10) as answer:  # noqa: S310 - our own server
            assert answer.read() == b"ok"
        assert explorer.open_workspace(workspace.path).show() == address
        assert len(stopped) == 1
        noted = json.loads(opened.paths.served.read_text("utf-8"))
        assert noted["address"] == address
        with pytest.raises(WorkspaceError, match=r"The app did not start .*Port \d+ on 127\.0\.0\.1 is taken"):
            explorer.open_workspace(workspace.path, workspace.path / "other.db").show(int(address.rpartition(":")[2]))
    finally:
        stop()
        stop.__self__.wait()
