"""The error-aware mixture finds groups that look alike and are mistaken alike."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from explorer.analysis.mixture import Mixture, fit, shares


def test_the_likelihood_is_that_of_the_paper() -> None:
    chance = np.random.default_rng(0)
    of = Mixture(
        size=np.log([0.25, 0.75]),
        means=chance.normal(0, 1, (2, 3)),
        variances=chance.uniform(0.5, 2, (2, 3)),
        labels=np.array([[0.9, 0.1], [0.2, 0.8]]),
        answers=np.array([[0.3, 0.7], [0.6, 0.4]]),
        weight=10.0,
    )
    vectors = chance.normal(0, 1, (5, 3)).astype(np.float32)
    labels, answers = np.array([0, 1, 0, 1, 1]), np.array([1, 1, 0, 0, 1])
    expected = np.stack(
        [
            np.log([0.25, 0.75][s])
            + multivariate_normal(of.means[s], np.diag(of.variances[s])).logpdf(vectors)
            + 10 * np.log(of.labels[s, labels])
            + 10 * np.log(of.answers[s, answers])
            for s in range(2)
        ],
        axis=1,
    )
    found = of.likelihood(vectors, labels, answers)
    assert found - expected == pytest.approx(np.full((5, 2), (found - expected)[0, 0]), abs=1e-5)
    share = shares(found)
    assert share.sum(axis=1) == pytest.approx(np.ones(5))
    assert share == pytest.approx(np.exp(expected) / np.exp(expected).sum(axis=1, keepdims=True), abs=1e-5)


@pytest.mark.parametrize("components", [4, 6])
def test_those_that_are_mistaken_alike_are_one_group(components: int) -> None:
    """Of one label half lie apart and are taken for the other: with cells to start from as well as with clusters."""
    chance = np.random.default_rng(1)
    labels = np.repeat([0, 0, 1], 60)
    answers = np.repeat([0, 1, 1], 60)
    centres = np.repeat([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0]], 60, axis=0)
    vectors = (centres + chance.normal(0, 0.2, (180, 2))).astype(np.float32)
    fitted = fit(vectors, labels, answers, components=components)
    group = shares(fitted.likelihood(vectors, labels)).argmax(axis=1)
    of_mistaken = set(group[60:120])
    assert not of_mistaken & set(group[:60])
    assert not of_mistaken & set(group[120:])
    for each in of_mistaken:
        assert fitted.labels[each].argmax() == 0
        assert fitted.answers[each].argmax() == 1
