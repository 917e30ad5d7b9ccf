"""Shapes that are no upright boxes, as the boxes around them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.data.labelled_images import Box

MOST_POINTS = 100_000
"""Of one polygon; outlines that people or models draw have a few thousand at most."""


def around(points: Sequence[tuple[float, float]]) -> Box:
    """The upright box around points."""
    xs, ys = zip(*points, strict=True)
    left, top = min(xs), min(ys)
    return left, top, max(xs) - left, max(ys) - top


def turned(box: Box, degrees: float, center: tuple[float, float]) -> Box:
    """The upright box around a box that is turned clockwise around a point; both in pixels, or another square unit."""
    x, y, width, height = box
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    corners = [(x, y), (x + width, y), (x, y + height), (x + width, y + height)]
    return around(
        [
            (
                center[0] + (px - center[0]) * cosine - (py - center[1]) * sine,
                center[1] + (px - center[0]) * sine + (py - center[1]) * cosine,
            )
            for px, py in corners
        ]
    )
