"""Exporting subsets, saved views and a finding, or all images without some: how, how it begins, and where to."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from explorer.actions.export import Chosen, Options, export, file_name, preview, view_as_subset, zipped
from explorer.actions.exported_labels import choices
from explorer.errors import ExplorerError
from explorer.exporters import FOLDERS, HOLDING_IMAGES, TITLES
from explorer.points.live_subsets import refuse_mixed
from explorer.review.people import VIEWER
from explorer.ui.session import fragments, identity, live_subsets, messages, opened, text, workspaces

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from explorer.actions.export import Exported
    from explorer.exporters import Media
    from explorer.store.decisions.subsets import Subset
    from explorer.store.workspace import Workspace

_MEDIA: dict[Media, str] = {"": "Named where they lie", "copy": "Copied beside", "link": "Linked beside"}
_HEIGHT = 200
_MOST_SAID = 5


def button(first: Sequence[Subset] = (), *, key: str) -> None:
    """Offer to export; the dialog begins with some subsets, or a finding as if it were one, or with all images."""
    if st.button(
        "Export…",
        icon=":material/download:",
        width="stretch",
        key=key,
        help="As a table, or for COCO, YOLO, Label Studio, CVAT, FiftyOne and others.",
    ):
        _dialog(first)


@fragments.dialog("Export", width="large")
def _dialog(first: Sequence[Subset]) -> None:
    workspace = opened.view().workspace
    try:
        what = _chosen(first)
        options = _options(workspace)
        _preview(workspace, what, options)
        _hand_out(workspace, what, options)
    except ExplorerError as error:
        st.error(text.sentence(str(error)), icon=":material/error:")


def _chosen(first: Sequence[Subset]) -> Chosen:
    """Which images; none of the subsets means all."""
    decided = [live_subsets.now(subset).subset for subset in opened.decisions().state().subsets]
    found = {one.key: one for one in (*decided, *_views(), *first)}
    names = {key: f"{text.short(one.name)} ({len(one.members):,})" for key, one in found.items()}
    left, right = st.columns(2)
    named = left.multiselect(
        "Subsets and views",
        list(found),
        [one.key for one in first],
        key="export_subsets",
        format_func=names.__getitem__,
        placeholder="All images",
    )
    without = right.multiselect(
        "Without",
        [key for key in found if key not in named],
        [one.key for one in decided if one.remove and one.key not in named],
        key="export_without",
        format_func=names.__getitem__,
        placeholder="Nothing left out",
        help="Subsets that are marked for removal are left out unless you take them off here.",
    )
    chosen = [found[key] for key in named]
    for other in chosen[1:]:
        refuse_mixed(opened.view().workspace, chosen[0], other)
    return Chosen(tuple(chosen), not chosen, tuple(found[key] for key in without))


def _views() -> Iterator[Subset]:
    """The saved views as subsets of what they show; those that cannot be read are left out."""
    for saved in opened.view().workspace.views.all():
        with suppress(ExplorerError):
            one = view_as_subset(opened.view(), saved)
            yield replace(one, name=f"View: {one.name}")


def _options(workspace: Workspace) -> Options:
    """The format and what goes along."""
    left, middle, right = st.columns(3)
    form = left.selectbox("Format", list(TITLES), key="export_format", format_func=TITLES.__getitem__)
    labels = middle.selectbox("Labels", choices(workspace), key="export_labels", format_func=_label)
    ways = _ways(form)
    media: Media = right.selectbox(
        "Image files", ways, key=f"export_media {len(ways)}", format_func=_MEDIA.__getitem__, disabled=len(ways) == 1
    )
    models = workspace.manifest.predictions
    chosen = models
    if models:
        chosen = st.multiselect(
            "Predictions",
            models,
            models,
            key="export_models",
            format_func=text.short,
            help="They go along as pre-annotations, told apart from labels, with their confidences.",
        )
    return Options(form, labels, media, tuple(chosen), messages.author_name())


def _ways(form: str) -> list[Media]:
    """What can become of the image files in a format."""
    if form not in FOLDERS:
        return [""]
    return ["copy", "link"] if form in HOLDING_IMAGES else list(_MEDIA)


def _label(which: str) -> str:
    return {"given": "As given", "corrected": "As corrected"}.get(which, f"What {text.short(which)} said")


def _preview(workspace: Workspace, what: Chosen, options: Options) -> None:
    """How many, and how it begins: the first rows of a table, the first lines of the files of a folder."""
    shown = preview(workspace, what, options)
    st.markdown(f"**{shown.counted}**")
    if shown.rows is not None:
        st.dataframe(shown.rows, width="stretch", placeholder="")
    if shown.files:
        name = st.selectbox("Beginning of", list(shown.files), key=f"export_file {options.form}")
        st.code(shown.files[name], language=None, height=_HEIGHT, wrap_lines=True)


def _hand_out(workspace: Workspace, what: Chosen, options: Options) -> None:
    """Download it, or have it written below a folder that may be looked into."""
    file = file_name(what, options, workspace)
    done = st.container()  # above the buttons, where it is seen
    told = st.session_state.downloaded
    with done:
        while told:
            _warn(told.pop(0))
    st.download_button(
        f"Download {text.cell(file)}.zip",
        partial(_archive, workspace, what, options, told, note=identity.role() != VIEWER),
        f"{file}.zip",
        "application/zip",
        key="export_download",
        icon=":material/download:",
        type="primary",
        width="stretch",
        on_click="ignore",
        help="With the manifest: ids, digests, reasons, who and when, and what could not go along.",
    )
    roots = workspaces.roots()
    if not roots.folders:
        return
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    place = left.text_input(
        "Or write it to", value=str(roots.folders[0] / file), key=f"export_place {file}", help="On the app's machine."
    )
    if right.button("Write", icon=":material/save:", key="export_write", width="stretch"):
        messages.refuse_viewer()
        target = Path(place).expanduser().absolute()
        with done:
            _say(export(workspace, what, roots.allowed(target.parent) / target.name, options))


def _say(done: Exported) -> None:
    """What was written, and the first of what could not go along."""
    st.success(text.plain(f"{done.many} written to {done.written.path}."))
    _warn(done)


def _warn(done: Exported) -> None:
    for one in done.written.left_out[:_MOST_SAID]:
        st.warning(text.plain(f"Left out {one.filepath}: {one.reason}"))
    if done.warning:
        st.warning(text.sentence(done.warning))


def _archive(workspace: Workspace, what: Chosen, options: Options, told: list[Exported], *, note: bool) -> bytes:
    """The bytes of a download; made once it is asked for, where no session can be told of it before it draws again."""
    content, done = zipped(workspace, what, options, note=note)
    told.append(done)
    return content
