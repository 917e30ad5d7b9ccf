"""Which stored subsets new points belong to, as their detectors say."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.errors import SubsetError
from explorer.subsets.similarity import is_duplicate, nearness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.data.records import Bool, Float32
    from explorer.subsets.detector import Detector


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
