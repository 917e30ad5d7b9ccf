"""Pictures of what labels that came back change: as it stands and as it would be, side by side, each change to tick."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from PIL import Image, ImageDraw, ImageFont

from explorer.actions.correct import given_boxes
from explorer.corrections.diff import applied, said
from explorer.data.corrections import standing_boxes
from explorer.data.images import thumbnail
from explorer.errors import ImageError
from explorer.ui.session import opened, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.corrections.diff import Change
    from explorer.data.corrections import LabelledBox

_SIDE = 480
_ON_A_PAGE = {True: 6, False: 24}
"""Images at once, of boxes and of labels."""

_ACROSS = 6
_STANDS, _RETURNED, _SAME = "#E69F00", "#009E73", "#9AA0A6"


def draw(of: str, changes: Sequence[Change]) -> None:
    """Draw the images of these changes, a page of them, with a box to tick at each change.

    Args:
        of: names what came back: lines of another file may have the same keys.
        changes: its lines.
    """
    by_image: dict[str, list[Change]] = {}
    for change in changes:
        by_image.setdefault(change.image, []).append(change)
    boxed = opened.view().has_boxes
    legend, turn = st.columns([5, 1], vertical_alignment="center")
    with turn:
        page = _page(list(by_image), _ON_A_PAGE[boxed])
    if boxed:
        with legend:
            _legend()
        for image in page:
            _beside(of, image, by_image[image])
        return
    for start in range(0, len(page), _ACROSS):
        columns = st.columns(_ACROSS)
        for column, image in zip(columns, page[start : start + _ACROSS], strict=False):
            with column, st.container(border=True):
                _picture(image, [], {})
                for change in by_image[image]:
                    _tick(of, change, text.cell(said(change)))
                st.caption(text.cell(image))


def _page(images: Sequence[str], most: int) -> Sequence[str]:
    pages = -(-len(images) // most)
    if pages <= 1:
        return images
    number = st.number_input(f"Page, of {pages:,}", 1, pages, key=f"returned page of {pages}")
    return images[(number - 1) * most : number * most]


def _legend() -> None:
    said = {_STANDS: "as it stands", _RETURNED: "as it came back", _SAME: "not changed"}
    st.html(" &nbsp; ".join(f'<span style="color:{colour}">■</span> {words}' for colour, words in said.items()))


def _beside(of: str, image: str, changes: Sequence[Change]) -> None:
    """An image as it stands and as it would be, each changed box with its number in the lines beside."""
    workspace = opened.view().workspace
    corrected, labels = workspace.corrections.boxes(), workspace.corrections.all()
    before = standing_boxes(given_boxes(workspace, [image])[image], corrected.get(image), labels)
    after = applied(before, changes)
    changed = dict.fromkeys(box.id for one in changes if (box := one.before or one.after))
    numbers = {each: number for number, each in enumerate(changed, 1)}
    with st.container(border=True):
        left, middle, right = st.columns([2, 2, 3])
        with left:
            _picture(image, before, numbers, _STANDS)
        with middle:
            _picture(image, after, numbers, _RETURNED)
        with right:
            st.caption(text.cell(image))
            for change in changes:
                box = change.before or change.after
                _tick(of, change, f"**{numbers[box.id] if box else ''}** {change.kind}: {_classes(change)}")


def _classes(change: Change) -> str:
    """What a change is of; where it lies is in the pictures, and in numbers in the help."""
    box = change.after or change.before
    return text.cell(box.label if box and change.kind != "class changed" else said(change))


def is_ticked(of: str, change: Change) -> bool:
    """Whether a change of what came back is to be taken over."""
    return (of, change.key) not in st.session_state.returned_left


def _tick(of: str, change: Change, label: str) -> None:
    st.checkbox(
        label,
        help=text.plain(said(change)) if change.kind != "class changed" else None,
        value=is_ticked(of, change),
        key=f"returned tick {of} {change.key}",
        on_change=_turn,
        args=(of, change.key),
    )


def _turn(of: str, key: str) -> None:
    """Take a change in, or leave it."""
    st.session_state.returned_left = st.session_state.returned_left ^ {(of, key)}


def _picture(image: str, boxes: Sequence[LabelledBox], numbers: dict[str, int], colour: str = _SAME) -> None:
    samples = opened.view().workspace.samples
    try:
        small = thumbnail(Path(str(samples.at[image, "filepath"])), _SIDE)
    except ImageError as error:
        st.caption(text.sentence(f"No picture: {error}."))
        return
    st.image(
        _drawn(small, float(str(samples.at[image, "width"])), boxes, numbers, colour) if boxes else small,
        width="stretch",
    )


def _drawn(
    small: bytes, width: float, boxes: Sequence[LabelledBox], numbers: dict[str, int], colour: str
) -> Image.Image:
    """The picture with the boxes on it."""
    with Image.open(io.BytesIO(small)) as opened_image:
        picture = opened_image.convert("RGB")
    if picture.width < _SIDE // 2:  # lines on a small picture would hide it
        scale = _SIDE // max(1, picture.width)
        picture = picture.resize((picture.width * scale, picture.height * scale), Image.Resampling.NEAREST)
    zoom, pen = picture.width / width, ImageDraw.Draw(picture)
    font = ImageFont.load_default(15)
    for box in sorted(boxes, key=lambda one: one.id in numbers):
        left, top = box.x * zoom, box.y * zoom
        sides = (left, top, left + box.width * zoom, top + box.height * zoom)
        pen.rectangle(sides, outline=colour if box.id in numbers else _SAME, width=3 if box.id in numbers else 1)
        if box.id in numbers:
            said_at = pen.textbbox((left + 3, top + 1), str(numbers[box.id]), font=font)
            pen.rectangle((said_at[0] - 3, said_at[1] - 2, said_at[2] + 3, said_at[3] + 2), fill=colour)
            pen.text((left + 3, top + 1), str(numbers[box.id]), fill="white", font=font)
    return picture
