"""The error-aware mixture of Domino: groups of points that look alike, have one label, and are taken for one class.

Eyuboglu et al. 2022, "Domino: Discovering Systematic Errors with Cross-Modal Embeddings".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explorer.data.records import Float32, Int64

    Float64 = NDArray[np.float64]

COMPONENTS, WEIGHT = 25, 10.0
"""Groups, and how much more label and answer count than in a plain mixture, as the paper has them."""

_STEPS = 50
_SETTLED = 1e-3
_LEAST_VARIANCE = 1e-4
_SMOOTHING = 1e-3


@dataclass(frozen=True)
class Mixture:
    """P(S) N(z | S) P(y | S)^g P(h | S)^g, z of a point's vector, y its label, h a model's answer.

    Attributes:
        size: float64 (s,), log P(S).
        means: float64 (s, d).
        variances: float64 (s, d), each component has a diagonal covariance.
        labels: float64 (s, k), P(y | S).
        answers: float64 (s, k), P(h | S).
        weight: g.
    """

    size: Float64
    means: Float64
    variances: Float64
    labels: Float64
    answers: Float64
    weight: float

    def likelihood(self, vectors: Float32, labels: Int64, answers: Int64 | None = None) -> Float64:
        """The log of each component's share, float64 (n, s), up to a constant; without the answer where it is None.

        Args:
            vectors: float32 (n, d).
            labels: int64 (n,).
            answers: int64 (n,).
        """
        inverse = 1 / self.variances
        log = vectors @ (self.means * inverse).T - (vectors**2) @ inverse.T / 2
        log += self.size - ((self.means**2 * inverse) + np.log(self.variances)).sum(axis=1) / 2
        log += self.weight * np.log(self.labels).T[labels]
        return log if answers is None else log + self.weight * np.log(self.answers).T[answers]


def fit(
    vectors: Float32,
    labels: Int64,
    answers: Int64,
    *,
    components: int = COMPONENTS,
    weight: float = WEIGHT,
    seed: int = 0,
) -> Mixture:
    """Fit the mixture by expectation and maximisation.

    It starts at the cells of the confusion matrix where there are no more than components, else at clusters.

    Args:
        vectors: float32 (n, d).
        labels: int64 (n,), from 0.
        answers: int64 (n,), from 0.
        components: how many groups; no more than points.
        weight: how much label and answer count.
        seed: of the start.
    """
    classes = int(max(labels.max(), answers.max())) + 1
    one_hot = np.eye(classes)
    share = _start(vectors, labels * classes + answers, classes**2, min(components, len(vectors)), seed)
    last = -np.inf
    for _ in range(_STEPS):
        fitted = _maximised(vectors, one_hot[labels], one_hot[answers], share, weight)
        log = fitted.likelihood(vectors, labels, answers)
        share, total = shares(log), float(np.logaddexp.reduce(log, axis=1).mean())
        if total - last < _SETTLED:
            break
        last = total
    return fitted


def _start(vectors: Float32, cells: Int64, many: int, components: int, seed: int) -> Float64:
    chance = np.random.default_rng(seed)
    if many <= components:
        repeated = np.arange(components) % many
        share = (repeated == cells[:, None]) * chance.uniform(0.5, 1, (len(vectors), components)) + 1e-3
    else:
        from sklearn.cluster import KMeans

        found = KMeans(components, n_init=1, random_state=seed).fit_predict(vectors)
        share = np.eye(components)[found] + 1e-3
    return np.asarray(share / share.sum(axis=1, keepdims=True), np.float64)


def _maximised(vectors: Float32, labels: Float64, answers: Float64, share: Float64, weight: float) -> Mixture:
    size = share.sum(axis=0) + 1e-9
    means = share.T @ vectors / size[:, None]
    variances = share.T @ (vectors**2) / size[:, None] - means**2
    of_labels, of_answers = (share.T @ each + _SMOOTHING for each in (labels, answers))
    return Mixture(
        np.log(size / size.sum()),
        means,
        np.maximum(variances, _LEAST_VARIANCE),
        of_labels / of_labels.sum(axis=1, keepdims=True),
        of_answers / of_answers.sum(axis=1, keepdims=True),
        weight,
    )


def shares(log: Float64) -> Float64:
    """The share of each component in each point, float64 (n, s), of what `Mixture.likelihood` gives."""
    share = np.exp(log - log.max(axis=1, keepdims=True))
    return np.asarray(share / share.sum(axis=1, keepdims=True), np.float64)
