"""Tests of what a browser says of an image."""

from __future__ import annotations

from typing import Any

import pytest

from explorer.data.verdicts import SEVERITIES, VERDICTS
from explorer.ui.components import review
from explorer.ui.components.declare import soundly
from explorer.ui.components.review import LONGEST_LOOK, Choices

CHOICES = Choices(VERDICTS, {one: one for one in SEVERITIES}, {}, "incorrect")
SAID: dict[str, Any] = {
    "item": "a",
    "verdict": "correct",
    "severity": "",
    "reason": "",
    "comment": "",
    "categories": [],
}


@pytest.mark.parametrize(
    ("said", "kept"), [(1500, 1500), (-1, 0), (10**400, LONGEST_LOOK), (float("nan"), None), (float("inf"), None)]
)
def test_a_look_lasts_from_no_time_to_a_day(said: float, kept: int | None) -> None:
    """A number that no clock shows is no answer of our script."""
    answer = soundly(lambda one: review._answer(one, CHOICES), {**SAID, "milliseconds": said})
    assert (answer and answer.milliseconds) == kept
