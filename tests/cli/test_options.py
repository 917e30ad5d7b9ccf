"""Wherever a command writes, `-o` and `--out` say where."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.cli import parser


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (["export", "work", "dark"], "out"),
        (["snapshot", "work"], "out"),
        (["backup", "work"], "file"),
        (["library", "export", "work"], "file"),
    ],
)
def test_both_are_the_same_and_one_is_needed(command: list[str], name: str, capsys: pytest.CaptureFixture[str]) -> None:
    for option in ("-o", "--out"):
        for given in ([*command, option, "there"], [command[0], *command[1:-1], option, "there", command[-1]]):
            assert getattr(parser().parse_args(given), name) == Path("there")
    with pytest.raises(SystemExit):
        parser().parse_args(command)
    assert "required" in capsys.readouterr().err
    if name == "file":
        assert parser().parse_args([*command, "there"]).file == Path("there")
        with pytest.raises(SystemExit):
            parser().parse_args([*command, "here", "-o", "there"])


@pytest.mark.parametrize("number", ["nan", "inf", "a bit"])
@pytest.mark.parametrize(
    "command",
    [
        ["search", "work", "a dress", "--threshold"],
        ["match", "work", "new", "--threshold"],
        ["add", "work", "new", "--threshold"],
        ["build", "photos", "--min-dist"],
        ["build", "photos", "--margin"],
        ["layout", "work", "--min-dist"],
        ["evaluate", "work", "--iou"],
    ],
)
def test_a_number_is_finite(command: list[str], number: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args([*command, number])
    assert f"expected a number, found '{number}'" in capsys.readouterr().err


@pytest.mark.parametrize("seed", ["-1", "1.5", "4294967296", "9" * 5000])
@pytest.mark.parametrize(
    "command",
    [
        ["analyze", "ws"],
        ["evaluate", "ws"],
        ["review", "agreement", "ws", "r"],
        ["review", "start", "ws", "r", "--all"],
    ],
)
def test_a_seed_is_one_that_every_generator_takes(
    command: list[str], seed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args([*command, f"--seed={seed}"])
    assert "argument --seed: " in capsys.readouterr().err
