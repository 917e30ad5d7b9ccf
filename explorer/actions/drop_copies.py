"""Keep one of each group of copies, drop the rest: which would be dropped, and how good models are without them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from explorer.actions.analyzed import analyzed
from explorer.actions.duplicate_findings import copies_of, threshold_of
from explorer.actions.segments import ACCURACY, FOUND
from explorer.analysis.measures import figure
from explorer.data.subsets import Member
from explorer.errors import SubsetError
from explorer.stats.bootstrap import resampling
from explorer.stats.intervals import Figure, rate

if TYPE_CHECKING:
    from explorer.actions.analyzed import Analyzed
    from explorer.analysis.duplicates import Copies
    from explorer.analysis.segments import Judged
    from explorer.data.records import Bool, Int64
    from explorer.points.points import Points

ALL = ""
"""Stands for all images where a split is named."""

_TRAINING = "train"


class Without(NamedTuple):
    """How good a model is with all images, and without the copies that would be dropped.

    Attributes:
        model: its name.
        metric: `accuracy`, or of boxes `found`.
        split: on which images; `ALL` on every one.
        before: with all of them.
        after: without.
    """

    model: str
    metric: str
    split: str
    before: Figure
    after: Figure

    @property
    def sentence(self) -> str:
        """In words: `v1 in test: 90.0% correct of 60 (79.9% to 95.3%), without them 89.8% of 59 (79.5% to 95.3%).`."""
        did = "correct" if self.metric == ACCURACY else "found"
        where = f" in {self.split}" if self.split else ""
        return f"{self.model}{where}: {_said(self.before, f' {did}')}, without them {_said(self.after)}."

    @property
    def row(self) -> dict[str, Any]:
        """As JSON."""
        before, after = (one._asdict() for one in (self.before, self.after))
        return {**self._asdict(), "split": self.split or None, "before": before, "after": after}


def _said(one: Figure, did: str = "") -> str:
    return f"{one.value:.1%}{did} of {one.n:,} ({one.low:.1%} to {one.high:.1%})" if one.n else "nothing is left"


def dropped(of: Analyzed, threshold: float | None = None) -> Int64:
    """The rows of images of which a copy is kept, int64 (m,), ascending; see `kept`.

    Args:
        of: what is analysed.
        threshold: cosine similarity from which on two are copies; that of the analysis unless given.
    """
    points = of.images
    rest = [one.rows[one.rows != kept(points, one)] for one in copies_of(of, threshold)]
    return np.sort(np.concatenate([np.empty(0, np.int64), *rest]))


def kept(points: Points, copied: Copies) -> int:
    """The row of the copy that is kept.

    That is one with the label of the most; of these one outside the training split, so that what leaks leaves the
    training split and not the test; of these the one of the most pixels; of these the one whose id comes first.
    """
    frame = points.table.frame.iloc[copied.rows]
    labels = frame["label"].tolist() if "label" in frame else [None] * len(frame)
    votes = Counter(label for label in labels if isinstance(label, str))
    splits = frame["split"].astype(object).fillna("").astype(str).tolist() if "split" in frame else [""] * len(frame)
    pixels = (frame["width"].astype(np.int64) * frame["height"].astype(np.int64)).tolist()
    ids = points.space.ids_of(copied.rows)
    ranked = [
        (-votes[label], split.casefold().startswith(_TRAINING), -size, each, int(row))
        for label, split, size, each, row in zip(labels, splits, pixels, ids, copied.rows, strict=True)
    ]
    return min(ranked)[-1]


def without(of: Analyzed, rows: Int64) -> list[Without]:
    """How good the model is with and without images, on all and by split; empty where there is none to judge.

    Args:
        of: what is analysed.
        rows: of the images that are left out.
    """
    if of.model is None or not of.view.judges:
        return []
    points = of.points
    judged = points.judged(of.model)
    stays = ~np.isin(judged.images, of.images.space.sample_rows[rows])
    splits = _splits(of, judged)
    named = [value for value in sorted(set(splits)) if value != ALL]
    parts = [(ALL, np.ones(len(splits), np.bool_)), *((split, splits == split) for split in named)]
    metric = FOUND if of.view.has_boxes else ACCURACY
    return [
        Without(of.model, metric, split, _figure(judged, there, of.seed), _figure(judged, there & stays, of.seed))
        for split, there in parts
        if judged.total[there].any()
    ]


def _splits(of: Analyzed, judged: Judged) -> np.ndarray:
    """The split of each judged point's image; `ALL` where it has none."""
    frame = of.view.samples.frame
    if "split" not in frame:
        return np.full(len(judged.images), ALL)
    return np.asarray(frame["split"].astype(object).fillna(ALL).astype(str))[judged.images]


def _figure(judged: Judged, there: Bool, seed: int) -> Figure:
    """The rate on some points: Wilson's interval, or where objects on one image hang together a bootstrap of images."""
    rows = np.flatnonzero(there)
    if np.bincount(judged.images, judged.total).max(initial=0) <= 1:
        return rate(int(judged.hits[rows].sum()), int(judged.total[rows].sum())).figure
    return figure(judged.measure, rows, resampling(judged.images, seed=seed))[0]


def of_every_model(of: Analyzed, rows: Int64) -> list[Without]:
    """`without` for each model, at the thresholds where detection opens."""
    return [one for model in of.view.models for one in without(analyzed(of.view, model, seed=of.seed), rows)]


def members(of: Analyzed, threshold: float | None = None) -> list[Member]:
    """What would be dropped, as members of a subset.

    Raises:
        SubsetError: there is none.
    """
    ids = of.images.space.ids_of(dropped(of, threshold))
    if not ids:
        least = threshold_of(of) if threshold is None else threshold
        raise SubsetError(f"Expected copies, found none: no two images have a similarity of {least:.4f} or more.")
    return [Member(each, "rule") for each in ids]


def note(of: Analyzed, threshold: float | None = None) -> str:
    """What such a subset is about."""
    least = threshold_of(of) if threshold is None else threshold
    return f"All but one of each group of copies, from a similarity of {least:.4f} on."
