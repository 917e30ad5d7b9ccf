"""What the analyses of a workspace say, by kind: what `edgecase analyze` prints."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from explorer.actions import (
    drift,
    driver_findings,
    duplicate_findings,
    label_issues,
    next_to_label,
    outlier_findings,
    segment_findings,
    signal_findings,
    slices,
)
from explorer.actions.analyzed import BUDGET, NotComputed, analyzed
from explorer.actions.findings import Known, recognised
from explorer.actions.judged_by import judged_by
from explorer.actions.signal_findings import SIGNALS
from explorer.actions.signals import update_signals
from explorer.data.corrections import CORRECTED, GIVEN
from explorer.data.findings import Finding
from explorer.data.records import Progress
from explorer.errors import SourceError, WorkspaceError
from explorer.points.cache import Cache
from explorer.points.opened_build import View
from explorer.store.derived.analyses import Analysis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from explorer.actions.analyzed import Analyzed, Kind, Row
    from explorer.analysis.divided import Between
    from explorer.data.records import OnProgress
    from explorer.store.workspace import Workspace

FINDINGS = "findings"
"""What `--only` calls the findings over all kinds."""

KINDS = {
    kind.name: kind
    for kind in (
        segment_findings.KIND,
        driver_findings.KIND,
        label_issues.KIND,
        outlier_findings.KIND,
        duplicate_findings.KIND,
        slices.KIND,
        drift.KIND,
        next_to_label.KIND,
    )
}
"""The analyses that there are, in the order in which they are printed: a new kind is one entry."""

_ROWS, _FOUND = "rows", "found"
"""The parts of a result, as they are kept."""

_FINEST = 100
"""Parts that the whole of an analysis is told in."""


class Told(NamedTuple):
    """What one kind of analysis claims.

    Attributes:
        found: its findings, best first.
        reason: why it has no rows, a sentence; else empty.
        nothing: why it claims nothing, a sentence; else empty.
    """

    found: list[Finding]
    reason: str
    nothing: str


class Result(NamedTuple):
    """What one kind of analysis came to: its table, and what it claims."""

    rows: list[Row]
    told: Told


_told: Cache[Told] = Cache(64)
"""What was kept and read before; a folder never changes."""

_alone: Cache[Told] = Cache(64)
"""What was computed without rows, by the folder where all of it would be kept."""


def analyze(
    workspace: Workspace,
    kinds: Sequence[str] = (),
    model: str | None = None,
    *,
    seed: int = 42,
    group_by: str | None = None,
    encoders: Sequence[str] = (),
    own_signals: Sequence[str] = (),
    budget: int = BUDGET,
    duplicate_threshold: float | None = None,
    between: Between | None = None,
    on_progress: OnProgress | None = None,
) -> dict[str, Any]:
    """Run the analyses of a workspace; what was computed before of the same is taken from there.

    Args:
        workspace: what is analysed.
        kinds: which analyses, see `KINDS`, or `FINDINGS`; all where none is named.
        model: whose errors are looked at; the first model's where none is named.
        seed: of what is drawn at random.
        group_by: a column whose values name what is not independent, such as frames of one video.
        encoders: whose vectors vote on labels, all where none is named; slices, drift, outliers, copies and what to
            label next are of those of the first.
        own_signals: functions of the user's, `module:function`; see `explorer.actions.own_signals`.
        budget: how many images one would label next.
        duplicate_threshold: cosine similarity from which on two images are copies; from the data unless given.
        between: the two parts that are compared for drift; unless given each split with `train`, each batch with what
            was built first, and each period of a date with the one before.
        on_progress: told how much of all is done.

    Returns:
        The kinds that were asked for: `signals` {name: {n, missing, computed_now}}, for which what is missing is
        computed before all else; and each a list: `segments` [{column, value, n, images, metric, rate, low, high,
        elsewhere, odds_ratio, p, q, too_few}]; `outliers` [{id, score, flagged}], the farthest first; `duplicates`
        [{ids, kind, similarity, conflict, splits}], conflicts first, then those across splits; `label_issues` [{id,
        given, suggested, score, votes}], the most likely wrong first; `slices` [{ids, n, rate, low, high, held_out: {n,
        rate, low, high}, elsewhere, p, metric, source, words, over_represented}], surely the worst first; `drift`
        [{column, between, test, statistic, p, n, signals}]; `next` [{id, reason}], as many as the budget; `findings`
        [{kind, title, sentence, ids, figures, score, key}], best first, behind them those that were dismissed, with
        `dismissed` {reason, author, time}. What cannot be computed is an empty list, with its reason under
        `not_computed`.

    Raises:
        SourceError: a kind, the model, a column, one of its values or an encoder is unknown.
    """
    every = [SIGNALS, *KINDS, FINDINGS]
    unknown = [kind for kind in kinds if kind not in every]
    if unknown:
        raise SourceError(f"Expected kinds among {', '.join(every)}, found {', '.join(unknown)}.")
    asked = list(dict.fromkeys(kinds)) or every
    report = on_progress or (lambda _: None)
    said: dict[str, Any] = {}
    reasons: dict[str, str] = {}
    if SIGNALS in asked or own_signals:
        now, said[SIGNALS], reasons = _with_signals(workspace.given, own_signals, report)
        workspace = judged_by(now, GIVEN if workspace is workspace.given else CORRECTED)
    of = analyzed(
        View(workspace),
        model,
        seed=seed,
        group_by=group_by,
        encoders=encoders,
        budget=budget,
        duplicate_threshold=duplicate_threshold,
        between=between,
    )
    rest = [kind for kind in asked if kind != SIGNALS]
    needed = KINDS.values() if FINDINGS in asked else [KINDS[kind] for kind in rest]
    results = computed(of, needed, report)
    ranked = _rows(known_findings(of, {kind: one.told for kind, one in results.items()})) if FINDINGS in asked else []
    said |= {kind: results[kind].rows if kind in results else ranked for kind in rest}
    reasons |= {kind: results[kind].told.reason for kind in rest if kind in results and results[kind].told.reason}
    return {**said, "not_computed": reasons}


def _with_signals(
    workspace: Workspace, own: Sequence[str], report: OnProgress
) -> tuple[Workspace, dict[str, Row], dict[str, str]]:
    """The workspace with all its signals, what is said of these, and why some are missing."""
    try:
        now = update_signals(workspace, own, report)
    except WorkspaceError as error:  # others build just now, or nothing can be written: the rest goes on
        return workspace, {}, {SIGNALS: str(error)}
    reason = signal_findings.reason(now)
    return now.workspace, signal_findings.rows(now, View(now.workspace).samples), {SIGNALS: reason} if reason else {}


def findings_of(workspace: Workspace, model: str | None, *, on_progress: OnProgress) -> list[Known]:
    """The findings of all kinds with what was decided about them, best first; see `analyze`."""
    of = analyzed(View(workspace), model)
    results = computed(of, KINDS.values(), on_progress)
    return known_findings(of, {kind: one.told for kind, one in results.items()})


def _rows(every: Sequence[Known]) -> list[Row]:
    """Findings as rows, those that were dismissed behind the others, with who did so, when and why."""
    return [_row(one) for one in sorted(every, key=lambda one: one.dismissed)]


def _row(one: Known) -> Row:
    row = {**vars(one.finding), "key": one.key}
    if one.decided and one.dismissed:
        row["dismissed"] = {name: getattr(one.decided, name) for name in ("reason", "author", "time")}
    if one.decided and one.decided.actions:
        row["actions"] = list(one.decided.actions)
    return row


def known_findings(of: Analyzed, told: Mapping[str, Told]) -> list[Known]:
    """The findings of all kinds with what was decided about them, by what could be gained, the most first."""
    found = [
        (one, of.model if "model" in KINDS[kind].options else None)
        for kind, claimed in told.items()
        for one in claimed.found
    ]
    return recognised(found, of.workspace.findings.all(), of.workspace.model_now)


def computed(of: Analyzed, kinds: Iterable[Kind], report: OnProgress) -> dict[str, Result]:
    """What kinds of analysis come to, by their names: kept as each is done, so that nothing is computed twice.

    Args:
        of: what is analysed.
        kinds: which analyses.
        report: told how much is done of what was not kept.
    """
    kept = {kind: _kept(of, kind) for kind in kinds}
    missing = [kind for kind, result in kept.items() if result is None]
    costs = np.cumsum([0.0, *(kind.cost for kind in missing)])
    for kind, before in zip(missing, costs, strict=False):
        watched = of.reporting(_within(report, before / costs[-1], kind.cost / costs[-1]))
        watched.told(kind.name, 0, 1)
        kept[kind] = _compute(watched, kind)
        watched.told(kind.name, 1, 1)
    return {kind.name: result for kind, result in kept.items() if result}


def _within(report: OnProgress, before: float, share: float) -> Callable[[Progress], None]:
    """Tell how far one kind is as a part of all."""

    def told(progress: Progress) -> None:
        part = progress.done / progress.total if progress.total else 0.0
        report(Progress("analysis", round(_FINEST * (before + share * part)), _FINEST))

    return told


def _compute(of: Analyzed, kind: Kind) -> Result:
    rows, reason = _or_reason(lambda: kind.rows(of))
    found, nothing = _or_reason(lambda: kind.found(of))
    parts = {_ROWS: rows, _FOUND: {_FOUND: [vars(one) for one in found], "reason": reason, "nothing": nothing}}
    texts = {name: json.dumps(part, ensure_ascii=False, default=_plain) for name, part in parts.items()}
    analysis = _analysis(of, kind)
    analysis.keep(texts)
    result = Result(json.loads(texts[_ROWS]), _claims(json.loads(texts[_FOUND])))  # the same as it will be read
    _told.put(analysis.folder, result.told)
    return result


def _or_reason(compute: Callable[[], Sequence[Any]]) -> tuple[Sequence[Any], str]:
    try:
        return compute(), ""
    except NotComputed as reason:
        return [], str(reason)


def _plain(value: Any) -> Any:  # noqa: ANN401 - a scalar of numpy
    return value.item()


def _kept(of: Analyzed, kind: Kind) -> Result | None:
    """What was kept of a kind; None where it is not there."""
    analysis = _analysis(of, kind)
    if not analysis.exists:
        return None
    rows, claimed = analysis.read(_ROWS), analysis.read(_FOUND)
    return None if rows is None or claimed is None else Result(rows, _claims(claimed))


def told_of(of: Analyzed, kind: Kind) -> Told | None:
    """What a kind claims where that was computed before; None where it is not there."""
    analysis = _analysis(of, kind)
    if (held := _told.held(analysis.folder)) is not None:
        return held
    claimed = analysis.read(_FOUND) if analysis.exists else None
    return None if claimed is None else _told.get(analysis.folder, lambda: _claims(claimed))


def told_alone(of: Analyzed, kind: Kind) -> Told:
    """What a kind claims, without computing its rows, which may take much longer; held, not kept on disk."""

    def make() -> Told:
        found, nothing = _or_reason(lambda: kind.found(of))
        said = {_FOUND: [vars(one) for one in found], "reason": "", "nothing": nothing}
        return _claims(json.loads(json.dumps(said, default=_plain)))  # as it would be read

    return told_of(of, kind) or _alone.get(_analysis(of, kind).folder, make)


def _claims(told: dict[str, Any]) -> Told:
    found = [Finding(**{**one, "ids": tuple(one["ids"])}) for one in told[_FOUND]]
    return Told(found, told["reason"], told["nothing"])


def _analysis(of: Analyzed, kind: Kind) -> Analysis:
    """Where a kind is kept: named by the build and all else that it is made of."""
    options: dict[str, object] = {name: getattr(of, name) for name in kind.options}
    if "model" in kind.options:
        options["at"] = of.points.at
    about: dict[str, object] = {"version": kind.version, "options": options}
    newest = [of.workspace.decisions.events(limit=1, kind=stream) for stream in kind.decisions]
    decided = [event.id for events in newest for event in events]
    if of.workspace is not of.workspace.given:  # another correction gives another result in place of this one
        about["labels"], decided = CORRECTED, [*decided, of.workspace.tables_key]
    return Analysis(of.workspace.paths.derived, of.workspace.manifest, kind.name, about, " ".join(decided))
