"""Opening a workspace in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli.options import add_command, decisions_option

if TYPE_CHECKING:
    import argparse


def add(commands: Any) -> None:  # noqa: ANN401 - argparse's own type is private
    """Describe this command."""
    command = add_command(commands, "open", run, "Open a workspace in the browser.")
    command.add_argument("workspace", type=Path, metavar="WORKSPACE")
    server_options(command, host=True)
    decisions_option(command)


def server_options(command: argparse.ArgumentParser, *, host: bool) -> None:
    """Let the person say where the app listens."""
    if host:
        command.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    else:
        command.set_defaults(host="127.0.0.1")
    command.add_argument("--port", type=port, metavar="N", help="default: the first free one from 8501")
    command.add_argument("--no-browser", action="store_true", help="do not open a browser window")


def port(text: str) -> int:
    """Read a port number."""
    number = int(text)
    if not 0 < number < 65536:  # noqa: PLR2004 - ports are 16 bits
        raise ValueError(text)
    return number


def run(arguments: argparse.Namespace) -> int:
    """Serve the workspace until interrupted."""
    from explorer.ui.server.launch import serve

    return serve(
        arguments.workspace,
        host=arguments.host,
        port=arguments.port,
        browser=not arguments.no_browser,
        decisions=arguments.decisions,
    )
