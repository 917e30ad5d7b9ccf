"""Slices that nobody named: found by their errors on one half of the points, told by those of the other half.

Whatever is picked by its errors looks worse than it is. Candidates are made of the errors of the first half alone;
whether a point of the second half belongs to one follows from its vector, label and columns, never from its error.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.analysis import mixture
from explorer.analysis.conjunctions import conjunctions
from explorer.analysis.segments import Judged, design_effect
from explorer.stats.intervals import Rate, rate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from explorer.data.columns import Categorical
    from explorer.data.records import Bool, Float32, Int64, Neighbors

    Float64 = NDArray[np.float64]

ALPHA = 0.02
"""The largest p of a slice that is reported: of 100 data sets without any, hardly ever more than five report one."""

LEAST = 10
"""Points that a slice has on each half at least."""

FITTED = 20_000
"""Points that the mixture is fitted to; of more so many are drawn, and all are assigned."""

WIDTH = 128
"""Principal components that it looks at, as the paper has it."""

_LEVELS = (0.8, 0.9, 0.95, 0.98)
_NEIGHBORS = 15
_REGIONS = 50
_OF_A_KIND = 8
_PROMISING = 2.0
_SAME = 0.5
_PERMUTATIONS = 999
_BLOCK = 100


class Examined(NamedTuple):
    """The n points among which slices are looked for.

    Attributes:
        vectors: float32 (n, d), unit rows; None where the points have none.
        graph: their neighbours; None where they have none.
        labels: int64 (n,), a number for the label of each, from 0.
        answers: int64 (n,), a number for what the model said, the label's where it was right.
        judged: on which it was right; points that were not judged are in no slice.
        columns: what they are told apart by beside their vectors, coded; none that follows from the error.
    """

    vectors: Float32 | None
    graph: Neighbors | None
    labels: Int64
    answers: Int64
    judged: Judged
    columns: Sequence[Categorical]


class Candidate(NamedTuple):
    """Points that may be a slice.

    Attributes:
        source: `mixture`, `region` or `conjunction`.
        mask: bool (n,).
        score: float64 (n,), how well each point belongs to it.
    """

    source: str
    mask: Bool
    score: Float64


@dataclass(frozen=True, eq=False)
class Slice:
    """A part of the points on which a model is worse than its labels explain.

    Attributes:
        source: what found it, see `Candidate`.
        rows: int64 (m,), those that show it best first: errors of the kind that it is made of, well inside.
        here: how often the model is right on it, on both halves: better told by `held_out`.
        held_out: the same on the half that it was not found on.
        elsewhere: how often the model is right there on points of the same labels outside of it, 0..1.
        p: how likely one of the candidates would stand out as much on that half if errors fell by label alone.
    """

    source: str
    rows: Int64
    here: Rate
    held_out: Rate
    elsewhere: float
    p: float

    def gain(self, n: int) -> float:
        """By how much the rate of all n points would rise at most if it were as good here as elsewhere; 0..1."""
        return max(0.0, self.elsewhere - self.held_out.value) * len(self.rows) / n


class _Half(NamedTuple):
    """The points of one half.

    Attributes:
        rows: int64 (m,), those that were judged.
        wrong: bool (m,).
        labels: int64 (m,).
        rate: float64 (k,), of errors by label.
    """

    rows: Int64
    wrong: Bool
    labels: Int64
    rate: Float64

    @classmethod
    def of(cls, examined: Examined, rows: Int64) -> _Half:
        wrong, labels = examined.judged.wrong[rows], examined.labels[rows]
        classes = int(examined.labels.max(initial=0)) + 1
        n = np.bincount(labels, minlength=classes)
        return cls(rows, wrong, labels, np.bincount(labels, wrong, classes) / np.maximum(n, 1))


class _Excess(NamedTuple):
    """Errors of candidates on a half, against those that their labels explain.

    Attributes:
        n: float64 (c,), points.
        wrong: float64 (c,), errors.
        expected: float64 (c,), errors, were they as frequent as on all points of the same labels.
        spread: float64 (c,), by how much errors vary by chance around that, a standard deviation.
    """

    n: Float64
    wrong: Float64
    expected: Float64
    spread: Float64

    @property
    def z(self) -> Float64:
        """Mantel and Haenszel's statistic."""
        return (self.wrong - self.expected) / self.spread

    @property
    def sure(self) -> Float64:
        """The excess of the error rate with the lower end of a 90% Wilson interval as the rate."""
        z2, n = 1.645**2, np.maximum(self.n, 1)
        share = self.wrong / n
        half = np.sqrt(z2 * share * (1 - share) / n + z2**2 / (4 * n * n))
        return (share + z2 / (2 * n) - half) / (1 + z2 / n) - self.expected / n


def slices(examined: Examined, *, alpha: float = ALPHA, seed: int = 0) -> list[Slice]:
    """Find slices, those first that are surely the worst.

    Candidates are components of an error-aware mixture (Domino), dense error regions of the neighbour graph (the
    manifold compactness of MCSD, arXiv 2501.19032) and conjunctions of columns (SliceLine). The best of each kind are
    tested on the other half against errors that are dealt out anew among points of the same label, and all that were
    tested count (Westfall and Young 1993): where errors follow labels alone, a share `alpha` of runs finds anything.

    Args:
        examined: the points.
        alpha: the largest p of what is given.
        seed: of the halves, of what the mixture is fitted to, and of the permutations.
    """
    chance = np.random.default_rng(seed)
    first, second = _halves(examined.judged, chance)
    if min(len(first), len(second)) < LEAST:
        return []
    found, other = _Half.of(examined, first), _Half.of(examined, second)
    kept = _promising(_candidates(examined, found, chance), found)
    if not kept:
        return []
    masks = np.stack([one.mask[second] for one in kept])
    excess = _excess(masks, other)
    p = _corrected(masks, excess, other, sqrt(design_effect(examined.judged)), chance)
    ranked = [i for i in np.argsort(-excess.sure, kind="stable") if p[i] <= alpha and excess.n[i] >= LEAST]
    chosen = _apart([masks[i] & other.wrong for i in ranked])
    return [_slice(kept[ranked[i]], float(p[ranked[i]]), examined, found, other) for i in chosen]


def _halves(judged: Judged, chance: np.random.Generator) -> tuple[Int64, Int64]:
    """Rows that were judged in two halves; points on one image are in the same."""
    is_first = chance.random(int(judged.images.max(initial=-1)) + 1) < 0.5  # noqa: PLR2004 - a half
    known = judged.total > 0
    return np.flatnonzero(known & is_first[judged.images]), np.flatnonzero(known & ~is_first[judged.images])


def _candidates(examined: Examined, half: _Half, chance: np.random.Generator) -> Iterator[Candidate]:
    if examined.vectors is not None and examined.vectors.shape[1]:
        yield from _components(examined, examined.vectors, half, chance)
    if examined.graph is not None and examined.graph.k:
        yield from _regions(examined.graph, half)
    of_half = [column.codes[half.rows] for column in examined.columns]
    for predicates in conjunctions(of_half, half.wrong, half.rate[half.labels], least=LEAST):
        mask = np.all([examined.columns[column].codes == value for column, value in predicates], axis=0)
        yield Candidate("conjunction", mask, mask.astype(np.float64))


def _components(examined: Examined, vectors: Float32, half: _Half, chance: np.random.Generator) -> Iterator[Candidate]:
    """What looks, and is labelled, as one group of the mixture does."""
    drawn = np.sort(chance.choice(half.rows, min(len(half.rows), FITTED), replace=False))
    z = _projected(vectors, drawn)
    fitted = mixture.fit(z[drawn], examined.labels[drawn], examined.answers[drawn], seed=int(chance.integers(2**31)))
    share = mixture.shares(fitted.likelihood(z, examined.labels))
    nearest = share.argmax(axis=1)
    for component in range(share.shape[1]):
        yield Candidate("mixture", nearest == component, share[:, component])


def _projected(vectors: Float32, drawn: Int64) -> Float32:
    """The principal components of all vectors, up to `WIDTH`, those of the drawn rows."""
    sample = np.asarray(vectors[drawn], np.float32)
    centre = sample.mean(axis=0)
    _, directions = np.linalg.eigh((sample - centre).T @ (sample - centre))
    directions = directions[:, ::-1][:, :WIDTH].astype(np.float32)
    return np.asarray(vectors @ directions - centre @ directions, np.float32)


def _regions(graph: Neighbors, half: _Half) -> Iterator[Candidate]:
    """Parts of the graph that hang together, in which errors of the half are denser than their labels explain."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    near = graph.indices[:, :_NEIGHBORS]
    n, k = near.shape
    residual, is_known = np.zeros(n), np.zeros(n)
    residual[half.rows], is_known[half.rows] = half.wrong - half.rate[half.labels], 1
    beside = residual[near].sum(axis=1) / (1 + is_known[near].sum(axis=1))
    density = (beside + beside[near].sum(axis=1)) / (1 + k)
    source = np.repeat(np.arange(n), k)
    for level in np.maximum(np.quantile(density, _LEVELS), 0):
        dense = density > level
        inside = dense[source] & dense[near.ravel()]
        edges = coo_array((np.ones(inside.sum()), (source[inside], near.ravel()[inside])), (n, n))
        _, region = connected_components(edges, directed=False)
        region = np.where(dense, region, -1)
        size = np.bincount(region[dense], minlength=1)
        for each in np.argsort(-size, kind="stable")[:_REGIONS]:
            if size[each] >= 2 * LEAST:
                yield Candidate("region", region == each, density)


def _promising(candidates: Iterator[Candidate], half: _Half) -> list[Candidate]:
    """The candidates of each kind with the most errors too many on the half, none of which are nearly the same."""
    by_source: dict[str, list[Candidate]] = {}
    for one in candidates:
        by_source.setdefault(one.source, []).append(one)
    kept = []
    for these in by_source.values():
        masks = np.stack([one.mask[half.rows] for one in these])
        excess = _excess(masks, half)
        ranked = np.argsort(-excess.z, kind="stable")
        ranked = ranked[(excess.n[ranked] >= LEAST) & (excess.z[ranked] > _PROMISING)]
        apart = _apart([masks[i] for i in ranked], most=_OF_A_KIND, jaccard=True)
        kept += [these[ranked[i]] for i in apart]
    return kept


def _apart(masks: Sequence[Bool], *, most: int | None = None, jaccard: bool = False) -> list[int]:
    """Which of several parts to keep, the first first, so that no two share half of what the smaller one has.

    Args:
        masks: bool (n,) each.
        most: how many at most.
        jaccard: half of what either has instead.
    """
    kept: list[int] = []
    for i, mask in enumerate(masks):
        size, others = mask.sum(), [masks[j] for j in kept]
        whole = [(one | mask).sum() if jaccard else min(size, one.sum()) for one in others]
        alone = all((one & mask).sum() < _SAME * of for one, of in zip(others, whole, strict=True))
        if size and alone and (most is None or len(kept) < most):
            kept.append(i)
    return kept


def _excess(masks: Bool, half: _Half) -> _Excess:
    """How many errors the rows of masks, bool (c, m) on the half's rows, have."""
    of_label = np.eye(len(half.rate), dtype=np.float32)[half.labels]
    inside = masks.astype(np.float32)
    here = np.asarray(inside @ of_label, np.float64)
    n = of_label.sum(axis=0, dtype=np.float64)
    variance = here * (n - here) * half.rate * (1 - half.rate) / np.maximum(n - 1, 1)
    spread = np.sqrt(np.maximum(variance.sum(axis=1), 1e-9))
    wrong = np.asarray(inside @ half.wrong.astype(np.float32), np.float64)
    return _Excess(here.sum(axis=1), wrong, np.asarray(here @ half.rate, np.float64), spread)


def _corrected(masks: Bool, excess: _Excess, half: _Half, effect: float, chance: np.random.Generator) -> Float64:
    """P of each candidate, (1 + #) / (1 + permutations) in which the one that stands out most does so as much."""
    inside, z = masks.astype(np.float32), excess.z / effect
    rows = [np.flatnonzero(half.labels == label) for label in range(len(half.rate))]
    wrong = [int(half.wrong[these].sum()) for these in rows]
    beyond = np.ones(len(masks))
    for start in range(0, _PERMUTATIONS, _BLOCK):
        dealt = np.zeros((len(half.rows), min(_BLOCK, _PERMUTATIONS - start)), np.float32)
        for each in dealt.T:
            for these, many in zip(rows, wrong, strict=True):
                each[chance.choice(these, many, replace=False)] = 1
        highest = ((inside @ dealt - excess.expected[:, None]) / excess.spread[:, None]).max(axis=0)
        beyond += (highest >= z[:, None] - 1e-9).sum(axis=1)
    return np.asarray(beyond / (1 + _PERMUTATIONS), np.float64)


def _slice(one: Candidate, p: float, examined: Examined, found: _Half, other: _Half) -> Slice:
    known = np.sort(np.concatenate([found.rows, other.rows]))
    rows = known[one.mask[known]]
    inside = one.mask[other.rows]
    return Slice(
        one.source,
        rows[np.argsort(-_typical(one, rows, examined, found), kind="stable")],
        _rate(examined, rows),
        _rate(examined, other.rows[inside]),
        _elsewhere(inside, other),
        p,
    )


def _rate(examined: Examined, rows: Int64) -> Rate:
    return rate(int(examined.judged.hits[rows].sum()), int(examined.judged.total[rows].sum()))


def _elsewhere(inside: Bool, half: _Half) -> float:
    """How often a model is right outside of a slice on the labels that it has, 0..1, each as often as there."""
    classes = len(half.rate)
    here, outside = (np.bincount(half.labels[rows], minlength=classes) for rows in (inside, ~inside))
    wrong = np.bincount(half.labels[~inside], half.wrong[~inside], classes)
    told = np.where(outside > 0, wrong / np.maximum(outside, 1), half.rate)
    return 1 - float(here @ told / here.sum())


def _typical(one: Candidate, rows: Int64, examined: Examined, half: _Half) -> Float64:
    """How well rows show what a slice is: errors, of the kind that it has most of, that lie well inside."""
    classes = int(max(examined.labels.max(), examined.answers.max())) + 1
    kind = examined.labels * classes + examined.answers
    errors = kind[half.rows[half.wrong & one.mask[half.rows]]]
    many = np.bincount(errors, minlength=classes**2)
    inside = one.score[rows].argsort(kind="stable").argsort(kind="stable") / (2 * len(rows))
    wrong = examined.judged.wrong[rows]
    return np.asarray(wrong * (1 + many[kind[rows]] / max(many.max(), 1)) + inside, np.float64)
