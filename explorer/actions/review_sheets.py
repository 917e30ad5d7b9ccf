"""A round as a spreadsheet, out and in: a team's own sheet comes in without a mapping, as a round of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from explorer.actions.item_names import Names
from explorer.actions.review import queue_of, reviewer_of, seen, start_round
from explorer.data.endings import refuse_other_ending
from explorer.data.verdicts import Protocol, Verdict, checked_verdict
from explorer.data.whole import whole_file
from explorer.errors import ReviewError
from explorer.readers.documents import read_text
from explorer.review.blinding import SEES_ALL, hidden, shown_id
from explorer.review.spreadsheet import Line, from_csv, to_csv

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from explorer.data.verdicts import Round
    from explorer.points.opened_build import View
    from explorer.review.spreadsheet import Form, Sheet
    from explorer.store.workspace import Workspace


class Imported(NamedTuple):
    """What came of a sheet.

    Attributes:
        round: the round that has the verdicts now.
        verdicts: how many were taken in.
        waiting: lines without a verdict, which were left alone.
        left_out: columns that mean nothing here.
    """

    round: Round
    verdicts: int
    waiting: int
    left_out: tuple[str, ...]


def export_verdicts(
    view: View, name: str, file: Path, form: Form = "long", *, role: str = "owner", person: str = "", full: bool = False
) -> int:
    """Write a round as CSV: each item of each reviewer, those too that wait for a verdict; gives the number of lines.

    Args:
        view: the build.
        name: the round.
        file: the CSV file, which is replaced.
        form: `long` or `wide`.
        role: of whoever asks, one of `ROLES`; what they may not see is not written.
        person: their name.
        full: also write reasons and seconds, items that came again, and adjudications.

    Raises:
        ReviewError: the round is unknown, or this person may see nothing of it yet.
        ExportError: the file's ending says something else than CSV.
        OSError: the file cannot be written.
    """
    refuse_other_ending(file, "a sheet, which is CSV,", ".csv")
    one = view.workspace.rounds.find(name)
    lines = list(_lines(view, one, role, person, full=full))
    categories = [each.name for each in view.workspace.categories.in_use()]
    with whole_file(file) as draft:
        draft.write_bytes(to_csv(lines, form, categories, full=full))
    return len(lines)


def import_verdicts(
    workspace: Workspace, file: Path, *, author: str, name: str = "", reviewer: str = "", model: str = ""
) -> Imported:
    """Take in the verdicts of a sheet, long or wide, all or none.

    Where there is no round of this name yet, one is started of what the sheet holds; nothing is said to have been
    blinded in it.

    Args:
        workspace: the opened workspace.
        file: CSV with a header; see `explorer.review.spreadsheet`.
        author: who hands it in.
        name: the round; else the name of the file.
        reviewer: who judged, where the sheet does not say; else the author.
        model: whose predictions were judged, for a new round.

    Raises:
        ReviewError: the sheet cannot be read, or names what the workspace or the round does not have.
        SourceError: the file is missing or too large.
        WorkspaceError: the decisions cannot be written.
    """
    sheet = from_csv(read_text(file).removeprefix("\ufeff"), file.name)
    called = name or file.stem
    there = next((one for one in workspace.rounds.all() if called in (one.key, one.name)), None)
    ids = Names(workspace, there)
    said = [_verdict(ids, each, reviewer or author) for each in sheet.lines if each.verdict]
    if not said:
        raise ReviewError(f"Expected verdicts in {file.name}, found none. Fill in the column verdict.")
    one = there or _new_round(workspace, called, sheet, ids, said, author=author, model=model)
    workspace.verdicts.give(one.key, said, author=author, reason=f"from {file.name}")
    return Imported(one, len(said), len(sheet.lines) - len(said), sheet.left_out)


def _lines(view: View, one: Round, role: str, person: str, *, full: bool) -> Iterator[Line]:
    """What a person may see of a round: without a name where they may not know whose a verdict is."""
    apart = "reviewers" in hidden(one, role)
    if apart and role == "adjudicator":
        nameless = (replace(each, reviewer="") for each in _all_lines(view, one, role, one.protocol.reviewers))
        yield from sorted(nameless, key=lambda each: (each.image, each.verdict, each.comment))
    elif apart:
        yield from _all_lines(view, one, role, [_own(one, role, person)])
    else:
        told = full and bool(one.closed or role == SEES_ALL)
        yield from _all_lines(view, one, role, one.protocol.reviewers, full=told)


def _own(one: Round, role: str, person: str) -> str:
    """The reviewer that a person is.

    Raises:
        ReviewError: they are none.
    """
    if role == "viewer" or not person:
        raise ReviewError(
            f"What reviewers say in “{one.name}” is hidden while it is open. Close it, or say who you are."
        )
    return reviewer_of(one, person)


def _all_lines(view: View, one: Round, role: str, reviewers: Sequence[str], *, full: bool = False) -> Iterator[Line]:
    """The items of some reviewers as they stand; with `full` also those that came again, and adjudications."""
    bare = {each: _bare(view, one, role, each) for each in one.protocol.ids}
    for reviewer in reviewers:
        for item in queue_of(view.workspace, one.key, reviewer):
            if full or item.reading == "first":
                line = replace(bare[item.id], reviewer=reviewer, reading=item.reading)
                yield _judged(line, item.verdict) if item.verdict else line
    for each in view.workspace.verdicts.of(one.key) if full else ():
        if each.is_adjudication:
            yield _judged(replace(bare[each.id], reviewer=each.reviewer, reading=each.reading), each)


def _bare(view: View, one: Round, role: str, item: str) -> Line:
    """An item without a verdict; nothing but its name where the build does not have it any more."""
    image = shown_id(item, one, role)
    if item not in view.workspace.point_ids:
        return Line(image)
    facts = seen(view, one, item, role)
    return Line(
        image=image,
        label=facts.label or "",
        prediction=facts.prediction or "",
        confidence="" if facts.confidence is None else f"{facts.confidence:.4g}",
    )


def _judged(line: Line, said: Verdict) -> Line:
    return replace(
        line,
        categories=said.categories,
        verdict=said.verdict,
        severity=said.severity,
        comment=said.comment,
        reason=said.reason,
        seconds=said.seconds,
    )


def _verdict(names: Names, line: Line, reviewer: str) -> Verdict:
    return checked_verdict(
        Verdict(
            round="",
            id=names.id_of(line.image),
            reviewer=line.reviewer or reviewer,
            verdict=line.verdict,
            time=datetime.now(UTC),
            severity=line.severity,
            reason=line.reason,
            categories=line.categories,
            comment=line.comment,
            seconds=line.seconds,
            reading=line.reading,
        )
    )


def _new_round(
    workspace: Workspace, name: str, sheet: Sheet, names: Names, said: Sequence[Verdict], *, author: str, model: str
) -> Round:
    """A round of what a sheet holds, in which everybody may have seen everything."""
    protocol = Protocol(
        name=name,
        items=tuple(dict.fromkeys(names.id_of(each.image) for each in sheet.lines)),
        reviewers=tuple(dict.fromkeys(each.reviewer for each in said if not each.is_adjudication)),
        sources=("a spreadsheet",),
        model=model,
        blinded=(),
        repeats=0.0,
    )
    return start_round(workspace, protocol, author=author, reason="taken in from a spreadsheet")
