"""Whether the examples of categories may count: where each comes from, what a model may have learnt, how often used."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from explorer.actions.duplicate_findings import copies_of
from explorer.actions.segments import groups_of
from explorer.data.counts import counted
from explorer.errors import CategoryError, SourceError
from explorer.points.card import text_of
from explorer.points.chosen import Chosen, put_by_reviewers
from explorer.review.hygiene import TRAINING, leaks
from explorer.store.decisions.state import same_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from explorer.actions.analyzed import Analyzed
    from explorer.data.records import Bool, Int64
    from explorer.data.subsets import Subset
    from explorer.points.opened_build import View
    from explorer.points.points import Points
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


def counting(chosen: Chosen, points: Points, clean: Hygiene) -> Chosen:
    """A part without what the model may have learnt from, which says how many of its points that are.

    Args:
        chosen: the part.
        points: what it is of.
        clean: what the model may have learnt from.
    """
    rows, images = chosen.part.rows, chosen.images
    counts = clean.counting(points.space.sample_rows[rows])
    return Chosen(
        chosen.part._replace(rows=rows[counts]),
        None if images is None else images[clean.counting(images)],
        chosen.problem,
        int((~counts).sum()),
    )


def known_leaks(of: Analyzed) -> Hygiene:
    """What a model may have learnt from, where that is to be left out of everything.

    Raises:
        SourceError: no image says that it is in the training split, or there is no such column to group by.
    """
    found = hygiene(of)
    if not found.splits:
        raise SourceError(
            "Expected images of a training split to leave out, found none: it is named in a column split, as train."
        )
    return found


def leaking(view: View, ids: Sequence[str], clean: Hygiene) -> int:
    """How many of some images or boxes do not count."""
    points = view.of_ids(ids)
    images = points.space.sample_rows[np.array(points.space.rows(ids), np.int64)]
    return int((~clean.counting(images)).sum())


def left_out_words(left_out: int) -> str:
    """How many examples do not count, a sentence; empty where all do."""
    some = counted(left_out, "example is", "examples are")
    return f"{some} left out: the model may have learnt from {'it' if left_out == 1 else 'them'}." if left_out else ""


def groupings(view: View) -> list[str | None]:
    """The columns by which images may hang together, the one that is taken unless another is asked for first."""
    named = [str(name) for name in view.samples.groupable(leave_out=frozenset({"label", "split", GROUP}))]
    return [GROUP if GROUP in view.samples else None, *named]


def _training(view: View) -> tuple[Bool, tuple[str, ...]]:
    frame = view.images.table.frame
    if "split" not in frame:
        return np.zeros(len(frame), np.bool_), ()
    split = frame["split"].dropna().astype(str)
    named = sorted({one for one in split.unique() if one.casefold() in TRAINING})
    return frame.index.isin(split.index[split.isin(named)]), tuple(named)


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


class Use(NamedTuple):
    """A round in which examples were judged: the more often a model is judged on them, the less they say of it.

    Attributes:
        round: its name.
        model: whose predictions were judged.
        examples: how many of them.
        time: when it started, UTC.
    """

    round: str
    model: str
    examples: int
    time: datetime


def uses(workspace: Workspace, ids: Iterable[str]) -> list[Use]:
    """The rounds in which some ids were judged, in the order of their start."""
    wanted = frozenset(ids)
    rounds = workspace.rounds.all()
    judged = [{each.id for each in workspace.verdicts.of(one.key)} & wanted for one in rounds]
    every = zip(rounds, judged, strict=True)
    return [Use(one.name, one.protocol.model, len(some), one.started_at) for one, some in every if some]


def retire_examples(
    workspace: Workspace, category: str, ids: Sequence[str], *, author: str, reason: str
) -> list[Event]:  # fmt: skip
    """Take examples out of a category, with a reason, whether a subset of it has them or reviewers put them in.

    Its subsets keep them among what they rejected, verdicts stay as they were given, and the log has all of it.

    Raises:
        CategoryError: the category is unknown, no reason is given, or an id is no example of it.
        WorkspaceError: the database cannot be written.
    """
    if not reason.strip():
        raise CategoryError("Expected a reason for retiring an example, found none. Say why it no longer counts.")
    own = subsets_of(workspace, category)
    held = {one.key: [each for each in ids if each in one.members] for one in own}
    put = {each for one in put_into(workspace, category) for each in one.members}
    missing = [each for each in ids if each not in put and not any(each in some for some in held.values())]
    if missing:
        raise CategoryError(
            f"Expected examples of “{category}”, found {len(missing):,} that are none: {', '.join(missing[:5])}."
        )
    decide = workspace.decisions.reject_candidates
    events = [decide(key, some, author=author, reason=reason) for key, some in held.items() if some]
    said = [each for each in ids if each in put]
    if said:
        events.append(workspace.categories.retire_examples(category, said, author=author, reason=reason))
    return events


def subsets_of(workspace: Workspace, category: str) -> list[Subset]:
    """The subsets that have a category.

    Raises:
        CategoryError: it is unknown.
    """
    names = set(map(same_name, workspace.categories.find(category).names))
    return [one for one in workspace.subsets() if same_name(one.category) in names]


def put_into(workspace: Workspace, category: str) -> list[Subset]:
    """What reviewers put into a category, as if it were subsets of it.

    Raises:
        CategoryError: it is unknown.
    """
    names = set(map(same_name, workspace.categories.find(category).names))
    return [one for one in put_by_reviewers(workspace.decisions) if same_name(one.category) in names]


def changes(workspace: Workspace, category: str, limit: int = 200) -> list[Event]:
    """What was decided about a category and its examples, the newest first.

    Raises:
        CategoryError: the category is unknown.
    """
    own = {one.key for one in subsets_of(workspace, category)}
    of_examples = [event for event in workspace.decisions.events(limit=limit) if event.key in own]
    both = [*of_examples, *workspace.categories.history(category, limit)]
    return sorted(both, key=lambda event: -event.sequence)[:limit]


class Example(NamedTuple):
    """An example of a category: where it comes from, and whether it counts.

    Attributes:
        id: of the image or box.
        origin: how it was found.
        author: who put it there.
        time: when, UTC.
        split: of its image; empty where there is none.
        leak: how a model may have learnt from it; None where it counts.
        of: the image in training that it is, is a copy of or hangs together with; empty where it counts.
    """

    id: str
    origin: str
    author: str
    time: datetime
    split: str
    leak: Leak | None
    of: str


def examples(of: Analyzed, category: str) -> list[Example]:
    """The examples of a category that are in the build, those that do not count last.

    Raises:
        CategoryError: it is unknown.
        SourceError: there is no column to group by as asked.
    """
    clean, view = hygiene(of), of.view
    own = [*subsets_of(of.workspace, category), *put_into(of.workspace, category)]
    members = {one.id: one for subset in reversed(own) for one in subset.members.values()}
    points = view.of_ids(list(members))
    rows = points.space.rows(members)
    images = points.space.sample_rows[np.array(rows, np.int64)].tolist()
    splits = view.images.table.frame["split"].astype(object) if "split" in view.images.table else None
    known = view.images.space.ids
    found = [
        Example(
            *(member.id, member.origin, member.author, member.time),
            split=text_of(splits.iloc[image]) if splits is not None else "",
            leak=(leak := clean.leaks.get(image)),
            of=known[leak.other] if leak else "",
        )
        for member, image in zip((members[points.space.ids[row]] for row in rows), images, strict=True)
    ]
    return sorted(found, key=lambda one: one.leak is not None)
