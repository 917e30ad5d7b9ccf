"""Drivers: which numbers errors go with, each alone, and in one joint model, which shows what only goes along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from explorer.data.records import Bool, Int64

    Float64 = NDArray[np.float64]

LEAST = 10
"""Errors, and right answers, that it takes at least."""

SHUFFLES = 999
"""For a p-value, which is then at least a thousandth."""

FOLDS, REPEATS = 5, 3
MOST_JOINT, MOST_INFORMATION = 20_000, 10_000
"""Points that the joint model is fitted on, and that mutual information is estimated on: of more, so many at random."""

_AT_ONCE = 4_000_000
"""Shuffled values in memory at a time."""


class Driver(NamedTuple):
    """How errors go with one number.

    Attributes:
        signal: its name.
        n: points that have it.
        rho: Spearman's correlation with being wrong, -1..1; positive where high values go with errors.
        p: of the correlation, two-sided, by shuffling which points are wrong.
        mutual_information: of the number and being wrong, nats.
        importance: by how much the joint model tells errors worse (AUROC) when this number is shuffled.
    """

    signal: str
    n: int
    rho: float
    p: float
    mutual_information: float
    importance: float


def drivers(
    numbers: Mapping[str, Float64],
    wrong: Bool,
    groups: Int64,
    seed: int = 42,
    report: Callable[[float], None] = lambda _: None,
) -> list[Driver]:
    """Which numbers errors go with, the most important first.

    A number that errors go with only because it goes along with another has a correlation, and hardly an importance:
    the joint model does not miss it. Of two numbers that say the same, either may get it all.

    Args:
        numbers: float64 (n,) by name, NaN where missing; constant ones are left out.
        wrong: bool (n,), at least `LEAST` of either.
        groups: int64 (n,); points with the same one are not independent, such as objects on one image.
        seed: of what is drawn at random.
        report: told the share that is done.

    Source: Breiman 2001, permutation importance, here out of fold; mutual information as Ross 2014.
    """
    told = {name: values for name, values in numbers.items() if _varies(values)}
    if not told:
        return []
    columns = np.column_stack(list(told.values()))
    chance = np.random.default_rng(seed)
    rho, p = spearman(columns, wrong, groups, chance)
    report(0.2)
    information = _information(columns, wrong, chance)
    report(0.4)
    importance = _importance(columns, wrong, groups, chance, lambda share: report(0.4 + 0.6 * share))
    known = np.isfinite(columns).sum(axis=0)
    figures = np.column_stack([rho, p, information, importance])
    found = [Driver(name, int(n), *map(float, row)) for name, n, row in zip(told, known, figures, strict=True)]
    return sorted(found, key=lambda one: (-one.importance, -abs(one.rho)))


def _varies(values: Float64) -> bool:
    known = values[np.isfinite(values)]
    return len(known) > 0 and bool(known.min() < known.max())


def spearman(
    columns: Float64, wrong: Bool, groups: Int64, chance: np.random.Generator, shuffles: int = SHUFFLES
) -> tuple[Float64, Float64]:
    """Spearman's correlation of each column with being wrong, and its p-value.

    Where points are independent, which of them are wrong is shuffled. Where several are of one group, it is the sign of
    what a whole group adds to the correlation that is drawn, so that its points stay together.

    Args:
        columns: float64 (n, m), NaN where missing.
        wrong: bool (n,).
        groups: int64 (n,).
        chance: what draws.
        shuffles: how often.

    Returns:
        Two float64 (m,); NaN correlation and p = 1 where all that have a value are wrong, or none.
    """
    ranks, scale = _ranks(columns, wrong)
    told = np.isfinite(columns)
    centred = np.where(told, wrong[:, None] - _mean(wrong[:, None], told), 0.0)
    seen = (ranks * centred).sum(axis=0)
    beyond = np.ones(columns.shape[1])
    tie = 1e-9 * np.abs(seen)
    for null in _nulls(ranks, centred, wrong, told, groups, chance, shuffles):
        beyond += (np.abs(null) >= np.abs(seen) - tie).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        rho = seen / scale
    return rho, np.where(np.isfinite(rho), beyond / (1 + shuffles), 1.0)


def _mean(values: NDArray[Any], told: Bool) -> Float64:
    return np.asarray((values * told).sum(axis=0) / np.maximum(told.sum(axis=0), 1), np.float64)


def _ranks(columns: Float64, wrong: Bool) -> tuple[Float64, Float64]:
    """Centred ranks, 0 where missing, and what their product with the centred errors is divided by."""
    from scipy.stats import rankdata

    told = np.isfinite(columns)
    ranks = rankdata(columns, axis=0, nan_policy="omit")
    ranks = np.where(told, ranks - _mean(np.nan_to_num(ranks), told), 0.0)
    share = _mean(wrong[:, None], told)
    return ranks, np.sqrt((ranks**2).sum(axis=0) * told.sum(axis=0) * share * (1 - share))


def _nulls(
    ranks: Float64,
    centred: Float64,
    wrong: Bool,
    told: Bool,
    groups: Int64,
    chance: np.random.Generator,
    shuffles: int,
) -> Iterator[NDArray[Any]]:
    """What the sums of products would be by chance, some shuffles (b, m) at a time."""
    _, group = np.unique(groups, return_inverse=True)
    many = int(group.max()) + 1
    if many < len(wrong):
        added = np.zeros((many, ranks.shape[1]))
        np.add.at(added, group, ranks * centred)
        for b in _parts(shuffles, many):
            yield chance.choice(np.array([-1, 1], np.int8), (b, many)).astype(np.float32) @ added.astype(np.float32)
        return
    held, is_whole = ranks.astype(np.float32), told.all(axis=0)
    for b in _parts(shuffles, len(wrong)):
        shuffled = chance.permuted(np.broadcast_to(wrong, (b, len(wrong))), axis=1).astype(np.float32)
        null = shuffled @ held  # ranks are centred, so errors need not be
        if not is_whole.all():  # of points that have a value, as many are wrong as it happens
            drift = _drawn(shuffled, told[:, ~is_whole], wrong)
            null[:, ~is_whole] *= drift
        yield null


def _drawn(shuffled: NDArray[np.float32], told: Bool, wrong: Bool) -> NDArray[np.float32]:
    """How the spread of errors among the points that have a value differs between what is seen and each shuffle."""
    share = shuffled @ told.astype(np.float32) / told.sum(axis=0)
    here = _mean(wrong[:, None], told)
    spread = np.sqrt(np.maximum(share * (1 - share), 1e-12))
    return np.asarray(np.sqrt(here * (1 - here)) / spread, np.float32)


def _parts(shuffles: int, size: int) -> Iterator[int]:
    most = max(1, _AT_ONCE // size)
    for done in range(0, shuffles, most):
        yield min(most, shuffles - done)


def _information(columns: Float64, wrong: Bool, chance: np.random.Generator) -> Float64:
    """Mutual information of each column and being wrong, nats, float64 (m,); of the points that have a value."""
    from sklearn.feature_selection import mutual_info_classif

    rows = _some(len(wrong), MOST_INFORMATION, chance)
    seed = int(chance.integers(2**31))
    found = np.zeros(columns.shape[1])
    for place in range(columns.shape[1]):
        of = rows[np.isfinite(columns[rows, place])]
        if len(of) > LEAST and 0 < wrong[of].sum() < len(of):
            found[place] = mutual_info_classif(columns[of, place : place + 1], wrong[of], random_state=seed)[0]
    return found


def _some(n: int, most: int, chance: np.random.Generator) -> Int64:
    return np.arange(n) if n <= most else np.sort(chance.choice(n, most, replace=False))


def _importance(
    columns: Float64, wrong: Bool, groups: Int64, chance: np.random.Generator, report: Callable[[float], None]
) -> Float64:
    """By how much a joint model of all columns tells errors worse, out of fold, when each is shuffled: float64 (m,).

    The mean over the folds that hold both right and wrong points; a group is in one fold.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import GroupKFold, StratifiedKFold
    from threadpoolctl import threadpool_limits

    rows = _some(len(wrong), MOST_JOINT, chance)
    x, y, of = columns[rows], wrong[rows], groups[rows]
    seed = int(chance.integers(2**31))
    leaf = int(np.clip(len(rows) // 40, 5, 20))
    lost = []
    several = _folds(y, of)
    if len(np.unique(of)) == len(of):
        folds = StratifiedKFold(several, shuffle=True, random_state=seed).split(x, y)
    else:
        folds = GroupKFold(several, shuffle=True, random_state=seed).split(x, y, of)
    for fold, (fitted, held) in enumerate(folds):
        if len(np.unique(y[held])) == 2 == len(np.unique(y[fitted])):  # noqa: PLR2004 - right and wrong
            model = HistGradientBoostingClassifier(
                max_iter=50, max_leaf_nodes=7, min_samples_leaf=leaf, early_stopping=False, random_state=seed
            )
            with threadpool_limits(1):  # of so little work, threads would only wait for each other
                lost.append(_lost(model.fit(x[fitted], y[fitted]), x[held], y[held], chance))
        report((fold + 1) / several)
    return np.mean(lost, axis=0) if lost else np.zeros(columns.shape[1])


def _folds(wrong: Bool, groups: Int64) -> int:
    return max(2, min(FOLDS, int(wrong.sum()), int((~wrong).sum()), len(np.unique(groups))))


def _lost(model: Any, x: Float64, y: Bool, chance: np.random.Generator) -> Float64:  # noqa: ANN401 - scikit-learn's
    from sklearn.metrics import roc_auc_score

    told = roc_auc_score(y, model.predict_proba(x)[:, 1])
    lost = np.zeros(x.shape[1])
    for column in range(x.shape[1]):
        shuffled = x.copy()
        for _ in range(REPEATS):
            shuffled[:, column] = chance.permutation(x[:, column])
            lost[column] += told - roc_auc_score(y, model.predict_proba(shuffled)[:, 1])
    return lost / REPEATS
