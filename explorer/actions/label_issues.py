"""Labels that are probably wrong, the most likely first, with the votes that say so."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from explorer.actions.analyzed import NO_GAIN, Kind, NotComputed
from explorer.actions.object_issues import object_issues
from explorer.actions.search import model_of
from explorer.analysis.label_issues import (
    LabelIssues,
    Vote,
    combined,
    confident,
    judged_classes,
    neighbors,
    probe,
    text,
)
from explorer.data.findings import Finding
from explorer.data.ids import printed_id
from explorer.data.spaces import IMAGES
from explorer.embedding.label_text import class_vectors
from explorer.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from explorer.actions.analyzed import Analyzed
    from explorer.data.records import Float32, Int64
    from explorer.store.workspace import Workspace

LABEL_ISSUES = "label_issues"
"""The kind, as `edgecase analyze` calls it."""

NO_LABELS = (
    "There are no labels yet that could be wrong. Give a file of them on the Loop page, under Returned labels, or to "
    "`edgecase import-labels WORKSPACE FILE`."
)

_PAIRS = 3
_LEAST_CLASSES = 2


class Judged(NamedTuple):
    """The labels of a workspace of whole images, and how likely each is wrong.

    Attributes:
        ids: of the labelled images.
        labels: int64 (n,), the given class of each.
        classes: their names.
        issues: what the votes say.
    """

    ids: list[str]
    labels: Int64
    classes: list[str]
    issues: LabelIssues


def rows(of: Analyzed) -> list[dict[str, Any]]:
    """Every labelled image, or in detection every labelled box and missing object, the most likely wrong first.

    Returns:
        [{id, given, suggested, score, votes}]: `score` 0..1, higher is more likely wrong; `votes` the doubt of each by
        its name, above a half where it prefers another class.

    Raises:
        NotComputed: there are no two classes with two images, or in detection no model.
    """
    if of.view.has_boxes:
        return of.once(LABEL_ISSUES, lambda: object_issues(of)).rows
    judged = of.once(LABEL_ISSUES, lambda: _judged(of))
    issues = judged.issues
    return [
        {
            "id": judged.ids[row],
            "given": judged.classes[judged.labels[row]],
            "suggested": judged.classes[issues.suggested[row]],
            "score": float(issues.score[row]),
            "votes": {name: float(doubt[row]) for name, doubt in issues.votes.items() if np.isfinite(doubt[row])},
        }
        for row in np.argsort(-issues.score, kind="stable")
    ]


def found(of: Analyzed) -> list[Finding]:
    """The labels that are probably wrong, as one finding; in detection see `object_issues`."""
    if of.view.has_boxes:
        return _of_objects(of)
    judged = of.once(LABEL_ISSUES, lambda: _judged(of))
    suspects = np.argsort(-judged.issues.score, kind="stable")[: judged.issues.suspects]
    if not len(suspects):
        return []
    pairs = Counter((judged.classes[judged.labels[i]], judged.classes[judged.issues.suggested[i]]) for i in suspects)
    told = ", ".join(f"{given} → {other} {count}" for (given, other), count in pairs.most_common(_PAIRS))
    gain, figures = _gain(of, judged, suspects)
    n, all_of = len(suspects), len(judged.ids)
    sentence = f"About {n:,} of {all_of:,} labels are probably wrong, most often {told}."
    ids = tuple(judged.ids[i] for i in suspects)
    return [Finding(LABEL_ISSUES, "Labels to check", sentence, ids, {"n": n, "of": all_of, **figures}, gain)]


def _of_objects(of: Analyzed) -> list[Finding]:
    suspects = of.once(LABEL_ISSUES, lambda: object_issues(of)).suspects
    if not suspects:
        return []
    kinds = Counter(max(row["votes"], key=row["votes"].__getitem__) for row in suspects)
    told = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common())
    n, of_all = len(suspects), len(of.points)
    sentence = f"{n:,} of {of_all:,} labelled objects are probably wrong: {told}."
    ids = tuple(row["id"] for row in suspects)
    return [
        Finding(LABEL_ISSUES, "Boxes to check", sentence, ids, {"n": n, "of": of_all, **kinds}, NO_GAIN * n / of_all)
    ]


def _gain(of: Analyzed, judged: Judged, suspects: Int64) -> tuple[float, dict[str, str]]:
    """How many images count as errors of the model although it says the suggested class, as a share of all."""
    column = f"{of.model}.prediction"
    if column not in of.view.samples:
        return NO_GAIN * len(suspects) / len(judged.ids), {}
    said = of.view.samples.frame[column].reindex([judged.ids[i] for i in suspects])
    wronged = sum(name == judged.classes[judged.issues.suggested[i]] for name, i in zip(said, suspects, strict=True))
    return wronged / len(judged.ids), {"metric": "accuracy"}


def _judged(of: Analyzed) -> Judged:
    samples = of.workspace.samples
    if "label" not in samples or not samples["label"].notna().any():
        raise NotComputed(NO_LABELS)
    given = samples["label"]
    codes, names = given.astype("string").factorize(sort=True)
    labels, classes = np.asarray(codes, np.int64), [str(name) for name in names]
    known = labels >= 0
    if judged_classes(labels[known], len(classes)).sum() < _LEAST_CLASSES:
        raise NotComputed("It takes two classes with at least two images each to say which labels do not fit.")
    issues = combined(_votes(of, labels, classes), labels[known], len(classes))
    return Judged(list(samples.index[known]), labels[known], classes, issues)


def _votes(of: Analyzed, labels: Int64, classes: list[str]) -> Iterator[tuple[str, Vote]]:
    """Each vote with its name: of the model's probabilities, and for every encoder of its vectors."""
    known = labels >= 0
    given = of.workspace.probabilities(of.model) if of.model else None
    if given is not None:
        likely = given.reindex(index=of.workspace.samples.index[known], columns=classes).to_numpy(np.float32)
        yield f"confidence of {of.model}", confident(likely, labels[known])
    for encoder in of.encoders:
        called = f" ({encoder})" if encoder else ""
        space = replace(IMAGES, encoder=encoder)
        vectors, graph = np.asarray(of.workspace.embeddings(space).vectors), of.workspace.neighbors(space)
        yield f"probe{called}", probe(vectors[known], labels[known], len(classes), of.seed)
        yield f"neighbours{called}", neighbors(graph, labels, len(classes))
        words = _words(of.workspace, encoder, classes)
        if words is not None:
            yield f"text{called}", text(vectors, graph, labels, words)


def _words(workspace: Workspace, encoder: str, classes: list[str]) -> Float32 | None:
    """The vector of each class's name, float32 (classes, d); None where nothing embeds words."""
    try:
        vector_of = class_vectors(model_of(workspace, encoder), classes)
    except ModelError:  # vectors of the user's own, or weights that are gone: the others vote
        return None
    return np.stack([vector_of[name] for name in classes])


def _line(row: Mapping[str, Any]) -> str:
    votes = ", ".join(f"{name} {doubt:.2f}" for name, doubt in row["votes"].items())
    given = "no label" if row["given"] is None else row["given"]
    other = "" if row["given"] == row["suggested"] else f", rather {row['suggested']}"
    return f"{printed_id(row['id'])}: {given}{other} ({votes})"


KIND = Kind(
    name=LABEL_ISSUES,
    version=2,
    rows=rows,
    found=found,
    line=_line,
    nothing="There is no label that could be wrong.",
    options=("model", "seed", "encoders"),
    cost=60,
)
