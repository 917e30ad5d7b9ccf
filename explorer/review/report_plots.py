"""Plots of a report as SVG: light, sharp on paper, and without a script. Every text in them is escaped here."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from explorer.data.outcomes import OUTCOMES
from explorer.data.palettes import GREY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from explorer.review.report import Bars, HeatMap, Intervals, Mark, Tone

WIDTH, _NAMES, _TOLD = 760, 210, 200
"""Of a plot, of the names at its left, and of the figures at its right; pixels."""

_ROW, _TOP, _AXIS, _LETTER = 26, 8, 26, 6.4
_CELL, _MOST_ACROSS = 74, 20
_LETTERS = 30

TONES: Mapping[Tone, str] = {
    "good": OUTCOMES["correct"].colour,
    "bad": OUTCOMES["wrong"].colour,
    "unsure": GREY,
    "": "#4e79a7",
}
"""The colour of what a figure is judged as."""


def intervals(plot: Intervals) -> str:
    """Rates as points with their intervals on a scale from 0 to 1; a tick is what the lower end is held against."""
    left, right = _NAMES, WIDTH - _TOLD
    bottom = _TOP + _ROW * len(plot.marks)
    drawn = [_scale(left, right, bottom)]
    for i, mark in enumerate(plot.marks):
        drawn.append(_linked(mark.link, _interval(mark, _TOP + _ROW * (i + 0.5), left, right), _TOP + _ROW * i))
    return _svg(WIDTH, bottom + _AXIS, drawn, plot.caption)


def _interval(mark: Mark, y: float, left: float, right: float) -> str:
    colour = TONES[mark.tone]
    parts = [_text(left - 10, y, _short(mark.name), "end", mark.name), _text(right + 12, y, mark.told)]
    if mark.value == mark.value:  # a number
        x, low, high = (left + (right - left) * end for end in (mark.value, mark.low, mark.high))
        parts.append(f'<path d="M{low:.1f} {y:.1f}H{high:.1f}" stroke="{colour}" stroke-width="2.5"/>')
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{colour}"/>')
    if mark.limit is not None:
        at = left + (right - left) * mark.limit
        parts.append(f'<path d="M{at:.1f} {y - 9:.1f}v18" stroke="#1c1f24" stroke-width="1.5" stroke-dasharray="3 2"/>')
    return "".join(parts)


def _scale(left: float, right: float, bottom: float) -> str:
    ticks = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        x = left + (right - left) * share
        ticks.append(f'<path d="M{x:.1f} {_TOP}V{bottom:.1f}" stroke="#e3e6ea"/>')
        ticks.append(_text(x, bottom + 14, f"{share:.0%}", "middle", soft=True))
    return "".join(ticks)


def bars(plot: Bars) -> str:
    """Bars of several parts, one below the other, with a legend above them."""
    left, right = _NAMES, WIDTH - _TOLD
    most = max((sum(bar.parts) for bar in plot.bars), default=0) or 1
    top = _TOP + 24
    drawn = [_legend(plot.legend, left)]
    for i, bar in enumerate(plot.bars):
        y, x = top + _ROW * i, float(left)
        parts = [_text(left - 10, y + _ROW / 2, _short(bar.name), "end", bar.name)]
        for part, (_, colour) in zip(bar.parts, plot.legend, strict=True):
            width = (right - left) * part / most
            if width:
                parts.append(
                    f'<rect x="{x:.1f}" y="{y + 5:.1f}" width="{width:.1f}" height="{_ROW - 10}" fill="{colour}"/>'
                )
            x += width
        parts.append(_text(x + 8, y + _ROW / 2, bar.told))
        drawn.append(_linked(bar.link, "".join(parts), y))
    return _svg(WIDTH, top + _ROW * len(plot.bars) + _TOP, drawn, plot.caption)


def _legend(legend: Sequence[tuple[str, str]], left: float) -> str:
    parts, x = [], left
    for name, colour in legend:
        parts.append(f'<rect x="{x:.1f}" y="{_TOP}" width="11" height="11" fill="{colour}"/>')
        parts.append(_text(x + 16, _TOP + 6, name, soft=True))
        x += 30 + _LETTER * len(name)
    return "".join(parts)


def heat_map(plot: HeatMap) -> str:
    """A table of shades: green is good, red is bad."""
    across = plot.columns[:_MOST_ACROSS]
    cell = min(_CELL, (WIDTH - _NAMES) / max(1, len(across)))
    top = _TOP + 34
    drawn = [
        _text(_NAMES, _TOP + 4, plot.across, soft=True),
        *(_text(_NAMES + cell * (j + 0.5), top - 10, _short(name, int(cell / _LETTER)), "middle", name, soft=True)
          for j, name in enumerate(across)),
    ]  # fmt: skip
    links = plot.links or [""] * len(plot.rows)
    for i, (name, shades, texts, link) in enumerate(zip(plot.rows, plot.shades, plot.texts, links, strict=True)):
        y = top + _ROW * i
        parts = [_text(_NAMES - 10, y + _ROW / 2, _short(name), "end", name)]
        for j, (shade, text) in enumerate(list(zip(shades, texts, strict=True))[: len(across)]):
            parts.append(_cell(_NAMES + cell * j, y, cell, shade, text))
        drawn.append(_linked(link, "".join(parts), y))
    return _svg(WIDTH, top + _ROW * len(plot.rows) + _TOP, drawn, plot.caption)


def _cell(x: float, y: float, width: float, shade: float | None, text: str) -> str:
    colour, opacity = ("#f1f2f4", 1.0) if shade is None else (TONES["good" if shade >= 0 else "bad"], abs(shade) * 0.75)
    box = f'x="{x + 1:.1f}" y="{y + 1:.1f}" width="{width - 2:.1f}" height="{_ROW - 2}"'
    filled = f'<rect {box} fill="{colour}" fill-opacity="{opacity:.2f}" stroke="#e3e6ea"/>'
    return filled + _text(x + width / 2, y + _ROW / 2, text, "middle")


def _short(text: str, most: int = _LETTERS) -> str:
    """Cut in the middle, where names of one kind differ least."""
    half = max(1, (most - 1) // 2)
    return text if len(text) <= most else f"{text[:half]}…{text[-half:]}"


def _text(x: float, y: float, text: str, anchor: str = "start", whole: str = "", *, soft: bool = False) -> str:
    if not text:
        return ""
    title = f"<title>{escape(whole)}</title>" if whole and whole != text else ""
    kind = ' class="soft"' if soft else ""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" dominant-baseline="central"'
    return f"<text {place}{kind}>{escape(text)}{title}</text>"


def _linked(anchor: str, drawn: str, top: float) -> str:
    """A row that is a link in all its width, where it leads anywhere."""
    if not anchor:
        return f"<g>{drawn}</g>"
    whole = f'<rect x="0" y="{top:.1f}" width="{WIDTH}" height="{_ROW}" fill="#fff" fill-opacity="0"/>'
    return f'<a href="#{escape(anchor)}">{drawn}{whole}</a>'


def _svg(width: float, height: float, drawn: Iterable[str], caption: str) -> str:
    size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
    return f'<svg {size} role="img" aria-label="{escape(caption)}">{"".join(drawn)}</svg>'
