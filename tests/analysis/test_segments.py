"""Segments against independent implementations, a planted one, and chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest, false_discovery_control, fisher_exact

from explorer.analysis.measures import Ratio
from explorer.analysis.segments import (
    Judged,
    Part,
    Segment,
    beside,
    crossed,
    design_effect,
    drawn_again,
    measured,
    parts_of,
    parts_of_map,
    rate_on,
    segments,
    worst,
    worst_first,
)
from explorer.data.bins import Bins
from explorer.data.columns import Table
from explorer.data.findings import Region

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from explorer.data.records import Bool
    from explorer.stats.intervals import Figure


COLUMNS = ["weather", "camera", "brightness"]


def _judged(right: Bool) -> Judged:
    return Judged(right.astype(np.int64), np.ones(len(right), np.int64), np.arange(len(right)))


def _hits(figure: Figure) -> int:
    return round(figure.value * figure.n)


def _frame(n: int, seed: int) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "weather": chance.choice(["clear", "rain", "fog", "snow"], n, p=[0.6, 0.2, 0.1, 0.1]),
            "camera": chance.choice([f"camera {i}" for i in range(8)], n),
            "brightness": chance.random(n),
        }
    )


def _segments(frame: pd.DataFrame, right: Bool) -> list[Segment]:
    return segments(parts_of(Table(frame), COLUMNS), _judged(right))


def test_a_segment_has_the_figures_of_the_textbook() -> None:
    """8 of 10 right is .4902 to .9433 by Wilson; of fewer than 20 images no more is said."""
    frame = pd.DataFrame({"side": ["left"] * 10 + ["right"] * 90})
    right = np.ones(100, np.bool_)
    right[:2] = False
    left = next(one for one in segments(parts_of(Table(frame), ["side"]), _judged(right)) if one.part.value == "left")
    assert (left.here.value, left.here.n, left.images) == (0.8, 10, 10)
    assert (round(left.here.low, 4), round(left.here.high, 4)) == (0.4902, 0.9433)
    assert left.too_few
    assert np.isnan([left.p, left.q]).all()


def test_what_hangs_together_is_drawn_together_wherever_its_rate_is_said() -> None:
    """30 objects on 3 images, each image all right or all wrong, say no more than 3 things: 0 to 1, not .49 to .81."""
    judged = Judged(np.repeat([1, 1, 0], 10), np.ones(30, np.int64), np.repeat(np.arange(3), 10))
    drawn = drawn_again(judged)
    assert drawn is not None
    here = rate_on(judged, np.arange(30), drawn)
    assert (here.hits, here.n, here.low, here.high) == (20, 30, 0.0, 1.0)
    (whole,) = segments([Part("", "", np.arange(30))], judged)
    assert whole.here == here.figure


def test_single_things_keep_the_interval_of_wilson() -> None:
    judged = _judged(np.arange(10) < 8)
    assert drawn_again(judged) is None
    here = rate_on(judged, np.arange(10), None)
    assert (round(here.low, 4), round(here.high, 4)) == (0.4902, 0.9433)
    assert rate_on(judged, np.arange(0), None).n == 0


def test_segments_agree_with_scipy() -> None:
    frame = _frame(1000, 5)
    right = np.random.default_rng(105).random(1000) < np.where(frame["weather"] == "fog", 0.6, 0.9)
    found = _segments(frame, right)
    assert len(found) == 4 + 8 + 4, "numbers are cut at their quartiles"
    for one in found:
        inside = np.isin(np.arange(1000), one.part.rows)
        table = [[int((right & side).sum()), int((~right & side).sum())] for side in (inside, ~inside)]
        oracle = fisher_exact(table)
        assert (_hits(one.here), _hits(one.rest)) == (table[0][0], table[1][0])
        assert one.p == pytest.approx(oracle.pvalue, rel=1e-9)
        assert one.odds_ratio == pytest.approx(oracle.statistic, rel=1e-9)
        interval = binomtest(_hits(one.here), one.here.n).proportion_ci(method="wilson")
        assert (one.here.low, one.here.high) == pytest.approx((interval.low, interval.high), abs=1e-9)
    assert [one.q for one in found] == pytest.approx(false_discovery_control([one.p for one in found]), rel=1e-9)


def test_a_planted_segment_is_the_first_and_says_what_could_be_gained() -> None:
    first = 0
    for seed in range(20):
        frame = _frame(2000, seed)
        fog = (frame["weather"] == "fog").to_numpy()
        right = np.random.default_rng(100 + seed).random(2000) < np.where(fog, 0.5, 0.95)
        found = worst(_segments(frame, right), _judged(right))
        first += found[0].part[:2] == ("weather", "fog")
        assert found[0].gain == pytest.approx((right[~fog].mean() - right[fog].mean()) * fog.mean())
    assert first == 20


def test_errors_by_chance_are_no_finding() -> None:
    """In at least 95% of draws in which errors fall on anyone alike, no segment is surely worse."""
    reported = 0
    for seed in range(200):
        right = np.random.default_rng(seed).random(1000) < 0.85
        reported += bool(worst(_segments(_frame(1000, seed + 1000), right), _judged(right)))
    assert reported <= 10


def test_the_same_points_under_two_names_are_listed_once() -> None:
    frame = _frame(2000, 3)
    fog = (frame["weather"] == "fog").to_numpy()
    frame["wipers"] = np.where(fog | (np.arange(2000) % 100 == 0), "on", "off")
    right = np.random.default_rng(103).random(2000) < np.where(fog, 0.4, 0.95)
    place = Region("0-0", 0, "", "", np.flatnonzero(fog), (0.0, 0.0))
    judged = _judged(right)
    found = segments([*parts_of(Table(frame), [*COLUMNS, "wipers"]), *parts_of_map([place])], judged)
    kept = worst(found, judged)
    assert [one.part.value for one in kept if np.isin(one.part.rows, place.rows).mean() > 0.8] == ["fog"]
    assert len(kept) == 1


def test_two_places_that_fail_apart_are_both_listed_the_greater_gain_first() -> None:
    frame = _frame(4000, 8)
    snow, dark = (frame["weather"] == "snow").to_numpy(), frame["brightness"].to_numpy() < 0.25
    right = np.random.default_rng(108).random(4000) < np.select([snow, dark], [0.6, 0.7], 0.95)
    judged = _judged(right)
    found = worst(segments(parts_of(Table(frame), COLUMNS), judged), judged)
    assert [one.part.column for one in found[:2]] == ["brightness", "weather"]
    assert found[0].gain > found[1].gain


def test_a_segment_that_is_better_is_no_finding() -> None:
    frame = _frame(2000, 4)
    right = np.random.default_rng(104).random(2000) < np.where(frame["weather"] == "fog", 1.0, 0.7)
    found = worst(_segments(frame, right), _judged(right))
    assert not any(one.part.value == "fog" for one in found)


def test_what_was_not_judged_does_not_count() -> None:
    """Only half of the fog has labels; missing values are no segment."""
    frame = pd.DataFrame({"weather": ["fog"] * 60 + ["clear"] * 100 + [None] * 40})
    hits, total = np.ones(200, np.int64), np.ones(200, np.int64)
    hits[:45] = total[:30] = 0
    clear, fog = segments(parts_of(Table(frame), ["weather"]), Judged(hits, total, np.arange(200)))
    assert (fog.here.value, fog.here.n, fog.images) == (0.5, 30, 30)
    assert (clear.here.n, fog.rest.n) == (100, 140)


def test_objects_count_in_the_rate_and_images_for_too_few() -> None:
    """Ten images with five objects each are ten images."""
    frame = pd.DataFrame({"light": ["night"] * 10 + ["day"] * 90})
    total = np.full(100, 5)
    night = segments(parts_of(Table(frame), ["light"]), Judged(total - 1, total, np.arange(100)))[1]
    assert (night.here.value, night.here.n, night.too_few) == (0.8, 50, True)


def test_objects_that_are_missed_together_are_not_so_many_proofs() -> None:
    """Ten objects on an image, all found or all missed, are as much as one: errors by chance stay no finding."""
    reported = 0
    for seed in range(50):
        found = np.random.default_rng(seed).random(400) < 0.8
        judged = Judged(np.where(found, 10, 0), np.full(400, 10), np.arange(400))
        assert design_effect(judged) == pytest.approx(10, rel=0.01)
        frame = _frame(400, seed + 500)
        reported += bool(worst(segments(parts_of(Table(frame), COLUMNS), judged), judged))
    assert reported <= 4
    assert design_effect(_judged(found)) == 1.0


def test_a_region_at_several_levels_is_one_part() -> None:
    rows = np.arange(30)
    levels = [Region(f"{level}-0", level, "", "", rows.copy(), (0.0, 0.0)) for level in (0, 1)]
    assert [part.value for part in parts_of_map(levels)] == ["0-0"]


def test_nothing_to_judge() -> None:
    none = np.zeros(30, np.int64)
    frame = pd.DataFrame({"light": ["night"] * 30})
    assert segments(parts_of(Table(frame), ["light"]), Judged(none, none, np.arange(30))) == []
    empty = np.empty(0, np.int64)
    assert segments([], Judged(empty, empty, empty)) == []


def _ratio(part: NDArray[Any], sign: Literal[1, -1] = 1) -> Ratio:
    n, one = len(part), np.ones(len(part), np.int64)
    return Ratio(part.astype(float), np.ones(n), units=one, images=np.arange(n), sign=sign, bounded=sign == 1)


def test_frames_of_one_video_are_one_witness() -> None:
    """Whole videos go wrong, by chance: of 100 draws at most 8 report one, where frames alone would report most."""
    by_video = by_frame = 0
    for seed in range(100):
        chance = np.random.default_rng(seed)
        video = np.repeat(np.arange(100), 10)
        right = (chance.random(100) < 0.8)[video]
        frame = pd.DataFrame({"place": chance.choice(list("abcd"), 100)[video]})
        parts, judged = list(parts_of(Table(frame), ["place"])), _judged(right)
        by_video += bool(worst(segments(parts, judged, video), judged, groups=video))
        by_frame += bool(worst(segments(parts, judged), judged))
    assert by_video <= 8
    assert by_frame >= 50


def test_intervals_of_groups_are_wider_and_few_groups_are_too_few_to_say() -> None:
    chance = np.random.default_rng(6)
    patient = np.repeat(np.arange(40), 25)
    right = chance.random(1000) < chance.beta(0.8, 0.2, 40)[patient]
    frame = pd.DataFrame({"ward": np.where(patient < 5, "small", "large")})
    parts = list(parts_of(Table(frame), ["ward"]))
    for alone, grouped in zip(segments(parts, _judged(right)), segments(parts, _judged(right), patient), strict=True):
        assert alone.here.value == grouped.here.value
        assert (alone.images, alone.too_few) == (grouped.images, False)
        assert (grouped.groups, grouped.too_few) == ((5, True) if grouped.part.value == "small" else (35, False))
    assert grouped.here.high - grouped.here.low > 1.5 * (alone.here.high - alone.here.low)


def test_errors_per_image_that_fall_anywhere_are_no_finding_and_planted_ones_are() -> None:
    reported = 0
    for seed in range(60):
        frame, errors = _frame(600, seed), np.random.default_rng(seed + 7).poisson(0.3, 600)
        reported += any(one.is_worse for one in measured(parts_of(Table(frame), COLUMNS), _ratio(errors, -1)))
    assert reported <= 5
    fog = (frame["weather"] == "fog").to_numpy()
    found = measured(parts_of(Table(frame), COLUMNS), _ratio(errors + np.where(fog, 1, 0), -1))
    assert [one.part.value for one in found if one.is_worse] == ["fog"]
    first = worst_first(found)[0]
    assert first.part.value == "fog"
    assert first.here.value == pytest.approx(errors[fog].mean() + 1)
    assert first.rest.value == pytest.approx(errors[~fog].mean())


def test_a_second_model_is_held_against_the_first_on_the_same_images() -> None:
    """McNemar's exact test by segment; what is hard for both does not part them, so the interval is narrow."""
    frame = _frame(2000, 11)
    chance = np.random.default_rng(12)
    hard = chance.random(2000) < 0.4
    before, after = ~hard, ~hard
    fog = (frame["weather"] == "fog").to_numpy()
    after = after | (fog & (chance.random(2000) < 0.6))
    found = segments(parts_of(Table(frame), ["weather"]), _judged(before))
    rows = {one.part.value: one.paired for one in beside(found, _ratio(before), _ratio(after))}
    in_fog, clear = rows["fog"], rows["clear"]
    assert in_fog
    assert clear
    fixed, broken = (fog & after & ~before).sum(), (fog & before & ~after).sum()
    assert in_fog.p == pytest.approx(binomtest(int(fixed), int(fixed + broken)).pvalue)
    assert in_fog.difference.value == pytest.approx(after[fog].mean() - before[fog].mean())
    assert in_fog.difference.low > 0.1
    assert in_fog.figure.value == pytest.approx(after[fog].mean())
    assert (clear.difference.value, clear.difference.low, clear.difference.high, clear.q) == (0, 0, 0, 1)


def test_an_interval_of_a_difference_holds_the_truth() -> None:
    """Two models that are right on 70% and 75%, mostly on the same images: 95% of the intervals hold 5 points."""
    held = 0
    for seed in range(100):
        chance = np.random.default_rng(seed)
        ease = chance.random(400)
        before, after = ease < 0.7, np.where(chance.random(400) < 0.9, ease < 0.75, chance.random(400) < 0.75)
        part = Part("all", "all", np.arange(400))
        (one,) = beside(segments([part], _judged(before)), _ratio(before), _ratio(after))
        assert one.paired
        held += one.paired.difference.low <= 0.05 <= one.paired.difference.high
    assert 89 <= held <= 99


def test_three_ranges_of_one_number_that_follow_each_other_are_one_finding() -> None:
    """All but the brightest quarter fails more often: that is one place, not three."""
    frame = _frame(4000, 15)
    dark = frame["brightness"].to_numpy() < np.quantile(frame["brightness"], 0.75)
    right = np.random.default_rng(16).random(4000) < np.where(dark, 0.7, 0.97)
    judged = _judged(right)
    found = segments(parts_of(Table(frame), COLUMNS, Bins.parse("0.5,0.75")), judged)
    assert sum(one.is_worse for one in found) == 2
    (one,) = worst(found, judged)
    assert one.part.column == "brightness"
    assert one.part.value.startswith("0.000")
    assert one.here.n == (frame["brightness"] < 0.75).sum()
    interval = binomtest(_hits(one.here), one.here.n).proportion_ci(method="wilson")
    assert (one.here.low, one.here.high) == pytest.approx((interval.low, interval.high), abs=1e-9)


def test_ranges_with_another_between_them_stay_two() -> None:
    frame = _frame(4000, 17)
    middle = frame["brightness"].between(0.25, 0.75).to_numpy()
    right = np.random.default_rng(18).random(4000) < np.where(middle, 0.97, 0.7)
    judged = _judged(right)
    found = worst(segments(parts_of(Table(frame), ["brightness"], Bins.parse("0.25,0.75")), judged), judged)
    assert [one.part.place for one in found] in ([0, 2], [2, 0])


def test_a_two_way_table_has_a_cell_for_each_pair_that_occurs() -> None:
    frame = _frame(1000, 19)
    weather, brightness = (list(parts_of(Table(frame), [name])) for name in ("weather", "brightness"))
    cells = list(crossed(weather, brightness))
    counts = pd.crosstab(frame["weather"], pd.qcut(frame["brightness"], 4, labels=False))
    assert len(cells) == 16
    assert [len(one.rows) for one in cells] == [
        counts.loc[one.value, other.place] for one in weather for other in brightness
    ]
    assert (cells[0].column, cells[0].value.split(" × ")[0]) == ("weather × brightness", "clear")


def test_a_gap_that_is_sure_and_next_to_nothing_is_no_finding() -> None:
    """Of two million images errors are 24.0% here and 23.2% elsewhere, 1.03 times as common; 0.2% and 0.1% are two."""
    n = 1_000_000
    frame = pd.DataFrame({"side": np.repeat(["left", "right"], n)})
    for left, right, worse in ((0.240, 0.232, False), (0.002, 0.001, True)):
        hits = np.ones(2 * n, np.bool_)
        hits[: round(left * n)] = hits[n : n + round(right * n)] = False
        found = segments(parts_of(Table(frame), ["side"]), _judged(hits))
        assert max(one.q for one in found) < 1e-6
        assert [one.part.value for one in found if one.is_worse] == ["left"] * worse
