"""Keep one of each group of copies, drop the rest: which would be dropped; what that gains says `removal`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.actions.duplicate_findings import copies_of, threshold_of
from explorer.actions.tag import subset_named
from explorer.data.subsets import Member
from explorer.errors import SubsetError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.actions.analyzed import Analyzed
    from explorer.analysis.duplicates import Copies
    from explorer.data.records import Int64
    from explorer.points.points import Points
    from explorer.store.decisions.events import Event
    from explorer.store.decisions.subsets import Decisions

_TRAINING = "train"


def dropped(of: Analyzed, threshold: float | None = None) -> Int64:
    """The rows of images of which a copy is kept, int64 (m,), ascending; see `kept`.

    Args:
        of: what is analysed.
        threshold: cosine similarity from which on two are copies; that of the analysis unless given.
    """
    points = of.images
    rest = [one.rows[one.rows != kept(points, one)] for one in copies_of(of, threshold)]
    return np.sort(np.concatenate([np.empty(0, np.int64), *rest]))


def drop(
    of: Analyzed,
    decisions: Decisions,
    name: str,
    *,
    author: str,
    threshold: float | None = None,
    context: Mapping[str, Any] | None = None,
) -> Event:
    """Put what is dropped into the subset of a name, which is marked for removal; what is kept is in it no more.

    Args:
        of: what is analysed.
        decisions: where the subset is kept.
        name: of a new subset, or of one that is marked for removal.
        author: who decides.
        threshold: cosine similarity from which on two are copies; that of the analysis unless given.
        context: from which selection, model and layout, JSON.

    Raises:
        SubsetError: there are no copies, or the subset is there and not marked for removal, so that its other members
            would have to leave too.
        WorkspaceError: the database cannot be written.
    """
    known, gone = subset_named(decisions, name), members(of, threshold)
    told = {**(context or {}), "duplicate_threshold": threshold_of(of) if threshold is None else threshold}
    if known is None:
        about = note(of, threshold)
        return decisions.create_subset(name, author=author, note=about, remove=True, members=gone, context=told)
    if not known.remove:
        raise SubsetError(
            f"Expected a new name, or a subset that is marked for removal, found “{known.name}”, whose members stay. "
            "Choose another name, or mark it for removal first."
        )
    stays = of.images.space.ids_of([kept(of.images, one) for one in copies_of(of, threshold)])
    return decisions.judge_candidates(known.key, gone, stays, author=author, context=told)


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


def members(of: Analyzed, threshold: float | None = None) -> list[Member]:
    """What would be dropped, as members of a subset.

    Raises:
        SubsetError: there is none.
    """
    ids = of.images.space.ids_of(dropped(of, threshold))
    if not ids:
        least = threshold_of(of) if threshold is None else threshold
        raise SubsetError(f"Expected copies, found none: no two images have a similarity of {least:.4f} or more.")
    return [Member(each, "finding") for each in ids]


def note(of: Analyzed, threshold: float | None = None) -> str:
    """What such a subset is about."""
    least = threshold_of(of) if threshold is None else threshold
    return f"All but one of each group of copies, from a similarity of {least:.4f} on."
