"""The gallery: thumbnails that load as they come into view, with checks that live in the browser."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from explorer.data.outcomes import OUTCOMES
from explorer.points.arrange import Arrangement
from explorer.ui.components.declare import callback, declare, soundly
from explorer.ui.server.routes import server

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SMALLEST, LARGEST = 56, 240
"""Least width that a tile can be given, pixels; above 240 pictures of parts would be of whole images."""

Kind = Literal["none", "correct", "wrong", "tp", "fp", "fn", "ignored"]

_component = declare("gallery")


@dataclass(frozen=True)
class Item:
    """One tile.

    Attributes:
        row: its image's.
        caption: the line below it; where it is too long it is cut, and whole when the mouse rests on it.
        kind: how the model did on it, which its mark says.
        score: a number as text: what it was sorted by.
        checked: whether it starts checked.
        detail: a second, fainter line.
        value: the score with its name, when the mouse rests on the tile.
        tagged: in which subset a person has put it; empty where in none.
    """

    row: int
    caption: str = ""
    kind: Kind = "none"
    score: str = ""
    checked: bool = False
    detail: str = ""
    value: str = ""
    tagged: str = ""


@dataclass(frozen=True)
class Heading:
    """What stands above the first tile of a group: its place among the items, and how many the group has in all."""

    at: int
    title: str
    count: int


class Sort(NamedTuple):
    """A way to sort: its column, its name on screen, and whether the largest come first unless told otherwise."""

    column: str
    title: str
    descending: bool = False


class Arranging(NamedTuple):
    """What a person can arrange the tiles by, and how they are now.

    Attributes:
        sorts: what can sort them, first the order in which they come, whose column is empty.
        groups: what can group them: columns and their names on screen.
        now: how they are arranged.
    """

    sorts: Sequence[Sort]
    groups: Sequence[tuple[str, str]]
    now: Arrangement


class Checked(NamedTuple):
    """What the browser says of the rows it shows: which are checked, which it shows, which have been in view."""

    rows: tuple[int, ...]
    shown: tuple[int, ...]
    seen: tuple[int, ...]


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
    watched: bool = False,
    revision: str = "",
    safe: bool = False,
    model: str = "",
    headings: Sequence[Heading] = (),
    arranging: Arranging | None = None,
    tab: str = "",
    empty_text: str = "No images.",
    key: str,
    on_open: Callable[[int], None] | None = None,
    on_check: Callable[[Checked], None] | None = None,
    on_arrange: Callable[[Arrangement], None] | None = None,
    on_resume: Callable[[str], None] | None = None,
) -> GalleryState:
    """Draw a grid of thumbnails.

    Rows that stay shown keep the checks of the browser, which is ahead of Python; others, and all where there is
    another ``revision``, start from ``Item.checked``.

    Args:
        items: what to show, in order.
        collection: key under which the images of the rows are registered with the server.
        size: least width of a tile in pixels; above 240 whole images are shown, even of rows that are about a part.
        height: most pixels of the scroll area, and those of what says that there are none.
        selectable: whether tiles can be checked.
        watched: whether Python shall hear which rows have been in view.
        revision: change it to reset the checks.
        safe: whether marks have the colours that are told apart with every kind of colour vision.
        model: whose outcomes the marks tell.
        headings: what stands between the tiles.
        arranging: how they can be arranged; None where they cannot.
        tab: a name for the browser's tab, which it says again when the page is loaded anew.
        empty_text: shown when there are no items.
        key: the component's key in the session state.
        on_open: called with the row of a clicked tile before the page runs again.
        on_check: called with what is checked when that changes.
        on_arrange: called with how they shall be arranged.
        on_resume: called with what the tab was called before its page was loaded anew.

    Returns:
        The checked rows among the items, and the row that was clicked.
    """
    data = {
        "images": server().image_url(collection),
        "items": [asdict(item) for item in items],
        "revision": revision,
        "kinds": _kinds(safe=safe),
        "model": model,
        "headings": [asdict(heading) for heading in headings],
        "arrange": None if arranging is None else _arranging(arranging),
        "watched": watched,
        "tab": tab,
        "size": size,
        "height": height,
        "selectable": selectable,
        "empty_text": empty_text,
    }
    opened = callback(key, "open", _opened, on_open)
    read = partial(_checked, revision=revision, known={item.row for item in items})
    checked = callback(key, "checked", read, on_check)
    arrange = callback(key, "arrange", partial(_arranged, offered=arranging), on_arrange)
    resume = callback(key, "resume", _resumed, on_resume)
    result = _component(
        key=key,
        data=data,
        on_open_change=opened,
        on_checked_change=checked,
        on_arrange_change=arrange,
        on_resume_change=resume,
    )
    told = soundly(read, result.get("checked")) or Checked((), (), ())
    rows = [item.row for item in items if (item.row in told.rows if item.row in told.shown else item.checked)]
    return GalleryState(tuple(rows), _opened(result.get("open")))


def _kinds(*, safe: bool) -> dict[str, dict[str, str]]:
    return {
        kind: {"word": one.word, "symbol": one.symbol, "colour": one.safe if safe else one.colour}
        for kind, one in OUTCOMES.items()
    }


def _checked(state: Any, *, revision: str, known: set[int]) -> Checked | None:  # noqa: ANN401 - from the browser
    """What the browser says of rows that it was given; None where that is out of date."""
    if not isinstance(state, dict) or state.get("revision") != revision:
        return None
    told = ((row for row in state.get(name, ()) if row in known) for name in Checked._fields)
    return Checked(*map(tuple, told))


def _arranging(offered: Arranging) -> dict[str, Any]:
    lists = {"sorts": [list(one) for one in offered.sorts], "groups": [list(one) for one in offered.groups]}
    return {**lists, **offered.now._asdict(), "smallest": SMALLEST, "largest": LARGEST}


def _arranged(value: Any, *, offered: Arranging | None) -> Arrangement | None:  # noqa: ANN401 - from the browser
    """How the person wants the tiles, of what was offered; None where it is nothing that our script sends."""
    asked = Arrangement(value["by"], bool(value["descending"]), value["group"], int(value["size"]))
    if offered is None or not SMALLEST <= asked.size <= LARGEST:
        return None
    sorts, groups = {one.column for one in offered.sorts}, {"", *(column for column, _ in offered.groups)}
    return asked if asked.by in sorts and asked.group in groups else None


def _resumed(value: Any) -> str | None:  # noqa: ANN401 - from the browser
    return str(value["tab"]) if isinstance(value, dict) and "tab" in value else None


def _opened(value: Any) -> int | None:  # noqa: ANN401 - from the browser
    return value["row"] if isinstance(value, dict) and isinstance(value.get("row"), int) else None
