"""What the columns of a point table are for."""

from __future__ import annotations

from explorer.data.boxes import BOX

PLUMBING = frozenset({"filepath", "digest", "sample", "truth", *BOX})

RIGHT = frozenset({"correct", "tp"})
"""Values of an outcome that mean the model was right."""
