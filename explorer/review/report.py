"""A report as a document: what HTML and Markdown are both written from. Every text is plain: writers escape it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

Tone: TypeAlias = Literal["", "good", "bad", "unsure"]
"""What a figure is judged as: its colour, beside words that say the same."""


class Cell(NamedTuple):
    """A cell of a table.

    Attributes:
        text: what it says.
        tone: its colour.
        link: the anchor of the section that it leads to.
    """

    text: str
    tone: Tone = ""
    link: str = ""


class Words(NamedTuple):
    """A paragraph."""

    text: str
    tone: Tone = ""


class Listing(NamedTuple):
    """Sentences, one below the other."""

    items: Sequence[str]


class Facts(NamedTuple):
    """Pairs of a name and what there is to say of it."""

    pairs: Sequence[tuple[str, str]]


class Grid(NamedTuple):
    """A table; what numbers mean is said in its head and its caption."""

    head: Sequence[str]
    rows: Sequence[Sequence[Cell | str]]
    caption: str = ""


class Mark(NamedTuple):
    """A rate with its interval.

    Attributes:
        name: of what.
        value: 0 to 1; NaN where there is none.
        low: lower end.
        high: upper end.
        told: the figure in words.
        tone: its colour.
        limit: what the lower end is held against; None where nothing is.
        link: the anchor of the section that it leads to.
    """

    name: str
    value: float
    low: float
    high: float
    told: str
    tone: Tone = ""
    limit: float | None = None
    link: str = ""


class Intervals(NamedTuple):
    """Rates as points with their intervals; the caption is one sentence."""

    caption: str
    marks: Sequence[Mark]


class Bar(NamedTuple):
    """A bar of several parts.

    Attributes:
        name: of what.
        parts: how much of each part of the legend.
        told: the figure in words.
        link: the anchor of the section that it leads to.
    """

    name: str
    parts: Sequence[float]
    told: str = ""
    link: str = ""


class Bars(NamedTuple):
    """Bars of the same parts; the caption is one sentence.

    Attributes:
        caption: a sentence.
        legend: the parts with their colours, ``#rrggbb``.
        bars: from top to bottom.
    """

    caption: str
    legend: Sequence[tuple[str, str]]
    bars: Sequence[Bar]


class HeatMap(NamedTuple):
    """A table of shades; the caption is one sentence.

    Attributes:
        caption: a sentence.
        rows: their names.
        columns: their names.
        shades: -1 (bad) to 1 (good) of each cell, None where nothing is said.
        texts: of each cell.
        links: the anchor that each row leads to; empty where to none.
        across: what the columns are.
    """

    caption: str
    rows: Sequence[str]
    columns: Sequence[str]
    shades: Sequence[Sequence[float | None]]
    texts: Sequence[Sequence[str]]
    links: Sequence[str] = ()
    across: str = ""


class Picture(NamedTuple):
    """A small image and what is said of it.

    Attributes:
        id: stable id.
        webp: its file; None where it could not be read.
        lines: pairs of a name and a text.
        tone: of its frame.
        file: where it lies beside a report that does not hold it, relative to this; empty where it does not.
    """

    id: str
    webp: bytes | None
    lines: Sequence[tuple[str, str]]
    tone: Tone = ""
    file: str = ""


class Pictures(NamedTuple):
    """Images side by side."""

    pictures: Sequence[Picture]


Block: TypeAlias = Words | Listing | Facts | Grid | Intervals | Bars | HeatMap | Pictures


@dataclass(frozen=True)
class Section:
    """A part under a heading.

    Attributes:
        anchor: what links lead to: letters, digits and hyphens.
        title: its heading.
        blocks: from top to bottom.
        parts: sections in it.
    """

    anchor: str
    title: str
    blocks: Sequence[Block]
    parts: Sequence[Section] = ()


@dataclass(frozen=True)
class Report:
    """A report.

    Attributes:
        title: of the whole.
        about: one sentence: of what.
        sections: a page each when printed.
    """

    title: str
    about: str
    sections: Sequence[Section]
