"""Signals of a built workspace: one more is one file more, and no map is laid out for it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.util import cache_from_source
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import explorer.signals
from explorer import open_workspace
from explorer.actions.signals import compute_signals, signals_of
from explorer.cli import main
from explorer.data.filters import Between
from explorer.errors import WorkspaceError
from explorer.points.opened_build import View
from explorer.signals.registry import registered, titles
from explorer.store.derived.building import building, save_samples
from explorer.store.paths import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from explorer.data.records import Progress
    from explorer.store.workspace import Workspace
    from tests.conftest import Source

ROOT = Path(__file__).parents[2]
REDNESS = """
import numpy as np
from PIL import Image
from explorer.signals.registry import Signal

def redness(files):
    return np.array([np.asarray(Image.open(file))[..., 0].mean() / 255 for file in files], np.float32)

SIGNALS = (
    Signal(name="redness", title="Redness", of="image", direction="neutral", unit="share", version=1,
           compute=lambda build: redness(build.samples["filepath"])),
)
"""
"""All there is to add: above 0.6 for apples, which are red, and below for all else."""


@pytest.fixture
def redness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file with one more signal, in the folder that is then one more of the package `explorer.signals`."""
    file = tmp_path / "more" / "redness.py"
    file.parent.mkdir()
    file.write_text(REDNESS)
    with monkeypatch.context() as patch:
        patch.setattr(explorer.signals, "__path__", [*explorer.signals.__path__, str(file.parent)])
        registered.cache_clear()
        yield file
    registered.cache_clear()
    sys.modules.pop("explorer.signals.redness", None)


def _ours(workspace: Workspace) -> list[str]:
    """The signals that apply to a workspace, once its images are measured."""
    return list(compute_signals(workspace).manifest.signals)


def _spaces(workspace: Workspace) -> dict[str, tuple[bytes, int]]:
    """The bytes of every file of the spaces, and when it was written."""
    folders = [workspace.path / "derived" / key for key in workspace.manifest.spaces.values()]
    files = [file for folder in folders for file in folder.iterdir()]
    return {str(file): (file.read_bytes(), file.stat().st_mtime_ns) for file in files}


@pytest.mark.usefixtures("redness")
def test_one_more_file_is_one_more_column_colour_filter_and_line(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    computed = compute_signals(workspace)
    apples = (computed.samples["label"] == "apple").tolist()
    assert (computed.samples["redness"] > 0.6).tolist() == apples
    view = View(computed)
    assert view.images.colourings(None, [])["redness"] == "Redness"
    assert "redness" in view.images.explaining(None, [])
    assert view.visible((Between("redness", 0.6),), view.images).tolist() == apples
    assert main(["subset", "create", str(workspace.path), "red", "--where", "redness>0.6", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["members"]) == 20
    assert main(["info", str(workspace.path), "--json"]) == 0
    listed = {one["name"]: one for one in json.loads(capsys.readouterr().out)["signals"]}
    assert listed.keys() == {*(one.name for one in signals_of(computed)), "redness"}
    about = {"name": "redness", "title": "Redness", "of": "image", "direction": "neutral", "unit": "share"}
    assert listed["redness"] == about


def test_a_signal_is_computed_without_a_map_a_model_or_a_change_of_theirs(workspace: Workspace, redness: Path) -> None:
    """In a process of its own: nothing that lays out or embeds is even imported."""
    before = _spaces(workspace)
    script = (
        "import sys, explorer.signals\n"
        f"explorer.signals.__path__.append({str(redness.parent)!r})\n"
        "from explorer import open_workspace\n"
        "from explorer.actions.signals import compute_signals\n"
        f"made = compute_signals(open_workspace({str(workspace.path)!r}))\n"
        "print('redness' in made.samples)\n"
        "print([name for name in ('torch', 'open_clip', 'umap', 'explorer.maps.layout') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["True", "[]"]
    after = open_workspace(workspace.path)
    assert _spaces(after) == before
    assert after.manifest.spaces == workspace.manifest.spaces
    assert after.manifest.samples == workspace.manifest.samples
    assert after.layout_key() == workspace.layout_key()


def test_only_what_is_missing_is_computed(workspace: Workspace, redness: Path) -> None:
    """A second time nothing is; a raised version is another column."""
    first = compute_signals(workspace)
    written = {file: file.stat().st_mtime_ns for file in (workspace.path / "derived").rglob("*.npy")}
    assert compute_signals(first).manifest == first.manifest
    assert {file: file.stat().st_mtime_ns for file in (workspace.path / "derived").rglob("*.npy")} == written
    _rewrite(redness, "version=1", "version=2")
    again = compute_signals(first)
    changed = {name for name, artefact in again.manifest.signals.items() if first.manifest.signals[name] != artefact}
    assert changed == {"redness"}
    assert not (workspace.path / "derived" / first.manifest.signals["redness"]).exists()


def _rewrite(file: Path, before: str, after: str) -> None:
    """Another version of a signal's file, as if the program had been started anew."""
    file.write_text(file.read_text().replace(before, after))
    sys.modules.pop("explorer.signals.redness")
    Path(cache_from_source(file)).unlink(missing_ok=True)
    registered.cache_clear()


def test_a_signal_that_is_no_longer_registered_leaves(workspace: Workspace, redness: Path) -> None:
    assert "redness" in compute_signals(workspace).samples
    _rewrite(redness, "SIGNALS =", "FORMER =")
    left = compute_signals(workspace)
    assert list(left.manifest.signals) == _ours(left)
    assert "redness" not in left.samples
    assert not list((workspace.path / "derived").rglob("redness.npy"))


def test_a_build_computes_the_same_signals(source: Source, workspace: Workspace, redness: Path) -> None:
    """And the column of the source that has the name of one is left out."""
    table = pd.read_csv(source.table).assign(redness="mine")
    table["image"] = [str(source.images / image) for image in table["image"]]
    table.to_csv(redness.with_name("table.csv"), index=False)
    vectors = np.asarray(workspace.embeddings().vectors)
    np.save(redness.with_name("vectors.npy"), vectors)
    made = explorer.build(
        redness.with_name("table.csv"), redness.parent / "ws", vectors=redness.with_name("vectors.npy")
    )
    assert made.samples["redness"].tolist() == compute_signals(workspace).samples["redness"].tolist()
    assert [skip.reason.split("'")[1] for skip in made.skipped] == ["redness"]


def test_progress_goes_from_nothing_to_all_and_is_none_where_all_is_there(workspace: Workspace) -> None:
    heard: list[Progress] = []
    compute_signals(workspace, heard.append)
    assert list(dict.fromkeys(one.step for one in heard)) == ["measuring images", "signals"]
    for step in ("measuring images", "signals"):
        done = [(one.done, one.total) for one in heard if one.step == step]
        assert done == sorted(done)
        assert done[-1][0] == done[-1][1]
    again: list[Progress] = []
    compute_signals(workspace, again.append)
    assert again == []


def test_signals_wait_for_a_build_to_end(workspace: Workspace) -> None:
    with building(workspace.path), pytest.raises(WorkspaceError, match="Another build is running"):
        compute_signals(workspace)


def test_a_damaged_column_names_itself_and_is_computed_anew(workspace: Workspace) -> None:
    before = workspace.samples
    file = workspace.path / "derived" / workspace.manifest.signals["label_disagreement"] / "label_disagreement.npy"
    file.write_bytes(file.read_bytes()[:150])
    with pytest.raises(WorkspaceError, match=r"label_disagreement.npy cannot be read .*`edgecase build` again"):
        _ = open_workspace(workspace.path).samples
    pd.testing.assert_frame_equal(compute_signals(workspace).samples[before.columns], before)


def test_a_signal_that_does_not_apply_is_absent(boxes_built: Workspace) -> None:
    """Boxes have labels, their images have none."""
    listed = [signal.name for signal in signals_of(boxes_built)]
    of_models = {f"{model}.mean_confidence" for model in boxes_built.manifest.predictions}
    assert {*listed, *of_models} - {"mean_confidence"} == set(boxes_built.manifest.signals)
    assert "neighbor_distance" in listed
    assert "label_disagreement" not in {*listed, *boxes_built.samples}


def _as_once(workspace: Workspace) -> Workspace:
    """The workspace as builds made it before signals were columns of their own."""
    save_samples(workspace.path / "derived" / "samples-once", workspace.samples, [])
    manifest = json.loads((workspace.path / MANIFEST).read_text("utf-8"))
    for artefact in manifest.pop("signals").values():
        shutil.rmtree(workspace.path / "derived" / artefact)
    (workspace.path / MANIFEST).write_text(json.dumps({**manifest, "samples": "samples-once"}), encoding="utf-8")
    return open_workspace(workspace.path)


def test_a_workspace_with_its_signals_in_the_sample_table_opens_and_shows_them(
    workspace: Workspace, built: Workspace
) -> None:
    once = _as_once(workspace)
    pd.testing.assert_frame_equal(once.samples, built.samples)
    assert [signal.name for signal in signals_of(once)] == list(built.manifest.signals)
    assert View(once).images.colourings(None, [])["neighbor_distance"] == titles()["neighbor_distance"]
    now = compute_signals(once)
    assert set(now.manifest.signals) > set(built.manifest.signals)
    pd.testing.assert_frame_equal(now.samples[built.samples.columns], built.samples)
