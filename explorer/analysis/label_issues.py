"""Label errors: several votes on which class each sample should have, and one rank of how likely its label is wrong."""

from __future__ import annotations

import warnings
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from explorer.data.records import Float32  # noqa: TC001 - NamedTuple fields are evaluated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from explorer.data.records import Bool, Int64, Neighbors

FOLDS, ASSIGNMENTS = 10, 5
"""Of the probe on few samples; on many ones fold assignments hardly differ, and one of half as many folds does."""

_FEW = 2e7  # samples times width times classes
_SMALL = 1e8  # below which several threads hinder each other
_WORK = 1e13  # multiplications that the fits of one probe may take
_LEARNED_FROM = 40_000  # samples that one fit learns from at most
_ITERATIONS = 15, 100
_BLOCK = 8192
_LEAST = 2  # samples of a class: with one alone nothing else says how its class looks
_TAU = 5.0
_TINY = 1e-6


class Vote(NamedTuple):
    """What one way of looking says of the classes of n samples.

    Attributes:
        support: float32 (n, classes), a distribution over the classes for each; NaN where it says nothing.
        doubt: float32 (n,), 0..1: above a half where another class than the given one is preferred; NaN as above.
    """

    support: Float32
    doubt: Float32


class LabelIssues(NamedTuple):
    """How likely each of n labels is wrong.

    Attributes:
        score: float64 (n,), 0..1, the mean of its ranks in the votes: higher is more likely wrong.
        suggested: int64 (n,), the class that would be right if the given one is wrong.
        votes: the doubt of each vote by its name.
        suspects: how many labels are wrong, as cleanlab estimates it from the mean of the votes.
    """

    score: NDArray[np.float64]
    suggested: Int64
    votes: dict[str, Float32]
    suspects: int


def judged_classes(codes: Int64, classes: int) -> Bool:
    """Classes with enough samples to know how they look, bool (classes,)."""
    return np.asarray(np.bincount(codes, minlength=classes) >= _LEAST, np.bool_)


def combined(votes: Iterable[tuple[str, Vote]], codes: Int64, classes: int) -> LabelIssues:
    """Join votes on n samples with given classes `codes`, int64 (n,), by the mean of their ranks."""
    from scipy.stats import rankdata

    n = len(codes)
    doubts: dict[str, Float32] = {}
    ranks, heard = np.zeros(n), np.zeros(n)
    support = np.zeros((n, classes), np.float32)
    for name, vote in votes:
        known = np.isfinite(vote.doubt)
        ranks[known] += (rankdata(vote.doubt[known]) - 0.5) / max(1, known.sum())
        heard += known
        support[known] += vote.support[known]
        doubts[name] = vote.doubt
    score = ranks / np.maximum(heard, 1)
    support /= np.maximum(heard, 1)[:, None]
    return LabelIssues(score, _best_other(support, codes)[0], doubts, _suspects(support[heard > 0], codes[heard > 0]))


def _suspects(support: Float32, codes: Int64) -> int:
    """The number of wrong labels, by cleanlab's confident joint (Northcutt, Jiang and Chuang 2021)."""
    from cleanlab.count import num_label_issues

    used, dense = np.unique(codes, return_inverse=True)
    if len(used) < _LEAST:
        return 0
    seen = support[:, used].astype(np.float64) + 1e-12
    return int(num_label_issues(dense, seen / seen.sum(axis=1, keepdims=True)))


def _best_other(support: Float32, codes: Int64) -> tuple[Int64, Float32]:
    """The most supported class besides the given one, int64 (n,), and its support, float32 (n,)."""
    rows = np.arange(len(codes))
    others = support.copy()
    others[rows, codes] = -np.inf
    best = others.argmax(axis=1).astype(np.int64)
    return best, others[rows, best]


def _vote(support: Float32, codes: Int64, silent: Bool) -> Vote:
    """The vote of a distribution by its normalised margin; `silent`, bool (n,), where it says nothing."""
    own = support[np.arange(len(codes)), codes]
    doubt = (1 + _best_other(support, codes)[1] - own) / 2
    support[silent], doubt[silent] = np.nan, np.nan
    return Vote(support, doubt.astype(np.float32))


def probe(vectors: Float32, codes: Int64, classes: int, seed: int = 42) -> Vote:
    """What logistic regression on vectors says of samples that it was not fitted on.

    The mean over several assignments of samples to folds. On many samples each fit learns from some of them, in fewer
    iterations: time grows with the samples, not with their square.

    Args:
        vectors: float32 (n, d), unit rows; zero where one has none.
        codes: int64 (n,), the given classes.
        classes: how many there are.
        seed: of the folds.
    """
    from threadpoolctl import threadpool_limits

    enough = judged_classes(codes, classes)[codes] & vectors.any(axis=1)
    rows = np.flatnonzero(enough)
    size = len(rows) * vectors.shape[1] * classes
    folds, assignments = (FOLDS, ASSIGNMENTS) if size <= _FEW else (FOLDS // 2, 1)
    support = np.zeros((len(codes), classes), np.float32)
    if len(np.unique(codes[rows])) >= _LEAST:
        with threadpool_limits(1) if size <= _SMALL else nullcontext():
            for learn, test in _folds(codes[rows], folds, assignments, seed):
                fitted = _fit(vectors[rows[learn]], codes[rows[learn]], folds * assignments)
                support[np.ix_(rows[test], fitted.classes_)] += fitted.predict_proba(vectors[rows[test]]) / assignments
    return _vote(support, codes, ~enough)


def _folds(codes: Int64, folds: int, assignments: int, seed: int) -> Iterator[tuple[Int64, Int64]]:
    """Rows to learn from and rows to judge, each class spread evenly over the folds."""
    chance = np.random.default_rng(seed)
    for _ in range(assignments):
        mixed = chance.permutation(len(codes))
        fold = np.empty(len(codes), np.int64)
        fold[mixed[np.argsort(codes[mixed], kind="stable")]] = np.arange(len(codes)) % folds
        for each in range(min(folds, len(codes))):
            learn = np.flatnonzero(fold != each)
            if len(learn) > _LEARNED_FROM:
                learn = np.sort(chance.choice(learn, _LEARNED_FROM, replace=False))
            yield learn, np.flatnonzero(fold == each)


def _fit(vectors: Float32, codes: Int64, fits: int) -> Any:  # noqa: ANN401 - scikit-learn ships no types
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    once = 4 * vectors.size * len(np.unique(codes))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # stopping early is meant where there is much to do
        return LogisticRegression(max_iter=int(np.clip(_WORK / fits / once, *_ITERATIONS))).fit(vectors, codes)


def neighbors(graph: Neighbors, labels: Int64, classes: int) -> Vote:
    """What the labels of neighbours, weighted by their similarity, say of the labelled points, in their order.

    Args:
        graph: neighbours of all n points.
        labels: int64 (n,), the class of each point, -1 where it has none.
        classes: how many there are.
    """
    codes = labels[labels >= 0]
    share = _weighted(graph, labels, classes, np.ones(len(labels), np.float32))[labels >= 0]
    return _vote(share, codes, ~(judged_classes(codes, classes)[codes] & share.any(axis=1)))


def _weighted(graph: Neighbors, labels: Int64, classes: int, weights: Float32) -> Float32:
    """The share of each class among neighbours by similarity times weight, float32 (n, classes)."""
    n = len(labels)
    share = np.zeros((n, classes), np.float32)
    for start in range(0, n, _BLOCK):
        rows = slice(start, start + _BLOCK)
        near, similarity = np.asarray(graph.indices[rows]), np.maximum(np.asarray(graph.similarities[rows]), 0)
        here, which = np.nonzero(labels[near] >= 0)
        there = near[here, which]
        counted = np.bincount(
            here * classes + labels[there], similarity[here, which] * weights[there], minlength=len(near) * classes
        )
        share[rows] = counted.reshape(len(near), classes)
    return np.asarray(share / np.maximum(share.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny), np.float32)


def text(vectors: Float32, graph: Neighbors, labels: Int64, words: Float32) -> Vote:
    """How well the words of each class fit an image, the words of its neighbours, and the other images of the class.

    After LEMoN (Zhang et al., ICML 2025): the distance between image and text, between the text and those of the
    image's neighbours, and between the image and those of the text's neighbours, which are the images of the class;
    what itself does not fit its text counts less. Each distance in units of its own spread.

    Args:
        vectors: float32 (n, d), unit rows of all points; zero where one has none.
        graph: their neighbours.
        labels: int64 (n,), the class of each, -1 where it has none.
        words: float32 (classes, d), unit rows: the text of each class.
    """
    known, classes = labels >= 0, len(words)
    codes, images = labels[known], np.asarray(vectors[known])
    fits = images @ words.T
    own = fits[np.arange(len(codes)), codes]
    trust = np.zeros(len(labels), np.float32)
    trust[known] = np.exp(_TAU * (own - own.max(initial=-1)))
    told = _weighted(graph, labels, classes, trust)[known] @ (words @ words.T)
    shown = _class_similarity(images, codes, classes, trust[known])
    total = np.add.reduce([each / max(float(each.std()), _TINY) for each in (fits, told, shown)])
    likely = np.exp(total - total.max(axis=1, keepdims=True), dtype=np.float32)
    return _vote(likely / likely.sum(axis=1, keepdims=True), codes, ~np.asarray(images.any(axis=1), np.bool_))


def _class_similarity(images: Float32, codes: Int64, classes: int, weights: Float32) -> Float32:
    """The weighted mean cosine of each image to the other images of each class, float32 (n, classes)."""
    sums = np.zeros((classes, images.shape[1]), np.float32)
    np.add.at(sums, codes, images * weights[:, None])
    total = np.bincount(codes, weights, minlength=classes).astype(np.float32)
    similarity, rows = images @ sums.T, np.arange(len(codes))
    similarity[rows, codes] -= weights * (images**2).sum(axis=1)
    counted = np.broadcast_to(total, similarity.shape).copy()
    counted[rows, codes] -= weights
    return np.asarray(similarity / np.maximum(counted, _TINY), np.float32)


def confident(probabilities: Float32, codes: Int64) -> Vote:
    """Confident learning on the class probabilities of a model, by cleanlab (Northcutt, Jiang and Chuang 2021).

    The normalised margin of probabilities that are adjusted by how sure the model is of each class on average.

    Args:
        probabilities: (n, classes); rows of NaN where the model said nothing.
        codes: int64 (n,), the given classes; a class that the model does not know has a column of NaN.
    """
    from cleanlab.rank import get_label_quality_scores

    knows: Bool = ~np.asarray(np.isnan(probabilities).all(axis=0), np.bool_)
    support = np.nan_to_num(probabilities).astype(np.float32)
    support /= np.maximum(support.sum(axis=1, keepdims=True), _TINY)
    heard = np.asarray(knows[codes] & (np.nan_to_num(probabilities).sum(axis=1) > 0), np.bool_)
    vote = _vote(support, codes, ~heard)
    said: Bool = np.asarray(np.isfinite(vote.doubt), np.bool_)
    used, dense = np.unique(codes[said], return_inverse=True)
    if len(used) >= _LEAST:
        seen = support[np.ix_(said, used)].astype(np.float64) + 1e-12
        seen /= seen.sum(axis=1, keepdims=True)
        quality = get_label_quality_scores(dense, seen, method="normalized_margin", adjust_pred_probs=True)
        vote.doubt[said] = 1 - quality
    return vote
