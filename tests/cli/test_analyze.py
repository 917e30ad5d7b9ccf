"""`edgecase analyze`: JSON alone on stdout, or lines that a person reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from explorer.actions.analyze import KINDS
from explorer.actions.findings import finding_line
from explorer.cli import main

if TYPE_CHECKING:
    import pytest

    from explorer.store.workspace import Workspace


def test_json_has_the_kinds_that_were_asked_for(built: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["analyze", str(built.path), "--only", "outliers, segments", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert list(said) == ["outliers", "segments", "not_computed"]
    assert len(said["outliers"]) == 60
    apple = next(row for row in said["segments"] if row["value"] == "apple")
    assert (apple["n"], apple["rate"], apple["too_few"]) == (20, 0.9, False)


def test_lines_say_it_in_words(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["analyze", str(workspace.path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == ["signals", *KINDS, "findings"]
    (apple,) = [line for line in lines if line.startswith("  label apple")]
    assert apple.startswith("  label apple: 90.0% correct of 20 (69.9% to 97.2%), overall 96.7%, q = ")
    assert "  and 40 more: --only outliers --json lists them" in lines


def test_an_unknown_kind_is_refused_with_those_there_are(built: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["analyze", str(built.path), "--only", "spices"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"edgecase: Expected kinds among signals, {', '.join(KINDS)}, findings, found spices.\n"


def test_a_finding_says_what_could_be_gained() -> None:
    worse = {"sentence": "fog: 50% correct of 40.", "score": 0.1, "figures": {"metric": "accuracy"}}
    assert finding_line(worse) == "fog: 50% correct of 40. Fixing it gains at most 10.0 points of accuracy."
    assert finding_line({**worse, "figures": {"metric": "label agreement"}}) == "fog: 50% correct of 40."
    assert finding_line({**worse, "figures": {"n": 3}}) == "fog: 50% correct of 40."
