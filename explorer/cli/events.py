"""Decisions as commands print them: what was decided, by whom, and what came before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explorer.cli.options import print_json
from explorer.errors import SubsetError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from explorer.store.decisions.events import Event


def author_of(arguments: argparse.Namespace) -> str:
    """Who decides: whom the command names, or else who runs it."""
    from explorer.store.workspace import author

    return arguments.author or author()


def say(event: Event | None, of: str, arguments: argparse.Namespace) -> None:
    """Print one decision; `of` says of what it is, as `subset`.

    Raises:
        SubsetError: there is none.
    """
    if event is None:
        several = f"{of.removesuffix('y')}ies" if of.endswith("y") else f"{of}s"
        raise SubsetError(f"There is nothing about {several} of {author_of(arguments)} to take back or bring back.")
    if arguments.json:
        print_json(_as_json(event, of))
    else:
        print(event.sentence)


def list_events(events: Iterable[Event], of: str, arguments: argparse.Namespace) -> None:
    """Print decisions, a line each."""
    if arguments.json:
        print_json([_as_json(event, of) for event in events])
        return
    for event in events:
        print(f"{event.time:%Y-%m-%d %H:%M}  {event.sentence}{' (undone)' if event.undone else ''}")


def _as_json(event: Event, of: str) -> dict[str, Any]:
    facts = ("sequence", "time", "author", "kind", "sentence", "undone")
    return {**{fact: getattr(event, fact) for fact in facts}, of: event.key}
