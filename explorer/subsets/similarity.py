"""What makes a point like some and unlike others: the score behind growing a subset and recognising it.

Points are compared in the original space, whitened: directions in which all images vary much (what is shown) are
shrunk to the size of those in which few do (how it is shown), as in linear discriminants with a shared background
(Hariharan et al. 2012, "Discriminative decorrelation for clustering and classification"). There a kernel ridge
regression learns 1 for positives, -1 for negatives and 0 far from both, in closed form over the decided points only.
Its settings were chosen on Fashion-MNIST with planted conditions: see `benchmarks/grow.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from explorer.data.records import Bool, Float32, Int64

WIDTH = 128
"""Principal directions kept: enough for CLIP, and a million whitened points take 0.5 GB."""

SHRINKAGE = 0.1
"""Share of the mean variance added to each direction before whitening, so that noise is not blown up."""

SHARPNESS = 8.0
"""How fast similarity falls with the angle: exp(SHARPNESS * (cosine - 1))."""

NOISE = 1.0
"""Ridge of the regression: how far a single decision is trusted."""

NEAREST = 3
"""How many of the nearest members the similarity shown is averaged over."""

SAMPLE = 10_000
"""Points from which the background is learnt."""

FEW = 100
"""Points below which a background would say more about the subset than about what is ordinary."""

MOST = 500
"""Positives, and negatives, that are learnt from at most: a seeded sample stands for larger sets."""

_BLOCK = 65_536

_SAME = 1e-5
"""Cosine distance that embedding the same image again stays below."""


@dataclass(frozen=True)
class Whitening:
    """What is ordinary in a set of vectors, and the map to a space in which it varies equally.

    Attributes:
        mean: float32 (d,).
        matrix: float32 (d, r).
    """

    mean: Float32
    matrix: Float32

    @classmethod
    def of(cls, vectors: Float32, *, seed: int = 0) -> Whitening:
        """Learn it from float32 (n, d) vectors, or a seeded sample of `SAMPLE` of them; fewer than `FEW` stay as is."""
        n, d = vectors.shape
        if n < FEW:
            return cls(np.zeros(d, np.float32), np.eye(d, dtype=np.float32))
        sample = vectors[spread(n, SAMPLE, seed)]
        mean = sample.mean(axis=0)
        covariance = np.asarray((sample - mean).T @ (sample - mean), np.float64) / len(sample)
        values, directions = np.linalg.eigh(covariance)
        values, directions = values[-WIDTH:], directions[:, -WIDTH:]
        smoothed = np.maximum(values, 0) + SHRINKAGE * np.trace(covariance) / d + 1e-12
        return cls(mean, np.asarray(directions / np.sqrt(smoothed), np.float32))

    def __call__(self, vectors: Float32) -> Float32:
        """Whiten float32 (n, d) vectors: float32 (n, r), unit rows (zero where a vector is the mean)."""
        out = np.empty((len(vectors), self.matrix.shape[1]), np.float32)
        for start in range(0, len(vectors), _BLOCK):
            block = (vectors[start : start + _BLOCK] - self.mean) @ self.matrix
            out[start : start + _BLOCK] = block / np.maximum(np.linalg.norm(block, axis=1, keepdims=True), 1e-6)
        return out


def scores(whitened: Float32, positives: Float32, negatives: Float32) -> Float32:
    """Score points by how they resemble positives rather than negatives, float32 (n,); higher is more alike.

    Args:
        whitened: float32 (n, r), the points to score.
        positives: float32 (p, r), p at least 1.
        negatives: float32 (q, r).
    """
    positives, negatives = (some[spread(len(some), MOST)] for some in (positives, negatives))
    known = np.vstack([positives, negatives])
    target = np.repeat([1.0, -1.0], [len(positives), len(negatives)])
    ridge = _similarities(known, known) + NOISE * np.eye(len(known), dtype=np.float32)
    weights = np.linalg.solve(ridge, target).astype(np.float32)
    out = np.empty(len(whitened), np.float32)
    for start in range(0, len(out), _BLOCK):
        out[start : start + _BLOCK] = _similarities(whitened[start : start + _BLOCK], known) @ weights
    return out


def _similarities(points: Float32, others: Float32) -> Float32:
    """Kernel float32 (n, m): 1 for the same direction, falling with the angle."""
    cosine = points @ others.T
    cosine -= 1
    cosine *= SHARPNESS
    return np.asarray(np.exp(cosine, out=cosine), np.float32)


def nearness(points: Float32, members: Float32) -> Float32:
    """Mean cosine of each point (n, d) to its `NEAREST` closest members (m, d): float32 (n,)."""
    m = min(NEAREST, len(members))
    near = np.empty(len(points), np.float32)
    for rows in _blocks(points, members):
        near[rows] = np.partition(points[rows] @ members.T, -m, axis=1)[:, -m:].mean(axis=1)
    return np.clip(near, -1, 1)


def is_duplicate(points: Float32, members: Float32) -> Bool:
    """Which points (n, d) are of the very image of a member (m, d), embedded again: bool (n,)."""
    near = np.empty(len(points), np.float32)
    for rows in _blocks(points, members):
        near[rows] = (points[rows] @ members.T).max(axis=1, initial=-1.0)
    return np.asarray(near > 1.0 - _SAME, np.bool_)


def _blocks(points: Float32, members: Float32) -> Iterator[slice]:
    """Parts of the points that can be held against all members at once: 130 MB of cosines."""
    rows = max(1, _BLOCK * MOST // max(1, len(members)))
    return (slice(start, start + rows) for start in range(0, len(points), rows))


def spread(n: int, count: int, seed: int = 0) -> Int64:
    """A seeded sample of rows, in order; all of them where there are no more."""
    return np.arange(n) if n <= count else np.sort(np.random.default_rng(seed).choice(n, count, replace=False))
