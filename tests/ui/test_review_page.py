"""The Review page: every part of it, and what each person may look at."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from streamlit.testing.v1 import AppTest

import explorer
from explorer.actions.analyze import findings_of
from explorer.actions.review import give_verdict, queue_of, repeat_round, results, start_round
from explorer.data.subsets import Member
from explorer.data.verdicts import Protocol
from explorer.errors import CategoryError, ReviewError
from explorer.points.opened_build import View
from explorer.ui.components.review import Answer
from explorer.ui.review import differing, queue, sheets
from explorer.ui.review.starting import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.data.verdicts import Round
    from explorer.store.workspace import Workspace

    Opener = Callable[..., AppTest]

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opener:
    """Open the page as a person, with some of the session's state set beforehand."""

    def at(workspace: Workspace, author: str = "Ada", **state: object) -> AppTest:
        monkeypatch.setattr(sys, "argv", ["main.py", str(workspace.path)])
        app = AppTest.from_file(MAIN, default_timeout=60)
        for key, value in {"author": author, **state}.items():
            app.session_state[key] = value
        app.run()
        return fine(app.switch_page("review.py").run())

    return at


def fine(app: AppTest) -> AppTest:
    assert [(error.message, error.stack_trace) for error in app.exception] == []
    assert [error.value for error in app.error] == []
    return app


def said(app: AppTest) -> str:
    kinds = ("markdown", "caption", "info", "success", "warning", "text")
    words = [str(element.value) for kind in kinds for element in getattr(app, kind)]
    bars = [str(bar.proto.text) for bar in app.get("progress")]
    return "\n".join([*words, *bars]).replace("\\", "")


def press(app: AppTest, label: str) -> AppTest:
    (button,) = [button for button in app.button if button.label.startswith(label)]
    return button.click().run()


def started(workspace: Workspace, **protocol: Any) -> Round:
    facts = {"items": tuple(workspace.ids[:5]), "reviewers": ("Ben", "Cy"), "model": "v1", "repeats": 0.0}
    return start_round(workspace, Protocol("First", **{**facts, **protocol}), author="Ada")


def judged(workspace: Workspace, one: Round, reviewer: str, *verdicts: str) -> None:
    """Give verdicts on the items in the protocol's order."""
    by_id = dict(zip(one.protocol.items, verdicts, strict=True))
    for item in queue_of(workspace, one.key, reviewer):
        give_verdict(workspace, one.key, item, by_id[item.id], reviewer=reviewer, seconds=2)


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the page gives to the component in the browser, once it is drawn."""
    found: dict[str, Any] = {}
    for module in (queue, differing):
        monkeypatch.setattr(module, "review", lambda **facts: found.update(facts))
    return found


def answer(item: str, verdict: str = "correct") -> Answer:
    return Answer(item, verdict, "", "", (), "", 100)


def test_without_a_round_it_says_what_one_is(opened: Opener, workspace: Workspace) -> None:
    app = opened(workspace)
    assert "the protocol is frozen with a hash" in said(app)
    leads = {"Categories": "subsets", "Findings": "findings"}
    assert [button.label for button in app.button] == ["Start the first round…", *leads]
    for label in leads:
        fine(press(opened(workspace), label))
        assert "`edgecase" not in said(app)
    assert press(opened(workspace), "Categories").session_state["subsets_part"] == "Categories"


def test_without_a_round_it_covers_subsets_and_segments_and_says_what_is_missing(
    opened: Opener, dusk_workspace: Workspace
) -> None:
    for name in ("dusk", "few"):
        dusk_workspace.decisions.edit_subset(name, author="Ada", category=" ")
    app = opened(dusk_workspace, model="v1")
    (table,) = app.dataframe
    rows = {row["Of"]: row for row in table.value.to_dict("records")}
    assert (rows["dusk"]["Judged"], rows["dusk"]["Is a"]) == (100, "subset")
    assert rows["dusk"]["Correct"].startswith("41.0% (")
    assert rows["few"]["Correct"] == "too few to say"
    assert "segment" in {row["Is a"] for row in rows.values()}
    assert "**A round of review of this model**" in said(app)


def in_dialog(app: AppTest, opener: str, last: str, **values: Any) -> AppTest:
    """Fill a dialog and press its last button; AppTest runs whole pages, so its opener is pressed again each time."""
    press(app, opener)
    kinds = ("text_input", "text_area", "selectbox", "number_input", "multiselect", "checkbox")
    for start, value in values.items():
        (widget,) = [one for kind in kinds for one in getattr(app, kind) if str(one.key).startswith(start)]
        widget.set_value(value)
        press(app, opener)
    (button,) = [button for button in app.button if button.label.startswith(opener)]
    button.click()
    return press(app, last)


def test_a_round_is_started_from_a_subset(opened: Opener, workspace: Workspace) -> None:
    members = [Member(each, "lasso") for each in workspace.ids[:7]]
    workspace.decisions.create_subset("odd", author="Ada", members=members)
    app = press(opened(workspace), "Start the first round…")
    (sources,) = [one for one in app.multiselect if one.label == "Judged are"]
    assert sources.options == ["Subset odd", "Where v1 and v2 differ", "All images"]
    asked = {"review_names": "Ben, Cy , Dee", "review_calibration": 2, "review_sources": [_subset("odd")]}
    fine(in_dialog(app, "Start the first round…", "Freeze the protocol and start with 7 images", **asked))
    (one,) = workspace.rounds.all()
    assert (one.name, one.started_by) == ("Round 1", "Ada")
    assert one.protocol.sources == ("subset odd",)
    assert set(one.protocol.ids) == set(workspace.ids[:7])
    assert len(one.protocol.calibration) == 2
    assert one.protocol.reviewers == ("Ben", "Cy", "Dee")
    assert one.protocol.blinded == ("confidence", "model", "reviewers")
    assert dict(one.protocol.thresholds) == {"at_least": 0.8, "min_n": 20.0}


def test_boxes_are_counted_as_boxes_in_a_round(opened: Opener, boxes_workspace: Workspace) -> None:
    """Three boxes of one image are three to judge."""
    members = [Member(each, "lasso") for each in ("gt:1", "gt:2", "gt:3")]
    boxes_workspace.decisions.create_subset("odd", author="Ada", members=members)
    app = press(opened(boxes_workspace), "Start the first round…")
    asked = {"review_names": "Ada, Ben", "review_sources": [_subset("odd")]}
    fine(in_dialog(app, "Start the first round…", "Freeze the protocol and start with 3 boxes", **asked))
    (one,) = boxes_workspace.rounds.all()
    for who in ("Ada", "Ben"):
        for item in queue_of(boxes_workspace, one.key, who):
            verdict = "incorrect" if (who, item.id) == ("Ben", "gt:1") else "correct"
            give_verdict(boxes_workspace, one.key, item, verdict, reviewer=who)
    app = opened(boxes_workspace, review_part="Agreement")
    assert "**3 boxes** judged by several reviewers; on **1** of them they differ." in said(app)


def test_who_says_that_they_are_a_reviewer_sees_what_they_have_to_judge(opened: Opener, workspace: Workspace) -> None:
    started(workspace)
    app = opened(workspace)
    assert app.session_state["review_part"] == "Agreement"
    (name,) = [one for one in app.text_input if one.label == "Your name"]
    fine(name.set_value("Ben").run())
    assert app.session_state["review_part"] == "My images"


def test_a_round_keeps_what_findings_are_about(opened: Opener, workspace: Workspace) -> None:
    """v1 is clearly worse on what the analysis names; the dialog keeps the same as `review start --findings`."""
    workspace.decisions.create_subset("all", author="Ada", members=[Member(each, "ids") for each in workspace.ids])
    told = {each for one in findings_of(workspace, "v1", on_progress=lambda _: None) for each in one.finding.ids}
    assert 0 < len(told) < len(workspace.ids)
    app = press(opened(workspace), "Start the first round…")
    asked = {"review_sources": [_subset("all")], "review_findings": True}
    last = f"Freeze the protocol and start with {len(told):,} images"
    fine(in_dialog(app, "Start the first round…", last, **asked))
    (one,) = workspace.rounds.all()
    assert set(one.protocol.ids) == told
    assert one.protocol.sources == ("subset all", "what findings are about")


def _subset(name: str) -> Source:
    return Source("subsets", name, f"Subset {name}")


def test_a_verdict_stays_with_its_image_whatever_becomes_of_the_queue(
    opened: Opener, workspace: Workspace, given: dict[str, Any]
) -> None:
    one = started(workspace, items=tuple(workspace.ids[:20]), overlap=1)
    opened(workspace, "Ben", review_part="My images")
    before = queue_of(workspace, one.key, "Ben")
    shown = given["pictures"](0, len(before))
    given["on_answer"](answer(shown[-1].key))
    workspace.rounds.deviate(one.key, author="Ada", reason="Dee joined", reviewers=["Ben", "Cy", "Dee"])
    now = {item.id: item.place for item in queue_of(workspace, one.key, "Ben")}
    stays = next(item for item in before if now.get(item.id, item.place) != item.place)
    gone = next(item for item in before if item.id not in now)
    given["on_answer"](answer(shown[stays.place].key, "ambiguous"))
    with pytest.raises(ReviewError, match="one that others judge by now"):
        given["on_answer"](answer(shown[gone.place].key))
    said = {each.id: each.verdict for each in workspace.verdicts.of(one.key)}
    assert said == {before[-1].id: "correct", stays.id: "ambiguous"}
    again = given["pictures"](now[stays.id], now[stays.id] + 1)[0]
    assert again.key == shown[stays.place].key
    assert again.collection != shown[stays.place].collection, "a browser keeps the image of an address for a year"


def test_a_category_is_made_whenever_its_verdict_is_kept(
    opened: Opener, workspace: Workspace, given: dict[str, Any]
) -> None:
    one = started(workspace)
    first = queue_of(workspace, one.key, "Ben")[0]
    opened(workspace, "Ben", review_part="My images")
    said = answer(given["pictures"](0, 1)[0].key)
    with pytest.raises(CategoryError, match="1 to 200 characters"):
        given["on_answer"](replace(said, categories=("x" * 201,)))
    assert workspace.verdicts.of(one.key) == []
    give_verdict(workspace, one.key, first, "correct", reviewer="Ben", categories=["Night"])
    given["on_answer"](replace(said, categories=("Night",)))  # again, as the server stopped before it made the category
    assert [each.name for each in workspace.categories.all()] == ["Night"]
    assert len(workspace.verdicts.history(one.key, "Ben")) == 1


def test_who_does_not_judge_is_told_who_does(opened: Opener, workspace: Workspace) -> None:
    started(workspace)
    assert opened(workspace).session_state["review_part"] == "Agreement"
    told = said(opened(workspace, review_part="My images"))
    assert "Ada does not judge in this round. Its reviewers are Ben, Cy" in told


def test_how_far_each_reviewer_is(opened: Opener, workspace: Workspace) -> None:
    one = started(workspace)
    judged(workspace, one, "Cy", *["correct"] * 5)
    told = said(opened(workspace, review_part="Progress"))
    assert "**Ben**: 0 of 5" in told
    assert "**Cy**: 5 of 5, 2.0 s an image (median)" in told


@pytest.mark.parametrize("part", ["Differences", "Agreement"])
def test_a_reviewer_does_not_see_others_before_the_end(part: str, opened: Opener, workspace: Workspace) -> None:
    one = started(workspace)
    judged(workspace, one, "Cy", *["correct"] * 5)
    assert "once your own images are judged" in said(opened(workspace, "Ben", review_part=part))
    workspace.rounds.close(one.key, author="Ada")
    assert "once your own images are judged" not in said(opened(workspace, "Ben", review_part=part))


@pytest.mark.parametrize(
    ("who", "role", "sees"),
    [("Dee", "adjudicator", False), ("Cy", "reviewer", False), ("Vic", "viewer", True), ("Ada", "owner", True)],
)
def test_who_must_not_know_reaches_no_images_by_agreement(
    who: str, role: str, opened: Opener, workspace: Workspace, *, sees: bool
) -> None:
    """Neither in the open round nor in a closed one of the same images."""
    one = started(workspace, blinded=("label",))
    judged(workspace, one, "Cy", *["correct"] * 5)
    start_round(workspace, replace(one.protocol, name="Closed"), author="Ada")
    judged(workspace, workspace.rounds.find("Closed"), "Ben", *["incorrect"] * 5)
    workspace.rounds.close("Closed", author="Ada")
    workspace.paths.roles.write_text(f"people: {{{who}: {role}}}\n")
    for name in ("First", "Closed"):
        app = opened(workspace, who, review_part="Agreement", review_round=workspace.rounds.find(name).key)
        assert ("Click a bar or a point" in said(app)) == sees
        assert ("Report…" in [button.label for button in app.button]) == sees
        assert app.get("plotly_chart")


def test_agreement_is_of_what_was_said(opened: Opener, workspace: Workspace) -> None:
    one = started(workspace)
    judged(workspace, one, "Ben", "correct", "correct", "incorrect", "correct", "ambiguous")
    judged(workspace, one, "Cy", "correct", "correct", "incorrect", "ambiguous", "correct")
    app = opened(workspace, review_part="Agreement")
    assert "**5 images** judged by several reviewers; on **2** of them they differ." in said(app)
    assert len(app.get("plotly_chart")) == 2


def test_what_a_browser_kept_of_an_adjudicator_is_sent_whatever_differs_by_then(
    opened: Opener, workspace: Workspace, given: dict[str, Any]
) -> None:
    one = started(workspace)
    judged(workspace, one, "Ben", *["correct"] * 5)
    judged(workspace, one, "Cy", "correct", "correct", "incorrect", "ambiguous", "correct")
    opened(workspace, review_part="Differences")
    before, (kept, settled) = dict(given), given["pictures"](0, 2)
    fifth = next(item for item in queue_of(workspace, one.key, "Cy") if item.id == one.protocol.items[4])
    give_verdict(workspace, one.key, fifth, "incorrect", reviewer="Cy")
    given["on_answer"](answer(settled.key))
    opened(workspace, review_part="Differences")
    assert given["name"] == before["name"], "by which the browser finds what it kept"
    assert given["order"] != before["order"]
    assert given["pictures"](1, 2)[0].key not in (kept.key, settled.key)
    given["on_answer"](answer(kept.key, "ambiguous"))
    decided = {each.id: each.verdict for each in results(workspace, one.key) if each.adjudicated}
    assert sorted(decided.values()) == ["ambiguous", "correct"]
    assert one.protocol.items[4] not in decided


def test_the_protocol_its_hash_and_what_is_hidden(opened: Opener, workspace: Workspace) -> None:
    one = started(workspace, blinded=("model", "reviewers"), sources=("where v1 and v2 differ",))
    told = said(opened(workspace, review_part="Protocol"))
    assert "| Model version | v1 |" in told
    assert "| Judged | 5 from where v1 and v2 differ |" in told
    assert f"`{one.digest[:16]}…`" in told
    assert "Roles are a courtesy here" in told
    asked = said(opened(workspace, "Ben", review_part="Protocol"))
    assert "| Model version | hidden |" in asked
    assert "| Judged | 5 |" in asked


def test_a_deviation_is_written_down_with_its_reason(opened: Opener, workspace: Workspace) -> None:
    started(workspace)
    asked = {"deviation reviewers": "Ben, Cy, Dee", "deviation reason": "Ben is ill"}
    app = opened(workspace, review_part="Protocol")
    fine(in_dialog(app, "Write down a deviation…", "Write it down", **asked))
    (now,) = workspace.rounds.all()
    assert now.protocol.reviewers == ("Ben", "Cy", "Dee")
    assert [(each.changes, each.reason) for each in now.deviations] == [
        ({"reviewers": ["Ben", "Cy", "Dee"]}, "Ben is ill")
    ]
    assert "Ben is ill" in said(opened(workspace, review_part="Protocol"))
    key = workspace.rounds.find("First").key
    less: dict[str, Any] = {f"deviation {key}_at_least": 70, "deviation overlap": 1, "deviation reason": "no time"}
    app = opened(workspace, review_part="Protocol")
    fine(in_dialog(app, "Write down a deviation…", "Write it down", **less))
    assert workspace.rounds.find("First").deviations[-1].changes == {
        "overlap": 1,
        "thresholds": {"at_least": 0.7, "min_n": 1.0},
    }


def test_a_round_is_closed_opened_again_and_repeated(opened: Opener, workspace: Workspace) -> None:
    one = started(workspace)
    app = press(opened(workspace, review_part="Protocol"), "Close the round")
    assert workspace.rounds.find(one.key).closed
    app = fine(press(app, "Open it again"))
    assert not workspace.rounds.find(one.key).closed
    assert "Start a round…" in [button.label for button in app.button]
    fine(in_dialog(app, "Repeat for a version…", "Start it"))
    again = workspace.rounds.all()[-1]
    assert (again.name, again.repeats, again.protocol.model) == ("First (again)", one.key, "v2")


def test_a_viewer_cannot_decide_and_a_reviewer_cannot_start(opened: Opener, workspace: Workspace) -> None:
    started(workspace)
    workspace.paths.roles.write_text("people: {Ada: owner, Ben: reviewer, Vic: viewer}\n")
    assert "Start a round…" in [button.label for button in opened(workspace).button]
    assert _parts(opened(workspace, "Ben")) == ["My images", "Progress", "Protocol"]
    assert [button.label for button in opened(workspace, "Ben", review_part="Protocol").button] == []
    app = opened(workspace, "Vic", review_part="Protocol")
    assert _parts(app) == ["Agreement", "Progress", "Protocol"]
    assert [button.label for button in app.button] == []


def _parts(app: AppTest) -> list[str]:
    group: list[Any] = [one for one in app.get("button_group") if getattr(one, "label", "") == "Part"]
    return [option.content for option in group[0].proto.options]


def test_a_sheet_goes_out_with_what_a_person_may_see_and_comes_in(opened: Opener, workspace: Workspace) -> None:
    one = started(workspace, blinded=("prediction", "reviewers"))
    judged(workspace, one, "Cy", *["correct"] * 5)
    view = View(workspace)
    mine = sheets.sheet(view, one, "long", "reviewer", "Ben").decode("utf-8-sig").splitlines()
    assert mine[0] == "image,true label,predicted label,confidence,category,verdict,severity,comment,reviewer"
    assert len(mine) == 6
    assert all(line.split(",")[2] == "" and line.endswith(",Ben") for line in mine[1:])
    every = sheets.sheet(view, one, "wide", "owner", "Ada").decode("utf-8-sig").splitlines()
    assert len(every) == 11
    app = opened(workspace, "Ben", review_part="Protocol")
    assert len(app.get("download_button")) == 2
    workspace.paths.roles.write_text("people: {Ada: owner, Vic: viewer}\n")
    assert len(opened(workspace, "Vic", review_part="Protocol").get("download_button")) == 0
    assert "Take in a spreadsheet…" in [button.label for button in opened(workspace, review_part="Protocol").button]


def test_what_differs_from_the_round_before_is_told_to_whom_nothing_is_hidden(
    opened: Opener, workspace: Workspace
) -> None:
    one = started(workspace)
    judged(workspace, one, "Ben", *["correct"] * 5)
    judged(workspace, one, "Cy", *["correct"] * 5)
    again = repeat_round(workspace, one.key, "v2", author="Ada")
    of_all = {"review_part": "Protocol", "review_round": again.key}
    told = said(opened(workspace, **of_all))
    assert "**Since “First”**" in told
    assert "0 of 5 items have another prediction." in told, "both call the first apple sky"
    assert "Since “First”" not in said(opened(workspace, "Ben", **of_all))
