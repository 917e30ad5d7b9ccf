"""What a tab looks at comes back under its name, and under no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from explorer.ui.session.tabs import MOST, Tabs

if TYPE_CHECKING:
    from pathlib import Path

NAMES = [f"{number:064x}" for number in range(MOST + 5)]


def test_what_was_kept_is_recalled_by_another_server(tmp_path: Path) -> None:
    Tabs(tmp_path / "tabs").keep(NAMES[0], {"space": "label", "rows": [1, 2]})
    assert Tabs(tmp_path / "tabs").recall(NAMES[0]) == {"space": "label", "rows": [1, 2]}
    assert Tabs(tmp_path / "tabs").recall(NAMES[1]) == {}


@pytest.mark.parametrize("name", ["", "../decisions", "/etc/passwd", NAMES[0] + "/..", NAMES[0].upper() + "G"])
def test_a_name_that_we_did_not_give_is_no_file(name: str, tmp_path: Path) -> None:
    (tmp_path / "decisions.json").write_text('{"space": "label"}')
    tabs = Tabs(tmp_path / "tabs")
    tabs.keep(name, {"space": "label"})
    assert tabs.recall(name) == {}
    assert not (tmp_path / "tabs").exists()


def test_only_the_latest_are_remembered(tmp_path: Path) -> None:
    tabs = Tabs(tmp_path)
    for name in NAMES:
        tabs.keep(name, {"name": name})
    assert len(list(tmp_path.glob("*.json"))) == MOST
    assert tabs.recall(NAMES[-1]) == {"name": NAMES[-1]}


def test_where_nothing_can_be_written_or_read_nothing_is_remembered(tmp_path: Path) -> None:
    (tmp_path / "tabs").write_text("a file where the folder should be")
    tabs = Tabs(tmp_path / "tabs")
    tabs.keep(NAMES[0], {"space": "label"})
    assert tabs.recall(NAMES[0]) == {}
    (tmp_path / f"{NAMES[1]}.json").write_text("damaged {")
    assert Tabs(tmp_path).recall(NAMES[1]) == {}
