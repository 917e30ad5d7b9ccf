"""Every button of every page and dialog is pressed once, as it is found there: nobody lists them, a new one is too."""

from __future__ import annotations

import re
import shutil
import sys
import time
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.testing.v1 import AppTest, local_script_runner

import explorer
from explorer.actions import jobs
from explorer.actions.add import add
from explorer.data.filters import OneOf
from explorer.store.decisions.subsets import Member
from explorer.subsets.rules import Rule, to_json
from explorer.subsets.selection import Stroke
from explorer.ui.session.search import Search
from tests.conftest import COLOURS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from streamlit.testing.v1.element_tree import Block, Button

    from explorer.store.workspace import Workspace
    from tests.conftest import Source

    Open = Callable[[], AppTest]
    Path_ = tuple[str, ...]

pytestmark = pytest.mark.slow

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"
PAGES = ("map.py", "findings.py", "subsets.py", "labels.py", "loop.py", "evaluate.py", "dataset.py")
DEEP = 3
"""So many presses, one after the other: what opens a dialog, what stands in it, what follows."""

PICKED = ((), (Stroke("replace", "thumbnail", "image", rows=tuple(range(0, 12, 2))),))
STATES: Mapping[str, Mapping[str, Any]] = {
    "as it opens": {},
    "selected and filtered": {"history": PICKED, "hidden": {"label": frozenset({"sky"})}},
    "its distributions": {"history": PICKED, "open_tab": "distributions", "compared": PICKED[1]},
    "its table": {"history": PICKED, "open_tab": "table"},
    "found": {"search": Search("words", "image", (0, 1, 2), (0.9, 0.8, 0.7))},
    "an image large": {"opened": ("image", 5, (4, 5, 6))},
    "a box large": {"opened": ("label", 5, (4, 5, 6))},
    "a view to save": {"saving": {}, "view_name": "kept"},
    "model versions": {"loop_part": "Model versions"},
    "new images": {"loop_part": "New images"},
}
PARTS = ("Images", "Grow", "History")
"""Of a subset that is looked at."""


@pytest.fixture(scope="module", params=["clip_built", "boxes_built"], ids=["images", "boxes"])
def full(request: pytest.FixtureRequest, source: Source, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace in which there is something of everything: subsets of all kinds, a batch, decisions to take back."""
    folder, built = tmp_path_factory.mktemp("full"), request.getfixturevalue(request.param)
    workspace = explorer.open_workspace(shutil.copytree(built.path, folder / "ws"))
    decisions, ids = workspace.decisions, workspace.ids
    for name in ("first", "second", "gone"):
        decisions.create_subset(name, author="Ada", members=[Member(each, "lasso") for each in ids[:3]])
    decisions.create_subset("live", author="Ada", rule=to_json(Rule((OneOf("split", frozenset({"test"})),))))
    decisions.delete_subset("gone", author="Ada")
    decisions.edit_subset("second", author="Ada", note="a note")
    decisions.undo("Ada")
    for name in ("Glare", "Fog"):
        workspace.categories.add(name, author="Ada", where=["split=test"])
    workspace.categories.undo("Ada")
    decisions.edit_subset("first", author="Ada", category="Glare")
    look: dict[str, Any] = {"widgets": {"colour": "split"}, "hidden": {}, "selection": [], "search": None, "zoom": {}}
    for name in ("kept", "other"):
        workspace.views.save(name, look, author="Ada")
    workspace.views.delete("other", author="Ada")
    workspace.views.undo("Ada")
    (folder / "new").mkdir()
    for label in COLOURS:
        shutil.copy(source.images / label / "01.png", folder / "new" / f"{label}.png")
    add(workspace, folder / "new", batch="new", false_alarm=0.5)
    return explorer.open_workspace(workspace.path)


def _sign(button: Button) -> str:
    """What a button is, whatever it counts."""
    return re.sub(r"[\d,.]+", "#", button.label) or str(button.key)


def _blocks(block: Any, kind: str) -> Iterator[Block]:
    for child in getattr(block, "children", {}).values():
        if child.type == kind:
            yield child
        yield from _blocks(child, kind)


def _dialog(app: AppTest) -> Block | None:
    return next(_blocks(app._tree, "dialog"), None)


def _buttons(app: AppTest) -> list[Button]:
    """What can be pressed: of an open dialog only its own buttons."""
    shown: list[Button] = list((_dialog(app) or app).get("button"))  # type: ignore[arg-type]
    return [button for button in shown if not button.disabled]


def _pressed(app: AppTest, sign: str) -> AppTest:
    """Press as a browser does: in a dialog only the dialog runs again, after what the press calls."""
    button = next(button for button in _buttons(app) if _sign(button) == sign)
    with pytest.MonkeyPatch.context() as patch:
        if _dialog(app) is not None:
            *_, fragment = app._fragment_storage._fragments  # that of the dialog is the newest
            patch.setattr(local_script_runner, "RerunData", partial(RerunData, fragment_id=fragment))
            pages = app._registered_pages  # which a server remembers, and AppTest forgets where only a part runs
            patch.setattr(PagesManager, "get_pages", lambda _: pages)
        button.click().run()
    return app


def _pressed_all(start: Open, seen: set[tuple[bool, str]]) -> list[tuple[Path_, str]]:
    """Press what is there and was not seen, and in dialogs what they hold; gives what was pressed and what failed."""
    waiting: list[Path_] = [()]
    failed: list[tuple[Path_, str]] = []
    while waiting:
        path = waiting.pop()
        app = start()
        for sign in path:
            app = _pressed(app, sign)
        failed += [(path, f"{error.message}\n{error.stack_trace}") for error in app.exception]
        inside = _dialog(app) is not None
        if len(path) < DEEP and (inside or not path):
            new = {_sign(button) for button in _buttons(app)} - {sign for where, sign in seen if where == inside}
            seen |= {(inside, sign) for sign in new}
            waiting += [(*path, sign) for sign in sorted(new)]
    return failed


@pytest.mark.parametrize(
    ("page", "state"),
    [("map.py", state) for state in STATES if state != "model versions"]
    + [("loop.py", "model versions"), ("loop.py", "new images")]
    + [(page, "an image large") for page in PAGES[1:]]
    + [(page, "as it opens") for page in PAGES[1:]]
    + [("subsets.py", part) for part in (*PARTS, "Categories")],
)
def test_every_button_works(
    page: str, state: str, full: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With nothing checked, and where something can be, with half of it checked."""
    monkeypatch.setattr(sys, "argv", sys.argv)
    copies = count()

    def copied(workspace: Path) -> Path:
        return shutil.copytree(workspace, tmp_path / f"copy{next(copies)}")

    def start(workspace: Path) -> AppTest:
        sys.argv = ["main.py", str(workspace), "--root", str(tmp_path)]  # what buttons write stays there
        app = AppTest.from_file(MAIN, default_timeout=60)
        app.session_state["author"] = "Ada"
        app.run()
        if page != "map.py":
            app.switch_page(page)
        parts = {part: {"subset": full.subset("first").key, "subset_tab": part} for part in PARTS}
        parts["Categories"] = {"subsets_part": "Categories", "category": full.categories.find("Glare").key}
        for key, value in {**STATES, **parts}[state].items():
            app.session_state[key] = value
        return app.run()

    def start_half_checked() -> AppTest:
        app = start(copied(opened))
        ids = frozenset(sorted(full.point_ids))
        half = frozenset(sorted(ids)[::2])
        held = app.session_state["checks"].items()
        app.session_state["checks"] = {key: one._replace(ids=half, seen=ids) for key, one in held}
        return app.run()

    opened = copied(full.path)
    can_be_checked = bool(start(opened).session_state["checks"])
    while jobs.is_running(opened):
        time.sleep(0.1)  # what the page analyses and shows is then there in every copy
    seen: set[tuple[bool, str]] = set()
    failed = _pressed_all(lambda: start(copied(opened)), seen)
    failed += _pressed_all(lambda: start(copied(full.path)), seen)  # and what is there only until it is analysed
    if can_be_checked:
        failed += _pressed_all(start_half_checked, set())
    assert failed == []
