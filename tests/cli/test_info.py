"""`edgecase info`, for people and as JSON."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from PIL import Image

from explorer.store.derived.building import announce
from tests.cli.conftest import printed_json

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.cli.conftest import Edgecase


def test_info_as_json_holds_what_is_documented(edgecase: Edgecase, built: Workspace) -> None:
    info = printed_json(edgecase("info", built.path, "--json"))
    promised = {"samples", "skipped", "model", "spaces", "predictions", "trustworthiness", "neighbors_kept", "subsets"}
    assert promised <= info.keys()
    assert (info["samples"], info["skipped"], info["subsets"]) == (60, [], [])
    assert 0 < info["neighbors_kept"] <= 1


def test_info_names_what_was_left_out_and_why(edgecase: Edgecase, clip_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "images" / "good.png")
    (tmp_path / "images" / "ünlesbar.png").touch()
    code, out, _ = edgecase("build", tmp_path / "images", "--workspace", tmp_path / "ws", "--pretrained", clip_folder)
    assert (code, out.splitlines()[0]) == (0, "1 image on the map, 1 image left out")
    (skipped,) = printed_json(edgecase("info", tmp_path / "ws", "--json"))["skipped"]
    assert skipped.keys() == {"filepath", "reason"}
    _, out, _ = edgecase("info", tmp_path / "ws")
    assert f"{tmp_path / 'images' / 'ünlesbar.png'}: {skipped['reason']}" in out


def test_info_for_people_says_the_same(edgecase: Edgecase, workspace: Workspace) -> None:
    edgecase("subset", "create", workspace.path, "dark", "--where", "label=apple")
    _, out, _ = edgecase("info", workspace.path)
    for said in ("Fruit: 60 images", "image, label, prediction/v1", "v1, v2", "dark (20)"):
        assert said in out


def test_info_names_the_signals(edgecase: Edgecase, built: Workspace) -> None:
    signals = printed_json(edgecase("info", built.path, "--json"))["signals"]
    assert {
        "name": "neighbors_kept",
        "title": "Neighbours kept on the map",
        "of": "graph",
        "direction": "low is suspicious",
        "unit": "share of neighbours",
    } in signals
    _, out, _ = edgecase("info", built.path)
    (line,) = [line for line in out.splitlines() if line.startswith("  signals")]
    assert all(signal["title"] in line for signal in signals)


def test_info_names_the_first_broken_link_of_the_decisions(edgecase: Edgecase, workspace: Workspace) -> None:
    """On stderr for people, under a name of its own for programs; reading goes on."""
    for name in ("red", "green", "blue"):
        edgecase("subset", "create", workspace.path, name, "--where", "label=apple")
    info = printed_json(edgecase("info", workspace.path, "--json"))
    assert info["decisions"] == {"events": 3, "damaged": [], "broken_link": None}
    with closing(sqlite3.connect(workspace.path / "decisions.db")) as raw, raw:
        raw.execute("DELETE FROM decision_events WHERE sequence = 2")
    code, _, err = edgecase("info", workspace.path)
    assert code == 0
    assert "an event before event 3 was removed" in err
    assert "restore an earlier backup" in err
    found = printed_json(edgecase("info", workspace.path, "--json"))["decisions"]
    assert (found["events"], found["damaged"], found["broken_link"]["sequence"]) == (2, [], 3)


def test_info_tells_that_the_last_decision_was_removed(edgecase: Edgecase, workspace: Workspace) -> None:
    """Also a backup does not hide it, and says so when it is restored."""
    for name in ("red", "green"):
        edgecase("subset", "create", workspace.path, name, "--where", "label=apple")
    with closing(sqlite3.connect(workspace.path / "decisions.db")) as raw, raw:
        raw.execute("DELETE FROM decision_events WHERE sequence = 2")
    backup = workspace.path.parent / "b.zip"
    assert "the last events were removed: expected event 2" in edgecase("info", workspace.path)[2]
    assert edgecase("backup", workspace.path, backup)[0] == 0
    code, _, err = edgecase("restore", backup, workspace.path.parent / "ws2")
    assert (code, "the last events were removed: expected event 2" in err) == (0, True)


def test_info_says_that_maps_of_an_encoder_are_still_to_come(edgecase: Edgecase, workspace: Workspace) -> None:
    """As while a build that was interrupted goes on."""
    encoder = {"name": "other", "model": {"name": "own vectors"}, "problem": ""}
    announce(workspace.path, replace(workspace.manifest, encoders=[encoder], unfinished=True))
    code, out, _ = edgecase("info", workspace.path)
    assert code == 0
    assert "  encoder          other (own vectors; its maps are still to come)" in out.splitlines()
