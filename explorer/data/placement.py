"""Points placed by two of their numbers instead of by what they are like: a value that parses and prints itself."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode

_BEGINS = "numbers?"


@dataclass(frozen=True)
class Numbers:
    """Two columns of points, by which they are placed; printed it names a layout, `numbers?x=lux&y=blur`.

    Attributes:
        x: the column from left to right.
        y: the column from below to above.
    """

    x: str
    y: str

    @classmethod
    def parse(cls, text: str) -> Numbers | None:
        """Read a layout as it is printed; None where it is of another kind."""
        said = parse_qs(text.removeprefix(_BEGINS)) if text.startswith(_BEGINS) else {}
        return cls(said["x"][0], said["y"][0]) if said.keys() == {"x", "y"} else None

    def __str__(self) -> str:
        return f"{_BEGINS}{urlencode({'x': self.x, 'y': self.y})}"
