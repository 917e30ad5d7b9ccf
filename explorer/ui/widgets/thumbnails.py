"""Images on a page: galleries of rows."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, cast

import numpy as np
import streamlit as st

from explorer.data.columns import MISSING, Categorical, Numeric
from explorer.points.arrange import Arrangement, arranged, value_in_short
from explorer.points.membership import NONE, SEVERAL, SUBSET_COLUMN
from explorer.signals.registry import registered
from explorer.ui.components.gallery import Arranging, Heading, Item, Sort, gallery
from explorer.ui.session import arrangements, checks, membership, opened, resume

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from explorer.data.columns import Column
    from explorer.data.records import Int64
    from explorer.points.arrange import Group
    from explorer.points.points import Points
    from explorer.ui.components.gallery import Kind

PANEL_HEIGHT = 440
PER_PAGE = 300


def of_rows(
    rows: Sequence[int],
    points: Points,
    *,
    key: str,
    height: int = PANEL_HEIGHT,
    size: int = 84,
    scores: Mapping[int, float] | None = None,
    order: str = "As they come",
    arrangeable: bool = True,
    tagged: bool = True,
    selectable: bool = True,
    watched: bool = False,
    about: str | None = None,
    empty: str = "No images.",
) -> tuple[int, ...]:
    """Draw rows of points as a gallery, a page at a time; a click opens the image large.

    Checks are kept while the rows are the same, or what they are `about`; which rows have been in view is kept where
    they are `watched`. How they are arranged is kept for all galleries whose key begins with the same word.

    Args:
        rows: what to show.
        points: which they are of.
        key: names the gallery.
        height: pixels of the scroll area.
        size: least width of a tile at first, pixels.
        scores: a number to show of each row until something else sorts them.
        order: what the order in which they come is called.
        arrangeable: whether the person can sort and group them.
        tagged: whether those that are in a subset are marked.
        selectable: whether they can be checked.
        watched: whether those that have been in view are told.
        about: what they are, where they are still the same when others are shown.
        empty: shown when there are none.

    Returns:
        The rows that are checked, on whatever page.
    """
    kind = key.partition(" ")[0]
    offered = _offered(points, order, arrangements.of(kind), size) if arrangeable and rows else None
    how = offered.now if offered else Arrangement(size=size)
    groups = arranged(points.table, rows, how) if how.by or how.descending or how.group else ()
    ordered = [row for group in groups for row in group.rows.tolist()] if groups else rows
    first, ids = _first_of_page(len(ordered), key), points.space.ids
    kept = checks.of(key, about or f"{points.name} {digest(rows)}")
    tile = _Tiles(points, how, dict(sort[:2] for sort in offered.sorts) if offered else {}, scores, tagged=tagged)
    shown = ordered[first : first + PER_PAGE]
    gallery(
        [tile.of(row, checked=ids[row] in kept.ids) for row in shown],
        collection=points.space.key,
        size=how.size,
        height=height,
        selectable=selectable,
        watched=watched,
        revision=f"{kept.about} {kept.edition}",
        safe=st.session_state.safe_colours,
        model=opened.model() or "",
        headings=_headings(groups, first, len(shown)),
        arranging=offered,
        tab=st.session_state.tab,
        empty_text=empty,
        key=f"gallery {key}",
        on_open=lambda row: open_image(row, points, ordered),
        on_check=lambda told: checks.note(key, ids, *told),
        on_arrange=lambda asked: arrangements.keep(kind, asked),
        on_resume=resume.resume,
    )
    return tuple(row for row in rows if ids[row] in kept.ids)


def _offered(points: Points, order: str, kept: Arrangement, size: int) -> Arranging:
    """What these points can be sorted and grouped by, and how they are: as was chosen, as far as they have that."""
    membership.refresh(points)
    names = membership.colourings(points)
    low = {signal.name for signal in registered() if signal.direction == "low is suspicious"}
    sorts = [Sort(name, title, _is_number(points, name) and name not in low) for name, title in names.items()]
    by, group = (column if column in names else "" for column in (kept.by, kept.group))
    now = Arrangement(by, kept.descending and by == kept.by, group, kept.size or size)
    groups = [(name, title) for name, title in names.items() if not _is_of_its_own(points.table[name])]
    return Arranging([Sort("", order), *sorts], groups, now)


def _is_of_its_own(column: Column) -> bool:
    return isinstance(column, Categorical) and column.is_identifier


def _is_number(points: Points, name: str) -> bool:
    return isinstance(points.table[name], Numeric)


def _headings(groups: Sequence[Group], first: int, shown: int) -> list[Heading]:
    """The heading of each group of which a page shows some."""
    ends = np.cumsum([len(group.rows) for group in groups])
    return [
        Heading(max(0, int(end) - len(group.rows) - first), group.title, len(group.rows))
        for group, end in zip(groups, ends, strict=True)
        if group.title and end > first and end - len(group.rows) < first + shown
    ]


def digest(rows: Sequence[int] | Int64) -> str:
    """Names these rows in this order."""
    return blake2b(np.asarray(rows, np.int64).tobytes(), digest_size=8).hexdigest()


def open_image(row: int, points: Points, among: Sequence[int] = ()) -> None:
    """Show one point large at the next rerun; the arrow keys lead to those it was `among`."""
    st.session_state.opened = (points.name, int(row), tuple(int(each) for each in among))


def turn_pages(row: int, among: Sequence[int], go: Callable[[int], None]) -> None:
    """Lead to the image before and after, among those where it was clicked, also by the arrow keys."""
    if row not in among or len(among) < 2:  # noqa: PLR2004 - nothing to turn to
        return
    place = among.index(row)
    left, middle, right = st.columns([2, 3, 2], vertical_alignment="center")
    for column, label, key, to in ((left, "Previous", "Left", place - 1), (right, "Next", "Right", place + 1)):
        column.button(
            label,
            on_click=go,
            args=(among[to % len(among)],),
            disabled=not 0 <= to < len(among),
            shortcut=key,
            width="stretch",
        )
    middle.markdown(f"{place + 1:,} of {len(among):,}", text_alignment="center")


def _first_of_page(n: int, key: str) -> int:
    if n <= PER_PAGE:
        return 0
    pages = -(-n // PER_PAGE)
    page = st.segmented_control(
        "Page",
        range(min(pages, 20)),
        default=0,
        required=True,
        key=f"page {key}",
        label_visibility="collapsed",
        format_func=lambda page: f"{page * PER_PAGE + 1:,}–{min(n, (page + 1) * PER_PAGE):,}",
    )
    return int(page or 0) * PER_PAGE


class _Tiles:
    """Makes the tiles of one gallery."""

    def __init__(
        self,
        points: Points,
        how: Arrangement,
        titles: Mapping[str, str],
        scores: Mapping[int, float] | None,
        *,
        tagged: bool,
    ) -> None:
        self._points, self._scores = points, scores or {}
        self._by = points.table[how.by] if how.by else None
        self._title = titles.get(how.by, "")
        self._subset = points.table[SUBSET_COLUMN] if tagged and SUBSET_COLUMN in points.table else None

    def of(self, row: int, *, checked: bool) -> Item:
        """The tile of a row: what it is called, how the model did on it, and what it was sorted by."""
        points, model = self._points, opened.model()
        frame, kind = points.table.frame, _kind(row, points)
        said = [frame[name].iat[row] for name in ("label", f"{model}.prediction") if name in frame]
        label, *predicted = [str(value) for value in said if isinstance(value, str)] or [
            points.space.ids[row].rpartition("/")[2]
        ]
        score, value = self._score(row)
        detail = f"→ {predicted[0]}" if kind == "wrong" and predicted else ""
        return Item(row, label, kind, score, checked, detail, value, self._tag(row))

    def _score(self, row: int) -> tuple[str, str]:
        """What sorts, in short and with its name."""
        if self._by is not None:
            value = value_in_short(self._by, row)
            return value, f"{self._title} {value or MISSING}"
        score = f"{self._scores[row]:.2f}" if row in self._scores else ""
        return score, score

    def _tag(self, row: int) -> str:
        known = value_in_short(self._subset, row) if self._subset else ""
        return "" if known in ("", NONE) else known if known == SEVERAL else f"“{known}”"


def _kind(row: int, points: Points) -> Kind:
    column = points.outcome(opened.model())
    if column is None or column.codes[row] < 0:
        return "none"
    return cast("Kind", column.values[column.codes[row]])
