"""A private PostgreSQL server for the tests of the decisions store."""

from __future__ import annotations

import os
import pwd
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Iterator


class Server:
    """A private PostgreSQL cluster in a folder of its own, on a Unix socket in it."""

    def __init__(self, folder: Path, binaries: Path) -> None:
        self.folder, self.binaries = folder, binaries
        self.user: dict[str, Any] = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            account = pwd.getpwnam("nobody")
            os.chown(folder, account.pw_uid, account.pw_gid)
            self.user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        self.run("initdb", "--username=edge", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        self.start()

    def run(self, program: str, *arguments: str) -> None:
        command = [str(self.binaries / program), f"--pgdata={self.folder / 'data'}", *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, timeout=60, **self.user)

    def start(self) -> None:
        # fsync=off is for speed: the tests kill processes, not the machine
        options = f"-h '' -k '{self.folder}' -c fsync=off"
        self.run("pg_ctl", "start", "--wait", f"--log={self.folder / 'log'}", "-o", options)

    def stop(self) -> None:
        """End the server as a crash would, without a checkpoint."""
        self.run("pg_ctl", "stop", "--mode=immediate")

    def database(self) -> str:
        """The URL of an empty database."""
        name = f"edge_{os.urandom(6).hex()}"
        engine = sa.create_engine(self.url("postgres", "postgresql+psycopg"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        engine.dispose()
        return self.url(name)

    def url(self, name: str, driver: str = "postgresql") -> str:
        return f"{driver}://edge@/{name}?host={self.folder}"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A running server; without Debian's package `postgresql` its tests are skipped, in CI they fail."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found or not find_spec("psycopg"):
        missing = (
            "PostgreSQL (Debian: apt-get install postgresql) or its driver (the extra `postgres`) is not installed"
        )
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    # not in tmp_path: its parents are closed to other users, and a socket's path is short
    with tempfile.TemporaryDirectory(prefix="edge-pg-") as folder:
        server = Server(Path(folder), found[-1].parent)
        yield server
        server.stop()
