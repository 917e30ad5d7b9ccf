"""The agreement of a round: the arithmetic of `stats` on verdicts, by category, with the adjudicator, with oneself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from explorer.data.verdicts import Verdict
from explorer.review.agreement import as_json, in_lines, round_agreement

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def say(each: str, reviewer: str, verdict: str, **facts: Any) -> Verdict:
    return Verdict("r", each, reviewer, verdict, NOW, **facts)


def table(cells: list[list[int]], names: tuple[str, str] = ("correct", "incorrect")) -> list[Verdict]:
    """The verdicts of Ada (rows) and Bob (columns) that a table counts, each on an item of its own."""
    found = []
    for row, counts in enumerate(cells):
        for column, many in enumerate(counts):
            for number in range(many):
                item = f"{row}{column}{number}"
                found += [say(item, "Ada", names[row]), say(item, "Bob", names[column])]
    return found


def test_known_answers_come_out_of_verdicts() -> None:
    """Cohen's kappa of the textbook table is .4; of four verdicts to choose from AC1 spreads chance over all four."""
    found = round_agreement(table([[20, 5], [10, 15]]), {}, draws=200)
    assert (found.reviewers, found.items) == (("Ada", "Bob"), 50)
    assert found.verdicts.raw.value == pytest.approx(0.7)
    assert found.verdicts.cohen[0, 1].value == pytest.approx(0.4)
    shares = np.array([0.55, 0.45, 0, 0])
    chance = (shares * (1 - shares)).sum() / 3
    assert found.verdicts.ac1.value == pytest.approx((0.7 - chance) / (1 - chance))
    assert found.verdicts.raw.low < 0.7 < found.verdicts.raw.high
    assert found.explanation == ""


def test_a_kappa_that_misleads_is_explained() -> None:
    found = round_agreement(table([[118, 5], [2, 0]]), {}, draws=100)
    assert found.verdicts.cohen[0, 1].value == pytest.approx(-0.0234, abs=5e-5)
    assert found.verdicts.raw.value == pytest.approx(0.944)
    assert found.explanation.startswith(
        "Kappa (-0.03) is far below AC1 (0.94) because 97% of all verdicts are the same"
    )
    assert found.explanation in in_lines(found)


def test_a_low_kappa_of_reviewers_who_differ_is_not_explained_away() -> None:
    """Of ten verdicts six are equal: AC1 is .55 by the many verdicts alike, and nobody can say that the two agree."""
    found = round_agreement(table([[6, 2], [2, 0]]), {}, draws=100)
    assert found.verdicts.raw.value == pytest.approx(0.6)
    assert found.verdicts.ac1.value - found.verdicts.fleiss.value > 0.5
    assert found.explanation == ""


def test_severity_is_ordinal_and_of_those_who_named_one() -> None:
    """Krippendorff's ordinal alpha of low, medium, high is held against one computed by his formula by hand."""
    near = [
        say(str(i), who, "incorrect", severity=s)
        for i, pair in enumerate(PAIRS)
        for who, s in zip("AB", pair, strict=True)
    ]
    far = round_agreement(near, {}, draws=50).severity
    assert far.alpha.n == 4
    assert far.alpha.value == pytest.approx(
        ordinal_alpha([("low", "low"), ("low", "medium"), ("high", "high"), ("medium", "medium")])
    )


PAIRS = [("low", "low"), ("low", "medium"), ("high", "high"), ("medium", "medium"), ("low", "")]


def ordinal_alpha(pairs: list[tuple[str, str]]) -> float:
    """Krippendorff (2011), for two raters without missing votes, written out."""
    order = ["low", "medium", "high"]
    together = np.zeros((3, 3))
    for one, two in pairs:
        together[order.index(one), order.index(two)] += 1
        together[order.index(two), order.index(one)] += 1
    votes = together.sum(axis=0)
    distance = np.array(
        [
            [(votes[min(c, k) : max(c, k) + 1].sum() - (votes[c] + votes[k]) / 2) ** 2 for k in range(3)]
            for c in range(3)
        ]
    )
    expected = np.outer(votes, votes) - np.diag(votes)
    return float(1 - (votes.sum() - 1) * (together * distance).sum() / (expected * distance).sum())


def test_parts_are_of_their_own_items() -> None:
    verdicts = [
        *(say(each, "Ada", "correct") for each in "abcd"),
        *(say(each, "Bob", "correct") for each in "ab"),
        *(say(each, "Bob", "incorrect") for each in "cd"),
        say("c", "Cem", "incorrect", reading="adjudication"),
        say("d", "Cem", "correct", reading="adjudication"),
        say("a", "Ada", "correct", reading="repeat"),
        say("b", "Ada", "ambiguous", reading="repeat"),
    ]
    found = round_agreement(verdicts, {"Night": ["a", "b"], "Rain": ["c", "d", "z"], "Fog": ["z"]}, draws=50)
    assert found.verdicts.raw.value == 0.5
    assert {name: one.raw.value for name, one in found.categories.items()} == {"Night": 1.0, "Rain": 0.0}
    assert {name: (one.raw.value, one.raw.n) for name, one in found.adjudicated.items()} == {
        "Ada": (0.5, 2),
        "Bob": (0.5, 2),
    }
    assert {name: (one.raw.value, one.raw.n) for name, one in found.oneself.items()} == {"Ada": (0.5, 2)}
    told = as_json(found)
    assert told["verdicts"]["cohen"].keys() == {"Ada and Bob"}
    assert told["oneself"]["Ada"]["raw"]["value"] == 0.5


def test_what_hangs_together_is_drawn_together() -> None:
    """Ten copies of each of ten images prove no more than the ten: the interval is as wide as theirs."""
    single = [
        say(f"{i}", who, "correct" if i < 5 or who == "Ada" else "incorrect")
        for i in range(10)
        for who in ("Ada", "Bob")
    ]
    copies = [say(f"{each.id} {n}", each.reviewer, each.verdict) for each in single for n in range(10)]
    groups = {each.id: int(each.id.split(" ")[0]) for each in copies}
    alone, apart, together = (
        round_agreement(verdicts, {}, hang, draws=500).verdicts.raw
        for verdicts, hang in ((single, None), (copies, None), (copies, groups))
    )
    assert together.value == alone.value == apart.value == 0.5
    assert together.high - together.low == pytest.approx(alone.high - alone.low, abs=0.11)
    assert apart.high - apart.low < 0.6 * (together.high - together.low)


def test_without_verdicts_there_is_nothing_to_say() -> None:
    found = round_agreement([], {"Night": ["a"]}, draws=10)
    assert (found.reviewers, found.items, found.categories, found.oneself) == ((), 0, {}, {})
    assert np.isnan(found.verdicts.raw.value)
    assert in_lines(found)[0] == "0 items, 0 reviewers: none yet"
    one = round_agreement([say("a", "Ada", "correct")], {}, draws=10)
    assert np.isnan(one.verdicts.raw.value)
