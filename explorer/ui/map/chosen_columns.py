"""Which columns the charts and the table show: a sensible first choice, and what the person makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.signals.registry import titles
from explorer.ui.session import opened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FIRST = 4
"""Columns that are shown before anybody chose."""


def choose(key: str, title: str, names: Mapping[str, str]) -> list[str]:
    """Let the person choose columns of the shown points.

    Args:
        key: of the choice in the session.
        title: of the control.
        names: column -> its name on screen, of all that there are.
    """
    before: list[str] | None = st.session_state[key]
    now = first_choice(names) if before is None else _still_there(before, names)
    if now != before:
        st.session_state[key] = now
    with st.popover("Columns"):
        chosen: list[str] = st.multiselect(
            title, list(names), key=key, format_func=lambda name: names.get(name, name), placeholder="column"
        )
    return chosen


def first_choice(names: Mapping[str, str]) -> list[str]:
    """Label, what the model says, how sure it is and a signal, as far as they are there; then what else there is."""
    model = opened.model()
    kinds = (
        ("label", "split"),
        (f"{model}.outcome", f"{model}.prediction", f"{model}.error"),
        (f"{model}.confidence", f"{model}.fn"),
        [name for name in names if name in titles()],
    )
    typical = [next((one for one in kind if one in names), None) for kind in kinds]
    return list(dict.fromkeys([*filter(None, typical), *names]))[:FIRST]


def _still_there(before: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """What of a choice these points have; of another model's columns those of the shown one."""
    same = (one if one in names else f"{opened.model()}.{one.rpartition('.')[2]}" for one in before)
    return list(dict.fromkeys(one for one in same if one in names))
