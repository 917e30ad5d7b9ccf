"""What the tests of the map do with its page: read it, point at it, draw on it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import Locator, Page

SIZES = {"ankle boot": 2022, "bag": 1246, "coat": 983, "dress": 501}
"""Points of the first clusters; a few lie outside a stroke around their cluster, or inside another's."""


def state(page: Page) -> dict[str, str]:
    values: dict[str, str] = page.evaluate("({...document.querySelector('.ec-scatter').dataset})")
    return values


def wait_for(page: Page, condition: str) -> None:
    """Wait until the map is drawn and a condition on its data, `d`, holds."""
    script = (
        f"() => {{const d = document.querySelector('.ec-scatter').dataset; return d.ready==='true' && {condition}}}"
    )
    page.wait_for_function(script)


def pixel(page: Page, x: float, y: float) -> tuple[float, float]:
    px, py = page.evaluate("([x, y]) => document.querySelector('.ec-scatter').edgecasePixel(x, y)", [x, y])
    return px, py


def centre(cluster: float) -> tuple[float, float]:
    return 10 * math.cos(cluster * math.tau / 5), 10 * math.sin(cluster * math.tau / 5)


def drag(page: Page, pixels: Sequence[tuple[float, float]], button: Any = "left") -> None:
    page.mouse.move(*pixels[0])
    page.mouse.down(button=button)
    for point in pixels[1:]:
        page.mouse.move(*point)
    page.mouse.up(button=button)


def lasso(page: Page, cluster: int, radius: float = 4.5, *, held: str | None = None) -> None:
    x, y = centre(cluster)
    turns = [step * math.tau / 16 for step in range(16)]
    around = [pixel(page, x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns]
    if held:
        page.keyboard.down(held)
    drag(page, around)
    if held:
        page.keyboard.up(held)


def selected(page: Page) -> int:
    return int(state(page)["selected"])


def entry(page: Page, name: str) -> Locator:
    return page.locator(".ec-entry").filter(has_text=name)


def choose(page: Page, label: str, value: str) -> None:
    page.get_by_label(label, exact=True).first.click()
    page.get_by_role("option", name=value, exact=True).click()
