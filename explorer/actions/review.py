"""A round of review from its start to its end: each reviewer's queue, verdicts, where they differ, and who settles it.

What a call changes is on disk when it returns. What a person may see of an item says `seen`, and nobody else.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict

import numpy as np
import pandas as pd

from explorer.actions.evaluate import counting_in
from explorer.data.spaces import LABELS, predictions_of
from explorer.data.verdicts import Verdict, of_reading
from explorer.errors import ReviewError
from explorer.points.card import text_of, titled
from explorer.points.columns import ARROW, MATCH, SIMILARITY
from explorer.review.blinding import Facts, visible
from explorer.review.orders import queue
from explorer.review.settling import Settled, settled
from explorer.store.decisions.state import same_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Unpack

    from explorer.data.spaces import SpaceName
    from explorer.data.verdicts import Item, Protocol, Reading, Round
    from explorer.points.opened_build import View
    from explorer.points.points import Points
    from explorer.store.decisions.events import Event
    from explorer.store.workspace import Workspace

_NO_METADATA = frozenset({"label", "sample", "boxes", MATCH, SIMILARITY})
"""Columns that tell what an item is called, or was found to be, without being its label or a prediction."""


@dataclass(frozen=True)
class Progress:
    """How far one reviewer is.

    Attributes:
        reviewer: who.
        done: items judged, those that came again included.
        total: items to judge.
        seconds: median time of reading an item; NaN where nobody measured.
    """

    reviewer: str
    done: int
    total: int
    seconds: float


@dataclass(frozen=True)
class Vote:
    """A verdict without its reviewer, as an adjudicator sees it."""

    verdict: str
    severity: str
    reason: str
    categories: tuple[str, ...]
    comment: str


@dataclass(frozen=True)
class Disagreement:
    """An item on which reviewers differ.

    Attributes:
        id: of the item.
        votes: what they said, in an order that does not tell who said what.
        adjudicated: what an adjudicator decided; None while it waits.
    """

    id: str
    votes: tuple[Vote, ...]
    adjudicated: Verdict | None


class Said(TypedDict, total=False):
    """What a person says beside the verdict; what is not given is not said.

    Attributes:
        severity: one of `SEVERITIES`, or empty.
        reason: why the model failed.
        categories: names of categories that the item belongs to.
        comment: whatever else there is to say.
        seconds: how long it was looked at.
    """

    severity: str
    reason: str
    categories: Iterable[str]
    comment: str
    seconds: float


def start_round(workspace: Workspace, protocol: Protocol, *, author: str, repeats: str = "", reason: str = "") -> Round:
    """Freeze a protocol and open its round.

    Raises:
        ReviewError: the protocol cannot be followed, its name is taken, or the workspace does not have what it names.
        WorkspaceError: the decision cannot be written.
    """
    known = workspace.point_ids
    unknown = [each for each in protocol.ids if each not in known]
    if unknown:
        raise ReviewError(f"Expected ids of this workspace, found {len(unknown):,} others, such as {unknown[0]!r}.")
    models = workspace.manifest.predictions
    if protocol.model and protocol.model not in models:
        raise ReviewError(f"Expected one of the models {', '.join(models) or '(none)'}, found {protocol.model!r}.")
    if protocol.group and protocol.group not in workspace.samples:
        raise ReviewError(f"Expected a column of the images to group by, found {protocol.group!r}.")
    context = {"build": workspace.manifest.samples, "model": protocol.model}
    event = workspace.rounds.start(protocol, author=author, repeats=repeats, reason=reason, context=context)
    return workspace.rounds.find(event.key)


def rounds(workspace: Workspace) -> list[Round]:
    """The rounds, in the order of their start."""
    return workspace.rounds.all()


def queue_of(workspace: Workspace, name: str, reviewer: str) -> list[Item]:
    """A reviewer's items in their order, those that come again among them, each with what the reviewer said of it.

    Raises:
        ReviewError: the round is unknown, or the reviewer is none of it.
    """
    return list(_queue(workspace, name, reviewer))


def next_item(workspace: Workspace, name: str, reviewer: str) -> Item | None:
    """Where a reviewer goes on; None where they are done with all that the build still has.

    Raises:
        ReviewError: as `queue_of`.
    """
    there = workspace.point_ids
    return next((each for each in _queue(workspace, name, reviewer) if each.verdict is None and each.id in there), None)


def give_verdict(
    workspace: Workspace,
    name: str,
    item: Item,
    verdict: str,
    *,
    reviewer: str,
    **said: Unpack[Said],
) -> Verdict:
    """Keep what a reviewer says of an item of their queue, in place of what they said of it before.

    Args:
        workspace: the opened workspace.
        name: the round, by key or name.
        item: of the reviewer's queue.
        verdict: one of `VERDICTS`.
        reviewer: who says it.
        said: what they say beside it.

    Raises:
        ReviewError: the round is closed, or something given cannot be.
        WorkspaceError: the decision cannot be written.
    """
    return _keep(workspace, name, item.id, verdict, _spelled(workspace, name, reviewer), item.reading, said)


def undo(workspace: Workspace, name: str, reviewer: str) -> Event | None:
    """Take back a person's newest verdict of a round, or what they handed in at once; None where there is none.

    Raises:
        ReviewError: the round is unknown or closed, or their newest verdict is of another round.
        WorkspaceError: the decision cannot be written.
    """
    return workspace.verdicts.undo(name, _spelled(workspace, name, reviewer))


def redo(workspace: Workspace, name: str, reviewer: str) -> Event | None:
    """Bring back what a reviewer undid last; None where there is nothing.

    Raises:
        ReviewError: as `undo`.
        WorkspaceError: the decision cannot be written.
    """
    return workspace.verdicts.redo(name, _spelled(workspace, name, reviewer))


def progress(workspace: Workspace, name: str) -> list[Progress]:
    """How far each reviewer of a round is.

    Raises:
        ReviewError: the round is unknown.
    """
    one = workspace.rounds.find(name)
    return [_progress(who, queue_of(workspace, one.key, who)) for who in one.protocol.reviewers]


def results(workspace: Workspace, name: str) -> list[Settled]:
    """What stands of each item that anybody judged, with all votes and who gave them: for reports, not for reviewers.

    Raises:
        ReviewError: the round is unknown.
    """
    one = workspace.rounds.find(name)
    return settled(one.protocol, workspace.verdicts.of(one.key))


def disagreements(workspace: Workspace, name: str) -> list[Disagreement]:
    """What the round's rule leaves to an adjudicator, without names: first what waits, then what was decided.

    Raises:
        ReviewError: the round is unknown.
    """
    one = workspace.rounds.find(name)
    if one.protocol.adjudication == "none":
        return []
    open_ones = [each for each in results(workspace, one.key) if each.differs and (each.waits or each.adjudicated)]
    open_ones.sort(key=lambda each: each.adjudicated is not None)
    return [Disagreement(each.id, _anonymous(each, one), each.adjudicated) for each in open_ones]


def adjudicate(
    workspace: Workspace,
    name: str,
    item: str,
    verdict: str,
    *,
    adjudicator: str,
    **said: Unpack[Said],
) -> Verdict:
    """Settle an item on which reviewers differ; all votes stay.

    Args:
        workspace: the opened workspace.
        name: the round, by key or name.
        item: the id of one of its `disagreements`.
        verdict: one of `VERDICTS`.
        adjudicator: who decides.
        said: what they say beside it.

    Raises:
        ReviewError: reviewers do not differ on the item, the round is closed, or something given cannot be.
        WorkspaceError: the decision cannot be written.
    """
    if item not in {each.id for each in disagreements(workspace, name)}:
        raise ReviewError(f"Expected an item on which the reviewers differ, found {item!r}. See: review disagreements.")
    return _keep(workspace, name, item, verdict, adjudicator, "adjudication", said)


def repeat_round(workspace: Workspace, name: str, model: str, *, author: str, new_name: str = "") -> Round:
    """Open a round of the same items for another version of the model, in new orders; old verdicts do not show in it.

    Args:
        workspace: the opened workspace.
        name: the round to repeat, open or closed.
        model: the version that is judged now.
        author: who starts it.
        new_name: of the new round; else `repeated_name`.

    Raises:
        ReviewError: the round or the model is unknown, or the name is taken.
        WorkspaceError: the decision cannot be written.
    """
    old = workspace.rounds.find(name)
    called = new_name or repeated_name(workspace, old)
    again = replace(old.protocol, name=called, model=model, seed=_next_seed(old.protocol, called))
    return start_round(workspace, again, author=author, repeats=old.key, reason=f"repeats “{old.name}” for {model}")


def repeated_name(workspace: Workspace, old: Round) -> str:
    """A free name of a round that repeats another one; it does not tell the model, which may be hidden."""
    taken = {one.name for one in rounds(workspace)}
    names = (f"{old.name} (again{f' {number}' if number > 1 else ''})" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def seen(view: View, one: Round, item: str, role: str) -> Facts:
    """What a person with this role may see of an item while the round is as it is.

    Args:
        view: the build.
        one: the round.
        item: the id of the image or box.
        role: one of `ROLES`.

    Raises:
        ReviewError: the build does not have the item any more.
    """
    return visible(_facts(view, one, item), one, role)


def reviewer_of(one: Round, reviewer: str) -> str:
    """A reviewer's name as the protocol spells it.

    Raises:
        ReviewError: the protocol does not name them.
    """
    found = next((each for each in one.protocol.reviewers if same_name(each) == same_name(reviewer)), None)
    if found is None:
        among = ", ".join(one.protocol.reviewers)
        raise ReviewError(f"Expected a reviewer of the round “{one.name}” ({among}), found {reviewer!r}.")
    return found


def _spelled(workspace: Workspace, name: str, person: str) -> str:
    """A person's name as the protocol spells it, where it names them: their decisions are one line of undo."""
    known = workspace.rounds.find(name).protocol.reviewers
    return next((each for each in known if same_name(each) == same_name(person)), person)


def _keep(workspace: Workspace, name: str, item: str, verdict: str, who: str, reading: Reading, said: Said) -> Verdict:
    """Write one verdict down, which has the round and the time of its event."""
    given = Verdict(
        round="",
        id=item,
        reviewer=who,
        verdict=verdict,
        time=datetime.now(UTC),
        severity=said.get("severity", ""),
        reason=said.get("reason", ""),
        categories=tuple(said.get("categories", ())),
        comment=said.get("comment", ""),
        seconds=said.get("seconds", 0.0),
        reading=reading,
    )
    (event,) = workspace.verdicts.give(name, [given], author=who)
    return replace(given, round=workspace.rounds.find(name).key, time=event.time)


def _queue(workspace: Workspace, name: str, reviewer: str) -> Iterator[Item]:
    one = workspace.rounds.find(name)
    who = reviewer_of(one, reviewer)
    said = workspace.verdicts.by(one.key, who).values()
    return queue(one.protocol, who, {(each.id, each.reading): each for each in said}, _enough(workspace, one, who))


def _enough(workspace: Workspace, one: Round, reviewer: str) -> frozenset[str]:
    """Items that others have judged often enough, as those are that a deviation gave to somebody else since."""
    if not (one.deviations and one.protocol.overlap):
        return frozenset()
    given = of_reading(workspace.verdicts.of(one.key), "first")
    counts = Counter(each.id for each in given if each.reviewer != reviewer)
    return frozenset(each for each, many in counts.items() if many >= one.protocol.overlap) - frozenset(
        one.protocol.calibration
    )


def _progress(reviewer: str, items: Sequence[Item]) -> Progress:
    given = [each.verdict for each in items if each.verdict]
    measured = [each.seconds for each in given if each.seconds]
    return Progress(reviewer, len(given), len(items), float(np.median(measured)) if measured else float("nan"))


def _anonymous(one: Settled, of: Round) -> tuple[Vote, ...]:
    def drawn(each: Verdict) -> bytes:
        return hashlib.sha256("\x00".join((str(of.protocol.seed), each.id, each.reviewer)).encode()).digest()

    ordered = sorted(one.votes, key=drawn)
    return tuple(Vote(each.verdict, each.severity, each.reason, each.categories, each.comment) for each in ordered)


def _next_seed(protocol: Protocol, name: str) -> int:
    """A seed of its own for a repeated round, so that nobody meets the items in the order they know."""
    return int.from_bytes(hashlib.sha256(f"{protocol.seed}\x00{name}".encode()).digest()[:4])


def _facts(view: View, one: Round, item: str) -> Facts:
    """All that is known of an item."""
    points = view.of_ids([item])
    row = points.space.row_of.get(item)
    if row is None:
        raise ReviewError(f"The item {item!r} of the round “{one.name}” is not in this build any more. Build it again.")
    known, model = points.table.frame.iloc[row], view.workspace.model_now(one.protocol.model)
    models = tuple(f"{each}." for each in view.models)
    other = [
        name
        for name in points.telling
        if name not in _NO_METADATA and ARROW not in name and not name.startswith(models)
    ]
    label, prediction, confidence = _called(view, one.protocol, points, row, model)
    return Facts(
        id=item,
        title=points.filepath(row).name,
        label=label,
        prediction=prediction,
        confidence=confidence,
        model=model or None,
        metadata={titled(name): text for name in other if (text := text_of(known[name]))},
    )


def _called(
    view: View, protocol: Protocol, points: Points, row: int, model: str
) -> tuple[str | None, str | None, float | None]:
    """What an item is called in the data and by the model, and how sure that is."""
    frame = points.table.frame
    if view.has_boxes and not points.space.are_boxes:
        return _on_image(view, protocol, points.space.ids[row], model)
    known = frame.iloc[row]
    label, prediction = (text_of(known.get(name)) or None for name in ("label", f"{model}.prediction"))
    said = known.get(f"{model}.confidence")
    sure = None if said is None or pd.isna(said) else float(said)
    return (None, label, sure) if points.name.model else (label, prediction, sure)


def _on_image(view: View, protocol: Protocol, image: str, model: str) -> tuple[str | None, str | None, float | None]:
    """The classes of the boxes on an image, in the data and by the model, and how sure its surest detection is."""
    label = _classes(_boxes(view, image, LABELS))
    if not model:
        return label, None, None
    found = _boxes(view, image, predictions_of(model))
    counted = found[found["confidence"] >= counting_in(view, protocol).confidence]
    return label, _classes(counted), float(counted["confidence"].max()) if len(counted) else None


def _boxes(view: View, image: str, name: SpaceName) -> pd.DataFrame:
    objects = view.workspace.objects(name)
    return objects[objects["sample"] == image]


def _classes(boxes: pd.DataFrame) -> str:
    return ", ".join(sorted(map(str, boxes["label"].unique())))
