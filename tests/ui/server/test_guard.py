"""Whom the server answers, on every address, Streamlit's own too; and that it asks nobody who it is."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from streamlit import config

from explorer.ui.server.guard import host_allowed, policy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from explorer.store.workspace import Workspace

EVERYWHERE = "0.0.0.0"  # noqa: S104 - what is tested

# Writes down whom the process wants to reach, and refuses; itself it may listen and talk to.
WATCH = """
import os, socket, sys
def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[1][0] if event in ("socket.connect", "socket.sendto") else arguments[0]
        if event.endswith("connect") and arguments[0].family == socket.AF_UNIX or host in OWN:
            return
        with open(os.environ["ASKED"], "a") as asked:
            asked.write(f"{event} {arguments[1:]}\\n")
        raise OSError("nobody is asked")
OWN = {None, "", "127.0.0.1", "localhost", "0.0.0.0", "::", "::1"}
sys.addaudithook(watch)
from explorer.cli import main
raise SystemExit(main())
"""

PATHS = [
    *("/", "/subsets", "/index.html", "/favicon.png", "/static/js/index.js", "/media/0.png", "/component/a/b.html"),
    *("/_stcore/health", "/_stcore/host-config", "/_stcore/metrics", "/_stcore/upload_file/session/file"),
    *("/_stcore/bidi-components/a/b.js", "/_stcore/agent/openapi.json", "/edgecase/token/blob/key"),
    *("/edgecase/token/image/build/0", "/edgecase/script/version/scatter/scatter.js", "/nowhere/at/all"),
]
HANDSHAKE = (
    "GET /_stcore/stream HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nConnection: Upgrade\r\n"
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@contextmanager
def _served(workspace: Path, asked: Path, *options: str) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """`edgecase open` in a process of its own, and its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-c", WATCH, "open", str(workspace), "--no-browser", "--port", str(port), *options]
    environment = os.environ | {"ASKED": str(asked)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        try:
            for _ in range(300):
                if socket.socket().connect_ex(("127.0.0.1", port)) == 0:
                    break
                time.sleep(0.2)
            yield port, server
        finally:
            server.kill()


def _answer(port: int, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str]]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}
    except urllib.error.HTTPError as error:
        with error:
            return error.code, {name.lower(): value for name, value in error.headers.items()}


def _websocket(port: int, host: str, origin: str) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(HANDSHAKE.format(host=host, origin=origin).encode())
        return connection.recv(64).decode().split()[1]


@pytest.mark.parametrize("options", [(), ("--host", EVERYWHERE)])
def test_every_address_refuses_foreign_hosts_and_origins(
    built: Workspace, tmp_path: Path, options: tuple[str, ...]
) -> None:
    """The names and pages of others, and of other servers on this machine; and no name is looked up to know them."""
    with _served(built.path, tmp_path / "asked", *options) as (port, _):
        ours = f"127.0.0.1:{port}"
        for path in PATHS:
            assert _answer(port, path, Host="evil.example:8501")[0] == 403, path
            for origin in ("http://evil.example", "null", f"http://localhost:{port}", "http://127.0.0.1:1", "http://["):
                assert _answer(port, path, Origin=origin)[0] == 403, (path, origin)
                assert _answer(port, path, "PUT", Origin=origin)[0] == 403, (path, origin)
        for path in ("/", "/subsets", "/_stcore/health", "/_stcore/host-config"):
            status, headers = _answer(port, path, Origin=f"http://{ours}")
            assert status == 200, path
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert headers["x-frame-options"] == "DENY"
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["cross-origin-resource-policy"] == "same-origin"
        assert _websocket(port, ours, f"http://{ours}") == "101"
        assert _websocket(port, "evil.example", "http://evil.example") == "403"
        assert _websocket(port, ours, "http://evil.example") == "403"
    assert not (tmp_path / "asked").exists()


def test_all_interfaces_say_who_can_see_and_decide_and_nobody_is_asked_for_an_address(
    built: Workspace, tmp_path: Path
) -> None:
    with _served(built.path, tmp_path / "asked", "--host", EVERYWHERE) as (port, server):
        assert _answer(port, "/_stcore/health")[0] == 200
        time.sleep(1)
        server.kill()
        said, _ = server.communicate()
    assert f"Anyone who reaches this machine on port {port} can see the images and decide." in said
    assert f"http://localhost:{port}" in said
    assert "External" not in said
    assert not (tmp_path / "asked").exists()


ANYONE, SIGNED_IN = "Anyone who reaches this machine on port 80", "Whoever signs in on port 80"


@pytest.mark.parametrize(
    ("files", "who", "what"),
    [
        ((), ANYONE, "decide."),
        (("roles.yaml",), ANYONE, "decide; roles.yaml stops nobody, as all call themselves what they like."),
        ((".streamlit/secrets.toml",), SIGNED_IN, "decide, as there is no roles.yaml; nobody else can."),
        (
            (".streamlit/secrets.toml", "roles.yaml"),
            *(SIGNED_IN, "decide as their role in roles.yaml lets them; nobody else can."),
        ),
    ],
)
def test_who_can_see_and_decide_is_said_as_it_is(files: tuple[str, ...], who: str, what: str, tmp_path: Path) -> None:
    (tmp_path / ".streamlit").mkdir()
    for file in files:
        (tmp_path / file).write_text("[auth]\n" if file.endswith("toml") else "default: viewer\n")
    ask = "from pathlib import Path; from explorer.ui.server.launch import _who_may; print(_who_may(80, Path.cwd()))"
    command = [sys.executable, "-c", ask]
    answer = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert answer.stdout.strip() == f"{who} can see the images and {what}"


def test_this_machine_alone_needs_no_warning(built: Workspace, tmp_path: Path) -> None:
    with _served(built.path, tmp_path / "asked") as (port, server):
        _answer(port, "/_stcore/health")
        server.kill()
        assert "Anyone" not in server.communicate()[0]


@pytest.fixture
def option() -> Iterator[None]:
    """Put Streamlit's options back after a test has changed them."""
    names = ("server.address", "server.allowedHosts")
    before = {name: config.get_option(name) for name in names}
    yield
    for name, value in before.items():
        config.set_option(name, value)


@pytest.mark.usefixtures("option")
def test_which_host_names_are_ours() -> None:
    """The three names of this machine, the configured address, and the allowed hosts with their wildcards."""
    config.set_option("server.address", "192.0.2.7")
    config.set_option("server.allowedHosts", ["maps.example.org", "*.lab.example"])
    for host in ("localhost:8501", "127.0.0.1", "[::1]:8501", "192.0.2.7:80", "MAPS.example.org", "a.lab.example"):
        assert host_allowed(host), host
    for host in ("", "example.org", "lab.example", "192.0.2.8", "localhost.evil.example", "[::1"):
        assert not host_allowed(host), host


@pytest.mark.usefixtures("option")
def test_a_server_on_all_interfaces_answers_to_any_number_and_its_own_name_but_no_foreign_one() -> None:
    """`edgecase open --host 0.0.0.0` is visited by the machine's address, which cannot be known before."""
    config.set_option("server.address", EVERYWHERE)
    assert host_allowed("192.0.2.8:8501")
    assert host_allowed(f"{socket.gethostname()}:8501")
    assert not host_allowed("evil.example")


def test_only_scripts_of_the_first_page_are_run_from_within_a_page() -> None:
    first = "\n  window.a = 1\n"
    page = f'<script>{first}</script><script src="./a.js"></script><script type="module">b()</script>'
    (scripts,) = re.findall(r"script-src ([^;]*)", policy(page))
    digests = [b64encode(sha256(one.encode()).digest()).decode() for one in (first, "b()")]
    assert scripts.split() == ["'self'", "blob:", "'unsafe-eval'", *(f"'sha256-{digest}'" for digest in digests)]
