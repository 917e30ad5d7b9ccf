"""Commands that write much, where nothing more can be written: a sentence, and a workspace as it was."""

from __future__ import annotations

import resource
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from PIL import Image

from explorer import open_workspace
from explorer.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.conftest import Source


@contextmanager
def _full_disk() -> Iterator[None]:
    """The kernel's own file size limit stands in for a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def _new_images(folder: Path, source: Source) -> Path:
    """Five images that the workspace does not have, in `new`, with vectors of others."""
    (folder / "new").mkdir()
    names = [f"{shade}.png" for shade in range(5)]
    for shade, name in enumerate(names):
        Image.new("RGB", (9, 9), (shade, 77, 0)).save(folder / "new" / name)
    vectors = pd.read_parquet(source.vectors).iloc[:5]
    vectors.assign(**{vectors.columns[0]: names}).to_parquet(folder / "new.parquet")
    return folder / "new.parquet"


@pytest.mark.parametrize("command", ["layout", "embed", "add"])
def test_it_is_said_and_the_command_can_be_given_again(
    command: str, workspace: Workspace, source: Source, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = {
        "layout": ["--seed", "7", "--name", "second"],
        "embed": ["again", "--vectors", str(source.vectors)],
        "add": [str(tmp_path / "new"), "--vectors", str(_new_images(tmp_path, source))],
    }[command]
    given = [command, str(workspace.path), *options]
    with _full_disk():
        assert main(given) == 1
    said = capsys.readouterr().err
    assert "File too large" in said
    assert "Traceback" not in said
    assert open_workspace(workspace.path).manifest == workspace.manifest
    assert main(given) == 0
    assert open_workspace(workspace.path).manifest != workspace.manifest
