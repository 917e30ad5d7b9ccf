"""How far the reviewers of a round agree: with each other, by category, with the adjudicator, and with themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from explorer.data.verdicts import SEVERITIES, VERDICTS, of_reading
from explorer.stats.agreement import agreement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from explorer.data.verdicts import Verdict
    from explorer.stats.agreement import Agreement

DRAWS = 1000
_VERDICTS, _SEVERITIES = tuple(VERDICTS), SEVERITIES
_APART, _DOMINANT = 0.2, 0.6
"""From which difference of kappa and AC1, and from which share of one verdict on, the difference is explained."""


@dataclass(frozen=True)
class RoundAgreement:
    """How far reviewers agree; raters of every part are in the order of `reviewers`, unless it says otherwise.

    Attributes:
        reviewers: who gave a verdict.
        items: how many they judged.
        verdicts: on the verdict, nominal.
        severity: on the severity where several named one, ordinal.
        explanation: why kappa and AC1 differ, a sentence; empty where they do not.
        categories: on the verdict, over the items of each category.
        adjudicated: of each reviewer with the adjudicator, over the items that were adjudicated.
        oneself: of each reviewer with themselves, over the items that came again.
    """

    reviewers: tuple[str, ...]
    items: int
    verdicts: Agreement
    severity: Agreement
    explanation: str
    categories: Mapping[str, Agreement]
    adjudicated: Mapping[str, Agreement]
    oneself: Mapping[str, Agreement]


def round_agreement(
    verdicts: Sequence[Verdict],
    categories: Mapping[str, Iterable[str]],
    groups: Mapping[str, int] | None = None,
    *,
    draws: int = DRAWS,
    seed: int = 42,
) -> RoundAgreement:
    """Measure agreement, with intervals that draw groups again.

    Args:
        verdicts: all that stand in a round.
        categories: the ids of the items of each category.
        groups: which items hang together, as the images of one patient: a number by id; None where none do.
        draws: of the bootstrap.
        seed: of the draws.
    """
    first, again = of_reading(verdicts, "first"), of_reading(verdicts, "repeat")
    final = of_reading(verdicts, "adjudication")
    reviewers = tuple(sorted({each.reviewer for each in first}))
    items = list(dict.fromkeys(each.id for each in first))
    said = _codes(first, items, reviewers, "verdict", _VERDICTS)
    severe = _codes(first, items, reviewers, "severity", _SEVERITIES)
    hang = None if groups is None else np.array([groups[each] for each in items], np.int64)

    def measured(votes: NDArray[np.int64], rows: NDArray[np.bool_] | slice = slice(None)) -> Agreement:
        of = None if hang is None else hang[rows]
        return agreement(votes[rows], len(_VERDICTS), of, draws=draws, seed=seed)

    adjudicator = _codes(_newest(final), items, ("",), "verdict", _VERDICTS)
    repeated = _codes(again, items, reviewers, "verdict", _VERDICTS)
    verdict = measured(said)
    members = {name: _among(items, frozenset(ids)) for name, ids in categories.items()}
    return RoundAgreement(
        reviewers=reviewers,
        items=len(items),
        verdicts=verdict,
        severity=agreement(severe, len(_SEVERITIES), hang, ordinal=True, draws=draws, seed=seed),
        explanation=explanation(verdict),
        categories={name: measured(said, rows) for name, rows in members.items() if rows.any()},
        adjudicated=_pairs(reviewers, said, lambda _: adjudicator[:, 0], measured),
        oneself=_pairs(reviewers, said, lambda column: repeated[:, column], measured),
    )


def explanation(of: Agreement) -> str:
    """Why Fleiss' kappa and AC1 differ, a sentence; empty where they do not, or where one says nothing."""
    kappa, ac1 = of.fleiss.value, of.ac1.value
    if not (ac1 - kappa >= _APART and of.dominant >= _DOMINANT):
        return ""
    return (
        f"Kappa ({kappa:.2f}) is far below AC1 ({ac1:.2f}) because {of.dominant:.0%} of all verdicts are the same: "
        f"kappa takes nearly all of the raw agreement of {of.raw.value:.0%} for chance, so it is low although the "
        "reviewers agree. Read AC1 and the raw agreement."
    )


def _pairs(
    reviewers: Sequence[str],
    said: NDArray[np.int64],
    other: Callable[[int], NDArray[np.int64]],
    measured: Callable[[NDArray[np.int64], NDArray[np.bool_]], Agreement],
) -> dict[str, Agreement]:
    """Of each reviewer with another column of votes, where both are there for any item."""
    found = {}
    for column, reviewer in enumerate(reviewers):
        both = np.column_stack([said[:, column], other(column)])
        rows = np.asarray((both >= 0).all(axis=1), np.bool_)
        if rows.any():
            found[reviewer] = measured(both, rows)
    return found


def _among(items: Sequence[str], ids: frozenset[str]) -> NDArray[np.bool_]:
    return np.array([each in ids for each in items], np.bool_)


def _newest(final: Iterable[Verdict]) -> list[Verdict]:
    """Of several adjudications of one item the last, as of one adjudicator without a name."""
    last = {each.id: each for each in sorted(final, key=lambda each: each.time)}
    return [replace(each, reviewer="") for each in last.values()]


def _codes(
    verdicts: Iterable[Verdict], items: Sequence[str], reviewers: Sequence[str], field: str, choices: Sequence[str]
) -> NDArray[np.int64]:
    """The votes as places among the choices, (items, reviewers), -1 where there is none."""
    rows, columns = ({each: place for place, each in enumerate(names)} for names in (items, reviewers))
    codes = {choice: code for code, choice in enumerate(choices)}
    votes = np.full((len(items), len(reviewers)), -1, np.int64)
    for each in verdicts:
        if each.id in rows and each.reviewer in columns:
            votes[rows[each.id], columns[each.reviewer]] = codes.get(getattr(each, field), -1)
    return votes
