"""The demo: sample data with the small CLIP that comes along, used for nothing else."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.errors import SourceError
from explorer.pipeline import build

if TYPE_CHECKING:
    from explorer.records import OnProgress
    from explorer.store.workspace import Workspace


def sample_data() -> Path:
    """Where the sample data lies: inside the installed package, or beside it in a checkout.

    Raises:
        SourceError: it is in neither place.
    """
    package = Path(str(files("explorer")))
    for folder in (package / "sample_data", package.parent / "sample_data"):
        if (folder / "fashion" / "labels.csv").exists():
            return folder
    raise SourceError(
        f"Expected the sample data in {package / 'sample_data'}, found none. Install edgecase-explorer again."
    )


def build_detection_demo(workspace: Path, on_progress: OnProgress | None = None) -> Workspace:
    """Build the scenes sample: boxes of ground truth and of two detectors, each with its own map."""
    folder = sample_data()
    scenes = folder / "scenes"
    return build(
        scenes / "instances.json",
        workspace,
        predictions={name: scenes / f"detections_{name}.json" for name in ("v1", "v2")},
        pretrained=str(folder / "model"),
        name="Detection demo",
        on_progress=on_progress,
    )


def build_demo(workspace: Path, on_progress: OnProgress | None = None) -> Workspace:
    """Build the fashion sample: 1,500 images, two models, all three maps."""
    folder = sample_data()
    return build(
        folder / "fashion" / "labels.csv",
        workspace,
        predictions=dict.fromkeys(("v1", "v2"), folder / "fashion" / "probabilities.parquet"),
        pretrained=str(folder / "model"),
        name="Fashion demo",
        on_progress=on_progress,
    )
