"""Coverage, hygiene, and what changed since the last version, as sections of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.actions.hygiene import sources, uses
from explorer.actions.report_sections import TOO_FEW, leak_words
from explorer.data.outcomes import in_words
from explorer.points.chosen import put_by_reviewers
from explorer.review.report import Cell, Grid, Section, Words
from explorer.store.decisions.state import same_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from explorer.actions.compare_versions import Compared
    from explorer.actions.failure_modes import Failures, Mode
    from explorer.actions.report_sections import Rated
    from explorer.analysis.segments import Part
    from explorer.analysis.versions import Versus
    from explorer.points.points import Points
    from explorer.review.report import Block, Pictures, Tone

_MOST_ROWS, _MOST_SEGMENTS = 30, 10
_COVERAGE = (
    "Count: examples that count, without those that the model may have learnt from. 20 to 50 are usual. The more "
    "often a model is judged on the same examples, the less they say of new ones."
)


def coverage(of: Failures, rated: Sequence[Rated]) -> Section:
    """How many examples count of how many aimed at, where they come from, and what is not covered."""
    of_categories = [one for one in rated if one.mode.standing]
    if not of_categories:
        said = "There are no categories with a target. `edgecase category add` or a template makes some."
        return Section("coverage", "Coverage and hygiene", [Words(said, "unsure"), *_leaks(of)])
    head = ("", "Count", "Target", "Gap", "Found by", "In splits", "Judged before")
    rows = [_coverage_row(of, one) for one in of_categories]
    return Section("coverage", "Coverage and hygiene", [Grid(head, rows, _COVERAGE), *_leaks(of)])


def _coverage_row(of: Failures, one: Rated) -> list[Cell | str]:
    assert one.mode.standing
    category = one.mode.standing.category
    names = set(map(same_name, category.names))
    every = [*of.subsets, *put_by_reviewers(of.of.workspace.decisions)]
    found = sources(of.of.view, [each for each in every if same_name(each.category) in names])
    counting = counting_examples(of, one.mode)
    gap = max(0, category.target - counting)
    return [
        Cell(category.name, link=one.anchor),
        f"{counting:,}",
        f"{category.target:,}",
        Cell(f"{gap:,} missing" if gap else "covered", "bad" if gap else "good"),
        _counts(found.get("origin", {})),
        _counts(found.get("split", {})),
        _used(of, one.mode.standing.examples),
    ]


def _used(of: Failures, ids: Sequence[str]) -> str:
    """In how many rounds some examples were judged, and of which models."""
    found = uses(of.of.workspace, ids)
    models = ", ".join(dict.fromkeys(one.model for one in found if one.model))
    return f"{len(found):,} × ({models})" if found else "never"


def counting_examples(of: Failures, mode: Mode) -> int:
    """How many examples of a category count: those that the model cannot have learnt from."""
    ids = mode.standing.examples if mode.standing else of.of.points.space.ids_of(mode.rows)
    points = of.of.view.of_ids(ids)
    images = points.space.sample_rows[np.array(points.space.rows(ids), np.int64)]
    return int(of.hygiene.counting(images).sum())


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items()) or "–"


def _leaks(of: Failures) -> list[Block]:
    clean = of.hygiene
    if not clean.splits:
        return [Words(leak_words(of), "unsure")]
    images = of.of.view.images
    used = {row for one in of.modes for row in of.of.points.space.sample_rows[one.rows].tolist()}
    found = [leak for row, leak in clean.leaks.items() if row in used and leak.way != "itself"]
    if not found:
        return [Words("No example is a near copy, or of the group, of an image in the training split.", "good")]
    ways = {"copy": "near copy of", "group": f"same {clean.group_by} as", "itself": "is"}
    rows = [
        (images.space.ids[leak.row], ways[leak.way], images.space.ids[leak.other],
         "" if np.isnan(leak.similarity) else f"{leak.similarity:.4f}")
        for leak in found[:_MOST_ROWS]
    ]  # fmt: skip
    more = f" The first {_MOST_ROWS} of {len(found):,}." * (len(found) > _MOST_ROWS)
    caption = f"Examples that do not count, as the model may have learnt from them.{more}"
    return [Grid(("Example", "Is", "In training", "Similarity"), rows, caption)]


def changed(against: str | None, regressed: Pictures | None, found: Compared | None) -> Section:
    """What changed since the last version."""
    title = f"What changed since {against}" if against else "What changed since the last version"
    if found is None:
        return Section("changes", title, [Words("There is one version, so that nothing can be compared.", "unsure")])
    rows = [_change(found.overall, "All"), *(_change(one, one.part.value) for one in found.categories or found.subsets)]
    sure = [one for one in found.segments if one.is_sure][:_MOST_SEGMENTS]
    rows += [_change(one, segment_title(one.part, found.points)) for one in sure]
    head = ("", "n", str(found.before), str(found.after), "Difference", "Fixed", "Regressed", "p, adjusted")
    caption = (
        "Told by labels, on what both were judged on: Newcombe's interval for pairs, McNemar's exact p, "
        "Benjamini-Hochberg adjusted within each list. Segments are those that surely changed."
    )
    blocks: list[Block] = [Grid(head, rows, caption)]
    if regressed and regressed.pictures:
        blocks += [Words(f"What {found.before} got right and {found.after} does not, the surest first:"), regressed]
    return Section("changes", title, blocks)


def segment_title(part: Part, points: Points) -> str:
    """What a segment is called: its region's name, or what its column is called on screen and its value."""
    if part.region:
        return part.region.title
    title = points.colourings(None, ()).get(part.column, part.column)
    return f"{title} {in_words(part.column, part.value)}"


def _change(one: Versus, name: str) -> list[Cell | str]:
    difference = one.difference
    tone: Tone = ("good" if difference.value > 0 else "bad") if one.is_sure else ""
    told = f"{difference.value:+.1%} ({difference.low:+.1%}\u00a0to\u00a0{difference.high:+.1%})"
    return [
        name,
        f"{one.before.n:,}",
        f"{one.before.value:.1%}",
        f"{one.after.value:.1%}",
        Cell(TOO_FEW if one.too_few else told, "unsure" if one.too_few else tone),
        f"{len(one.fixed):,}",
        f"{len(one.regressed):,}",
        "–" if np.isnan(one.q) else f"{one.q:.2g}",
    ]
