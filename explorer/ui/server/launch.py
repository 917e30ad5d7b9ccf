"""Starting the app: Streamlit in this process, on localhost, quiet and private unless told otherwise."""

from __future__ import annotations

import errno
import gc
import os
import socket
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.errors import WorkspaceError
from explorer.store.derived.manifest import read_manifest
from explorer.store.paths import DECISIONS, WorkspacePaths
from explorer.store.served import noted
from explorer.ui.server.arguments import words
from explorer.ui.server.preload import run_streamlit
from explorer.ui.server.signed_in import is_configured

if TYPE_CHECKING:
    from collections.abc import Sequence

LAST_PORT_TRIED = 8599

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
"""What a browser on this machine calls the server; any other name is a page that rebound its own (DNS rebinding)."""

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - the addresses that stand for all interfaces

_TURN = 5e-4
"""Seconds after which what is computed beside a page lets that go on; it waits for them at each file and message."""

OPTIONS = {
    "browser.gatherUsageStats": "false",
    "browser.serverAddress": "localhost",
    "client.showErrorDetails": "none",
    "client.toolbarMode": "minimal",
    "server.fileWatcherType": "none",
    "server.maxUploadSize": "50",
}
"""Streamlit settings; `.streamlit/config.toml` says the same for `streamlit run app.py`.

Without an address for the browser, Streamlit asks a server on the Internet what this machine is called there.
"""


def serve(
    workspace: Path | None = None,
    *,
    roots: Sequence[Path] = (),
    host: str = "127.0.0.1",
    port: int | None = None,
    browser: bool = True,
    decisions: str | None = None,
) -> int:
    """Serve a workspace, or the start page, until interrupted.

    Args:
        workspace: what to open; it is checked before anything starts. None begins with the start page.
        roots: folders below which people may look for their data; where none is given, the home folder on localhost.
        host: address to listen on.
        port: port to listen on; None takes the first free one from 8501.
        browser: whether to open a browser window.
        decisions: where decisions of the workspace are kept, unless inside it: a SQLite file or a PostgreSQL URL.

    Raises:
        WorkspaceError: there is no workspace, its decisions cannot be read, a root is no folder, or the port is taken.
    """
    if workspace is None:
        _refuse_decisions(decisions)
    else:
        read_manifest(workspace)
        _use_decisions(decisions or os.environ.get(DECISIONS))
    for root in roots:
        if not root.is_dir():
            raise WorkspaceError(f"Expected a folder after --root, found none at {root}.")
    chosen = _free_port(host) if port is None else _checked(host, port)
    script = Path(__file__).parents[1] / "app.py"
    options = OPTIONS | {
        "server.address": host,
        "server.port": str(chosen),
        "server.headless": str(not browser).lower(),
    }
    names: tuple[str, ...] = ()
    if host not in EVERYWHERE:
        options["browser.serverAddress"] = host
        names = (*LOCAL_NAMES, host)
    if host not in LOCAL_NAMES:
        _warn(_who_may(chosen, workspace))
    flags = [f"--{name}={value}" for name, value in options.items()]
    flags += [f"--server.allowedHosts={name}" for name in dict.fromkeys(names)]
    sys.setswitchinterval(_TURN)
    gc.collect()  # what a build before it left
    gc.disable()  # nothing that is imported becomes garbage; `preload` enables it when the rest is there
    shown = "127.0.0.1" if host in EVERYWHERE else host
    address = f"http://{f'[{shown}]' if ':' in shown else shown}:{chosen}"
    served = noted(WorkspacePaths(workspace), address, os.environ.get(DECISIONS, "")) if workspace else nullcontext()
    with served:
        run_streamlit("run", str(script), *flags, "--", *words(workspace, roots))
    return 0


def _who_may(port: int, workspace: Path | None) -> str:
    """What people on other machines can do, a sentence."""
    has_roles = workspace is not None and WorkspacePaths(workspace).roles.exists()
    if not is_configured():
        courtesy = "; roles.yaml stops nobody, as all call themselves what they like" if has_roles else ""
        return f"Anyone who reaches this machine on port {port} can see the images and decide{courtesy}."
    decide = "decide as their role in roles.yaml lets them" if has_roles else "decide, as there is no roles.yaml"
    return f"Whoever signs in on port {port} can see the images and {decide}; nobody else can."


def _warn(sentence: str) -> None:
    sys.stderr.write(f"edgecase: {sentence}\n")


def _use_decisions(elsewhere: str | None) -> None:
    """Say before the app starts that a database elsewhere cannot be used; the workspace's own waits for its pages."""
    if elsewhere:
        from explorer.store.decisions.subsets import Decisions

        Decisions.open(elsewhere).close()
        os.environ[DECISIONS] = elsewhere  # the app runs in this process and asks there


def _refuse_decisions(decisions: str | None) -> None:
    """A database is one workspace's: those chosen on the start page keep their decisions in their own folders."""
    if decisions:
        raise WorkspaceError(
            "Expected a WORKSPACE with --decisions, found none: a database serves one workspace. Name it, or leave "
            "--decisions out."
        )


def _checked(host: str, port: int) -> int:
    if not _is_free(host, port):
        raise WorkspaceError(f"Port {port} on {host} is taken. Choose another with --port, or leave it out.")
    return port


def _free_port(host: str) -> int:
    for port in range(8501, LAST_PORT_TRIED + 1):
        if _is_free(host, port):
            return port
    raise WorkspaceError(f"No free port from 8501 to {LAST_PORT_TRIED} on {host}. Choose one with --port.")


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise WorkspaceError(f"Expected an address of this machine to listen on, found {host!r}.") from error
    return True
