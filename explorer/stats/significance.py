"""How likely chance alone would do as much."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

_WIDTHS, _BESIDE = 40, 64
"""Beyond so many standard deviations, and so far beyond what was seen, a table adds nothing that a number can hold."""

_TIE = 1e-7
"""How much more likely than what was seen another table is still called as likely, as SciPy does it."""


def hypergeometric(
    hits: np.ndarray, n: int, totals: np.ndarray, size: int | np.ndarray
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


def fisher_exact(hits: int, size: int, all_hits: int, n: int) -> float:
    """Two-sided p of Fisher's exact test: a part of `size` has `hits` of the `all_hits` that n rows have.

    As `scipy.stats.fisher_exact`, which takes a hundred times longer for large tables.
    """
    mean = size * all_hits / n
    width = _WIDTHS * np.sqrt(mean * (1 - all_hits / n) * (n - size) / max(n - 1, 1))
    low = max(0, size + all_hits - n, int(min(mean - width, hits - _BESIDE)))
    high = min(size, all_hits, int(max(mean + width, hits + _BESIDE)) + 1)
    k = np.arange(low, high + 1)
    log = _log_factorials(n)
    probability = -(log[k] + log[size - k] + log[all_hits - k] + log[n - size - all_hits + k])
    probability += log[size] + log[n - size] + log[all_hits] + log[n - all_hits] - log[n]
    seen = probability[hits - low]
    return float(min(1.0, np.exp(probability[probability <= seen + _TIE]).sum()))


@lru_cache(maxsize=4)
def _log_factorials(most: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Of 0 to `most`."""
    from scipy.special import gammaln

    return np.asarray(gammaln(np.arange(most + 1) + 1.0), np.float64)
