"""How likely chance alone would do as much."""

from __future__ import annotations

import numpy as np


def hypergeometric(
    hits: np.ndarray, n: int, totals: np.ndarray, size: int
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """P(at least `hits` of a value that `totals` of n rows have, in a random part of `size` rows)."""
    from scipy.stats import hypergeom

    return np.asarray(hypergeom.sf(hits - 1, n, totals, size), np.float64)


def benjamini_hochberg(
    p: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Adjust p-values (m,) so that cutting at alpha bounds the share of false findings by alpha."""
    order = np.argsort(p)
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    return adjusted


def mcnemar(fixed: int, regressed: int) -> float:
    """Exact two-sided McNemar test: the binomial test of `fixed` among all that changed against one half."""
    from scipy.stats import binomtest

    changed = fixed + regressed
    return float(binomtest(fixed, changed, 0.5).pvalue) if changed else 1.0
