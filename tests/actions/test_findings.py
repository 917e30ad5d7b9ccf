"""What a finding is recognised by, whatever a build made of the rest, and how findings are ranked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from explorer import build
from explorer.actions.analyze import analyze, findings_of
from explorer.actions.findings import Known, finding_line, gain_in_words, recognised
from explorer.data.findings import DecidedFinding, Finding

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.store.workspace import Workspace
    from tests.conftest import Source

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _region(rank: str, ids: range, score: float = 0.1) -> Finding:
    figures = {"column": "region", "value": rank, "metric": "accuracy"}
    return Finding("segments", rank, f"{rank}: bad.", tuple(map(str, ids)), figures, score)


def _weather(value: str, ids: range) -> Finding:
    figures: dict[str, float | int | str] = {"column": "weather", "value": value, "metric": "accuracy", "rate": 0.5}
    return Finding("segments", value, f"{value}: bad.", tuple(map(str, ids)), figures, 0.1)


def _dismissed(one: Known) -> DecidedFinding:
    return DecidedFinding(
        key=one.key,
        kind=one.finding.kind,
        title="",
        model=one.model,
        definition=one.finding.definition,
        ids=frozenset(one.finding.ids),
        dismissed=True,
        reason="known",
        author="Ada",
        time=NOW,
    )


def _known(*found: Finding, model: str | None = "v1", decided: list[DecidedFinding] | None = None) -> list[Known]:
    return recognised([(one, model) for one in found], decided or [], lambda name: {"old": "v1"}.get(name, name))


def test_a_definition_is_recognised_whatever_its_images_are() -> None:
    (fog,) = _known(_weather("fog", range(20)))
    (again, rain) = _known(_weather("fog", range(50, 90)), _weather("rain", range(20)), decided=[_dismissed(fog)])
    assert (again.key, again.dismissed) == (fog.key, True)
    assert (rain.key == fog.key, rain.dismissed) == (False, False)


def test_a_set_of_images_is_recognised_by_four_fifths_of_the_larger() -> None:
    (region,) = _known(_region("0-1", range(100)))
    decided = [_dismissed(region)]
    for ids, same in ((range(80), True), (range(79), False), (range(20, 120), True), (range(21, 121), False)):
        (one,) = _known(_region("0-7", ids), decided=decided)
        assert (one.key == region.key, one.dismissed) == (same, same), ids
    assert _known(_region("0-1", range(200, 300)), decided=decided)[0].dismissed is False, "a rank names nothing"


def test_of_two_that_are_nearly_the_same_the_nearer_is_recognised() -> None:
    (region,) = _known(_region("0-1", range(100)))
    finer, same = _known(_region("1-1", range(90)), _region("0-3", range(99)), decided=[_dismissed(region)])
    assert (finer.dismissed, same.dismissed) == (False, True)
    assert finer.key != same.key


def test_what_is_said_of_one_model_is_not_decided_for_another_and_a_renamed_one_is_the_same() -> None:
    (fog,) = _known(_weather("fog", range(20)), model="old")
    assert _known(_weather("fog", range(20)), model="v1", decided=[_dismissed(fog)])[0].dismissed is True
    assert _known(_weather("fog", range(20)), model="v2", decided=[_dismissed(fog)])[0].dismissed is False
    assert len({_known(_weather("fog", range(20)), model=model)[0].key for model in ("v1", "v2", None)}) == 3


def test_the_best_comes_first_over_all_kinds() -> None:
    copies = Finding("duplicates", "Copies", "2 copies.", ("1", "2"), {"n": 2}, 0.001)
    known = _known(copies, _region("a", range(5), 0.02), _region("b", range(5, 9), 0.4))
    assert [one.finding.title for one in known] == ["b", "a", "Copies"]


def test_a_finding_says_what_could_be_gained() -> None:
    assert gain_in_words("found", 0.0312) == "at most 3.1 points of what is found"
    worse = {"sentence": "fog: 50% correct of 40.", "score": 0.1, "figures": {"metric": "accuracy"}}
    assert finding_line(worse) == "fog: 50% correct of 40. Fixing it gains at most 10.0 points of accuracy."
    assert finding_line({**worse, "figures": {"metric": "label agreement"}}) == "fog: 50% correct of 40."
    assert finding_line({**worse, "figures": {"n": 3}}) == "fog: 50% correct of 40."


def test_what_was_dismissed_stays_so_after_a_build_that_finds_it_again(
    workspace: Workspace, source: Source, tmp_path: Path
) -> None:
    """All apples get wrong predictions; then an image is left out, and the maps are made anew."""
    import pandas as pd

    table = pd.read_csv(source.table)
    table["image"] = [str(source.images / image) for image in table["image"]]
    vectors = pd.read_parquet(source.vectors).assign(id=table["image"])
    vectors.to_parquet(tmp_path / "vectors.parquet")
    table.loc[table["label"] == "apple", "v1.prediction"] = "sky"

    def built(images: int) -> Workspace:
        table.iloc[:images].to_csv(tmp_path / "table.csv", index=False)
        return build(tmp_path / "table.csv", workspace.path, vectors=tmp_path / "vectors.parquet")

    now = built(60)
    (apples,) = (one for one in findings_of(now, "v1", on_progress=lambda _: None) if one.finding.kind == "segments")
    now.findings.dismiss(apples.finding, apples.key, "the camera was broken", author="Ada", model=apples.model)
    for images in (60, 58):
        row = next(row for row in analyze(built(images), ["findings"])["findings"] if row["kind"] == "segments")
        assert row["key"] == apples.key
        assert (row["dismissed"]["reason"], row["dismissed"]["author"]) == ("the camera was broken", "Ada")
    now.findings.keep(apples.key, author="Bob")
    (row,) = (row for row in analyze(built(58), ["findings"])["findings"] if row["key"] == apples.key)
    assert "dismissed" not in row


@pytest.mark.parametrize("figures", [{"metric": "accuracy"}, {"column": "region", "value": "0-1"}, {"n": 3}])
def test_what_only_its_ids_define(figures: dict[str, float | int | str]) -> None:
    assert Finding("segments", "", "", (), figures, 0.0).definition == {}
