"""One sentence per event, for the history page and for the label of the undo button."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.store.decisions.events import Kind


def phrase(kind: Kind, payload: Mapping[str, Any]) -> str:
    """What somebody did, without who: ``added 12 members to “Blurry” (lasso)``."""
    name = f"“{payload['name']}”"
    because = f": {payload['reason']}" if payload["reason"] else ""
    match kind:
        case "created":
            did = f"created {name}" + (f" with {_members(payload['members'])}" if payload["members"] else "")
        case "edited":
            did = _edited(name, payload["changes"])
        case "added":
            did = f"added {_members(payload['members'], f' to {name}')}"
        case "removed":
            did = f"removed {_count(len(payload['ids']), 'member')} from {name}"
        case "rejected":
            did = f"rejected {_count(len(payload['candidates']), 'candidate')} for {name}"
        case "undone":
            did = f"undid: {payload['what']}"
        case "redone":
            did = f"redid: {payload['what']}"
        case _:
            did = f"{kind} {name}"
    return did + because


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _members(rows: list[list[Any]], where: str = "") -> str:
    origins = Counter(origin for _, origin, _ in rows)
    told = [f"{number:,} {origin}" for origin, number in origins.most_common()]
    return f"{_count(len(rows), 'member')}{where} ({', '.join(told if len(told) > 1 else origins)})"


def _edited(name: str, changes: Mapping[str, Any]) -> str:
    fields = " and ".join([field for field in changes if field != "name"])
    if "name" not in changes:
        return f"changed the {fields} of {name}"
    return f"renamed {name} to “{changes['name']}”" + (f" and changed its {fields}" if fields else "")
