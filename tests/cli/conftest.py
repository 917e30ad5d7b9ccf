"""Running the `edgecase` command, in this process or in one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Protocol

import pytest

from explorer.cli import main

ROOT = Path(__file__).parents[2]

Ran = tuple[int, str, str]
"""Exit code, stdout and stderr."""


class Edgecase(Protocol):
    """Runs one command in this process."""

    def __call__(self, *argv: object) -> Ran: ...


@pytest.fixture
def edgecase(capsys: pytest.CaptureFixture[str]) -> Edgecase:
    def run(*argv: object) -> Ran:
        code = main([str(argument) for argument in argv])
        return code, *capsys.readouterr()

    return run


def printed_json(ran: Ran) -> Any:
    """What a command printed, which must be JSON alone."""
    code, out, err = ran
    assert (code, err) == (0, "")
    return json.loads(out)


def refusal(ran: Ran) -> str:
    """The one line on stderr with which a command said no."""
    code, out, err = ran
    assert (code, out) == (1, "")
    assert err.startswith("edgecase: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err


def process(*argv: object, stdin: str = "", code: str = "", prefix: tuple[str, ...] = ()) -> Ran:
    """Run a command in a process of its own, after some preparing code."""
    script = f"import sys\n{code}\nfrom explorer.cli import main\nsys.exit(main(sys.argv[1:]))"
    command = [*prefix, sys.executable, "-c", script, *map(str, argv)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    ran = subprocess.run(command, env=environment, input=stdin, capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout, ran.stderr
