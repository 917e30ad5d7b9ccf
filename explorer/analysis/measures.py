"""How good a model is on some of its points: rates, F1, errors per image, average precision, and how sure they are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from explorer.evaluation.detection import interpolated, mean_precision, rows_by_class
from explorer.evaluation.matching import IOUS, MAX_DETECTIONS, match
from explorer.evaluation.scenes import scenes
from explorer.stats.bootstrap import interval
from explorer.stats.intervals import Figure

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    from explorer.data.boxes import Float64
    from explorer.data.records import Bool, Int64
    from explorer.stats.bootstrap import Resampling

Sign = Literal[1, -1]

AP_STEP = 5
"""Of how many replicas one is enough for average precision, which takes far longer than sums."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Measure(ABC):
    """One number of some of n points.

    Attributes:
        units: int64 (n,), of how much each point is; 0 where nothing is known of it.
        images: int64 (n,), the image that each point is, or is on.
        sign: 1 where more is better, -1 where less is.
        bounded: whether it is from 0 to 1.
    """

    units: Int64
    images: Int64
    sign: Sign = 1
    bounded: bool = True

    @abstractmethod
    def value(self, rows: Int64) -> float:
        """Of these rows; NaN where there is none."""

    @abstractmethod
    def replicas(self, rows: Int64, drawn: Resampling) -> Float64:
        """Of these rows, in every replica (b,)."""


@dataclass(frozen=True, eq=False)
class Ratio(Measure):
    """A sum over points by another one: accuracy, what is found, F1, and errors per image.

    Attributes:
        part: float64 (n,).
        whole: float64 (n,).
    """

    part: Float64
    whole: Float64

    def value(self, rows: Int64) -> float:
        """The sum of `part` over that of `whole`."""
        return float(_over(self.part[rows].sum(), self.whole[rows].sum()))

    def replicas(self, rows: Int64, drawn: Resampling) -> Float64:
        """The same in every replica."""
        pool = drawn.pool[rows]
        sums = [np.bincount(pool, of[rows], drawn.pools) for of in (self.part, self.whole)]
        part, whole = drawn.replicas(np.column_stack(sums)).T
        return _over(part, whole)


@dataclass(frozen=True, eq=False)
class MacroF1(Measure):
    """The mean of F1 over the classes that occur, as a label or as a prediction.

    Attributes:
        label: int64 (n,), codes.
        predicted: int64 (n,), codes of the same k classes.
        classes: k.
    """

    label: Int64
    predicted: Int64
    classes: int

    def value(self, rows: Int64) -> float:
        """Over the classes that occur among these rows."""
        return float(_mean_f1(self._tally(rows, np.zeros(len(rows), np.int64), 1))[0])

    def replicas(self, rows: Int64, drawn: Resampling) -> Float64:
        """Over the classes that occur in each replica."""
        return _mean_f1(drawn.replicas(self._tally(rows, drawn.pool[rows], drawn.pools)))

    def _tally(self, rows: Int64, pool: Int64, pools: int) -> Float64:
        """By pool, for each class twice its hits, then its labels and predictions; float64 (pools, 2k)."""
        kept = self.units[rows] > 0
        pool, label, predicted = pool[kept], self.label[rows][kept], self.predicted[rows][kept]
        hit, k = label == predicted, self.classes
        hits = np.bincount(pool[hit] * k + label[hit], minlength=pools * k).reshape(pools, k)
        named = sum(np.bincount(pool * k + of, minlength=pools * k) for of in (label, predicted))
        return np.concatenate([2.0 * hits, np.asarray(named, np.float64).reshape(pools, k)], axis=1)


def _mean_f1(tally: Float64) -> Float64:
    """Of tallies (…, 2k), (…,)."""
    twice, named = np.split(tally, 2, axis=-1)
    return _over(_over(twice, named, 0.0).sum(axis=-1), (named > 0).sum(axis=-1))


@dataclass(frozen=True, eq=False)
class AveragePrecision(Measure):
    """COCO's AP: the mean over classes with objects and IoUs from .50 to .95, as `evaluate_detection` has it.

    Attributes:
        ranked: the detections that count, by class the surest first.
        objects: int64 (n, k), how many of each class there are to find on each image.
    """

    ranked: tuple[Ranked, ...]
    objects: Int64

    def value(self, rows: Int64) -> float:
        """As COCO has it on these images alone."""
        here = np.zeros(len(self.units), np.bool_)
        here[rows] = True
        totals = self.objects[rows].sum(axis=0)
        each = [one.kept(here).precision(int(totals[k])) for k, one in enumerate(self.ranked) if totals[k]]
        return float(np.mean(each)) if each else float("nan")

    def replicas(self, rows: Int64, drawn: Resampling) -> Float64:
        """The same in each replica that is drawn of it: every `AP_STEP`-th."""
        here = np.zeros(len(self.units), np.bool_)
        here[rows] = True
        some = drawn.drawn[::AP_STEP]
        totals = _pooled(self.objects[rows], drawn.pool[rows], drawn.pools)
        each = [
            one.kept(here).weighted(some, drawn.pool, np.asarray(some @ totals[:, k], np.float64))
            for k, one in enumerate(self.ranked)
            if totals[:, k].any()
        ]
        known = np.array([~np.isnan(one) for one in each]).reshape(len(each), len(some))
        return _over(np.nansum(each, axis=0) if each else np.zeros(len(some)), known.sum(axis=0))


@dataclass(frozen=True, eq=False)
class Ranked:
    """Detections of one class, the surest first.

    Attributes:
        image: int64 (d,), rows.
        right: bool (d, t), those that found an object, at each IoU.
        wrong: bool (d, t), those that found none; what is neither does not count.
    """

    image: Int64
    right: Bool
    wrong: Bool

    def kept(self, here: Bool) -> Ranked:
        """Those on some of the images, bool (n,)."""
        on = here[self.image]
        return Ranked(self.image[on], self.right[on], self.wrong[on])

    def precision(self, total: int) -> float:
        """Mean of the interpolated precision over recalls and IoUs."""
        each = zip(self.right.T, self.wrong.T, strict=True)
        return float(np.mean([interpolated(right, wrong, total)[0].mean() for right, wrong in each]))

    def weighted(self, drawn: NDArray[np.float32], pool: Int64, totals: Float64) -> Float64:
        """The same in each replica (b,), NaN where it has no object.

        Args:
            drawn: float32 (b, p), how often each pool was drawn.
            pool: int64 (n,), of the images.
            totals: float64 (b,), objects.
        """
        weights = drawn[:, pool[self.image]]
        each = zip(self.right.T, self.wrong.T, strict=True)
        return np.asarray(
            np.mean([mean_precision(weights * one, weights * other, totals) for one, other in each], axis=0)
        )


def average_precision(
    rows: Int64, many: int, ids: pd.Index, truth: pd.DataFrame, made: pd.DataFrame
) -> AveragePrecision:
    """The average precision of a model on images.

    Args:
        rows: int64 (m,), the rows of the images that were judged.
        many: how many images there are in all.
        ids: of those judged, in the order of COCO's image ids.
        truth: the objects on them; see `explorer.evaluation.scenes.scenes`.
        made: the detections on them.
    """
    arrays = scenes(ids, truth, made)
    matches = match(arrays, IOUS, max_detections=MAX_DETECTIONS)
    found, counts = matches.truth[:, :, 0] >= 0, ~matches.ignored[:, :, 0]
    ranked = tuple(
        Ranked(rows[arrays.detections.image[mine]], found[mine] & counts[mine], ~found[mine] & counts[mine])
        for mine in rows_by_class(arrays, matches)
    )
    objects = np.zeros((many, len(arrays.classes)), np.int64)
    there = ~matches.truth_ignored[:, 0]
    np.add.at(objects, (rows[arrays.truth.image[there]], arrays.truth.label[there]), 1)
    judged = np.zeros(many, np.int64)
    judged[rows] = 1
    return AveragePrecision(ranked, objects, units=judged, images=np.arange(many))


def _pooled(values: Int64, pool: Int64, pools: int) -> Float64:
    """Sums of rows (m, k) by pool, (pools, k)."""
    sums = np.zeros((pools, values.shape[1]))
    np.add.at(sums, pool, values)
    return sums


def _over(part: ArrayLike, whole: ArrayLike, none: float = np.nan) -> Float64:
    part, whole = np.broadcast_arrays(np.asarray(part, np.float64), np.asarray(whole, np.float64))
    share: Float64 = np.divide(part, whole, out=np.full(part.shape, none), where=whole > 0)
    return share


def figure(measure: Measure, rows: Int64, drawn: Resampling) -> tuple[Figure, Float64]:
    """The number of some rows with its interval, and the replicas that this is from."""
    known = rows[measure.units[rows] > 0]
    value, replicas = measure.value(known), measure.replicas(known, drawn)
    groups = drawn.groups_of(known)
    low, high = interval(value, replicas, groups, bounded=measure.bounded)
    return Figure(value, int(measure.units[known].sum()), low, high), replicas
