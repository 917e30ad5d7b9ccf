"""Edge cases that were really planted in the sample data can really be found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from scipy.spatial import cKDTree

from explorer.actions.demo import sample_data
from explorer.actions.evaluate import evaluate
from explorer.actions.search import like_text

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace

K = 10


@pytest.fixture(scope="module")
def truth(demo: Workspace) -> pd.DataFrame:
    """What was done to each image, which the app never reads."""
    return pd.read_csv(sample_data() / "fashion" / "truth.csv", index_col="image").loc[list(demo.ids)]


def _near(demo: Workspace) -> np.ndarray[tuple[int, int], np.dtype[np.intp]]:
    """Rows (n, K) of each point's nearest others on the map."""
    xy = demo.layout("image").xy
    return np.asarray(cKDTree(xy).query(xy, k=K + 1)[1])[:, 1:]


def _shared(values: pd.Series, near: np.ndarray[tuple[int, int], np.dtype[np.intp]]) -> pd.Series:
    """Share of each point's neighbours on the map that have its value."""
    array = values.to_numpy()
    return pd.Series((array[near] == array[:, None]).mean(axis=1), values.index)


def test_swapped_labels_rank_high_by_neighbour_disagreement(demo: Workspace, truth: pd.DataFrame) -> None:
    from sklearn.metrics import roc_auc_score

    assert truth["label_swapped"].sum() >= 20
    assert roc_auc_score(truth["label_swapped"], demo.samples["label_disagreement"]) >= 0.9


def test_points_near_each_other_on_the_map_share_their_label_far_more_than_chance(demo: Workspace) -> None:
    labels = demo.samples["label"]
    chance = (labels.value_counts(normalize=True) ** 2).sum()
    assert _shared(labels, _near(demo)).mean() > 4 * chance


def test_images_degraded_alike_lie_together_on_the_map(demo: Workspace, truth: pd.DataFrame) -> None:
    """Each condition has several times its share among its own neighbours, so that a lasso can catch it."""
    shared = _shared(truth["condition"], _near(demo)).groupby(truth["condition"]).mean()
    share = truth["condition"].value_counts(normalize=True)
    planted = share.index.drop("clean")
    assert len(planted) == 5
    assert (shared[planted] > 3 * share[planted]).all(), (shared / share).to_dict()


def test_the_map_of_the_demo_can_be_trusted(demo: Workspace) -> None:
    info = demo.info()
    assert info["samples"] == 1500
    assert info["skipped"] == []
    assert info["spaces"] == ["image", "label", "prediction/v1", "prediction/v2"]
    assert info["trustworthiness"] > 0.9
    assert info["neighbors_kept"] > 0.25


@pytest.mark.parametrize("label", ["Ankle boot", "Bag", "Trouser"])
def test_words_find_what_they_name(demo: Workspace, label: str) -> None:
    hits = like_text(demo, f"a photo of a {label.lower()}", 20).hits
    assert (demo.samples.loc[[hit.id for hit in hits], "label"] == label).mean() >= 0.8


def test_words_find_a_condition(demo: Workspace, truth: pd.DataFrame) -> None:
    """“Dark” is found far more often than by chance, though no label says it."""
    hits = like_text(demo, "a dark photo of a coat", 20).hits
    share = (truth["condition"] == "dark").mean()
    assert (truth.loc[[hit.id for hit in hits], "condition"] == "dark").mean() > 5 * share


def test_the_demo_knows_the_likely_classes_beside_the_first(demo: Workspace) -> None:
    """Its models come with all class probabilities: the label is among the three likeliest far more often."""
    figures = evaluate(demo, "v1")["v1"]
    assert 0.9 < figures["top_3"] < figures["top_5"] < 1
    given = demo.probabilities("v1")
    assert given is not None
    first = given.idxmax(axis=1) == demo.samples["v1.prediction"]
    assert first.mean() > 0.999
