"""A button that copies text to the clipboard, in the browser alone."""

from __future__ import annotations

from explorer.ui.components.declare import declare

_component = declare("copy_button")


def copy_button(label: str, text: str, done: str, *, key: str) -> None:
    """Draw the button.

    Args:
        label: what it says.
        text: what it copies; it travels with the page, so up to about a megabyte.
        done: what it says for a while when that was copied.
        key: the component's key in the session state.
    """
    _component(key=key, data={"label": label, "text": text, "done": done})
