"""Importing what the pages need while the browser loads the app, and while the person looks at the first map."""

from __future__ import annotations

import gc
import importlib
import inspect
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import cache
from itertools import chain
from threading import Lock, Timer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

FOR_THE_MAP = ("pandas", "pyarrow.parquet", "sqlalchemy", "explorer.points.opened_build")
FOR_A_SELECTION = ("scipy.stats", "scipy.spatial", "faiss")


class Warming:
    """Imports libraries on a thread of its own, but only while no page runs.

    Two threads that import parts of one library in different orders give each other half of it, which stays broken.
    """

    def __init__(self, load: Callable[[str], object] = importlib.import_module, rest: float = 2.0) -> None:
        """Prepare.

        Args:
            load: imports a module by its name.
            rest: seconds after a page was made in which the browser has the machine to itself, to draw it.
        """
        self._load, self._rest = load, rest
        self._left = [FOR_THE_MAP, FOR_A_SELECTION]
        self._importing = Lock()
        self._pages = 0
        self._timer = Timer(0, self._import, (1,))

    def begin(self) -> None:
        """Import what the map needs."""
        self._timer.start()

    @contextmanager
    def page(self) -> Iterator[None]:
        """Run a page: it waits for an import under way, and the next one waits for it and some rest after it."""
        with self._importing:
            self._pages += 1
            self._timer.cancel()
        try:
            yield
        finally:
            with self._importing:
                self._pages -= 1
                self._timer.cancel()
                if self._left:
                    self._timer = Timer(self._rest, self._import, (len(self._left),))
                    self._timer.daemon = True
                    self._timer.start()

    def _import(self, parts: int) -> None:
        with self._importing:
            if self._left and not self._pages:
                for name in chain(*self._left[:parts]):
                    self._load(name)
                del self._left[:parts]
                if not gc.isenabled():  # `serve` switched it off
                    gc.freeze()  # what is imported stays: the collector need not look at it again
                    gc.enable()
                inspect.stack()  # Streamlit asks once; Python remembers where it found each module's file


def skip_component_scan() -> None:
    """Keep Streamlit from reading the metadata of every installed package for components: ours need no manifest."""
    with suppress(ImportError):  # it moved: then a start takes a quarter of a second longer
        vars(importlib.import_module("streamlit.components.v2.manifest_scanner"))["scan_component_manifests"] = list


@cache
def warming() -> Warming:
    """The one of this process."""
    return Warming()


@asynccontextmanager
async def while_serving(_: object) -> AsyncIterator[None]:
    """Begin when the server starts."""
    warming().begin()
    yield
    gc.unfreeze()  # libraries that count what they leave behind would report it
