"""What a terminal shows is read, not obeyed: names from data may hold the characters that move its cursor or worse."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

_COLOUR = r"\x1b\[[0-9;]*m"  # which Streamlit writes
_CONTROL = re.compile(rf"({_COLOUR})|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class _Terminal:
    """A terminal to which control characters are written as text."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a stream has
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """See `TextIO.write`."""
        self._stream.write(_CONTROL.sub(lambda found: found[1] or f"\\x{ord(found[0]):02x}", text))
        return len(text)


@contextmanager
def shown_as_text() -> Iterator[None]:
    """Have what is printed to a terminal in the block shown as text; a file or another program gets it as it is."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (_Terminal(one) if one.isatty() else one for one in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
