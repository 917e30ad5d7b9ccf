"""What a search found, narrowed by count and by similarity, and asked again by examples and by an image."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import explorer
from explorer.actions.search import like_text
from explorer.subsets.selection import Stroke
from explorer.ui.map.search_results import asked
from explorer.ui.session.checks import Checks
from explorer.ui.session.search import Search

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.store.workspace import Workspace

    Opener = Callable[..., AppTest]

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Opener:
    """The map of a workspace, with some of the session's state set beforehand."""

    def opened(workspace: Workspace, **state: object) -> AppTest:
        monkeypatch.setattr(sys, "argv", ["main.py", str(workspace.path)])
        app = AppTest.from_file(MAIN, default_timeout=60)
        for key, value in state.items():
            app.session_state[key] = value
        return _fine(app.run())

    return opened


def _fine(app: AppTest) -> AppTest:
    assert [(error.message, error.stack_trace) for error in app.exception] == []
    assert [error.value for error in app.error] == []
    return app


def _press(app: AppTest, label: str) -> AppTest:
    (button,) = [button for button in app.button if button.label == label]
    return _fine(button.click().run())


def _labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


FOUND = Search("“words”", "image", tuple(range(10)), tuple(np.linspace(0.9, 0.45, 10).tolist()))


def test_a_count_and_a_similarity_end_the_list(at: Opener, workspace: Workspace) -> None:
    """Of 0.9, 0.85 … 0.45 seven are at least 0.6."""
    app = at(workspace, search=FOUND)
    assert "Select these 10" in _labels(app)
    app = _fine(app.slider(key="search_least").set_value(0.6).run())
    assert "Select these 7" in _labels(app)
    assert "7 of the 10 nearest reach the threshold." in [caption.value for caption in app.caption]
    app = _fine(app.number_input(key="search_count").set_value(4).run())
    assert "Select these 4" in _labels(app)
    app = _press(app, "Select these 4")
    assert app.session_state["history"][-1][0].rows == (0, 1, 2, 3)


def test_the_count_stays_for_the_next_search_and_the_threshold_begins_anew(
    at: Opener, clip_workspace: Workspace
) -> None:
    app = at(clip_workspace, search=FOUND, search_count=7)
    app = _fine(app.slider(key="search_least").set_value(0.9).run())
    assert "Select these 1" in _labels(app)
    app = _fine(app.text_input(key="query").set_value("a leaf").run())
    assert "Select these 7" in _labels(app)
    rows = [clip_workspace.ids.index(hit.id) for hit in like_text(clip_workspace, "a leaf", 60).hits]
    assert app.session_state["search"].rows == tuple(rows)


def _checked(rows: tuple[int, ...], workspace: Workspace, found: Search) -> dict[str, Checks]:
    return {"search": Checks(asked(found), frozenset(workspace.ids[row] for row in rows))}


def test_more_like_the_checked_ones_and_less_like_others(at: Opener, workspace: Workspace) -> None:
    """Apples are rows 0 to 19, leaves 20 to 39; the second question keeps what the first one said."""
    found = Search("“words”", "image", (0, 25, 45, 50), (0.9, 0.8, 0.7, 0.6))
    app = at(workspace, search=found, search_count=60, checks=_checked((25,), workspace, found))
    app = _press(app, "More like this one")
    now = app.session_state["search"]
    assert (now.more, now.less) == ((25,), ())
    assert set(now.rows[:20]) == set(range(20, 40))
    assert any("the 1 image you checked" in str(element.value) for element in app.markdown)
    app.session_state["checks"] = _checked((45, 3), workspace, now)
    app = _press(_fine(app.run()), "Less like these 2")
    now = app.session_state["search"]
    assert (now.more, sorted(now.less)) == ((25,), [3, 45])
    assert not {45, 3} & set(now.rows)
    assert set(now.rows[:20]) == set(range(20, 40))
    assert any("unlike 2 images" in str(element.value) for element in app.markdown)


def test_less_like_some_leaves_the_rest_of_what_is_shown_as_what_is_wanted(at: Opener, workspace: Workspace) -> None:
    found = Search("“words”", "image", (20, 21, 45), (0.9, 0.8, 0.7))
    app = _press(at(workspace, search=found, checks=_checked((45,), workspace, found)), "Less like this one")
    now = app.session_state["search"]
    assert (now.title, now.more, now.less) == ("“words”", (), (45,))
    assert set(now.rows[:20]) == set(range(20, 40))


def test_checked_images_of_a_selection_are_searched_for(at: Opener, workspace: Workspace) -> None:
    rows = tuple(range(60))
    app = at(workspace, history=((), (Stroke("replace", "thumbnail", "image", rows=rows),)))
    (about,) = [one.about for key, one in app.session_state["checks"].items() if key == "selection"]
    chosen = frozenset(workspace.ids[row] for row in (41, 47))
    app.session_state["checks"] = {"selection": Checks(about, chosen)}
    app = _press(_fine(app.run()), "Find more like 2 images")
    now = app.session_state["search"]
    assert sorted(now.more) == [41, 47]
    assert set(now.rows[:20]) == set(range(40, 60))


def test_that_nothing_is_like_it_is_said_above_what_is_nearest(at: Opener, demo: Workspace, tmp_path: Path) -> None:
    app = at(explorer.open_workspace(shutil.copytree(demo.path, tmp_path / "ws")))
    app = _fine(app.text_input(key="query").set_value("an X-ray of a knee").run())
    assert [warning.value.split("\\")[0] for warning in app.warning] == ["Nothing like it here"]
    assert "Select these 50" in _labels(app)
    app = _fine(app.text_input(key="query").set_value("a dress").run())
    assert list(app.warning) == []


def test_an_image_from_the_browser_is_searched_for_by_its_own_name(at: Opener, clip_workspace: Workspace) -> None:
    leaf = (clip_workspace.path.parent / clip_workspace.samples["filepath"].iloc[25]).read_bytes()
    app = at(clip_workspace, dropped=("../my leaf.png", leaf))
    now = app.session_state["search"]
    assert (now.title, now.rows[0]) == ("../my leaf.png", 25)
    assert now.similarities[0] == pytest.approx(1, abs=1e-4)
    assert app.session_state["dropped"] is None


def test_what_is_no_image_is_refused_by_the_name_it_came_with(at: Opener, clip_workspace: Workspace) -> None:
    app = at(clip_workspace)
    app.session_state["dropped"] = ("notes.png", b"no image at all")
    app = app.run()
    (error,) = app.error
    assert "The image notes.png cannot be used" in error.value.replace("\\", "")
    assert app.session_state["search"] is None


def test_own_vectors_cannot_be_searched_by_a_new_image(at: Opener, workspace: Workspace) -> None:
    app = at(workspace)
    assert any("needs a CLIP model" in caption.value for caption in app.caption)
    app.session_state["dropped"] = ("a.png", b"anything")
    (error,) = app.run().error
    assert "a new image needs a CLIP model" in error.value
    assert list(_fine(app.run()).error) == []
