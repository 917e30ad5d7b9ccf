"""Libraries are imported beside the pages, never while one runs."""

from __future__ import annotations

import gc
import threading
import time
from typing import TYPE_CHECKING

import pytest

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
