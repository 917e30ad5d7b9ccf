"""The Findings page, as Streamlit and as Chromium draw it."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from streamlit.testing.v1 import AppTest

import explorer
from explorer.actions import jobs
from explorer.actions.analyze import KINDS, _told, analyze, findings_of
from explorer.actions.jobs import State
from explorer.ui.findings import cards
from explorer.ui.session import findings

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.actions.findings import Known
    from explorer.store.workspace import Workspace
    from tests.ui.conftest import Visit

    Opener = Callable[[Workspace], AppTest]

MAIN = Path(explorer.__file__).parent / "ui" / "pages" / "main.py"


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Opener:
    """Open the page of a workspace."""

    def at(workspace: Workspace) -> AppTest:
        monkeypatch.setattr(sys, "argv", ["main.py", str(workspace.path)])
        app = AppTest.from_file(MAIN, default_timeout=60).run()
        return _fine(app.switch_page("findings.py").run())

    return at


@pytest.fixture(scope="module")
def analysed(demo: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A copy of the demo of which everything is computed."""
    workspace = explorer.open_workspace(shutil.copytree(demo.path, tmp_path_factory.mktemp("analysed") / "ws"))
    analyze(workspace)
    return workspace


@pytest.fixture
def fashion(analysed: Workspace, tmp_path: Path) -> Workspace:
    """The same, to decide on."""
    return explorer.open_workspace(shutil.copytree(analysed.path, tmp_path / "ws"))


@pytest.fixture
def fresh(demo: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The demo without any analysis, where none is quick enough for the page."""
    workspace = explorer.open_workspace(shutil.copytree(demo.path, tmp_path / "fresh"))
    for kept in workspace.paths.derived.glob("analysis-*"):
        shutil.rmtree(kept)
    monkeypatch.setattr(findings, "PATIENCE", -1.0)
    _told.clear()
    return workspace


def _fine(app: AppTest) -> AppTest:
    assert [error.message for error in app.exception] == []
    assert [error.value for error in app.error] == []
    return app


def _said(app: AppTest) -> str:
    kinds = ("markdown", "caption", "info")
    return "\n".join(str(element.value) for kind in kinds for element in getattr(app, kind)).replace("\\", "")


def _listed(workspace: Workspace) -> list[Known]:
    return [one for one in findings_of(workspace, None, on_progress=lambda _: None) if not one.dismissed]


def _group(app: AppTest, key: str) -> Any:
    (group,) = [group for group in app.get("button_group") if getattr(group, "key", "") == key]
    return group


def _shown(app: AppTest) -> list[str]:
    """Keys of the findings on the page, in their order."""
    return [str(button.key).removeprefix("show ") for button in app.button if str(button.key).startswith("show ")]


def test_the_page_lists_what_the_command_prints_in_its_order(fashion: Workspace, page: Opener) -> None:
    app = page(fashion)
    printed = analyze(fashion, ["findings"])["findings"]
    assert len(printed) > 5
    assert _shown(app) == [row["key"] for row in printed][: cards.PER_PAGE]
    said = _said(app)
    assert all(row["title"] in said for row in printed[: cards.PER_PAGE])
    worst = next(row for row in printed if row["figures"].get("metric") == "accuracy")
    assert f"Fixing it gains at most {100 * worst['score']:.1f} points of accuracy." in said


def test_one_kind_alone_is_listed(fashion: Workspace, page: Opener) -> None:
    app = page(fashion)
    kinds = _group(app, "finding_kind")
    assert "Outliers (1)" in kinds.options
    app.session_state.finding_kind = "outliers"
    app.run()
    assert _shown(_fine(app)) == [one.key for one in _listed(fashion) if one.finding.kind == "outliers"]


def test_more_than_a_page_is_turned_through(fashion: Workspace, page: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "PER_PAGE", 3)
    app, keys = page(fashion), [one.key for one in _listed(fashion)]
    assert _shown(app) == keys[:3]
    assert _group(app, "finding_page").options[:2] == ["1–3", "4–6"]
    app.session_state.finding_page = 1
    app.run()
    assert _shown(_fine(app)) == keys[3:6]


def test_a_finding_is_dismissed_with_a_reason_restored_and_dismissed_again_by_undo(
    fashion: Workspace, page: Opener
) -> None:
    app, first = page(fashion), _listed(fashion)[0]
    app.button(key=f"dismiss {first.key}").click().run()
    app.button(key=f"dismiss {first.key}").click()
    app.text_input(key="dismiss_reason").set_value("an old camera").run()
    app.button(key=f"dismiss {first.key}").click()
    (dismiss,) = [button for button in app.button if button.label == "Dismiss"]
    dismiss.click().run()
    _fine(app)
    (decided,) = fashion.findings.dismissed()
    assert (decided.key, decided.reason, decided.model) == (first.key, "an old camera", "v1")
    assert first.key not in _shown(app.run())
    app.toggle(key="show_dismissed").set_value(True).run()
    assert "an old camera" in _said(_fine(app))
    app.button(key=f"restore {first.key}").click().run()
    assert fashion.findings.dismissed() == []
    app.toggle(key="show_dismissed").set_value(False).run()
    assert _shown(_fine(app))[0] == first.key
    app.button(key="finding Undo").click().run()
    assert [one.key for one in fashion.findings.dismissed()] == [first.key]
    assert first.key not in _shown(_fine(app))


def test_without_a_reason_nothing_is_dismissed(fashion: Workspace, page: Opener) -> None:
    app, first = page(fashion), _listed(fashion)[0]
    app.button(key=f"dismiss {first.key}").click().run()
    (dismiss,) = [button for button in app.button if button.label == "Dismiss"]
    app.button(key=f"dismiss {first.key}").click()
    dismiss.click().run()
    assert app.error[0].value.startswith("Expected a reason to dismiss")
    assert fashion.findings.dismissed() == []


def test_what_is_tagged_from_its_card_was_found_by_a_finding(fashion: Workspace, page: Opener) -> None:
    app, first = page(fashion), _listed(fashion)[0]
    app.button(key=f"tag {first.key}").click().run()
    app.text_input(key="tag_name").set_value("worst")
    app.button(key=f"tag {first.key}").click().run()
    (tag,) = [button for button in app.button if button.label.endswith("as a new subset")]
    app.button(key=f"tag {first.key}").click()
    _fine(tag.click().run())
    members = fashion.subset("worst").members
    assert set(members) == set(first.finding.ids)
    assert {member.origin for member in members.values()} == {"finding"}


def test_show_on_map_selects_exactly_its_images(fashion: Workspace, page: Opener) -> None:
    app, first = page(fashion), _listed(fashion)[0]
    app.button(key=f"show {first.key}").click().run()
    _fine(app)
    (stroke,) = app.session_state.history[-1]
    assert (stroke.origin, stroke.space) == ("finding", "image")
    assert {fashion.ids[row] for row in stroke.rows} == set(first.finding.ids)


def test_boxes_are_tagged_from_their_card(boxes_built: Workspace, tmp_path: Path, page: Opener) -> None:
    workspace = explorer.open_workspace(shutil.copytree(boxes_built.path, tmp_path / "ws"))
    listed = _listed(workspace)
    app = page(workspace)
    for one in listed[: cards.PER_PAGE]:
        app.button(key=f"tag {one.key}").click().run()
        assert "A new name, or one to add to" in [field.placeholder for field in _fine(app).text_input]


def test_where_nothing_is_found_that_is_said(workspace: Workspace, page: Opener) -> None:
    every = _listed(workspace)
    for one in every:
        workspace.findings.dismiss(one.finding, one.key, "known", author="Ada", model=one.model)
    assert every
    assert "Every finding is dismissed: Dismissed lists them" in _said(page(workspace))


def test_what_takes_long_runs_beside_the_page_and_is_taken_up(fresh: Workspace, page: Opener) -> None:
    app = page(fresh)
    assert _shown(app) == []
    assert "Looking further, for " + ", ".join(kind.replace("_", " ") for kind in KINDS) in _said(app)
    while jobs.is_running(fresh.path):
        time.sleep(0.1)
    job = jobs.current(fresh.path)
    assert job
    assert job.state is State.DONE
    assert job.command[0] == "analyze"
    assert _shown(_fine(app.run())) == [one.key for one in _listed(fresh)][: cards.PER_PAGE]
    assert "Looking further" not in _said(app)


def test_a_stopped_analysis_is_gone_on_with_by_a_press(fresh: Workspace, page: Opener) -> None:
    app = page(fresh)
    (cancel,) = [button for button in app.button if button.label == "Cancel"]
    cancel.click().run()
    job = jobs.current(fresh.path)
    assert job
    if job.state is State.CANCELLED:  # else it was faster
        assert "Not looked at yet: " in _said(_fine(app.run()))
        assert [button.label for button in app.button].count("Go on") == 1


def test_images_are_measured_by_a_press(fresh: Workspace, page: Opener) -> None:
    app = page(fresh)
    assert jobs.is_running(fresh.path), "the analysis gives way"
    app.button(key="measure images").click().run()
    job = jobs.current(fresh.path)
    assert job
    assert job.command[:4] == ("analyze", str(fresh.path), "--only", "signals,findings")
    while jobs.is_running(fresh.path):
        time.sleep(0.1)
    _fine(app.run())
    measured = explorer.open_workspace(fresh.path)
    assert "image.sharpness" in measured.samples
    assert "measure images" not in [button.key for button in app.button]
    assert _shown(app) == [one.key for one in _listed(measured)][: cards.PER_PAGE]


def _finished(workspace: Workspace) -> None:
    while jobs.is_running(workspace.path):
        time.sleep(0.1)


def test_measuring_has_one_box_alone(fresh: Workspace, page: Opener) -> None:
    """The job that measures the images is the one that analyses them: its progress and buttons are shown once."""
    app = page(fresh)
    app.button(key="measure images").click().run()
    assert jobs.is_running(fresh.path)
    assert "Looking further" not in _said(_fine(app))
    (cancel,) = [button for button in app.button if button.label == "Cancel"]
    cancel.click().run()
    job = jobs.current(fresh.path)
    assert job
    if job.state is State.CANCELLED:  # else it was faster
        _fine(app.run())
        assert [button.label for button in app.button].count("Go on") == 1


def test_how_it_is_analysed_is_chosen_in_one_place_and_holds_for_the_command_and_what_is_shown(
    dusk_workspace: Workspace, page: Opener
) -> None:
    app = page(dusk_workspace)
    _finished(dusk_workspace)
    app.button(key="how analysed").click().run()
    app.button(key="how analysed").click()
    app.number_input(key="how seed").set_value(7)
    app.selectbox(key="how Together by").set_value("light")
    app.button(key="analyse so").click().run()
    app.run()
    _finished(dusk_workspace)
    job = jobs.current(dusk_workspace.path)
    assert job
    assert job.command[-5:] == ("--seed", "7", "--model", "v1", "--group-by=light")
    printed = analyze(dusk_workspace, ["findings"], seed=7, group_by="light")["findings"]
    assert _shown(_fine(app.run())) == [row["key"] for row in printed][: cards.PER_PAGE]
    usual = analyze(dusk_workspace, ["segments"], seed=7)["segments"]
    grouped = analyze(dusk_workspace, ["segments"], seed=7, group_by="light")["segments"]
    assert usual != grouped


def test_two_values_that_are_chosen_are_compared_for_drift(fashion: Workspace, page: Opener) -> None:
    app = page(fashion)

    def dialog() -> AppTest:
        app.button(key="how analysed").click()
        return app

    dialog().run()
    dialog().selectbox(key="how Drift between").set_value("split").run()
    assert [dialog().selectbox(key=f"how {side} split").value for side in ("before", "after")] == ["test", "val"]
    dialog().selectbox(key="how before split").set_value("val").run()
    assert dialog().button(key="analyse so").disabled, "one value twice"
    dialog().selectbox(key="how after split").set_value("test").run()
    dialog().button(key="analyse so").click().run()
    _fine(app.run())
    _finished(fashion)
    job = jobs.current(fashion.path)
    assert job
    assert job.command[-4:] == ("--between", "split", "val", "test")


def test_what_drifted_is_shown_on_a_map_that_is_coloured_by_it(
    drifted: Workspace, tmp_path: Path, page: Opener
) -> None:
    workspace = explorer.open_workspace(shutil.copytree(drifted.path, tmp_path / "ws"))
    analyze(workspace)
    (later,) = [one for one in _listed(workspace) if one.finding.kind == "drift"]
    app = page(workspace)
    app.session_state.finding_kind = "drift"
    app.run()
    app.button(key=f"show {later.key}").click().run()
    assert f"{len(later.finding.ids)} selected" in _said(_fine(app))
    assert app.session_state.colour == "taken"


def test_a_function_of_ones_own_is_run_by_the_command_line_alone(dusk_workspace: Workspace, page: Opener) -> None:
    app = page(dusk_workspace)
    app.button(key="how analysed").click().run()
    codes = [element.value for element in app.code]
    assert any(code.endswith("--signal module:function --only signals") for code in codes)
    assert [field.label for field in app.text_input if "ignal" in field.label] == []


def test_how_many_to_label_next_is_chosen_on_the_card(fashion: Workspace, page: Opener) -> None:
    app = page(fashion)
    app.session_state.finding_kind = "next"
    app.run()
    assert "20 images to label next" in _said(_fine(app))
    app.selectbox(key="label_budget").set_value(50).run()
    assert "50 images to label next" in _said(_fine(app))


def test_a_viewer_sees_what_was_found_and_starts_no_analysis(fresh: Workspace, page: Opener) -> None:
    fresh.paths.roles.write_text("default: viewer\n")
    app = page(fresh)
    assert "Expected somebody who may decide" in app.info[0].value
    assert "measure images" not in [button.key for button in app.button]
    assert jobs.current(fresh.path) is None


def test_a_build_takes_the_place_of_an_analysis(fresh: Workspace, page: Opener) -> None:
    page(fresh)
    job = jobs.start(fresh.path, ["info", str(fresh.path)])
    assert job.command[0] == "info"
    while jobs.is_running(fresh.path):
        time.sleep(0.05)


def test_one_of_each_group_of_copies_is_kept_and_the_rest_is_a_subset(fashion: Workspace, page: Opener) -> None:
    (copies,) = [one for one in _listed(fashion) if one.finding.kind == "duplicates"]
    app = page(fashion)
    app.session_state.finding_kind = "duplicates"
    app.run()
    app.button(key=f"copies {copies.key}").click().run()
    shown = {metric.label: metric.value for metric in _fine(app).metric}
    figures = copies.finding.figures
    assert shown == {
        "Groups": f"{figures['groups']:,}",
        "Images in them": f"{figures['n']:,}",
        "With different labels": f"{figures['conflicts']:,}",
        "Across splits": f"{figures['across_splits']:,}",
    }
    lower = app.slider(key="copies_at").min
    app.button(key=f"copies {copies.key}").click()
    app.slider(key="copies_at").set_value(lower).run()
    more = {metric.label: int(metric.value.replace(",", "")) for metric in _fine(app).metric}
    assert more["Groups"] > int(figures["groups"])
    (table,) = app.dataframe
    split, before, after = map(str, table.value.iloc[0])
    left = len(fashion.ids) - more["Images in them"] + more["Groups"]
    assert split == "All images"
    assert f" of {len(fashion.ids):,} (" in before
    assert f" of {left:,} (" in after
    app.button(key=f"copies {copies.key}").click()
    app.slider(key="copies_at").set_value(lower)
    app.text_input(key="copies_name").set_value("twice")
    app.button(key="copies_drop").click().run()
    _fine(app)
    (subset,) = [one for one in fashion.subsets() if one.name == "twice"]
    assert len(subset.members) == more["Images in them"] - more["Groups"]
    assert subset.remove


def test_what_is_to_be_done_about_a_segment_is_said_on_its_card(fashion: Workspace, page: Opener) -> None:
    one = next(one for one in _listed(fashion) if one.finding.kind == "segments")
    app = page(fashion)
    app.session_state.finding_kind = "segments"
    app.run()
    app.button(key=f"todo {one.key}").click().run()
    app.text_area(key=f"actions of {one.key}").set_value("collect: More of these.")
    app.button(key=f"todo {one.key}").click().run()
    app.button(key=f"todo {one.key}").click()
    next(button for button in app.button if button.label == "Save").click().run()
    assert "**Collect:** More of these." in _said(_fine(app))
    assert [each.actions for each in fashion.findings.all()] == [("collect: More of these.",)]


def test_labels_to_check_are_a_press_away(fashion: Workspace, page: Opener) -> None:
    (labels,) = [one for one in _listed(fashion) if one.finding.kind == "label_issues"]
    app = page(fashion)
    app.session_state.finding_kind = "label_issues"
    app.run()
    app.button(key=f"review {labels.key}").click().run()
    assert "### Labels to check" in [one.value for one in _fine(app).markdown]


@pytest.mark.browser
def test_a_card_leads_to_its_images_on_the_map(demo: Workspace, visit: Visit) -> None:
    first = _listed(demo)[0]
    count = len(first.finding.ids)
    with visit(demo) as page:
        page.get_by_role("link", name="Findings").click()
        page.get_by_role("heading", name="Findings").wait_for()
        card = page.locator(f".st-key-finding-{first.key}")
        card.locator("img").first.wait_for()
        card.get_by_role("button", name="Show on map").click()
        page.get_by_text(f"{count:,} selected", exact=True).wait_for()
        page.wait_for_function(f"document.querySelector('.ec-scatter')?.dataset.selected === '{count}'")


@pytest.mark.browser
def test_no_picture_of_a_card_is_cut_in_a_narrow_window(demo: Workspace, visit: Visit) -> None:
    with visit(demo) as page:
        page.set_viewport_size({"width": 820, "height": 900})
        page.get_by_role("link", name="Findings").click()
        page.get_by_role("heading", name="Findings").wait_for()
        gallery = page.locator(".eg-gallery").first
        gallery.locator("img").first.wait_for()
        assert gallery.evaluate("one => one.scrollHeight <= one.clientHeight")
