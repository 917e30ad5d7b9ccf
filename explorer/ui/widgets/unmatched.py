"""Taking labels and predictions that are mostly of other images: refused, unless the person says that it is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.actions.jobs import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.actions.jobs import Job

_OPTION = "--allow-unmatched"
"""What the refusal names, and a command takes."""


def ask(key: str, on_change: Callable[[], None] | None = None) -> bool:
    """Whether the person says so."""
    return st.checkbox(
        "Use it although less than a tenth of it belongs to these images",
        key=key,
        on_change=on_change,
        help="What belongs to other images is left out and listed; figures are of the few that are left.",
    )


def further_options(job: Job) -> list[str]:
    """What a command that was refused for want of the person's word is run again with."""
    refused = job.state is State.FAILED and _OPTION in job.message
    return [_OPTION] if refused and ask("unmatched") else []
