"""What differs between a round and the one that it repeats: rules, what the model says, and what people say of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from explorer.actions.evaluate import counting_in
from explorer.data.verdicts import VERDICTS
from explorer.errors import ReviewError
from explorer.review.settling import settled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.data.verdicts import Protocol, Round
    from explorer.points.opened_build import View


class Changed(NamedTuple):
    """An item of which something else is said now: its id, what was said before, and now."""

    id: str
    before: str
    after: str


@dataclass(frozen=True)
class Changelog:
    """What differs between two rounds of the same items.

    Attributes:
        before: the round that is repeated.
        after: the one that repeats it.
        rules: fields of the protocol, each before and after.
        predictions: items of which the new model says something else; empty where a model is not in the build.
        verdicts: items on which something else stands now, of those that both rounds settled.
        settled: how many these are.
    """

    before: Round
    after: Round
    rules: Mapping[str, tuple[Any, Any]]
    predictions: tuple[Changed, ...]
    verdicts: tuple[Changed, ...]
    settled: int

    @property
    def lines(self) -> list[str]:
        """The changelog in words."""
        said = [f"{field}: {_said(old)} → {_said(new)}" for field, (old, new) in self.rules.items()]
        said.append(f"{len(self.predictions):,} of {len(self.after.protocol.ids):,} items have another prediction.")
        if not self.settled:
            return said
        kinds = Counter((each.before, each.after) for each in self.verdicts)
        said.append(f"{len(self.verdicts):,} of {self.settled:,} items that both rounds settled have another verdict.")
        return said + [f"{VERDICTS[old]} → {VERDICTS[new]}: {many:,}" for (old, new), many in kinds.most_common()]


def changelog(view: View, name: str) -> Changelog:
    """What differs between a round and the one it repeats.

    Raises:
        ReviewError: the round is unknown, or repeats none.
    """
    after = view.workspace.rounds.find(name)
    if not after.repeats:
        raise ReviewError(f"Expected a round that repeats another, but “{after.name}” is the first of its items.")
    before = view.workspace.rounds.find(after.repeats)
    old, new = _standing(view, before), _standing(view, after)
    both = [each for each in new if each in old]
    return Changelog(
        before=before,
        after=after,
        rules=_rules(before.protocol, after.protocol),
        predictions=_predictions(view, before, after),
        verdicts=tuple(Changed(each, old[each], new[each]) for each in both if old[each] != new[each]),
        settled=len(both),
    )


def _rules(before: Protocol, after: Protocol) -> dict[str, tuple[Any, Any]]:
    old, new = before.facts(), after.facts()
    told = [field for field in old if field not in ("items", "calibration", "seed")]
    return {field: (old[field], new[field]) for field in told if old[field] != new[field]}


def _standing(view: View, one: Round) -> dict[str, str]:
    found = settled(one.protocol, view.workspace.verdicts.of(one.key))
    return {each.id: each.verdict for each in found if each.verdict}


def _predictions(view: View, before: Round, after: Round) -> tuple[Changed, ...]:
    """Items of which two models say something else; of objects with boxes, on which one is right and the other not."""
    said = [_said_of(view, one, after.protocol.ids) for one in (before, after)]
    there = [each for each in after.protocol.ids if all(each in some for some in said)]
    pairs = [(each, *(some[each] for some in said)) for each in there]
    return tuple(Changed(each, old, new) for each, old, new in pairs if old != new)


def _said_of(view: View, one: Round, ids: Sequence[str]) -> dict[str, str]:
    """What the model of a round says of each id that is in the build; empty where nothing is known of that model."""
    points = view.of_ids(ids, counting_in(view, one.protocol))
    column = f"{view.workspace.model_now(one.protocol.model)}.{'outcome' if view.has_boxes else 'prediction'}"
    if column not in points.table.frame:
        return {}
    rows = points.space.row_of
    values = points.table.frame[column].astype(object).fillna("").to_numpy()
    return {each: str(values[rows[each]]) for each in ids if each in rows}


def _said(value: Any) -> str:  # noqa: ANN401 - whatever a protocol holds
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value) or "none"
