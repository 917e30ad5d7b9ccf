"""A report is written as HTML that needs nothing, and as Markdown; text from data means nothing in either."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from explorer.review.report import (
    Bar,
    Bars,
    Cell,
    Facts,
    Grid,
    HeatMap,
    Intervals,
    Listing,
    Mark,
    Picture,
    Pictures,
    Report,
    Section,
    Words,
)
from explorer.review.report_html import to_html
from explorer.review.report_markdown import to_markdown

HOSTILE = '<script>alert(1)</script> "quoted" & [link](javascript:x) `code` | cell * _em_ https://evil.example'

EVERY_BLOCK = Report(
    HOSTILE,
    HOSTILE,
    [
        Section(
            "first",
            HOSTILE,
            [
                Words(HOSTILE, "bad"),
                Listing([HOSTILE]),
                Facts([(HOSTILE, HOSTILE)]),
                Grid((HOSTILE, "b"), [(Cell(HOSTILE, "good", "first"), HOSTILE)], HOSTILE),
                Intervals(HOSTILE, [Mark(HOSTILE, 0.5, 0.25, 0.75, HOSTILE, "bad", 0.6, "first")]),
                Bars(HOSTILE, [(HOSTILE, "#112233")], [Bar(HOSTILE, [2], HOSTILE, "first")]),
                HeatMap(HOSTILE, [HOSTILE], [HOSTILE], [[-0.5]], [[HOSTILE]], ["first"], HOSTILE),
                Pictures([Picture(HOSTILE, b"webp", [(HOSTILE, HOSTILE)], "bad"), Picture("gone", None, [])]),
            ],
            [Section("second", HOSTILE, [])],
        )
    ],
)


class _Elements(HTMLParser):
    """The elements of a page and what their attributes say."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_hostile_text_is_text_in_every_block_of_the_html() -> None:
    found = _Elements(to_html(EVERY_BLOCK))
    assert found.names.isdisjoint({"script", "iframe", "link", "object", "em", "img onerror"})
    assert all(link.startswith(("#", "data:image/webp;base64,")) for link in found.links)
    assert found.text.count("<script>alert(1)</script>") >= 20


def test_the_html_asks_nobody_for_anything() -> None:
    page = to_html(EVERY_BLOCK)
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in page
    assert not re.search(r"url\(|@import|<link|srcset", page)


def test_links_lead_to_sections_that_are_there() -> None:
    page = to_html(EVERY_BLOCK)
    anchors = set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= anchors == {"first", "second"}


def test_an_interval_is_drawn_where_it_is_and_its_threshold_too() -> None:
    """The scale goes from 210 to 560 pixels: a half lies at 385, .6 at 420."""
    plot = Intervals("A rate.", [Mark("dusk", 0.5, 0.25, 0.75, "50%", "bad", 0.6)])
    page = to_html(Report("r", "", [Section("s", "s", [plot])]))
    assert 'cx="385.0"' in page
    assert "M297.5 21.0H472.5" in page
    assert "M420.0 12.0v18" in page
    assert "<figcaption>A rate.</figcaption>" in page


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_rate_without_a_number_has_no_mark(value: float) -> None:
    nothing = Intervals("A rate.", [Mark("dusk", float("nan"), float("nan"), float("nan"), "not judged")])
    something = Intervals("A rate.", [Mark("dusk", value, 0.0, 1.0, "")])
    told = [to_html(Report("r", "", [Section("s", "s", [one])])) for one in (nothing, something)]
    assert ["<circle" in one for one in told] == [False, True]
    assert not re.search('[MH" ]nan', told[0])


def test_hostile_text_is_text_in_markdown() -> None:
    text = to_markdown(EVERY_BLOCK)
    assert "<script>" not in re.sub(r"\\.", "", text)
    assert "](javascript" not in re.sub(r"\\.", "", text)
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in rows if "b" in line and "cell" in line} <= {3, 4}
    assert "https\\://evil.example" in text


def test_markdown_has_the_same_tables_and_names_the_images() -> None:
    report = Report(
        "R",
        "About.",
        [
            Section(
                "s",
                "Part",
                [
                    Grid(("a", "b"), [(Cell("1", "good"), "2")], "What it says."),
                    Bars("Errors.", [("high", "#000000")], [Bar("dusk", [3], "3 × 2")]),
                    Listing(["run `edgecase analyze`."]),
                    Pictures([Picture("images/1.png", b"", [("label", "car")])]),
                ],
            )
        ],
    )
    assert to_markdown(report).split("\n\n")[1:] == [
        "# R",
        "About.",
        "## Part",
        "| a | b |\n| --- | --- |\n| 1 | 2 |",
        "What it says.",
        "|  | high |  |\n| --- | --- | --- |\n| dusk | 3 | 3 × 2 |",
        "Errors.",
        "- run `edgecase analyze`.",
        "- images/1.png, label **car**\n",
    ]
