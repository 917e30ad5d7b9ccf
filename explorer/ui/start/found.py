"""The second step of a new workspace: what was found in the data, before anything is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from explorer.actions.inspect_source import columns_of, refuse_outside_roots
from explorer.data.counts import counted
from explorer.data.spaces import Task
from explorer.errors import ExplorerError, UnmatchedError
from explorer.ui.session import fragments, workspaces
from explorer.ui.session.text import plain, sentence, short
from explorer.ui.start import draft, folders, pictures
from explorer.ui.start.source import OF_BOXES, OF_CLASSES, SOURCES
from explorer.ui.widgets import unmatched

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.actions.inspect_source import Found
    from explorer.ui.start.draft import Draft

_CLASSES = 12
"""Class names that are listed."""

_ACROSS = 4
_MOST_COLUMNS = 40
_MOST_TABLES = 4

METADATA, LEFT_OUT = "metadata", "left out"
_ROLES = {
    "image": "image file",
    "id": "name of the image",
    "label": "true class",
    "prediction": "predicted class",
    "confidence": "confidence of the prediction",
    "split": "split (train, test, …)",
    "group": "group",
    "time": "time",
    "latitude": "latitude",
    "longitude": "longitude",
    METADATA: "a fact to filter by",
    LEFT_OUT: "left out",
}


def draw(now: Draft) -> Found | None:
    """Say what is in a source, and let it be said better; None where it cannot be used as it is."""
    try:
        found = draft.found(now)
        if not workspaces.is_private() and now.workspace is None:
            refuse_outside_roots(found, workspaces.roots())
    except ExplorerError as error:
        st.error(sentence(str(error)), icon=":material/error:")
        if isinstance(error, UnmatchedError):
            _unmatched(now)
        _roles(now)
        _further(now, None)
        return None
    _figures(found)
    pictures.draw(found.examples, "examples")
    _tables(found)
    _problems(found)
    if now.allow_unmatched:
        _unmatched(now)
    _roles(now)
    _further(now, found)
    return found


def vectors_fit(now: Draft, vectors: Path) -> bool:
    """Say whether vectors of the person's own are those of these images."""
    try:
        found = draft.found(now, vectors)
    except ExplorerError as error:
        st.error(sentence(str(error)), icon=":material/error:")
        return False
    st.caption(f":material/check_circle: {found.vectors:,} numbers for each image.")
    return True


def _figures(found: Found) -> None:
    facts = {"Images": f"{found.images:,}"}
    facts |= {"Classes": f"{len(found.classes):,}"} if found.classes else {}
    facts |= {"Labelled boxes": f"{found.boxes:,}"} if found.task is Task.DETECTION else {}
    facts |= {f"Predictions of {plain(short(name, 20))}": f"{count:,}" for name, count in found.predictions.items()}
    for column, (name, value) in zip(st.columns(max(4, len(facts))), facts.items(), strict=False):
        column.metric(name, value)
    if found.classes:
        listed = ", ".join(f"{name} ({count:,})" for name, count in found.classes[:_CLASSES])
        st.caption(plain(listed) + (", …" if len(found.classes) > _CLASSES else ""))
    else:
        st.caption(
            "No labels found. The map of images works without; with labels, and predictions of a model, it shows where "
            "the model fails."
        )


def _tables(found: Found) -> None:
    """Offer the tables beside the images, which may say what these are."""
    if not found.tables:
        return
    st.info(
        "A table lies beside the images, and is not read. If it names them, use it instead of the folder: its labels, "
        "predictions and other columns come with it.",
        icon=":material/table:",
    )
    with st.container(horizontal=True):
        for file in found.tables[:_MOST_TABLES]:
            st.button(
                f"Use {plain(short(file.name, 40))}",
                key=f"table {file}",
                icon=":material/table:",
                on_click=draft.change,
                kwargs={"source": file},
            )


def _problems(found: Found) -> None:
    if not found.problem_count:
        return
    many = counted(found.problem_count, "thing")
    with st.expander(f"{many} cannot be used and will be left out", icon=":material/broken_image:"):
        rows = pd.DataFrame(found.problems, columns=["file", "reason"])
        st.dataframe(rows, hide_index=True, width="stretch", placeholder="")
        if found.problem_count > len(found.problems):
            st.caption(f"The first {len(found.problems):,} of them.")


def _unmatched(now: Draft) -> None:
    """Let it be used although it is mostly of other images, or refuse it again."""
    key = f"unmatched {now.source}"
    st.session_state.setdefault(key, now.allow_unmatched)
    unmatched.ask(key, lambda: draft.change(allow_unmatched=st.session_state[key]))


def _roles(now: Draft) -> None:
    """What each column of a table is taken for, to be changed."""
    try:
        known, unasked = columns_of(now.source, now.columns), dict(columns_of(now.source))
    except ExplorerError:
        return  # the sentence above says what is wrong with the table
    if not known:
        return
    with st.expander("What the columns are taken for", icon=":material/view_column:", expanded=not _has_image(known)):
        said = {}
        shown = known[:_MOST_COLUMNS]
        for first in range(0, len(shown), _ACROSS):
            for place, (name, role) in zip(st.columns(_ACROSS), shown[first : first + _ACROSS], strict=False):
                options = list(dict.fromkeys([*_ROLES, *unasked.values()]))
                said[name] = place.selectbox(
                    plain(short(name, 30)),
                    options,
                    index=options.index(role),
                    format_func=_role,
                    key=f"role {now.source} {name}",
                )
        _say_roles(now, dict(known) | said, unasked)


def _role(role: str) -> str:
    """A role in words; those of one of several models are named as their columns."""
    model, _, kind = role.rpartition(".")
    return f"{_ROLES[kind]} of {model}" if model and kind in _ROLES else _ROLES.get(role, role)


def _has_image(known: list[tuple[str, str]]) -> bool:
    return any(role == "image" for _, role in known)


def _say_roles(now: Draft, said: dict[str, str], unasked: dict[str, str]) -> None:
    """Take over what differs from what the columns' names say."""
    wanted = _by_role(said)
    twice = [role for role, names in wanted.items() if len(names) > 1]
    if twice:
        names = ", ".join(plain(name) for name in wanted[twice[0]])
        st.warning(f"{names} cannot all be the {plain(_role(twice[0]))}: choose one.", icon=":material/warning:")
        return
    granted = _by_role(unasked)
    columns = tuple(
        (role, next(iter(wanted.get(role, [])), ""))
        for role in dict.fromkeys([*granted, *wanted])
        if wanted.get(role) != granted.get(role)
    )
    if columns != now.columns:
        draft.change(columns=columns)
        st.rerun()


def _by_role(roles: dict[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, role in roles.items():
        if role not in (METADATA, LEFT_OUT):
            found.setdefault(role, []).append(name)
    return found


def _further(now: Draft, found: Found | None) -> None:
    """Labels and predictions in files of their own."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if workspaces.roots().folders:
            if st.button("Add predictions…", icon=":material/add:", help="What a model says of these images."):
                _choose_predictions(now, found)
            if now.labels is None and st.button(
                "Add labels…", icon=":material/add:", help="A table with image and label."
            ):
                _choose_labels(now)
        if now.labels:
            st.button(
                f"Labels: {plain(now.labels.name)}",
                icon=":material/close:",
                on_click=draft.change,
                kwargs={"labels": None},
            )
        for name, file in now.predictions:
            rest = tuple(one for one in now.predictions if one != (name, file))
            st.button(
                f"{plain(name)}: {plain(file.name)}",
                key=f"without {name}",
                icon=":material/close:",
                on_click=draft.change,
                kwargs={"predictions": rest},
                help="Leave these predictions out.",
            )


@fragments.dialog("Predictions of a model", width="large")
def _choose_predictions(now: Draft, found: Found | None) -> None:
    taken = OF_CLASSES if found and found.task is Task.CLASSIFICATION else OF_BOXES
    st.caption(taken.said)
    name = st.text_input(
        "Name of the model", placeholder="for example: v2", max_chars=60, key="predictions_name"
    ).strip()
    file = folders.choose("predictions", suffixes=SOURCES, folders=taken.folder, height=260, near=now.source)
    if file:
        named = name or file.stem
        draft.change(predictions=(*(one for one in now.predictions if one[0] != named), (named, file)))
        st.rerun()


@fragments.dialog("Labels", width="large")
def _choose_labels(now: Draft) -> None:
    st.caption("A table with the columns image and label, or a COCO file.")
    file = folders.choose("labels", suffixes=SOURCES, height=300, near=now.source)
    if file:
        draft.change(labels=file)
        st.rerun()


def title(now: Draft, found: Found | None) -> str:
    """What a source is, in words."""
    name = plain(short(now.source.name or str(now.source), 50))
    return (
        f"**{name}** is {found.kind if ' ' in found.kind else f'a {found.kind} data set'}" if found else f"**{name}**"
    )


def suggested_name(source: Path) -> str:
    """What a workspace of a source may be called."""
    folder = source if source.is_dir() else source.parent
    return folder.name or "workspace"
