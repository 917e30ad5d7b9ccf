"""`edgecase check`: what it exits with, what it prints, and the XML that servers for continuous integration read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from explorer.actions import check as action
from explorer.data.subsets import Member

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.cli.conftest import Edgecase


def _file(folder: Path, *entries: str) -> Path:
    (folder / "thresholds.yaml").write_text("".join(f"- {{{entry}}}\n" for entry in entries), encoding="utf-8")
    return folder / "thresholds.yaml"


PASSED = "subset: dusk, metric: accuracy, at_least: 0.5"
FAILED = "segment: light=dusk, metric: recall, at_least: 0.6"
FEW = "subset: few, metric: accuracy, at_least: 0.5"
UNKNOWN = "subset: dawn, metric: accuracy, at_least: 0.5"


@pytest.mark.parametrize(
    ("entries", "code"),
    [((PASSED,), 0), ((PASSED, FAILED, FEW), 1), ((PASSED, FEW), 3), ((PASSED, UNKNOWN), 4), ((), 4)],
)
def test_what_it_exits_with(
    entries: tuple[str, ...], code: int, dusk_built: Workspace, edgecase: Edgecase, tmp_path: Path
) -> None:
    ran = edgecase("check", dusk_built.path, "--thresholds", _file(tmp_path, *entries), "--model", "v2")
    assert ran[0] == code
    assert (ran[1] == "") == (code == 4), "an error prints no result"
    assert ran[2].startswith("edgecase: Expected ") == (code == 4)


def test_an_error_of_the_command_is_no_verdict(
    dusk_built: Workspace, edgecase: Edgecase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = _file(tmp_path, PASSED)
    assert edgecase("check", tmp_path / "none", "--thresholds", file)[0] == 4
    assert edgecase("check", dusk_built.path, "--thresholds", tmp_path / "none.yaml")[0] == 4
    assert edgecase("check", dusk_built.path, "--thresholds", file, "--model", "v9")[0] == 4
    assert edgecase("check", dusk_built.path, "--thresholds", file, "--junit", tmp_path / "no" / "j.xml")[0] == 4
    monkeypatch.setattr(action, "read_thresholds", lambda _: [1 / 0])
    code, _, err = edgecase("check", dusk_built.path, "--thresholds", file)
    assert (code, "ZeroDivisionError" in err) == (4, True)


def test_misuse_exits_as_that_of_every_command(dusk_built: Workspace, edgecase: Edgecase) -> None:
    with pytest.raises(SystemExit) as refused:
        edgecase("check", dusk_built.path)
    assert refused.value.code == 2


def test_lines_say_it_in_words(dusk_built: Workspace, edgecase: Edgecase, tmp_path: Path) -> None:
    file = _file(tmp_path, PASSED, FAILED, FEW)
    _, out, _ = edgecase("check", dusk_built.path, "--thresholds", file, "--model", "v2")
    assert out.splitlines() == [
        "v2: failed",
        "  passed      subset dusk, accuracy: 63.0% (53.2% to 71.8%) of 100, the lower end is at least 50.0%.",
        "  failed      segment light=dusk, recall: 63.0% (53.2% to 71.8%) of 100, the lower end is below 60.0%.",
        "  cannot say  subset few, accuracy: 5 images, where at least 20 are needed.",
    ]


def test_json_has_the_figures(dusk_built: Workspace, edgecase: Edgecase, tmp_path: Path) -> None:
    file = _file(tmp_path, PASSED, FEW)
    code, out, err = edgecase("check", dusk_built.path, "--thresholds", file, "--model", "v2", "--json")
    said = json.loads(out)
    assert (code, err, said["model"], said["status"]) == (3, "", "v2", "cannot say")
    keys = ["kind", "name", "metric", "at_least", "min_n", "status", "n", "images", "left_out"]
    keys += ["rate", "low", "high", "reason"]
    assert [list(one) for one in said["checks"]] == [keys, keys]
    assert (said["checks"][0]["rate"], said["checks"][1]["n"]) == (0.63, 5)


def test_junit_tells_failed_from_skipped(dusk_built: Workspace, edgecase: Edgecase, tmp_path: Path) -> None:
    file, xml = _file(tmp_path, PASSED, FAILED, FEW), tmp_path / "junit.xml"
    assert edgecase("check", dusk_built.path, "--thresholds", file, "--model", "v2", "--junit", xml)[0] == 1
    suites = ET.parse(xml).getroot()  # noqa: S314 - our own file
    (suite,) = suites
    assert (suites.tag, suite.tag) == ("testsuites", "testsuite")
    counts = {"tests": "3", "failures": "1", "errors": "0", "skipped": "1"}
    assert {name: suite.get(name) for name in counts} == {name: suites.get(name) for name in counts} == counts
    assert [[child.tag for child in case] for case in suite] == [["system-out"], ["failure"], ["skipped"]]
    assert [case.get("classname") for case in suite] == ["edgecase.subset", "edgecase.segment", "edgecase.subset"]
    assert suite[1].get("name") == "light=dusk, recall at least 0.6"
    assert "the lower end is below 60.0%" in str(suite[1][0].get("message"))


def test_how_many_are_left_out_is_said_everywhere(workspace: Workspace, edgecase: Edgecase, tmp_path: Path) -> None:
    """Fifteen of twenty apples are in the training split."""
    members = [Member(each, "ids") for each in workspace.ids if each.startswith("apple")]
    workspace.decisions.create_subset("apples", author="Ada", category="fruit", members=members)
    file, xml = _file(tmp_path, "category: fruit, metric: accuracy, at_least: 0.3, min_n: 5"), tmp_path / "junit.xml"
    asked = ("check", workspace.path, "--thresholds", file, "--model", "v1")
    said = "15 examples are left out: the model may have learnt from them."
    code, out, _ = edgecase(*asked, "--junit", xml)
    assert (code, out.splitlines()[1].endswith(said)) == (0, True)
    assert str(ET.parse(xml).getroot()[0][0][0].text).endswith(said)  # noqa: S314 - our own file
    for more, images, left_out in (((), 5, 15), (("--count-leaking",), 20, 0), (("--group-by", "camera"), 0, 20)):
        (one,) = json.loads(edgecase(*asked, *more, "--json")[1])["checks"]
        assert (one["images"], one["left_out"]) == (images, left_out)
