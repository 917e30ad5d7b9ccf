"""How far the reviewers of a round agree: with each other, by category, with the adjudicator, and with themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.data.counts import counted
from explorer.data.verdicts import SEVERITIES, VERDICTS, of_reading
from explorer.stats.agreement import agreement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from explorer.data.verdicts import Verdict
    from explorer.stats.agreement import Agreement, Coefficient

DRAWS = 1000
_VERDICTS, _SEVERITIES = tuple(VERDICTS), SEVERITIES
_APART, _DOMINANT, _AGREEING = 0.2, 0.6, 0.8
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
    """Why Fleiss' kappa is low although reviewers agree, a sentence; empty where it is not, or where they do not."""
    kappa, ac1 = of.fleiss.value, of.ac1.value
    if not (ac1 - kappa >= _APART and of.dominant >= _DOMINANT and of.raw.value >= _AGREEING):
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


def as_json(of: RoundAgreement) -> dict[str, Any]:
    """The agreement as plain JSON values, raters by name."""
    return {
        "reviewers": list(of.reviewers),
        "items": of.items,
        "verdicts": _plain(of.verdicts, of.reviewers),
        "severity": _plain(of.severity, of.reviewers),
        "explanation": of.explanation,
        "categories": {name: _plain(one, of.reviewers) for name, one in of.categories.items()},
        "adjudicated": {name: _plain(one, (name, "adjudicated")) for name, one in of.adjudicated.items()},
        "oneself": {name: _plain(one, (name, "again")) for name, one in of.oneself.items()},
    }


def in_lines(of: RoundAgreement) -> list[str]:
    """The agreement in words, a line each."""
    names = ", ".join(of.reviewers) or "none yet"
    lines = [f"{counted(of.items, 'item')}, {counted(len(of.reviewers), 'reviewer')}: {names}"]
    if not of.verdicts.raw.n:
        return [*lines, f"Agreement: {_told(of.verdicts.raw)}"]
    lines += [f"  {title}: {_told(getattr(of.verdicts, name))}" for name, title in COEFFICIENTS.items()]
    lines += [f"  Cohen's kappa, {_pair(pair, of.reviewers)}: {_told(one)}" for pair, one in of.verdicts.cohen.items()]
    lines += [of.explanation] if of.explanation else []
    lines.append(f"Severity, Krippendorff's alpha (ordinal): {_told(of.severity.alpha)}")
    for title, parts in (
        ("Category {}", of.categories),
        ("{} and the adjudicator", of.adjudicated),
        ("{} a second time", of.oneself),
    ):
        lines += [f"{title.format(name)}: {_in_short(one)}" for name, one in parts.items()]
    return lines


COEFFICIENTS = {
    "raw": "raw agreement",
    "fleiss": "Fleiss' kappa",
    "ac1": "Gwet's AC1",
    "alpha": "Krippendorff's alpha",
}
"""Those of all raters together: field of `Agreement` -> its name."""


def _plain(one: Agreement, raters: Sequence[str]) -> dict[str, Any]:
    cohen = {_pair(pair, raters): coefficient._asdict() for pair, coefficient in one.cohen.items()}
    return {**{name: getattr(one, name)._asdict() for name in COEFFICIENTS}, "cohen": cohen, "dominant": one.dominant}


def _pair(pair: tuple[int, int], raters: Sequence[str]) -> str:
    return " and ".join(raters[place] for place in pair)


def _in_short(one: Agreement) -> str:
    if not one.raw.n:
        return _told(one.raw)
    return f"raw {_told(one.raw)}, AC1 {one.ac1.value:.3f}, alpha {one.alpha.value:.3f}"


def _told(one: Coefficient) -> str:
    if not np.isfinite(one.value):
        return f"nothing to say yet ({counted(one.n, 'item')} with two verdicts)"
    return f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f}, {counted(one.n, 'item')})"
