"""A round of review from its start to its end, on a small workspace."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from explorer import open_workspace
from explorer.actions.evaluate import best_confidence, counting_in
from explorer.actions.outcomes import by_review, newest_review
from explorer.actions.review import (
    adjudicate,
    disagreements,
    give_verdict,
    next_item,
    progress,
    queue_of,
    redo,
    repeat_round,
    repeated_name,
    results,
    rounds,
    seen,
    start_round,
    undo,
)
from explorer.actions.review_changes import changelog
from explorer.data.spaces import predictions_of
from explorer.data.thresholds import Thresholds
from explorer.data.verdicts import BLINDABLE, Item, Protocol, checked_protocol
from explorer.errors import ReviewError
from explorer.evaluation.confusion import MISSED
from explorer.points.opened_build import View
from explorer.review.blinding import Facts

if TYPE_CHECKING:
    from explorer.data.verdicts import Round
    from explorer.store.workspace import Workspace

ROOT = Path(__file__).parents[2]


def started(workspace: Workspace, **rules: object) -> Round:
    """A round of the first twenty images for Ada and Bob."""
    first = Protocol("Spring", tuple(workspace.ids[:20]), ("Ada", "Bob"), model="v1")
    return start_round(workspace, replace(first, **rules), author="Ada")  # type: ignore[arg-type]


def give(workspace: Workspace, reviewer: str, verdicts: dict[str, str], name: str = "Spring") -> None:
    """What a reviewer says of items by id, on their first occasion."""
    for each, verdict in verdicts.items():
        give_verdict(workspace, name, Item(0, each), verdict, reviewer=reviewer)


def test_a_reviewer_goes_through_the_queue_and_resumes_where_they_stopped(workspace: Workspace) -> None:
    one = started(workspace)
    assert [each.name for each in rounds(workspace)] == ["Spring"]
    places = queue_of(workspace, "Spring", "ada")
    assert len(places) == 21, "one of twenty comes again"
    assert next_item(workspace, one.key, "Ada") == places[0]
    given = give_verdict(
        workspace,
        "Spring",
        places[0],
        "incorrect",
        reviewer=" ada",
        severity="high",
        reason="too dark",
        categories=["Night"],
        comment="?",
        seconds=2.5,
    )
    assert queue_of(workspace, "Spring", "Ada")[0].verdict == given
    assert open_workspace(workspace.path).verdicts.of(one.key) == [given]
    assert next_item(workspace, "Spring", "Ada") == places[1]
    assert next_item(workspace, "Spring", "Bob") == queue_of(workspace, "Spring", "Bob")[0]
    assert undo(workspace, "Spring", "ada") is not None, "a name is the same in any case"
    assert next_item(workspace, "Spring", "Ada") == places[0]
    assert redo(workspace, "Spring", "Ada") is not None
    for item in queue_of(workspace, "Spring", "Ada")[1:]:
        give_verdict(workspace, "Spring", item, "correct", reviewer="Ada", seconds=1)
    assert next_item(workspace, "Spring", "Ada") is None
    ada, bob = progress(workspace, "Spring")
    assert (ada.reviewer, ada.done, ada.total, ada.seconds) == ("Ada", 21, 21, 1.0)
    assert (bob.reviewer, bob.done, bob.total) == ("Bob", 0, 21)
    with pytest.raises(ReviewError, match=r"Expected a reviewer of the round “Spring” \(Ada, Bob\), found 'Cem'"):
        queue_of(workspace, "Spring", "Cem")


def test_a_verdict_is_on_disk_when_the_call_returns(workspace: Workspace) -> None:
    """A process is killed with -9 as soon as it was told that its verdict is kept."""
    started(workspace)
    program = (
        "import os, signal, sys\n"
        "from explorer import open_workspace\n"
        "from explorer.actions.review import give_verdict, next_item\n"
        "workspace = open_workspace(sys.argv[1])\n"
        "for _ in range(7):\n"
        "    item = next_item(workspace, 'Spring', 'Ada')\n"
        "    give_verdict(workspace, 'Spring', item, 'ambiguous', reviewer='Ada', seconds=1)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program, str(workspace.path)], cwd=ROOT, check=False)
    assert ran.returncode == -signal.SIGKILL
    after = open_workspace(workspace.path)
    given = [each.verdict for each in queue_of(after, "Spring", "Ada")]
    assert [each.verdict for each in given if each] == ["ambiguous"] * 7
    assert all(given[:7])
    assert after.decisions.verify_chain().broken_link is None


def test_a_round_is_of_what_the_workspace_has(workspace: Workspace) -> None:
    with pytest.raises(ReviewError, match="found 1 others, such as 'z'"):
        started(workspace, items=("z",))
    with pytest.raises(ReviewError, match="Expected one of the models v1, v2, found 'v9'"):
        started(workspace, model="v9")
    with pytest.raises(ReviewError, match="a column of the images to group by, found 'patient'"):
        started(workspace, group="patient")
    assert rounds(workspace) == []


def test_reviewers_see_nothing_that_is_blinded_until_the_round_is_closed(workspace: Workspace) -> None:
    one = started(workspace, blinded=BLINDABLE)
    view, each = View(workspace), workspace.ids[0]
    for role in ("viewer", "reviewer", "adjudicator"):
        assert seen(view, one, each, role) == Facts(each, "", hidden=frozenset(BLINDABLE))
    told = seen(view, one, each, "owner")
    row = workspace.samples.loc[each]
    assert (told.title, told.label, told.prediction, told.model) == (
        Path(row["filepath"]).name,
        row["label"],
        row["v1.prediction"],
        "v1",
    )
    assert told.confidence == pytest.approx(row["v1.confidence"])
    assert told.metadata["camera"] == row["camera"]
    assert not any("v1" in name or "v2" in name for name in told.metadata), "no column of a model is metadata"
    workspace.rounds.close("Spring", author="Ada")
    assert seen(view, workspace.rounds.find("Spring"), each, "reviewer") == told


@pytest.mark.parametrize(
    ("blinded", "field"),
    [("prediction", "prediction"), ("confidence", "confidence"), ("model", "model"), ("label", "label")],
)
def test_what_is_blinded_alone_hides_itself_alone(workspace: Workspace, blinded: str, field: str) -> None:
    one = started(workspace, blinded=(blinded,))
    told, shown = (seen(View(workspace), one, workspace.ids[0], role) for role in ("owner", "reviewer"))
    fields = ("label", "prediction", "confidence", "model", "metadata")
    assert [name for name in fields if getattr(told, name) != getattr(shown, name)] == [field]
    assert (shown.title == "") == (blinded == "label"), "the name of a file may give it away"


def test_differing_verdicts_wait_for_an_adjudicator_who_does_not_know_whose_they_are(workspace: Workspace) -> None:
    started(workspace)
    a, b, c = workspace.ids[:3]
    give(workspace, "Ada", {a: "correct", b: "incorrect", c: "correct"})
    give(workspace, "Bob", {a: "correct", b: "ambiguous"})
    (one,) = disagreements(workspace, "Spring")
    assert one.id == b
    assert sorted(each.verdict for each in one.votes) == ["ambiguous", "incorrect"]
    assert "Ada" not in repr(one)
    assert "Bob" not in repr(one)
    with pytest.raises(ReviewError, match="an item on which the reviewers differ"):
        adjudicate(workspace, "Spring", a, "correct", adjudicator="Cem")
    adjudicate(workspace, "Spring", b, "incorrect", adjudicator="Cem", severity="low", reason="seen twice")
    by_id = {each.id: each for each in results(workspace, "Spring")}
    assert [(each.verdict, each.differs, each.waits) for each in by_id.values()] == [
        ("correct", False, False),
        ("incorrect", True, False),
        ("correct", False, False),
    ]
    assert by_id[b].severity == "low"
    assert [each.reviewer for each in by_id[b].votes] == ["Ada", "Bob"], "all votes are kept"
    (decided,) = disagreements(workspace, "Spring")
    assert decided.adjudicated is not None
    assert decided.adjudicated.reason == "seen twice"


def test_a_majority_stands_where_the_protocol_says_so(workspace: Workspace) -> None:
    a, b = workspace.ids[:2]
    for rule, waiting, stand in (("majority", [b], "correct"), ("all", [a, b], ""), ("none", [], "")):
        one = started(workspace, name=rule, reviewers=("Ada", "Bob", "Cem"), adjudication=rule)
        give(workspace, "Ada", {a: "correct", b: "correct"}, rule)
        give(workspace, "Bob", {a: "correct", b: "ambiguous"}, rule)
        give(workspace, "Cem", {a: "incorrect", b: "incorrect"}, rule)
        assert [each.id for each in disagreements(workspace, one.key)] == waiting
        assert next(each.verdict for each in results(workspace, one.key) if each.id == a) == stand


def test_a_reviewer_who_joins_later_shares_what_is_left(workspace: Workspace) -> None:
    """With an overlap of one nobody judges anew what another has judged, and what was judged stays with who did."""
    started(workspace, overlap=1, repeats=0.0)
    own = [each.id for each in queue_of(workspace, "Spring", "Ada")]
    assert sorted([*own, *(each.id for each in queue_of(workspace, "Spring", "Bob"))]) == sorted(workspace.ids[:20])
    give(workspace, "Ada", dict.fromkeys(own[:6], "correct"))
    workspace.rounds.deviate("Spring", author="Ada", reason="Cem joined", reviewers=["Ada", "Bob", "Cem"])
    queues = {who: queue_of(workspace, "Spring", who) for who in ("Ada", "Bob", "Cem")}
    assert sorted(each.id for each in queues["Ada"] if each.verdict) == sorted(own[:6])
    waiting = {who: [each.id for each in places if not each.verdict] for who, places in queues.items()}
    assert sorted(each for some in waiting.values() for each in some) == sorted(set(workspace.ids[:20]) - set(own[:6]))
    assert waiting["Cem"]
    assert [each.place for each in queues["Ada"]] == list(range(len(queues["Ada"])))


def test_a_round_repeats_for_a_new_version_with_new_orders_and_nothing_of_the_old_verdicts(
    workspace: Workspace,
) -> None:
    old = started(workspace)
    a, b = workspace.ids[:2]
    give(workspace, "Ada", {a: "incorrect", b: "correct"})
    give(workspace, "Bob", {a: "incorrect", b: "correct"})
    workspace.rounds.close("Spring", author="Ada")
    new = repeat_round(workspace, "Spring", "v2", author="Ada")
    assert (new.name, new.repeats, new.protocol.model) == ("Spring (again)", old.key, "v2")
    assert repeated_name(workspace, old) == "Spring (again 2)"
    assert new.protocol.ids == old.protocol.ids
    before, after = (queue_of(workspace, each.key, "Ada") for each in (old, new))
    assert sorted(each.id for each in after if each.reading == "first") == sorted(workspace.ids[:20])
    assert [each.id for each in after] != [each.id for each in before]
    assert {each.verdict for each in after} == {None}
    give(workspace, "Ada", {a: "correct", b: "correct"}, new.key)
    found = changelog(View(workspace), new.key)
    assert found.rules == {"name": ("Spring", "Spring (again)"), "model": ("v1", "v2")}
    frame = workspace.samples.iloc[:20]
    assert {each.id for each in found.predictions} == set(frame.index[frame["v1.prediction"] != frame["v2.prediction"]])
    assert found.verdicts == ((a, "incorrect", "correct"),)
    assert found.lines[0] == "name: Spring → Spring (again)"
    assert found.lines[-2:] == [
        "1 of 2 items that both rounds settled have another verdict.",
        "Incorrect → Correct: 1",
    ]
    with pytest.raises(ReviewError, match="“Spring” is the first of its items"):
        changelog(View(workspace), "Spring")


def test_boxes_count_as_the_protocol_says_or_else_as_the_app_opens(boxes_workspace: Workspace) -> None:
    """A detection of .4 is a false alarm from 0 on, and nothing from the best confidence of v1 on."""
    view, found = View(boxes_workspace), boxes_workspace.objects(predictions_of("v1"))
    (image,) = found.index[found["confidence"] < 0.5]
    said = {}
    for name, thresholds in (("All", (("confidence", 0.0),)), ("Unsaid", ())):
        protocol = Protocol(name, (image,), ("Ada",), model="v1", thresholds=thresholds)
        one = start_round(boxes_workspace, checked_protocol(protocol), author="Ada")
        said[name] = counting_in(view, one.protocol)
        give_verdict(boxes_workspace, one.key, Item(0, image), "correct", reviewer="Ada")
    assert said == {"All": Thresholds(), "Unsaid": Thresholds(confidence=best_confidence(boxes_workspace, "v1"))}
    told = {name: newest_review(boxes_workspace, "v1", name) for name in said}
    outcomes = {name: by_review(view, one).predictions.tolist() for name, one in told.items() if one}
    assert outcomes == {"All": [MISSED], "Unsaid": [""]}


def test_boxes_are_judged_too(boxes_workspace: Workspace) -> None:
    """A detection has a prediction and no label; an image the classes on it; all of it is blinded alike."""
    view = View(boxes_workspace)
    name = next(each for each in boxes_workspace.box_spaces if each.model)
    boxes = boxes_workspace.objects(name)
    image = str(boxes["sample"].iloc[0])
    protocol = Protocol("Boxes", (str(boxes.index[0]), image), ("Ada",), model=name.model)
    one = start_round(boxes_workspace, checked_protocol(protocol), author="Ada")
    box = seen(view, one, str(boxes.index[0]), "owner")
    assert (box.label, box.prediction) == (None, boxes["label"].iloc[0])
    assert box.confidence == pytest.approx(boxes["confidence"].iloc[0])
    assert boxes.index[0].startswith(f"{name.model}:")
    assert "boxes" not in seen(view, one, image, "owner").metadata, "how many are labelled is no metadata"
    assert seen(view, one, str(boxes.index[0]), "reviewer").title == "", "its id names the model, which is hidden"
    whole = seen(view, one, image, "owner")
    own = boxes[boxes["sample"] == image]
    assert whole.prediction == ", ".join(sorted(set(own["label"])))
    assert whole.label == ", ".join(sorted(set(boxes_workspace.objects("label").query("sample == @image")["label"])))
    assert whole.confidence == pytest.approx(own["confidence"].max())
    high = replace(protocol, name="Sure ones", thresholds=(("confidence", 1.0),))
    sure = seen(view, start_round(boxes_workspace, high, author="Ada"), image, "owner")
    assert (sure.prediction, sure.confidence) == ("", None), "what does not count is not said"
    blind = replace(protocol, name="Blind", blinded=("prediction",))
    assert seen(view, start_round(boxes_workspace, blind, author="Ada"), image, "reviewer").prediction is None
