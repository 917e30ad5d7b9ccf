"""Findings: listing them, dismissing those that are no matter, and bringing them back."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.events import author_of, list_events, reversals, say
from explorer.cli.options import (
    actions_option,
    add_command,
    decisions_option,
    opened,
    print_json,
    progress_bars,
    warn_of_decisions,
)
from explorer.errors import FindingError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from explorer.actions.findings import Known
    from explorer.store.workspace import Workspace

_SHORT = 8
"""Characters of a key that are shown; as few are enough to name one."""


_run_undo, _run_redo = reversals("finding", attrgetter("findings"))


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe these commands."""
    group = commands.add_parser("finding", help="List findings, dismiss those that are no matter, restore them.")
    verbs = group.add_subparsers(title="verbs", required=True, metavar="VERB")
    for name, run, summary in (
        ("list", _run_list, "List the findings, best first, or those that are dismissed."),
        ("dismiss", _run_dismiss, "Have a finding listed no more, whatever is built later."),
        ("edit", _run_edit, "Say what is to be done about a finding; the report recommends it for segments."),
        ("restore", _run_restore, "Have a dismissed finding listed again."),
        ("history", _run_history, "List what was decided about findings, the newest first."),
        ("undo", _run_undo, "Take back an author's newest decision about findings."),
        ("redo", _run_redo, "Bring back what an author undid last."),
    ):
        command = add_command(verbs, name, run, summary)
        command.add_argument("workspace", type=Path, metavar="WORKSPACE")
        if name in ("dismiss", "edit", "restore"):
            command.add_argument("key", metavar="KEY", help="as listed, or the beginning of it; or the title")
        if name == "edit":
            actions_option(command, required=True)
        if name == "dismiss":
            command.add_argument("--reason", required=True, metavar="TEXT", help="why it is no matter")
        if name == "list":
            command.add_argument("--dismissed", action="store_true", help="those that are dismissed")
        if name in ("list", "dismiss", "edit"):
            command.add_argument("--model", metavar="NAME", help="whose errors (default: the first model's)")
        if name not in ("list", "history"):
            command.add_argument("--author", metavar="NAME")
        decisions_option(command)
        command.add_argument("--json", action="store_true")


def _run_list(arguments: argparse.Namespace) -> None:
    workspace = opened(arguments)
    warn_of_decisions(workspace)
    rows = _dismissed(workspace) if arguments.dismissed else _listed(workspace, arguments.model)
    if arguments.json:
        print_json(rows)
        return
    for row in rows:
        print(f"{row['key'][:_SHORT]}  {_line(row)}")


def _run_dismiss(arguments: argparse.Namespace) -> None:
    workspace = opened(arguments)
    one = _named(workspace, arguments)
    dismiss = workspace.findings.dismiss
    event = dismiss(one.finding, one.key, arguments.reason, author=author_of(arguments), model=one.model)
    say(event, "finding", arguments)


def _run_edit(arguments: argparse.Namespace) -> None:
    from explorer.actions.failure_modes import recommend

    workspace = opened(arguments)
    one = _named(workspace, arguments)
    say(recommend(workspace.decisions, one, arguments.actions, author=author_of(arguments)), "finding", arguments)


def _named(workspace: Workspace, arguments: argparse.Namespace) -> Known:
    """The finding that is listed and has this key or title."""
    from explorer.actions.analyze import findings_of

    with progress_bars() as progress:
        every = findings_of(workspace, arguments.model, on_progress=progress)
    by_key = {one.key: one for one in every if not one.dismissed}
    return by_key[found_key(arguments.key, {key: each.finding.title for key, each in by_key.items()})]


def _run_restore(arguments: argparse.Namespace) -> None:
    findings = opened(arguments).findings
    key = found_key(arguments.key, {one.key: one.title for one in findings.dismissed()})
    say(findings.keep(key, author=author_of(arguments)), "finding", arguments)


def _run_history(arguments: argparse.Namespace) -> None:
    workspace = opened(arguments)
    warn_of_decisions(workspace)
    list_events(workspace.findings.history(), "finding", arguments)


def _listed(workspace: Workspace, model: str | None) -> list[dict[str, Any]]:
    from explorer.actions.analyze import FINDINGS, analyze

    with progress_bars() as progress:
        rows = analyze(workspace, [FINDINGS], model, on_progress=progress)[FINDINGS]
    return [row for row in rows if "dismissed" not in row]


def _dismissed(workspace: Workspace) -> list[dict[str, Any]]:
    """Those that are dismissed, also where the current build does not find them."""
    facts = ("key", "kind", "title", "model", "reason", "author", "time")
    return [{fact: getattr(one, fact) for fact in facts} for one in workspace.findings.dismissed()]


def _line(row: Mapping[str, Any]) -> str:
    from explorer.actions.findings import finding_line

    if "sentence" in row:
        return f"{row['kind']}: {finding_line(row)}"
    return f"{row['kind']}: {row['title']}, dismissed by {row['author']} on {row['time']:%Y-%m-%d}: {row['reason']}"


def found_key(wanted: str, titles: Mapping[str, str]) -> str:
    """The one key that begins so, or has this title.

    Raises:
        FindingError: there is none, or there are several.
    """
    found = [key for key, title in titles.items() if wanted and (key.startswith(wanted) or title == wanted)]
    if len(found) == 1:
        return found[0]
    listed = [f"{key[:_SHORT]} ({titles[key]})" for key in found or titles]
    raise FindingError(f"Expected the key of one finding, found {wanted!r}. There are: {', '.join(listed) or 'none'}.")
