"""Reviewing in real Chromium: the next image is there with the key, and no verdict is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import pytest

from explorer.actions.review import give_verdict, queue_of, start_round
from explorer.data.verdicts import Protocol

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from explorer.data.verdicts import Item, Round
    from explorer.store.workspace import Workspace
    from tests.ui.conftest import Visit

pytestmark = pytest.mark.browser

REVIEW = ".er-review"
ANSWER = "**/answer/**"


def started(workspace: Workspace, *reviewers: str, images: int = 6) -> Round:
    protocol = Protocol("First", tuple(workspace.ids[:images]), reviewers, model="v1", repeats=0)
    return start_round(workspace, protocol, author="Ada")


def said(workspace: Workspace, one: Round, reviewer: str) -> list[str]:
    """What a reviewer said, in the order of their queue; empty where nothing."""
    return [item.verdict.verdict if item.verdict else "" for item in queue_of(workspace, one.key, reviewer)]


def as_person(context: BrowserContext, url: str, name: str) -> None:
    """Have the browser know the name of who sits before it."""
    host = f"http://{urlsplit(url).netloc}"
    context.add_cookies([{"name": "edgecase_name", "value": name, "url": host}])


def open_review(page: Page) -> None:
    page.goto(urljoin(page.url, "/review"))
    page.locator(f"{REVIEW} .ev-viewer[data-ready=true]").wait_for()


def at(page: Page, place: int) -> None:
    """Wait until the image of a place is shown."""
    page.locator(f'{REVIEW}[data-at="{place}"] .ev-viewer[data-ready=true]').wait_for()


def saved(page: Page) -> None:
    page.locator(f"{REVIEW}[data-state=saved]").wait_for()


def test_keys_judge_and_it_goes_on_where_it_stopped(workspace: Workspace, visit: Visit) -> None:
    one = started(workspace, "Ben")
    with visit(workspace) as page:
        as_person(page.context, page.url, "Ben")
        open_review(page)
        at(page, 0)
        page.keyboard.press("1")
        at(page, 1)
        page.keyboard.press("2")
        page.get_by_text("How severe? Enter goes on without.").wait_for()
        page.keyboard.press("f")
        page.keyboard.type("hidden by a leaf")
        page.keyboard.press("Enter")
        for name in ("Occluded", "Dark"):
            page.keyboard.press("n")
            page.keyboard.type(name)
            page.keyboard.press("Enter")
        page.keyboard.press("c")
        page.keyboard.type("look again")
        page.keyboard.press("Escape")
        page.keyboard.press("h")
        at(page, 2)
        page.keyboard.press("3")
        at(page, 3)
        page.keyboard.press("ArrowRight")
        at(page, 4)
        page.keyboard.press("4")
        at(page, 5)
        saved(page)
        open_review(page)
        at(page, 3)  # the first one without a verdict
        page.keyboard.press("ArrowLeft")
        at(page, 2)
        page.keyboard.press("1")  # changes what was said
        at(page, 3)
        saved(page)
    assert said(workspace, one, "Ben") == ["correct", "incorrect", "correct", "", "inadequate", ""]
    given = _item(workspace, one, 1).verdict
    assert given is not None
    assert (given.severity, given.reason, given.comment) == ("high", "hidden by a leaf", "look again")
    assert given.categories == ("Occluded", "Dark")
    assert 0 < given.seconds < 60
    assert [each.name for each in workspace.categories.all()] == ["Occluded", "Dark"]


def test_what_was_typed_stays_with_its_image_when_one_steps_away(workspace: Workspace, visit: Visit) -> None:
    one = started(workspace, "Ben")
    with visit(workspace) as page:
        as_person(page.context, page.url, "Ben")
        open_review(page)
        at(page, 0)
        page.keyboard.press("1")
        at(page, 1)
        typed(page, "of the second")
        page.keyboard.press("ArrowLeft")
        at(page, 0)
        assert page.get_by_label("Comment").input_value() == ""
        typed(page, "of the first")
        page.keyboard.press("ArrowRight")
        at(page, 1)
        assert page.get_by_label("Comment").input_value() == "of the second"
        saved(page)
        first = _item(workspace, one, 0).verdict
        assert first is not None
        assert (first.verdict, first.comment) == ("correct", "of the first")
        assert _item(workspace, one, 1).verdict is None, "nobody has said whether it is correct"
        page.keyboard.press("3")
        at(page, 2)
        saved(page)
    second = _item(workspace, one, 1).verdict
    assert second is not None
    assert (second.verdict, second.comment) == ("ambiguous", "of the second")


def test_nothing_is_said_of_an_image_that_has_not_come(workspace: Workspace, visit: Visit) -> None:
    one = started(workspace, "Ben", images=14)
    with visit(workspace) as page:
        as_person(page.context, page.url, "Ben")
        open_review(page)
        at(page, 0)
        page.context.route(ANSWER, lambda route: route.abort())
        for place in range(1, 12):
            page.keyboard.press("ArrowRight")
            at(page, place)
        page.keyboard.press("ArrowRight")
        page.get_by_text("Fetching the image…").wait_for()
        page.keyboard.press("1")
        page.context.unroute(ANSWER)
        at(page, 12)
        assert page.locator(f"{REVIEW} .er-counted").inner_text() == "Image 13 of 14 · 0 done"
    assert said(workspace, one, "Ben") == [""] * 14


def test_what_is_said_before_a_verdict_outlives_the_page(workspace: Workspace, visit: Visit) -> None:
    one = started(workspace, "Ben")
    with visit(workspace) as page:
        as_person(page.context, page.url, "Ben")
        open_review(page)
        at(page, 0)
        page.keyboard.press("n")
        page.keyboard.type("Occluded")
        page.keyboard.press("Enter")
        page.keyboard.press("f")
        page.keyboard.type("hidden by a leaf")
        page.keyboard.press("Enter")
        typed(page, "look again")
        page.keyboard.press("2")
        page.get_by_text("How severe? Enter goes on without.").wait_for()
        open_review(page)
        at(page, 0)
        assert page.get_by_label("Comment").input_value() == "look again"
        assert page.get_by_label("Failure reason").input_value() == "hidden by a leaf"
        assert page.locator(".er-chip[aria-pressed=true]").all_inner_texts() == ["Occluded"]
        assert page.locator(".er-choice[aria-pressed=true]").all_inner_texts()[0].startswith("Incorrect")
        assert said(workspace, one, "Ben") == [""] * 6
        page.keyboard.press("h")
        at(page, 1)
        assert page.get_by_label("Comment").input_value() == ""
        saved(page)
        assert drafts(page) == []
        page.keyboard.press("ArrowLeft")
        at(page, 0)
        page.get_by_label("Comment").fill("no, look twice")  # of what has a verdict
        open_review(page)
        at(page, 1)
        page.keyboard.press("ArrowLeft")
        at(page, 0)
        assert page.get_by_label("Comment").input_value() == "no, look twice"
        page.keyboard.press("ArrowRight")
        at(page, 1)
        saved(page)
        assert drafts(page) == []
    given = _item(workspace, one, 0).verdict
    assert given is not None
    assert (given.verdict, given.severity, given.comment) == ("incorrect", "high", "no, look twice")
    assert (given.reason, given.categories) == ("hidden by a leaf", ("Occluded",))


def test_a_draft_does_not_hide_a_verdict_that_was_given_elsewhere(workspace: Workspace, visit: Visit) -> None:
    one = started(workspace, "Ben")
    with visit(workspace) as page:
        as_person(page.context, page.url, "Ben")
        open_review(page)
        at(page, 0)
        typed(page, "not yet")
        give_verdict(workspace, one.key, _item(workspace, one, 0), "ambiguous", reviewer="Ben", comment="elsewhere")
        open_review(page)
        at(page, 1)
        page.keyboard.press("ArrowLeft")
        at(page, 0)
        assert page.get_by_label("Comment").input_value() == "elsewhere"


def drafts(page: Page) -> list[str]:
    """What the browser keeps of what is not handed in."""
    found: list[str] = page.evaluate("() => Object.keys(localStorage).filter((key) => key.includes('review-draft'))")
    return found


def typed(page: Page, text: str) -> None:
    """Write a comment, and leave its field."""
    page.keyboard.press("c")
    page.keyboard.type(text)
    page.keyboard.press("Escape")


def _item(workspace: Workspace, one: Round, place: int) -> Item:
    return queue_of(workspace, one.key, "Ben")[place]


def test_the_last_verdict_ends_it(workspace: Workspace, visit: Visit) -> None:
    one = started(workspace, "Ben", images=2)
    with visit(workspace) as page:
        as_person(page.context, page.url, "Ben")
        open_review(page)
        page.keyboard.press("1")
        at(page, 1)
        page.keyboard.press("1")
        page.get_by_text("Every one of your 2 images has a verdict.").wait_for()
        page.keyboard.press("ArrowLeft")
        at(page, 1)
        page.keyboard.press("3")
        page.get_by_text("Every image has your verdict.").wait_for()
        saved(page)
    assert said(workspace, one, "Ben") == ["correct", "ambiguous"]


def test_what_the_server_did_not_hear_is_kept_by_the_browser(
    workspace: Workspace, visit: Visit, browser: Browser
) -> None:
    one = started(workspace, "Ben")
    with visit(workspace) as page:
        context = browser.new_context()
        context.set_default_timeout(60_000)
        as_person(context, page.url, "Ben")
        before, after = context.new_page(), context.new_page()
        before.goto(urljoin(page.url, "/review"))
        at(before, 0)
        context.route(ANSWER, lambda route: route.abort())
        before.keyboard.press("1")
        at(before, 1)
        before.keyboard.press("3")
        at(before, 2)
        before.get_by_text("2 verdicts not saved yet").wait_for()
        assert said(workspace, one, "Ben") == [""] * 6
        before.close(run_before_unload=False)
        context.unroute(ANSWER)
        after.goto(urljoin(page.url, "/review"))
        at(after, 2)
        saved(after)
        context.close()
    assert said(workspace, one, "Ben") == ["correct", "ambiguous", "", "", "", ""]
    assert len(workspace.verdicts.history(one.key, "Ben")) == 2


def test_what_the_server_refuses_is_shown_again_with_the_reason(workspace: Workspace, visit: Visit) -> None:
    one = started(workspace, "Ben")
    with visit(workspace) as page:
        as_person(page.context, page.url, "Ben")
        open_review(page)
        at(page, 0)
        workspace.rounds.close(one.key, author="Ada", reason="enough")
        page.keyboard.press("1")
        page.get_by_role("alert").get_by_text("is closed (enough)").wait_for()
        at(page, 0)
    assert said(workspace, one, "Ben") == [""] * 6


def test_each_key_can_be_another_one(workspace: Workspace, visit: Visit) -> None:
    one = started(workspace, "Ben")
    with visit(workspace) as page:
        as_person(page.context, page.url, "Ben")
        open_review(page)
        page.get_by_role("button", name="Keys…").click()
        page.get_by_role("button", name="Key for: Ambiguous").click()
        page.keyboard.press("1")  # which was for correct, and now takes the free one
        page.get_by_role("button", name="Close").click()
        page.keyboard.press("?")
        keys = page.locator("dialog.ec-help dt").all_inner_texts()
        assert keys[:4] == ["3", "2", "1", "4"]
        page.keyboard.press("Escape")
        page.keyboard.press("1")
        at(page, 1)
        open_review(page)
        at(page, 1)
        page.keyboard.press("3")
        at(page, 2)
        saved(page)
    assert said(workspace, one, "Ben")[:2] == ["ambiguous", "correct"]


def test_two_reviewers_in_two_browsers_at_once(workspace: Workspace, visit: Visit, browser: Browser) -> None:
    one = started(workspace, "Ben", "Cy", images=12)
    with visit(workspace) as page:
        contexts = [browser.new_context(viewport={"width": 1200, "height": 900}) for _ in range(2)]
        pages = []
        for context, name in zip(contexts, ("Ben", "Cy"), strict=True):
            as_person(context, page.url, name)
            pages.append(context.new_page())
            pages[-1].set_default_timeout(60_000)
            pages[-1].goto(urljoin(page.url, "/review"))
            at(pages[-1], 0)
        for place in range(11):
            for each, key in zip(pages, ("1", "3"), strict=True):
                each.keyboard.press(key)
            for each in pages:
                at(each, place + 1)
        for each in pages:
            saved(each)
        for context in contexts:
            context.close()
    assert said(workspace, one, "Ben") == ["correct"] * 11 + [""]
    assert said(workspace, one, "Cy") == ["ambiguous"] * 11 + [""]


def test_an_adjudicator_sees_votes_without_names(workspace: Workspace, visit: Visit) -> None:
    from explorer.actions.review import results

    one = started(workspace, "Ben", "Cy", images=3)
    for reviewer, verdicts in (
        ("Ben", ("correct", "correct", "correct")),
        ("Cy", ("ambiguous", "incorrect", "correct")),
    ):
        by_id = dict(zip(one.protocol.items, verdicts, strict=True))
        for item in queue_of(workspace, one.key, reviewer):
            give_verdict(workspace, one.key, item, by_id[item.id], reviewer=reviewer)
    with visit(workspace) as page:
        as_person(page.context, page.url, "Dee")
        page.goto(urljoin(page.url, "/review"))
        page.get_by_text("Differences", exact=True).click()
        at(page, 0)
        facts = page.locator(".er-facts").inner_text()
        assert "Vote 1" in facts
        assert "Vote 2" in facts
        assert not any(name in facts for name in ("Ben", "Cy"))
        page.keyboard.press("3")
        at(page, 1)
        page.keyboard.press("1")
        page.get_by_text("0 of 2 wait").wait_for()
    decided = {each.id: each.verdict for each in results(workspace, one.key) if each.adjudicated}
    assert sorted(decided.values()) == ["ambiguous", "correct"]
    assert all(len(each.votes) == 2 for each in results(workspace, one.key))
