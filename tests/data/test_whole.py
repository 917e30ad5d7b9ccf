"""What is not whole yet lies beside its place, and no message names where."""

from __future__ import annotations

import errno
import os
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import pytest

from explorer.data.whole import whole_file, whole_folder
from explorer.errors import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager


def test_what_cannot_be_written_is_named_by_its_place(tmp_path: Path) -> None:
    target = tmp_path / "out"
    for whole in (whole_file, whole_folder):
        with pytest.raises(OSError, match=re.escape(f"'{target}/none/there'")), whole(target) as draft:
            (draft / "none" / "there").write_text("")
        with pytest.raises(WorkspaceError, match=re.escape(f"{target}/x is damaged")), whole(target) as draft:
            raise WorkspaceError(f"{draft / 'x'} is damaged")
        with pytest.raises(OSError, match=re.escape(f"No space left on device: '{target}'")), whole(target):
            raise OSError(errno.ENOSPC, "No space left on device")
        assert list(tmp_path.iterdir()) == []


def test_where_one_is_can_be_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with whole_folder(Path()) as draft:
        (draft / "said").write_text("all")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("said", "all")]


@pytest.mark.parametrize("whole", [whole_file, whole_folder])
@pytest.mark.parametrize("fails", [False, True])
def test_two_who_write_the_same_do_so_one_after_the_other(
    tmp_path: Path, whole: Callable[[Path], AbstractContextManager[Path]], *, fails: bool
) -> None:
    """Else the one would put in its place what the other has only begun."""
    target, begun, told = tmp_path / "out", Event(), []

    def second() -> None:
        begun.set()
        with whole(target) as draft:
            told.append("second begins")
            assert not draft.is_dir() or not list(draft.iterdir())
            write(draft, "second")

    def write(draft: Path, what: str) -> None:
        (draft / "said" if draft.is_dir() else draft).write_text(what)

    with ThreadPoolExecutor(1) as other:
        with suppress(ZeroDivisionError), whole(target) as draft:
            write(draft, "first")
            waiting = other.submit(second)
            begun.wait()
            with pytest.raises(TimeoutError):
                waiting.result(0.3)
            told.append("first ends")
            if fails:
                raise ZeroDivisionError
        replaces = fails or whole is whole_file
        assert (waiting.exception() is None) == replaces  # a folder that holds something is not replaced
    said = target / "said" if whole is whole_folder else target
    assert (said.read_text(), told) == ("second" if replaces else "first", ["first ends", "second begins"])
    assert list(tmp_path.iterdir()) == [target]


def test_what_a_killed_program_left_is_cleared(tmp_path: Path) -> None:
    target = tmp_path / "out"
    for end in (0, 9):
        left = os.fork()
        if left == 0:
            with whole_folder(target) as draft:
                (draft / "deep").mkdir()
                (draft / "deep" / f"of {end}").write_text("half")
                os._exit(end)
        os.waitpid(left, 0)
    with whole_folder(target) as draft:
        assert list(draft.iterdir()) == []
    assert list(tmp_path.iterdir()) == [target]
