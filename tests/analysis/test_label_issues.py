"""Votes on labels: on planted errors, and where there is little to go by."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score

from explorer.analysis.label_issues import combined, confident, neighbors, probe, text
from explorer.maps.neighbors import neighbor_graph

CLASSES, EACH, WIDTH = 4, 40, 16


def planted(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unit vectors in four clusters, given classes of which ten are swapped, and which those are."""
    chance = np.random.default_rng(seed)
    truth = np.repeat(np.arange(CLASSES), EACH)
    vectors = np.eye(CLASSES, WIDTH)[truth] + chance.normal(0, 0.25, (len(truth), WIDTH))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    wrong = np.zeros(len(truth), np.bool_)
    wrong[chance.choice(len(truth), 10, replace=False)] = True
    return vectors.astype(np.float32), np.where(wrong, (truth + 1) % CLASSES, truth), wrong


@pytest.mark.parametrize("name", ["probe", "neighbours", "text"])
def test_every_vote_ranks_planted_errors_first(name: str) -> None:
    vectors, codes, wrong = planted()
    graph = neighbor_graph(vectors, 10)
    votes = {
        "probe": lambda: probe(vectors, codes, CLASSES),
        "neighbours": lambda: neighbors(graph, codes, CLASSES),
        "text": lambda: text(vectors, graph, codes, np.eye(CLASSES, WIDTH, dtype=np.float32)),
    }
    vote = votes[name]()
    assert roc_auc_score(wrong, vote.doubt) > 0.99
    assert (vote.doubt[wrong] > 0.5).mean() >= 0.9
    np.testing.assert_allclose(vote.support.sum(axis=1), 1, atol=1e-5)


def test_confident_learning_is_cleanlabs_and_knows_what_the_model_does_not_say() -> None:
    vectors, codes, wrong = planted()
    likely = LogisticRegression().fit(vectors[::2], ((codes - wrong) % CLASSES)[::2]).predict_proba(vectors)
    likely = np.hstack([likely, np.full((len(codes), 1), np.nan)]).astype(np.float32)  # a class it has never heard of
    likely[3] = np.nan
    given = codes.copy()
    given[5] = CLASSES
    vote = confident(likely, given)
    assert np.isnan(vote.doubt[[3, 5]]).all()
    heard = np.isfinite(vote.doubt)
    assert heard.sum() == len(codes) - 2
    assert roc_auc_score(wrong[heard], vote.doubt[heard]) > 0.99


def test_the_same_seed_gives_the_same_votes() -> None:
    vectors, codes, _ = planted()
    first, second, other = (probe(vectors, codes, CLASSES, seed).doubt for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


def test_votes_are_joined_by_the_mean_of_their_ranks() -> None:
    vectors, codes, wrong = planted()
    graph = neighbor_graph(vectors, 10)
    votes = {"probe": probe(vectors, codes, CLASSES), "neighbours": neighbors(graph, codes, CLASSES)}
    found = combined(votes.items(), codes, CLASSES)
    assert average_precision_score(wrong, found.score) > 0.95
    assert set(found.votes) == set(votes)
    assert (found.suggested[wrong] == (codes[wrong] - 1) % CLASSES).sum() >= 9
    assert (found.suggested != codes).all()
    assert abs(found.suspects - 10) <= 3
    ranks = [np.argsort(np.argsort(vote.doubt)) for vote in votes.values()]
    top = np.argmax(found.score)
    assert found.score[top] == pytest.approx(np.mean([(rank[top] + 0.5) / len(codes) for rank in ranks]), abs=0.01)


def test_a_class_of_one_and_an_image_without_a_vector_have_no_vote() -> None:
    vectors, codes, _ = planted()
    codes[7] = CLASSES
    vectors[9] = 0
    vote = probe(vectors, codes, CLASSES + 1)
    assert np.isnan(vote.doubt[[7, 9]]).all()
    assert np.isfinite(np.delete(vote.doubt, [7, 9])).all()
    found = combined([("probe", vote)], codes, CLASSES + 1)
    assert found.score[[7, 9]].tolist() == [0, 0]


def test_points_without_a_label_neither_vote_nor_are_judged() -> None:
    vectors, codes, wrong = planted()
    labels = np.where(wrong, -1, codes)
    vote = neighbors(neighbor_graph(vectors, 10), labels, CLASSES)
    assert len(vote.doubt) == len(codes) - 10
    assert (vote.doubt < 0.5).mean() > 0.97
