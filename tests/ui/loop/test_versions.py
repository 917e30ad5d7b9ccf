"""Model versions on the Loop page: what it says, what it leads to, and what it says where something is missing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

import explorer
from explorer.data.subsets import Member
from explorer.data.verdicts import Protocol, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.store.workspace import Workspace
    from tests.conftest import Source

    Opener = Callable[[Workspace], AppTest]

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opener:
    """The Loop page of a workspace, at its model versions."""

    def at(workspace: Workspace) -> AppTest:
        monkeypatch.setattr(sys, "argv", ["main.py", str(workspace.path)])
        app = AppTest.from_file(MAIN, default_timeout=60)
        app.session_state["loop_part"] = "Model versions"
        return _fine(app.run().switch_page("loop.py").run())

    return at


def _fine(app: AppTest) -> AppTest:
    assert [error.message for error in app.exception] == []
    assert [error.value for error in app.error] == []
    return app


def _said(app: AppTest) -> str:
    return "\n".join(str(one.value) for kind in ("markdown", "caption", "info") for one in getattr(app, kind))


def _compared(app: AppTest, before: str, after: str) -> AppTest:
    app.selectbox(key="version_before").set_value(before).run()
    return _fine(app.selectbox(key="version_after").set_value(after).run())


def _table(app: AppTest, title: str) -> pd.DataFrame:
    (found,) = [one.value for one in app.dataframe if next(iter(one.value)) == title]
    return found


def test_the_subset_is_told_with_both_rates_and_the_change(opened: Opener, dusk_built: Workspace) -> None:
    app = _compared(opened(dusk_built), "v1", "v2")
    assert "**v2** is correct on **81.4%** (75% to 86%) of 199 images, **v1** on **70.4%**" in _said(app)
    assert "McNemar's exact p that both are equally good: 0.0013." in _said(app)
    rows = _table(app, "Subset").set_index("Subset")
    dusk = dict(rows.loc["dusk"])
    assert [dusk[name] for name in ("Images", "Before", "After", "Fixed", "Regressed")] == [
        *(100, "41% (32% to 51%)", "63% (53% to 72%)", 33, 11),
    ]
    assert dusk["Change"] == pytest.approx(22)
    assert rows.loc["few", "Interval"] == "too few to say"
    assert _table(app, "Category")["Category"].tolist() == ["light"]
    assert _table(app, "Segment")["Segment"].iloc[0] == "light dusk"


def test_what_a_reviewer_puts_into_a_category_counts_at_once(opened: Opener, dusk_workspace: Workspace) -> None:
    ids = dusk_workspace.ids
    dusk_workspace.rounds.start(Protocol("round", ids, ("Bo",)), author="Ada")
    key, now = dusk_workspace.rounds.find("round").key, dusk_workspace.rounds.find("round").started_at
    app = opened(dusk_workspace)
    before = dict(_table(app, "Category").set_index("Category").loc["light"])["Images"]
    said = [Verdict(key, each, "Bo", "incorrect", now, categories=("light",)) for each in ids[100:120]]
    dusk_workspace.verdicts.give("round", said, author="Bo")
    rows = _table(_fine(app.run()), "Category").set_index("Category")
    assert rows.loc["light", "Images"] == before + 20


def test_how_many_of_a_category_do_not_count_is_said(opened: Opener, workspace: Workspace) -> None:
    """Fifteen of the twenty apples are in the training split; one of two categories has none of these."""
    apples = [each for each in workspace.ids if each.startswith("apple")]
    for name, ids in (("fruit", apples), ("fresh", apples[::4])):
        members = [Member(each, "ids") for each in ids]
        workspace.decisions.create_subset(name, author="Ada", category=name, members=members)
    rows = _table(opened(workspace), "Category").set_index("Category")
    assert rows["Left out"].to_dict() == {"fruit": 15, "fresh": 0}
    assert rows["Images"].to_dict() == {"fruit": 5, "fresh": 5}
    assert "Left out" not in _table(opened(workspace), "Subset")


def test_the_last_two_are_compared_at_first(opened: Opener, dusk_built: Workspace) -> None:
    app = opened(dusk_built)
    assert [app.selectbox(key=f"version_{end}").value for end in ("before", "after")] == ["v2", "v3"]


@pytest.mark.parametrize(("name", "many"), [("fixed", 33), ("regressed", 11)])
def test_what_changed_is_shown_on_the_map_in_its_colour(
    name: str, many: int, opened: Opener, dusk_built: Workspace
) -> None:
    app = _compared(opened(dusk_built), "v1", "v2")
    app.selectbox(key="version_part").set_value("subset=dusk").run()
    app = _fine(app.button(key=f"show {name}").click().run())
    assert f"{many} selected" in _said(app)
    assert (app.session_state["model"], app.session_state["colour"]) == ("v2", "v1 → v2")
    rows = app.session_state["history"][-1][-1].rows
    assert set(dusk_built.samples["v1 → v2"].iloc[list(rows)]) == {name}


def test_boxes_are_shown_at_the_thresholds_at_which_they_are_found(opened: Opener, boxes_built: Workspace) -> None:
    app = opened(boxes_built)
    assert "**v2** finds **90.3%**" in _said(app)
    assert "Too few to say which is better (12 images)" in _said(app)
    assert "False alarms: 1 before, 1 after." in _said(app)
    app = _fine(app.button(key="show fixed").click().run())
    assert (app.session_state["model"], app.session_state["colour"]) == ("v2", "v2.outcome")
    assert app.session_state["space"] == "label"
    rows = list(app.session_state["history"][-1][-1].rows)
    assert boxes_built.sample_ids(boxes_built.box_spaces[0]).index[rows].tolist() == ["gt:2", "gt:3"]


def test_without_a_subset_the_page_says_how_to_make_one(opened: Opener, built: Workspace) -> None:
    assert "No subset yet" in _said(opened(built))


def _with_models(source: Source, folder: Path, *models: str) -> Workspace:
    folder.mkdir()
    table = pd.read_csv(source.table)[["image", "label", *(f"{model}.prediction" for model in models)]]
    table["image"] = [str(source.images / image) for image in table["image"]]
    table.to_csv(folder / "table.csv", index=False)
    np.save(folder / "v.npy", np.stack(pd.read_parquet(source.vectors)["vector"].tolist()))
    return explorer.build(folder / "table.csv", folder / "ws", vectors=folder / "v.npy")


def test_with_one_model_or_none_the_page_says_what_to_add(opened: Opener, source: Source, tmp_path: Path) -> None:
    assert "One model so far, v1. Add predictions" in _said(opened(_with_models(source, tmp_path / "one", "v1")))
    assert "No model yet. Add predictions" in _said(opened(_with_models(source, tmp_path / "none")))
