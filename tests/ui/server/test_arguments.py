"""What the app is started with is read back as it was said."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from explorer.ui.server.arguments import Arguments, arguments, words


@pytest.mark.parametrize("workspace", [None, Path("/data/ws"), Path("/data/-odd --root")])
@pytest.mark.parametrize("roots", [(), (Path("/data"),), (Path("/data"), Path("/more data"))])
def test_words_are_read_back(workspace: Path | None, roots: tuple[Path, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["app.py", *words(workspace, roots)])
    assert arguments() == Arguments(workspace, roots)


def test_as_a_person_writes_them_after_two_dashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["app.py", "ws", "--root", "a", "--root=b"])
    assert arguments() == Arguments(Path("ws"), (Path("a"), Path("b")))
