"""Names from data are text wherever Streamlit reads Markdown, and short where one of many."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import explorer
from explorer.subsets.selection import Stroke
from explorer.ui.session.text import MOST, cell, on_chart, plain, sentence
from tests.ui.hostile import COLOUR, EMOJI, ICON, LINK, LONG, WORDS, hostile_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from explorer.store.workspace import Workspace

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"
PAGES = ["map.py", "findings.py", "subsets.py", "grow.py", "labels.py", "loop.py", "evaluate.py", "dataset.py"]
TABS = ["distributions", "table"]
FILTERED = {"filter_columns": [COLOUR, LINK], f"filter {COLOUR}": list(WORDS), "colour": COLOUR}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return hostile_workspace(tmp_path_factory.mktemp("hostile"))


def _at(workspace: Workspace, page: str, monkeypatch: pytest.MonkeyPatch, **state: object) -> AppTest:
    monkeypatch.setattr(sys, "argv", ["main.py", str(workspace.path)])
    app = AppTest.from_file(MAIN, default_timeout=60)
    strokes = (Stroke("replace", "lasso", rows=tuple(range(25))),)
    for key, value in {**FILTERED, "history": ((), strokes), **state}.items():
        app.session_state[key] = value
    app.run()
    app = app if page == "map.py" else app.switch_page(page).run()
    assert [error.message for error in app.exception] == []
    return app


def _markdown(app: AppTest) -> Iterator[str]:
    """Everything on the page that the browser reads as Markdown: labels, helps, texts, and choices shown as buttons."""
    for node in app._tree:
        yield from (str(getattr(node, name, "") or "") for name in ("label", "help"))
        if node.type in {"markdown", "caption", "info", "warning", "error", "success", "toast", "subheader", "header"}:
            yield str(getattr(node, "value", ""))
        if node.type in {"button_group", "radio", "segmented_control", "pills"}:
            yield from (str(option) for option in getattr(node, "options", ()))
    for block in app.expander:
        yield block.label


@pytest.mark.parametrize(("page", "tab"), [*((page, "images") for page in PAGES), *(("map.py", tab) for tab in TABS)])
def test_no_name_is_read_as_markdown(page: str, tab: str, hostile: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = list(_markdown(_at(hostile, page, monkeypatch, open_tab=tab)))
    assert len(texts) > 3
    for raw in (
        ":material/delete:",
        ":material_bolt:",
        ":red[stop]",
        "$x^2$",
        ":smile:",
        "**b**",
        "`c`",
        "](http",
        "<b>",
    ):
        assert [text for text in texts if raw in text] == []


def test_the_names_are_there(hostile: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the test above would find nothing whatever is done."""
    shown = {page: "\n".join(_markdown(_at(hostile, page, monkeypatch))) for page in PAGES}
    for name in (ICON, COLOUR, LINK):
        assert plain(name) in shown["map.py"], name
    assert plain(EMOJI) in shown["map.py"]
    assert plain(EMOJI) in shown["subsets.py"]
    assert plain(LINK) in shown["subsets.py"]
    assert plain(EMOJI) in shown["evaluate.py"]


def test_a_long_name_is_cut_and_whole_in_its_help(hostile: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app = _at(hostile, "grow.py", monkeypatch)
    (heading,) = [one for one in app.markdown if one.value.startswith("#### ")]
    assert heading.value == f"#### {cell(LONG)}"
    assert heading.help == plain(LONG)
    named = _at(hostile, "map.py", monkeypatch).subheader[0]
    assert len(named.value.replace("\\", "").replace("\u2060", "")) == MOST - 1
    assert np.all([len(button.label) < 120 for button in app.button])


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        (":material/home:", ":material/"),
        (":material_home:", ":material_"),
        (":streamlit:", ":streamlit:"),
        ("a -> b", "->"),
        ("a <-> b", "<->"),
        ("a >= b", ">="),
        ("a -- b", "--"),
        ("http://a.b", "http:"),
        ("HTTPS://a.b", "HTTPS:"),
        ("www.a.b", "www."),
        ("a@b.c", "a@b"),
    ],
)
def test_what_backslashes_do_not_hold_back_is_parted(text: str, broken: str) -> None:
    """Streamlit looks for these once Markdown has taken the backslashes away."""
    read = re.sub(r"\\(.)", r"\1", plain(text))
    assert broken not in read
    assert read.replace("\u2060", "") == text


def test_a_sentence_keeps_its_commands_and_escapes_what_it_quotes() -> None:
    said = sentence("Expected *a* at `edgecase demo`, found :red[b]. Run `edgecase open DIR` then.")
    assert said == (r"Expected \*a\* at `edgecase demo`, found \:red\[b\]\. Run `edgecase open DIR` then\.")


def test_a_chart_shows_quotes_as_they_are_and_no_tag_of_theirs() -> None:
    """Plotly reads `&lt;` as we write it, and shows `&quot;` letter by letter."""
    assert on_chart('bright, "sun" & it\'s <b>') == 'bright, "sun" &amp; it\'s &lt;b&gt;'
