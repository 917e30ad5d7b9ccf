"""What there is to look at: the findings that were computed, and those that take no time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from explorer.actions.analyze import KINDS, computed, known_findings, told_alone, told_of
from explorer.actions.findings import NO_FINDINGS
from explorer.actions.next_to_label import NEXT
from explorer.actions.segment_findings import SEGMENTS

if TYPE_CHECKING:
    from explorer.actions.analyze import Told
    from explorer.actions.analyzed import Analyzed, Kind
    from explorer.actions.findings import Known

_COSTS_ARE_OF = 100_000
"""Images that `Kind.cost` is said of."""


class Inbox(NamedTuple):
    """The findings of all kinds that are there.

    Attributes:
        listed: those to be looked at, best first.
        dismissed: those that somebody dismissed.
        missing: kinds that are not computed yet.
        reasons: why a kind cannot be computed, a sentence by kind.
        nothing: where nothing is found but what to label next, a sentence that says so; else empty.
    """

    listed: list[Known]
    dismissed: list[Known]
    missing: list[str]
    reasons: dict[str, str]
    nothing: str


def there(of: Analyzed, patience: float) -> list[str]:
    """The kinds whose findings are there, or will be as soon as `inbox` is asked."""
    return [name for name, kind in KINDS.items() if _is_quick(of, kind, patience) or told_of(of, kind) is not None]


def missing(of: Analyzed, patience: float) -> list[str]:
    """The kinds that are neither there nor quickly computed."""
    known = there(of, patience)
    return [name for name in KINDS if name not in known]


def _is_quick(of: Analyzed, kind: Kind, patience: float) -> bool:
    return kind.quick and kind.cost * len(of.view.samples.frame) / _COSTS_ARE_OF <= patience


def at_once(of: Analyzed) -> Inbox:
    """The findings that are there, and those that take no rows to compute, however many images there are."""
    quick = {name: told_alone(of, kind) for name, kind in KINDS.items() if kind.quick}
    return _inbox(of, {name: told for name, kind in KINDS.items() if (told := quick.get(name) or told_of(of, kind))})


def inbox(of: Analyzed, patience: float) -> Inbox:
    """The findings that are there.

    Args:
        of: what is analysed.
        patience: seconds that a quick kind may take to be computed at once where it is missing.
    """
    told = {name: claimed for name, kind in KINDS.items() if (claimed := told_of(of, kind)) is not None}
    quick = [kind for name, kind in KINDS.items() if name not in told and _is_quick(of, kind, patience)]
    told |= {name: result.told for name, result in computed(of, quick, lambda _: None).items()}
    return _inbox(of, told)


def _inbox(of: Analyzed, told: dict[str, Told]) -> Inbox:
    every = known_findings(of, told)
    return Inbox(
        [one for one in every if not one.dismissed],
        [one for one in every if one.dismissed],
        [name for name in KINDS if name not in told],
        {name: told[name].reason for name in KINDS if name in told and told[name].reason},
        ""
        if any(one.finding.kind != NEXT for one in every)
        else told[SEGMENTS].nothing
        if SEGMENTS in told
        else NO_FINDINGS,
    )
