"""Where points lie that are placed by two of their numbers, and how that is drawn: evenly, or as a map of the Earth.

A polygon is kept in the numbers themselves, so that it means the same whatever else there is. What the browser draws
has one scale for both axes; the name of such a layout says how it follows from the numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from math import cos, isfinite, radians
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from explorer.data.columns import Numeric, Times
from explorer.data.placement import Numbers
from explorer.signals.exif import LATITUDE, LONGITUDE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explorer.data.columns import Table
    from explorer.data.records import Float32

    Float64 = NDArray[np.float64]
    Polygon = tuple[tuple[float, float], ...]

_TAIL = 0.001
"""Share of the points at each end of an axis that do not say how far it reaches; they lie beyond."""

_LATITUDES = frozenset({"latitude", "lat", LATITUDE})
_LONGITUDES = frozenset({"longitude", "lon", "lng", "long", LONGITUDE})


class Scale(NamedTuple):
    """How one axis is drawn: (number - origin) * factor."""

    origin: float
    factor: float

    def drawn(self, numbers: Float64) -> Float64:
        """Where numbers are drawn."""
        return (numbers - self.origin) * self.factor

    def numbers(self, drawn: float) -> float:
        """The number that is drawn somewhere."""
        return drawn / self.factor + self.origin


class Ends(NamedTuple):
    """The smallest and the largest of some numbers; twice 0 where there is none."""

    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Placed:
    """Points placed by two numbers.

    Attributes:
        numbers: by which.
        drawn: float32 (n, 2), NaN for a point that lacks one of them.
        scales: how either axis is drawn.
        ends: the smallest and the largest number of either axis.
        missing: how many points lack one of them.
        is_geographic: whether it is a map of the Earth, in degrees.
        are_times: whether the numbers of either axis are moments, in seconds since 1970.
    """

    numbers: Numbers
    drawn: Float32
    scales: tuple[Scale, Scale]
    ends: tuple[Ends, Ends]
    missing: int
    is_geographic: bool
    are_times: tuple[bool, bool] = (False, False)

    @property
    def layout_key(self) -> str:
        """Names what is drawn: the placement, and how it is scaled."""
        return f"{self.numbers}#{','.join(repr(part) for scale in self.scales for part in scale)}"


def numeric_columns(table: Table, leave_out: frozenset[str] = frozenset()) -> list[str]:
    """Names of the columns of numbers, or of times, that differ from point to point."""
    return [name for name in table.gradable(leave_out=leave_out) if _numbers(table, name) is not None]


def has_numbers(table: Table, numbers: Numbers) -> bool:
    """Whether these points have both columns, as numbers or as times."""
    return all(_numbers(table, name) is not None for name in (numbers.x, numbers.y))


def geographic(columns: list[str]) -> Numbers | None:
    """Longitude and latitude among columns, where there are both."""
    x, y = (next((name for name in columns if name.casefold() in names), None) for names in (_LONGITUDES, _LATITUDES))
    return Numbers(x, y) if x and y else None


def coordinates(table: Table, numbers: Numbers) -> Float64:
    """The two numbers of each point, of times seconds since 1970: float64 (n, 2).

    NaN where a point lacks one of them, all NaN where there is no such column.
    """
    xy = np.full((len(table), 2), np.nan)
    for axis, values in enumerate(_numbers(table, name) for name in (numbers.x, numbers.y)):
        if values is not None:
            xy[:, axis] = values
    xy[~np.isfinite(xy).all(axis=1)] = np.nan
    return xy


def place(table: Table, numbers: Numbers) -> Placed:
    """Place points by two numbers: on a map of the Earth where these are its degrees, else each axis by itself."""
    xy = coordinates(table, numbers)
    known = ~np.isnan(xy[:, 0])
    is_geographic = _are_degrees(xy[known], numbers)
    scales = _degrees(xy[known]) if is_geographic else (_even(xy[known, 0]), _even(xy[known, 1]))
    drawn = np.column_stack([scale.drawn(xy[:, axis]) for axis, scale in enumerate(scales)]).astype(np.float32)
    ends = (_ends(xy[known, 0]), _ends(xy[known, 1]))
    x, y = (name in table and isinstance(table[name], Times) for name in (numbers.x, numbers.y))
    return Placed(numbers, drawn, scales, ends, int((~known).sum()), is_geographic, (x, y))


def in_numbers(layout_key: str, polygon: Polygon) -> tuple[str, Polygon]:
    """A layout and a polygon as they are kept, of those that the browser says: drawn by numbers, in these numbers.

    Raises:
        ValueError: the scale of the layout cannot be read.
    """
    layout, scaled, said = layout_key.partition("#")
    if not scaled or Numbers.parse(layout) is None:
        return layout_key, polygon
    x0, fx, y0, fy = map(float, said.split(","))
    x, y = Scale(x0, fx), Scale(y0, fy)
    corners = tuple((x.numbers(left), y.numbers(up)) for left, up in polygon) if fx and fy else ()
    if not corners or not all(map(isfinite, (*x, *y, *chain.from_iterable(corners)))):
        raise ValueError(layout_key)
    return layout, corners


def _numbers(table: Table, name: str) -> NDArray[Any] | None:
    """The numbers of a column, of times seconds since 1970; None where it has none."""
    column = table[name] if name in table else None
    if isinstance(column, Times):
        return column.seconds
    return column.values if isinstance(column, Numeric) else None


def _are_degrees(xy: Float64, numbers: Numbers) -> bool:
    """Whether these are longitude and latitude, by name and by value."""
    named = numbers.x.casefold() in _LONGITUDES and numbers.y.casefold() in _LATITUDES
    return named and len(xy) > 0 and bool((np.abs(xy) <= (360, 90)).all())


def _degrees(xy: Float64) -> tuple[Scale, Scale]:
    """Equirectangular about the mean latitude: there a kilometre is as long eastward as northward."""
    east, north = (float(one) for one in xy.mean(axis=0))
    shrunk = max(cos(radians(north)), 1e-3)  # at a pole itself there is no east
    scale = 1 / max(float(np.ptp(xy[:, 0])) * shrunk, float(np.ptp(xy[:, 1])), 1e-9)
    return Scale(east, scale * shrunk), Scale(north, scale)


def _ends(values: Float64) -> Ends:
    return Ends(float(values.min()), float(values.max())) if len(values) else Ends(0.0, 0.0)


def _even(values: Float64) -> Scale:
    """From the first to the last of nearly all values from 0 to 1; one value alone has any scale."""
    low, high = (float(end) for end in np.quantile(values, (_TAIL, 1 - _TAIL))) if len(values) else (0.0, 1.0)
    low, high = (low, high) if low < high else _ends(values)
    return Scale(low, 1 / (high - low or 1.0))
