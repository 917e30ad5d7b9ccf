"""Failure patterns: how often and how badly a model fails, what it takes for what, how surely, and in which groups."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from explorer.analysis.measures import Ratio
from explorer.stats.bootstrap import interval, resampling
from explorer.stats.intervals import Figure, rate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from explorer.data.boxes import Float64
    from explorer.data.records import Bool, Int64

CORRECT, INCORRECT = "correct", "incorrect"
"""The verdicts that say whether a model is right; others say that it cannot be told."""

WEIGHTS = MappingProxyType({"": 1.0, "low": 1.0, "medium": 2.0, "high": 3.0})
"""What an image counts by the severity that reviewers gave it: where nobody said one it counts as low."""

BINS = 10
MOST_CLASSES = 12
OTHER = "other"


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What a model was judged on, one row each: by reviewers, or by comparing with labels.

    Attributes:
        ids: n stable ids.
        verdicts: str (n,), `CORRECT`, `INCORRECT`, or why it cannot be told.
        severities: str (n,), keys of `WEIGHTS`.
        labels: str (n,), empty where there is none.
        predictions: str (n,), empty where there is none.
        confidences: float64 (n,), NaN where there is none.
        groups: int64 (n,), what hangs together, such as the images of a patient.
    """

    ids: Sequence[str]
    verdicts: NDArray[Any]
    severities: NDArray[Any]
    labels: NDArray[Any]
    predictions: NDArray[Any]
    confidences: Float64
    groups: Int64

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def wrong(self) -> Bool:
        """Where the model is wrong, bool (n,)."""
        return np.asarray(self.verdicts == INCORRECT, np.bool_)

    @property
    def known(self) -> Bool:
        """Where it is right or wrong, bool (n,)."""
        return np.asarray(self.wrong | (self.verdicts == CORRECT), np.bool_)

    @property
    def weights(self) -> Float64:
        """What each row counts by its severity, float64 (n,)."""
        return np.array([WEIGHTS[one] for one in self.severities], np.float64)

    def of(self, rows: Int64) -> Outcomes:
        """Some of the rows."""
        return Outcomes(
            [self.ids[row] for row in rows.tolist()],
            self.verdicts[rows],
            self.severities[rows],
            self.labels[rows],
            self.predictions[rows],
            self.confidences[rows],
            self.groups[rows],
        )


def error_rate(of: Outcomes, *, seed: int = 42) -> Figure:
    """The share that the model got wrong of what can be told, with its 95% interval.

    Wilson's where each row is a group of its own, else by drawing groups again.
    """
    return _share(of, np.ones(len(of)), seed)


def severity_weighted_rate(of: Outcomes, *, seed: int = 42) -> Figure:
    """The error rate in which each row counts by its severity: sum(weight * wrong) / sum(weight), by drawing again."""
    return _share(of, of.weights, seed)


def _share(of: Outcomes, weights: Float64, seed: int) -> Figure:
    known = of.known
    wrong, weight, groups = of.wrong[known].astype(np.float64), weights[known], of.groups[known]
    n = len(wrong)
    if not n:
        return Figure(float("nan"), 0, float("nan"), float("nan"))
    if (weight == weight[0]).all() and len(np.unique(groups)) == n:
        return rate(int(wrong.sum()), n).figure
    drawn = resampling(groups, seed=seed)
    by = Ratio(weight * wrong, weight, units=np.ones(n, np.int64), images=groups)
    rows = np.arange(n)
    value = by.value(rows)
    low, high = interval(value, by.replicas(rows, drawn), drawn.groups_of(rows), bounded=True)
    return Figure(value, n, low, high)


class Ranked(NamedTuple):
    """A failure mode by count and severity.

    Attributes:
        name: what it is called.
        errors: how many.
        weight: what they count by their severities together: count times mean weight.
        severities: how many of each severity.
    """

    name: str
    errors: int
    weight: float
    severities: Mapping[str, int]


def ranking(modes: Mapping[str, Outcomes]) -> list[Ranked]:
    """Failure modes by count times severity, the worst first; those without an error are left out."""
    ranked = [_ranked(name, one.of(np.flatnonzero(one.wrong))) for name, one in modes.items()]
    return sorted((one for one in ranked if one.errors), key=lambda one: -one.weight)


def _ranked(name: str, wrong: Outcomes) -> Ranked:
    counts = Counter(str(one) for one in wrong.severities)
    return Ranked(name, len(wrong), float(wrong.weights.sum()), {one: counts[one] for one in WEIGHTS if counts[one]})


class Confusion(NamedTuple):
    """What is taken for what.

    Attributes:
        labels: names of the rows, by name; `OTHER` last where there are more classes than are told apart.
        predictions: names of the columns, in the same order.
        counts: int64 (labels, predictions).
    """

    labels: tuple[str, ...]
    predictions: tuple[str, ...]
    counts: Int64


def confusion(of: Outcomes, most: int = MOST_CLASSES) -> Confusion:
    """Labels against predictions, where both are known; of many classes those with the most errors are told apart."""
    both = (of.labels != "") & (of.predictions != "")
    pairs = [(str(label), str(made)) for label, made in zip(of.labels[both], of.predictions[both], strict=True)]
    errors: Counter[str] = Counter()
    for label, made in pairs:
        errors.update({label: int(label != made)} if label == made else {label: 1, made: 1})
    told = sorted(sorted(errors), key=lambda name: -errors[name])[:most]
    place = {name: name if name in told else OTHER for name in errors}
    rows, columns = (_ordered({place[pair[side]] for pair in pairs}) for side in (0, 1))
    counts = np.zeros((len(rows), len(columns)), np.int64)
    for label, made in pairs:
        counts[rows.index(place[label]), columns.index(place[made])] += 1
    return Confusion(rows, columns, counts)


def _ordered(names: set[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=lambda name: (name == OTHER, name)))


class Sureness(NamedTuple):
    """Rows of one range of confidence.

    Attributes:
        low: where it begins.
        high: where it ends.
        verdicts: how many of each verdict.
    """

    low: float
    high: float
    verdicts: Mapping[str, int]


def sureness(of: Outcomes, bins: int = BINS) -> list[Sureness]:
    """How often each verdict was given by how sure the model was, from 0 to 1 in equal ranges; the last one has 1."""
    known = np.isfinite(of.confidences)
    place = np.clip((of.confidences[known] * bins).astype(np.int64), 0, bins - 1)
    verdicts = of.verdicts[known]
    return [
        Sureness(i / bins, (i + 1) / bins, dict(Counter(str(one) for one in verdicts[place == i]))) for i in range(bins)
    ]


class Concentration(NamedTuple):
    """How errors are spread over groups.

    Attributes:
        groups: how many there are.
        errors: int64 (g,), of each group, the most first.
        rows: int64 (g,), how many rows of each can be told.
        which: int64 (g,), the numbers of the groups in this order.
        half: how few groups have half of the errors.
    """

    groups: int
    errors: Int64
    rows: Int64
    which: Int64
    half: int


def concentration(of: Outcomes) -> Concentration:
    """How errors are spread over groups."""
    which, group = np.unique(of.groups[of.known], return_inverse=True)
    errors = np.bincount(group, of.wrong[of.known], len(which)).astype(np.int64)
    rows = np.bincount(group, minlength=len(which))
    order = np.lexsort((which, -errors))
    total = errors.sum()
    half = int(np.searchsorted(np.cumsum(errors[order]), total / 2) + 1) if total else 0
    return Concentration(len(which), errors[order], rows[order], which[order], half)
