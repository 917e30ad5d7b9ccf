"""Categories: the types of edge case that a team has agreed on, each with its criterion."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from explorer.errors import CategoryError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

LEVELS = ("pixel", "domain", "object", "scene", "scenario")
"""At which level of what is seen a type of edge case lies."""

PRIORITIES = ("low", "medium", "high", "critical")
STATUSES = ("open", "mitigated", "accepted")
FIRST_TARGET = 20
"""Examples aimed at unless somebody says otherwise; 20 to 50 are usual."""

MOST_AIMED = 1_000_000_000
"""Examples that anybody may aim at; a browser holds no number of any size."""

DOING = {"collect": "Collect", "relabel": "Relabel", "augment": "Augment", "remove": "Remove"}
"""What can be recommended: as it is written -> as it is shown."""

TEMPLATES = {
    "general": "General, by level: pixel, domain, object, scene, scenario",
    "medical": "Medical imaging",
    "driving": "Driving",
}
"""Categories to begin with: name -> what it is for."""

_LONGEST_NAME, _SHOWN = 200, 40


@dataclass(frozen=True)
class Category:
    """One category as it stands after some event; empty text and no entries where nothing is said.

    Attributes:
        key: stable unique id; a name may change, a key never.
        name: what people call it, and what its subsets have as their category.
        criterion: what belongs to it, in words.
        level: one of `LEVELS`.
        where: conditions of a rule on signals or metadata, in the language of `--where`; they propose candidates.
        space: whose columns the rule asks: `image`, `label` or `prediction/MODEL`.
        severity: how to tell low, medium and high, in words.
        target: number of examples aimed at, at least 1.
        priority: risk, one of `PRIORITIES`.
        trigger: triggering condition.
        insufficiency: what the model or its data lack.
        hazard: what may come of it.
        domain: attribute of the operating domain.
        requirements: ids of requirements that it bears on.
        owner: who looks after it.
        status: one of `STATUSES`.
        rationale: why it may stay as it is; never empty where the status is `accepted`.
        actions: what is recommended to do, each one of `DOING`, a colon and a sentence.
        former: names that it had before, which its subsets may still have.
        retired: why it is no longer in use; empty while it is.
        written: whether it has events of its own; False for one that only subsets name.
        undone: whether its making is taken back, so that it is none.
        retired_examples: ids of what reviewers put into it and somebody took out again, with a reason.
    """

    key: str
    name: str
    created_by: str
    created_at: datetime
    updated_at: datetime
    criterion: str = ""
    level: str = ""
    where: tuple[str, ...] = ()
    space: str = "image"
    severity: str = ""
    target: int = FIRST_TARGET
    priority: str = ""
    trigger: str = ""
    insufficiency: str = ""
    hazard: str = ""
    domain: str = ""
    requirements: tuple[str, ...] = ()
    owner: str = ""
    status: str = "open"
    rationale: str = ""
    actions: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    retired: str = ""
    written: bool = True
    undone: bool = False
    retired_examples: frozenset[str] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """The name, and those it had before."""
        return self.name, *self.former

    def facts(self) -> dict[str, Any]:
        """What people say of it, by field, as plain JSON values."""
        said = {field: getattr(self, field) for field in FIELDS}
        return {field: list(value) if isinstance(value, tuple) else value for field, value in said.items()}


TITLES = {
    "name": "Name",
    "level": "Level",
    "criterion": "Criterion",
    "where": "Rule",
    "space": "Rule asks",
    "severity": "Severity",
    "target": "Target",
    "priority": "Risk",
    "trigger": "Triggering condition",
    "insufficiency": "Insufficiency",
    "hazard": "Hazard",
    "domain": "Operating domain",
    "requirements": "Requirements",
    "owner": "Owner",
    "status": "Status",
    "rationale": "Rationale",
    "actions": "Recommended",
}
"""What people say of a category: field -> its name on screen."""

FIELDS = tuple(TITLES)
FIRST = {field.name: field.default for field in fields(Category) if field.name in TITLES and field.name != "name"}
"""What a field holds where nothing is said."""

LISTS = frozenset(name for name, first in FIRST.items() if isinstance(first, tuple))
_CHOICES = {"level": ("", *LEVELS), "priority": ("", *PRIORITIES), "status": STATUSES}


def checked_facts(given: Mapping[str, Any]) -> dict[str, Any]:
    """Facts of a category as they are kept: text without white space around it, lists without empty entries.

    Raises:
        CategoryError: a field is unknown, or holds what it cannot.
    """
    return {field: _checked(field, value) for field, value in given.items()}


def category_name(text: str) -> str:
    """A category's name on one line.

    Raises:
        CategoryError: it is empty or too long.
    """
    name = " ".join(text.split())
    if not name or len(name) > _LONGEST_NAME:
        found = f"{len(name):,} characters, {name[:_SHOWN]!r}…" if name else "none"
        raise CategoryError(f"Expected a name of 1 to {_LONGEST_NAME} characters for a category, found {found}.")
    return name


def refuse_unexplained(status: str, rationale: str) -> None:
    """Raise CategoryError where a risk is accepted and nobody says why."""
    if status == "accepted" and not rationale:
        raise CategoryError("Expected a rationale with the status accepted, found none. Say why the risk may stay.")


def _checked(field: str, value: Any) -> Any:  # noqa: ANN401 - what a file or a person gave
    if field not in TITLES:
        raise CategoryError(f"Expected fields of a category, found {field!r}. There are: {', '.join(TITLES)}.")
    if field == "target":
        return _target(value)
    if field == "actions":
        return checked_actions(value)
    if field in LISTS:
        return _entries(field, value)
    text = _text(field, value)
    if field == "name":
        text = category_name(text)
    if text not in _CHOICES.get(field, (text,)):
        listed = ", ".join(filter(None, _CHOICES[field]))
        raise CategoryError(f"Expected as {field} of a category one of {listed}, found {text!r}.")
    return text or FIRST.get(field, text)


def _target(value: Any) -> int:  # noqa: ANN401
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise CategoryError(f"Expected as target of a category a whole number of at least 1, found {value!r}.")
    if value > MOST_AIMED:
        raise CategoryError(f"Expected as target of a category at most {MOST_AIMED:,}, found more.")
    return value


def _entries(field: str, value: Any) -> list[str]:  # noqa: ANN401
    if not isinstance(value, list | tuple):
        raise CategoryError(f"Expected as {field} of a category a list of texts, found {value!r}.")
    return [text for text in (_text(field, one) for one in value) if text]


def checked_actions(value: Any) -> list[str]:  # noqa: ANN401 - what a file or a person gave
    """What is recommended to do, as it is kept: `relabel: Look at them again.`; without empty entries.

    Raises:
        CategoryError: an entry is not one of `DOING`, a colon and what to do.
    """
    return [_action(one) for one in _entries("actions", value)]


def _action(text: str) -> str:
    do, _, what = (part.strip() for part in text.partition(":"))
    if do.casefold() not in DOING or not what:
        raise CategoryError(f"Expected as an action one of {', '.join(DOING)}, a colon and what to do, found {text!r}.")
    return f"{do.casefold()}: {' '.join(what.split())}"


def _text(field: str, value: Any) -> str:  # noqa: ANN401
    if not isinstance(value, str):
        raise CategoryError(f"Expected as {field} of a category text, found {value!r}. Put it in quotation marks.")
    return value.strip()
