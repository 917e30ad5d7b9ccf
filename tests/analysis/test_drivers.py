"""Which numbers errors go with: the culprit before what only goes along with it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from explorer.analysis.drivers import drivers, spearman

N = 300


def _made(seed: int, n: int = N) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Blur makes errors; crowded scenes are blurred, and look guilty; four numbers have nothing to do with it."""
    chance = np.random.default_rng(seed)
    blur = chance.normal(size=n)
    density = 0.85 * blur + 0.53 * chance.normal(size=n)
    numbers = {"density": density, "blur": blur, **{f"noise {i}": chance.normal(size=n) for i in range(4)}}
    return numbers, chance.random(n) < 1 / (1 + np.exp(1.5 - 2 * blur))


@pytest.mark.parametrize("seed", range(20))
def test_blur_comes_first_where_density_only_looks_guilty(seed: int) -> None:
    numbers, wrong = _made(seed)
    found = drivers(numbers, wrong, np.arange(N), seed)
    assert found[0].signal == "blur"
    by_name = {one.signal: one for one in found}
    assert by_name["density"].p <= 0.01, "alone it does look guilty"
    assert by_name["density"].importance < 0.5 * by_name["blur"].importance
    assert [one.importance for one in found] == sorted((one.importance for one in found), reverse=True)


def test_the_same_seed_says_the_same_and_constants_are_left_out() -> None:
    numbers, wrong = _made(1)
    numbers["constant"] = np.ones(N)
    first, second = (drivers(numbers, wrong, np.arange(N), 7) for _ in range(2))
    assert first == second
    assert {one.signal for one in first} == {"density", "blur", *(f"noise {i}" for i in range(4))}


def test_correlation_is_spearmans_also_where_numbers_are_missing_or_tied() -> None:
    numbers, wrong = _made(3)
    columns = np.column_stack([numbers["blur"], np.round(numbers["density"]), numbers["density"]])
    columns[::7, 2] = np.nan
    rho, p = spearman(columns, wrong, np.arange(N), np.random.default_rng(0))
    expected = [spearmanr(columns[:, column], wrong, nan_policy="omit").statistic for column in range(3)]
    assert rho == pytest.approx(expected)
    assert p == pytest.approx([0.001] * 3)


def test_by_chance_a_twentieth_is_below_a_twentieth_also_in_groups() -> None:
    chance = np.random.default_rng(11)
    alone, grouped = [], []
    for _ in range(300):
        columns = chance.normal(size=(120, 3))
        columns[chance.random(120) < 0.3, 2] = np.nan
        alone.append(spearman(columns, chance.random(120) < 0.3, np.arange(120), chance, 199)[1] <= 0.05)
        often = np.repeat(chance.choice([0.05, 0.6], 40), 4)  # images on which much or little goes wrong
        of_images = np.repeat(chance.normal(size=(40, 3)), 4, axis=0)
        wrong = chance.random(160) < often
        grouped.append(spearman(of_images, wrong, np.repeat(np.arange(40), 4), chance, 199)[1] <= 0.05)
    assert np.mean(alone, axis=0) == pytest.approx([0.05] * 3, abs=0.03)
    assert np.mean(grouped, axis=0) == pytest.approx([0.05] * 3, abs=0.03)


def test_where_none_or_all_that_have_a_number_are_wrong_it_says_nothing() -> None:
    wrong = np.arange(40) < 20
    column = np.where(wrong, np.arange(40.0), np.nan)[:, None]
    rho, p = spearman(column, wrong, np.arange(40), np.random.default_rng(0))
    assert np.isnan(rho).all()
    assert p.tolist() == [1.0]


def test_objects_of_one_image_are_in_one_fold() -> None:
    """What names an image tells nothing about images that were not fitted, however well it tells those that were."""
    chance = np.random.default_rng(2)
    image = np.repeat(np.arange(60), 5)
    names, wrong = chance.permutation(60)[image], chance.permutation(60)[image] < 20
    in_one, apart = (drivers({"name": names.astype(float)}, wrong, of, 0)[0] for of in (image, np.arange(300)))
    assert apart.importance > 0.3, "were they apart, it would seem to tell them"
    assert in_one.importance < 0.5 * apart.importance
