"""A report as Markdown, for a repository or a wiki: plots become tables, and images lie beside it or are named."""

from __future__ import annotations

import re
from functools import singledispatch
from typing import TYPE_CHECKING
from urllib.parse import quote

from explorer.review.report import (
    Bars,
    Block,
    Cell,
    Facts,
    Grid,
    HeatMap,
    Intervals,
    Listing,
    Picture,
    Pictures,
    Report,
    Section,
    Words,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

MARK = "<!-- Edgecase Explorer report -->"
"""By which a former report is known that may be replaced."""

_MARKS = re.compile(
    r"([\\`*_\[\]<>#|~&$@]|^[-+=]|(?<=^\d)[.)](?= |$)|(?<=^\d\d)[.)](?= |$)|(?<=http):|(?<=https):|(?<=www)\.)",
    re.IGNORECASE,
)
"""What means something to Markdown wherever it stands, or where a line begins, or makes an address of a text."""

_CODE = re.compile("(`[^`\n]+`)")
_DEEPEST = 6


def to_markdown(report: Report) -> str:
    """The report as Markdown (GitHub's, with tables)."""
    parts = [MARK, f"# {_plain(report.title)}", _plain(report.about), *(_section(one, 2) for one in report.sections)]
    return "\n\n".join(parts) + "\n"


def _section(section: Section, level: int) -> str:
    heading = f"{'#' * min(level, _DEEPEST)} {_plain(section.title)}"
    blocks = [_block(one) for one in section.blocks]
    return "\n\n".join(filter(None, [heading, *blocks, *(_section(one, level + 1) for one in section.parts)]))


@singledispatch
def _block(block: Block) -> str:
    raise TypeError(f"Expected a block of a report, found {type(block).__name__}.")


@_block.register
def _(block: Words) -> str:
    return _told(block.text)


@_block.register
def _(block: Listing) -> str:
    return "\n".join(f"- {_told(one)}" for one in block.items)


@_block.register
def _(block: Facts) -> str:
    return "\n".join(f"- **{_plain(name)}**: {_plain(said)}" for name, said in block.pairs)


@_block.register
def _(block: Grid) -> str:
    rows = [[one.text if isinstance(one, Cell) else one for one in row] for row in block.rows]
    return _captioned(_table(block.head, rows), block.caption)


@_block.register
def _(block: Intervals) -> str:
    return _captioned(_table(("", "Rate"), [(mark.name, mark.told) for mark in block.marks]), block.caption)


@_block.register
def _(block: Bars) -> str:
    head = ("", *(name for name, _ in block.legend), "")
    rows = [(bar.name, *(f"{part:g}" for part in bar.parts), bar.told) for bar in block.bars]
    return _captioned(_table(head, rows), block.caption)


@_block.register
def _(block: HeatMap) -> str:
    rows = [(name, *texts) for name, texts in zip(block.rows, block.texts, strict=True)]
    return _captioned(_table((block.across, *block.columns), rows), block.caption)


@_block.register
def _(block: Pictures) -> str:
    return "\n".join(f"- {_picture(one)}" for one in block.pictures)


def _picture(picture: Picture) -> str:
    said = [_plain(picture.id), *(f"{_plain(name)} **{_plain(said)}**" for name, said in picture.lines)]
    shown = f"![{_plain(picture.id)}]({quote(picture.file)}) " if picture.file else ""
    return shown + ", ".join(said)


def _captioned(table: str, caption: str) -> str:
    return f"{table}\n\n{_plain(caption)}" if caption else table


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    first, *rest = ("| " + " | ".join(map(_plain, row)) + " |" for row in (head, *rows))
    return "\n".join([first, "|" + " --- |" * len(head), *rest])


def _told(text: str) -> str:
    """A sentence, in which commands between backticks stay code."""
    parts = _CODE.split(" ".join(text.split()))
    return "".join(part if place % 2 else _MARKS.sub(r"\\\1", part) for place, part in enumerate(parts))


def _plain(text: str) -> str:
    """Text from data as Markdown shows it as it is, on one line."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))
