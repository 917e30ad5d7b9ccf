"""Ids of images and boxes as lines of text."""

from __future__ import annotations

import json


def printed_id(text: str) -> str:
    """An id as one line: one that would be several is written as a JSON string, which `read_id` reads again."""
    return json.dumps(text) if "\n" in text or "\r" in text else text


def read_id(line: str) -> str:
    """The id on a line, which may be a JSON string."""
    try:
        value = json.loads(line) if line.startswith('"') else line
    except ValueError:
        return line
    return value if isinstance(value, str) else line
