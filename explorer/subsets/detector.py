"""A subset as a detector: does a new image belong to it, at a false-alarm rate that the user sets."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.data.records import Float32  # noqa: TC001 - NamedTuple fields are evaluated
from explorer.errors import SubsetError
from explorer.stats.intervals import Rate, rate
from explorer.subsets.similarity import Whitening, scores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.data.records import Int64

FOLDS = 10
"""Parts in which members are held out to measure recall; with fewer members each is held out alone."""

HELD_OUT = 20_000
"""Ordinary points that are held out at most, to set the threshold and to measure the rate."""


@dataclass(frozen=True)
class Detector:
    """What recognises new images of a subset; holds all it needs, so it can be handed on.

    Attributes:
        name: the subset.
        model: key of the model whose vectors it reads.
        members: float32 (m, d), unit rows.
        rejected: float32 (q, d), unit rows of what people said is not in the subset.
        background: what is ordinary where it was calibrated.
        ordinary: float32 (h,), ascending scores of held-out ordinary images, from which any threshold is set.
        false_alarm: the share of ordinary images that may fire, as the user set it.
        threshold: the score from which an image is a match.
        measured: the share of held-out ordinary images that did fire when the threshold was set on others.
        recall: the share of members that fire when they are left out.
        margin: None where whole images are recognised; for boxes, the share of a box's size that its crop shows
            around it.
    """

    name: str
    model: str
    members: Float32
    rejected: Float32
    background: Whitening
    ordinary: Float32
    false_alarm: float
    threshold: float
    measured: Rate
    recall: Rate
    margin: float | None = None

    @property
    def of_boxes(self) -> bool:
        """Whether it recognises boxes rather than whole images."""
        return self.margin is not None

    def scores(self, vectors: Float32) -> Float32:
        """Score new vectors float32 (n, d): float32 (n,)."""
        return scores(*map(self.background, (vectors, self.members, self.rejected)))


def calibrate(
    vectors: Float32,
    members: Sequence[int],
    rejected: Sequence[int] = (),
    *,
    name: str,
    model: str,
    false_alarm: float = 0.05,
    groups: Int64 | None = None,
    margin: float | None = None,
    seed: int = 0,
) -> Detector:
    """Make a detector of a subset.

    Ordinary points are all that are neither members nor rejected. One half of them teaches what is ordinary, the
    other, held out, sets the threshold: the split-conformal one (Vovk et al. 2005), over which a fresh ordinary point
    comes with a probability of at most `false_alarm`. The rate is measured within the held-out half, cut in two: the
    threshold of either part is tried on the other, so that the luck of that cut cancels. Members nobody found yet
    count as ordinary, which makes the threshold stricter, never laxer.

    Args:
        vectors: float32 (n, d), unit rows.
        members: rows of the subset.
        rejected: rows the person said no to.
        name: the subset's name.
        model: key of the model that made the vectors.
        false_alarm: the share of ordinary points that may fire, between 0 and 1.
        groups: int64 (n,), the image of each point where several are from one; those stay on one side of a cut.
        margin: see `Detector`.
        seed: makes the cuts repeatable.

    Raises:
        SubsetError: there are no members, or too few ordinary images for this rate.
    """
    if not members:
        raise SubsetError(f"Expected members in {name!r} to recognise, found none. Add some first.")
    if not 0 < false_alarm < 1:
        raise SubsetError(f"Expected a false-alarm rate between 0 and 1, found {false_alarm}.")
    chance = np.random.default_rng(seed)
    ordinary = np.setdiff1d(np.arange(len(vectors)), [*members, *rejected])
    ordinary, of_group = _shuffled(ordinary, groups, chance)
    half = _boundary(of_group, min(len(ordinary) // 2, HELD_OUT))
    quarter = _boundary(of_group[:half], half // 2)
    if any(_rank(n, false_alarm) >= n for n in (quarter, half - quarter)):
        raise SubsetError(
            f"Expected at least {4 * math.ceil(1 / false_alarm)} ordinary {'images' if margin is None else 'boxes'} to "
            f"set a false-alarm rate of {false_alarm:.3g}, found {len(ordinary)}. Set a higher rate, or build from "
            "more images."
        )
    background = Whitening.of(vectors[np.sort(ordinary[half:])])
    rows = (members, rejected, ordinary[:half])
    white = _Whitened(*(background(vectors[np.asarray(each, np.int64)]) for each in rows))
    held = scores(white.held, white.members, white.rejected)
    return Detector(
        name,
        model,
        np.asarray(vectors[list(members)], np.float32),
        np.asarray(vectors[list(rejected)], np.float32),
        background,
        np.sort(held),
        false_alarm,
        _threshold(held, false_alarm),
        _measured(held[:quarter], held[quarter:], false_alarm),
        _recall(white, false_alarm, chance.permutation(len(members))),
        margin,
    )


class _Whitened(NamedTuple):
    """Whitened vectors: of the subset, and of held-out ordinary points."""

    members: Float32
    rejected: Float32
    held: Float32


def _shuffled(rows: Int64, groups: Int64 | None, chance: np.random.Generator) -> tuple[Int64, Int64]:
    """Rows in a random order that keeps groups together, and a number for the group of each."""
    if groups is None:
        return chance.permutation(rows), np.arange(len(rows))
    place = chance.permutation(int(groups.max(initial=-1)) + 1)[groups[rows]]
    order = np.argsort(place, kind="stable")
    return rows[order], place[order]


def _boundary(of_group: Int64, place: int) -> int:
    """The first place at or after `place` where another group begins."""
    return place if place in (0, len(of_group)) else int(np.searchsorted(of_group, of_group[place - 1], side="right"))


def _rank(n: int, false_alarm: float) -> int:
    """Position among n ascending scores of the smallest threshold that keeps the rate; n where none does."""
    return math.ceil((n + 1) * (1 - false_alarm) - 1e-9) - 1


def _threshold(held: Float32, false_alarm: float) -> float:
    return float(np.sort(held)[_rank(len(held), false_alarm)])


def _measured(first: Float32, second: Float32, false_alarm: float) -> Rate:
    """How many of each part come over the threshold of the other."""
    fired = int((second > _threshold(first, false_alarm)).sum() + (first > _threshold(second, false_alarm)).sum())
    return false_alarm_rate(fired, len(first) + len(second))


def false_alarm_rate(fired: int, n: int) -> Rate:
    """The share of n held-out points that fired; its interval is that of half as many.

    Two things are left to chance, which points set the threshold and which are counted. In 600 simulated calibrations
    the interval of all n covered the rate on fresh points in 87% to 93%, that of half as many in 97% to 98%.
    """
    half = rate(round(fired / 2), n // 2)
    return Rate(fired, n, half.low, half.high)


def _recall(white: _Whitened, false_alarm: float, order: Int64) -> Rate:
    """How many members fire when their part of the members is left out, threshold included."""
    if len(order) == 1:
        return rate(0, 0)
    hits = 0
    for fold in np.array_split(order, min(FOLDS, len(order))):
        others = np.delete(white.members, fold, axis=0)
        threshold = _threshold(scores(white.held, others, white.rejected), false_alarm)
        hits += int((scores(white.members[fold], others, white.rejected) > threshold).sum())
    return rate(hits, len(order))


def with_false_alarm(detector: Detector, false_alarm: float) -> Detector:
    """Set another false-alarm rate; the measured rates, which belong to the old one, become unknown.

    Raises:
        SubsetError: the detector saw too few ordinary images for this rate.
    """
    rank = _rank(len(detector.ordinary), false_alarm)
    if not 0 <= rank < len(detector.ordinary):
        raise SubsetError(
            f"Expected a false-alarm rate from {1 / (len(detector.ordinary) + 1):.3g} to 1 for {detector.name!r}, "
            f"which was calibrated on {len(detector.ordinary)} ordinary images, found {false_alarm:.3g}."
        )
    return replace(
        detector,
        false_alarm=false_alarm,
        threshold=float(detector.ordinary[rank]),
        measured=false_alarm_rate(0, 0),
        recall=rate(0, 0),
    )
