"""Times as people write them, each the period that it names."""

from __future__ import annotations

import re

import numpy as np

_WRITTEN = re.compile(
    r"(?P<date>\d{4}(-\d\d){0,2})"
    r"([T ](?P<time>\d\d(:\d\d(:\d\d(\.\d{1,9})?)?)?) ?(?P<zone>Z|UTC|[+-]\d\d(:?\d\d)?)?)?"
)


def period(text: str) -> tuple[np.datetime64, np.datetime64] | None:
    """The first moment of a time in ISO 8601 and the first one after it, UTC: of `2024-05-01` that day and the next.

    A time without a zone is UTC. None for what is no time.
    """
    written = _WRITTEN.fullmatch(text.strip())
    if not written:
        return None
    try:
        start = np.datetime64(written["date"] + (f"T{written['time']}" if written["time"] else ""))
    except ValueError:
        return None
    end = start + 1
    shift = _shift(written["zone"])
    return (start - shift, end - shift) if shift else (start, end)


def _shift(zone: str | None) -> np.timedelta64 | None:
    """How far a zone is ahead of UTC; None where it is not."""
    if not zone or not zone.startswith(("+", "-")):
        return None
    digits = zone[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return np.timedelta64(-minutes if zone[0] == "-" else minutes, "m")
