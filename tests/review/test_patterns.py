"""Failure patterns come out as they do by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from explorer.review.patterns import (
    CORRECT,
    INCORRECT,
    OTHER,
    Outcomes,
    concentration,
    confusion,
    error_rate,
    ranking,
    severity_weighted_rate,
    sureness,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


def _outcomes(verdicts: Sequence[str], **said: Any) -> Outcomes:
    """Rows `0`, `1`, … each on its own, but for what is said."""
    n = len(verdicts)
    first: dict[str, Any] = {
        "severities": [""] * n,
        "labels": [""] * n,
        "predictions": [""] * n,
        "confidences": [np.nan] * n,
        "groups": range(n),
    }
    kinds = {"confidences": np.float64, "groups": np.int64}
    columns = {name: np.array(values, kinds.get(name, object)) for name, values in {**first, **said}.items()}
    return Outcomes([str(i) for i in range(n)], np.array(verdicts, object), **columns)


def test_an_error_rate_of_single_images_has_wilsons_interval() -> None:
    """Eight of ten are wrong: .4902 to .9433, as Wilson has it; what cannot be told does not count."""
    found = error_rate(_outcomes([INCORRECT] * 8 + [CORRECT] * 2 + ["ambiguous", "inadequate", ""]))
    assert (found.value, found.n) == (0.8, 10)
    assert (found.low, found.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)


def test_images_of_one_group_prove_no_more_than_their_group() -> None:
    """Forty images of four patients, ten each: two patients all wrong, two all right, is no sure half."""
    verdicts = [INCORRECT] * 20 + [CORRECT] * 20
    alone = error_rate(_outcomes(verdicts))
    together = error_rate(_outcomes(verdicts, groups=np.repeat(np.arange(4), 10)))
    assert together.value == alone.value == 0.5
    assert (together.low, together.high) == (0.0, 1.0)
    assert 0.35 < alone.low < alone.high < 0.65


def test_nothing_that_can_be_told_has_no_rate() -> None:
    found = error_rate(_outcomes(["ambiguous", ""]))
    assert found.n == 0
    assert np.isnan(found.value)


def test_a_grave_error_counts_three_times() -> None:
    """Two wrong of ten, one grave and one slight: (3 + 1) / (3 + 1 + 8)."""
    verdicts = [INCORRECT] * 2 + [CORRECT] * 8
    found = severity_weighted_rate(_outcomes(verdicts, severities=["high", "low", *[""] * 8]))
    assert found.value == pytest.approx(4 / 12)
    assert found.n == 10
    assert 0 <= found.low < found.value < found.high <= 1


def test_without_severities_it_is_the_plain_rate() -> None:
    verdicts = [INCORRECT] * 3 + [CORRECT] * 7
    assert severity_weighted_rate(_outcomes(verdicts)) == error_rate(_outcomes(verdicts))


def test_modes_are_ranked_by_count_times_severity() -> None:
    """Two grave errors (6) come before five slight ones (5); a mode without an error is none."""
    modes = {
        "many": _outcomes([INCORRECT] * 5 + [CORRECT], severities=["low"] * 5 + [""]),
        "grave": _outcomes([INCORRECT] * 2, severities=["high", "high"]),
        "fine": _outcomes([CORRECT] * 9),
    }
    first, second = ranking(modes)
    assert (first.name, first.errors, first.weight, first.severities) == ("grave", 2, 6.0, {"high": 2})
    assert (second.name, second.errors, second.weight, second.severities) == ("many", 5, 5.0, {"low": 5})


def test_the_matrix_counts_labels_against_predictions() -> None:
    found = confusion(
        _outcomes([CORRECT, INCORRECT, INCORRECT, ""], labels=["a", "a", "b", ""], predictions=["a", "b", "a", "b"])
    )
    assert found.labels == found.predictions == ("a", "b")
    assert found.counts.tolist() == [[1, 1], [1, 0]]


def test_classes_beyond_the_most_confused_are_told_together() -> None:
    """`a` and `b` are confused; `c` and `d`, always right, become one."""
    labels = ["a", "a", "b", "c", "d"]
    found = confusion(_outcomes([""] * 5, labels=labels, predictions=["b", "a", "a", "c", "d"]), most=2)
    assert found.labels == ("a", "b", OTHER)
    assert found.counts.tolist() == [[1, 1, 0], [1, 0, 0], [0, 0, 2]]


def test_verdicts_are_counted_by_confidence_and_one_is_in_the_last_range() -> None:
    sure = [0.05, 0.5, 0.59, 1.0, np.nan]
    found = sureness(_outcomes([INCORRECT, CORRECT, "ambiguous", CORRECT, INCORRECT], confidences=sure))
    assert [(one.low, one.high) for one in found[:2]] == [(0.0, 0.1), (0.1, 0.2)]
    assert found[0].verdicts == {INCORRECT: 1}
    assert found[5].verdicts == {CORRECT: 1, "ambiguous": 1}
    assert found[9].verdicts == {CORRECT: 1}
    assert sum(sum(one.verdicts.values()) for one in found) == 4


def test_half_of_the_errors_lie_in_few_groups() -> None:
    """Of ten errors six are of patient 7: one group has half of them."""
    groups = [7] * 8 + [1] * 4 + [2] * 4
    verdicts = [INCORRECT] * 6 + [CORRECT] * 2 + [INCORRECT] * 3 + [CORRECT] + [INCORRECT] + [CORRECT] * 3
    found = concentration(_outcomes(verdicts, groups=groups))
    assert found.groups == 3
    assert found.which.tolist() == [7, 1, 2]
    assert found.errors.tolist() == [6, 3, 1]
    assert found.rows.tolist() == [8, 4, 4]
    assert found.half == 1
    assert concentration(_outcomes([CORRECT] * 2)).half == 0
