"""The panel beside the map, run by Streamlit itself without a browser: its tabs, and what their buttons do."""

from __future__ import annotations

import io
import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import explorer
from explorer.data.columns import Times
from explorer.data.filters import During
from explorer.points.opened_build import View
from explorer.store.decisions.subsets import Member
from explorer.subsets.distributions import filter_of
from explorer.subsets.selection import Stroke
from explorer.ui.map import table

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.store.workspace import Workspace
    from tests.conftest import Source

    Opener = Callable[..., AppTest]

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"
APPLES = ((), (Stroke("replace", "lasso", rows=tuple(range(20))),))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opener:
    """Open the map of a workspace, with some of the session's state set beforehand."""

    def at(workspace: Workspace, **state: object) -> AppTest:
        monkeypatch.setattr(sys, "argv", ["main.py", str(workspace.path)])
        app = AppTest.from_file(MAIN, default_timeout=60)
        for key, value in state.items():
            app.session_state[key] = value
        return _fine(app.run())

    return at


def _fine(app: AppTest) -> AppTest:
    assert [error.message for error in app.exception] == []
    assert [error.value for error in app.error] == []
    return app


def _said(app: AppTest) -> str:
    return "\n".join(str(element.value) for kind in ("markdown", "caption") for element in getattr(app, kind))


def _press(app: AppTest, label: str) -> AppTest:
    (button,) = [button for button in app.button if button.label == label]
    return _fine(button.click().run())


class Drawn(NamedTuple):
    """The charts as the browser gets them: rows by part, and by column, part and bar."""

    totals: dict[str, int]
    counts: dict[str, dict[str, dict[str, int]]]
    shares: bool


def _charts(app: AppTest) -> Drawn | None:
    """What is drawn; None where the tab is closed."""
    protos: list[Any] = [one.proto for one in app.get("bidi_component")]
    data = next((json.loads(one.json) for one in protos if one.component_name == "edgecase_distributions"), None)
    if data is None:
        return None
    names = [part["name"] for part in data["parts"]]
    counts = {
        chart["column"]: {
            name: {bar: n for bar, n in zip(chart["bars"], each, strict=True) if n}
            for name, each in zip(names, chart["counts"], strict=True)
        }
        for chart in data["charts"]
    }
    return Drawn({part["name"]: part["total"] for part in data["parts"]}, counts, data["shares"])


@pytest.mark.parametrize("tab", ["images", "distributions", "table"])
def test_only_the_open_tab_is_drawn(tab: str, opened: Opener, workspace: Workspace) -> None:
    app = opened(workspace, history=APPLES, open_tab=tab)
    assert "20 selected" in _said(app)
    assert "**90% correct** here by v1" in _said(app)
    there = {"images": "What sets these apart…" in [button.label for button in app.button]}
    there |= {"distributions": _charts(app) is not None, "table": len(app.dataframe) > 0}
    assert [name for name, drawn in there.items() if drawn] == [tab]


def test_the_tab_that_is_open_outlives_other_pages(opened: Opener, workspace: Workspace) -> None:
    app = opened(workspace, open_tab="table")
    _fine(app.switch_page("dataset.py").run())
    _fine(app.switch_page("map.py").run())
    assert len(app.dataframe) == 1


def test_charts_tell_all_shown_and_selected_apart(opened: Opener, workspace: Workspace) -> None:
    """Counted as pandas counts the sample table; label, error, confidence and a signal at first."""
    frame = workspace.samples
    state = {"filter_columns": ["camera"], "filter camera": ["left"]}
    drawn = _charts(opened(workspace, history=APPLES, open_tab="distributions", **state))
    assert drawn
    left = frame["camera"] == "left"
    assert drawn.totals == {"all": 60, "shown": left.sum(), "selected": 20}
    assert list(drawn.counts) == ["label", "v1.outcome", "v1.confidence", "neighbor_distance"]
    for part, rows in (("all", frame), ("shown", frame[left]), ("selected", frame.iloc[:20])):
        for column in ("label", "v1.outcome"):
            assert drawn.counts[column][part] == rows[column].value_counts().to_dict()
        assert sum(drawn.counts["v1.confidence"][part].values()) == len(rows)
    assert drawn.shares


def test_two_selections_are_compared(opened: Opener, workspace: Workspace) -> None:
    app = _press(opened(workspace, history=APPLES, open_tab="distributions"), "Keep as A")
    app.session_state["history"] = ((), (Stroke("replace", "lasso", rows=(0, 30, 50)),))
    drawn = _charts(_fine(app.run()))
    assert drawn
    assert drawn.totals == {"all": 60, "A": 20, "B: selected": 3}
    assert drawn.counts["label"]["A"] == {"apple": 20}
    assert drawn.counts["label"]["B: selected"] == {"apple": 1, "leaf": 1, "sky": 1}
    drawn = _charts(_press(app, "Forget A"))
    assert drawn
    assert drawn.totals == {"all": 60, "selected": 3}


def test_without_a_selection_charts_show_counts(opened: Opener, workspace: Workspace) -> None:
    drawn = _charts(opened(workspace, open_tab="distributions"))
    assert drawn
    assert (drawn.totals, drawn.shares) == ({"all": 60}, False)


def test_what_a_search_found_is_charted_and_listed(opened: Opener, clip_workspace: Workspace) -> None:
    app = opened(clip_workspace, open_tab="distributions")
    app.text_input(key="query").set_value("a leaf").run()
    drawn = _charts(_fine(app))
    assert drawn
    assert drawn.totals == {"all": 60, "found": 50}
    app.session_state["open_tab"] = "table"
    assert len(_fine(app.run()).dataframe[0].value) == 50
    assert len(_press(app, "Close search").dataframe[0].value) == 60


def test_other_columns_can_be_chosen_and_follow_the_model(opened: Opener, workspace: Workspace) -> None:
    app = opened(workspace, open_tab="distributions")
    app.multiselect(key="charted").set_value(["weight", "v1.outcome"]).run()
    app.session_state["model"] = "v2"
    drawn = _charts(_fine(app.run()))
    assert drawn
    assert drawn.counts["v2.outcome"]["all"] == workspace.samples["v2.outcome"].value_counts().to_dict()
    assert list(drawn.counts) == ["weight", "v2.outcome"]
    assert _charts(_fine(app.multiselect(key="charted").set_value([]).run())) is None


@pytest.fixture(scope="module")
def dated(source: Source, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The images of `source`, one taken every week from the first of January 2024 on."""
    folder = tmp_path_factory.mktemp("dated")
    frame = pd.read_csv(source.table)
    frame["image"] = [str(source.images / image) for image in frame["image"]]
    frame["taken"] = pd.date_range("2024-01-01", periods=len(frame), freq="7D").astype(str)
    frame.to_csv(folder / "dated.csv", index=False)
    vectors = pd.read_parquet(source.vectors)["vector"]
    np.save(folder / "v.npy", np.stack(vectors.tolist()))
    return explorer.build(folder / "dated.csv", folder / "ws", vectors=folder / "v.npy")


def test_a_range_of_times_is_a_filter_that_the_sidebar_shows_and_lifts(opened: Opener, dated: Workspace) -> None:
    bars = View(dated).images.bars("taken")
    assert isinstance(bars.column, Times)
    february = filter_of(bars, [1])
    assert february == During("taken", "2024-02", "2024-03")
    value = {"since": "2024-02", "until": "2024-03"}
    app = opened(dated, **{"filter_columns": ["taken"], "filter taken": value})
    assert "4 of 60 points shown" in _said(app)
    assert [one.value for one in app.date_input] == [date(2024, 2, 1), date(2024, 2, 29)]
    assert "60 of 60 points shown" in _said(_press(app, "taken: any time"))
    assert app.session_state["filter_columns"] == []


def test_times_of_many_days_are_filtered_by_the_first_and_the_last_day(opened: Opener, dated: Workspace) -> None:
    app = opened(dated, filter_columns=["taken"])
    assert "60 of 60 points shown" in _said(app)
    first, last = app.date_input
    first.set_value(date(2024, 1, 8))
    app = _fine(last.set_value(date(2024, 1, 22)).run())
    assert app.session_state["filter taken"] == {"since": "2024-01-08", "until": "2024-01-23"}
    assert "3 of 60 points shown" in _said(app)
    for place in (0, 1):
        app = _fine(app.date_input[place].set_value(None).run())
    assert app.session_state["filter taken"] is None
    assert "60 of 60 points shown" in _said(app)


def test_times_of_many_days_colour_the_map_and_group_nothing(opened: Opener, dated: Workspace) -> None:
    points, models = View(dated).images, ["v1", "v2"]
    assert "taken" in points.colourings("v1", models)
    assert "taken" not in {
        *points.dividing("v1", models),
        *points.explaining("v1", models),
        *points.grouping("v1", models),
    }
    app = opened(dated, colour="taken")
    assert app.session_state["colour"] == "taken"


def test_the_first_columns_of_the_table_differ_from_row_to_row(opened: Opener, workspace: Workspace) -> None:
    app = opened(workspace, open_tab="table")
    assert workspace.samples[app.session_state["tabled"]].nunique().min() > 1


def test_the_table_lists_the_selection_the_surest_mistakes_first(opened: Opener, workspace: Workspace) -> None:
    frame = workspace.samples.iloc[:20]
    (listed,) = [one.value for one in opened(workspace, history=APPLES, open_tab="table").dataframe]
    wrong = frame[frame["v1.outcome"] == "wrong"].sort_values("v1.confidence", ascending=False)
    assert listed["id"].tolist()[: len(wrong)] == wrong.index.tolist()
    assert set(listed["id"]) == set(frame.index)
    assert listed["1"].tolist()[: len(wrong)] == ["wrong"] * len(wrong)
    rows = [workspace.ids.index(each) for each in listed["id"]]
    for picture, row in zip(listed["picture"], rows, strict=True):
        assert picture.startswith("/edgecase/")
        assert picture.endswith(f"/{row}?size=96")


@pytest.mark.parametrize(("column", "falling"), [("weight", False), ("weight", True), ("label", True)])
def test_all_rows_are_sorted(column: str, falling: bool, opened: Opener, workspace: Workspace) -> None:  # noqa: FBT001
    app = opened(workspace, open_tab="table", tabled=["weight", "label", "filepath"])
    app.selectbox(key="sorted_by").set_value(column).run()
    app.toggle(key="falling").set_value(falling).run()
    values = _fine(app).dataframe[0].value[str(["weight", "label"].index(column))].tolist()
    assert values == sorted(workspace.samples[column], reverse=falling)
    assert "Nothing is selected: these are all points that the map shows" in _said(app)


def test_a_long_table_says_how_much_of_it_is_listed(
    opened: Opener, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "MOST_ROWS", 25)
    app = opened(workspace, open_tab="table", tabled=["weight"], sorted_by="weight")
    listed = app.dataframe[0].value["0"].tolist()
    assert listed == sorted(workspace.samples["weight"])[:25]
    assert "The first 25 of 60, as sorted above; the CSV file has all." in _said(app)


def test_the_file_has_all_rows_and_runs_nothing_in_a_spreadsheet(source: Source, tmp_path: Path) -> None:
    frame = pd.read_csv(source.table)
    frame["image"] = [str(source.images / image) for image in frame["image"]]
    frame["label"] = frame["label"].replace("sky", "=1+1")
    frame.to_csv(tmp_path / "t.csv", index=False)
    np.save(tmp_path / "v.npy", np.stack(pd.read_parquet(source.vectors)["vector"].tolist()))
    points = View(explorer.build(tmp_path / "t.csv", tmp_path / "ws", vectors=tmp_path / "v.npy")).images
    rows = np.arange(59, -1, -1)
    written = pd.read_csv(io.BytesIO(table._csv(rows, points, ("label", "v1.confidence"))))
    assert written.columns.tolist() == ["id", "label", "v1.confidence"]
    assert written["id"].tolist() == points.space.ids_of(rows)
    assert written["label"].tolist() == ["'=1+1"] * 20 + ["leaf"] * 20 + ["apple"] * 20
    assert written["v1.confidence"].tolist() == frame["v1.confidence"].tolist()[::-1]


def _subset(workspace: Workspace, name: str, *rows: int) -> str:
    members = [Member(workspace.ids[row], "lasso") for row in rows]
    return workspace.decisions.create_subset(name, author="Ada", members=members).key


def test_the_panel_says_what_the_selection_is_part_of(opened: Opener, workspace: Workspace) -> None:
    _subset(workspace, "dusk", *range(5, 40))
    _subset(workspace, "glare", 0)
    _subset(workspace, "elsewhere", 50)
    said = _said(opened(workspace, history=APPLES))
    assert "15 of 20 are in **dusk**" in said
    assert "1 of 20 is in **glare**" in said
    assert said.index("dusk") < said.index("glare")
    assert "elsewhere" not in said
    within = ((), (Stroke("replace", "lasso", rows=(6, 7, 8)),))
    assert "All 3 are in **dusk**" in _said(opened(workspace, history=within))


def test_many_subsets_are_counted(opened: Opener, workspace: Workspace) -> None:
    for number in range(5):
        _subset(workspace, f"subset {number}", *range(number + 1))
    said = _said(opened(workspace, history=APPLES))
    assert [f"in **subset {number}**" in said for number in range(5)] == [False, False, True, True, True]
    assert "Some are in 2 more: see the Subsets page." in said


def test_from_the_selection_to_growing_its_subset(opened: Opener, workspace: Workspace) -> None:
    key = _subset(workspace, "dusk", 0, 1)
    _subset(workspace, "newer", 40)
    app = _press(opened(workspace, history=APPLES), "Grow")
    assert app.session_state["subset"] == key
    assert "2 members, 0 rejected so far" in _said(app)


def test_what_was_tagged_is_undone_beside_the_map(opened: Opener, workspace: Workspace) -> None:
    _subset(workspace, "dusk", 0, 1)
    app = _press(opened(workspace, history=APPLES, author="Ada"), "Undo")
    assert workspace.subsets() == []
    assert "dusk" not in _said(app)
    assert "20 selected" in _said(app)


def test_the_members_are_exported_beside_the_map(opened: Opener, workspace: Workspace) -> None:
    _subset(workspace, "dusk & dawn", 0, 1)
    app = opened(workspace, history=APPLES)
    downloads: list[Any] = [one.proto.label for one in app.get("download_button")]
    assert downloads == ["Export"]
