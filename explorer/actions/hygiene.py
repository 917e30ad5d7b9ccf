"""Whether the examples of categories may count: where each comes from, what a model may have learnt, how often used."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.actions.duplicate_findings import copies_of
from explorer.actions.segments import groups_of
from explorer.errors import CategoryError
from explorer.review.hygiene import TRAINING, leaks
from explorer.store.decisions.state import same_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.actions.analyzed import Analyzed
    from explorer.data.records import Bool, Int64
    from explorer.data.subsets import Subset
    from explorer.points.opened_build import View
    from explorer.review.hygiene import Leak
    from explorer.store.decisions.events import Event
    from explorer.store.workspace import Workspace

GROUP = "group"
"""The column of images by which they hang together, unless another one is named."""


@dataclass(frozen=True)
class Hygiene:
    """What a model may have learnt from.

    Attributes:
        splits: names of the training splits; empty where the images say none, so that nothing is known.
        group_by: the column by which images hang together; None where there is none.
        leaks: by row of the images, those that must not count.
    """

    splits: tuple[str, ...]
    group_by: str | None
    leaks: Mapping[int, Leak]

    def counting(self, images: Int64) -> Bool:
        """Which of some images may count, bool (n,)."""
        return ~np.isin(images, np.fromiter(self.leaks, np.int64, len(self.leaks)))


def hygiene(of: Analyzed) -> Hygiene:
    """What a model may have learnt from: images of the training split, near copies of these, and their groups.

    Args:
        of: the build; images hang together by its `group_by`, else by a column `GROUP` where there is one.

    Raises:
        SourceError: there is no such column.
    """
    images = of.view.images
    group_by = of.group_by or (GROUP if GROUP in of.view.samples else None)
    training, splits = _training(of.view)
    if not training.any():
        return Hygiene((), group_by, {})
    groups = groups_of(of.view, images, group_by)
    found = leaks(np.arange(len(images)), training, copies_of(of), groups)
    return Hygiene(splits, group_by, found)


def _training(view: View) -> tuple[Bool, tuple[str, ...]]:
    frame = view.images.table.frame
    if "split" not in frame:
        return np.zeros(len(frame), np.bool_), ()
    split = frame["split"].astype(str)
    named = sorted({one for one in split.unique() if one.casefold() in TRAINING})
    return split.isin(named).to_numpy(np.bool_), tuple(named)


def sources(view: View, subsets: Sequence[Subset]) -> dict[str, dict[str, int]]:
    """Where the members of subsets come from: how many by `origin`, `author`, `split` and `batch`."""
    members = {one.id: one for subset in reversed(subsets) for one in subset.members.values()}
    found = {
        "origin": Counter(one.origin for one in members.values()),
        "author": Counter(one.author for one in members.values()),
    }
    points = view.of_ids(list(members))
    rows = points.space.rows(members)
    for column in ("split", "batch"):
        if column in points.table:
            values = points.table.frame[column].iloc[rows].dropna().astype(str)
            found[column] = Counter(values)
    return {name: dict(counts.most_common()) for name, counts in found.items() if counts}


def retire_example(workspace: Workspace, category: str, ids: Sequence[str], *, author: str, reason: str) -> list[Event]:
    """Take examples out of a category, with a reason; they stay among what its subsets rejected, and in the log.

    Raises:
        CategoryError: the category is unknown, no reason is given, or an id is no example of it.
        WorkspaceError: the database cannot be written.
    """
    if not reason.strip():
        raise CategoryError("Expected a reason for retiring an example, found none. Say why it no longer counts.")
    found = workspace.categories.find(category)
    names = set(map(same_name, found.names))
    own = [one for one in workspace.subsets() if same_name(one.category) in names]
    held = {one.name: [each for each in ids if each in one.members] for one in own}
    missing = [each for each in ids if not any(each in some for some in held.values())]
    if missing:
        raise CategoryError(
            f"Expected examples of the category “{found.name}”, found {len(missing)} that are none: "
            f"{', '.join(missing[:5])}."
        )
    return [
        workspace.decisions.reject_candidates(name, some, author=author, reason=reason)
        for name, some in held.items()
        if some
    ]


def example_changes(workspace: Workspace, category: str, limit: int = 200) -> list[Event]:
    """What was decided about the examples of a category, the newest first: its subsets' events.

    Raises:
        CategoryError: the category is unknown.
    """
    names = set(map(same_name, workspace.categories.find(category).names))
    own = {one.key for one in workspace.subsets() if same_name(one.category) in names}
    return [event for event in workspace.decisions.events(limit=limit) if event.key in own]


def hygiene_row(view: View, found: Hygiene, subsets: Sequence[Subset]) -> dict[str, Any]:
    """The hygiene of what is in subsets, as plain values.

    Returns:
        examples, `counting` (how many may count), `leaking` [{id, way, of, similarity}], `sources`.
    """
    ids = list(dict.fromkeys(each for subset in subsets for each in subset.ids))
    points = view.of_ids(ids)
    rows = points.space.rows(ids)
    on = points.space.sample_rows[rows]
    names = view.images.space.ids
    leaking = [
        {
            "id": points.space.ids[row],
            "way": found.leaks[image].way,
            "of": names[found.leaks[image].other],
            "similarity": found.leaks[image].similarity,
        }
        for row, image in zip(rows, on.tolist(), strict=True)
        if image in found.leaks
    ]
    return {
        "examples": len(ids),
        "counting": len(ids) - len(leaking),
        "leaking": leaking,
        "sources": sources(view, subsets),
    }
