"""Copies: the same image twice, and images that hardly differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from explorer.data.records import Int64  # noqa: TC001 - NamedTuple fields are evaluated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from explorer.data.records import Float32, Neighbors

NEAR = 0.13
"""Images are near copies when their distance is below this share of the median distance to a nearest neighbour."""

_SAME = 1e-6
_ALIKE = 1e-4
"""Distance of vectors within which two images may have the same pixels: encoders round."""

_MOST = 1000
"""Images of one group at most; further ones begin another."""


class Copies(NamedTuple):
    """Images that are copies of each other: each pair is at least as similar as the threshold.

    Attributes:
        rows: int64 (m,), ascending.
        kind: `exact` where all have the same content, else `near`.
        similarity: cosine of the least similar pair.
    """

    rows: Int64
    kind: Literal["exact", "near"]
    similarity: float


def nearest_apart(graph: Neighbors) -> float:
    """The median distance of an image to its nearest neighbour that is not the same; 0 where there is none."""
    nearest = 1 - graph.similarities[:, 0].astype(np.float64) if graph.k else np.empty(0)
    apart = nearest[nearest > _SAME]
    return float(np.median(apart)) if len(apart) else 0.0


def near_threshold(graph: Neighbors) -> float:
    """From which cosine similarity on two images are near copies, by default; thresholds of one model fit no other."""
    return 1 - max(_SAME, NEAR * nearest_apart(graph))


def may_be_same(graph: Neighbors, digests: Sequence[str], sizes: Int64) -> Int64:
    """Rows of images that may have the same pixels as another one in a file of its own, ascending.

    Args:
        graph: neighbours of the n images.
        digests: the checksum of each image's file.
        sizes: int64 (n, 2), width and height in pixels.
    """
    pairs = np.array([*_pairs(graph, 1 - _ALIKE)], np.int64).reshape(-1, 2)
    first, second = pairs.T
    pairs = pairs[(sizes[first] == sizes[second]).all(axis=1)]
    differ = np.array([digests[one] != digests[other] for one, other in pairs], np.bool_)
    return np.unique(pairs[differ])


def copies(graph: Neighbors, vectors: Float32, contents: Sequence[str], threshold: float | None = None) -> list[Copies]:
    """Group the images that are copies, the largest groups first; chains do not grow into one group.

    Groups are joined by complete linkage, the most similar neighbours first: two become one only where every image of
    one is similar enough to every image of the other.

    Args:
        graph: neighbours of the n images.
        vectors: float32 (n, d), unit rows; zero where an image has none, which has no copies but exact ones.
        contents: what is the same for images that are exactly the same, such as a checksum of their pixels.
        threshold: cosine similarity from which on two are copies; see `near_threshold`.
    """
    least = near_threshold(graph) if threshold is None else threshold
    group = _same(contents)
    members: dict[int, list[int]] = {}
    for row, of in enumerate(group):
        members.setdefault(of, []).append(row)
    apart: set[tuple[int, int]] = set()  # groups only grow, so what is too far stays so
    for first, second in _pairs(graph, least):
        a, b = group[first], group[second]
        if a == b or (a, b) in apart or len(members[a]) + len(members[b]) > _MOST:
            continue
        if (vectors[members[a]] @ vectors[members[b]].T).min() < least:
            apart |= {(a, b), (b, a)}
            continue
        for row in members[b]:
            group[row] = a
        members[a] += members.pop(b)
    found = [_group(np.array(sorted(rows)), vectors, contents) for rows in members.values() if len(rows) > 1]
    return sorted(found, key=lambda one: (-len(one.rows), int(one.rows[0])))


def _same(contents: Sequence[str]) -> list[int]:
    """The first row that has the same content, by row."""
    first: dict[str, int] = {}
    return [first.setdefault(content, row) for row, content in enumerate(contents)]


def _pairs(graph: Neighbors, least: float) -> Iterator[tuple[int, int]]:
    """Neighbours that are similar enough, each pair once, the most similar first."""
    here, which = np.nonzero(np.asarray(graph.similarities) >= least)
    there, similarity = np.asarray(graph.indices)[here, which], np.asarray(graph.similarities)[here, which]
    low, high = np.minimum(here, there), np.maximum(here, there)
    order = np.lexsort((high, low, -similarity))
    _, first = np.unique(np.stack([low, high], axis=1)[order], axis=0, return_index=True)
    for i in order[np.sort(first)]:
        yield int(low[i]), int(high[i])


def _group(rows: Int64, vectors: Float32, contents: Sequence[str]) -> Copies:
    if len({contents[row] for row in rows}) == 1:
        return Copies(rows, "exact", 1.0)
    held = np.asarray(vectors[rows])
    return Copies(rows, "near", float(np.clip((held @ held.T).min(), -1, 1)))
