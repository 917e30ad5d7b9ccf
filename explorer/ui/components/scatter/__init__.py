"""The map: points drawn by plotly.js in the browser, strokes and clicks given back to Python.

Arrays travel as addresses of bytes, and a lasso comes back as a polygon in data coordinates, so a million
points cost the page's websocket about a kilobyte.
"""

from __future__ import annotations

from base64 import b64decode
from dataclasses import asdict, dataclass, field
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, get_args
from urllib.parse import urlencode

import numpy as np
import streamlit as st

from explorer.ui.components.declare import callback, declare, soundly
from explorer.ui.components.scatter.regions import described
from explorer.ui.server.preload import connection_attribute
from explorer.ui.server.routes import server

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from explorer.data.findings import Region
    from explorer.data.records import Bool, Float32, Int64
    from explorer.ui.components.scatter.axes import Axes

MOST_VERTICES = 1000
"""A longer polygon is not one of ours: the browser sends at most about 400 vertices."""

LARGEST_POINT = 20
"""Pixels of a point's diameter, at most."""

Mode = Literal["replace", "add", "subtract"]
Kind = Literal["lasso", "box"]
CommandName = Literal["undo", "clear", "reload"]
Layer = Literal["off", "error", "density"]

_EVENTS = ("stroke", "open", "command", "legend", "resume", "region", "names", "rendering", "save", "dropped")
_component = declare("scatter")


@dataclass(frozen=True)
class Categories:
    """A colour for each category.

    Attributes:
        title: what the colours stand for.
        codes: uint16 (n,), an index into ``names``; any larger code means missing and is drawn grey.
        names: the legend's texts.
        colours: one ``#rrggbb`` for each name.
        counts_total: points of each category.
        counts_visible: those that pass the filters.
        hidden: codes switched off in the legend; their points are not drawn.
        others: the codes from the first up to the second share one colour and, folded, one entry.
    """

    title: str
    codes: NDArray[np.uint16]
    names: Sequence[str]
    colours: Sequence[str]
    counts_total: Sequence[int]
    counts_visible: Sequence[int]
    hidden: Collection[int] = ()
    others: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Gradient:
    """A continuous colour.

    Attributes:
        title: what the values are.
        values: numbers (n,), NaN where missing, drawn grey.
        low: value of the first colour; lower values have it too.
        high: value of the last colour; higher values have it too.
        colourscale: stops from 0 to 1 with their ``#rrggbb``, at least two.
        counted: bool (n,), the points whose missing values are told; None for all.
        ticks: what stands at the low end, the middle and the high end; the numbers unless given.
    """

    title: str
    values: Int64 | NDArray[np.float64] | Float32
    low: float
    high: float
    colourscale: Sequence[tuple[float, str]]
    counted: Bool | None = None
    ticks: Sequence[str] = ()


@dataclass(frozen=True, eq=False)
class Errors:
    """How much a model got wrong, for the layer of its error rate.

    Attributes:
        wrong: uint16 (n,), how much of each point is wrong.
        judged: uint16 (n,), of how much; 0 where nobody knows.
        word: what is wrong of it, such as `missed`.
        unit: what is counted, several.
    """

    wrong: NDArray[np.uint16]
    judged: NDArray[np.uint16]
    word: str
    unit: str


@dataclass(frozen=True)
class Rendering:
    """How the map is drawn, as the person chose.

    Attributes:
        layer: what lies over the points: nothing, hexagons of the error rate, or lines of their density.
        size: pixels of a point's diameter; None where it follows the number of points in view.
        opacity: of a point, above 0 to 1; None likewise.
    """

    layer: Layer = "off"
    size: float | None = None
    opacity: float | None = None


@dataclass(frozen=True)
class Stroke:
    """A lasso or box drawn on the map; ``polygon`` is float64 (m, 2), unclosed, in the map's coordinates."""

    mode: Mode
    kind: Kind
    polygon: NDArray[np.float64] = field(compare=False)
    layout: str


@dataclass(frozen=True)
class Opened:
    """A point was clicked."""

    row: int
    layout: str


@dataclass(frozen=True)
class Command:
    """A button or key: undo or clear the selection, or send the arrays again after a failed fetch."""

    name: CommandName


@dataclass(frozen=True)
class LegendChanged:
    """The codes that shall be hidden from now on."""

    hidden: frozenset[int]


@dataclass(frozen=True)
class RegionChosen:
    """The name of a region was clicked, or chosen by keys; `key` is the region's."""

    key: str
    mode: Mode
    layout: str


@dataclass(frozen=True)
class NamesShown:
    """Whether regions shall be named from now on."""

    shown: bool


@dataclass(frozen=True)
class Resumed:
    """The page was loaded anew in a tab of the browser that was called `tab` before."""

    tab: str


@dataclass(frozen=True)
class Saving:
    """What is looked at shall be saved; ``zoom`` is the part of each map that is in view, see ``zoom.js``."""

    zoom: Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Dropped:
    """An image file was dropped or pasted on the map."""

    name: str
    content: bytes


ScatterEvent = (
    Stroke | Opened | Command | LegendChanged | RegionChosen | NamesShown | Resumed | Rendering | Saving | Dropped
)


def scatter(
    *,
    points: Float32,
    colour: Categories | Gradient,
    visible: Bool | None = None,
    selected: Bool | None = None,
    highlighted: Sequence[int] = (),
    regions: Callable[[], Sequence[Region]] | None = None,
    names: bool = True,
    rendering: Rendering = Rendering(),
    layers: Sequence[Layer] = ("density",),
    errors: Errors | None = None,
    axes: Axes | None = None,
    collection: str,
    layout_key: str,
    card: Mapping[str, str] = MappingProxyType({}),
    can_undo: bool = False,
    tab: str = "",
    zoom: tuple[str, Mapping[str, Sequence[float]]] | None = None,
    empty_text: str = "There is nothing to show.",
    height: int | None = None,
    key: str,
    on_event: Callable[[ScatterEvent], None] | None = None,
) -> ScatterEvent | None:
    """Draw the map.

    Args:
        points: (n, 2); rows that are not finite are not drawn.
        colour: how the points are coloured.
        visible: (n,), the points that pass the filters, or None for all; others are not drawn.
        selected: (n,), or None when there is no selection; points outside it are drawn grey.
        highlighted: rows to ring, such as search hits.
        regions: gives the parts of the map that are named, finer ones as one comes closer; asked once the map is drawn.
        names: whether they are named; keys lead through them all the same.
        rendering: how it is drawn.
        layers: what may be laid over the points.
        errors: what the layer of the error rate counts; None while it is off.
        axes: of points that are placed by two numbers; None where they are placed by what they are like.
        collection: key under which the images and facts of the rows are registered with the server.
        layout_key: names the coordinates; the zoom is kept while it stays and comes back with it.
        card: what is asked of the card of a point, as `routes.ImageSource.card` knows it.
        can_undo: whether there is a stroke to undo.
        tab: a name for the browser's tab, which it says again when the page is loaded anew.
        zoom: a new name for each time that maps shall be zoomed, and what `Saving` gave.
        empty_text: shown when no point is drawn.
        height: the most pixels, toolbar included; None for as many as the window has.
        key: the component's key in the session state.
        on_event: called with what the person did before the page runs again.

    Returns:
        What the person did that made the page run, if it was here.
    """
    urls = server()
    data = {
        "collection": collection,
        "images": urls.image_url(collection),
        "facts": urls.facts_url(collection),
        "card": f"?{urlencode(card)}",
        "name": key,
        "layout": layout_key,
        "points": urls.array_url(np.asarray(points, dtype="<f4")),
        "colour": _colour_data(colour),
        "visible": _mask_url(visible),
        "selected": _mask_url(selected),
        "highlighted": [int(row) for row in highlighted],
        "regions": regions and server().later_url(f"regions-{collection}", lambda: described(regions())),
        "names": names,
        "rendering": asdict(rendering),
        "layers": list(layers),
        "errors": None if errors is None else _errors_data(errors),
        "axes": axes and asdict(axes),
        "can_undo": can_undo,
        "tab": tab,
        "zoom": zoom and {"name": zoom[0], "boxes": dict(zoom[1])},
        "connection": connection_attribute(),
        "empty_text": empty_text,
        "height": height,
        "most_megabytes": st.get_option("server.maxUploadSize"),
    }
    handlers: dict[str, Any] = {
        f"on_{name}_change": callback(key, name, partial(_parsed, name), on_event) for name in _EVENTS
    }
    result = _component(key=key, data=data, **handlers)
    events = (_parsed(name, result.get(name)) for name in _EVENTS)
    return next((event for event in events if event is not None), None)


def _colour_data(colour: Categories | Gradient) -> dict[str, Any]:
    if isinstance(colour, Categories):
        known = np.bincount(colour.codes, minlength=len(colour.names))[len(colour.names) :]
        return {
            "kind": "categories",
            "title": colour.title,
            "codes": server().array_url(np.asarray(colour.codes, dtype="<u2")),
            "names": list(colour.names),
            "colours": list(colour.colours),
            "total": [int(count) for count in colour.counts_total],
            "shown": [int(count) for count in colour.counts_visible],
            "hidden": sorted(int(code) for code in colour.hidden),
            "others": list(colour.others),
            "missing": int(known.sum()),
        }
    return {
        "kind": "gradient",
        "title": colour.title,
        "values": server().array_url(np.asarray(colour.values - colour.low, dtype="<f4")),
        "low": float(colour.low),
        "high": float(colour.high),
        "ticks": list(colour.ticks),
        "beyond": [bool((colour.values < colour.low).any()), bool((colour.values > colour.high).any())],
        "colourscale": [[float(share), hex_colour] for share, hex_colour in colour.colourscale],
        "missing": int(np.isnan(colour.values if colour.counted is None else colour.values[colour.counted]).sum()),
    }


def _errors_data(errors: Errors) -> dict[str, str]:
    counts = {"wrong": errors.wrong, "judged": errors.judged}
    urls = {name: server().array_url(np.asarray(count, dtype="<u2")) for name, count in counts.items()}
    return {**urls, "word": errors.word, "unit": errors.unit}


def _mask_url(mask: Bool | None) -> str | None:
    """Eight rows a byte, the first in the lowest bit."""
    return None if mask is None else server().array_url(np.packbits(mask, bitorder="little"))


def _parsed(name: str, value: object) -> ScatterEvent | None:
    """Read what the browser sent, or None when it is not something our script sends."""
    event: ScatterEvent | None = soundly(_PARSERS[name], value)
    return event


def _stroke(value: Mapping[str, Any]) -> Stroke:
    polygon = np.asarray(value["polygon"], dtype=np.float64)
    mode, kind = value["mode"], value["kind"]
    sound = polygon.shape == (len(polygon), 2) and np.isfinite(polygon).all()
    if mode not in get_args(Mode) or kind not in get_args(Kind) or not sound or len(polygon) > MOST_VERTICES:
        raise ValueError(mode)
    return Stroke(mode, kind, polygon, str(value["layout"]))


def _region(value: Mapping[str, Any]) -> RegionChosen:
    if value["mode"] not in get_args(Mode):
        raise ValueError(value["mode"])
    return RegionChosen(str(value["key"]), value["mode"], str(value["layout"]))


def _command(value: Mapping[str, Any]) -> Command:
    if value["name"] not in get_args(CommandName):
        raise ValueError(value["name"])
    return Command(value["name"])


def _rendering(value: Mapping[str, Any]) -> Rendering:
    size, opacity = (None if value[name] is None else float(value[name]) for name in ("size", "opacity"))
    sound = (size is None or 0 < size <= LARGEST_POINT) and (opacity is None or 0 < opacity <= 1)
    if value["layer"] not in get_args(Layer) or not sound:
        raise ValueError(value)
    return Rendering(value["layer"], size, opacity)


def _saving(value: Mapping[str, Any]) -> Saving:
    zoom = {str(place): [float(side) for side in box] for place, box in value["zoom"].items()}
    if not all(len(box) == len("xxyy") and np.isfinite(box).all() for box in zoom.values()):
        raise ValueError(zoom)
    return Saving(zoom)


def _dropped(value: Mapping[str, Any]) -> Dropped:
    """An image no larger than an upload may be."""
    content = b64decode(value["content"], validate=True)
    if len(content) > st.get_option("server.maxUploadSize") * 2**20:
        raise ValueError(len(content))
    return Dropped(str(value["name"]), content)


_PARSERS: Mapping[str, Callable[[Mapping[str, Any]], ScatterEvent]] = {
    "stroke": _stroke,
    "open": lambda value: Opened(int(value["row"]), str(value["layout"])),
    "command": _command,
    "region": _region,
    "names": lambda value: NamesShown(bool(value["shown"])),
    "rendering": _rendering,
    "resume": lambda value: Resumed(str(value["tab"])),
    "save": _saving,
    "dropped": _dropped,
    "legend": lambda value: LegendChanged(frozenset(int(code) for code in value["hidden"])),
}
