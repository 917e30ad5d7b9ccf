"""The commands of rounds of review."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from tests.cli.conftest import printed_json, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.cli.conftest import Edgecase


def judged(edgecase: Edgecase, workspace: Workspace) -> tuple[str, str]:
    """A round of two images, judged by both: they differ on the second."""
    place, (a, b) = workspace.path, workspace.ids[:2]
    (place / "ids").write_text(f"{a}\n{b}\n")
    reviewers = ("--reviewer", "Ada", "--reviewer", "Bob", "--author", "Ada")
    rules = ("--blind", "confidence,reviewers", "--repeats", "0", "--threshold", "at_least=0.8")
    assert edgecase("review", "start", place, "Spring", "--ids", place / "ids", *reviewers, *rules)[0] == 0
    said = {"Ada": ("correct", "incorrect"), "Bob": ("correct", "ambiguous")}
    for who, verdicts in said.items():
        for each, verdict in zip((a, b), verdicts, strict=True):
            assert edgecase("review", "verdict", place, "Spring", verdict, "--id", each, "--author", who)[0] == 0
    return a, b


def test_a_round_is_started_judged_settled_and_closed(workspace: Workspace, edgecase: Edgecase) -> None:
    place = workspace.path
    edgecase("subset", "create", place, "apples", "--where", "label=apple")
    members = int((workspace.samples["label"] == "apple").sum())
    ran = edgecase(
        *("review", "start", place, "Spring", "--subset", "apples", "--reviewer", "Ada", "--reviewer", "Bob"),
        *("--author", "Ada", "--reason", "agreed on Monday", "--group-by", "camera"),
        *("--blind", "prediction,confidence,model,label,reviewers"),
    )
    one = workspace.rounds.find("Spring")
    begun = f"Ada started the round “Spring” of {members} items for Ada, Bob."
    assert ran == (0, f"{begun}\nThe protocol is frozen: SHA-256 {one.digest}\n", "")
    assert one.protocol.sources == ("subset apples",)
    shown = edgecase("review", "next", place, "Spring", "--author", "Bob")[1].splitlines()
    assert shown[0].startswith("Item 1: item-")
    assert shown[-1] == "hidden: confidence, label, model, prediction, reviewers"
    item = printed_json(edgecase("review", "next", place, "Spring", "--author", "Bob", "--json"))
    assert (item["prediction"], item["confidence"], item["model"], item["title"]) == (None, None, None, "")
    assert shown[0] == f"Item 1: {item['id']}"
    said = ("--severity", "high", "--reason", "too dark", "--category", "Night", "--author", "Bob")
    assert (
        edgecase("review", "verdict", place, "Spring", "incorrect", *said)[1] == f"Bob: {item['id']} Incorrect, high\n"
    )
    (given,) = workspace.verdicts.of(one.key)
    assert (given.reviewer, given.verdict, given.severity, given.categories) == ("Bob", "incorrect", "high", ("Night",))
    edgecase("review", "verdict", place, "Spring", "ambiguous", "--id", item["id"], "--author", "Bob")
    edgecase("review", "undo", place, "Spring", "--author", "Bob")
    assert [each.verdict for each in workspace.verdicts.of(one.key)] == ["incorrect"]
    status = edgecase("review", "status", place, "Spring")[1].splitlines()
    assert status[0] == "Spring: open, started by Ada"
    assert f"Protocol: SHA-256 {one.digest}" in status
    assert status[-1].startswith("Bob: 1 of ")
    assert edgecase("review", "deviate", place, "Spring", "--reason", "Cem joined", "--reviewer", "Cem")[0] == 0
    told = printed_json(edgecase("review", "status", place, "Spring", "--json"))
    assert told["digest"] == one.digest
    assert [each["reason"] for each in told["deviations"]] == ["Cem joined"]
    assert (
        edgecase("review", "close", place, "Spring", "--author", "Ada")[1]
        == "Ada closed the round “Spring”: finished.\n"
    )
    late = edgecase("review", "verdict", place, "Spring", "correct", "--author", "Cem")
    assert "The round “Spring” is closed (finished)" in refusal(late)
    assert edgecase("review", "list", place)[1] == f"Spring\t{members} items\tv1\tclosed: finished\n"


def test_differing_verdicts_are_settled_and_agreement_is_measured(workspace: Workspace, edgecase: Edgecase) -> None:
    place = workspace.path
    a, b = judged(edgecase, workspace)
    assert edgecase("review", "disagreements", place, "Spring")[1] in (
        f"{b}\tIncorrect, Ambiguous\twaits\n",
        f"{b}\tAmbiguous, Incorrect\twaits\n",
    )
    (one,) = printed_json(edgecase("review", "disagreements", place, "Spring", "--json"))
    assert "Ada" not in str(one)
    assert "on which the reviewers differ" in refusal(
        edgecase("review", "adjudicate", place, "Spring", a, "correct", "--author", "Cem")
    )
    ran = edgecase("review", "adjudicate", place, "Spring", b, "incorrect", "--severity", "low", "--author", "Cem")
    assert ran == (0, f"Cem: {b} Incorrect, low\n", "")
    found = printed_json(edgecase("review", "agreement", place, "Spring", "--json"))
    assert (found["reviewers"], found["items"], found["verdicts"]["raw"]["value"]) == (["Ada", "Bob"], 2, 0.5)
    assert list(found["verdicts"]["cohen"]) == ["Ada and Bob"]
    assert found["adjudicated"]["Ada"]["raw"]["value"] == 1.0
    assert found["adjudicated"]["Bob"]["raw"]["value"] == 0.0
    lines = edgecase("review", "agreement", place, "Spring")[1].splitlines()
    assert lines[0] == "2 items, 2 reviewers: Ada, Bob"
    assert lines[1].startswith("  raw agreement: 0.500 (")
    assert "Ada and the adjudicator: raw 1.000" in "\n".join(lines)


def test_a_round_repeats_for_another_model(workspace: Workspace, edgecase: Edgecase) -> None:
    place = workspace.path
    judged(edgecase, workspace)
    out = edgecase("review", "repeat", place, "Spring", "--model", "v2", "--author", "Ada")[1].splitlines()
    assert out[0] == "Ada started the round “Spring (again)” of the same 2 items, each in a new order."
    assert "model: v1 → v2" in out
    told = printed_json(edgecase("review", "changes", place, "Spring (again)", "--json"))
    assert (told["before"], told["after"], told["settled"]) == ("Spring", "Spring (again)", 0)
    assert edgecase("review", "changes", place, "Spring (again)")[1].splitlines() == out[1:]
    assert "is the first of its items" in refusal(edgecase("review", "changes", place, "Spring"))


def test_sheets_go_out_and_come_in(workspace: Workspace, edgecase: Edgecase, tmp_path: Path) -> None:
    place, sheet = workspace.path, tmp_path / "sheet.csv"
    a, _ = judged(edgecase, workspace)
    assert (
        edgecase("review", "export", place, "Spring", "-o", sheet)[1] == f"4 items and reviewers written to {sheet}\n"
    )
    rows = list(csv.DictReader(sheet.open(encoding="utf-8", newline="")))
    assert list(rows[0]) == [
        *("image", "true label", "predicted label", "confidence", "category", "verdict", "severity", "comment"),
        "reviewer",
    ]
    assert {row["reviewer"] for row in rows} == {"Ada", "Bob"}
    assert edgecase("review", "export", place, "Spring", "-o", sheet, "--role", "reviewer", "--person", "Ada")[0] == 0
    own = list(csv.DictReader(sheet.open(encoding="utf-8", newline="")))
    assert {(row["reviewer"], row["confidence"]) for row in own} == {("Ada", "")}
    assert "is hidden while it is open" in refusal(
        edgecase("review", "export", place, "Spring", "-o", sheet, "--role", "viewer")
    )
    (place / "roles.yaml").write_text("people: {Bob: reviewer}\n", "utf-8")
    assert edgecase("review", "export", place, "Spring", "-o", sheet, "--person", "bob")[0] == 0
    bobs = list(csv.DictReader(sheet.open(encoding="utf-8", newline="")))
    assert {(row["reviewer"], row["confidence"]) for row in bobs} == {("Bob", "")}
    assert "is hidden while it is open" in refusal(edgecase("review", "export", place, "Spring", "-o", sheet))
    sheet.write_text(f"image;verdict;annotator\n{a};Incorrect;Cem\n{a};;Dee\n", "utf-8")
    ran = edgecase("review", "import", place, sheet, "--round", "Team", "--author", "Ada")
    assert ran[1] == "1 verdict taken into the round “Team”, 1 line without one.\n"
    assert workspace.rounds.find("Team").protocol.reviewers == ("Cem",)
    assert [each.verdict for each in workspace.verdicts.of(workspace.rounds.find("Team").key)] == ["incorrect"]


def test_refusals_are_one_sentence(workspace: Workspace, edgecase: Edgecase) -> None:
    place = workspace.path
    assert "Expected items to judge, found none" in refusal(edgecase("review", "start", place, "Spring"))
    assert "No round is called “Autumn”" in refusal(edgecase("review", "status", place, "Autumn"))
    judged(edgecase, workspace)
    assert "has judged every item already" in refusal(
        edgecase("review", "verdict", place, "Spring", "correct", "--author", "Ada")
    )
    assert "nothing about verdicts of Cem" in refusal(edgecase("review", "undo", place, "Spring", "--author", "Cem"))
