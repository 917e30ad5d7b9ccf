"""Two versions on the same points: rates, difference, what was fixed and regressed, and how sure that is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from explorer.analysis.segments import Judged, Part
from explorer.analysis.versions import rates, surest_first, versus
from explorer.stats.significance import benjamini_hochberg


def _judged(hits: np.ndarray, known: np.ndarray | None = None, images: np.ndarray | None = None) -> Judged:
    n = len(hits)
    total = np.ones(n, np.int64) if known is None else known.astype(np.int64)
    return Judged(hits.astype(np.int64) * total, total, np.arange(n) if images is None else images)


def _parts(*rows: range) -> list[Part]:
    return [Part("light", str(i), np.array(each, np.int64)) for i, each in enumerate(rows)]


ORDER = np.arange(200)
BEFORE, AFTER = _judged(ORDER < 41), _judged((ORDER >= 11) & (ORDER < 74))


def test_a_part_has_both_rates_and_their_difference() -> None:
    (one,) = versus(_parts(range(100)), BEFORE, AFTER)
    assert (one.before.value, one.after.value, one.before.n) == (0.41, 0.63, 100)
    wilson = binomtest(41, 100).proportion_ci(method="wilson")
    assert (one.before.low, one.before.high) == pytest.approx((wilson.low, wilson.high))
    assert one.difference.value == pytest.approx(0.22)
    assert one.difference.low < 0.22 < one.difference.high
    assert one.fixed.tolist() == list(range(41, 74))
    assert one.regressed.tolist() == list(range(11))
    assert one.p == pytest.approx(binomtest(33, 44).pvalue)


def test_p_is_adjusted_over_the_parts_of_which_enough_is_known() -> None:
    found = versus(_parts(range(100), range(50), range(10)), BEFORE, AFTER)
    assert [one.too_few for one in found] == [False, False, True]
    assert np.isnan([found[2].p, found[2].q]).all()
    assert [one.q for one in found[:2]] == pytest.approx(benjamini_hochberg(np.array([one.p for one in found[:2]])))
    assert [one.is_sure for one in found] == [True, False, False]
    assert [one.part.value for one in surest_first(found[::-1])] == ["0", "1", "2"]


def test_only_what_both_were_judged_on_is_compared() -> None:
    known = ORDER >= 50
    (one,) = versus(_parts(range(100), range(50)), BEFORE, _judged((ORDER >= 11) & (ORDER < 74), known))
    assert (one.before.n, one.before.value, one.after.value) == (50, 0, 24 / 50)


def test_objects_of_one_image_that_change_together_make_nobody_surer() -> None:
    """Each image eight times over: the rates are the same, the interval and p are those of the images."""
    (single,) = versus(_parts(range(100)), _judged(BEFORE.hits[:100]), _judged(AFTER.hits[:100]))
    images = np.repeat(ORDER[:100], 8)
    several = [_judged(np.repeat(one.hits[:100], 8), images=images) for one in (BEFORE, AFTER)]
    (many,) = versus(_parts(range(800)), *several)
    assert (many.before.value, many.after.value, many.before.n) == (0.41, 0.63, 800)
    assert (many.difference.low, many.difference.high) == pytest.approx(single.difference[1:], abs=0.003)
    assert many.p == pytest.approx(single.p, rel=0.1)


def test_the_rate_of_one_model_by_part() -> None:
    (one, few) = rates(_parts(range(100), range(10)), BEFORE)
    assert (one.share.value, one.share.n, one.images, one.too_few) == (0.41, 100, 100, False)
    assert (few.part.value, few.share.value, few.images, few.too_few) == ("1", 1.0, 10, True)
