"""Opening a workspace in the browser, or the page where one is chosen or made."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from explorer.cli.options import add_command, decisions_option


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe this command."""
    command = add_command(commands, "open", run, "Open a workspace in the browser, or the page to choose or make one.")
    command.add_argument("workspace", type=Path, nargs="?", metavar="WORKSPACE", help="default: choose one in the app")
    server_options(command, host=True)
    root_option(command, default=argparse.SUPPRESS)  # keeps what was said before `open`
    decisions_option(command)


def server_options(command: argparse.ArgumentParser, *, host: bool) -> None:
    """Let the person say where the app listens."""
    if host:
        command.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    else:
        command.set_defaults(host="127.0.0.1")
    command.add_argument("--port", type=port, metavar="N", help="default: the first free one from 8501")
    command.add_argument("--no-browser", action="store_true", help="do not open a browser window")


def root_option(command: argparse.ArgumentParser, default: object) -> None:
    """Let the person say where people may look for their data."""
    command.add_argument(
        "--root",
        type=Path,
        action="append",
        default=default,
        metavar="DIR",
        help="let the app look for data below this folder, repeatable (default: your home folder, on localhost only)",
    )


def start_page(top: argparse.ArgumentParser) -> None:
    """Let `edgecase` alone open the page where a workspace is chosen or made."""
    root_option(top, default=[])
    top.set_defaults(run=run, workspace=None, host="127.0.0.1", port=None, no_browser=False, decisions=None)


def port(text: str) -> int:
    """Read a port number."""
    number = int(text)
    if not 0 < number < 65536:  # noqa: PLR2004 - ports are 16 bits
        raise ValueError(text)
    return number


def run(arguments: argparse.Namespace) -> int:
    """Serve the workspace, or the start page, until interrupted."""
    from explorer.ui.server.launch import serve

    return serve(
        arguments.workspace,
        roots=arguments.root,
        host=arguments.host,
        port=arguments.port,
        browser=not arguments.no_browser,
        decisions=arguments.decisions,
    )
