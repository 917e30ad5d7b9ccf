"""The name of a person, which their browser keeps as a cookie for its next visit."""

from __future__ import annotations

from explorer.ui.components.declare import declare

_component = declare("kept_name")


def kept_name(cookie: str, name: str, *, key: str) -> None:
    """Have the browser keep a name for a year; nothing is drawn.

    Args:
        cookie: what it is kept as.
        name: the name.
        key: the component's key in the session state.
    """
    _component(key=key, data={"cookie": cookie, "name": name})
