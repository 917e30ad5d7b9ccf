"""Protocols and verdicts: what can be, and what a hash stands for."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from explorer.data.verdicts import (
    Protocol,
    Verdict,
    checked_protocol,
    checked_verdict,
    read_protocol,
    said_verdict,
)
from explorer.errors import ReviewError

PROTOCOL = Protocol("Spring", ("a", "b", "c"), ("Ada", "Bob"))


def test_a_protocol_has_the_hash_of_its_facts_as_canonical_json() -> None:
    """Anybody can compute it anew; any other rule, item or seed has another."""
    one = checked_protocol(replace(PROTOCOL, thresholds=(("min_n", 20), ("at_least", 0.8))))
    text = json.dumps(one.facts(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert one.digest == hashlib.sha256(text.encode()).hexdigest()
    assert json.loads(text)["thresholds"] == {"at_least": 0.8, "min_n": 20.0}
    assert read_protocol(json.loads(text)) == one
    others = [replace(one, seed=7), replace(one, items=("a", "b")), replace(one, blinded=())]
    assert len({one.digest, *(each.digest for each in others)}) == 4


def test_a_protocol_is_kept_in_one_form() -> None:
    said = replace(
        PROTOCOL,
        name="  Spring \n 2026 ",
        items=("a", "b", "a", "c"),
        reviewers=("Ada", " Ada ", "Bob"),
        calibration=("b",),
        blinded=("metadata", "prediction"),
        overlap=2,
    )
    kept = checked_protocol(said)
    assert (kept.name, kept.items, kept.calibration, kept.reviewers) == (
        "Spring 2026",
        ("a", "c"),
        ("b",),
        ("Ada", "Bob"),
    )
    assert kept.ids == ("b", "a", "c")
    assert kept.blinded == ("prediction", "metadata")
    assert kept.overlap == 0, "an overlap of all reviewers is fully crossed"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "  ", "a name for the round"),
        ("items", (), "at least one image or object"),
        ("reviewers", (), "names of reviewers"),
        ("reviewers", ("Ada", " "), "names of reviewers"),
        ("overlap", 3, "an overlap of 1 to 2 reviewers"),
        ("repeats", 1.5, "a share of 0 to 1"),
        ("blinded", ("smell",), "to be blinded of prediction"),
        ("adjudication", "coin", "one of all, majority, none"),
        ("thresholds", (("smell", 1),), "thresholds of at_least"),
        ("thresholds", (("at_least", float("nan")),), "finite thresholds"),
    ],
)
def test_a_protocol_that_cannot_be_followed_is_refused(field: str, value: Any, message: str) -> None:
    with pytest.raises(ReviewError, match=message):
        checked_protocol(replace(PROTOCOL, **{field: value}))


def test_facts_of_another_kind_are_refused() -> None:
    with pytest.raises(ReviewError, match="fields of a protocol"):
        read_protocol({"name": "Spring", "items": ["a"], "reviewers": ["Ada"], "mood": "good"})
    with pytest.raises(ReviewError, match="with name, items and reviewers"):
        read_protocol({"name": "Spring"})


def test_verdicts_are_said_in_words() -> None:
    assert [said_verdict(each) for each in ("Correct", " technically  Inadequate", "inadequate", "AMBIGUOUS")] == [
        "correct",
        "inadequate",
        "inadequate",
        "ambiguous",
    ]
    with pytest.raises(ReviewError, match="as verdict one of Correct, Incorrect, Ambiguous, Technically inadequate"):
        said_verdict("fine")


def test_a_verdict_is_kept_in_one_form() -> None:
    said = Verdict(
        "", "a", " Ada  L ", "incorrect", datetime.now(UTC), "high", " dark ", ("Night", " Night", ""), " c "
    )
    kept = checked_verdict(replace(said, seconds=1.23456))
    assert (kept.reviewer, kept.reason, kept.categories, kept.comment) == ("Ada L", "dark", ("Night",), "c")
    assert kept.seconds == 1.235
    for wrong in ({"verdict": "fine"}, {"severity": "awful"}, {"seconds": -1.0}, {"seconds": float("inf")}):
        with pytest.raises(ReviewError):
            checked_verdict(replace(said, **wrong))
