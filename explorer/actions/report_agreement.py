"""How far the reviewers of a round agree, as a section of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.actions.review_agreement import agreement_of
from explorer.data.counts import counted
from explorer.review.report import Grid, Section, Words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.actions.failure_modes import Failures
    from explorer.review.agreement import RoundAgreement
    from explorer.review.report import Block
    from explorer.stats.agreement import Agreement, Coefficient

_HEAD = ("", "Items", "Raw", "Gwet's AC1", "Fleiss' kappa", "Krippendorff's alpha")
_CAPTION = (
    "With 95% bootstrap intervals over items, or over what hangs together: 1 is full agreement, 0 what chance does. "
    "Severities are in order."
)


def agreement_section(of: Failures) -> Section:
    """Agreement on verdicts and severities: overall, by category, of pairs, with the adjudicator and with oneself."""
    if of.reviewed is None:
        return _without("No round of review was held, so that nobody could agree.")
    if not of.reviewed.items:
        return _without("Nobody has judged anything in this round yet.")
    found = agreement_of(of.of.view, of.reviewed.round.key, seed=of.of.seed)
    rows = [_row("Verdicts", found.verdicts), _row("Severities", found.severity)]
    blocks: list[Block] = [Grid(_HEAD, [*rows, *_rows(found.categories)], _CAPTION)]
    if found.explanation:
        blocks.append(Words(found.explanation))
    blocks += [grid for grid in (_pairs(found), _alone(found)) if grid.rows]
    differing = [one for one in of.reviewed.items.values() if one.differs]
    waiting = sum(one.waits for one in differing)
    blocks.append(
        Words(f"Reviewers differ on {len(differing):,} of {counted(found.items, 'item')}; {waiting:,} not settled yet.")
    )
    return Section("agreement", "Agreement", blocks)


def _without(why: str) -> Section:
    return Section("agreement", "Agreement", [Words(why, "unsure")])


def _rows(categories: Mapping[str, Agreement]) -> list[list[str]]:
    return [_row(f"“{name}”", one) for name, one in categories.items()]


def _row(name: str, found: Agreement) -> list[str]:
    return [name, f"{found.raw.n:,}", *map(_told, (found.raw, found.ac1, found.fleiss, found.alpha))]


def _pairs(found: RoundAgreement) -> Grid:
    rows = [
        [f"{found.reviewers[a]}, {found.reviewers[b]}", f"{one.n:,}", _told(one)]
        for (a, b), one in found.verdicts.cohen.items()
    ]
    return Grid(("Two reviewers", "Items", "Cohen's kappa"), rows)


def _alone(found: RoundAgreement) -> Grid:
    """Each reviewer with the adjudicator, and with themselves where an item came again."""
    said = (("the adjudicator", found.adjudicated), ("themselves", found.oneself))
    rows = [
        [f"{name}, with {whom}", f"{one.raw.n:,}", _told(one.raw), _told(one.ac1)]
        for whom, of in said
        for name, one in of.items()
    ]
    return Grid(("One reviewer", "Items", "Raw", "Gwet's AC1"), rows)


def _told(one: Coefficient) -> str:
    if np.isnan(one.value):
        return "–"
    ends = "" if np.isnan(one.low) else f" ({one.low:.2f}\u00a0to\u00a0{one.high:.2f})"
    return f"{one.value:.2f}{ends}"
