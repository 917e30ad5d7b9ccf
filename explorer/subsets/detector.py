"""A subset as a detector: does a new image belong to it, at a false-alarm rate that the user sets."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.errors import SubsetError
from explorer.evaluation.rates import Rate, rate
from explorer.records import Float32  # noqa: TC001 - NamedTuple fields are evaluated
from explorer.subsets.likeness import Whitening, scores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.records import Int64

FOLDS = 10
"""Parts in which members are held out to measure recall; with fewer members each is held out alone."""

HELD_OUT = 20_000
"""Ordinary images that are held out at most, half to set the threshold and half to measure the rate."""


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
        measured: the share of other held-out ordinary images that did fire.
        recall: the share of members that fire when they are left out.
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
    seed: int = 0,
) -> Detector:
    """Make a detector of a subset.

    Ordinary images are all that are neither members nor rejected. One half of them teaches what is ordinary, a
    quarter sets the threshold, and a quarter, which had no part in either, measures the rate. The threshold is
    the split-conformal one (Vovk et al. 2005): a fresh ordinary image fires with a probability of at most
    `false_alarm`. Members nobody found yet count as ordinary, which makes the threshold stricter, never laxer.

    Args:
        vectors: float32 (n, d), unit rows.
        members: rows of the subset.
        rejected: rows the person said no to.
        name: the subset's name.
        model: key of the model that made the vectors.
        false_alarm: the share of ordinary images that may fire, between 0 and 1.
        seed: makes the split repeatable.

    Raises:
        SubsetError: there are no members, or too few ordinary images for this rate.
    """
    if not members:
        raise SubsetError(f"Expected members in {name!r} to recognise, found none. Add some first.")
    if not 0 < false_alarm < 1:
        raise SubsetError(f"Expected a false-alarm rate between 0 and 1, found {false_alarm}.")
    chance = np.random.default_rng(seed)
    ordinary = chance.permutation(np.setdiff1d(np.arange(len(vectors)), [*members, *rejected]))
    learn, hold, check = _split(ordinary)
    if _rank(len(hold), false_alarm) >= len(hold):
        raise SubsetError(
            f"Expected at least {4 * math.ceil(1 / false_alarm)} ordinary images to set a false-alarm rate of "
            f"{false_alarm:.3g}, found {len(ordinary)}. Set a higher rate, or build from more images."
        )
    background = Whitening.of(vectors[np.sort(learn)])
    white = _Split(*(background(vectors[np.asarray(rows, np.int64)]) for rows in (members, rejected, hold, check)))
    held = np.sort(scores(white.hold, white.members, white.rejected))
    threshold = float(held[_rank(len(hold), false_alarm)])
    fired = int((scores(white.check, white.members, white.rejected) > threshold).sum())
    return Detector(
        name,
        model,
        np.asarray(vectors[list(members)], np.float32),
        np.asarray(vectors[list(rejected)], np.float32),
        background,
        held,
        false_alarm,
        threshold,
        rate(fired, len(check)),
        _recall(white, false_alarm, chance.permutation(len(members))),
    )


class _Split(NamedTuple):
    """Whitened vectors: of the subset, and of held-out ordinary images."""

    members: Float32
    rejected: Float32
    hold: Float32
    check: Float32


def _split(ordinary: Int64) -> tuple[Int64, Int64, Int64]:
    """Shuffled rows in three: to learn from, to set the threshold on, to measure on."""
    quarter = min(len(ordinary) // 4, HELD_OUT // 2)
    return ordinary[2 * quarter :], ordinary[:quarter], ordinary[quarter : 2 * quarter]


def _rank(n: int, false_alarm: float) -> int:
    """Position among n ascending scores of the smallest threshold that keeps the rate; n where none does."""
    return math.ceil((n + 1) * (1 - false_alarm) - 1e-9) - 1


def _recall(white: _Split, false_alarm: float, order: Int64) -> Rate:
    """How many members fire when their part of the members is left out, threshold included."""
    if len(order) == 1:
        return rate(0, 0)
    hits = 0
    for fold in np.array_split(order, min(FOLDS, len(order))):
        others = np.delete(white.members, fold, axis=0)
        held = np.sort(scores(white.hold, others, white.rejected))
        hits += int((scores(white.members[fold], others, white.rejected) > held[_rank(len(held), false_alarm)]).sum())
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
        measured=rate(0, 0),
        recall=rate(0, 0),
    )
