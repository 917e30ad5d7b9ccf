"""A round as a spreadsheet, out and in, and what differs from the round that it repeats."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from explorer.actions.review_changes import changelog
from explorer.actions.review_sheets import export_verdicts, import_verdicts
from explorer.data.counts import counted
from explorer.review.people import ADJUDICATOR, OWNER, REVIEWER
from explorer.ui.session import fragments, identity, messages, opened, text, uploads

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from explorer.data.verdicts import Round
    from explorer.points.opened_build import View
    from explorer.review.spreadsheet import Form

_WORDS: dict[Form, str] = {"long": "A line for each category", "wide": "A column for each category"}


def may_download(one: Round, role: str, me: str | None, *, is_blind: bool) -> bool:
    """Whether a person may have the sheet of a round: of an open one who judges or settles in it, else who sees all.

    Args:
        one: the round.
        role: as which they see it.
        me: their name where they are one of its reviewers.
        is_blind: whether something is hidden from them, in whatever round; it may be of the same images.
    """
    if one.closed:
        return not is_blind
    return role in (ADJUDICATOR, OWNER) or (role == REVIEWER and me is not None)


def download(one: Round, role: str) -> None:
    """Offer the sheet of a round, with what a person of this role may see."""
    st.markdown("**Spreadsheet**")
    for form, words in _WORDS.items():
        st.download_button(
            words,
            partial(sheet, opened.view(), one, form, role, identity.name()),
            f"{text.file_stem(one.name)}-{form}.csv",
            "text/csv",
            icon=":material/download:",
            width="stretch",
            key=f"review sheet {form}",
            help="Images that wait for a verdict are in it too, to be filled in.",
        )


def sheet(view: View, one: Round, form: Form, role: str, person: str) -> bytes:
    """The sheet as CSV."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "sheet.csv"
        export_verdicts(view, one.key, file, form, role=role, person=person)
        return file.read_bytes()


def take_in() -> None:
    """Offer to take in a sheet: verdicts of a round, or of one that starts with it."""
    if st.button("Take in a spreadsheet…", icon=":material/upload_file:", width="stretch"):
        _dialog()


@fragments.dialog("Take in a spreadsheet", width="medium")
def _dialog() -> None:
    st.markdown(
        "A CSV file with a header, as this page gives it or as your team keeps it: `image` and `verdict`, and what "
        "there is of `category` (or a column to tick for each), `severity`, `comment` and `reviewer`."
    )
    given = st.file_uploader("Spreadsheet", type="csv", key="review_sheet")
    name = st.text_input("Round", key="review_sheet_round", max_chars=200, help=_ROUND)
    reviewer = st.text_input("Reviewer", messages.author_name(), key="review_sheet_reviewer", help=_REVIEWER)
    models = opened.view().models
    model = st.selectbox("Model version", models, key="review_sheet_model") if models else None
    if st.button("Take in", type="primary", width="stretch", disabled=given is None) and given:
        if take(given, name=name.strip(), reviewer=reviewer.strip(), model=model or ""):
            st.rerun()
        messages.show_refusal()


_ROUND = "The verdicts go into the round of this name, or start one: that of the file where nothing is said."
_REVIEWER = "Who judged, where the sheet does not say."


def take(given: UploadedFile, **asked: str) -> bool:
    """Take in a sheet; whether that is on disk."""
    with uploads.as_file(given) as file:
        done = messages.attempt(partial(import_verdicts, opened.view().workspace, file, **asked))
    if done is None:
        return False
    st.session_state.review_started = done.round.key
    left_out = f" Columns that mean nothing here: {', '.join(map(text.cell, done.left_out))}." if done.left_out else ""
    messages.say(f"{counted(done.verdicts, 'verdict')} taken into “{text.cell(done.round.name)}”.{left_out}")
    return True


def changes(one: Round) -> None:
    """What differs from the round that this one repeats, where it repeats one."""
    if one.repeats:
        found = changelog(opened.view(), one.key)
        st.markdown(f"**Since “{text.cell(found.before.name)}”**")
        st.markdown("\n".join(f"- {text.plain(line)}" for line in found.lines))
