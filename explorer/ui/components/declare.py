"""A component as Streamlit knows it: its script is fetched from our server, what it sends is read before it is used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.data.untrusted import MALFORMED
from explorer.ui.server.routes import server

if TYPE_CHECKING:
    from collections.abc import Callable

# Runs a script of this package as a module, so that it can import its neighbours.
_LOADER = """export default async (component) =>
  (await import(new URL(component.data.module, location.origin).href)).mount(component);
"""


def declare(name: str, *within: str) -> Callable[..., Any]:
    """Return the component whose script and style lie in the folder of its name.

    Args:
        name: of the folder.
        within: components of which this one has parts, so that their styles are its own too.

    Called with ``key``, ``data`` and a callback for each event, it draws, and returns what the browser said.
    """
    files = ("shared/help.css", *(f"{one}/{one}.css" for one in (*within, name)))
    styles = (Path(__file__).parent / file for file in files)
    css = "".join(style.read_text(encoding="utf-8") for style in styles)
    renderer = st.components.v2.component(f"edgecase_{name}", css=css, js=_LOADER, isolate_styles=False)

    def draw(*, key: str, data: dict[str, Any], **callbacks: Any) -> Any:  # noqa: ANN401 - from the browser
        return renderer(key=key, data={"module": server().script_url(f"{name}/{name}.js"), **data}, **callbacks)

    return draw


def callback(
    key: str, name: str, read: Callable[[Any], object | None], on_event: Callable[[Any], None] | None
) -> Callable[[], None]:
    """Return the callback for an event.

    Args:
        key: the component's key in the session state.
        name: what the script calls the event.
        read: makes of what the browser sent what it stands for, or None when it is nothing that our script sends.
        on_event: called with it before the page runs again.
    """

    def handle() -> None:
        said = st.session_state.get(key)  # none where another part of the page was asked for with the same press
        event = soundly(read, said.get(name)) if said is not None else None
        if on_event and event is not None:
            on_event(event)

    return handle


def soundly(read: Callable[[Any], Any], value: object) -> Any:  # noqa: ANN401 - what it reads
    """What `read` makes of what the browser sent; None where that is something that none of our scripts sends."""
    try:
        return read(value)
    except MALFORMED:
        return None
