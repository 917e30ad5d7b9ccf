"""Detectors in files: handed on and read again, without pickle."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.data.untrusted import MALFORMED, read_array, read_json
from explorer.errors import SubsetError
from explorer.stats.intervals import rate
from explorer.subsets.detector import Detector, false_alarm_rate
from explorer.subsets.similarity import Whitening

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.data.records import Float32

FORMAT = 2
_READ = (1, FORMAT)
"""Format 1 knew whole images only."""


def save(detector: Detector, folder: Path) -> None:
    """Write a detector into an existing folder: `detector.json` and one .npy file per array."""
    for name, array in _arrays(detector).items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    text = json.dumps(_about(detector), indent=2, ensure_ascii=False)
    (folder / "detector.json").write_text(text, encoding="utf-8")


def same(one: Detector, other: Detector) -> bool:
    """Whether two detectors are one and the same, so that nothing is lost where one takes the other's place."""
    left, right = _arrays(one), _arrays(other)
    return _about(one) == _about(other) and all(np.array_equal(left[name], right[name]) for name in left)


def load(folder: Path, where: str = "") -> Detector:
    """Read what `save` wrote.

    Args:
        folder: its folder.
        where: what to call it in a message.

    Raises:
        SubsetError: it is missing, damaged, or of another format.
    """
    try:
        about = read_json(folder / "detector.json")
        if about["format"] not in _READ:
            raise ValueError(f"format {about['format']!r} rather than {FORMAT}")
        margin = about.get("margin")
        detector = Detector(
            str(about["name"]),
            str(about["model"]),
            _read(folder, "members", 2),
            _read(folder, "rejected", 2),
            Whitening(_read(folder, "mean", 1), _read(folder, "matrix", 2)),
            _read(folder, "ordinary", 1),
            float(about["false_alarm"]),
            float(about["threshold"]),
            false_alarm_rate(*map(int, about["measured"])),
            rate(*map(int, about["recall"])),
            None if margin is None else float(margin),
        )
        _check_widths(detector)
    except MALFORMED as error:
        raise SubsetError(
            f"Expected a detector in {where or folder}, found one that cannot be read ({error}). Export the library "
            "again."
        ) from error
    return detector


def _about(detector: Detector) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "name": detector.name,
        "model": detector.model,
        "false_alarm": detector.false_alarm,
        "threshold": detector.threshold,
        "measured": [detector.measured.hits, detector.measured.n],
        "recall": [detector.recall.hits, detector.recall.n],
        "margin": detector.margin,
    }


def _arrays(detector: Detector) -> dict[str, Float32]:
    return {
        "members": detector.members,
        "rejected": detector.rejected,
        "mean": detector.background.mean,
        "matrix": detector.background.matrix,
        "ordinary": detector.ordinary,
    }


def _check_widths(detector: Detector) -> None:
    background = detector.background
    arrays = (detector.members, detector.rejected, background.mean[None], background.matrix.T)
    if len({array.shape[1] for array in arrays}) > 1 or not len(detector.members) or not len(detector.ordinary):
        raise ValueError("its arrays do not belong together")


def _read(folder: Path, name: str, dimensions: int) -> Float32:
    array = read_array(folder / f"{name}.npy")
    if array.dtype != np.float32 or array.ndim != dimensions or not np.isfinite(array).all():
        raise ValueError(f"{name}.npy is not {dimensions}-dimensional float32")
    return array
