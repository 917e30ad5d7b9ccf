"""Saved views: listing, showing, renaming and deleting them; they are saved in the app."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.events import author_of, list_events, reversals, say
from explorer.cli.options import add_command, decisions_option, opened, print_json, warn_of_decisions
from explorer.data.saved_views import in_words

if TYPE_CHECKING:
    import argparse

    from explorer.data.saved_views import SavedView
    from explorer.store.workspace import Workspace


_run_undo, _run_redo = reversals("view", attrgetter("views"))


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe these commands."""
    group = commands.add_parser("view", help="List, show, rename and delete saved views.")
    verbs = group.add_subparsers(title="verbs", required=True, metavar="VERB")
    for name, run, summary in (
        ("list", _run_list, "List the saved views with their links."),
        ("show", _run_show, "Show what a view looks at."),
        ("rename", _run_rename, "Call a view something else; its link stays."),
        ("delete", _run_delete, "Take a view away; undo brings it back."),
        ("history", _run_history, "List what was decided about views, the newest first."),
        ("undo", _run_undo, "Take back an author's newest decision about views."),
        ("redo", _run_redo, "Bring back what an author undid last."),
    ):
        command = add_command(verbs, name, run, summary)
        command.add_argument("workspace", type=Path, metavar="WORKSPACE")
        if name == "history":
            command.add_argument("name", nargs="?", metavar="NAME", help="one view (default: all)")
        elif name in ("show", "rename", "delete"):
            command.add_argument("name", metavar="NAME")
        if name == "rename":
            command.add_argument("new", metavar="NEW")
        if name in ("rename", "delete", "undo", "redo"):
            command.add_argument("--author", metavar="NAME")
        decisions_option(command)
        command.add_argument("--json", action="store_true")


def _run_list(arguments: argparse.Namespace) -> None:
    workspace = opened(arguments)
    warn_of_decisions(workspace)
    views = workspace.views.all()
    if arguments.json:
        print_json([_about(workspace, view) for view in views])
        return
    for view in views:
        print(f"{view.name}\t{_address(workspace, view)}\t{view.created_by}\t{view.updated_at:%Y-%m-%d %H:%M}")


def _run_show(arguments: argparse.Namespace) -> None:
    workspace = opened(arguments)
    view = workspace.views.find(arguments.name)
    if arguments.json:
        print_json({**_about(workspace, view), "look": view.look})
        return
    print(f"{view.name}, by {view.created_by}, {view.updated_at:%Y-%m-%d %H:%M} UTC")
    for name, value in in_words(view.look).items():
        print(f"  {name}: {value}")
    print(f"  link: {_address(workspace, view)} behind the address of the app")


def _run_rename(arguments: argparse.Namespace) -> None:
    say(opened(arguments).views.rename(arguments.name, arguments.new, author=author_of(arguments)), "view", arguments)


def _run_delete(arguments: argparse.Namespace) -> None:
    say(opened(arguments).views.delete(arguments.name, author=author_of(arguments)), "view", arguments)


def _run_history(arguments: argparse.Namespace) -> None:
    workspace = opened(arguments)
    warn_of_decisions(workspace)
    list_events(workspace.views.history(arguments.name), "view", arguments)


def _about(workspace: Workspace, view: SavedView) -> dict[str, Any]:
    facts = ("key", "name", "created_by", "created_at", "updated_at")
    return {**{fact: getattr(view, fact) for fact in facts}, "link": _address(workspace, view)}


def _address(workspace: Workspace, view: SavedView) -> str:
    """What the address of the app ends in, to open the view."""
    return f"?workspace={workspace.paths.key}&view={view.key}"
