"""Where to look first: the parts of the points on which a model is worst, and what else is odd about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from explorer.actions.duplicate_findings import copied
from explorer.actions.outlier_findings import outlying
from explorer.actions.segment_findings import AGREEMENT, Compared, compared, places
from explorer.analysis.segments import LEAST, REGION
from explorer.data.keys import artefact_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.data.findings import Finding
    from explorer.points.opened_build import View
    from explorer.points.points import Points


class FirstLook(NamedTuple):
    """What to look at first, or why there is nothing.

    Attributes:
        findings: best first.
        nothing: a sentence where there are none, else empty.
    """

    findings: list[Finding]
    nothing: str


def first_look(view: View, points: Points, model: str | None, most: int | None = None) -> FirstLook:
    """What to look at first among points, best first.

    Places where a model is surely worse than elsewhere, and where there is nothing to judge it by, where neighbours
    disagree with the label; then outliers, and copies, which are among the first `most` too.
    """
    by = compared(view, points, model)
    worse = places(view, points, model, by) if by else []
    others = odd(points) if not by or by.metric is AGREEMENT else []
    shown = worse if most is None else worse[: most - len(others)]
    return FirstLook([*shown, *others], "" if shown or others else _nothing(by))


def _nothing(by: Compared | None) -> str:
    if not by or by.metric is AGREEMENT:
        return "Nothing stands out: no image is far from all others, and none is a copy of another."
    tried = sum(not one.too_few for one in by.segments)
    if not tried:
        return f"No part has the {LEAST} images that it takes to say whether it is worse than the rest."
    return f"No part is clearly worse than the rest: {tried:,} of at least {LEAST} images were compared."


def odd(points: Points) -> list[Finding]:
    """Outliers and copies among points, one finding each."""
    return [one for one in (outlying(points), copied(points)) if one]


def key_of(one: Finding) -> str:
    """What a finding is recognised by after another build: its definition, or what it is of."""
    defined = {name: one.figures[name] for name in ("column", "value", "metric") if name in one.figures}
    is_defined = defined and defined["column"] != REGION  # a region is called by its rank on one map
    return artefact_key(kind=one.kind, of=defined if is_defined else sorted(one.ids))


_GAINED = {"accuracy": "points of accuracy", "found": "points of what is found"}


def finding_line(row: Mapping[str, Any]) -> str:
    """A finding as the command line prints it."""
    gained = _GAINED.get(row["figures"].get("metric"))
    return (
        f"{row['sentence']} Fixing it gains at most {100 * row['score']:.1f} {gained}." if gained else row["sentence"]
    )


NO_FINDINGS = "No part is clearly worse than the rest, no image is far from the others, and none is a copy."
"""What is said where no analysis claims anything."""
