"""Names of what may run the image side of a model, and what is known of what did."""

from __future__ import annotations

from typing import NamedTuple

EXACT, AUTO = "float32", "auto"

ENGINES = (AUTO, EXACT, "bf16", "openvino", "int8")
"""What may be asked for; `auto` is what the machine is fastest with, where there are enough images to measure it on."""

FIRST = 100
"""Images on which an engine other than float32 is measured against it."""

LEAST_COSINE = 0.9995
"""Mean cosine with the vectors of float32 under which it is not used."""

WORTH_MEASURING = 1_000
"""Images from which on a faster engine makes up for the first hundred, which are embedded twice to measure it."""


class Ran(NamedTuple):
    """What made vectors, and how exactly.

    Attributes:
        title: what it is called on screen.
        cosine: mean cosine with the vectors of float32; None where that is what ran.
        images: on how many it was measured.
        instead_of: the faster engine that was measured, and not exact enough; empty where there was none.
    """

    title: str
    cosine: float | None = None
    images: int = 0
    instead_of: str = ""

    def __str__(self) -> str:
        if self.cosine is None:
            return self.title
        of = f" with {self.instead_of}" if self.instead_of else ""
        return f"{self.title} (mean cosine to float32 {self.cosine:.5f} on the first {self.images} images{of})"
