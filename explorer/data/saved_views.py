"""Saved views: what a person looked at, under a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from explorer.data.placement import Numbers
from explorer.data.untrusted import MALFORMED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


FILTER = "filter "
"""How the keys of filters begin."""


@dataclass(frozen=True)
class SavedView:
    """One saved view as it stands after some event.

    Attributes:
        key: stable unique id, which its link has; a name may change, a key never.
        name: what people call it.
        look: what is looked at, plain JSON by the name of what holds it: `widgets`, `hidden`, `selection`, `compared`,
            `arrangements`, `search`, `zoom`. Points are named by their ids.
        deleted: whether it is gone.
    """

    key: str
    name: str
    look: Mapping[str, Any]
    created_by: str
    created_at: datetime
    updated_at: datetime
    deleted: bool = False


def in_words(look: Mapping[str, Any]) -> dict[str, str]:
    """What a view looks at, for people: `placed by`, `coloured by`, `filters`, …; only what there is to say."""
    try:
        return _said(look)
    except MALFORMED:
        return {"not readable": "damaged, or of another version of this program"}


def _said(look: Mapping[str, Any]) -> dict[str, str]:
    widgets, hidden = look.get("widgets", {}), look.get("hidden", {})
    filters = [f"{name.removeprefix(FILTER)}: {_listed(widgets[name])}" for name in widgets if name.startswith(FILTER)]
    search, numbers = look.get("search"), Numbers.parse(widgets.get("placement", ""))
    said = {
        "placed by": widgets.get("space"),
        "arranged by": f"{numbers.x} and {numbers.y}" if numbers else "",
        "model": widgets.get("model"),
        "encoder": widgets.get("encoder"),
        "layout": widgets.get("layout"),
        "coloured by": widgets.get("colour"),
        "filters": "; ".join(filters),
        "hidden": "; ".join(f"{column}: {_listed(values)}" for column, values in hidden.items() if values),
        "selected by": ", ".join(one["origin"] for one in look.get("selection", ())),
        "found": f"{len(search['rows'])} most like {search['title']}" if search else "",
    }
    return {name: str(value) for name, value in said.items() if value}


def _listed(values: Any) -> str:  # noqa: ANN401 - a widget's value: names, a range, or since and until when
    if isinstance(values, dict):
        return " to ".join(filter(None, map(str, values.values())))
    is_range = any(isinstance(one, int | float) for one in values)
    return (" to " if is_range else ", ").join(map(str, values))
