"""A report as one HTML file: it asks for nothing from anywhere, runs no script, and prints page by page."""

from __future__ import annotations

import base64
import re
from functools import singledispatch
from html import escape
from pathlib import Path

from explorer.review import report_plots as plots
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

MARK = '<meta name="generator" content="Edgecase Explorer report">'
"""By which a former report is known that may be replaced."""

_STYLE = Path(__file__).with_name("report.css")
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_DEEPEST = 6
_CODE = re.compile("`([^`]+)`")
_NUMBER = re.compile(r"[-+–\d.,%e]{1,12}")
"""A cell that stays on one line."""


def to_html(report: Report) -> str:
    """The report as HTML."""
    contents = "".join(f'<li><a href="#{escape(one.anchor)}">{escape(one.title)}</a></li>' for one in report.sections)
    sections = "".join(_section(one, 2) for one in report.sections)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n{MARK}\n'
        f"<title>{escape(report.title)}</title>\n<style>\n{_STYLE.read_text('utf-8')}</style>\n</head>\n<body>\n"
        f"<header><h1>{escape(report.title)}</h1><p>{escape(report.about)}</p></header>\n"
        f"<nav><ol>{contents}</ol></nav>\n<main>{sections}</main>\n</body>\n</html>\n"
    )


def _section(section: Section, level: int) -> str:
    heading = f"h{min(level, _DEEPEST)}"
    blocks = "\n".join(_block(one) for one in section.blocks)
    parts = "".join(_section(one, level + 1) for one in section.parts)
    title = f"<{heading}>{escape(section.title)}</{heading}>"
    return f'\n<section id="{escape(section.anchor)}">{title}\n{blocks}{parts}</section>'


@singledispatch
def _block(block: Block) -> str:
    raise TypeError(f"Expected a block of a report, found {type(block).__name__}.")


@_block.register
def _(block: Words) -> str:
    return f"<p{_tone(block.tone)}>{_told(block.text)}</p>"


@_block.register
def _(block: Listing) -> str:
    return f"<ul>{''.join(f'<li>{_told(one)}</li>' for one in block.items)}</ul>"


@_block.register
def _(block: Facts) -> str:
    pairs = "".join(f"<dt>{escape(name)}</dt><dd>{escape(said)}</dd>" for name, said in block.pairs)
    return f'<dl class="facts">{pairs}</dl>'


@_block.register
def _(block: Grid) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in block.head)
    rows = "".join(f"<tr>{''.join(_cell(one) for one in row)}</tr>" for row in block.rows)
    caption = f"<caption>{escape(block.caption)}</caption>" if block.caption else ""
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _cell(cell: Cell | str) -> str:
    if isinstance(cell, str):
        return f"<td{_tone('number' if _NUMBER.fullmatch(cell) else '')}>{escape(cell)}</td>"
    said = escape(cell.text)
    if cell.link:
        said = f'<a href="#{escape(cell.link)}">{said}</a>'
    return f"<td{_tone(cell.tone)}>{said}</td>"


@_block.register
def _(block: Intervals) -> str:
    return _figure(plots.intervals(block), block.caption)


@_block.register
def _(block: Bars) -> str:
    return _figure(plots.bars(block), block.caption)


@_block.register
def _(block: HeatMap) -> str:
    return _figure(plots.heat_map(block), block.caption)


@_block.register
def _(block: Pictures) -> str:
    return f'<div class="pictures">{"".join(_picture(one) for one in block.pictures)}</div>'


def _picture(picture: Picture) -> str:
    lines = "".join(f"<dt>{escape(name)}</dt><dd>{escape(said)}</dd>" for name, said in picture.lines)
    name = f'<div class="id">{escape(picture.id)}</div>'
    return f"<figure{_tone(picture.tone)}>{_image(picture)}{name}<dl>{lines}</dl></figure>"


def _image(picture: Picture) -> str:
    if picture.webp is None:
        return '<div class="unreadable">The file could not be read.</div>'
    source = base64.b64encode(picture.webp).decode("ascii")
    return f'<img alt="{escape(picture.id)}" src="data:image/webp;base64,{source}">'


def _told(text: str) -> str:
    """A sentence, with commands between backticks as code."""
    return _CODE.sub(r"<code>\1</code>", escape(text))


def _figure(drawn: str, caption: str) -> str:
    return f'<figure class="plot"><figcaption>{escape(caption)}</figcaption>{drawn}</figure>'


def _tone(tone: str) -> str:
    return f' class="{tone}"' if tone else ""
