"""The gallery: thumbnails that load as they come into view, with checks that live in the browser."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from explorer.ui.components.declare import callback, declare
from explorer.ui.server.routes import server

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Kind = Literal["none", "correct", "wrong", "accepted", "rejected"]

_component = declare("gallery")


@dataclass(frozen=True)
class Item:
    """One tile: its image's row, the line below it, its mark, a number as text, whether it starts checked.

    ``detail`` is a second, fainter line. Lines too long for the tile are cut, and whole when the mouse rests on them.
    """

    row: int
    caption: str = ""
    kind: Kind = "none"
    score: str = ""
    checked: bool = False
    detail: str = ""


class GalleryState(NamedTuple):
    """What the person has checked, in the order of the items, and the row just clicked open, if any."""

    checked: tuple[int, ...]
    opened: int | None


def gallery(
    items: Sequence[Item],
    *,
    collection: str,
    size: int = 96,
    height: int = 400,
    selectable: bool = True,
    revision: str = "",
    empty_text: str = "No images.",
    key: str,
    on_open: Callable[[int], None] | None = None,
) -> GalleryState:
    """Draw a grid of thumbnails.

    Checks stay with the browser while the same rows are shown; other rows, or another ``revision``, start
    again from ``Item.checked``.

    Args:
        items: what to show, in order.
        collection: key under which the images of the rows are registered with the server.
        size: least width of a tile in pixels; above 240 whole images are shown, even of rows that are about a part.
        height: pixels of the scroll area.
        selectable: whether tiles can be checked.
        revision: change it to reset the checks, for instance after they were acted upon.
        empty_text: shown when there are no items.
        key: the component's key in the session state.
        on_open: called with the row of a clicked tile before the page runs again.

    Returns:
        The checked rows among the items, and the row that was clicked.
    """
    shown = _revision(items, revision)
    data = {
        "images": server().image_url(collection),
        "items": [asdict(item) for item in items],
        "revision": shown,
        "size": size,
        "height": height,
        "selectable": selectable,
        "empty_text": empty_text,
    }
    opened = callback(key, "open", _opened, on_open)
    result = _component(key=key, data=data, on_open_change=opened, on_checked_change=lambda: None)
    checked = _checked(result.get("checked"), shown, items)
    return GalleryState(checked, _opened(result.get("open")))


def _revision(items: Sequence[Item], revision: str) -> str:
    rows = ",".join(f"{item.row}{'+' if item.checked else ''}" for item in items)
    return blake2b(f"{revision}:{rows}".encode(), digest_size=8).hexdigest()


def _checked(state: Any, revision: str, items: Sequence[Item]) -> tuple[int, ...]:  # noqa: ANN401 - from the browser
    """Return the checked rows; what the browser says of other items than these is out of date."""
    if not isinstance(state, dict) or state.get("revision") != revision:
        return tuple(item.row for item in items if item.checked)
    rows = set(state.get("rows", ()))
    return tuple(item.row for item in items if item.row in rows)


def _opened(value: Any) -> int | None:  # noqa: ANN401 - from the browser
    return value["row"] if isinstance(value, dict) and isinstance(value.get("row"), int) else None
