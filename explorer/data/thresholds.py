"""What counts when boxes are judged."""

from __future__ import annotations

from typing import NamedTuple


class Thresholds(NamedTuple):
    """From which IoU on an object counts as found, and from which confidence on a detection counts at all."""

    iou: float = 0.5
    confidence: float = 0.0
