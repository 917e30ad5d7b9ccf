"""Live rules: a saved filter as JSON, and the points that match it now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from explorer.data.filter_words import NO_NAMES, all_in_words
from explorer.data.filters import filter_from_json, filter_to_json, matching
from explorer.data.spaces import Space
from explorer.errors import SubsetError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.data.columns import Table
    from explorer.data.filters import Filters

FORMAT = 1


@dataclass(frozen=True)
class Rule:
    """Which points belong: those of one space that pass every filter.

    Attributes:
        filters: at least one.
        space: `image`, `label` or `prediction/MODEL`: whose columns are asked.
        iou: where the points are boxes, from which IoU on one counts as found.
        confidence: where the points are boxes, from which confidence on a detection counts.
    """

    filters: Filters
    space: str = "image"
    iou: float = 0.5
    confidence: float = 0.0


def to_json(rule: Rule) -> dict[str, Any]:
    """The rule as plain JSON values, nothing lost."""
    about = {"format": FORMAT, "space": rule.space, "iou": rule.iou, "confidence": rule.confidence}
    return {**about, "filters": [filter_to_json(one) for one in rule.filters]}


def from_json(raw: Mapping[str, Any]) -> Rule:
    """Read what `to_json` wrote.

    Raises:
        SubsetError: it is something else, such as the rule of a newer version.
    """
    try:
        if raw["format"] != FORMAT:
            raise SubsetError(
                f"The rule has format {raw['format']!r}, {FORMAT} is known here. Update with "
                "`pip install -U edgecase-explorer`."
            )
        filters = tuple(filter_from_json(one) for one in raw["filters"])
        Space(raw["space"].partition("/")[0])
        return Rule(filters, raw["space"], float(raw["iou"]), float(raw["confidence"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SubsetError(f"The rule {raw!r} cannot be read ({error}). Save its filters as a new subset.") from error


def matching_ids(rule: Rule, table: Table) -> list[str]:
    """Ids of the points that match now.

    Args:
        rule: the rule.
        table: the points of its space.

    Raises:
        SubsetError: the table no longer has a column, or it holds text where the rule compares numbers.
    """
    gone = [one.column for one in rule.filters if one.column not in table]
    if gone:
        raise SubsetError(
            f"The rule “{described(rule)}” asks for the column {gone[0]!r}, which this build does not have. Build "
            "or add data with it (`edgecase build`, `edgecase add`), or change the rule."
        )
    return list(table.frame.index[matching(table, rule.filters)])


def described(rule: Rule, names: Mapping[str, str] = NO_NAMES) -> str:
    """Say a rule the way a person would: `label is Bag, confidence at most 0.5`; `names` are those on screen."""
    return all_in_words(rule.filters, names)
