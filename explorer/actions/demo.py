"""The demo: sample data with the small CLIP that comes along, used for nothing else."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from explorer._version import __version__
from explorer.data.engines import EXACT
from explorer.errors import SourceError, WorkspaceError
from explorer.store.derived.manifest import damaged_files, read_manifest
from explorer.store.paths import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from explorer.data.records import OnProgress
    from explorer.store.workspace import Workspace

MODEL = "model"
FASHION, SCENES = Path("fashion", "labels.csv"), Path("scenes", "instances.json")
"""What is built, below the sample data."""

REVIEW = Path("fashion", "review")
"""The review of the first one, below the sample data."""


def sample_data() -> Path:
    """Where the sample data lies: inside the installed package, or beside it in a checkout.

    Raises:
        SourceError: it is in neither place.
    """
    package = Path(str(files("explorer")))
    for folder in (package / "sample_data", package.parent / "sample_data"):
        if (folder / FASHION).exists():
            return folder
    raise SourceError(
        f"Expected the sample data in {package / 'sample_data'}, found none. Install edgecase-explorer again."
    )


def is_built(workspace: Path, source: Path) -> bool:
    """Whether a workspace is the whole build of a sample, made after its files and this program were.

    Decided as `make` does, by the files' times, so that a demo that was built before opens at once.

    Args:
        workspace: its folder.
        source: `FASHION` or `SCENES`.
    """
    data = sample_data()
    try:
        manifest = read_manifest(workspace)
        made = (workspace / MANIFEST).stat().st_mtime
    except WorkspaceError:
        return False
    said = (manifest.source, manifest.version, manifest.unfinished)
    if said != (str((data / source).resolve()), __version__, False):
        return False
    read = (data / source.parent, data / MODEL, Path(str(files("explorer"))))
    return all(time < made for folder in read for time in _times(folder)) and not damaged_files(workspace, manifest)


def _times(folder: Path) -> Iterator[float]:
    """When each file below a folder was last changed; seconds."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _times(Path(entry.path))
            elif not entry.name.endswith(".pyc"):
                yield entry.stat().st_mtime


def demo_command(workspace: Path, *, detection: bool = False) -> list[str]:
    """Arguments of the `edgecase` command that builds a sample, and does not open it."""
    data = sample_data()
    source = data / (SCENES if detection else FASHION)
    models = ("v1", "v2")
    files = [f"detections_{model}.json" if detection else "probabilities.parquet" for model in models]
    said = [f"--predictions={model}={source.parent / file}" for model, file in zip(models, files, strict=True)]
    named = ["--name", "Detection demo" if detection else "Fashion demo"]
    beside = [] if detection else ["--review", str(data / REVIEW)]
    options = ["--workspace", str(workspace), *said, "--pretrained", str(data / MODEL), *named, *beside]
    return ["build", str(source), *options]


def build_detection_demo(workspace: Path, on_progress: OnProgress | None = None) -> Workspace:
    """Build the scenes sample: boxes of ground truth and of two detectors, each with its own map."""
    from explorer.actions.build import build

    data = sample_data()
    return build(
        data / SCENES,
        workspace,
        predictions={name: data / SCENES.parent / f"detections_{name}.json" for name in ("v1", "v2")},
        pretrained=str(data / MODEL),
        engine=EXACT,  # the same figures on every machine
        name="Detection demo",
        on_progress=on_progress,
    )


def build_demo(workspace: Path, on_progress: OnProgress | None = None) -> Workspace:
    """Build the fashion sample: 1,500 images, two models, all three maps."""
    from explorer.actions.build import build

    data = sample_data()
    return build(
        data / FASHION,
        workspace,
        predictions=dict.fromkeys(("v1", "v2"), data / FASHION.parent / "probabilities.parquet"),
        pretrained=str(data / MODEL),
        engine=EXACT,  # the same figures on every machine
        name="Fashion demo",
        on_progress=on_progress,
    )
