"""Libraries are imported beside the pages, never while one runs; the doors of Streamlit are where they were."""

from __future__ import annotations

import gc
import importlib.metadata
import inspect
import re
import threading
import time
from typing import TYPE_CHECKING

import pytest
from streamlit import env_util
from streamlit.components.v2 import manifest_scanner
from streamlit.components.v2.component_manager import BidiComponentManager

from explorer.maps.umap_import import NO_SHORTCUTS
from explorer.ui.server import preload
from explorer.ui.server.preload import Warming

if TYPE_CHECKING:
    from collections.abc import Callable


class Imports:
    """Notes what is imported when, and can be held up."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.begun = threading.Event()

    def __call__(self, name: str) -> None:
        self.begun.set()
        self.may_go_on.wait(30)
        self.done.append(name)


def _until(condition: Callable[[], object]) -> None:
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("It never came true.")


def test_a_page_waits_for_what_the_map_needs() -> None:
    imports = Imports()
    imports.may_go_on.clear()
    warming = Warming(imports, rest=60)
    warming.begin()
    imports.begun.wait(30)
    seen: list[list[str]] = []

    def page() -> None:
        with warming.page():
            seen.append(list(imports.done))

    thread = threading.Thread(target=page)
    thread.start()
    assert seen == []
    imports.may_go_on.set()
    thread.join(30)
    assert seen == [list(preload.FOR_THE_MAP)]


def test_the_rest_comes_when_no_page_runs() -> None:
    """Not beside a second page either, and not twice."""
    imports = Imports()
    warming = Warming(imports, rest=0.01)
    warming.begin()
    _until(lambda: imports.done)
    first = list(preload.FOR_THE_MAP)
    with warming.page():
        with warming.page():
            pass
        time.sleep(0.2)
        assert imports.done == first
    everything = [*first, *preload.FOR_A_SELECTION]
    _until(lambda: imports.done == everything)
    with warming.page():
        pass
    time.sleep(0.2)
    assert imports.done == everything


def test_the_rest_is_there_before_something_is_made_that_nobody_waits_for() -> None:
    """A selection that is drawn meanwhile would import it on its own page."""
    imports = Imports()
    warming = Warming(imports, rest=60)
    warming.begin()
    _until(lambda: imports.done)
    everything = [*preload.FOR_THE_MAP, *preload.FOR_A_SELECTION]
    assert warming.make(lambda: " ".join(imports.done).encode()) == " ".join(everything).encode()
    assert warming.make(lambda: b"again") == b"again"
    assert imports.done == everything


def test_garbage_is_collected_again_when_all_is_imported() -> None:
    """`edgecase open` switches it off until then; what was imported is not looked at again."""
    gc.disable()
    try:
        Warming(lambda _: None, rest=60).begin()
        _until(gc.isenabled)
        assert gc.get_freeze_count() > 0
    finally:
        gc.enable()
        gc.unfreeze()


def test_a_page_that_stops_early_lets_the_rest_come() -> None:
    imports = Imports()
    warming = Warming(imports, rest=0.01)
    with pytest.raises(ZeroDivisionError), warming.page():
        _ = 1 / 0
    _until(lambda: imports.done)


@pytest.mark.parametrize(("no_shortcuts", "read"), [("", 0), ("1", 1)])
def test_installed_packages_are_read_for_components_only_without_shortcuts(
    monkeypatch: pytest.MonkeyPatch, no_shortcuts: str, read: int
) -> None:
    scan = inspect.unwrap(manifest_scanner.scan_component_manifests)  # without what the tests of pages keep of it
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", scan)  # puts it back
    monkeypatch.setenv(NO_SHORTCUTS, no_shortcuts)
    asked: list[str] = []

    def distributions() -> tuple[()]:
        asked.append("distributions")
        return ()

    monkeypatch.setattr(importlib.metadata, "distributions", distributions)
    preload.skip_component_scan()
    BidiComponentManager().discover_and_register_components(start_file_watching=False)
    assert len(asked) == read


def test_streamlit_asks_where_its_modules_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def stack(ask: Callable[[], list[inspect.FrameInfo]] = inspect.stack) -> list[inspect.FrameInfo]:
        asked.append("stack")
        return ask()

    monkeypatch.setattr(inspect, "stack", stack)
    env_util.is_repl()
    assert asked == ["stack"]


def _names_in_our_style() -> list[str]:
    rules = preload.style()
    found = re.findall(r"""\.(st[A-Z]\w+)|data-testid="(\w+)|(data-test-connection-state)="(\w+)""", rules)
    return sorted({name for names in found for name in names if name})


@pytest.mark.parametrize("name", [*_names_in_our_style(), "CONNECTED", preload.connection_attribute()])
def test_streamlits_elements_have_the_names_that_we_use(name: str) -> None:
    scripts = (preload.front_end() / "static" / "js").glob("*.js")
    assert any(re.search(rf"[\"'`.]{name}\b", script.read_text("utf-8")) for script in scripts)


def test_without_shortcuts_nothing_of_streamlits_page_is_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NO_SHORTCUTS, "1")
    assert preload.style() == "<style></style>"
    assert preload.connection_attribute() == ""
