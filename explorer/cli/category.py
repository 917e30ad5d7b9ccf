"""Categories: the types of edge case, their criteria, and how far each is covered."""

from __future__ import annotations

import sys
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli import category_examples
from explorer.cli.events import author_of, list_events, reversals, say
from explorer.cli.options import (
    actions_option,
    add_command,
    decisions_option,
    evaluated_subsets,
    model_of,
    opened,
    positive,
    print_json,
    warn_of_decisions,
)
from explorer.data.categories import FIELDS, LEVELS, PRIORITIES, STATUSES, TEMPLATES, TITLES
from explorer.data.counts import counted
from explorer.data.ids import printed_id
from explorer.errors import CategoryError, ExplorerError

if TYPE_CHECKING:
    import argparse

    from explorer.actions.categories import Standing
    from explorer.points.opened_build import View
    from explorer.store.workspace import Workspace


_run_undo, _run_redo = reversals("category", attrgetter("categories"))


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe these commands."""
    group = commands.add_parser("category", help="Define, list, retire and exchange categories of edge cases.")
    verbs = group.add_subparsers(title="verbs", required=True, metavar="VERB")
    for name, run, summary in (
        ("list", _run_list, "List the categories with their examples, and what fixing each gains at most."),
        ("show", _run_show, "Show a category, and what its rule proposes."),
        ("add", _run_add, "Define a category; examples come from the subsets that have it."),
        ("edit", _run_edit, "Change what is said of a category."),
        ("retire", _run_retire, "Use a category no longer; it stays, with the reason."),
        ("restore", _run_restore, "Use a retired category again."),
        ("export", _run_export, "Write the categories as YAML."),
        ("import", _run_import, "Add and change categories from YAML or a template, all or none."),
        ("history", _run_history, "List what was decided about categories, the newest first."),
        ("undo", _run_undo, "Take back an author's newest decision about categories."),
        ("redo", _run_redo, "Bring back what an author undid last."),
    ):
        command = add_command(verbs, name, run, summary)
        command.add_argument("workspace", type=Path, metavar="WORKSPACE")
        if name in ("show", "add", "edit", "retire", "restore"):
            command.add_argument("name", metavar="NAME")
        if name == "history":
            command.add_argument("name", nargs="?", metavar="NAME", help="one category (default: all)")
        _OPTIONS.get(name, _no_options)(command)
        if name not in ("list", "show", "export", "history"):
            command.add_argument("--author", metavar="NAME")
        decisions_option(command)
        if name != "export":
            command.add_argument("--json", action="store_true")
    category_examples.add(verbs)


def _no_options(_command: argparse.ArgumentParser) -> None:
    pass


def _list_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--model", metavar="NAME", help="whose errors (default: the first model's)")


def _fact_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--criterion", metavar="TEXT", help="what belongs to it, in words")
    command.add_argument("--level", choices=("", *LEVELS), help="at which level of what is seen it lies")
    command.add_argument(
        "--where", action="append", metavar="COLUMN=VALUE", help="rule that proposes candidates; repeat to narrow"
    )
    command.add_argument("--space", metavar="SPACE", help="image, label or prediction/MODEL: whose columns it asks")
    command.add_argument("--severity", metavar="TEXT", help="how to tell low, medium and high")
    command.add_argument("--target", type=positive, metavar="N", help="examples aimed at (20 unless said; 20 to 50)")
    command.add_argument("--priority", choices=("", *PRIORITIES), help="risk")
    command.add_argument("--trigger", metavar="TEXT", help="triggering condition")
    command.add_argument("--insufficiency", metavar="TEXT", help="what the model or its data lack")
    command.add_argument("--hazard", metavar="TEXT", help="what may come of it")
    command.add_argument("--domain", metavar="TEXT", help="attribute of the operating domain")
    command.add_argument(
        "--requirement", action="append", dest="requirements", metavar="ID", help="requirement it bears on; repeat"
    )
    command.add_argument("--owner", metavar="NAME", help="who looks after it")
    command.add_argument("--status", choices=STATUSES, help="accepted wants a rationale")
    command.add_argument("--rationale", metavar="TEXT", help="why it may stay as it is")
    actions_option(command)


def _edit_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--rename", metavar="NEW", help="subsets that have the old name stay its own")
    _fact_options(command)


def _retire_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--reason", required=True, metavar="TEXT")


def _export_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("-o", "--out", type=Path, metavar="FILE", help="(default: standard output)")


def _import_options(command: argparse.ArgumentParser) -> None:
    given = command.add_mutually_exclusive_group(required=True)
    given.add_argument("file", nargs="?", type=Path, metavar="FILE")
    given.add_argument("--template", choices=list(TEMPLATES), help="adds what is not described yet")


_OPTIONS = {
    "list": _list_options,
    "show": _list_options,
    "add": _fact_options,
    "edit": _edit_options,
    "retire": _retire_options,
    "export": _export_options,
    "import": _import_options,
}


def _run_list(arguments: argparse.Namespace) -> None:
    workspace = opened(arguments)
    found = _standings(_view(workspace), arguments.model)
    warn_of_decisions(workspace)
    if arguments.json:
        print_json([_about(each) for each in found])
        return
    for each in found:
        category, many = each.category, f"{each.counting} of {each.category.target}"
        state = f"retired: {category.retired}" if category.retired else category.status
        said = category.criterion or "no criterion yet"
        print(f"{category.name}\t{many}\t{state}\t{category.priority}\t{said}\t{each.in_words}".rstrip())


def _run_show(arguments: argparse.Namespace) -> None:
    from explorer.actions.categories import candidates
    from explorer.actions.evaluate import opening
    from explorer.actions.hygiene import left_out_words

    workspace = opened(arguments)
    view = _view(workspace)
    key = workspace.categories.find(arguments.name).key
    standing = next(each for each in _standings(view, arguments.model) if each.category.key == key)
    found, problem = [], ""
    if standing.category.where:
        try:
            at = opening(view, model_of(workspace, arguments.model))
            found = candidates(view, standing, at)
        except ExplorerError as error:  # what the category is, and to change its rule, is wanted all the more
            problem = str(error)
            print(f"edgecase: {standing.category.name}: {problem}", file=sys.stderr)
    if arguments.json:
        print_json({**_about(standing), "example_ids": standing.examples, "candidates": found})
        return
    facts = standing.category.facts()
    for field in FIELDS:
        value = facts[field]
        if value:
            print(f"{TITLES[field]}: {', '.join(value) if isinstance(value, list) else value}")
    print(f"Examples: {len(standing.examples)}, of {', '.join(standing.subsets) or 'no subset'}")
    if standing.left_out:
        print(left_out_words(standing.left_out))
    if standing.in_words:
        print(standing.in_words)
    if standing.category.where and not problem:
        print(f"Candidates: {len(found)}")
    for each in found:
        print(printed_id(each))


def _run_add(arguments: argparse.Namespace) -> None:
    workspace = opened(arguments)
    facts = _facts(workspace, arguments)
    event = workspace.categories.add(arguments.name, author=author_of(arguments), **facts)
    say(event, "category", arguments)


def _run_edit(arguments: argparse.Namespace) -> None:
    workspace = opened(arguments)
    facts = _facts(workspace, arguments)
    if arguments.rename is not None:
        facts["name"] = arguments.rename
    say(workspace.categories.edit(arguments.name, author=author_of(arguments), **facts), "category", arguments)


def _run_retire(arguments: argparse.Namespace) -> None:
    categories = opened(arguments).categories
    event = categories.retire(arguments.name, author=author_of(arguments), reason=arguments.reason)
    say(event, "category", arguments)


def _run_restore(arguments: argparse.Namespace) -> None:
    say(opened(arguments).categories.restore(arguments.name, author=author_of(arguments)), "category", arguments)


def _run_export(arguments: argparse.Namespace) -> None:
    from explorer.data.whole import whole_file
    from explorer.review.taxonomy import to_yaml

    text = to_yaml(opened(arguments).categories.all())
    if arguments.out is None:
        print(text, end="")
    else:
        with whole_file(arguments.out) as draft:
            draft.write_text(text, "utf-8")


def _run_import(arguments: argparse.Namespace) -> None:
    from explorer.review.taxonomy import from_yaml, template

    workspace = opened(arguments)
    file, name = arguments.file, arguments.template
    entries = template(name) if name else from_yaml(_read(file), str(file))
    reason = f"from the template {name}" if name else f"from {file.name}"
    who = author_of(arguments)
    events = workspace.categories.take_in(entries, author=who, reason=reason, only_new=bool(name))
    if arguments.json:
        print_json([{"kind": event.kind, "name": event.payload["name"], "category": event.key} for event in events])
        return
    for event in events:
        print(event.sentence)
    print(f"{counted(len(entries), 'category', 'categories')} read, {counted(len(events), 'decision')}.")


def _run_history(arguments: argparse.Namespace) -> None:
    workspace = opened(arguments)
    warn_of_decisions(workspace)
    list_events(workspace.categories.history(arguments.name), "category", arguments)


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except ValueError as error:
        raise CategoryError(f"Expected categories as UTF-8 text in {file}, found something else ({error}).") from error


def _facts(workspace: Workspace, arguments: argparse.Namespace) -> dict[str, Any]:
    """The facts that were given; a rule that the build cannot answer is refused."""
    given = {field: getattr(arguments, field) for field in FIELDS if field != "name"}
    facts = {field: value for field, value in given.items() if value is not None}
    where = [text for text in facts.get("where", ()) if text]
    if where:
        from explorer.actions.categories import found_by

        found_by(_view(workspace), where, facts.get("space", "image"))
    return facts


def _view(workspace: Workspace) -> View:
    from explorer.points.opened_build import View

    return View(workspace)


def _standings(view: View, model: str | None) -> list[Standing]:
    from explorer.actions.analyzed import analyzed
    from explorer.actions.categories import standings
    from explorer.actions.hygiene import hygiene
    from explorer.points.chosen import put_by_reviewers

    workspace = view.workspace
    of = analyzed(view, model)
    examples = [*evaluated_subsets(workspace), *put_by_reviewers(workspace.decisions)]
    return standings(view, workspace.categories.all(), examples, of.model, of.points.at, hygiene(of))


def _about(standing: Standing) -> dict[str, Any]:
    category, ceiling = standing.category, standing.ceiling
    made = {"created_by": category.created_by, "created_at": category.created_at, "updated_at": category.updated_at}
    return {
        "key": category.key,
        **category.facts(),
        "former": list(category.former),
        "retired": category.retired,
        **made,
        "subsets": list(standing.subsets),
        "examples": len(standing.examples),
        "left_out": standing.left_out,
        "ceiling": {"errors": ceiling.hits, "of": ceiling.n, "share": ceiling.value},
    }
