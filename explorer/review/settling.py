"""What a round came to for each item, and where its reviewers differ."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.data.verdicts import of_reading

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from explorer.data.verdicts import Protocol, Verdict


@dataclass(frozen=True)
class Settled:
    """What the verdicts on one item came to.

    Attributes:
        id: of the item.
        votes: the first verdicts of its reviewers.
        verdict: what stands; empty where nobody has settled it.
        severity: the highest that was named with this verdict by those it stands on; empty where none was.
        adjudicated: what the adjudicator said; None where nobody did.
    """

    id: str
    votes: tuple[Verdict, ...]
    verdict: str
    severity: str
    adjudicated: Verdict | None

    @property
    def differs(self) -> bool:
        """Whether reviewers gave different verdicts."""
        return len({each.verdict for each in self.votes}) > 1

    @property
    def waits(self) -> bool:
        """Whether an adjudicator has to decide."""
        return not self.verdict


def settled(protocol: Protocol, verdicts: Sequence[Verdict]) -> list[Settled]:
    """What stands of each item that anybody judged, in the protocol's order.

    Args:
        protocol: of the round, whose rule says what becomes of differing verdicts.
        verdicts: all that stand in the round.
    """
    votes = _by_item(of_reading(verdicts, "first"))
    decided = {each.id: each for each in sorted(of_reading(verdicts, "adjudication"), key=lambda one: one.time)}
    return [_settled(each, votes.get(each, ()), decided.get(each), protocol) for each in protocol.ids if each in votes]


def _settled(item: str, votes: Sequence[Verdict], decided: Verdict | None, protocol: Protocol) -> Settled:
    verdict = decided.verdict if decided else _standing(votes, protocol.adjudication)
    of = [decided] if decided else [each for each in votes if each.verdict == verdict]
    severity = max((each.severity for each in of), key=_SEVERE.index, default="")
    return Settled(item, tuple(votes), verdict, severity, decided)


_SEVERE = ("", "low", "medium", "high")


def _standing(votes: Sequence[Verdict], rule: str) -> str:
    """The verdict that needs no adjudicator; empty where there is none."""
    counts = Counter(each.verdict for each in votes)
    verdict, most = counts.most_common(1)[0]
    enough = most > len(votes) / 2 if rule == "majority" else most == len(votes)
    return verdict if enough else ""


def _by_item(verdicts: Iterable[Verdict]) -> Mapping[str, list[Verdict]]:
    found: dict[str, list[Verdict]] = {}
    for each in verdicts:
        found.setdefault(each.id, []).append(each)
    return found
