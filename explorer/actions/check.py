"""A gate for a model: whether it is good enough on each category, segment and subset, as far as the images can tell."""

from __future__ import annotations

import re
import reprlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from explorer.actions.analyzed import analyzed
from explorer.actions.hygiene import counting, hygiene, known_leaks, left_out_words
from explorer.actions.outcomes import by_review, newest_review, within
from explorer.analysis.segments import LEAST, Part, parts_of, parts_of_map
from explorer.analysis.versions import Share, rates
from explorer.errors import SourceError
from explorer.points.chosen import CATEGORY, SUBSET, Chosen, chosen_categories, chosen_subsets, put_by_reviewers
from explorer.points.opened_build import View
from explorer.readers.documents import read_yaml
from explorer.review.patterns import severity_weighted_rate

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from explorer.actions.analyzed import Analyzed
    from explorer.analysis.versions import Rated
    from explorer.store.workspace import Workspace

ACCURACY, RECALL, SEVERITY_WEIGHTED = "accuracy", "recall", "severity_weighted"
METRICS = (ACCURACY, RECALL, SEVERITY_WEIGHTED)
SEGMENT = "segment"
KINDS = (CATEGORY, SEGMENT, SUBSET)
MOST = 10_000
"""Thresholds in one file at most."""

SHOWN = 20
"""Names that are listed where one is unknown."""

_NUMBER = re.compile(r"\d*\.?\d+|\d+\.")


class Status(StrEnum):
    """What a check came to."""

    PASSED = "passed"
    FAILED = "failed"
    CANNOT_SAY = "cannot say"


@dataclass(frozen=True)
class Threshold:
    """What a model must reach.

    Attributes:
        kind: `category`, `segment` or `subset`.
        name: of which one; of a segment `column=value`.
        metric: one of `METRICS`.
        at_least: what the lower end of the 95% interval must reach, 0 to 1.
        min_n: images below which nothing is said.
    """

    kind: str
    name: str
    metric: str
    at_least: float
    min_n: int = LEAST


class Check(NamedTuple):
    """What one threshold came to.

    Attributes:
        threshold: what was asked.
        status: what it came to.
        images: on how many images something was judged.
        share: the figure with its interval; None where there is none.
        left_out: how many points of the part do not count, because the model may have learnt from them.
        reason: a sentence, or two.
    """

    threshold: Threshold
    status: Status
    images: int
    share: Share | None
    left_out: int
    reason: str


def check(
    workspace: Workspace,
    thresholds: Path,
    model: str | None = None,
    *,
    group_by: str | None = None,
    count_leaking: bool = False,
    leave_out_leaking: bool = False,
) -> dict[str, Any]:
    """Hold a model against thresholds, of boxes with its detections from its best confidence on.

    Accuracy is the share of the images of a part that are right, recall the share of what is labelled that is found:
    of images that is the same, of boxes the share of objects found, and there is no accuracy. What of a category the
    model may have learnt from does not count.

    Args:
        workspace: with labels and predictions.
        thresholds: YAML, see `read_thresholds`.
        model: which one; the last one where none is named.
        group_by: a column by which images hang together: what the training split has of it does not count either.
        count_leaking: count it all the same.
        leave_out_leaking: leave it out of subsets and segments too.

    Returns:
        `model`; `status`: `failed` where a check failed, else `cannot say` where one could not be told, else `passed`;
        `checks`, in the order of the file: {kind, name, metric, at_least, min_n, status, n, images, left_out, rate,
        low, high, reason}, None for figures there are none of.

    Raises:
        SourceError: the model, a name or the column is unknown, nothing can be judged, no training split is known
            that is to be left out, or the file is not as it must be.
    """
    asked = read_thresholds(thresholds)
    view = View(workspace)
    if not view.judges:
        raise SourceError("Expected labels and the predictions of a model to check, found a workspace without them.")
    of = analyzed(view, model or view.models[-1], group_by=group_by)
    if leave_out_leaking:
        known_leaks(of)
    leaving = KINDS if leave_out_leaking else () if count_leaking else (CATEGORY,)
    found = checks(of, asked, leaving)
    return {"model": of.model, "status": str(verdict(found)), "checks": [_row(one) for one in found]}


def verdict(found: Sequence[Check]) -> Status:
    """What all checks come to: the worst of them, where failing is worse than not being told."""
    worst = (Status.FAILED, Status.CANNOT_SAY)
    return next((status for status in worst if any(one.status is status for one in found)), Status.PASSED)


def checks(of: Analyzed, asked: Sequence[Threshold], leaving: Collection[str] = (CATEGORY,)) -> list[Check]:
    """Hold a model against each threshold, of the kinds `leaving` on what it cannot have learnt from.

    Raises:
        SourceError: a name is unknown, or a metric is not one of these points.
    """
    parts: dict[tuple[str, str], Chosen] = {}
    for kind in KINDS:
        names = list(dict.fromkeys(one.name for one in asked if one.kind == kind))
        if names:
            found = named(kind, _PARTS[kind](of), names)
            if kind in leaving:
                found = [counting(one, of.points, of.once("hygiene", lambda: hygiene(of))) for one in found]
            parts |= {(kind, one.part.value): one for one in found}
    rated = {one.part[:2]: one for one in rates((one.part for one in parts.values()), of.points.judged(of.model))}
    return [
        _severity_weighted(one, parts[one.kind, one.name], of)
        if one.metric == SEVERITY_WEIGHTED
        else _checked(one, parts[one.kind, one.name], rated.get((one.kind, one.name)), of)
        for one in asked
    ]


def _checked(asked: Threshold, part: Chosen, found: Rated | None, of: Analyzed) -> Check:
    if asked.metric == ACCURACY and of.points.space.are_boxes:
        raise SourceError(f"Expected the metric recall of boxes, found accuracy for the {asked.kind} {asked.name!r}.")
    images = found.images if found else 0
    return _held(asked, part, images, of.images.space.counted(images), found.share if found else None)


def _held(asked: Threshold, part: Chosen, images: int, counted: str, share: Share | None) -> Check:
    """Hold the lower end of a share against its threshold; `counted` says how many it is of."""
    if share is None or images < asked.min_n:
        reason = f"{counted}, where at least {asked.min_n:,} are needed."
        return _said(asked, Status.CANNOT_SAY, part, images, share, reason)
    passed = share.low >= asked.at_least
    reason = (
        f"{share.value:.1%} ({share.low:.1%} to {share.high:.1%}) of {share.n:,}, "
        f"the lower end is {'at least' if passed else 'below'} {asked.at_least:.1%}."
    )
    return _said(asked, Status.PASSED if passed else Status.FAILED, part, images, share, reason)


def _said(asked: Threshold, status: Status, part: Chosen, images: int, share: Share | None, reason: str) -> Check:
    told = " ".join(filter(None, (reason, left_out_words(part.left_out))))
    return Check(asked, status, images, share, part.left_out, told)


def _severity_weighted(asked: Threshold, part: Chosen, of: Analyzed) -> Check:
    """What reviewers found right, each item counted by its severity; without a round nothing can be said."""
    reviewed = of.once("newest review", lambda: newest_review(of.workspace, of.model))
    if reviewed is None:
        reason = f"No round of review has verdicts on {of.model} yet, which give the severities."
        return _said(asked, Status.CANNOT_SAY, part, 0, None, reason)
    judged = of.once("judged by review", lambda: by_review(of.view, reviewed))
    here = judged.of(within(of.view, of.points, part.part.rows, part.images, judged))
    wrong = severity_weighted_rate(here)
    share = Share(1 - wrong.value, wrong.n, 1 - wrong.high, 1 - wrong.low)
    counted = of.view.of_ids(here.ids).space.counted(wrong.n)
    return _held(asked, part, wrong.n, counted, share if wrong.n else None)


def _segments(of: Analyzed) -> list[Chosen]:
    """Segments by `column=value`, a region also by its name."""
    columns = of.points.dividing(of.model, of.view.models)
    parts = [*parts_of(of.points.table, columns), *parts_of_map(of.view.regions(of.points.name))]
    names = [(f"{one.column}={one.value}", one.rows) for one in parts]
    names += [(f"{one.column}={one.region.name}", one.rows) for one in parts if one.region and one.region.name]
    return [Chosen(Part(SEGMENT, name, rows), None) for name, rows in names]


def _subsets(of: Analyzed) -> list[Chosen]:
    return chosen_subsets(of.view, of.points, of.workspace.subsets())


def _categories(of: Analyzed) -> list[Chosen]:
    subsets = [*of.workspace.subsets(), *put_by_reviewers(of.workspace.decisions)]
    return chosen_categories(chosen_subsets(of.view, of.points, subsets), subsets, of.workspace.categories.in_use())


_PARTS: Mapping[str, Callable[[Analyzed], list[Chosen]]] = {
    CATEGORY: _categories,
    SEGMENT: _segments,
    SUBSET: _subsets,
}


def _likest(name: str, every: Sequence[Chosen]) -> str:
    """Some of the names there are, those of the same column first."""
    names = sorted((one.part.value for one in every), key=lambda one: one.partition("=")[0] != name.partition("=")[0])
    return ", ".join([*names[:SHOWN], *(["…"] if len(names) > SHOWN else [])]) or "none"


def named(kind: str, every: Sequence[Chosen], names: Sequence[str]) -> list[Chosen]:
    """Those of a kind that have these names.

    Raises:
        SourceError: none has, or several have; or the rule of one cannot be asked.
    """
    found = []
    for name in names:
        of_name = [one for one in every if one.part.value == name]
        if not of_name:
            raise SourceError(
                f"Expected the name of a {kind} of this workspace, found {name!r}. There are: {_likest(name, every)}."
            )
        if len(of_name) > 1:
            raise SourceError(f"Expected the name of one {kind}, found {name!r}, which {len(of_name)} have.")
        if of_name[0].problem:
            raise SourceError(f"The rule of the {kind} {name!r} cannot be asked: {of_name[0].problem}")
        found.append(of_name[0])
    return found


def read_thresholds(path: Path) -> list[Threshold]:
    """Read what a model must reach: a list of `category|segment|subset`, `metric`, `at_least` and, if need be, `min_n`.

    Raises:
        SourceError: the file cannot be read, is empty, or an entry is not as it must be.
    """
    content = read_yaml(path)
    if not isinstance(content, list) or not content:
        raise SourceError(f"Expected a list of thresholds in {path}, found {'nothing' if not content else 'no list'}.")
    if len(content) > MOST:
        raise SourceError(f"Expected at most {MOST:,} thresholds in {path}, found {len(content):,}.")
    return [_threshold(entry, f"Entry {number} of {path}") for number, entry in enumerate(content, 1)]


def _threshold(entry: object, where: str) -> Threshold:
    if not isinstance(entry, dict):
        raise SourceError(f"{where}: expected category, segment or subset with metric and at_least, found no mapping.")
    kinds = [kind for kind in KINDS if kind in entry]
    unknown = entry.keys() - {*KINDS, "metric", "at_least", "min_n"}
    if len(kinds) != 1 or unknown:
        found = reprlib.repr(list(entry))
        raise SourceError(
            f"{where}: expected one of category, segment and subset, with metric, at_least and min_n, found {found}."
        )
    name = entry[kinds[0]]
    if not isinstance(name, str) or not name:
        raise SourceError(f"{where}: expected the name of a {kinds[0]}, found none.")
    metric = entry.get("metric")
    if metric not in METRICS:
        raise SourceError(f"{where}: expected a metric among {', '.join(METRICS)}, found {reprlib.repr(metric)}.")
    return Threshold(kinds[0], name, str(metric), _share(entry.get("at_least"), where), _least(entry, where))


def _share(text: object, where: str) -> float:
    if not isinstance(text, str) or not _NUMBER.fullmatch(text) or not 0 <= float(text) <= 1:
        raise SourceError(f"{where}: expected at_least as a number from 0 to 1, found {reprlib.repr(text)}.")
    return float(text)


def _least(entry: Mapping[str, object], where: str) -> int:
    text = entry.get("min_n", str(LEAST))
    if not isinstance(text, str) or not re.fullmatch(r"[1-9]\d{0,8}", text):
        raise SourceError(f"{where}: expected min_n as a whole number of at least 1, found {reprlib.repr(text)}.")
    return int(text)


def _row(one: Check) -> dict[str, Any]:
    share = one.share
    return {
        "kind": one.threshold.kind,
        "name": one.threshold.name,
        "metric": one.threshold.metric,
        "at_least": one.threshold.at_least,
        "min_n": one.threshold.min_n,
        "status": str(one.status),
        "n": share.n if share else 0,
        "images": one.images,
        "left_out": one.left_out,
        "rate": share.value if share else None,
        "low": share.low if share else None,
        "high": share.high if share else None,
        "reason": one.reason,
    }
