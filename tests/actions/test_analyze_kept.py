"""What `analyze` computes a second time, and what it takes from where it was kept."""

from __future__ import annotations

import json
import resource
from typing import TYPE_CHECKING

import pytest

from explorer import build
from explorer.actions.analyze import FINDINGS, KINDS, analyze
from explorer.actions.signals import compute_signals
from explorer.cli import main
from explorer.errors import SourceError
from explorer.store.derived.analyses import build_prefix
from explorer.store.derived.building import building, publish

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.data.records import Progress
    from explorer.store.workspace import Workspace
    from tests.conftest import Source


@pytest.fixture
def workspace(workspace: Workspace) -> Workspace:
    """A workspace with all its signals, so that analyses add none."""
    return compute_signals(workspace)


def _kept(workspace: Workspace) -> dict[str, Path]:
    """Where each kind is kept."""
    prefix = build_prefix(workspace.manifest)
    return {
        folder.name.removeprefix(prefix).partition("-")[0]: folder
        for folder in workspace.paths.derived.glob(f"{prefix}*")
    }


def _told(workspace: Workspace, *kinds: str, model: str | None = None) -> list[Progress]:
    told: list[Progress] = []
    analyze(workspace, kinds, model, on_progress=told.append)
    return told


def test_a_second_run_computes_nothing_and_says_the_same(workspace: Workspace) -> None:
    first = analyze(workspace)
    assert set(_kept(workspace)) == set(KINDS)
    assert _told(workspace) == []
    assert json.dumps(analyze(workspace)) == json.dumps(first)
    assert {row["computed_now"] for row in first["signals"].values()} == {0}


def test_progress_is_told_as_a_share_of_all(workspace: Workspace) -> None:
    told = _told(workspace)
    assert {(one.step, one.total) for one in told} == {("analysis", 100)}
    assert [one.done for one in told] == sorted(one.done for one in told)
    assert (told[0].done, told[-1].done) == (0, 100)


def test_only_what_is_missing_is_computed(workspace: Workspace) -> None:
    analyze(workspace)
    before = {kind: folder.stat().st_mtime_ns for kind, folder in _kept(workspace).items()}
    (_kept(workspace)["segments"] / "rows.json").write_text("[]")  # as a damaged disk would
    assert analyze(workspace, ["segments"])["segments"]
    after = {kind: folder.stat().st_mtime_ns for kind, folder in _kept(workspace).items()}
    assert {kind for kind in before if before[kind] != after[kind]} == {"segments"}


def test_another_model_is_another_result_and_copies_are_the_same(workspace: Workspace) -> None:
    analyze(workspace, model="v1")
    analyze(workspace, model="v2")
    names = [folder.name for folder in workspace.paths.derived.glob("analysis-*")]
    assert sum("-segments-" in name for name in names) == 2
    assert sum("-duplicates-" in name for name in names) == 1


def test_an_interrupted_run_goes_on_with_what_is_missing(workspace: Workspace) -> None:
    def interrupt(_: Progress) -> None:
        if _kept(workspace):  # as soon as the first is there
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        analyze(workspace, on_progress=interrupt)
    done = {kind: folder.stat().st_mtime_ns for kind, folder in _kept(workspace).items()}
    assert 0 < len(done) < len(KINDS)
    analyze(workspace)
    after = {kind: folder.stat().st_mtime_ns for kind, folder in _kept(workspace).items()}
    assert set(after) == set(KINDS)
    assert {kind: after[kind] for kind in done} == done


def test_results_stay_with_their_build_and_go_with_it(workspace: Workspace, source: Source) -> None:
    analyze(workspace)
    with building(workspace.path) as folder:
        publish(folder, workspace.manifest)
    assert set(_kept(workspace)) == set(KINDS)
    table = source.table.read_text().replace("left", "middle")
    changed = source.images / "changed.csv"
    changed.write_text(table)
    build(changed, workspace.path, vectors=source.vectors)
    changed.unlink()
    assert list(workspace.paths.derived.glob("analysis-*")) == []


def test_on_a_full_disk_it_is_said_and_not_kept(workspace: Workspace) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, before[1]))
    try:
        assert len(analyze(workspace, ["outliers"])["outliers"]) == len(workspace.ids)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert _kept(workspace) == {}


def test_options_that_name_nothing_are_refused(workspace: Workspace) -> None:
    with pytest.raises(
        SourceError, match=r"Expected a column of the samples to group by \(.*camera.*\), found 'patient'"
    ):
        analyze(workspace, group_by="patient")
    with pytest.raises(SourceError, match=r"Expected encoders among .*, found dino"):
        analyze(workspace, encoders=["dino"])


def test_the_command_takes_them(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    first = workspace.manifest.model["name"]
    options = ["--group-by", "camera", "--encoder", first, "--seed", "7", "--only", FINDINGS, "--json"]
    assert main(["analyze", str(workspace.path), *options]) == 0
    out, err = capsys.readouterr()
    assert list(json.loads(out)) == [FINDINGS, "not_computed"]
    assert "analysis: 100%" in err
