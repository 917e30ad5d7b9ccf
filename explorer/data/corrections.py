"""What a person said of the label of an image or a box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class Correction:
    """What stands of one label after some event.

    Attributes:
        id: of the image or box.
        given: the label that it had in the data when this was decided; None where it had none.
        label: what it is.
        source: where the answer came from, such as `review`, or the name of a file.
        author: who decided.
        time: when, UTC.
    """

    id: str
    given: str | None
    label: str
    source: str
    author: str
    time: datetime

    @property
    def is_confirmed(self) -> bool:
        """Whether the given label was found right."""
        return self.label == self.given
