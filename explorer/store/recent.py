"""The workspaces that were built or opened last, in the user's configuration folder."""

from __future__ import annotations

import io
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from explorer.data.untrusted import MALFORMED
from explorer.errors import WorkspaceError
from explorer.store.derived.artefacts import write_json
from explorer.store.derived.manifest import read_manifest
from explorer.store.paths import MANIFEST, WorkspacePaths

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from explorer.data.records import Float32
    from explorer.store.derived.manifest import Manifest

CONFIG = "EDGECASE_CONFIG"
"""Environment variable that names another folder for the configuration."""

_MOST = 30
_SIDE = 160
"""Pixels of a picture's longer side."""

_FEW, _MANY = 500, 10_000
"""Points below which dots have a radius of two pixels, and of one."""

_EDGE = 2
"""Pixels around the outermost points."""

_INK = (79, 109, 214)


@dataclass(frozen=True)
class Recent:
    """A workspace that was opened before.

    Attributes:
        path: its folder.
        name: what it is called on screen.
        images: how many it has; 0 before it is built.
        built_at: UTC time of its build, ISO 8601; empty before it is built.
        picture: a small PNG of its image map, on nothing, to be shown on light and on dark; empty before it is built.
    """

    path: Path
    name: str
    images: int
    built_at: str
    picture: bytes


def recent() -> list[Recent]:
    """The workspaces that were opened, the last first, also those still being built; not those that are gone."""
    return [found for path in noted() if (found := described(path))]


def noted() -> list[Path]:
    """The folders of the workspaces that were opened, the last first, also of those that are gone."""
    try:
        paths = json.loads(_file().read_text("utf-8"))["workspaces"]
        return [Path(path) for path in paths if isinstance(path, str)]
    except MALFORMED:
        return []


def note(workspace: Path) -> None:
    """Remember that a workspace was built or opened; where that cannot be written, nothing is remembered."""
    opened = str(workspace.resolve())
    _change(lambda paths: [opened, *(path for path in paths if path != opened)][:_MOST])


def forget(workspace: Path) -> None:
    """Take a workspace off the list; the workspace itself stays."""
    gone = str(workspace.resolve())
    _change(lambda paths: [path for path in paths if path != gone])


def described(path: Path) -> Recent | None:
    """A workspace as the list shows it; None where it is gone, or nothing was ever started in it."""
    if not (path / MANIFEST).exists():
        return Recent(path, path.name, 0, "", b"") if WorkspacePaths(path).job.is_dir() else None
    try:
        manifest = read_manifest(path)
        xy = np.load(_layout(path, manifest), mmap_mode="r", allow_pickle=False)
        return Recent(path, manifest.name, len(xy), manifest.built_at, _picture(path, manifest, xy))
    except (WorkspaceError, *MALFORMED):
        return None


def _layout(path: Path, manifest: Manifest) -> Path:
    return WorkspacePaths(path).derived / manifest.spaces["image"] / "layout.npy"


def _picture(path: Path, manifest: Manifest, xy: Float32) -> bytes:
    """The picture of a map, drawn once and kept beside the thumbnails."""
    kept = WorkspacePaths(path).thumbnails / f"map-{manifest.spaces['image']}.png"
    try:
        return kept.read_bytes()
    except OSError:
        drawn = draw(xy)
    try:
        kept.parent.mkdir(exist_ok=True)
        kept.write_bytes(drawn)
    except OSError:
        return drawn  # a workspace that may only be read
    return drawn


def draw(xy: Float32) -> bytes:
    """A small PNG of a map: the denser, the stronger."""
    from PIL import Image

    points = np.asarray(xy, np.float64)
    counts = np.zeros((_SIDE, _SIDE))
    if len(points):
        low, high = points.min(axis=0), points.max(axis=0)
        span = max(float((high - low).max()), 1e-9)
        cells = np.rint(((points - (low + high) / 2) / span + 0.5) * (_SIDE - 1 - 2 * _EDGE) + _EDGE).astype(np.int64)
        np.add.at(counts, (_SIDE - 1 - cells[:, 1], cells[:, 0]), 1)
    many = np.percentile(counts[counts > 0], 95) if len(points) else 1.0
    strength = np.where(counts > 0, 90 + 165 * np.minimum(counts / many, 1), 0)
    strength = _spread(strength, 2 if len(xy) < _FEW else 1 if len(xy) < _MANY else 0)
    pixels = np.empty((_SIDE, _SIDE, 4), np.uint8)
    pixels[..., :3], pixels[..., 3] = _INK, strength.astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels, "RGBA").save(buffer, "PNG")
    return buffer.getvalue()


def _spread(strength: NDArray[np.float64], radius: int) -> NDArray[np.float64]:
    """Dots of more than a pixel, so that a few points can be seen too."""
    steps = range(-radius, radius + 1)
    discs = [(down, right) for down in steps for right in steps if down**2 + right**2 <= radius**2]
    spread: NDArray[np.float64] = np.maximum.reduce([np.roll(strength, step, axis=(0, 1)) for step in discs])
    return spread


def _file() -> Path:
    import platformdirs

    folder = os.environ.get(CONFIG) or platformdirs.user_config_dir("edgecase-explorer", appauthor=False)
    return Path(folder) / "recent.json"


def _change(change: Callable[[list[str]], list[str]]) -> None:
    """Change the list, one process after the other."""
    from filelock import FileLock

    try:
        _file().parent.mkdir(parents=True, exist_ok=True)
        with FileLock(_file().with_suffix(".lock")):
            write_json(_file(), {"workspaces": change([str(path) for path in noted()])})
    except OSError:
        return
