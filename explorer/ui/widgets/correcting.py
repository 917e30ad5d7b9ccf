"""Correcting in place what is shown large: the label of an image, or the boxes on it; each act one durable decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from explorer.actions.correct import boxes_now, correct, given_boxes, redraw
from explorer.data.corrections import box_changes, redrawn
from explorer.store.decisions.correction_stream import CORRECTION
from explorer.store.decisions.corrections import Corrections
from explorer.ui.components.viewer import Editing
from explorer.ui.session import messages, opened, text
from explorer.ui.widgets import judging, tag_dialog

if TYPE_CHECKING:
    from collections.abc import Iterable

    from explorer.points.points import Points
    from explorer.store.decisions.events import Event
    from explorer.ui.components.viewer import Edit

LARGE_VIEW = "large view"
"""Where these corrections come from."""

CLASS = "Label"
"""What the field for the class of an image is called."""


def is_editing() -> bool:
    """Whether boxes are corrected now."""
    return bool(st.session_state.editing) and opened.view().has_boxes


def toggle() -> None:
    """Begin to correct boxes, or end it."""
    st.session_state.editing = not st.session_state.editing
    st.session_state.corrected_here = not st.session_state.editing


def ask() -> None:
    """Take the person into the field for the class of an image, or let it be."""
    st.session_state.labelling = not st.session_state.labelling


def focus() -> str:
    """The label of the field that the person is taken into; empty for none."""
    return CLASS if st.session_state.labelling else ""


def controls(points: Points, row: int) -> None:
    """Offer to correct what is shown: the label of an image, or the boxes on it."""
    if st.session_state.pop("corrected_here", False):
        st.rerun()  # the page behind follows
    if opened.view().has_boxes:
        _boxes(opened.view().images.space.ids[int(points.space.sample_rows[row])])
    else:
        _label(points.space.ids[row])


def editing(image: str, chosen: str) -> Editing | None:
    """The boxes of an image as they can be corrected; None where they are not now.

    Args:
        image: its id.
        chosen: id of the box that is chosen at first, if it is a labelled one.
    """
    if not is_editing():
        return None
    boxes = boxes_now(opened.view().workspace, image)
    store, author = opened.decisions(), messages.author_name()
    return Editing(
        boxes,
        classes(box.label for box in boxes),
        chosen,
        undo=_about(store.next_undo(author, CORRECTION.name), image, "Undo"),
        redo=_about(store.next_redo(author, CORRECTION.name), image, "Redo"),
        edition=st.session_state.edition,
    )


def save(image: str, edit: Edit) -> None:
    """Keep what was changed of the boxes of an image; it is on disk when this returns, or shown why not."""
    workspace = opened.view().workspace
    now = boxes_now(workspace, image)
    boxes = redrawn(now, *edit)
    if boxes != now:
        messages.attempt(redraw, workspace, image, boxes, stood=now, source=LARGE_VIEW)
    st.session_state.edition += 1


def revert(verb: str) -> None:
    """Undo or redo the last correction."""
    store = opened.decisions()
    messages.attempt(store.undo if verb == "undo" else store.redo, kind=CORRECTION.name)
    st.session_state.edition += 1


def _about(event: Event | None, image: str, verb: str) -> str:
    """What would be taken or brought back, where it is about this image alone."""
    images = [each for each, *_ in event.payload.get("boxes", ())] if event else []
    return f"{verb}: {event.sentence}" if event and images == [image] else ""


def classes(further: Iterable[str] = ()) -> list[str]:
    """The classes that can be chosen: those of labels, and what people said beside them."""
    said = Corrections(opened.decisions())
    corrected = [one.label for one in said.all().values()]
    drawn = [box.label for one in said.boxes().values() for box in one.boxes]
    names = [*opened.given_view().classes, *corrected, *drawn, *further]
    return list(dict.fromkeys(names))


def _boxes(image: str) -> None:
    """Begin or end correcting boxes, and say what is corrected here."""
    now = st.session_state.editing
    title, icon = ("Done correcting", ":material/check:") if now else ("Correct boxes", ":material/edit_square:")
    st.button(title, icon=icon, type="primary" if now else "secondary", on_click=toggle, help="B")
    workspace = opened.view().workspace
    found = box_changes(given_boxes(workspace, [image])[image], boxes_now(workspace, image))
    told = ", ".join(f"{number} {what}" for what, number in found.items() if number)
    if told:
        given = not now and opened.view() is opened.given_view()
        st.caption(f"Corrected: {told}." + (" Shown are the given boxes." if given else ""))
        st.caption(judging.standing())


def _label(each: str) -> None:
    """The class of an image, to be chosen or typed anew."""
    given, said = _given_label(each), Corrections(opened.decisions()).all().get(each)
    now = said.label if said else given
    key = f"relabel {each}"
    st.session_state[key] = now
    field, undo = st.columns([3, 2], vertical_alignment="bottom")
    field.selectbox(
        CLASS,
        classes([now] if now else []),
        key=key,
        accept_new_options=True,
        placeholder="Choose or type a class",
        on_change=_relabel,
        args=(each,),
        help="Choose what it is, or type another class and press Enter. The data stay as they came.",
    )
    with undo:
        tag_dialog.undo_buttons(CORRECTION.name, LARGE_VIEW)
    if said:
        was = text.plain(given) if given else "without a label"
        what = "confirmed" if said.label == given else f"corrected, given as {was}"
        st.caption(f"{what.capitalize()} by {text.plain(said.author)}")
    if said and said.label != given:
        st.caption(judging.standing())


def _relabel(each: str) -> None:
    label = st.session_state[f"relabel {each}"]
    st.session_state.labelling = False
    if label and messages.attempt(correct, opened.view().workspace, {each: label}, source=LARGE_VIEW):
        st.session_state.corrected_here = True


def _given_label(each: str) -> str | None:
    samples = opened.given_view().workspace.samples
    label = samples["label"].get(each) if "label" in samples else None
    return None if label is None or pd.isna(label) else str(label)
