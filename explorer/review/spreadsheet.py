"""Verdicts as a spreadsheet: long, a line for each category of an item, or wide, a column to tick for each category."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

from explorer.data.cells import as_written, defused
from explorer.data.verdicts import VERDICTS, Reading, said_verdict
from explorer.errors import ReviewError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Form = Literal["long", "wide"]
FORMS: tuple[Form, ...] = get_args(Form)

LONG = (
    *("image", "true label", "predicted label", "confidence", "category", "verdict", "severity", "comment"),
    "reviewer",
)
"""The columns of a long sheet, in their order; a wide one has no `category`, and a column for each behind them."""

FURTHER = ("reason", "occasion", "seconds")
"""The columns that a sheet has besides where everything is to be kept."""

_SAID = {
    "image": ("filepath", "file", "filename", "path", "id", "sample"),
    "true label": ("label", "ground truth", "gt", "true class"),
    "predicted label": ("prediction", "predicted", "predicted class"),
    "confidence": ("score",),
    "category": ("edge case", "edge case category"),
    "verdict": (),
    "severity": (),
    "comment": ("comments", "note", "notes"),
    "reviewer": ("annotator", "rater"),
    "reason": ("failure reason",),
    "occasion": (),
    "seconds": (),
}
"""What else people call the columns."""

_TICKED = frozenset({"x", "1", "1.0", "yes", "y", "true", "✓", "✔", "☑"})
_NOT_TICKED = frozenset({"", "0", "0.0", "no", "n", "false", "-", "☐"})


@dataclass(frozen=True)
class Line:
    """What a sheet says of one item by one reviewer.

    Attributes:
        image: what the item is called.
        label: the label in the data, empty where it is not known or not to be seen; so are the next two.
        prediction: what the model says.
        confidence: how sure it is, as text.
        categories: names of categories.
        verdict: one of `VERDICTS`, empty where nothing is said yet.
        severity: one of `SEVERITIES`, or empty.
        comment: in words.
        reviewer: who; empty where the sheet does not say.
        reason: why the model failed.
        reading: on what occasion.
        seconds: how long the item was looked at.
    """

    image: str
    label: str = ""
    prediction: str = ""
    confidence: str = ""
    categories: tuple[str, ...] = ()
    verdict: str = ""
    severity: str = ""
    comment: str = ""
    reviewer: str = ""
    reason: str = ""
    reading: Reading = "first"
    seconds: float = 0.0


@dataclass(frozen=True)
class Sheet:
    """A sheet that was read.

    Attributes:
        lines: one for each image, reviewer and occasion, with all its categories.
        left_out: columns that are neither known nor to tick.
    """

    lines: list[Line]
    left_out: tuple[str, ...]


def to_csv(lines: Iterable[Line], form: Form, categories: Sequence[str] = (), *, full: bool = False) -> bytes:
    """The lines as CSV (UTF-8), no cell of which a spreadsheet runs.

    Args:
        lines: one for each item and reviewer.
        form: `long` or `wide`.
        categories: of a wide sheet, the columns to tick; those that lines name are added.
        full: also write the `FURTHER` columns.
    """
    every = list(lines)
    named = list(dict.fromkeys([*categories, *(name for each in every for name in each.categories)]))
    ticks = named if form == "wide" else []
    header = [name for name in LONG if form == "long" or name != "category"] + [*(FURTHER if full else ()), *ticks]
    rows = [row for each in every for row in (_long(each) if form == "long" else [_wide(each, ticks)])]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(defused, header))
    writer.writerows([defused(row.get(name, "")) for name in header] for row in rows)
    return text.getvalue().encode()


def from_csv(text: str, where: str) -> Sheet:
    """The lines of a sheet, long or wide, whatever separates its cells and however its columns are ordered.

    Args:
        text: what `to_csv` wrote, or a team in its own program.
        where: what to call it in messages.

    Raises:
        ReviewError: it has no images or no verdicts, or says two things of one item by one reviewer.
    """
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text)))
    header = [as_written(cell.strip()) for cell in rows[0]] if rows else []
    columns = {place: name for place, title in enumerate(header) if (name := _known(title))}
    missing = [name for name in ("image", "verdict") if name not in columns.values()]
    if missing or len(set(columns.values())) < len(columns):
        wanted = "once each of the columns image and verdict"
        raise ReviewError(f"Expected {wanted} in {where}, found the columns {', '.join(header) or 'none'}.")
    body = [(number, [as_written(c.strip()) for c in row]) for number, row in enumerate(rows[1:], 2) if any(row)]
    further = [place for place, title in enumerate(header) if place not in columns and title]
    ticks = {place: header[place] for place in further if all(_is_box(row, place) for _, row in body)}
    left_out = tuple(header[place] for place in further if place not in ticks)
    found: dict[tuple[str, str, str], tuple[int, Line]] = {}
    for number, row in body:
        line = _line(row, columns, ticks, f"line {number} of {where}")
        key = (line.image, line.reviewer, line.reading)
        before = found.get(key)
        found[key] = (number, _together(before, line, number, where)) if before else (number, line)
    return Sheet([line for _, line in found.values()], left_out)


def _plain(line: Line) -> dict[str, str]:
    return {
        "image": line.image,
        "true label": line.label,
        "predicted label": line.prediction,
        "confidence": line.confidence,
        "verdict": VERDICTS[line.verdict] if line.verdict else "",
        "severity": line.severity,
        "comment": line.comment,
        "reviewer": line.reviewer,
        "reason": line.reason,
        "occasion": line.reading,
        "seconds": f"{line.seconds:g}" if line.seconds else "",
    }


def _long(line: Line) -> list[dict[str, str]]:
    """A row for each category; one without where there is none."""
    return [{**_plain(line), "category": name} for name in line.categories or ("",)]


def _wide(line: Line, ticks: Sequence[str]) -> dict[str, str]:
    return {**{name: "x" for name in ticks if name in line.categories}, **_plain(line)}


def _separator(text: str) -> str:
    head = text.partition("\n")[0]
    return max(",;\t", key=head.count)


def _known(title: str) -> str:
    """The column that a title means; empty where none."""
    said = " ".join(title.replace("_", " ").split()).casefold()
    return next((name for name, others in _SAID.items() if said == name or said in others), "")


def _is_box(row: Sequence[str], place: int) -> bool:
    """Whether a cell is one of a column to tick."""
    return _text(row, place) in _TICKED | _NOT_TICKED


def _text(row: Sequence[str], place: int) -> str:
    return row[place].casefold() if place < len(row) else ""


def _line(row: Sequence[str], columns: Mapping[int, str], ticks: Mapping[int, str], where: str) -> Line:
    said = {name: row[place] for place, name in columns.items() if place < len(row)}
    categories = [said.get("category", ""), *(name for place, name in ticks.items() if _text(row, place) in _TICKED)]
    try:
        return Line(
            image=said["image"],
            categories=tuple(filter(None, categories)),
            verdict=said_verdict(said["verdict"]) if said.get("verdict") else "",
            severity=said.get("severity", "").casefold(),
            comment=said.get("comment", ""),
            reviewer=" ".join(said.get("reviewer", "").split()),
            reason=said.get("reason", ""),
            reading=_reading(said.get("occasion", "")),
            seconds=float(said.get("seconds") or 0),
        )
    except (ReviewError, ValueError) as error:
        raise ReviewError(f"In {where}: {error}") from error


def _reading(text: str) -> Reading:
    found = next((one for one in get_args(Reading) if one == (text.casefold() or "first")), None)
    if found is None:
        raise ReviewError(f"Expected as occasion one of {', '.join(get_args(Reading))}, found {text!r}.")
    reading: Reading = found
    return reading


def _together(before: tuple[int, Line], line: Line, number: int, where: str) -> Line:
    """Two lines of one item by one reviewer, which may differ in their categories alone."""
    first, known = before
    joined = replace(line, categories=tuple(dict.fromkeys([*known.categories, *line.categories])))
    if replace(joined, categories=()) != replace(known, categories=()):
        raise ReviewError(
            f"Lines {first} and {number} of {where} say different things of {line.image!r} by "
            f"{line.reviewer or 'one reviewer'}. Leave one of them; lines of one item may differ in the category alone."
        )
    return joined
