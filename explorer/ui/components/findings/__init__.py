"""A list of findings: a strip of thumbnails and a sentence each, outlined on the map while one points at them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from explorer.ui.components.declare import callback, declare
from explorer.ui.components.scatter.regions import rounded
from explorer.ui.server.routes import server

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from explorer.data.records import Float32

_component = declare("findings")


class Listed(NamedTuple):
    """One finding as it is listed.

    Attributes:
        title: what it is of.
        text: the rest of its sentence.
        collection: key under which the images of the rows are registered with the server.
        rows: of which thumbnails are shown.
        outline: polygons around its points, each float32 (v, 2) in the map's coordinates.
    """

    title: str
    text: str
    collection: str
    rows: Sequence[int]
    outline: Sequence[Float32]


class Listing(NamedTuple):
    """The findings, best first, and what is said where there are none."""

    findings: Sequence[Listed]
    nothing: str


def findings(
    listing: Callable[[], Listing],
    *,
    name: str,
    layout_key: str,
    key: str,
    on_choose: Callable[[int], None] | None = None,
) -> None:
    """Draw findings, which are looked for once the map is drawn and the browser asks.

    Args:
        listing: gives them, also outside this session.
        name: names what it gives: the same name, the same findings.
        layout_key: names the coordinates of the outlines.
        key: the component's key in the session state.
        on_choose: called with the place in the list of the finding that was chosen.
    """
    urls = server()
    data = {
        "listing": urls.later_url(f"findings-{name}", lambda: _described(listing())),
        "name": name,
        "layout": layout_key,
    }
    chosen = callback(key, "choose", lambda value: _chosen(value, name), lambda place: on_choose and on_choose(place))
    _component(key=key, data=data, on_choose_change=chosen)


def _described(listing: Listing) -> bytes:
    """The findings as their script reads them."""
    said = [
        {
            "title": one.title,
            "text": one.text,
            "images": server().image_url(one.collection),
            "rows": [int(row) for row in one.rows],
            "outline": [rounded(polygon) for polygon in one.outline],
        }
        for one in listing.findings
    ]
    return json.dumps({"findings": said, "nothing": listing.nothing}, ensure_ascii=False, allow_nan=False).encode()


def _chosen(value: Any, name: str) -> int | None:  # noqa: ANN401 - from the browser
    """The place of the finding that was chosen; None where that is of another list."""
    if not isinstance(value, dict) or value.get("name") != name or not isinstance(value.get("place"), int):
        return None
    place: int = value["place"]
    return place
