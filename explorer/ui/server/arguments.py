"""What follows `--` on the app's command line: `streamlit run app.py -- [WORKSPACE] [--root DIR]...`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Arguments(NamedTuple):
    """What the app was started with.

    Attributes:
        workspace: what it opens at once; None begins with the start page.
        roots: folders below which people may look for their data.
    """

    workspace: Path | None
    roots: tuple[Path, ...]


def arguments() -> Arguments:
    """Read them; what is unknown is left out, as Streamlit has its own beside them."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("workspace", type=Path, nargs="?")
    parser.add_argument("--root", type=Path, action="append", default=[])
    known, _ = parser.parse_known_args(sys.argv[1:])
    return Arguments(known.workspace, tuple(known.root))


def words(workspace: Path | None, roots: Sequence[Path]) -> list[str]:
    """The words that `arguments` reads, for starting the app."""
    named = [word for root in roots for word in ("--root", str(root.resolve()))]
    return [*named, *([str(workspace.resolve())] if workspace else [])]
