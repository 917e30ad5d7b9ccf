"""What each tab of a browser looks at, kept beside the workspace for when its page, or the server, starts anew."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MOST = 200
"""Tabs that are remembered, the latest."""

_NAME = re.compile("[0-9a-f]{64}")


class Tabs:
    """Remembers JSON values by the name of a tab; where the folder cannot be written, nothing is remembered."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written: dict[str, Mapping[str, Any]] = {}

    def keep(self, tab: str, look: Mapping[str, Any]) -> None:
        """Write down what a tab looks at, if that has changed."""
        if self._written.get(tab) == look or not _NAME.fullmatch(tab):
            return
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            scratch = self._folder / f"{tab}.partial"
            scratch.write_text(json.dumps(look), "utf-8")
            scratch.replace(self._folder / f"{tab}.json")
            self._written[tab] = look
            self._forget()

    def knows(self, tab: str) -> bool:
        """Whether something was written down of the tab of this name."""
        return tab in self._written or bool(_NAME.fullmatch(tab) and (self._folder / f"{tab}.json").exists())

    def recall(self, tab: str) -> dict[str, Any]:
        """What the tab of this name looked at; nothing where no such tab is known."""
        if not _NAME.fullmatch(tab):
            return {}
        try:
            look = json.loads((self._folder / f"{tab}.json").read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return look if isinstance(look, dict) else {}

    def _forget(self) -> None:
        files = sorted(self._folder.glob("*.json"), key=lambda file: file.stat().st_mtime)
        for file in files[:-MOST]:
            file.unlink(missing_ok=True)
            self._written.pop(file.stem, None)
