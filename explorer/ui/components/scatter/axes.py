"""The axes of a map whose points are placed by two numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Axis:
    """One axis, drawn at (number - origin) * factor.

    Attributes:
        title: what the numbers are.
        low: the smallest.
        high: the largest.
        origin: the number that is drawn at 0.
        factor: how much is drawn for 1.
        unit: what follows a number, such as a degree sign.
        is_time: whether the numbers are moments, in seconds since 1970.
    """

    title: str
    low: float
    high: float
    origin: float
    factor: float
    unit: str = ""
    is_time: bool = False


@dataclass(frozen=True)
class Axes:
    """Both axes, and what is to be known of points that are not drawn.

    Attributes:
        x: from left to right.
        y: from below to above.
        note: a few words; empty where all are drawn.
        fills: whether each axis has a scale of its own, so that points fill the box; not on a map of the Earth.
    """

    x: Axis
    y: Axis
    note: str = ""
    fills: bool = True
