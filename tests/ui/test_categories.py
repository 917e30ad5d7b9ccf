"""The categories on the Subsets page: their list, one of them, and every dialog."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from streamlit.testing.v1 import AppTest

import explorer
from explorer.store.decisions.subsets import Member

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.store.workspace import Workspace

    Opener = Callable[..., AppTest]

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opener:
    """Open the categories of a workspace, with some of the session's state set beforehand."""

    def at(workspace: Workspace, **state: object) -> AppTest:
        monkeypatch.setattr(sys, "argv", ["main.py", str(workspace.path)])
        app = AppTest.from_file(MAIN, default_timeout=60)
        for key, value in {"author": "Ada", "subsets_part": "Categories", **state}.items():
            app.session_state[key] = value
        app.run()
        return fine(app.switch_page("subsets.py").run())

    return at


def fine(app: AppTest) -> AppTest:
    assert [error.message for error in app.exception] == []
    assert [error.value for error in app.error] == []
    return app


def said(app: AppTest) -> str:
    kinds = ("markdown", "caption", "info", "warning", "text")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind)).replace("\\", "")


def press(app: AppTest, label: str) -> AppTest:
    (button,) = [button for button in app.button if button.label.startswith(label)]
    return button.click().run()


def in_dialog(app: AppTest, opener: str, last: str, **values: Any) -> AppTest:
    """Fill a dialog and press its last button; AppTest runs whole pages, so its opener is pressed again each time."""
    press(app, opener)
    kinds = ("text_input", "text_area", "selectbox", "number_input")
    for start, value in values.items():
        (widget,) = [one for kind in kinds for one in getattr(app, kind) if str(one.key).startswith(f"{start} of ")]
        widget.set_value(value)
        press(app, opener)
    (button,) = [button for button in app.button if button.label.startswith(opener)]
    button.click()
    return press(app, last)


def tag(workspace: Workspace, name: str, category: str, *rows: int) -> None:
    members = [Member(workspace.ids[row], "ids") for row in rows]
    workspace.decisions.create_subset(name, author="Ada", category=category, members=members)


def test_without_categories_the_page_says_how_to_begin(opened: Opener, workspace: Workspace) -> None:
    app = opened(workspace)
    assert "No categories yet" in said(app)
    fine(in_dialog(app, "From a template", "Add 13 categories"))
    assert len(workspace.categories.all()) == 13
    assert workspace.categories.find("Occlusion").level == "scene"


def test_the_list_says_how_far_each_is_covered_and_what_fixing_it_gains(opened: Opener, workspace: Workspace) -> None:
    """v1 is wrong on rows 0 and 10; of the first four rows all but the first are in the training split."""
    tag(workspace, "apples", "Red", 0, 1, 2, 3)
    workspace.categories.add("Gone", author="Ada", criterion="Was here.")
    workspace.categories.retire("Gone", author="Ada", reason="Solved")
    (table,) = opened(workspace).dataframe
    assert table.value["Ceiling"].dropna().to_dict() == {0: 50.0}
    rows = table.value.to_dict("records")
    assert [(row["Category"], row["Examples"], row["Covered"], row["Status"]) for row in rows] == [
        ("Red", "1 of 20", 0.05, "open"),
        ("Gone", "0 of 20", 0.0, "retired"),
    ]


def test_a_category_is_added_with_all_that_can_be_said(opened: Opener, workspace: Workspace) -> None:
    app = in_dialog(
        opened(workspace),
        "Add a category",
        "Save",
        name="Glare",
        criterion="Low sun.",
        level="pixel",
        priority="high",
        target=40,
        severity="High on signs",
        where="split=test\n\ncamera=right",
        status="accepted",
        rationale="Rare",
        trigger="Sun below 15 degrees",
        requirements="R1\nR2",
    )
    fine(app)
    found = workspace.categories.find("Glare")
    assert (found.criterion, found.level, found.priority, found.target) == ("Low sun.", "pixel", "high", 40)
    assert (found.where, found.requirements) == (("split=test", "camera=right"), ("R1", "R2"))
    assert (found.status, found.rationale, found.trigger) == ("accepted", "Rare", "Sun below 15 degrees")
    assert found.created_by == "Ada"
    assert "Low sun." in said(app)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": "Dark", "where": "lux<3"}, "no column 'lux'"),
        ({"name": " "}, "Expected a name of 1 to 200"),
        ({"name": "Dark", "status": "accepted"}, "Expected a rationale"),
    ],
)
def test_what_cannot_be_is_said_in_the_dialog(
    opened: Opener, workspace: Workspace, values: dict[str, str], message: str
) -> None:
    app = in_dialog(opened(workspace), "Add a category", "Save", **values)
    assert [error.message for error in app.exception] == []
    assert message in app.error[0].value.replace("\\", "")
    assert workspace.categories.all() == []


def test_what_a_subset_names_is_described_by_editing_it(opened: Opener, workspace: Workspace) -> None:
    tag(workspace, "apples", "Red", 0, 1)
    key = workspace.categories.find("Red").key
    app = opened(workspace, category=key)
    assert "No criterion yet" in said(app)
    assert "Fixing its examples removes at most 50% of the errors (1 of 2)." in said(app)
    fine(in_dialog(app, "Edit", "Save", criterion="It is red.", name="Reddish"))
    found = workspace.categories.find(key)
    assert (found.name, found.criterion, found.former) == ("Reddish", "It is red.", ("Red",))
    assert "Of apples" in said(app)


def test_retiring_wants_a_reason_and_is_taken_back(opened: Opener, workspace: Workspace) -> None:
    key = workspace.categories.add("Glare", author="Ada").key
    app = opened(workspace, category=key)
    press(app, "Retire…")
    (last,) = [button for button in app.button if button.label == "Retire"]
    (opener,) = [button for button in app.button if button.label == "Retire…"]
    opener.click()
    last.click().run()
    assert app.error[0].value.startswith("Expected a reason for retiring")
    press(app, "Retire…")
    (reason,) = [one for one in app.text_input if str(one.key).startswith("reason of")]
    reason.set_value("Solved")
    press(app, "Retire…")
    next(button for button in app.button if button.label == "Retire…").click()
    (last,) = [button for button in app.button if button.label == "Retire"]
    fine(last.click().run())
    assert workspace.categories.find(key).retired == "Solved"
    assert "Retired: Solved" in said(app)
    fine(press(app, "Restore"))
    assert workspace.categories.find(key).retired == ""
    (undo,) = [button for button in app.button if button.key == "category Undo"]
    fine(undo.click().run())
    assert workspace.categories.find(key).retired == "Solved"


def test_examples_and_candidates_are_shown_on_the_map(opened: Opener, workspace: Workspace) -> None:
    tag(workspace, "apples", "Red", 0, 1)
    key = workspace.categories.edit("Red", author="Ada", where=["label=apple"]).key
    assert "2 selected" in said(fine(press(opened(workspace, category=key), "Show 2 examples")))
    assert "18 selected" in said(fine(press(opened(workspace, category=key), "Show candidates")))


def test_a_rule_that_the_build_cannot_answer_says_so(opened: Opener, workspace: Workspace) -> None:
    key = workspace.categories.add("Dark", author="Ada", where=["lux<3"]).key
    app = press(opened(workspace, category=key), "Show candidates")
    assert "no column 'lux'" in app.error[0].value.replace("\\", "")


def test_tagging_offers_the_categories_in_use(opened: Opener, workspace: Workspace) -> None:
    workspace.categories.add("Glare", author="Ada")
    workspace.categories.add("Lighting", author="Ada")
    workspace.categories.retire("Lighting", author="Ada", reason="Too wide")
    tag(workspace, "apples", "", 0)
    app = opened(workspace, subset=workspace.subset("apples").key)
    press(app, "Edit")
    (choice,) = [one for one in app.selectbox if str(one.key).startswith("category of")]
    assert choice.options[0] == "Glare"
    assert "Lighting" not in choice.options
    assert "Occlusion" in choice.options


def test_the_examples_say_where_they_come_from_and_which_count(opened: Opener, workspace: Workspace) -> None:
    """Of the twenty apples every fourth is in the test split; the others are in training."""
    tag(workspace, "apples", "fruit", *range(20))
    key = workspace.categories.find("fruit").key
    app = opened(workspace, category=key)
    app = fine(app.toggle(key=f"hygiene of {key}").set_value(True).run())
    assert "5 of 20 examples count. Judged before: never." in said(app).replace("**", "")
    frame = app.dataframe[1].value
    assert frame["Counts"].tolist() == [True] * 5 + [False] * 15
    assert set(frame["Why not"]) == {"", "in the training split"}
    assert set(frame["Found by"]) == {"List of ids"}
    assert "Ada created" in said(app)
