"""Saved views beside the map: opening, sharing, renaming and deleting them, and saving what is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.data.saved_views import in_words
from explorer.store.decisions.view_stream import VIEW
from explorer.ui.session import fragments, messages, saved_views, text
from explorer.ui.widgets.tag_dialog import undo_buttons

if TYPE_CHECKING:
    from explorer.data.saved_views import SavedView


def draw() -> None:
    """The list of saved views, each one click from being looked at."""
    views = saved_views.views().all()
    with st.expander(f"Saved views ({len(views)})" if views else "Saved views"):
        for view in sorted(views, key=lambda one: one.name.casefold()):
            _one(view)
        if not views:
            st.caption("The bookmark above the map keeps what you see under a name, with a link that opens it again.")
        undo_buttons(VIEW.name)


def _one(view: SavedView) -> None:
    with st.container(horizontal=True, gap="small"):
        st.button(
            text.cell(view.name),
            key=f"open view {view.key}",
            on_click=saved_views.open_view,
            args=(view.key,),
            type="primary" if view.key == st.session_state.view else "secondary",
            help=text.whole(view.name),
            width="stretch",
        )
        with st.popover("", icon=":material/more_vert:", help="Link, rename, delete", key=f"more of view {view.key}"):
            _about(view)


def _about(view: SavedView) -> None:
    st.markdown(
        f"**{text.cell(view.name)}**  \n:gray[by {text.cell(view.created_by)}, {view.updated_at:%Y-%m-%d %H:%M} UTC]"
    )
    st.code(saved_views.link(view.key), language=None, wrap_lines=True)
    st.caption(" · ".join(f"{name}: {text.cell(said)}" for name, said in in_words(view.look).items()))
    name = st.text_input("Name", view.name, key=f"name of view {view.key}", max_chars=200)
    st.button("Rename", key=f"rename view {view.key}", on_click=_rename, args=(view, name), width="stretch")
    st.button(
        "Delete",
        key=f"delete view {view.key}",
        icon=":material/delete:",
        on_click=_delete,
        args=(view,),
        width="stretch",
        help="Undo brings it back.",
    )


def _rename(view: SavedView, name: str) -> None:
    if messages.attempt(saved_views.views().rename, view.key, name):
        messages.say(f"Renamed to “{text.cell(name)}”; its link stays.")


def _delete(view: SavedView) -> None:
    if messages.attempt(saved_views.views().delete, view.key):
        messages.say(f"Deleted the view “{text.cell(view.name)}”. Undo, below the views, brings it back.")


def draw_saving() -> None:
    """Ask for a name where the map was asked to save what it shows."""
    if st.session_state.saving is not None:
        _dialog()


def _close() -> None:
    st.session_state.saving = None


@fragments.dialog("Save this view", on_dismiss=_close)
def _dialog() -> None:
    known = {view.key: view.name for view in saved_views.views().all()}
    st.markdown("Kept: what is placed, coloured, filtered, selected and searched, and where you zoomed to.")
    name = st.text_input("Name", known.get(st.session_state.view, ""), key="view_name", max_chars=200)
    taken = name.strip().casefold() in {each.casefold() for each in known.values()}
    label = "Save over the view of this name" if taken else "Save"
    if st.button(label, key="save view", type="primary", width="stretch"):
        event = messages.attempt(saved_views.views().save, name, saved_views.look(st.session_state.saving))
        if event:
            st.session_state.view = event.key
            st.success("Saved. This link opens it, for whoever reaches this app:", icon=":material/bookmark_added:")
            st.code(saved_views.link(event.key), language=None, wrap_lines=True)
        messages.show_refusal()
