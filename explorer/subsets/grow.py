"""Growing a subset: which other points are most like its members, and unlike what was rejected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from explorer.neighbors import search
from explorer.records import Float32, Int64  # noqa: TC001 - NamedTuple fields are evaluated

if TYPE_CHECKING:
    from collections.abc import Sequence

POOL = 200
"""Neighbours fetched per member before ranking."""

NEAREST = 3
"""How many of the nearest members (and rejected points) a candidate is compared with."""


class Candidates(NamedTuple):
    """Ranked candidates.

    Attributes:
        rows: int64 (m,), best first.
        similarities: float32 (m,), mean cosine to the nearest members.
        scores: float32 (m,), what they are ranked by.
    """

    rows: Int64
    similarities: Float32
    scores: Float32


def candidates(
    index: Any,  # noqa: ANN401 - faiss ships no types
    vectors: Float32,
    members: Sequence[int],
    rejected: Sequence[int] = (),
    *,
    k: int = 50,
) -> Candidates:
    """Rank the points most like a subset, in the original space.

    A candidate scores its mean similarity to the `NEAREST` closest members, minus its mean similarity to the
    closest rejected points where those are closer still, so that one rejection pushes down all that looks
    like it at once. Members may lie in several clusters: nothing is averaged over the whole subset.

    Args:
        index: FAISS index of `vectors`.
        vectors: float32 (n, d), unit rows.
        members: rows of the subset.
        rejected: rows the person said no to.
        k: how many candidates to give.

    Returns:
        At most k candidates, none of them a member or rejected.
    """
    pool = _pool(index, vectors, members, rejected)
    if not len(pool):
        return Candidates(pool, np.empty(0, np.float32), np.empty(0, np.float32))
    near = _nearness(vectors[pool], vectors[list(members)])
    scores = near
    if rejected:
        far = _nearness(vectors[pool], vectors[list(rejected)])
        scores = near - np.maximum(0.0, far - near) - 0.5 * np.maximum(0.0, far)
    best = np.argsort(-scores, kind="stable")[:k]
    return Candidates(pool[best], near[best], scores[best])


def _pool(index: Any, vectors: Float32, members: Sequence[int], rejected: Sequence[int]) -> Int64:  # noqa: ANN401
    """Neighbours of any member, without the members and the rejected."""
    if not members:
        return np.empty(0, np.int64)
    found, _ = search(index, vectors[list(members)], POOL + len(rejected))
    known = np.fromiter((*members, *rejected), np.int64)
    return np.setdiff1d(found[found >= 0], known)


def _nearness(queries: Float32, references: Float32) -> Float32:
    """Mean cosine of each query (q,) to its `NEAREST` closest references."""
    similarity = queries @ references.T
    m = min(NEAREST, similarity.shape[1])
    nearest = np.partition(similarity, -m, axis=1)[:, -m:]
    return np.asarray(nearest.mean(axis=1), np.float32)
