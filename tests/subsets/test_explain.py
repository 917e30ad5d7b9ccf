"""A subset is explained by what sets it apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from explorer.data.columns import Table
from explorer.maps.neighbors import neighbor_graph
from explorer.subsets.explain import Phrases, describe, differences, explain, phrase_texts
from tests.subsets.conftest import WIDTH, N, unit

if TYPE_CHECKING:
    from explorer.data.records import Bool, Float32, Neighbors


@pytest.fixture(scope="module")
def table(mask: Bool) -> Table:
    chance = np.random.default_rng(2)
    frame = pd.DataFrame({"light": chance.normal(size=N) - 2 * mask, "weight": chance.normal(size=N)})
    frame["camera"] = np.where(mask & (chance.random(N) < 0.9), "left", "right")
    return Table(frame)


def test_effect_size_is_cliffs_delta_by_counting_pairs(table: Table, mask: Bool) -> None:
    (found,) = differences(table, ["light", "weight", "camera"], mask)
    light = table.frame["light"].to_numpy(np.float32)
    pairs = np.sign(light[mask][:, None] - light[~mask])
    assert found.column == "light"
    assert found.effect == pytest.approx(pairs.mean(), abs=1e-9)
    assert found.effect < -0.474
    assert found.p < 1e-6


def test_differences_by_chance_are_rarely_reported() -> None:
    """Benjamini-Hochberg: with nothing to find, one report in twenty subsets is expected, not one in twenty columns."""
    reported = 0
    for seed in range(60):
        chance = np.random.default_rng(seed)
        noise = Table(pd.DataFrame(chance.normal(size=(200, 20))).add_prefix("c"))
        reported += bool(differences(noise, list(noise.frame.columns), chance.random(200) < 0.2))
    assert reported <= 9


def test_missing_numbers_are_left_out() -> None:
    values = pd.DataFrame({"a": [1.0, 2, np.nan, np.nan], "b": [np.nan] * 4})
    assert differences(Table(values), ["a", "b"], np.array([True, False, True, False]), alpha=1.0)[0].median == 1.0


def test_the_phrase_that_points_to_the_members_comes_first(vectors: Float32, mask: Bool) -> None:
    """Texts live apart from images; only the direction from the others to the members counts."""
    gap = 5 * np.eye(WIDTH)[5]
    texts = Phrases(("along", "aside", "against"), unit(gap + np.eye(WIDTH)[[0, 1, 0]] * [[1], [1], [-1]]))
    scored = describe(texts, vectors, mask)
    assert [one.text for one in scored] == ["along", "aside", "against"]
    assert scored[0].score > 0.5
    assert scored[-1].score < 0


def test_phrases_are_told_against_the_subsets_own_class(mask: Bool) -> None:
    """Dark shoes against all else are shoes; against other shoes they are dark."""
    noise = 0.1 * np.random.default_rng(3).normal(size=(N, WIDTH))
    shoe = mask | (np.arange(N) < N // 3)
    noise[shoe, 0] += 2
    noise[mask, 1] += 1
    vectors, texts = unit(noise + np.eye(WIDTH)[2]), Phrases(("shoe", "dark"), np.eye(2, WIDTH, dtype=np.float32))
    label = Table(pd.DataFrame({"label": np.where(shoe, "shoe", "bag")}))
    found = explain(label, mask, vectors, neighbor_graph(vectors, 5), columns=["label"], label="label", phrases=texts)
    assert found.phrases[0].text == "dark"


def test_every_attribute_meets_every_label_with_the_right_article() -> None:
    texts = phrase_texts(["Ankle_boot", "Bag"])
    assert {"a dark photo", "an occluded photo", "a photo of an Ankle boot", "a dark photo of a Bag"} <= set(texts)
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("size", [0, 1, N])
def test_subsets_without_inner_or_outer_neighbours_are_explained_too(
    size: int, table: Table, vectors: Float32, graph: Neighbors
) -> None:
    found = explain(
        table, np.arange(N) < size, vectors, graph, columns=list(table.frame.columns), phrases=Phrases((), vectors[:0])
    )
    assert found.size == size
    assert not found.cohesion.holds
    assert "say" in found.cohesion.sentence


def test_the_whole_explanation_of_a_planted_subset(
    table: Table, vectors: Float32, graph: Neighbors, mask: Bool
) -> None:
    found = explain(table, mask, vectors, graph, columns=["camera", "light", "weight"], shown=5)
    assert (found.over_represented[0].column, found.over_represented[0].value) == ("camera", "left")
    assert [one.column for one in found.differences] == ["light"]
    assert mask[found.typical].all()
    assert mask[found.extreme].all()
    assert (vectors[found.typical, 0].min()) > vectors[found.extreme, 0].max()


def test_no_p_is_rounded_to_nothing() -> None:
    """Values are float32; SciPy computes in the precision it is given."""
    values = np.random.default_rng(0).normal(size=2000).astype(np.float32)
    mask = values > np.quantile(values, 0.9)
    (found,) = differences(Table(pd.DataFrame({"a": values})), ["a"], mask)
    assert 0 < found.p < 1e-50
