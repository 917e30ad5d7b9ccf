"""Importing what the pages need while the browser loads the app, and while the person looks at the first map.

The doors of Streamlit that are not ours, all seen with 1.67.0. A test for each fails when it moves.

================================================== ====================================== ==============================
What is reached for                                What it saves                          What happens without
================================================== ====================================== ==============================
`components.v2.manifest_scanner`, whose scan of    a quarter of a second of each start    it reads them all
every installed package is left out
`static/index.html`, served with our links in its  the browser loads and makes the first  it begins when the first page
`<head>`                                           plot while Python starts               is drawn
`static/static/js/NAME.*.js`, `PARTS` of the front the browser loads them while it waits  it loads them as they are used
end
`env_util.is_repl`, which asks `inspect.stack()`   the first click is 0.05 seconds        it asks when something is
once                                               sooner                                 drawn
`web.cli.main`, the `streamlit` command            Ctrl-C ends the app without a word     it says "Aborted!"
`.stApp[data-test-connection-state]`               a page goes on by itself when its      the person loads it again
                                                   server was started again
`starlette_websocket`, whose                       what is hidden from a reviewer is no   people cannot sign in
`_get_signed_cookie_with_chunks` reads who sent a  address that their browser can fetch
request
names of elements in `ui/style.css`                room for the map; a stopped server     Streamlit's margins; the page
                                                   says so                                greys out
================================================== ====================================== ==============================

The environment variable `EDGECASE_NO_SHORTCUTS` closes these and those of UMAP (`explorer.maps.umap_import`).
"""

from __future__ import annotations

import gc
import importlib
import inspect
import runpy
import sys
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import cache
from itertools import chain
from pathlib import Path
from threading import Lock, Timer
from typing import TYPE_CHECKING

from explorer.maps.umap_import import shortcuts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

PARTS = ("BidiComponent", "ButtonGroup", "Checkbox", "Selectbox", "Multiselect", "Button", "TextInput", "Html")
"""Streamlit loads these parts of its front end when the first page asks for them; one that is gone is left out."""

FOR_THE_MAP = (
    *("pandas", "pyarrow.parquet", "sqlalchemy", "explorer.points.opened_build"),
    *("explorer.ui.frame", "explorer.ui.map.panel", "explorer.ui.map.plot"),
)
FOR_A_SELECTION = (
    *("scipy.stats", "scipy.spatial", "faiss", "explorer.actions.inbox", "explorer.ui.widgets.image_dialog"),
    *("explorer.exporters.csv_table",),
)


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

    def make(self, make: Callable[[], bytes]) -> bytes:
        """Make what nobody waits for; before the first, import the rest: a selection may be drawn meanwhile."""
        self._import(len(self._left))
        with self.page():
            return make()

    def _import(self, parts: int) -> None:
        with self._importing:
            if self._left and not self._pages:
                for name in chain(*self._left[:parts]):
                    self._load(name)
                del self._left[:parts]
                if not gc.isenabled():  # `serve` switched it off
                    gc.freeze()  # what is imported stays: the collector need not look at it again
                    gc.enable()
                if shortcuts():
                    inspect.stack()  # Python remembers where it found each module's file


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


def skip_component_scan() -> None:
    """Keep Streamlit from reading the metadata of every installed package for components: ours need no manifest."""
    if shortcuts():
        with suppress(ImportError):
            vars(importlib.import_module("streamlit.components.v2.manifest_scanner"))["scan_component_manifests"] = list


def front_end() -> Path:
    """Where Streamlit keeps the page that a browser loads first, `index.html`, and what it loads."""
    import streamlit as st

    return Path(st.__file__).with_name("static")


@cache
def front_end_parts() -> tuple[str, ...]:
    """Addresses of `PARTS`, relative to the page; their names end in a digest."""
    scripts = front_end() / "static" / "js"
    return tuple(f"./static/js/{path.name}" for name in PARTS for path in scripts.glob(f"{name}.*.js"))


INTERRUPTED = 1
"""With what code `streamlit` ends on Ctrl-C."""


def run_streamlit(*arguments: str) -> None:
    """Run the `streamlit` command in this process until it is interrupted."""
    if not shortcuts():
        sys.argv = ["streamlit", *arguments]
        try:
            runpy.run_module("streamlit", run_name="__main__")
        except SystemExit as end:  # how its command ends, whether it worked or was interrupted
            if end.code not in (None, 0, INTERRUPTED):
                raise
        return
    from click.exceptions import Abort
    from streamlit.web import cli

    with suppress(Abort):  # Ctrl-C is how one stops it
        cli.main(arguments, standalone_mode=False)


def connection_attribute() -> str:
    """Name of the attribute in which Streamlit's page says whether it reaches its server; empty when not to be read."""
    return "data-test-connection-state" if shortcuts() else ""


def signed_cookie(cookies: Mapping[str, str]) -> bytes | None:
    """What Streamlit has signed of who is signed in, JSON; None where nobody is, or somebody else has signed it."""
    from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME
    from streamlit.web.server.starlette.starlette_websocket import _get_signed_cookie_with_chunks

    return _get_signed_cookie_with_chunks(dict(cookies), USER_COOKIE_NAME)


def style() -> str:
    """Our style sheet for the elements of Streamlit, as `st.html` takes it."""
    rules = Path(__file__).parents[1].joinpath("style.css").read_text(encoding="utf-8") if shortcuts() else ""
    return f"<style>{rules}</style>"
