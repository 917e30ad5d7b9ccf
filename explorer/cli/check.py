"""A gate for a model: whether it is good enough where it matters."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.options import (
    add_command,
    decisions_option,
    judging_option,
    leaking_options,
    opened,
    print_json,
)
from explorer.errors import ExplorerError

if TYPE_CHECKING:
    import argparse

EXITS = {"passed": 0, "failed": 1, "cannot say": 3}
ERROR = 4
"""What the command exits with where it could not do its work: neither passed nor failed."""


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe this command."""
    about = "Say whether a model is good enough where it matters: 0 passed, 1 failed, 3 cannot say, 4 an error."
    command = add_command(commands, "check", _run, about)
    command.set_defaults(error_code=ERROR)
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    what = "YAML, a list of category, segment or subset with metric, at_least and min_n"
    command.add_argument("--thresholds", type=Path, required=True, metavar="FILE", help=what)
    command.add_argument("--model", metavar="NAME", help="which one (default: the last one)")
    command.add_argument("--junit", type=Path, metavar="FILE", help="also write the checks as JUnit XML")
    leaking_options(command)
    judging_option(command)
    decisions_option(command)
    command.add_argument("--json", action="store_true")


def _run(arguments: argparse.Namespace) -> int:
    try:
        return _checked(arguments)
    except (ExplorerError, OSError):
        raise
    except Exception:  # noqa: BLE001 - a fault of ours must not exit as a model that failed does
        traceback.print_exc()
        return ERROR


def _checked(arguments: argparse.Namespace) -> int:
    from explorer.actions.check import check
    from explorer.exporters.junit import write_junit

    said = check(
        opened(arguments),
        arguments.thresholds,
        arguments.model,
        group_by=arguments.group_by,
        count_leaking=arguments.count_leaking,
        leave_out_leaking=arguments.leave_out_leaking,
    )
    if arguments.junit:
        write_junit(said, arguments.junit)
    if arguments.json:
        print_json(said)
    else:
        print(f"{said['model']}: {said['status']}")
        for one in said["checks"]:
            print(f"  {one['status']:10}  {one['kind']} {one['name']}, {one['metric']}: {one['reason']}")
    return EXITS[said["status"]]
