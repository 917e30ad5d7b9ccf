"""What is said of an error: no numbers of the system, no passwords."""

from __future__ import annotations

import socket
import urllib.error
from typing import TYPE_CHECKING

import pytest

from explorer.errors import HubError, WorkspaceError

if TYPE_CHECKING:
    from pathlib import Path


def test_no_number_of_the_system_is_said(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Errno") as missing:
        (tmp_path / "a [1] <b>").read_text()
    assert str(WorkspaceError(f"It cannot be read ({missing.value}).")) == (
        f"It cannot be read (No such file or directory: '{tmp_path}/a [1] <b>')."
    )


def test_a_library_may_write_it_small() -> None:
    """As Arrow does of a full disk."""
    said = "Error writing bytes to file. Detail: [errno 28] No space left on device"
    assert str(WorkspaceError(said)) == "Error writing bytes to file. Detail: No space left on device"


def test_a_missing_network_is_said_in_words() -> None:
    unknown = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    wrapped = urllib.error.URLError(unknown)
    assert str(wrapped) == f"<urlopen error [Errno {socket.EAI_NONAME}] Name or service not known>"
    for error in (unknown, wrapped):
        said = HubError(f"The hub does not answer ({error}).", "Or --vectors FILE.")
        assert said.why == "The hub does not answer (its address is not found, as without a network)."
        assert str(said) == f"{said.why} Or --vectors FILE."
