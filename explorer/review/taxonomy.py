"""Categories as YAML: what a team keeps beside its code, and the templates to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from explorer.data.categories import FIELDS, FIRST, TEMPLATES, checked_facts
from explorer.errors import CategoryError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from explorer.data.categories import Category

FORMAT = 1
_TEMPLATES = Path(__file__).with_name("templates")


def to_yaml(categories: Iterable[Category]) -> str:
    """The categories as YAML, fields in one order; what holds what it first holds is left out."""
    entries = [_entry(category) for category in categories]
    document = {"format": FORMAT, "categories": entries}
    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110))


def from_yaml(text: str, where: str) -> list[dict[str, Any]]:
    """The facts of each category in YAML, checked, and `retired` where it says why one is.

    Args:
        text: what `to_yaml` wrote, or a person in its form.
        where: what to call it in messages.

    Raises:
        CategoryError: it is something else.
    """
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise CategoryError(f"Expected categories as YAML in {where}, found something else: {error}.") from error
    if not isinstance(document, dict) or not isinstance(document.get("categories"), list):
        raise CategoryError(f"Expected `format: {FORMAT}` and a list `categories` in {where}, found neither or one.")
    if document.get("format") != FORMAT:
        raise CategoryError(
            f"Expected format {FORMAT} of categories in {where}, found {document.get('format')!r}. Update with "
            "`pip install -U edgecase-explorer`."
        )
    return [_facts(entry, f"{where}, categories[{place}]") for place, entry in enumerate(document["categories"])]


def template(name: str) -> list[dict[str, Any]]:
    """The categories of a template, as `from_yaml` gives them.

    Raises:
        CategoryError: there is none of this name.
    """
    if name not in TEMPLATES:
        raise CategoryError(f"Expected one of the templates {', '.join(TEMPLATES)}, found {name!r}.")
    file = _TEMPLATES / f"{name}.yaml"
    return from_yaml(file.read_text("utf-8"), f"the template {name}")


def _entry(category: Category) -> dict[str, Any]:
    facts = category.facts()
    first = {field: list(value) if isinstance(value, tuple) else value for field, value in FIRST.items()}
    said = {field: facts[field] for field in FIELDS if field == "name" or facts[field] != first[field]}
    return {**said, "retired": category.retired} if category.retired else said


def _facts(entry: object, where: str) -> dict[str, Any]:
    if not isinstance(entry, dict) or "name" not in entry:
        raise CategoryError(f"Expected a category with a name in {where}, found {entry!r}.")
    retired = entry.get("retired", "")
    if not isinstance(retired, str):
        raise CategoryError(f"Expected as `retired` in {where} the reason as text, found {retired!r}.")
    try:
        facts = checked_facts({field: value for field, value in entry.items() if field != "retired"})
    except CategoryError as error:
        raise CategoryError(f"In {where}: {error}") from error
    return {**facts, "retired": retired} if retired else facts
