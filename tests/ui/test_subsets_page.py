"""The Subsets page: live subsets, combining, aims and colours, where members come from; and files that are wrong."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

import explorer
from explorer import open_workspace
from explorer.data.filters import NoneOf, OneOf
from explorer.store.decisions.database import Database, event_table
from explorer.store.decisions.subsets import Member
from explorer.subsets.rules import Rule, from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.store.workspace import Workspace
    from tests.conftest import Source

    Opener = Callable[..., AppTest]

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opener:
    """Open a workspace at a page, with some of the session's state set beforehand."""

    def at(path: Path, page: str = "subsets.py", **state: object) -> AppTest:
        monkeypatch.setattr(sys, "argv", ["main.py", str(path)])
        app = AppTest.from_file(MAIN, default_timeout=60)
        for key, value in state.items():
            app.session_state[key] = value
        app.run()
        return app if page == "map.py" else app.switch_page(page).run()

    return at


def _fine(app: AppTest) -> AppTest:
    assert [error.message for error in app.exception] == []
    assert [error.value for error in app.error] == []
    return app


def _said(app: AppTest) -> str:
    kinds = ("markdown", "caption", "info", "warning", "text")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind)).replace("\\", "")


def _press(app: AppTest, label: str) -> AppTest:
    (button,) = [button for button in app.button if button.label.startswith(label)]
    return button.click().run()


def _in_dialog(app: AppTest, opener: str, last: str, **widgets: object) -> AppTest:
    """Fill a dialog and press its last button; AppTest runs whole pages, so its opener is pressed again each time."""
    _press(app, opener)
    for key, value in widgets.items():
        (widget,) = [
            one for kind in ("text_input", "selectbox", "radio") for one in getattr(app, kind) if one.key == key
        ]
        widget.set_value(value)
        _press(app, opener)
    (button,) = [button for button in app.button if button.label.startswith(opener)]
    button.click()
    return _fine(_press(app, last))


def _members(workspace: Workspace, *rows: int, origin: str = "lasso") -> list[Member]:
    return [Member(workspace.ids[row], origin, 0.5 if origin == "search" else None) for row in rows]  # type: ignore[arg-type]


def _live(workspace: Workspace, column: str = "label", *members: Member) -> str:
    rule = to_json(Rule((OneOf(column, frozenset({"apple"})),)))
    return workspace.decisions.create_subset("live", author="Ada", rule=rule, members=members).key


def test_the_filters_in_force_become_a_live_subset(opened: Opener, workspace: Workspace) -> None:
    """Nothing of them is lost: several values, a range to the last bit, and what the legend hides."""
    state = {
        "filter_columns": ["label", "weight"],
        "filter label": ["apple", "leaf"],
        "filter weight": (8.123456, 11.0),
        "hidden": {"camera": frozenset({"left"})},
    }
    app = _fine(opened(workspace.path, **state))
    _in_dialog(app, "Save filters", "Save as a live subset", live_name="follows")
    subset = workspace.subset("follows")
    assert subset.rule is not None
    rule = from_json(subset.rule)
    assert set(rule.filters[:1]) == {OneOf("label", frozenset({"apple", "leaf"}))}
    assert (rule.filters[1].column, rule.filters[1].low) == ("weight", 8.123456)  # type: ignore[union-attr]
    assert rule.filters[2] == NoneOf("camera", frozenset({"left"}))
    frame = workspace.samples
    expected = (
        frame["label"].isin(["apple", "leaf"]) & frame["weight"].between(8.123456, 11) & (frame["camera"] != "left")
    )
    assert subset.ids == ()
    assert f"follows ({expected.sum()})" in next(box for box in app.selectbox if box.key == "subset").options
    assert "Live: label is apple or leaf, weight 8.12346 to 11, camera is not left" in _said(app)


def test_without_filters_there_is_nothing_to_save(opened: Opener, workspace: Workspace) -> None:
    app = _fine(opened(workspace.path))
    (button,) = [button for button in app.button if button.label.startswith("Save filters")]
    assert button.disabled


def test_a_live_subset_counts_shows_and_takes_out_what_its_rule_finds(opened: Opener, workspace: Workspace) -> None:
    key = _live(workspace, "label", *_members(workspace, 45, origin="search"))
    app = _fine(opened(workspace.path, subset=key, subset_tab="Where each comes from"))
    (table,) = [frame.value for frame in app.dataframe if "origin" in frame.value]
    app.session_state["subset_tab"] = "Images"
    _fine(app.run())
    assert "21 images" in _said(app)
    assert {"Rule (20)", "Search (1)"} <= {option for pills in app.button_group for option in pills.options}
    assert table["origin"].tolist() == ["Search", *["Rule"] * 20]
    assert (table["score"].iat[0], table["by"].iat[0]) == (0.5, "Ada")
    assert "21 selected" in _said(_press(app, "Show on map"))


def test_members_from_one_origin_can_be_looked_at_alone(opened: Opener, workspace: Workspace) -> None:
    members = [*_members(workspace, 0, 1, 2), *_members(workspace, 45, origin="search")]
    key = workspace.decisions.create_subset("mixed", author="Ada", members=members).key
    app = _fine(opened(workspace.path, subset=key, **{f"origins {key}": ["search"]}))
    assert "4 images" in _said(app)
    _fine(app.run())


def test_a_rule_is_kept_as_it_stands_and_no_longer_followed(opened: Opener, workspace: Workspace) -> None:
    key = _live(workspace)
    app = _fine(opened(workspace.path, subset=key, author="Ada"))
    _in_dialog(app, "Edit", "Keep what the rule finds now")
    subset = workspace.subset(key)
    assert subset.rule is None
    assert len(subset.ids) == 20
    assert {member.origin for member in subset.members.values()} == {"rule"}


def test_a_rule_that_cannot_be_asked_is_said_on_the_page(opened: Opener, workspace: Workspace) -> None:
    key = _live(workspace, "gone", *_members(workspace, 3))
    for page in ("subsets.py", "grow.py"):
        app = _fine(opened(workspace.path, page, subset=key))
        assert "the column 'gone', which this build does not have" in _said(app)


def test_two_subsets_are_combined(opened: Opener, workspace: Workspace) -> None:
    first = _live(workspace)
    workspace.decisions.create_subset("few", author="Ada", members=_members(workspace, 1, 2, 45))
    app = _fine(opened(workspace.path, subset=first, author="Grace"))
    _press(app, "All subsets")
    _in_dialog(app, "Combine", "Save 2 as a new subset", combine_operation="intersection", combine_name="both")
    assert workspace.subset("both").ids == workspace.ids[1:3]
    assert workspace.subset("both").created_by == "Grace"
    assert app.session_state["subset"] == workspace.subset("both").key


def test_the_second_of_two_can_be_made_the_first(opened: Opener, workspace: Workspace) -> None:
    """The other box then offers the rest, not what it held before."""
    few = workspace.decisions.create_subset("few", author="Ada", members=_members(workspace, 1, 2, 45)).key
    first = _live(workspace)
    app = _fine(opened(workspace.path, subset=first))
    values = {"combine_second": few, "combine_first": few, "combine_operation": "difference", "combine_name": "rest"}
    _press(app, "All subsets")
    _in_dialog(app, "Combine", "Save 1 as a new subset", **values)
    assert workspace.subset("rest").ids == (workspace.ids[45],)


def test_the_list_says_how_many_and_how_good(opened: Opener, workspace: Workspace) -> None:
    """Two of five are apples that v1 calls sky; without a target in any, nothing speaks of targets."""
    wrong = np.flatnonzero(workspace.samples["v1.outcome"] == "wrong").tolist()
    right = np.flatnonzero(workspace.samples["v1.outcome"] == "correct").tolist()
    workspace.decisions.create_subset("mixed", author="Ada", members=_members(workspace, *wrong[:2], *right[:3]))
    workspace.decisions.create_subset("good", author="Bob", members=_members(workspace, *right[:4]))
    table = _fine(opened(workspace.path)).dataframe[0].value
    assert table[["Subset", "Members", "Correct", "By"]].to_numpy().tolist() == [
        ["good", 4, 100.0, "Bob"],
        ["mixed", 5, 60.0, "Ada"],
    ]
    assert {"Target", "Progress", "Category", ""}.isdisjoint(table.columns)


def test_the_former_addresses_lead_to_what_they_became(opened: Opener, workspace: Workspace) -> None:
    workspace.decisions.create_subset("older", author="Ada", members=_members(workspace, 0))
    newer = workspace.decisions.create_subset("newer", author="Ada", members=_members(workspace, 1, 2))
    app = _fine(opened(workspace.path, "grow.py"))
    assert (app.session_state["subset"], app.session_state["subset_tab"]) == (newer.key, "Grow")
    assert "2 members, 0 rejected so far" in _said(app)
    assert "### Loop" in _said(_fine(opened(workspace.path, "incoming.py")))


def test_one_subset_cannot_be_combined(opened: Opener, workspace: Workspace) -> None:
    _live(workspace)
    app = _fine(opened(workspace.path))
    (button,) = [button for button in app.button if button.label.startswith("Combine")]
    assert button.disabled


def test_aim_colour_and_progress_are_shown(opened: Opener, workspace: Workspace) -> None:
    create = workspace.decisions.create_subset
    create("red", author="Ada", members=_members(workspace, 0, 1), target=50, colour="#dd2e44", category="Lighting")
    create("foul", author="Ada", members=_members(workspace, 0), colour="red;background:url(//evil)")
    foul, red = _fine(opened(workspace.path)).dataframe[0].value.to_dict("records")
    assert [red[each] for each in ("Subset", "Members", "Target", "Progress", "Category")] == [
        *("red", 2, 50, 0.04, "Lighting")
    ]
    assert "fill='%23dd2e44'" in red[""]
    assert foul["Subset"] == "foul"
    assert pd.isna(foul[""])
    app = _fine(opened(workspace.path, subset=workspace.subset("red").key))
    options = next(box for box in app.selectbox if box.key == "subset").options
    assert set(options) == {"🔴 red (2 of 50)", "foul (1)"}
    app.session_state["subset"] = workspace.subset("foul").key
    assert not any(
        "background" in one.proto.body for one in _fine(app.run()).get("html") if "<style" not in one.proto.body
    )
    app.session_state["subset"] = workspace.subset("red").key
    _fine(app.run())
    (bar,) = app.get("progress")
    assert (bar.proto.value, bar.proto.text) == (4, "2 of 50 aimed at")
    assert any("background:#dd2e44" in one.proto.body for one in app.get("html"))


def test_damaged_events_are_told_and_the_others_are_shown(opened: Opener, workspace: Workspace) -> None:
    workspace.decisions.create_subset("red", author="Ada", members=_members(workspace, 0))
    workspace.decisions.create_subset("blue", author="Ada", members=_members(workspace, 0))
    workspace.decisions.close()
    database = Database(workspace.path / "decisions.db")
    with database.writing() as connection:
        connection.execute(sa.update(event_table).where(event_table.c.sequence == 1).values(author="Eve"))
    database.close()
    said = _said(_fine(opened(workspace.path)))
    assert "1 recorded decisions are damaged and left out (event 1)" in said
    assert "blue" in said


@pytest.mark.parametrize("page", ["map.py", "subsets.py", "grow.py", "loop.py", "evaluate.py", "dataset.py"])
def test_every_page_says_that_a_decision_was_removed(opened: Opener, workspace: Workspace, page: str) -> None:
    for name in ("red", "green", "blue"):
        workspace.decisions.create_subset(name, author="Ada", members=_members(workspace, 0))
    with workspace.decisions._database.writing() as connection:
        connection.execute(sa.delete(event_table).where(event_table.c.sequence == 2))
    workspace.decisions.close()
    assert "an event before event 3 was removed" in _said(_fine(opened(workspace.path, page)))


@pytest.mark.parametrize("page", ["map.py", "subsets.py", "grow.py", "dataset.py"])
@pytest.mark.parametrize("file", ["layout.npy", "samples.parquet", "vectors.npy"])
def test_a_damaged_derived_file_is_a_sentence_with_its_repair(
    page: str, file: str, opened: Opener, workspace: Workspace
) -> None:
    """Or, on a page that does not need the file, nothing at all."""
    workspace.decisions.create_subset("red", author="Ada", members=_members(workspace, 0))
    for path in (workspace.path / "derived").glob(f"*/{file}"):
        path.write_bytes(path.read_bytes()[:30])
    app = opened(workspace.path, page)
    assert [error.message for error in app.exception] == []
    assert all("`edgecase build` again" in error.value for error in app.error)
    assert app.error or (page, file) not in {("map.py", "layout.npy"), ("grow.py", "vectors.npy")}
    assert app.error or file != "samples.parquet"


def test_a_foreign_decisions_file_is_a_sentence(opened: Opener, workspace: Workspace) -> None:
    (workspace.path / "decisions.db").write_bytes(b"not a database " * 100)
    app = opened(workspace.path)
    assert [error.message for error in app.exception] == []
    assert "move the file away" in app.error[0].value


def test_decisions_elsewhere_are_the_ones_shown(
    opened: Opener, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGECASE_DECISIONS", str(tmp_path / "team.db"))
    team = open_workspace(workspace.path).decisions
    key = team.create_subset("the team's", author="Ada", members=_members(workspace, 0)).key
    app = _fine(opened(workspace.path, author="Ada"))
    assert app.dataframe[0].value["Subset"].tolist() == ["the team's"]
    app.session_state["subset"] = key
    _press(app.run(), "Delete")
    assert [subset.key for subset in team.state().deleted] == [key]
    monkeypatch.delenv("EDGECASE_DECISIONS")
    assert open_workspace(workspace.path).decisions.state().sequence == 0


def test_images_that_are_gone_are_told_on_the_dataset_page_and_once_on_the_map(
    opened: Opener, source: Source, tmp_path: Path
) -> None:
    photos = shutil.copytree(source.images, tmp_path / "photos")
    workspace = explorer.build(photos / "table.csv", tmp_path / "ws", vectors=source.vectors)
    shutil.rmtree(photos / "apple")
    told = f"20 of 60 image files are no longer at {photos / 'apple'}"
    assert told in _said(_fine(opened(workspace.path, "dataset.py")))
    app = _fine(opened(workspace.path, "map.py"))
    assert told in _said(app)
    assert told not in _said(_fine(_press(app, "Hide")))


def test_a_read_only_workspace_opens_shows_and_refuses_decisions_in_a_sentence(workspace: Workspace) -> None:
    """In a process without the right to write, as the app of somebody else's workspace is."""
    workspace.decisions.create_subset("red", author="Ada", members=_members(workspace, 0))
    workspace.decisions.close()
    workspace.path.chmod(0o555)
    bound = [] if os.geteuid() else ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
    script = (
        "import sys; from streamlit.testing.v1 import AppTest\n"
        f"app = AppTest.from_file({str(MAIN)!r}, default_timeout=60).run()\n"
        "app.switch_page('grow.py').run()\n"
        "(button,) = [one for one in app.button if one.label == 'Delete']\n"
        "print([one.message for one in app.exception], [one.value for one in app.error], flush=True)\n"
        "button.click().run()\n"
        "print([one.message for one in app.exception], [one.value for one in app.error], flush=True)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [*bound, sys.executable, "-c", script, str(workspace.path)]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    workspace.path.chmod(0o755)
    before, after = ran.stdout.splitlines()
    assert before == "[] []"
    assert after.startswith("[] [")
    assert "is read-only for you" in after.replace("\\", "")
    assert [subset.name for subset in open_workspace(workspace.path).subsets()] == ["red"]


def test_a_subset_is_marked_for_removal_and_says_how_good_models_are_without_it(
    opened: Opener, dusk_workspace: Workspace
) -> None:
    """The switch is a decision; the table has every measure of every model, with and without."""
    app = _fine(opened(dusk_workspace.path, subset=dusk_workspace.subset("dusk").key))
    (switch,) = [one for one in app.toggle if one.label == "These are to leave the data set"]
    assert not switch.value
    app = switch.set_value(True).run()
    assert [error.message for error in app.exception] == []
    assert dusk_workspace.subset("dusk").remove
    (table,) = [one.value for one in app.dataframe if "Without these" in one.value]
    assert table["Measure"].tolist() == ["correct", "F1"] * 3
    assert list(table.loc[0, ["Model", "With all", "Without these"]]) == [
        *("v1", "70.5% of 200 (63.8% to 76.4%)", "100.0% of 100 (96.3% to 100.0%)"),
    ]
    (switch,) = [one for one in app.toggle if one.label == "These are to leave the data set"]
    switch.set_value(False).run()
    assert not dusk_workspace.subset("dusk").remove


def test_what_is_to_be_done_is_said_in_edit_and_shown_on_the_subset_and_in_the_list(
    opened: Opener, workspace: Workspace
) -> None:
    members = [Member(each, "ids") for each in workspace.ids[:3]]
    workspace.decisions.create_subset("Blurry", author="Ada", members=members)
    app = opened(workspace.path, subset=workspace.subset("Blurry").key)
    key = f"actions of {workspace.subset('Blurry').key}"
    _press(app, "Edit…")
    app.text_area(key=key).set_value("relabel: Look *again*.\n\ncollect: Ten more.")
    _press(app, "Edit…")
    (opener,) = [button for button in app.button if button.label == "Edit…"]
    opener.click()
    _fine(_press(app, "Save"))
    assert workspace.subset("Blurry").actions == ("relabel: Look *again*.", "collect: Ten more.")
    assert "**Relabel:** Look *again*." in _said(app)
    _press(app, "All subsets")
    assert app.dataframe[0].value["To do"].tolist() == ["Relabel, Collect"]
    workspace.decisions.edit_subset("Blurry", author="Ada", remove=True)
    assert app.run().dataframe[0].value["To do"].tolist() == ["Remove, Relabel, Collect"]
