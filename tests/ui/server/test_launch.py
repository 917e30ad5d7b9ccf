"""The server answers to this machine's names only, and says plainly when it cannot start."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from explorer.cli import main
from explorer.maps.umap_import import NO_SHORTCUTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from explorer.store.workspace import Workspace

RUN = "from explorer.cli import main; raise SystemExit(main())"
HANDSHAKE = (
    "GET /_stcore/stream HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nConnection: Upgrade\r\n"
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _answer(port: int, host: str) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(HANDSHAKE.format(host=host).encode())
        return connection.recv(64)


@contextmanager
def _served(workspace: Workspace, no_shortcuts: str = "") -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """`edgecase open` in a process of its own, and its port."""
    port = _free_port()
    # A shell's background jobs ignore Ctrl-C, and so would what they start.
    run = f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler); {RUN}"
    command = [sys.executable, "-c", run, "open", str(workspace.path), "--no-browser", "--port", str(port)]
    environment = os.environ | {NO_SHORTCUTS: no_shortcuts}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as server:
        try:
            for _ in range(300):
                if socket.socket().connect_ex(("127.0.0.1", port)) == 0:
                    break
                time.sleep(0.2)
            yield server, port
        finally:
            server.kill()


def test_a_page_that_rebound_its_name_gets_no_session(workspace: Workspace) -> None:
    with _served(workspace) as (_, port):
        assert b" 101 " in _answer(port, f"localhost:{port}")
        assert b" 403 " in _answer(port, "evil.example")


@pytest.mark.parametrize("no_shortcuts", ["", "1"])
def test_it_is_stopped_by_control_c_without_a_word_of_errors(workspace: Workspace, no_shortcuts: str) -> None:
    with _served(workspace, no_shortcuts) as (server, port):
        _answer(port, f"localhost:{port}")
        server.send_signal(signal.SIGINT)
        said, _ = server.communicate(timeout=30)
        assert server.returncode == 0
        assert b"Traceback" not in said
        assert (b"Aborted!" in said) == bool(no_shortcuts)


@pytest.mark.parametrize("port", ["99999", "-1", "0", "http"])
def test_a_port_that_is_none_is_a_usage_error(workspace: Workspace, port: str) -> None:
    with pytest.raises(SystemExit):
        main(["open", str(workspace.path), "--no-browser", f"--port={port}"])


def test_an_address_of_another_machine_is_said(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["open", str(workspace.path), "--no-browser", "--host", "203.0.113.1"]) == 1
    assert "Expected an address of this machine" in capsys.readouterr().err
