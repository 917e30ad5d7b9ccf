"""The sections of a report: each is made of what was judged, and says what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.analysis.segments import LEAST
from explorer.data.categories import DOING
from explorer.data.counts import counted
from explorer.data.verdicts import ADJUDICATIONS
from explorer.review.patterns import (
    error_rate,
    ranking,
    severity_weighted_rate,
)
from explorer.review.report import Cell, Facts, Grid, Intervals, Listing, Mark, Section, Words
from explorer.stats.intervals import Figure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.actions.failure_modes import Failures, Mode
    from explorer.data.verdicts import Protocol, Round
    from explorer.review.patterns import Outcomes
    from explorer.review.report import Block, Pictures, Tone
    from explorer.review.report_actions import Step
    from explorer.stats.intervals import Rate

PASSED, FAILED, TOO_FEW, NO_THRESHOLD = "passed", "failed", "too few to say", "no threshold"
_TOLD = 3
"""Failure modes that the summary names."""

TONES: Mapping[str, Tone] = {PASSED: "good", FAILED: "bad", TOO_FEW: "unsure", NO_THRESHOLD: ""}


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


_SEVERAL = {"category": "categories", "subset": "subsets", "segment": "segments", "all": "all together"}


def _findings(of: Failures, rated: Sequence[Rated]) -> list[str]:
    known = [one for one in rated if one.status != TOO_FEW and one.right.value < 1]
    failed = [one for one in known if one.status == FAILED]
    found = [
        f"“{one.mode.name}” {'fails' if one.status == FAILED else 'is worst'}: {in_words(one.right)} correct"
        + (f", where the lower end must reach {one.at_least:.0%}." if one.at_least is not None else ".")
        for one in sorted(failed or known, key=lambda one: one.right.value)[:_TOLD]
    ]
    ranked = ranking({one.mode.name: one.mode.outcomes for one in rated})[:1]
    found += [
        f"Most weight by count and severity: “{one.name}”, {counted(one.errors, 'error')}, weighing {one.weight:g}."
        for one in ranked
    ]
    overlapping = sum(one.mode.leaking for one in rated)
    if overlapping:
        found.append(
            f"{counted(overlapping, 'example is', 'examples are')} left out, because "
            "the model may have learnt from them."
        )
    if not of.outcomes.known.any():
        return ["Nothing is judged yet."]
    return found or ["Nothing that was judged is wrong."]


def method(of: Failures, seed: int) -> Section:
    """How this was found: the protocol with its hash and deviations, and the statistics."""
    ways = [
        f"Shares have 95% intervals: Wilson's, or by drawing groups again where images hang together (seed {seed}).",
        "Weighted by severity: sum(weight × wrong) / sum(weight), weights 1 (low, or not said), 2 (medium), 3 (high).",
        f"Of fewer than {LEAST} judged images nothing is claimed: too few to say.",
        leak_words(of),
    ]
    if of.reviewed is None:
        said = "No round of review was held: right and wrong are told by comparing predictions with labels."
        return Section("method", "Method and protocol", [Words(said, "unsure"), Listing(ways)])
    return Section("method", "Method and protocol", [*_protocol(of.reviewed.round), Listing(ways)])


def leak_words(of: Failures) -> str:
    """How what the model may have learnt from is left out, a sentence."""
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
        ("Items", f"{len(protocol.ids):,}, {len(protocol.calibration):,} of them for calibration"),
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
        "Examples": f"{one.mode.standing.counting:,} of {category.target:,} aimed at",
        "Ceiling": one.mode.standing.in_words,
    }
    return [(name, text) for name, text in said.items() if text]


def in_words(figure: Figure) -> str:
    """A share with its interval: `84.3% (81.0% to 87.1%)`."""
    if not figure.n:
        return "not judged"
    return f"{figure.value:.1%} ({figure.low:.1%}\u00a0to\u00a0{figure.high:.1%})"
