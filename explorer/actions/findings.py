"""Findings of all kinds in one ranking, each recognised after another build, with what was decided about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from explorer.data.keys import artefact_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from explorer.data.findings import DecidedFinding, Finding


class Known(NamedTuple):
    """A finding, what it is recognised by, and what was decided about it.

    Attributes:
        finding: what is claimed.
        key: of its definition or its ids; where it was decided on before, the one that it had then.
        model: whose errors it is about; None where it is about no model's.
        decided: what was decided; None where nobody did.
    """

    finding: Finding
    key: str
    model: str | None
    decided: DecidedFinding | None

    @property
    def dismissed(self) -> bool:
        """Whether it is to be listed no more."""
        return bool(self.decided and self.decided.dismissed)


def recognised(
    found: Sequence[tuple[Finding, str | None]], decided: Sequence[DecidedFinding], model_now: Callable[[str], str]
) -> list[Known]:
    """Findings with what was decided about them, by what could be gained, the most first.

    Args:
        found: each with the model whose errors it is about.
        decided: what was decided, in whatever build.
        model_now: the name of a model that may have had another.
    """
    every = sorted(found, key=lambda each: -each[0].score)
    ids = [frozenset(one.ids) for one, _ in every]
    pairs = [
        (then.similarity(one, ids[i]), i, then)
        for i, (one, model) in enumerate(every)
        for then in decided
        if (then.model and model_now(then.model)) == model
    ]
    same: dict[int, DecidedFinding] = {}
    taken: set[str] = set()
    for similarity, i, then in sorted(pairs, key=lambda pair: -pair[0]):
        if similarity and i not in same and then.key not in taken:
            same[i] = then
            taken.add(then.key)
    return [
        Known(one, same[i].key if i in same else key_of(one, model), model, same.get(i))
        for i, (one, model) in enumerate(every)
    ]


def key_of(one: Finding, model: str | None) -> str:
    """What a finding is recognised by that nobody decided on: its definition, or the ids it is about."""
    return artefact_key(kind=one.kind, model=model, of=one.definition or sorted(one.ids))


_GAINED = {"accuracy": "points of accuracy", "found": "points of what is found"}


def gain_in_words(metric: object, score: float) -> str:
    """What fixing could gain: `at most 3.1 points of accuracy`; empty where no metric says it."""
    gained = _GAINED.get(str(metric))
    return f"at most {100 * score:.1f} {gained}" if gained else ""


def finding_line(row: Mapping[str, Any]) -> str:
    """A finding as the command line prints it."""
    gain = gain_in_words(row["figures"].get("metric"), row["score"])
    fixing = f" Fixing it gains {gain}." if gain else ""
    to_do = f" To do: {'; '.join(row['actions'])}" if "actions" in row else ""
    return f"{row['sentence']}{fixing}{to_do}"


NO_FINDINGS = "No part is clearly worse than the rest, no image is far from the others, and none is a copy."
"""What is said where no analysis claims anything."""
