"""The edge-case library: stored detectors, what new images match, and handing them on without pickle."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.errors import SubsetError
from explorer.stats.intervals import rate
from explorer.subsets.detector import Detector, false_alarm_rate
from explorer.subsets.similarity import Whitening, is_duplicate, nearness

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from explorer.data.records import Bool, Float32

FORMAT = 2
_READ = (1, FORMAT)
"""Format 1 knew whole images only."""


class Match(NamedTuple):
    """A stored subset that a new image belongs to.

    Attributes:
        name: the subset.
        similarity: mean cosine to its nearest members.
        score: what was compared with the detector's threshold.
        p_value: the share of ordinary images that score as high, none for a copy of a member; comparable between
            detectors.
    """

    name: str
    similarity: float
    score: float
    p_value: float


def match(detectors: Sequence[Detector], vectors: Float32, *, model: str) -> list[list[Match]]:
    """Say which stored subsets each new image belongs to, the surest first.

    Args:
        detectors: the library.
        vectors: float32 (n, d), unit rows of the new images.
        model: key of the model that made them.

    Returns:
        For each image its matches; none for an ordinary one.

    Raises:
        SubsetError: a detector reads another model's vectors.
    """
    found: list[list[Match]] = [[] for _ in vectors]
    for detector in detectors:
        if (detector.model, detector.members.shape[1]) != (model, vectors.shape[1]):
            raise SubsetError(
                f"Expected vectors of {detector.model} for the subset {detector.name!r}, found those of {model}. "
                "Embed the new images with that model, or make the subset's detector again with this one."
            )
        score = detector.scores(vectors)
        copied = is_duplicate(vectors, detector.members)  # a member is one, whatever was learnt from all of them
        fired = np.flatnonzero((score > detector.threshold) | copied)
        matches = _matches(detector, vectors[fired], score[fired], copied[fired])
        for row, one in zip(fired.tolist(), matches, strict=True):
            found[row].append(one)
    return [sorted(each, key=surest_first) for each in found]


def surest_first(one: Match) -> tuple[float, float]:
    """Sort matches by how rarely ordinary images score as high, then by similarity."""
    return (one.p_value, -one.similarity)


def _matches(detector: Detector, vectors: Float32, score: Float32, copied: Bool) -> list[Match]:
    above = np.where(copied, 0, len(detector.ordinary) - np.searchsorted(detector.ordinary, score))
    p_value = (1 + above) / (1 + len(detector.ordinary))
    near = nearness(vectors, detector.members)
    return [
        Match(detector.name, round(float(n), 6), float(s), float(p))
        for n, s, p in zip(near, score, p_value, strict=True)
    ]


def save(detector: Detector, folder: Path) -> None:
    """Write a detector into an existing folder: `detector.json` and one .npy file per array."""
    for name, array in _arrays(detector).items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    about = {
        "format": FORMAT,
        "name": detector.name,
        "model": detector.model,
        "false_alarm": detector.false_alarm,
        "threshold": detector.threshold,
        "measured": [detector.measured.hits, detector.measured.n],
        "recall": [detector.recall.hits, detector.recall.n],
        "margin": detector.margin,
    }
    (folder / "detector.json").write_text(json.dumps(about, indent=2, ensure_ascii=False), encoding="utf-8")


def load(folder: Path) -> Detector:
    """Read what `save` wrote.

    Raises:
        SubsetError: it is missing, damaged, or of another format.
    """
    try:
        about = json.loads((folder / "detector.json").read_text("utf-8"))
        if about["format"] not in _READ:
            raise ValueError(f"format {about['format']!r} rather than {FORMAT}")  # noqa: TRY301 - said once, below
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
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SubsetError(
            f"Expected a detector in {folder}, found one that cannot be read ({error}). Export the library again."
        ) from error
    return detector


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
    try:
        array = np.load(folder / f"{name}.npy", allow_pickle=False)
    except (ValueError, EOFError):  # numpy's own words recommend unpickling
        raise ValueError(f"{name}.npy is no whole array") from None
    if array.dtype != np.float32 or array.ndim != dimensions or not np.isfinite(array).all():
        raise ValueError(f"{name}.npy is not {dimensions}-dimensional float32")
    return np.asarray(array)
