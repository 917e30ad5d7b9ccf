"""The Grow page: what was checked stays until it is decided on, and only what was in view is rejected with the rest."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

import explorer
from explorer.store.decisions.subsets import Member
from explorer.subsets.selection import Stroke
from explorer.ui.session.checks import Checks

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.testing.v1.element_tree import Button

    from explorer.store.workspace import Workspace

    Opener = Callable[..., AppTest]

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"


@pytest.fixture
def subset(workspace: Workspace) -> str:
    """Three red ones of a class of twenty."""
    members = [Member(each, "lasso") for each in workspace.ids[:3]]
    return workspace.decisions.create_subset("red", author="Ada", members=members).key


@pytest.fixture
def grow(workspace: Workspace, subset: str, monkeypatch: pytest.MonkeyPatch) -> Opener:
    """The page with some candidates checked and some in view, by their ids."""

    def opened(checked: tuple[str, ...] = (), seen: tuple[str, ...] = (), **state: object) -> AppTest:
        monkeypatch.setattr(sys, "argv", ["main.py", str(workspace.path)])
        app = AppTest.from_file(MAIN, default_timeout=60)
        app.session_state["author"] = "Ada"
        app.session_state["subset"], app.session_state["subset_tab"] = subset, "Grow"
        app.session_state["checks"] = {
            f"candidates {subset}": Checks("image", frozenset(checked), frozenset([*checked, *seen]))
        }
        for key, value in state.items():
            app.session_state[key] = value
        app.run()
        return _fine(app.switch_page("subsets.py").run())

    return opened


def _fine(app: AppTest) -> AppTest:
    assert [(error.message, error.stack_trace) for error in app.exception] == []
    assert [error.value for error in app.error] == []
    return app


def _button(app: AppTest, label: str) -> Button:
    (found,) = [button for button in app.button if button.label == label]
    return found


def _said(app: AppTest) -> str:
    return "\n".join(str(one.value) for kind in ("markdown", "caption") for one in getattr(app, kind))


def test_accepting_the_checked_rejects_only_what_was_in_view_as_one_decision(
    grow: Opener, workspace: Workspace
) -> None:
    """Taken back by one undo."""
    red = workspace.ids
    before = workspace.decisions.state().sequence
    app = grow(red[4:6], red[6:9])
    app = _fine(_button(app, "Accept checked, reject other 3").click().run())
    event = workspace.decisions.history()[0]
    assert (event.kind, event.sequence) == ("judged", before + 1)
    now = workspace.subset("red")
    assert set(now.ids) == {*red[:3], *red[4:6]}
    assert set(now.rejected) == set(red[6:9])
    assert _button(app, "Accept checked").disabled
    app = _fine(_button(app, "Undo").click().run())
    now = workspace.subset("red")
    assert (set(now.ids), set(now.rejected)) == (set(red[:3]), set())


def test_without_a_candidate_in_view_nothing_is_rejected_with_the_rest(grow: Opener, workspace: Workspace) -> None:
    assert _button(grow(workspace.ids[4:6]), "Accept checked, reject other 0").disabled


def test_checks_stay_over_a_threshold_and_over_other_pages(grow: Opener, workspace: Workspace) -> None:
    """What the threshold hides stays checked, and is not acted upon meanwhile."""
    app = grow((workspace.ids[4], workspace.ids[45]))
    assert _button(app, "Accept 2 checked")
    (slider,) = [each for each in app.slider if each.label.startswith("Propose from")]
    app = _fine(slider.set_value((slider.min + slider.max) / 3).run())
    assert _button(app, "Accept 1 checked")
    assert "1 more that you checked are not proposed now" in _said(app)
    app = _fine(app.switch_page("dataset.py").run())
    app = _fine(app.switch_page("subsets.py").run())
    assert _button(app, "Accept 2 checked")
    app = _fine(_button(app, "Accept 2 checked").click().run())
    assert {workspace.ids[4], workspace.ids[45]} < set(workspace.subset("red").ids)
    assert _button(app, "Accept checked").disabled


def test_checks_are_cleared_at_once(grow: Opener, workspace: Workspace) -> None:
    app = grow(workspace.ids[4:6])
    app = _fine(app.button(key="uncheck all").click().run())
    assert _button(app, "Accept checked").disabled
    assert workspace.subset("red").ids == workspace.ids[:3]


@pytest.mark.parametrize(("verb", "member"), [("Accept", True), ("Reject", False)])
def test_a_candidate_shown_large_is_decided_on_and_the_next_one_comes(
    verb: str,
    member: bool,  # noqa: FBT001
    grow: Opener,
    workspace: Workspace,
) -> None:
    """The selection of the map, which one does not see here, stays what it is."""
    picked = ((), (Stroke("replace", "thumbnail", rows=(30,)),))
    app = grow(opened=("image", 5, (4, 5, 6)), history=picked)
    labels = [button.label for button in app.button]
    assert not {"Select", "Selected", "Add to selection"} & set(labels)
    (button,) = [button for button in app.button if button.label == verb]
    app = _fine(button.click().run())
    assert app.session_state["opened"][1:] == (6, (4, 5, 6))
    assert app.session_state["history"] == picked
    now = workspace.subset("red")
    assert (workspace.ids[5] in now.members, workspace.ids[5] in now.rejected) == (member, not member)
    if member:
        assert now.members[workspace.ids[5]].origin == "grown"
    assert f"red: {4 if member else 3} members, {0 if member else 1} rejected" in _said(app)


def test_after_the_last_candidate_the_page_comes_back(grow: Opener) -> None:
    app = grow(opened=("image", 5, (0, 5, 1)))
    (button,) = [button for button in app.button if button.label == "Reject"]
    app = _fine(button.click().run())
    assert app.session_state["opened"] is None


def test_a_member_shown_large_is_not_proposed_again(grow: Opener) -> None:
    assert "A member already" in _said(grow(opened=("image", 1, (0, 1))))


@pytest.mark.parametrize("page", ["subsets.py", "loop.py"])
def test_elsewhere_the_large_view_selects_on_the_map_where_it_is_seen(page: str, grow: Opener) -> None:
    app = grow()
    app.session_state["subset_tab"] = "Images"
    app.session_state["opened"] = ("image", 7, ())
    app = _fine(app.switch_page(page).run())
    app = _fine(_button(app, "Show on the map").click().run())
    assert "1 selected" in _said(app)
    assert app.session_state["opened"] is None
