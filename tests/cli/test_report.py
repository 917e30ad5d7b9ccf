"""`edgecase report`, and the verbs of `edgecase category` that keep a test set clean."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from explorer.data.subsets import Member
from explorer.data.verdicts import Verdict
from tests.reviewing import review

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.cli.conftest import Edgecase
    from tests.conftest import Source


def test_a_report_is_written_and_told(dusk_built: Workspace, edgecase: Edgecase, tmp_path: Path) -> None:
    code, out, _ = edgecase("report", dusk_built.path, "-o", tmp_path / "r.html", "--model", "v1", "--json")
    said = json.loads(out)
    assert code == 0
    assert (said["modes"], said["pictures"]) == (1, 20)
    assert said["bytes"] == (tmp_path / "r.html").stat().st_size
    code, out, _ = edgecase("report", dusk_built.path, "-o", tmp_path / "r.md")
    assert (code, out.startswith("1 failure mode, ")) == (0, True)


def test_what_is_wrong_is_one_sentence(dusk_built: Workspace, edgecase: Edgecase, tmp_path: Path) -> None:
    code, out, told = edgecase("report", dusk_built.path, "-o", tmp_path / "r.html", "--round", "none")
    assert (code, out) == (1, "")
    assert "No round is called “none”" in told
    assert not (tmp_path / "r.html").exists()


def test_examples_are_listed_retired_and_logged(workspace: Workspace, edgecase: Edgecase, tmp_path: Path) -> None:
    ids = [each for each in workspace.ids if each.startswith("apple")]
    members = [Member(each, "search") for each in ids]
    workspace.decisions.create_subset("apples", author="Ada", category="fruit", members=members)
    code, out, _ = edgecase("category", "examples", workspace.path, "fruit")
    assert code == 0
    assert out.splitlines()[0] == "apple/00.png\tsearch\tAda\ttest"
    assert out.splitlines()[5] == "apple/01.png\tsearch\tAda\ttrain\tin the training split"
    assert out.splitlines()[-1] == "5 of 20 examples count."

    (tmp_path / "ids.txt").write_text("apple/01.png\n")
    retire = ("category", "retire-examples", workspace.path, "fruit", "--ids", tmp_path / "ids.txt", "--author", "Bo")
    assert edgecase(*retire, "--reason", "was in training")[0] == 0
    said = json.loads(edgecase("category", "examples", workspace.path, "fruit", "--json")[1])
    assert len(said["examples"]) == 19
    log = edgecase("category", "changelog", workspace.path, "fruit")[1].splitlines()
    assert len(log) == 2
    assert "Bo" in log[0]
    assert "was in training" in log[0]


def test_what_only_reviewers_put_in_is_retired_too(workspace: Workspace, edgecase: Edgecase, tmp_path: Path) -> None:
    review(workspace, {"leaf/00.png": ()})
    said = Verdict("", "leaf/00.png", "Ada", "incorrect", datetime.now(UTC), categories=("fruit",))
    workspace.verdicts.give("R", [said], author="Ada")
    workspace.categories.add("fruit", author="Ada")
    (tmp_path / "ids.txt").write_text("leaf/00.png\n")
    retire = ("category", "retire-examples", workspace.path, "fruit", "--ids", tmp_path / "ids.txt", "--author", "Bo")
    code, out, _ = edgecase(*retire, "--reason", "a leaf")
    assert (code, out.endswith("Bo retired 1 example of the category “fruit”: a leaf.\n")) == (0, True)
    assert edgecase("category", "examples", workspace.path, "fruit")[1] == "0 of 0 examples count.\n"
    assert "a leaf" in edgecase("category", "changelog", workspace.path, "fruit")[1].splitlines()[0]
    edgecase("category", "undo", workspace.path, "--author", "Bo")
    assert edgecase("category", "examples", workspace.path, "fruit")[1].startswith("leaf/00.png\treviews\tAda")


def test_a_build_begins_with_the_review_beside_its_data(source: Source, edgecase: Edgecase, tmp_path: Path) -> None:
    folder = tmp_path / "review"
    folder.mkdir()
    (folder / "categories.yaml").write_text("format: 1\ncategories:\n- name: Round\n  criterion: No corners.\n")
    protocol = {"name": "First", "items": ["apple/00.png"], "reviewers": ["Ada"], "model": "v1", "repeats": 0.0}
    (folder / "protocol.json").write_text(json.dumps(protocol))
    (folder / "verdicts.csv").write_text("image,category,verdict,reviewer\napple/00.png,Round,Incorrect,Ada\n")
    built = ("build", source.table, "--workspace", tmp_path / "ws", "--vectors", source.vectors, "--review", folder)
    assert edgecase(*built)[0] == 0
    code, out, _ = edgecase("report", tmp_path / "ws", "-o", tmp_path / "r.md", "--round", "First")
    assert code == 0
    assert out.startswith("1 failure mode, 1 image,")
    assert "| Round | 1 | 0.0%" in (tmp_path / "r.md").read_text()
