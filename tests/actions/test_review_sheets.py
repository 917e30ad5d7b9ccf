"""A round as a spreadsheet: who may see what on it, and how it comes in."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from explorer import build
from explorer.actions.review import next_item, queue_of, start_round
from explorer.actions.review_sheets import export_verdicts, import_verdicts
from explorer.data.verdicts import BLINDABLE, Protocol
from explorer.errors import ReviewError
from explorer.points.opened_build import View
from tests.store.decisions.test_reviews import say

if TYPE_CHECKING:
    from explorer.data.verdicts import Round
    from explorer.store.workspace import Workspace
    from tests.conftest import Source


@pytest.fixture
def one(workspace: Workspace) -> Round:
    """Everything blinded; Ada judged three items and one of them twice, Bob one, Cem settled it."""
    protocol = Protocol("Spring", tuple(workspace.ids[:4]), ("Ada", "Bob"), model="v1", blinded=BLINDABLE)
    found = start_round(workspace, protocol, author="Ada")
    a, b, c, _ = workspace.ids[:4]
    said = [
        say(a, "Ada", "incorrect", severity="high", categories=("Night", "Rain"), reason="dark", comment="=1+1"),
        say(b, "Ada"),
        say(c, "Ada", "inadequate", seconds=2.5),
        say(a, "Bob", "ambiguous", comment="hm"),
    ]
    again = next(each for each in queue_of(workspace, "Spring", "Ada") if each.reading == "repeat")
    said += [say(again.id, "Ada", "ambiguous", reading="repeat"), say(a, "Cem", "incorrect", reading="adjudication")]
    workspace.verdicts.give("Spring", said, author="Ada")
    return found


def rows(workspace: Workspace, file: Path, **of: object) -> list[dict[str, str]]:
    export_verdicts(View(workspace), "Spring", file, **of)  # type: ignore[arg-type]
    return list(csv.DictReader(file.open(encoding="utf-8", newline="")))


def test_the_owner_gets_everything(workspace: Workspace, one: Round, tmp_path: Path) -> None:
    found = rows(workspace, tmp_path / "s.csv")
    assert len(found) == 2 * 4 + 1, "each item of each reviewer, one in two categories"
    first = next(row for row in found if row["category"] == "Rain")
    facts = workspace.samples.loc[workspace.ids[0]]
    assert (first["image"], first["true label"], first["predicted label"]) == (
        workspace.ids[0],
        facts["label"],
        facts["v1.prediction"],
    )
    assert float(first["confidence"]) == pytest.approx(facts["v1.confidence"], abs=1e-4)
    assert (first["verdict"], first["severity"], first["comment"], first["reviewer"]) == (
        "Incorrect",
        "high",
        "'=1+1",
        "Ada",
    )
    assert sum(row["verdict"] == "" for row in found) == 4, "what waits is there to be filled in"
    full = rows(workspace, tmp_path / "s.csv", full=True)
    assert sorted({row["occasion"] for row in full}) == ["adjudication", "first", "repeat"]
    assert {row["reason"] for row in full} == {"", "dark"}
    assert one.closed == ""


def test_a_reviewer_gets_their_own_and_nothing_that_is_blinded(
    workspace: Workspace, one: Round, tmp_path: Path
) -> None:
    """Whatever they ask for, until the round is closed; no id, as it may be a path that tells the class."""
    for options in ({}, {"full": True}, {"form": "wide"}, {"form": "wide", "full": True}):
        found = rows(workspace, tmp_path / "s.csv", role="reviewer", person="bob", **options)
        assert {row["reviewer"] for row in found} == {"Bob"}
        assert {row["true label"] + row["predicted label"] + row["confidence"] for row in found} == {""}
        assert all(row["image"].startswith("item-") for row in found)
        assert "repeat" not in {row.get("occasion") for row in found}
        text = (tmp_path / "s.csv").read_text("utf-8")
        assert not any(secret in text for secret in ("Ada", "Cem", *workspace.ids[:4], "apple", "pear"))
    with pytest.raises(ReviewError, match="Expected a reviewer of the round “Spring”"):
        rows(workspace, tmp_path / "s.csv", role="reviewer", person="Eve")
    for role, person in (("viewer", "Ada"), ("viewer", ""), ("reviewer", "")):
        with pytest.raises(ReviewError, match="is hidden while it is open"):
            rows(workspace, tmp_path / "s.csv", role=role, person=person)
    nameless = rows(workspace, tmp_path / "s.csv", role="adjudicator", person="Cem", full=True)
    assert {row["reviewer"] for row in nameless} == {""}
    workspace.rounds.close(one.key, author="Ada")
    assert rows(workspace, tmp_path / "s.csv", role="viewer") == rows(workspace, tmp_path / "t.csv")


@pytest.mark.parametrize("form", ["long", "wide"])
def test_a_sheet_comes_back_into_the_same_round_of_another_workspace(
    workspace: Workspace, one: Round, tmp_path: Path, form: str
) -> None:
    file = tmp_path / "s.csv"
    rows(workspace, file, form=form, full=True)
    before = {(v.reviewer, v.id, v.reading): v for v in workspace.verdicts.of(one.key)}
    for _ in before:
        workspace.verdicts.undo("Spring", "Ada")
    assert workspace.verdicts.of(one.key) == []
    done = import_verdicts(workspace, file, author="Dee", name="Spring")
    assert (done.round.key, done.verdicts, done.left_out) == (one.key, 6, ())
    after = {(v.reviewer, v.id, v.reading): v for v in workspace.verdicts.of(one.key)}
    assert after.keys() == before.keys()
    facts = ("verdict", "severity", "reason", "categories", "comment", "seconds")
    for key, verdict in before.items():
        assert [getattr(after[key], fact) for fact in facts] == [getattr(verdict, fact) for fact in facts]


def test_what_stands_for_an_id_is_understood(workspace: Workspace, one: Round, tmp_path: Path) -> None:
    file = tmp_path / "s.csv"
    rows(workspace, file, role="reviewer", person="Bob")
    file.write_text(file.read_text("utf-8").replace(",Ambiguous,", ",Correct,"), "utf-8")
    assert import_verdicts(workspace, file, author="Bob", name="Spring").verdicts == 1
    (given,) = [each for each in workspace.verdicts.of(one.key) if each.reviewer == "Bob"]
    assert (given.id, given.verdict, given.comment) == (workspace.ids[0], "correct", "hm")


def test_a_teams_sheet_becomes_a_round_of_its_own(workspace: Workspace, tmp_path: Path) -> None:
    """By id, by path, by a path of another machine; those who judged are its reviewers; nothing was blinded."""
    a, b, c, d = workspace.ids[:4]
    path = workspace.samples["filepath"][b]
    name = "D:\\photos\\" + "\\".join(Path(workspace.samples["filepath"][c]).parts[-2:])
    file = tmp_path / "Team review.csv"
    lines = [
        "image,verdict,severity,reviewer",
        f"{a},Correct,,",
        f"{path},incorrect,High,Bob",
        f"{name},Ambiguous,,Bob",
    ]
    file.write_text("\ufeff" + "\n".join([*lines, f"{d},,,"]), "utf-8")
    done = import_verdicts(workspace, file, author="Ada", model="v2")
    assert (done.round.name, done.verdicts, done.waiting) == ("Team review", 3, 1)
    protocol = done.round.protocol
    assert (set(protocol.ids), set(protocol.reviewers)) == ({a, b, c, d}, {"Ada", "Bob"})
    assert (protocol.blinded, protocol.repeats, protocol.model) == ((), 0.0, "v2")
    found = {each.id: (each.reviewer, each.verdict, each.severity) for each in workspace.verdicts.of(done.round.key)}
    assert found == {a: ("Ada", "correct", ""), b: ("Bob", "incorrect", "high"), c: ("Bob", "ambiguous", "")}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image,verdict\nnothing.png,correct\n", "found 'nothing.png', none of the images"),
        ("image,verdict\n02.png,correct\n", "found '02.png', 3 images of this name: give its id"),
        ("image,verdict\n,\n", "Expected verdicts in s.csv, found none"),
        ("image,verdict,severity\n{0},correct,awful\n", "as severity one of low, medium, high"),
    ],
)
def test_a_sheet_that_cannot_be_taken_in_starts_no_round(
    workspace: Workspace, tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "s.csv").write_text(text.format(workspace.ids[0]), "utf-8")
    with pytest.raises(ReviewError, match=message):
        import_verdicts(workspace, tmp_path / "s.csv", author="Ada")
    assert workspace.rounds.all() == []


@pytest.mark.usefixtures("one")
def test_a_round_goes_on_when_a_later_build_lacks_some_of_its_images(
    source: Source, workspace: Workspace, tmp_path: Path
) -> None:
    """What was said of them is exported all the same, and the next item is one that is there."""
    before = rows(workspace, tmp_path / "before.csv")
    gone = {workspace.ids[0], next(each.id for each in queue_of(workspace, "Spring", "Bob") if each.verdict is None)}
    table = pd.read_csv(source.table)
    table = table[~table["image"].isin(gone)]
    table["image"] = [str(source.images / each) for each in table["image"]]
    table["id"] = [Path(each).relative_to(source.images).as_posix() for each in table["image"]]
    table.to_csv(tmp_path / "fewer.csv", index=False)
    now = build(tmp_path / "fewer.csv", workspace.path, vectors=source.vectors)
    assert not gone & set(now.ids)
    after = rows(now, tmp_path / "after.csv")
    told = ("image", "reviewer", "verdict", "severity", "comment")
    assert [[row[name] for name in told] for row in after] == [[row[name] for name in told] for row in before]
    assert {row["true label"] for row in after if row["image"] in gone} == {""}
    going_on = next_item(now, "Spring", "Bob")
    assert going_on
    assert going_on.id in now.ids
