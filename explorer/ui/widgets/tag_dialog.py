"""Tagging: turning rows into an edge-case subset, durable when the click returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import streamlit as st

from explorer.actions.tag import subset_named, tag
from explorer.store.decisions.categories import Categories
from explorer.store.decisions.state import same_name
from explorer.store.decisions.subsets import Member
from explorer.subsets.rules import matching_ids, to_json
from explorer.ui.session import fragments, live_subsets, messages, opened, search, selection, text
from explorer.ui.widgets.name_field import text_or_one_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from explorer.data.subsets import Origin
    from explorer.points.points import Points
    from explorer.store.decisions.events import Event

NAME = "Subset"
"""What the field for a subset's name is called."""

_USUAL = [
    "Lighting",
    "Blur or focus",
    "Occlusion",
    "Viewpoint or pose",
    "Crowding",
    "Small or far",
    "Rare kind",
    "Wrong label",
    "Ambiguous",
    "Sensor or artefact",
]


def tag_button(
    rows: Sequence[int], among: Points | None = None, key: str | None = None, origin: Origin | None = None
) -> None:
    """Offer to tag these rows; says the count before anything happens.

    Args:
        rows: of the points.
        among: the points; those that are shown where None.
        key: of the button.
        origin: how they were found; as those that are selected were where None.
    """
    points = among or opened.points()
    images = points.space.counted(len(rows))
    kind: Literal["primary", "secondary"] = "secondary" if among else "primary"
    if st.button(
        f"Tag {images}…", type=kind, width="stretch", icon=":material/bookmark_add:", disabled=not rows, key=key
    ):
        _dialog(rows, points, origin)


@fragments.dialog("Tag as an edge case")
def _dialog(rows: Sequence[int], among: Points, origin: Origin | None) -> None:
    if fields(rows, among, origin):
        st.rerun()


def fields(rows: Sequence[int], among: Points, origin: Origin | None = None) -> bool:
    """Draw what asks for a subset's name; whether the rows were tagged, which then is said at the next rerun.

    Args:
        rows: of the points.
        among: the points.
        origin: as of `tag_button`.
    """
    images = among.space.counted(len(rows))
    names = sorted((subset.name for subset in opened.decisions().state().subsets), key=str.casefold)
    name = text_or_one_of(NAME, names, key="tag_name", placeholder="A new name, or one to add to")
    known = subset_named(opened.decisions(), name)
    if known:
        known = live_subsets.now(known).subset
        new = [row for row in rows if among.space.ids[row] not in known.members]
        st.caption(f"It has {len(known.members):,} so far; {len(new):,} of these {images} are new to it.")
        rows, images = new, among.space.counted(len(new))
    category = _category("tag_category", disabled=bool(known))  # what was typed is kept while another name is tried
    note = _note("tag_note", disabled=bool(known))
    label = f"Add {images} to {text.cell(known.name)}" if known else f"Tag {images} as a new subset"
    if st.button(label, type="primary", disabled=not rows, width="stretch"):
        about = {} if known else {"note": note, "category": category}
        if _tag(name, rows, among, origin or _origin(among), **about):
            done, into = ("Added", "to") if known else ("Tagged", "as")
            messages.say(f"{done}: {images} {into} “{text.cell(name)}”.")
            return True
        messages.show_refusal()
    return False


def live_button() -> None:
    """Offer to save the filters in force as a subset that follows them."""
    rule = live_subsets.rule_in_force()
    words = live_subsets.in_words(rule) if rule else "Filter the points on the Map first."
    if st.button(
        "Save filters…",
        icon=":material/filter_alt:",
        width="stretch",
        disabled=rule is None,
        help=text.plain(words),
    ):
        _live_dialog()


@fragments.dialog("Save the current filters as a live subset")
def _live_dialog() -> None:
    rule = live_subsets.rule_in_force()
    if rule is None:
        st.info("Nothing is filtered now.")
        return
    matched = opened.points().space.counted(len(matching_ids(rule, live_subsets.table_of(rule))))
    st.markdown(f"{text.plain(live_subsets.in_words(rule))}  \n:gray[{matched} now; every later build is asked again.]")
    name = st.text_input("Name", key="live_name", max_chars=200)
    category, note = _category("live_category"), _note("live_note")
    if st.button("Save as a live subset", type="primary", width="stretch"):
        create = opened.decisions().create_subset
        facts = {"note": note, "category": category, "rule": to_json(rule), "context": selection.context()}
        made = messages.attempt(create, name, **facts)
        if made:
            st.session_state.subset = made.key
            messages.say(f"Saved: “{text.cell(name)}” follows its filters.")
            st.rerun()
        messages.show_refusal()


def _category(key: str, *, disabled: bool = False) -> str:
    placeholder = "What kind of edge case?"
    return text_or_one_of("Category", category_names(), key=key, placeholder=placeholder, disabled=disabled)


def category_names() -> list[str]:
    """The categories in use, then usual ones that nobody has described yet."""
    known = Categories(opened.decisions()).all()
    has = {same_name(name) for each in known for name in each.names}
    return [each.name for each in known if not each.retired] + [name for name in _USUAL if same_name(name) not in has]


def _note(key: str, *, disabled: bool = False) -> str:
    placeholder = "What is wrong here, and what should be done?"
    return st.text_area("Note", placeholder=placeholder, max_chars=2000, key=key, disabled=disabled)


def undo_buttons(kind: str = "", place: str = "") -> None:
    """Undo and redo of this person's own decisions of a kind, by default about subsets, saying which.

    Args:
        kind: of decision.
        place: where they stand, where others of the kind stand on the same page.
    """
    store, author = opened.decisions(), messages.author_name()
    left, right = st.columns(2)
    with left:
        _take_back_button("Undo", store.next_undo(author, kind), store.undo, kind, place)
    with right:
        _take_back_button("Redo", store.next_redo(author, kind), store.redo, kind, place)


def undo_button() -> None:
    """Undo of this person's last decision about subsets, small, saying which."""
    store = opened.decisions()
    _take_back_button("Undo", store.next_undo(messages.author_name()), store.undo, small=True)


def _take_back_button(
    verb: str,
    next_one: Event | None,
    act: Callable[..., Event | None],
    kind: str = "",
    place: str = "",
    *,
    small: bool = False,
) -> None:
    st.button(
        "" if kind else verb,  # beside a map there is room for the icon alone
        key=f"{kind or 'decision'} {verb}{place}",
        disabled=next_one is None,
        help=f"{verb}: {text.plain(next_one.sentence)}" if next_one else f"Nothing to {verb.lower()}.",
        icon=f":material/{verb.lower()}:",
        on_click=_take_back,
        args=(act, kind),
        type="tertiary" if small else "secondary",
        width="content" if small else "stretch",
    )


def _take_back(act: Callable[..., Event | None], kind: str) -> None:
    """Undo or redo, and say what that was."""
    event = messages.attempt(act, kind=kind)
    if event:
        messages.say(text.plain(event.sentence))


def _origin(among: Points) -> Origin:
    """How those that are selected were found."""
    selected_here = among.name == opened.points().name
    return selection.origin_of(selection.strokes()) if selected_here else "thumbnail"


def _tag(name: str, rows: Sequence[int], among: Points, origin: Origin, **about: str) -> bool:
    """Put rows into the subset of that name, new or existing; True when it is on disk."""
    found = search.current()
    scores = dict(zip(found.rows, found.similarities, strict=True)) if found and origin == "search" else {}
    members = [Member(among.space.ids[row], origin, scores.get(row)) for row in rows]
    return messages.attempt(tag, opened.decisions(), name, members, context=selection.context(), **about) is not None
