"""Where files lie on somebody's machine, which is nobody else's business."""

from __future__ import annotations

import re
from pathlib import PurePosixPath, PureWindowsPath

_FOLDERS = re.compile(
    r"""(?<![\w.:/\\<])(?:file://)?(?:~[\w-]*[\\/]|[A-Za-z]:[\\/]|\\\\|/(?=[^\s/]+/\S))(?:[^\s\\/"'<>|,;]+[\\/])*"""
)
"""The folders before a file in a text: from a root, a drive, a share or a home on, up to the last separator."""


def without_folders(text: str) -> str:
    """The text with the last part alone of each absolute path in it; addresses on the web stay."""
    whole = text.strip()
    for path in (PurePosixPath(whole), PureWindowsPath(whole)):
        if path.is_absolute():
            return path.name or text
    return _FOLDERS.sub("", text)
