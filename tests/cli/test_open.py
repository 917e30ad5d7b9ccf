"""`edgecase open` before the app starts."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from tests.cli.conftest import refusal

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace
    from tests.cli.conftest import Edgecase


def test_a_taken_port_is_one_sentence(edgecase: Edgecase, built: Workspace) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"Port {port}" in refusal(edgecase("open", built.path, "--port", port, "--no-browser"))
