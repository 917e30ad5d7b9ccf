"""Sheets of verdicts: what goes out comes in again, and a team's own comes in without a mapping."""

from __future__ import annotations

import csv
import io

import pytest

from explorer.errors import ReviewError
from explorer.review.spreadsheet import Line, from_csv, to_csv

LINES = [
    Line("a.png", "cat", "dog", "0.9", ("Night", "Rain"), "incorrect", "high", "why, though", "Ada"),
    Line("b.png", "cat", "cat", "0.4", (), "inadequate", "", "two\nlines", "Ada"),
    Line("a.png", "cat", "dog", "0.9", ("Night",), "correct", "", "", "Bob"),
    Line("b.png", "cat", "cat", "0.4", (), "", "", "", "Bob"),
]


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def test_a_long_sheet_has_a_line_for_each_category() -> None:
    rows = rows_of(to_csv(LINES, "long"))
    assert rows[0] == [
        *("image", "true label", "predicted label", "confidence", "category", "verdict", "severity", "comment"),
        "reviewer",
    ]
    assert rows[1:3] == [
        ["a.png", "cat", "dog", "0.9", "Night", "Incorrect", "high", "why, though", "Ada"],
        ["a.png", "cat", "dog", "0.9", "Rain", "Incorrect", "high", "why, though", "Ada"],
    ]
    assert rows[3][5:] == ["Technically inadequate", "", "two\nlines", "Ada"]
    assert len(rows) == 6


def test_a_wide_sheet_has_a_column_to_tick_for_each_category() -> None:
    rows = rows_of(to_csv(LINES, "wide", ["Fog"]))
    assert rows[0][7:] == ["reviewer", "Fog", "Night", "Rain"]
    assert [row[8:] for row in rows[1:]] == [["", "x", "x"], ["", "", ""], ["", "x", ""], ["", "", ""]]


@pytest.mark.parametrize("form", ["long", "wide"])
def test_what_goes_out_comes_in_again(form: str) -> None:
    everything = [
        *LINES,
        Line("a.png", verdict="ambiguous", reviewer="Ada", reading="repeat", reason="=dark", seconds=2.5),
        Line("a.png", verdict="correct", reviewer="Cem", reading="adjudication", comment="- none"),
    ]
    known = [
        Line(
            each.image,
            categories=each.categories,
            verdict=each.verdict,
            severity=each.severity,
            comment=each.comment,
            reviewer=each.reviewer,
            reason=each.reason,
            reading=each.reading,
            seconds=each.seconds,
        )
        for each in everything
    ]
    sheet = from_csv(to_csv(everything, "long" if form == "long" else "wide", full=True).decode(), "sheet.csv")
    assert (sheet.lines, sheet.left_out) == (known, ())


def test_no_cell_runs_in_a_spreadsheet() -> None:
    evil = "=HYPERLINK(1)"
    line = Line(evil, evil, "+1", "", (evil,), "correct", "", "\tcmd", "@Ada", reason="-2")
    for content in (to_csv([line], "long", full=True), to_csv([line], "wide", full=True)):
        cells = [cell for row in rows_of(content) for cell in row]
        assert not [cell for cell in cells if cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t"))]
        (back,) = from_csv(content.decode(), "sheet").lines
        assert (back.image, back.categories, back.reviewer, back.reason) == (evil, (evil,), "@Ada", "-2")


def test_a_teams_own_sheet_comes_in_without_a_mapping() -> None:
    """Semicolons, other titles in another order, other ticks, and columns that mean nothing."""
    text = (
        "Annotator;Verdict;File name;filename;Ground_Truth;Night;Rain;Weather;Notes\n"
        "Ada;CORRECT;;a.png;cat;x;;sunny;fine\n"
        "Ada;technically inadequate;;b.png;cat;;yes;;\n"
        ";;;;;;;;\n"
        "Bob;;;a.png;cat;0;0;fog;\n"
    )
    sheet = from_csv(text, "team.csv")
    assert sheet.lines == [
        Line("a.png", categories=("Night",), verdict="correct", comment="fine", reviewer="Ada"),
        Line("b.png", categories=("Rain",), verdict="inadequate", reviewer="Ada"),
        Line("a.png", reviewer="Bob"),
    ]
    assert sheet.left_out == ("Weather",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "once each of the columns image and verdict in sheet, found the columns none"),
        ("image,comment\na,b\n", "found the columns image, comment"),
        ("image,file,verdict\na,b,correct\n", "found the columns image, file, verdict"),
        ("image,verdict\na,fine\n", "In line 2 of sheet: Expected as verdict one of Correct"),
        ("image,verdict,seconds\na,correct,soon\n", "In line 2 of sheet: could not convert"),
        ("image,verdict,occasion\na,correct,third\n", "as occasion one of first, repeat, adjudication"),
        (
            "image,verdict,reviewer\na,correct,Ada\nb,correct,Ada\na,incorrect,Ada\n",
            "Lines 2 and 4 of sheet say different things of 'a' by Ada",
        ),
    ],
)
def test_a_sheet_that_says_nothing_or_two_things_is_refused(text: str, message: str) -> None:
    with pytest.raises(ReviewError, match=message):
        from_csv(text, "sheet")
