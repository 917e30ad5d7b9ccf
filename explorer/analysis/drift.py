"""Drift: whether two parts of the points differ, by how much, in which numbers, and where."""

from __future__ import annotations

from math import pi, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.data.columns import Numeric, Table
from explorer.stats.significance import benjamini_hochberg

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from explorer.data.records import Float32, Int64

AT_MOST = 1_000
"""Points of each part that are compared; of a larger part so many are drawn."""

ALPHA = 0.05
FOLDS = 5
PERMUTATIONS = 499

CLASSIFIER, MMD = "classifier", "mmd"

_SPREAD = 1 + 2 / pi
"""How much more the hits of a cross-validated linear classifier vary by chance than those of independent answers.

Two points of different folds each push the answer about the other one by its label, by the same weight w of all weights
W that make it: their hits have the correlation (2 / pi) w^2 / W^2, and over all other points w^2 / W^2 adds up to 1.
"""


class Difference(NamedTuple):
    """What a test says of two parts.

    Attributes:
        test: `CLASSIFIER` or `MMD`.
        statistic: how often the classifier tells which part a point is of, 0..1, one half by chance; or MMD squared.
        p: how likely chance alone would do as much, 0..1.
        n: points of each part that were compared.
    """

    test: str
    statistic: float
    p: float
    n: int


class Moved(NamedTuple):
    """A number column that lies otherwise in one part than in another.

    Attributes:
        signal: the name of the column.
        statistic: Kolmogorov and Smirnov's, 0..1, the largest distance of the two cumulative distributions.
        before: median of the one part.
        after: median of the other.
        p: two-sided, Benjamini-Hochberg adjusted over the columns tried.
    """

    signal: str
    statistic: float
    before: float
    after: float
    p: float


def drift(before: Float32, after: Float32, *, seed: int = 0) -> tuple[Difference, Difference]:
    """Test whether two sets of vectors are of one distribution: by a classifier, then by MMD.

    Without drift each says otherwise, at .05, of about one in twenty pairs. Points are taken for independent: copies
    that one part has of its own make it look more different than it is.

    Args:
        before: float32 (n, d), at least `FOLDS` rows.
        after: float32 (m, d), at least `FOLDS` rows.
        seed: of the points that are drawn, of the folds, and of the permutations.
    """
    from threadpoolctl import threadpool_limits

    chance = np.random.default_rng(seed)
    size = min(len(before), len(after), AT_MOST)
    drawn = [part[np.sort(chance.choice(len(part), size, replace=False))] for part in (before, after)]
    vectors = np.concatenate(drawn)
    with threadpool_limits(1):  # of so little work, threads would only wait for each other
        return _classifier(vectors, size, chance), _mmd(vectors, size, chance)


def _classifier(vectors: Float32, size: int, chance: np.random.Generator) -> Difference:
    """Classifier two-sample test (Lopez-Paz and Oquab 2017), logistic regression out of fold, as many of each part."""
    from scipy.stats import norm
    from sklearn.linear_model import LogisticRegression

    is_after = np.repeat([False, True], size)
    fold = np.concatenate([chance.permutation(size) % FOLDS for _ in range(2)])
    hits = 0
    for each in range(FOLDS):
        fitted = LogisticRegression(max_iter=200).fit(vectors[fold != each], is_after[fold != each])
        hits += int((fitted.predict(vectors[fold == each]) == is_after[fold == each]).sum())
    p = norm.sf((hits - size) / sqrt(size / 2 * _SPREAD))
    return Difference(CLASSIFIER, hits / (2 * size), float(p), size)


def _mmd(vectors: Float32, size: int, chance: np.random.Generator) -> Difference:
    """Maximum mean discrepancy (Gretton et al. 2012), unbiased, Gaussian kernel as wide as the median distance."""
    exact = vectors.astype(np.float64)
    length = (exact**2).sum(axis=1)
    distances = np.maximum(length[:, None] + length - 2 * exact @ exact.T, 0)
    kernel = np.exp(distances / (-2 * max(float(np.median(distances)), 1e-12)))
    np.fill_diagonal(kernel, 0)
    sign = np.repeat([1.0, -1.0], size)
    signs = np.stack([sign, *(chance.permutation(sign) for _ in range(PERMUTATIONS))], axis=1)
    together = np.einsum("ip,ip->p", signs, kernel @ signs)  # pairs within parts less pairs across
    total = kernel.sum()
    within, across = (total + together) / 2, (total - together) / 2
    squared = within / (size * (size - 1)) - across / size**2
    p = (1 + int((squared[1:] >= squared[0]).sum())) / (1 + PERMUTATIONS)
    return Difference(MMD, float(squared[0]), p, size)


def moved(table: Table, columns: Iterable[str], before: Int64, after: Int64) -> list[Moved]:
    """Find the number columns that differ between two parts, given by their rows, the largest difference first."""
    numbers = (column for name in columns if isinstance(column := table[name], Numeric))
    tried = [found for column in numbers if (found := _moved(column, before, after))]
    adjusted = benjamini_hochberg(np.array([one.p for one in tried]))
    kept = [one._replace(p=float(p)) for one, p in zip(tried, adjusted, strict=True) if p <= ALPHA]
    return sorted(kept, key=lambda one: -one.statistic)


def _moved(column: Numeric, before: Int64, after: Int64) -> Moved | None:
    from scipy.stats import ks_2samp

    one, other = (_known(column.values[rows]) for rows in (before, after))
    if not len(one) or not len(other):
        return None
    test = ks_2samp(one, other, method="asymp")
    return Moved(column.name, float(test.statistic), float(np.median(one)), float(np.median(other)), float(test.pvalue))


def _known(values: NDArray[np.generic]) -> NDArray[np.float64]:
    exact = values.astype(np.float64)
    return np.asarray(exact[np.isfinite(exact)], np.float64)
