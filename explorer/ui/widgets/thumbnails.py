"""Images on a page: galleries of rows."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, cast

import numpy as np
import streamlit as st

from explorer.ui.components.gallery import Item, gallery
from explorer.ui.session import checks, opened, resume
from explorer.ui.session.text import cell, plain, short

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from explorer.data.records import Int64
    from explorer.points.points import Points
    from explorer.ui.components.gallery import Kind

__all__ = ["cell", "plain", "short"]

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
    selectable: bool = True,
    watched: bool = False,
    about: str | None = None,
    empty: str = "No images.",
) -> tuple[int, ...]:
    """Draw rows of points as a gallery, a page at a time; a click opens the image large.

    Checks are kept while the rows are the same, or what they are `about`; which rows have been in view is kept where
    they are `watched`.

    Returns:
        The rows that are checked, on whatever page.
    """
    first, ids = _first_of_page(len(rows), key), points.space.ids
    kept = checks.of(key, about or f"{points.name} {digest(rows)}")
    items = [_item(row, points, scores, checked=ids[row] in kept.ids) for row in rows[first : first + PER_PAGE]]
    gallery(
        items,
        collection=points.space.key,
        size=size,
        height=height,
        selectable=selectable,
        watched=watched,
        revision=f"{kept.about} {kept.edition}",
        safe=st.session_state.safe_colours,
        tab=st.session_state.tab,
        empty_text=empty,
        key=f"gallery {key}",
        on_open=lambda row: open_image(row, points, rows),
        on_check=lambda told: checks.note(key, ids, *told),
        on_resume=resume.resume,
    )
    return tuple(row for row in rows if ids[row] in kept.ids)


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


def _item(row: int, points: Points, scores: Mapping[int, float] | None, *, checked: bool) -> Item:
    frame, model = points.table.frame, opened.model()
    kind = _kind(row, points)
    said = [frame[name].iat[row] for name in ("label", f"{model}.prediction") if name in frame]
    label, *predicted = [str(value) for value in said if isinstance(value, str)] or [
        points.space.ids[row].rpartition("/")[2]
    ]
    score = f"{scores[row]:.2f}" if scores and row in scores else ""
    return Item(row, label, kind, score, checked, detail=f"→ {predicted[0]}" if kind == "wrong" and predicted else "")


def _kind(row: int, points: Points) -> Kind:
    column = points.outcome(opened.model())
    if column is None or column.codes[row] < 0:
        return "none"
    return cast("Kind", column.values[column.codes[row]])
