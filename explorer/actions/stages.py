"""How far each subset is: found, tagged, reviewed, exported, returned, retrained, verified; and what is next."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from explorer.actions.compare_versions import best_thresholds, change_on
from explorer.store.received.files import received

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from explorer.analysis.versions import Versus
    from explorer.data.exports import ExportRecord
    from explorer.data.subsets import Subset
    from explorer.data.thresholds import Thresholds
    from explorer.points.opened_build import View
    from explorer.store.workspace import Workspace

STAGES = ("found", "tagged", "reviewed", "exported", "returned", "retrained", "verified")
"""In their order."""


class Stage(NamedTuple):
    """One stage of a subset.

    Attributes:
        name: one of `STAGES`.
        done: how many members are through; of `retrained` how many models came, of `verified` 1 where it is better.
        at: when the last one came through, UTC; None where none did.
        said: what there is to know besides, in words.
    """

    name: str
    done: int = 0
    at: datetime | None = None
    said: str = ""


class Way(NamedTuple):
    """How far a subset is.

    Attributes:
        subset: as it is now.
        stages: in the order of `STAGES`.
        step: the stage that is next; empty where it is verified.
        waits: for whom and since when, a sentence.
    """

    subset: Subset
    stages: tuple[Stage, ...]
    step: str
    waits: str


class _Export(NamedTuple):
    """An export, and the ids of images and boxes that it left out."""

    record: ExportRecord
    left_out: frozenset[str]


class _Said(NamedTuple):
    """What people and models said since a workspace was made, by what it bears on.

    Attributes:
        reviewed: by the id of an image or a box, when it was reviewed last.
        returned: by the id of an image or a box, when a label for it came back last.
        exports: the first first, each with the ids of images and boxes that it left out.
        models: those that came after the build, with when.
    """

    reviewed: Mapping[str, datetime]
    returned: Mapping[str, datetime]
    exports: Sequence[_Export]
    models: Mapping[str, datetime]


def ways(view: View, subsets: Sequence[Subset]) -> list[Way]:
    """How far each subset is.

    Args:
        view: the opened build, judged by labels as people corrected them by now.
        subsets: as they are now, see `explorer.points.live_subsets.evaluate_rule`.
    """
    said = _said(view.workspace.given, subsets)
    at = best_thresholds(view) if said.models else {}
    return [_way(view, at, subset, said) for subset in subsets]


def _way(view: View, at: Mapping[str, Thresholds], subset: Subset, said: _Said) -> Way:
    times = {each: one.time for each, one in subset.members.items()}
    found = {**times, **{each: one.time for each, one in subset.rejected.items()}}
    went = [(one.record, held) for one in said.exports if (held := _held(subset, one)) is not None]
    exports = [record for record, _ in went]
    gone_out = {each: record.time for record, held in went for each in held}
    first = min((one.time for one in exports), default=None)
    out = max((one.time for one in exports), default=None)
    back = {each: said.returned[each] for each in times if first and said.returned.get(each, first) > first}
    since = max(back.values(), default=out)
    models = {name: at for name, at in said.models.items() if since and at > since}
    stages = (
        Stage("found", len(found), min(found.values(), default=subset.created_at)),
        _counted("tagged", times),
        _counted("reviewed", {each: said.reviewed[each] for each in times if each in said.reviewed}),
        _counted("exported", gone_out)._replace(said=_out(exports, len(times) - len(gone_out))),
        _counted("returned", back),
        Stage("retrained", len(models), max(models.values(), default=None), ", ".join(models)),
        _verified(view, at, subset, models),
    )
    done = max(number for number, stage in enumerate(stages) if stage.done or not number)
    step = "" if done + 1 == len(STAGES) else STAGES[done + 1]
    return Way(subset, stages, step, _waits(stages, exports))


def _held(subset: Subset, export: _Export) -> list[str] | None:
    """The members that an export holds; None where it was not of the subset.

    One of all images is of every subset that had something then, and held what lay in none of those left out.
    """
    record, members = export.record, subset.members.items()
    held = [each for each, one in members if one.time <= record.time and each not in export.left_out]
    return held if record.holds(subset.key) and (held or not record.everything) else None


def _counted(name: str, times: Mapping[str, datetime]) -> Stage:
    return Stage(name, len(times), max(times.values(), default=None))


def _out(exports: Sequence[ExportRecord], since: int) -> str:
    if not exports:
        return ""
    last = exports[-1]
    more = f", {since:,} tagged since" if since else ""
    return f"as {last.form} by {last.author}{more}"


def _verified(view: View, at: Mapping[str, Thresholds], subset: Subset, models: Mapping[str, datetime]) -> Stage:
    """Whether the newest model is better than the last one before, by the interval."""
    before = [name for name in view.models if name not in models]
    if not (models and before and view.labelled):
        return Stage("verified")
    newest = max(models, key=lambda name: models[name])
    found = change_on(view, before[-1], newest, at, subset)
    if found is None:
        return Stage("verified", said="nothing to judge it by")
    better = _is_better(found)
    return Stage("verified", int(better), models[newest] if better else None, _told(found, newest))


def _is_better(found: Versus) -> bool:
    return not found.too_few and found.difference.low > 0


def _told(found: Versus, model: str) -> str:
    rates = f"{found.before.value:.1%} → {found.after.value:.1%} with {model}"
    if found.too_few:
        return f"{rates}, too few to say"
    low, high = 100 * found.difference.low, 100 * found.difference.high
    return f"{rates} ({low:+.1f} to {high:+.1f} points)"


def _waits(stages: Sequence[Stage], exports: Sequence[ExportRecord]) -> str:
    """For whom a subset waits, by the last stage that is done."""
    by = {stage.name: stage for stage in stages}
    if by["verified"].done:
        return f"Verified: {by['verified'].said}."
    if by["retrained"].done:
        said = by["verified"].said or "there is no model before it to compare with"
        return f"Not surely better: {said}. It waits for more labels, or another version."
    if by["returned"].done:
        return f"Waits for a new model version since {_day(by['returned'].at)}."
    if exports:
        last = exports[-1]
        return f"Waits for the labelers since {_day(last.time)}: {last.author} exported it to {last.place}."
    if by["reviewed"].done:
        left = by["tagged"].done - by["reviewed"].done
        return f"Waits to be exported; {left:,} are not reviewed." if left else "Reviewed, waits to be exported."
    return "Waits for reviewers, or to be exported." if by["tagged"].done else "Has no members yet."


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else ""


def _said(workspace: Workspace, subsets: Sequence[Subset]) -> _Said:
    reviewed: dict[str, datetime] = {}
    returned: dict[str, datetime] = {}
    for each, came_back, time in _corrected(workspace):
        _note(returned if came_back else reviewed, each, time)
    for one in workspace.rounds.all():
        for verdict in workspace.verdicts.of(one.key):
            _note(reviewed, verdict.id, verdict.time)
    known = {one.name: one.received_at for one in received(workspace.paths.predictions, workspace.manifest.arrived)}
    models = {name: datetime.fromisoformat(at) for name, at in known.items() if name in workspace.manifest.predictions}
    exports = [_Export(one, _left_out(workspace, one, subsets)) for one in workspace.exports.all()]
    return _Said(reviewed, returned, exports, models)


def _left_out(workspace: Workspace, record: ExportRecord, subsets: Sequence[Subset]) -> frozenset[str]:
    """The ids of images and boxes that an export left out, as members of subsets that it was without."""
    without = [one.members for one in subsets if one.key in record.without]
    ids = {each for members in without for each, one in members.items() if one.time <= record.time}
    return frozenset(ids | {box for box, image in _owners(workspace).items() if image in ids} if ids else ())


def _corrected(workspace: Workspace) -> Iterator[tuple[str, bool, datetime]]:
    """The ids of images and boxes with decided labels, whether these came back, and when; with a box its image."""
    owners = _owners(workspace)
    for each, one in workspace.corrections.all().items():
        yield from ((known, one.came_back, one.time) for known in {each, owners.get(each, each)})
    for image, boxes in workspace.corrections.boxes().items():
        changed = {image, *(box.id for box in {*boxes.given} ^ {*boxes.boxes})}
        yield from ((known, boxes.came_back, boxes.time) for known in changed)


def _owners(workspace: Workspace) -> dict[str, str]:
    """The image that each box is on."""
    frames = [workspace.objects(space)["sample"] for space in workspace.object_spaces]
    return {str(each): str(image) for frame in frames for each, image in frame.items()}


def _note(times: dict[str, datetime], each: str, time: datetime) -> None:
    times[each] = max(time, times.get(each, time))
