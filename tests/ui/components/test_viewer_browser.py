"""Tests of the image view in real Chromium, with real mouse moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import BrowserContext, Locator, Page

    Open = Callable[[str], Page]

pytestmark = pytest.mark.browser


@pytest.fixture
def show(context: BrowserContext, address: str) -> Iterator[Open]:
    """Opens a scene of the component app, with its image drawn; scripts may not fail while the test runs."""
    opened = context.new_page()
    opened.set_default_timeout(10_000)
    failures: list[str] = []
    opened.on("pageerror", lambda error: failures.append(str(error)))

    def visit(scene: str) -> Page:
        opened.goto(f"{address}/?scene={scene}")
        opened.wait_for_selector(".ev-viewer[data-ready=true]")
        still(opened)
        return opened

    yield visit
    opened.close()
    assert failures == []


@pytest.fixture
def few(show: Open) -> Page:
    """The scene of six sound boxes."""
    return show("few")


def still(page: Page) -> None:
    """Wait until the last change is drawn."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def counts(page: Page) -> str:
    return page.locator(".ev-status").text_content() or ""


def pixel(page: Page, x: float, y: float) -> tuple[float, float]:
    px, py = page.evaluate("([x, y]) => document.querySelector('.ev-viewer').edgecasePixel(x, y)", [x, y])
    return px, py


def zoom(page: Page) -> float:
    still(page)
    return float(page.locator(".ev-viewer").get_attribute("data-zoom") or "nan")


def entry(page: Page, value: str) -> Locator:
    return page.locator(f".ev-entry[data-value='{value}']")


def box_of(found: Locator) -> dict[str, Any]:
    box: Any = found.bounding_box()
    assert box is not None
    return dict(box)


def choose(page: Page, scene: str) -> None:
    """Show another scene in the same component."""
    page.get_by_role("combobox").click()
    page.get_by_role("option", name=scene, exact=True).click()


def card_at(page: Page, x: float, y: float) -> str:
    """What the card says after the mouse moved to a place of the image."""
    page.mouse.move(*pixel(page, x, y))
    page.locator(".ev-card").wait_for()
    return page.locator(".ev-card").inner_text()


def test_boxes_are_drawn_where_they_are(few: Page) -> None:
    """A box that has no coordinates is left out; the missed one lies exactly where the data say."""
    assert counts(few) == "6 / 6 boxes"
    drawn = few.evaluate(
        "(() => {const b = document.querySelector('.ev-box[data-kind=truth-missed] .ev-line').getBoundingClientRect();"
        " return [b.left, b.top, b.right, b.bottom]})()"
    )
    assert drawn == pytest.approx([*pixel(few, 180, 40), *pixel(few, 240, 130)], abs=0.5)


def test_kinds_differ_in_line_and_text_not_only_in_colour(few: Page) -> None:
    styles: dict[str, list[str]] = few.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.ev-box')].map(box => {"
        " const s = getComputedStyle(box.querySelector('.ev-line'));"
        " return [box.dataset.kind, [s.strokeDasharray, s.strokeWidth]]}))"
    )
    assert len({tuple(style) for style in styles.values()}) == 4
    assert styles["truth-missed"][0] != "none"
    tags = {text.strip() for text in few.locator(".ev-tag").all_text_contents()}
    assert {"coat missed", "bag 0.93", "✗ <b>dress</b> 0.41"} <= tags


def test_the_safe_palette_recolours_and_keeps_the_zoom(few: Page) -> None:
    """What Python redraws must not lose the place one looks at."""
    few.locator(".ev-stage").hover()
    few.mouse.wheel(0, -200)
    before = zoom(few)
    few.get_by_text("safe", exact=True).click()
    few.wait_for_function("document.querySelector('.ev-box[data-kind=fp]').style.cssText.includes('#d55e00')")
    assert zoom(few) == before > 1


def test_kinds_are_switched_off_and_isolated(few: Page) -> None:
    entry(few, "fp").click()
    assert counts(few) == "4 / 6 boxes"
    assert entry(few, "fp").get_attribute("aria-pressed") == "false"
    entry(few, "truth-missed").dblclick()
    assert counts(few) == "1 / 6 boxes"
    assert few.locator(".ev-box:visible").count() == 1
    entry(few, "truth-missed").dblclick()
    assert counts(few) == "6 / 6 boxes"


def test_classes_count_what_the_other_switches_leave(few: Page) -> None:
    entry(few, "fp").click()
    assert entry(few, "bag").locator(".ev-count").text_content() == "3 / 4"
    entry(few, "bag").dblclick()
    assert counts(few) == "3 / 6 boxes"
    few.get_by_role("button", name="Show all").locator("visible=true").click()
    assert counts(few) == "4 / 6 boxes"


def test_a_model_is_switched_off_without_the_ground_truth(few: Page) -> None:
    entry(few, "v2").click()
    assert counts(few) == "4 / 6 boxes"


def test_confidence_hides_detections_only(few: Page) -> None:
    """The page's own threshold is where the slider starts."""
    slider = few.get_by_label("Least confidence")
    assert slider.input_value() == "0.1"
    slider.fill("0.5")
    assert counts(few) == "4 / 6 boxes"
    slider.fill("1")
    assert few.locator(".ev-box:visible").count() == 2


def test_what_is_switched_off_stays_off_for_the_next_image(few: Page) -> None:
    """One goes through many images with the same question; but each is first seen as a whole."""
    entry(few, "tp").click()
    few.locator(".ev-stage").hover()
    few.mouse.wheel(0, -200)
    choose(few, "small")
    few.get_by_text("0 / 1 box", exact=True).wait_for()
    assert zoom(few) == 1


def test_the_wheel_zooms_around_the_cursor_and_a_double_click_resets(few: Page) -> None:
    place = (100, 150)
    target = pixel(few, *place)
    few.mouse.move(*target)
    for _ in range(3):
        few.mouse.wheel(0, -200)
    assert zoom(few) > 3
    assert pixel(few, *place) == pytest.approx(target, abs=2.5)  # the mouse stands on whole pixels
    few.mouse.dblclick(*target)
    assert zoom(few) == 1


def test_dragging_pans_and_never_loses_the_image(few: Page) -> None:
    start = pixel(few, 160, 120)
    few.mouse.move(*start)
    few.mouse.wheel(0, -200)
    few.mouse.down()
    few.mouse.move(start[0] + 40, start[1] + 25, steps=4)
    assert pixel(few, 160, 120) == pytest.approx((start[0] + 40, start[1] + 25), abs=1)
    few.mouse.move(start[0] + 5000, start[1], steps=4)
    few.mouse.up()
    stage = box_of(few.locator(".ev-stage"))
    assert pixel(few, 0, 0)[0] < stage["x"] + stage["width"] / 2 + 2
    few.wait_for_timeout(400)
    assert few.get_by_text("opened=None").is_visible()


def test_keys_zoom_while_the_image_has_the_focus(few: Page) -> None:
    few.keyboard.press("+")
    assert zoom(few) == 1
    few.locator(".ev-stage").focus()
    few.keyboard.press("+")
    few.keyboard.press("+")
    few.keyboard.press("-")
    assert zoom(few) == pytest.approx(1.5)
    few.keyboard.press("0")
    assert zoom(few) == 1


def test_tags_keep_their_size_and_their_place_inside_the_image(few: Page) -> None:
    """Whatever the zoom: of one size, inside the stage, and none over another."""
    before = box_of(few.locator(".ev-tag[data-kind=tp] rect").last)
    few.mouse.move(*pixel(few, 60, 50))
    for _ in range(2):
        few.mouse.wheel(0, -200)
    still(few)
    after = box_of(few.locator(".ev-tag[data-kind=tp] rect").last)
    assert (after["width"], after["height"]) == pytest.approx((before["width"], before["height"]))
    stage = box_of(few.locator(".ev-stage"))
    tags = [box_of(tag) for tag in few.locator(".ev-tag:visible").all()]
    assert tags
    for i, tag in enumerate(tags):
        assert stage["x"] <= tag["x"]
        assert tag["x"] + tag["width"] <= stage["x"] + stage["width"]
        assert stage["y"] <= tag["y"]
        assert tag["y"] + tag["height"] <= stage["y"] + stage["height"]
        for other in tags[i + 1 :]:
            beside = tag["x"] + tag["width"] <= other["x"] + 1 or other["x"] + other["width"] <= tag["x"] + 1
            assert beside or abs(tag["y"] - other["y"]) >= tag["height"] - 1
    few.get_by_role("button", name="Labels and confidence").click()
    still(few)
    assert few.locator(".ev-tag:visible").count() == 0


def test_hovering_tells_what_is_known_as_text(few: Page) -> None:
    """A label with markup stays text; of two boxes the inner one is meant, and the smallest is still found."""
    outer = card_at(few, 190, 190)
    for said in ("<b>dress</b>", "false alarm", "v1", "0.410", "background", "70 × 50 px"):
        assert said in outer
    assert few.locator(".ev-card b").count() == 0
    inner = card_at(few, 160, 167)
    assert "class" in inner
    assert "0.630" in inner
    x, y = pixel(few, 300.5, 10.5)
    few.mouse.move(x + 5, y + 5)
    assert "0.120" in few.locator(".ev-card").inner_text()
    few.mouse.move(*pixel(few, 160, 225))
    assert few.locator(".ev-card").is_hidden()


def test_a_click_opens_a_box_and_a_double_click_does_not(few: Page) -> None:
    few.mouse.dblclick(*pixel(few, 60, 50))
    few.mouse.click(*pixel(few, 160, 225))
    few.wait_for_timeout(400)
    assert few.get_by_text("opened=None now=None").is_visible()
    few.mouse.click(*pixel(few, 190, 190))
    few.get_by_text("opened=d2 of v1 now=d2").wait_for()


def test_a_small_image_is_crisp_and_unknown_numbers_are_not_shown(show: Open) -> None:
    page = show("small")
    assert page.locator(".ev-image.ev-crisp").count() == 1
    said = card_at(page, 8, 8)
    assert "Confidence" not in said
    assert "IoU" not in said
    assert page.get_by_label("Least confidence").is_hidden()


def test_the_box_that_the_page_is_about_stands_out(show: Open) -> None:
    assert show("few").locator(".ev-box[data-marked]").count() == 0
    casing = show("small").locator(".ev-box[data-marked] .ev-casing")
    assert casing.evaluate("line => getComputedStyle(line).stroke") == "rgb(255, 212, 0)"


def test_no_boxes_and_no_image(show: Open) -> None:
    assert counts(show("none")) == "No boxes"
    page = show("missing")
    assert page.locator(".ev-box:visible").count() == 6


def test_five_hundred_boxes_of_sixty_classes(show: Open) -> None:
    """The classes scroll beside the image instead of making the component taller."""
    page = show("many")
    assert counts(page) == "500 / 500 boxes"
    assert box_of(page.locator(".ev-viewer"))["height"] == pytest.approx(560, abs=1)
    entry(page, "class 59").click()
    assert counts(page) == "492 / 500 boxes"
    page.mouse.move(*pixel(page, 160, 120))
    page.mouse.wheel(0, -200)
    assert zoom(page) > 1.3
