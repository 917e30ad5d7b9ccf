"""Labels that came back: what they change, looked at before it is taken over, and taken back as one."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from explorer.actions.import_labels import compare_labels, import_labels
from explorer.corrections.diff import CHANGING, KINDS, said
from explorer.data.corrections import RECEIVED
from explorer.data.counts import counted
from explorer.errors import ExplorerError
from explorer.readers.returned import FORMS
from explorer.store.decisions.correction_stream import CORRECTION
from explorer.ui.loop import returned_images
from explorer.ui.session import messages, opened, text, uploads, workspaces
from explorer.ui.widgets import judging, tag_dialog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from explorer.actions.import_labels import LabelDiff
    from explorer.corrections.diff import Change
    from explorer.store.decisions.events import Event

ENDINGS = ["zip", "json", "xml", "csv", "tsv", "parquet", "jsonl", "ndjson"]
NONE_YET = (
    "Export a subset for relabeling, and drop here what comes back from Label Studio, CVAT or a spreadsheet: what it "
    "changes is shown first, and nothing is taken over before you say so."
)

_DETECT = "what it looks like"
_LISTED = 200


def draw() -> None:
    """Draw where labels come in, and what they change."""
    _last_import()
    upload, place, form = _source()
    if upload is None and place is None:
        st.info(NONE_YET, icon=":material/assignment_returned:")
        return
    try:
        with _as_file(upload, place) as source, st.spinner("Comparing…"):
            named = _named(source)
            found = _compared(opened.view().key, named, form, _decided(), source)
    except ExplorerError as error:
        st.error(text.sentence(str(error)), icon=":material/error:")
        return
    st.caption(f"Read as {FORMS[found.form].title}. Images that it does not name are not touched.")
    for doubt in found.doubts:
        st.warning(text.plain(doubt), icon=":material/help:")
    shown = _of_kinds(found)
    of = f"{named} {found.form}"
    chosen = [change for change in shown if returned_images.is_ticked(of, change)]
    _take_over(found, chosen, upload, place)
    _listed(found)
    if shown:
        returned_images.draw(of, shown)


def _source() -> tuple[UploadedFile | None, Path | None, str | None]:
    """What is to be read: a file from the browser or one of the server, and its format."""
    left, middle, right = st.columns([4, 2, 3], vertical_alignment="top")
    upload = left.file_uploader("Labels that came back", type=ENDINGS, key=f"returned {st.session_state.rounds}")
    form = middle.selectbox("Format", [_DETECT, *FORMS], key="returned_form", format_func=_title)
    written = ""
    if workspaces.roots().folders:
        written = right.text_input("Or a file or folder on the server", key="returned_path").strip()
    if upload is not None or not written:
        return upload, None, None if form == _DETECT else form
    try:
        return None, workspaces.roots().allowed(Path(written).expanduser()), None if form == _DETECT else form
    except ExplorerError as error:
        st.error(text.sentence(str(error)), icon=":material/error:")
        return None, None, None


def _title(name: str) -> str:
    return FORMS[name].title if name in FORMS else name.capitalize()


@contextmanager
def _as_file(upload: UploadedFile | None, place: Path | None) -> Iterator[Path]:
    if upload is None:
        assert place
        yield place
        return
    with uploads.as_file(upload) as file:
        yield file


def _named(source: Path) -> str:
    """Names what is read: a file by its content, a folder by when it was changed."""
    if source.is_file():
        with source.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    times = sorted(f"{file} {file.stat().st_mtime_ns}" for file in source.rglob("*") if file.is_file())
    return hashlib.sha256("\n".join(times).encode()).hexdigest()


def _decided() -> int:
    """Names the corrections as they are now."""
    newest = opened.view().workspace.corrections.history(1)
    return newest[0].sequence if newest else 0


@st.cache_resource(show_spinner=False, max_entries=4)
def _compared(build: str, named: str, form: str | None, decided: int, _source: Path) -> LabelDiff:  # noqa: ARG001 - the cache's key
    return compare_labels(opened.view().workspace, _source, form)


def _of_kinds(found: LabelDiff) -> list[Change]:
    """The changes of the kinds that are looked at: all, until some are chosen."""
    counts = found.counts
    kinds = [kind for kind in KINDS if kind in CHANGING and counts[kind]]
    same = f"{counts['unchanged']:,} unchanged"
    if not kinds:
        if counts["unchanged"]:
            st.success(f"Nothing to take over: {same}.", icon=":material/task_alt:")
        else:
            st.info("Nothing to take over.", icon=":material/assignment_returned:")
        return []
    left, right = st.columns([5, 2], vertical_alignment="center")
    chosen = left.pills(
        "Changes",
        kinds,
        selection_mode="multi",
        key="returned_kinds",
        format_func=lambda kind: f"{kind.capitalize()} ({counts[kind]:,})",
        label_visibility="collapsed",
    )
    right.caption(same)
    return [change for change in found.applicable if change.kind in (chosen or kinds)]


def _take_over(found: LabelDiff, chosen: list[Change], upload: UploadedFile | None, place: Path | None) -> None:
    if not found.applicable:
        return
    many = counted(len(chosen), "change")
    if not st.button(f"Take over {many}", type="primary", icon=":material/check:", disabled=not chosen):
        return
    name = uploads.own_name(upload) if upload else found.source.name
    with _as_file(upload, place) as source:
        event = messages.attempt(
            import_labels,
            opened.view().workspace,
            found._replace(source=source),
            {change.key for change in chosen},
            name=name,
        )
    if event:
        st.session_state.returned_left = frozenset()
        messages.say(f"{many} taken over from {text.cell(name)}. {judging.standing()}")
    st.rerun()


def _last_import() -> None:
    """What was taken over last, and the way back."""
    imports = [event for event in _mine() if RECEIVED in event.payload["context"]]
    if not imports:
        return
    newest = imports[0]
    taken_back = " Taken back." if newest.undone else ""
    left, right = st.columns([6, 1], vertical_alignment="center")
    left.caption(f"From {text.cell(newest.payload['source'])}: {text.plain(newest.sentence)}{taken_back}")
    with right:
        tag_dialog.undo_buttons(CORRECTION.name)


def _mine() -> list[Event]:
    me = messages.author_name()
    return [event for event in opened.view().workspace.corrections.history(20) if event.author == me]


def _listed(found: LabelDiff) -> None:
    """What cannot be taken over, with the reason: nothing of it is guessed."""
    lines = [(one.kind.capitalize(), one.image, one.where, said(one)) for one in found.changes if one.reason]
    lines += [("Not used", "", one.filepath, one.reason) for one in found.skipped]
    if not lines:
        return
    with st.expander(
        f"Not taken over, and why ({len(lines):,})", icon=":material/help:", expanded=not found.applicable
    ):
        frame = pd.DataFrame(lines[:_LISTED], columns=["", "Image", "In the file", "Why"])
        st.dataframe(frame, hide_index=True, width="stretch", placeholder="–")
        if len(lines) > _LISTED:
            st.caption(f"The first {_LISTED} of {len(lines):,}; `edgecase import-labels --dry-run --json` lists all.")
