"""How far the reviewers of a round agree, as a section of a report."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from explorer.actions.outcomes import by_review
from explorer.data.verdicts import SEVERITIES, VERDICTS
from explorer.review.report import Grid, Section, Words
from explorer.stats.agreement import agreement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.actions.failure_modes import Failures
    from explorer.actions.outcomes import Reviewed
    from explorer.data.records import Int64
    from explorer.review.report import Block
    from explorer.stats.agreement import Agreement, Coefficient

DOMINANT = 0.8
"""Share of one verdict among all from which on kappas say little."""

_HEAD = ("", "Raw", "Fleiss' kappa", "Gwet's AC1", "Krippendorff's alpha", "Items")


def agreement_section(of: Failures) -> Section:
    """Agreement on verdicts and severities, overall and per pair, and what is not settled."""
    title = "Agreement"
    if of.reviewed is None:
        return Section(
            "agreement", title, [Words("No round of review was held, so that nobody could agree.", "unsure")]
        )
    reviewers = of.reviewed.round.protocol.reviewers
    if len(reviewers) < 2:  # noqa: PLR2004 - it takes two
        return Section("agreement", title, [Words("One reviewer judged: there is nobody to agree with.", "unsure")])
    groups = by_review(of.of.view, of.reviewed).groups
    verdicts = agreement(votes_of(of.reviewed, "verdict", list(VERDICTS)), len(VERDICTS), groups)
    severe = agreement(votes_of(of.reviewed, "severity", SEVERITIES), len(SEVERITIES), groups, ordinal=True)
    rows = [_row("Verdicts", verdicts), _row("Severities, in order", severe)]
    blocks: list[Block] = [Grid(_HEAD, rows, _CAPTION), Words(_explained(verdicts))]
    blocks.append(Grid(("Two reviewers", "Cohen's kappa", "Items"), _pairs(reviewers, verdicts)))
    differing = [one for one in of.reviewed.items.values() if one.differs]
    waiting = sum(one.waits for one in differing)
    blocks.append(
        Words(f"Reviewers differ on {len(differing):,} of {len(of.reviewed.items):,} items; {waiting:,} wait.")
    )
    return Section("agreement", title, blocks)


_CAPTION = "With 95% bootstrap intervals over items, or groups of them. 1 is full agreement, 0 what chance would do."


def votes_of(reviewed: Reviewed, field: str, choices: Sequence[str]) -> Int64:
    """What each reviewer said of each item, int64 (items, reviewers): a place in `choices`, -1 where nothing."""
    place = {choice: i for i, choice in enumerate(choices)}
    column = {reviewer: i for i, reviewer in enumerate(reviewed.round.protocol.reviewers)}
    votes = np.full((len(reviewed.items), len(column)), -1, np.int64)
    for row, item in enumerate(reviewed.items.values()):
        for vote in item.votes:
            if vote.reviewer in column:
                votes[row, column[vote.reviewer]] = place.get(getattr(vote, field), -1)
    return votes


def _row(name: str, found: Agreement) -> list[str]:
    several = (found.raw, found.fleiss, found.ac1, found.alpha)
    return [name, *map(_told, several), f"{found.raw.n:,}"]


def _pairs(reviewers: Sequence[str], found: Agreement) -> list[list[str]]:
    pairs = combinations(range(len(reviewers)), 2)
    return [[f"{reviewers[a]}, {reviewers[b]}", _told(found.cohen[a, b]), f"{found.cohen[a, b].n:,}"] for a, b in pairs]


def _told(one: Coefficient) -> str:
    return "–" if np.isnan(one.value) else f"{one.value:.2f} ({one.low:.2f} to {one.high:.2f})"


def _explained(found: Agreement) -> str:
    if found.dominant >= DOMINANT:
        return (
            f"{found.dominant:.0%} of all verdicts are the same one. Kappas are low then even where people agree, as "
            "chance alone would agree often; AC1 is not misled by it."
        )
    return "No verdict dominates, so that kappas and AC1 say about the same."
