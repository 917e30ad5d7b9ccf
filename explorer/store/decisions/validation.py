"""What may go into an event: text that every database keeps, ids, members, facts of a subset."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, get_args

from explorer.data.categories import MOST_AIMED, category_name, checked_actions
from explorer.data.subsets import Origin
from explorer.errors import SubsetError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from explorer.data.subsets import Member

ORIGINS: frozenset[str] = frozenset(get_args(Origin))


def clean(text: str, what: str) -> str:
    """The text without white space around it.

    Raises:
        SubsetError: it holds a NUL or half a surrogate pair, which no database and no file keeps faithfully.
    """
    if "\x00" in text or not _is_unicode(text):
        raise SubsetError(
            f"The {what} must be text that can be stored, but {text!r} has a NUL or a broken character. Remove it."
        )
    return text.strip()


def clean_ids(ids: Iterable[str]) -> list[str]:
    """The ids, each once, in the order given.

    Raises:
        SubsetError: there is none, or one is empty or cannot be stored.
    """
    unique = list(dict.fromkeys(ids))
    if not unique:
        raise SubsetError("At least one image or object was expected, none was given. Select some first.")
    joined = "".join(unique)
    if not all(unique) or "\x00" in joined or not _is_unicode(joined):
        bad = next(one for one in unique if not one or "\x00" in one or not _is_unicode(one))
        raise SubsetError(f"Every id must be non-empty text without NUL or broken characters, not {bad!r}.")
    return unique


def clean_members(members: Iterable[Member]) -> list[list[Any]]:
    """The members as JSON rows ``[id, origin, score]``; of those with the same id the first.

    Raises:
        SubsetError: an id cannot be stored, an origin is unknown, or a score is not finite.
    """
    rows: dict[str, list[Any]] = {}
    for member_id, origin, score in members:
        if origin not in ORIGINS:
            raise SubsetError(f"The origin of a member is one of {', '.join(sorted(ORIGINS))}, not {origin!r}.")
        rows.setdefault(member_id, [member_id, origin, clean_score(score)])
    return [rows[one] for one in clean_ids(rows)] if rows else []


def clean_candidates(ids: Iterable[str], scores: Mapping[str, float] | None) -> list[list[Any]]:
    """The candidates as JSON rows ``[id, score]``, each once.

    Raises:
        SubsetError: there is none, an id cannot be stored, or a score is not finite.
    """
    return [[each, clean_score((scores or {}).get(each))] for each in clean_ids(ids)]


def refuse_both(members: Sequence[Sequence[Any]], candidates: Sequence[Sequence[Any]]) -> None:
    """Raise SubsetError where an id is among the rows of members and among those of rejected candidates."""
    both = {row[0] for row in members} & {row[0] for row in candidates}
    if both:
        raise SubsetError(
            f"A candidate is either accepted or rejected, but {min(both)!r} and {len(both) - 1:,} others are given as "
            "both. Leave each in one of the two."
        )


def clean_score(score: float | None) -> float | None:
    """The score as a plain float.

    Raises:
        SubsetError: it is not finite.
    """
    if score is None:
        return None
    if not math.isfinite(score):
        raise SubsetError(f"A score must be a finite number, not {score}. Leave it out where it is not known.")
    return float(score)


def clean_facts(**given: Any) -> dict[str, Any]:  # noqa: ANN401 - each field is checked by its own rule
    """The given facts of a subset, clean; None is not given.

    Raises:
        SubsetError: one cannot be stored, or is not what it is said to be.
        CategoryError: no category can be called so, or an action is none.
    """
    facts = {field: value for field, value in given.items() if value is not None}
    for field in {"name", "note", "category", "colour"} & facts.keys():
        facts[field] = clean(facts[field], field)
    if "name" in facts:
        facts["name"] = " ".join(facts["name"].split())  # one line wherever it is shown
    if facts.get("category"):
        facts["category"] = category_name(facts["category"])
    if "actions" in facts:
        facts["actions"] = clean_actions(facts["actions"])
    if facts.get("name") == "":
        raise SubsetError("A subset needs a name, an empty one was given.")
    if not 0 <= facts.get("target", 0) <= MOST_AIMED:
        raise SubsetError(f"A target is a number of members, from 0 to {MOST_AIMED:,}. Give one of these.")
    for field in {"target", "rule"} & facts.keys():
        facts[field] = facts[field] or None
    return facts


def clean_actions(actions: Sequence[str]) -> tuple[str, ...]:
    """What is recommended to do, clean.

    Raises:
        SubsetError: one cannot be stored.
        CategoryError: one is not of `DOING`, a colon and what to do.
    """
    return tuple(clean(one, "action") for one in checked_actions(actions))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
