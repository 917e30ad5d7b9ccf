"""The sections of a report: each is made of what was judged, and says what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from explorer.actions.compare_versions import best_thresholds
from explorer.actions.hygiene import sources
from explorer.analysis.segments import LEAST, Part
from explorer.analysis.versions import rates
from explorer.data.outcomes import OUTCOMES
from explorer.data.palettes import GREY
from explorer.data.verdicts import ADJUDICATIONS, SEVERITIES, VERDICTS
from explorer.review.patterns import (
    CORRECT,
    INCORRECT,
    concentration,
    confusion,
    error_rate,
    ranking,
    severity_weighted_rate,
    sureness,
)
from explorer.review.report import Bar, Bars, Cell, Facts, Grid, HeatMap, Intervals, Listing, Mark, Section, Words
from explorer.review.report_actions import DOING
from explorer.stats.intervals import Figure
from explorer.store.decisions.state import same_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from explorer.actions.compare_versions import Compared
    from explorer.actions.failure_modes import Failures, Mode
    from explorer.analysis.versions import Versus
    from explorer.data.verdicts import Protocol, Round
    from explorer.review.patterns import Outcomes
    from explorer.review.report import Block, Pictures, Tone
    from explorer.review.report_actions import Step
    from explorer.stats.intervals import Rate

PASSED, FAILED, TOO_FEW, NO_THRESHOLD = "passed", "failed", "too few to say", "no threshold"
TONES: Mapping[str, Tone] = {PASSED: "good", FAILED: "bad", TOO_FEW: "unsure", NO_THRESHOLD: ""}

_SEVERITY_COLOURS = {"": "#c9ced6", "low": "#f4c27a", "medium": "#e8813a", "high": "#b32626"}
_VERDICT_COLOURS = {
    CORRECT: OUTCOMES["correct"].colour,
    INCORRECT: OUTCOMES["wrong"].colour,
    "ambiguous": "#e0b13a",
    "inadequate": GREY,
}
_MOST_MATRICES, _MOST_GROUPS, _MOST_ROWS = 6, 10, 30
_LARGE = 0.8
"""Share of one verdict from which on kappas say little."""


@dataclass(frozen=True, eq=False)
class Rated:
    """A failure mode with its figures.

    Attributes:
        mode: the part.
        right: share that is right.
        weighted: the same, each image counted by its severity.
        at_least: what the lower end of `right` is held against; None where there is no threshold.
        status: one of `TONES`.
        steps: what is recommended.
        pictures: of its errors.
        anchor: of its section.
    """

    mode: Mode
    right: Figure
    weighted: Figure
    at_least: float | None
    status: str
    steps: Sequence[Step]
    pictures: Pictures
    anchor: str


def right_share(wrong: Figure) -> Figure:
    """The share that is right, of that which is wrong."""
    return Figure(1 - wrong.value, wrong.n, 1 - wrong.high, 1 - wrong.low)


def status_of(right: Figure, at_least: float | None, least: int) -> str:
    """What holding the lower end against a threshold comes to."""
    if right.n < least:
        return TOO_FEW
    if at_least is None:
        return NO_THRESHOLD
    return PASSED if right.low >= at_least else FAILED


def figures(outcomes: Outcomes) -> tuple[Figure, Figure]:
    """The share that is right, and the same with each image counted by its severity."""
    return right_share(error_rate(outcomes)), right_share(severity_weighted_rate(outcomes))


def summary(of: Failures, rated: Sequence[Rated], written: str, missing: Sequence[str]) -> Section:
    """The main figures in sentences, and what is missing."""
    blocks: list[Block] = [Words(written)] if written else []
    blocks.append(Facts(_main_facts(of, rated)))
    blocks.append(Listing(_findings(of, rated)))
    if missing:
        blocks += [Words("What is missing for a fuller report:", "unsure"), Listing(missing)]
    return Section("summary", "Summary", blocks)


def _main_facts(of: Failures, rated: Sequence[Rated]) -> list[tuple[str, str]]:
    right, weighted = figures(of.outcomes)
    judged = "by the reviewers' verdicts" if of.reviewed else "by comparing with labels"
    counts = {status: sum(one.status == status for one in rated) for status in TONES}
    told = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    facts = [("Model", of.of.model or "none"), (f"Correct, {judged}", in_words(right))]
    if of.reviewed:
        facts.append(("Correct, weighted by severity", in_words(weighted)))
    return [*facts, (_heading(rated), told or "none")]


def _heading(rated: Sequence[Rated]) -> str:
    kinds = list(dict.fromkeys(one.mode.kind for one in rated)) or ["category"]
    return " and ".join(_SEVERAL[kind] for kind in kinds).capitalize()


_SEVERAL = {"category": "categories", "subset": "subsets", "segment": "segments"}


def _findings(of: Failures, rated: Sequence[Rated]) -> list[str]:
    known = [one for one in rated if one.status != TOO_FEW]
    found = [
        f"“{one.mode.name}” {'fails' if one.status == FAILED else 'is worst'}: {in_words(one.right)} correct"
        + (f", where the lower end must reach {one.at_least:.0%}." if one.at_least is not None else ".")
        for one in sorted(known, key=lambda one: (one.status != FAILED, one.right.value))[:3]
        if one.status == FAILED or one.right.value < 1
    ]
    ranked = ranking({one.mode.name: one.mode.outcomes for one in rated})[:1]
    found += [
        f"Most weight by count and severity: “{one.name}”, {one.errors:,} errors that count {one.weight:g}."
        for one in ranked
    ]
    overlapping = sum(one.mode.leaking for one in rated)
    if overlapping:
        found.append(f"{overlapping:,} examples are left out, because the model may have learnt from them.")
    return found or ["Nothing that was judged is wrong." if of.outcomes.known.any() else "Nothing is judged yet."]


def method(of: Failures, seed: int) -> Section:
    """How this was found: the protocol with its hash and deviations, and the statistics."""
    ways = [
        f"Shares have 95% intervals: Wilson's, or by drawing groups again where images hang together (seed {seed}).",
        "Weighted by severity: sum(weight × wrong) / sum(weight), weights 1 (low, or not said), 2 (medium), 3 (high).",
        f"Of fewer than {LEAST} judged images nothing is claimed: too few to say.",
        _leak_words(of),
    ]
    if of.reviewed is None:
        said = "No round of review was held: right and wrong are told by comparing predictions with labels."
        return Section("method", "Method and protocol", [Words(said, "unsure"), Listing(ways)])
    return Section("method", "Method and protocol", [*_protocol(of.reviewed.round), Listing(ways)])


def _leak_words(of: Failures) -> str:
    clean = of.hygiene
    by = f", by near duplicates and by the column “{clean.group_by}”" if clean.group_by else " and by near duplicates"
    if not clean.splits:
        return "The images name no training split, so that it is not known what the model learnt from."
    return f"What the model may have learnt from is left out: the split “{', '.join(clean.splits)}” itself{by}."


def _protocol(one: Round) -> list[Block]:
    protocol = one.frozen
    facts = [
        ("Round", one.name),
        ("Protocol, SHA-256", one.digest),
        ("Started", f"{one.started_at:%Y-%m-%d %H:%M} UTC by {one.started_by}"),
        ("State", f"closed: {one.closed}" if one.closed else "open"),
        ("Model judged", protocol.model or "none"),
        ("Items", f"{len(protocol.ids):,}, of {len(protocol.calibration):,} for calibration"),
        ("From", "; ".join(protocol.sources) or "not said"),
        ("Reviewers", f"{', '.join(protocol.reviewers)}: {_overlap(protocol)}"),
        ("Blinded", ", ".join(protocol.blinded) or "nothing"),
        ("Hidden repeats", f"{protocol.repeats:.0%}"),
        ("Where they differ", ADJUDICATIONS[protocol.adjudication]),
        ("Thresholds", ", ".join(f"{name} {value:g}" for name, value in protocol.thresholds) or "none"),
        ("Groups", protocol.group or "none"),
        ("Seed of the orders", str(protocol.seed)),
    ]
    deviations = [
        f"{each.time:%Y-%m-%d %H:%M} UTC, {each.author}: {each.reason}"
        + (
            f" ({', '.join(f'{field} is now {value}' for field, value in each.changes.items())})"
            if each.changes
            else ""
        )
        for each in one.deviations
    ]
    told: list[Block] = [Words("Deviations from the protocol:"), Listing(deviations)] if deviations else []
    return [Facts(facts), *(told or [Words("There were no deviations from the protocol.")])]


def _overlap(protocol: Protocol) -> str:
    return f"each item seen by {protocol.overlap}" if protocol.overlap else "each item seen by all"


def table(rated: Sequence[Rated]) -> Section:
    """Every failure mode against its threshold."""
    title = f"{_heading(rated)} against thresholds"
    if not rated:
        return Section("results", title, [Words("There is no category, subset or clearly worse segment.", "unsure")])
    head = ("", "Judged", "Correct, 95% interval", "By severity", "Lower end against", "Result", "Errors it holds")
    caption = (
        "The lower end of the interval is held against the threshold. Errors it holds: fixing them all removes at most "
        "this share of the model's errors."
    )
    marks = [
        Mark(one.mode.name, *one.right[:1], one.right.low, one.right.high, in_words(one.right), TONES[one.status],
             one.at_least, one.anchor)
        for one in rated
    ]  # fmt: skip
    plot = Intervals("The share that is correct with its interval; a dashed tick is the threshold.", marks)
    return Section("results", title, [plot, Grid(head, [_row(one) for one in rated], caption)])


def _row(one: Rated) -> list[Cell | str]:
    threshold = "–" if one.at_least is None else f"{one.right.low:.1%} against {one.at_least:.0%}"
    return [
        Cell(one.mode.name, link=one.anchor),
        f"{one.right.n:,}",
        in_words(one.right),
        in_words(one.weighted) if any(one.mode.outcomes.severities) else "–",
        threshold if one.right.n else "–",
        Cell(one.status, TONES[one.status]),
        share_of_errors(one.mode),
    ]


def share_of_errors(mode: Mode) -> str:
    """Its ceiling: the share of all errors that lie among its examples."""
    ceiling: Rate | None = mode.standing.ceiling if mode.standing else None
    return f"{ceiling.value:.0%} ({ceiling.hits:,} of {ceiling.n:,})" if ceiling and ceiling.n else "–"


def modes_section(rated: Sequence[Rated]) -> Section:
    """Each failure mode with its images and what to do."""
    parts = [_mode(one) for one in rated]
    none = [] if parts else [Words("There is none to show.", "unsure")]
    return Section("modes", "Failure modes", none, parts)


def _mode(one: Rated) -> Section:
    mode = one.mode
    blocks: list[Block] = []
    if mode.standing:
        category = mode.standing.category
        blocks.append(Words(category.criterion or "It has no criterion yet.", "" if category.criterion else "unsure"))
        blocks.append(Facts(_category_facts(one)))
    told = f"{in_words(one.right)} correct; {one.status}."
    blocks.append(Words(told.capitalize() if one.right.n else "Nothing of it was judged.", TONES[one.status]))
    if mode.leaking:
        blocks.append(Words(f"{mode.leaking:,} of its points are left out: the model may have learnt from them."))
    if mode.problem:
        blocks.append(Words(f"Its rule could not be asked: {mode.problem}", "unsure"))
    if one.steps:
        blocks.append(Facts([(DOING[step.do], step.what) for step in one.steps]))
    if one.pictures.pictures:
        blocks.append(one.pictures)
    return Section(one.anchor, f"{mode.name}", blocks)


def _category_facts(one: Rated) -> list[tuple[str, str]]:
    assert one.mode.standing
    category = one.mode.standing.category
    said = {
        "Level": category.level,
        "Risk": category.priority,
        "Status": category.status + (f": {category.rationale}" if category.rationale else ""),
        "Severity": category.severity,
        "Triggering condition": category.trigger,
        "Insufficiency": category.insufficiency,
        "Hazard": category.hazard,
        "Operating domain": category.domain,
        "Requirements": ", ".join(category.requirements),
        "Owner": category.owner,
        "Examples": f"{len(one.mode.standing.examples):,} of {category.target:,} aimed at",
        "Ceiling": one.mode.standing.in_words,
    }
    return [(name, text) for name, text in said.items() if text]


def patterns(of: Failures, rated: Sequence[Rated]) -> Section:
    """Where errors gather: by count and severity, class, confidence, version and group."""
    made = [_ranking(rated), _confidence(of), _versions(of, rated), _groups(of), *_matrices(rated)]
    blocks = [one for one in made if one]
    return Section("patterns", "Failure patterns", blocks or [Words("Nothing was judged wrong.", "unsure")])


def _ranking(rated: Sequence[Rated]) -> Bars | None:
    links = {one.mode.name: one.anchor for one in rated}
    ranked = ranking({one.mode.name: one.mode.outcomes for one in rated})
    if not ranked:
        return None
    said = [name for name in ("", *SEVERITIES) if any(name in one.severities for one in ranked)]
    legend = [(name or "no severity said", _SEVERITY_COLOURS[name]) for name in said]
    bars = [
        Bar(one.name, [one.severities.get(name, 0) for name in said], f"{one.errors:,} × {one.weight / one.errors:.2g}",
            links[one.name])
        for one in ranked
    ]  # fmt: skip
    return Bars(
        "Errors by severity; the order is by count times mean weight, which stand beside the bar.", legend, bars
    )


def _confidence(of: Failures) -> Bars | None:
    bins = sureness(of.outcomes)
    said = [name for name in VERDICTS if any(name in one.verdicts for one in bins)]
    if not said or not any(sum(one.verdicts.values()) for one in bins):
        return None
    legend = [(VERDICTS[name].lower(), _VERDICT_COLOURS[name]) for name in said]
    bars = [
        Bar(f"{one.low:.1f} to {one.high:.1f}", [one.verdicts.get(name, 0) for name in said], _wrong_of(one.verdicts))
        for one in bins
    ]
    return Bars("Verdicts by how sure the model was: a model that knows its limits is wrong where it is unsure.",
                legend, bars)  # fmt: skip


def _wrong_of(verdicts: Mapping[str, int]) -> str:
    right, wrong = verdicts.get(CORRECT, 0), verdicts.get(INCORRECT, 0)
    return f"{wrong / (right + wrong):.0%} wrong of {right + wrong:,}" if right + wrong else ""


def _versions(of: Failures, rated: Sequence[Rated]) -> HeatMap | None:
    """How often each version is right on each mode, by labels, on which versions can be held beside each other."""
    view, models = of.of.view, of.of.view.models
    if len(models) < 2 or not view.judges or not rated:  # noqa: PLR2004 - it takes two
        return None
    at = best_thresholds(view)
    found = {name: view.labels(at[name]).judged(name) for name in models}
    parts = [Part(one.mode.kind, one.mode.name, one.mode.rows) for one in rated]
    shares = {name: {one.part.value: one for one in rates(parts, judged)} for name, judged in found.items()}
    overall = {name: judged.overall.value for name, judged in found.items()}
    shades, texts = [], []
    for part in parts:
        told = [shares[name].get(part.value) for name in models]
        known = [one if one and not one.too_few else None for one in told]
        shades.append([max(-1.0, min(1.0, 2 * (one.share.value - overall[name]))) if one else None
                       for one, name in zip(known, models, strict=True)])  # fmt: skip
        texts.append([f"{one.share.value:.0%}" if one else "few" for one in known])
    return HeatMap(
        "Correct by category and version, told by labels: red is below, green above the version's average.",
        [part.value for part in parts],
        models,
        shades,
        texts,
        [one.anchor for one in rated],
        "Version",
    )


def _groups(of: Failures) -> Bars | None:
    column = of.reviewed.round.protocol.group if of.reviewed else (of.hygiene.group_by or "")
    found = concentration(of.outcomes)
    if not column or found.groups < 2 or not found.errors.sum():  # noqa: PLR2004 - one group is no spread
        return None
    names = group_names(of, column)
    legend = [("wrong", _VERDICT_COLOURS[INCORRECT]), ("correct", _VERDICT_COLOURS[CORRECT])]
    shown = list(zip(found.which, found.errors, found.rows, strict=True))[:_MOST_GROUPS]
    bars = [
        Bar(names.get(int(which), "?"), [int(errors), int(rows - errors)], f"{errors} of {rows} wrong")
        for which, errors, rows in shown
    ]
    caption = f"Half of the errors lie in {found.half:,} of {found.groups:,} groups by “{column}”."
    return Bars(caption, legend, bars)


def group_names(of: Failures, column: str) -> dict[int, str]:
    """What each group of `outcomes` is called."""
    view = of.of.view
    points = view.of_ids(of.outcomes.ids)
    rows = points.space.sample_rows[np.array(points.space.rows(of.outcomes.ids), np.int64)]
    values = view.samples.frame[column].astype(str).to_numpy(object)
    return dict(zip(of.outcomes.groups.tolist(), values[rows].tolist(), strict=True))


def _matrices(rated: Sequence[Rated]) -> list[HeatMap]:
    worst = sorted(rated, key=lambda one: -int(one.mode.outcomes.wrong.sum()))[:_MOST_MATRICES]
    return [_matrix(one) for one in worst if one.mode.outcomes.wrong.any()]


def _matrix(one: Rated) -> HeatMap:
    found = confusion(one.mode.outcomes)
    totals = np.maximum(1, found.counts.sum(axis=1, keepdims=True))
    shares = found.counts / totals
    right = np.array([[row == column for column in found.predictions] for row in found.labels], np.bool_)
    shades = np.where(right, shares, -shares)
    return HeatMap(
        f"What is taken for what in “{one.mode.name}”: labels as rows, predictions as columns.",
        found.labels,
        found.predictions,
        [[None if not count else float(shade) for shade, count in zip(*pair, strict=True)]
         for pair in zip(shades, found.counts, strict=True)],
        [[f"{count:,}" if count else "" for count in row] for row in found.counts.tolist()],
        [one.anchor] * len(found.labels),
        "Predicted",
    )  # fmt: skip


def coverage(of: Failures, rated: Sequence[Rated]) -> Section:
    """How many examples count of how many aimed at, where they come from, and what is not covered."""
    of_categories = [one for one in rated if one.mode.standing]
    if not of_categories:
        said = "There are no categories with a target. `edgecase category add` or a template makes some."
        return Section("coverage", "Coverage and hygiene", [Words(said, "unsure"), *_leaks(of)])
    head = ("", "Count", "Target", "Gap", "Found by", "In splits")
    rows = [_coverage_row(of, one) for one in of_categories]
    return Section("coverage", "Coverage and hygiene", [Grid(head, rows, _COVERAGE), *_leaks(of)])


_COVERAGE = "Count: examples that count, without those that the model may have learnt from. 20 to 50 are usual."


def _coverage_row(of: Failures, one: Rated) -> list[Cell | str]:
    assert one.mode.standing
    category = one.mode.standing.category
    names = set(map(same_name, category.names))
    found = sources(of.of.view, [each for each in of.subsets if same_name(each.category) in names])
    counting = counting_examples(of, one.mode)
    gap = max(0, category.target - counting)
    return [
        Cell(category.name, link=one.anchor),
        f"{counting:,}",
        f"{category.target:,}",
        Cell(f"{gap:,} missing" if gap else "covered", "bad" if gap else "good"),
        _counts(found.get("origin", {})),
        _counts(found.get("split", {})),
    ]


def counting_examples(of: Failures, mode: Mode) -> int:
    """How many examples of a category count: those that the model cannot have learnt from."""
    ids = mode.standing.examples if mode.standing else of.of.points.space.ids_of(mode.rows)
    points = of.of.view.of_ids(ids)
    images = points.space.sample_rows[np.array(points.space.rows(ids), np.int64)]
    return int(of.hygiene.counting(images).sum())


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items()) or "–"


def _leaks(of: Failures) -> list[Block]:
    clean = of.hygiene
    if not clean.splits:
        return [Words(_leak_words(of), "unsure")]
    images = of.of.view.images
    used = {row for one in of.modes for row in of.of.points.space.sample_rows[one.rows].tolist()}
    found = [leak for row, leak in clean.leaks.items() if row in used and leak.way != "itself"]
    if not found:
        return [Words("No example is a near copy, or of the group, of an image in the training split.", "good")]
    ways = {"copy": "near copy of", "group": f"same {clean.group_by} as", "itself": "is"}
    rows = [
        (images.space.ids[leak.row], ways[leak.way], images.space.ids[leak.other],
         "" if np.isnan(leak.similarity) else f"{leak.similarity:.4f}")
        for leak in found[:_MOST_ROWS]
    ]  # fmt: skip
    more = f" The first {_MOST_ROWS} of {len(found):,}." * (len(found) > _MOST_ROWS)
    caption = f"Examples that do not count, as the model may have learnt from them.{more}"
    return [Grid(("Example", "Is", "In training", "Similarity"), rows, caption)]


def changed(against: str | None, regressed: Pictures | None, found: Compared | None) -> Section:
    """What changed since the last version."""
    title = f"What changed since {against}" if against else "What changed since the last version"
    if found is None:
        return Section("changes", title, [Words("There is one version, so that nothing can be compared.", "unsure")])
    rows = [_change(found.overall, "All"), *(_change(one, one.part.value) for one in found.categories or found.subsets)]
    rows += [_change(one, f"{one.part.column}={one.part.value}") for one in found.segments if one.is_sure][:10]
    head = ("", "n", str(found.before), str(found.after), "Difference", "Fixed", "Regressed", "p, adjusted")
    caption = (
        "Told by labels, on what both were judged on: Newcombe's interval for pairs, McNemar's exact p, "
        "Benjamini-Hochberg adjusted within each list. Segments are those that surely changed."
    )
    blocks: list[Block] = [Grid(head, rows, caption)]
    if regressed and regressed.pictures:
        blocks += [Words(f"What {found.before} got right and {found.after} does not, the surest first:"), regressed]
    return Section("changes", title, blocks)


def _change(one: Versus, name: str) -> list[Cell | str]:
    difference, sure = one.difference, not one.too_few and not (one.difference.low <= 0 <= one.difference.high)
    tone: Tone = ("good" if difference.value > 0 else "bad") if sure else ""
    told = f"{difference.value:+.1%} ({difference.low:+.1%} to {difference.high:+.1%})"
    p = one.q if one.q == one.q else one.p
    return [
        name,
        f"{one.before.n:,}",
        f"{one.before.value:.1%}",
        f"{one.after.value:.1%}",
        Cell(TOO_FEW if one.too_few else told, "unsure" if one.too_few else tone),
        f"{len(one.fixed):,}",
        f"{len(one.regressed):,}",
        "–" if np.isnan(p) else f"{p:.2g}",
    ]


def in_words(figure: Figure) -> str:
    """A share with its interval: `84.3% (81.0% to 87.1%)`."""
    if not figure.n:
        return "not judged"
    return f"{figure.value:.1%} ({figure.low:.1%} to {figure.high:.1%})"
