"""Names from data move no cursor, and reach files and other programs as they are."""

from __future__ import annotations

import io
import sys

import pytest

from explorer.cli import main


class _Stream(io.StringIO):
    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@pytest.mark.parametrize(
    ("is_terminal", "shown"),
    [(True, r"lost\x1b]0;title\x07 \x1b[2Jred\x9b1m"), (False, "lost\x1b]0;title\x07 \x1b[2Jred\x9b1m")],
)
def test_a_terminal_is_shown_what_it_must_not_do(
    *, is_terminal: bool, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = _Stream(is_terminal=is_terminal)
    monkeypatch.setattr(sys, "stderr", told)
    assert main(["info", "lost\x1b]0;title\x07 \x1b[2Jred\x9b1m"]) == 1
    assert sys.stderr is told
    assert shown in told.getvalue()


def test_colours_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    told = _Stream(is_terminal=True)
    monkeypatch.setattr(sys, "stderr", told)
    main(["info", "\x1b[1;31mred\x1b[0m"])
    assert "\x1b[1;31mred\x1b[0m" in told.getvalue()
