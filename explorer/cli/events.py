"""Decisions as commands print them: what was decided, by whom, and what came before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from explorer.cli.options import opened, print_json
from explorer.errors import SubsetError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

    from explorer.store.decisions.events import Event
    from explorer.store.workspace import Workspace

    Run = Callable[[argparse.Namespace], None]

    class Decided(Protocol):
        """Decisions of one kind, the newest of which an author takes back."""

        def undo(self, author: str) -> Event | None:
            """Take back the author's newest."""

        def redo(self, author: str) -> Event | None:
            """Bring back what the author undid last."""


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


def reversals(of: str, decided: Callable[[Workspace], Decided]) -> tuple[Run, Run]:
    """What the verbs `undo` and `redo` run, for one kind of decision.

    Args:
        of: of what they are, as `subset`.
        decided: gives those of a workspace.
    """

    def undo(arguments: argparse.Namespace) -> None:
        say(decided(opened(arguments)).undo(author_of(arguments)), of, arguments)

    def redo(arguments: argparse.Namespace) -> None:
        say(decided(opened(arguments)).redo(author_of(arguments)), of, arguments)

    return undo, redo


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
