"""The library recognises new edge cases, leaves the old map alone, and travels without being able to do harm."""

from __future__ import annotations

import json
import shutil
import zipfile
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageOps

import explorer
from explorer.actions.demo import sample_data
from explorer.actions.library import detectors, export_library, import_library
from explorer.actions.match import match_source
from explorer.cli import main
from explorer.errors import ModelError, SubsetError
from explorer.store.decisions.subsets import Member
from explorer.subsets.detector import calibrate
from tests.conftest import derived_files

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.actions.match import Matched as Found
    from explorer.store.workspace import Workspace

FALSE_ALARM = 0.05
MEMBERS = 20
NEW = 24
"""New images of each kind; 44 of the demo's images are dark."""


class Matched(NamedTuple):
    """A workspace with the subset `dark`, what new images matched, and every derived byte before and after."""

    workspace: Workspace
    found: Found
    source: Path
    before: dict[str, str]
    after: dict[str, str]


def _of_condition(condition: str) -> list[str]:
    truth = pd.read_csv(sample_data() / "fashion" / "truth.csv")
    return truth.loc[truth["condition"] == condition, "image"].tolist()


def _tagged(workspace: Workspace, name: str, ids: list[str]) -> None:
    workspace.decisions.create_subset(name, author="Ada", members=[Member(each, "lasso") for each in ids])


def _new_images(folder: Path, condition: str, ids: list[str]) -> None:
    """Mirrored copies: images of that condition which the workspace has never seen."""
    folder.mkdir(exist_ok=True)
    for number, name in enumerate(ids):
        image = Image.open(sample_data() / "fashion" / name)
        ImageOps.mirror(image).save(folder / f"{condition} {number:02}.png")


@pytest.fixture(scope="module")
def dark(demo: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Matched:
    folder = tmp_path_factory.mktemp("library")
    workspace = explorer.open_workspace(shutil.copytree(demo.path, folder / "ws"))
    ids = _of_condition("dark")
    _tagged(workspace, "dark", ids[:MEMBERS])
    _new_images(folder / "new", "dark", ids[MEMBERS:][:NEW])
    _new_images(folder / "new", "clean", _of_condition("clean")[::20][:NEW])
    before = derived_files(workspace)
    found = match_source(workspace, folder / "new", false_alarm=FALSE_ALARM)
    return Matched(workspace, found, folder / "new", before, derived_files(workspace))


@pytest.fixture
def tagged(clip_workspace: Workspace) -> Workspace:
    """A small workspace with a subset; its model is the tiny one."""
    _tagged(clip_workspace, "red ones", list(clip_workspace.ids[:5]))
    return clip_workspace


def _named(matches: list[Any]) -> list[str]:
    return [one.name for one in matches]


def test_most_new_dark_images_are_recognised_and_few_clean_ones(dark: Matched) -> None:
    """With a wide margin on both sides: chance alone would give a twentieth of either."""
    fired = {"dark": 0, "clean": 0}
    for name, matches in zip(dark.found.table.index, dark.found.matches, strict=True):
        fired[str(name).partition(" ")[0]] += "dark" in _named(matches)
    assert fired["dark"] >= 0.6 * NEW, fired
    assert fired["clean"] <= 0.25 * NEW, fired


def test_the_false_alarm_rate_on_real_images_is_the_one_that_was_set(dark: Matched) -> None:
    """Over many cuts of the demo, and nearly so on every one."""
    vectors, rows = dark.workspace.embeddings().vectors, dark.workspace.rows
    members = [rows[each] for each in _of_condition("dark")[:MEMBERS]]
    made = [calibrate(vectors, members, name="dark", model="m", seed=seed) for seed in range(20)]
    assert np.mean([each.measured.value for each in made]) == pytest.approx(FALSE_ALARM, abs=0.012)
    assert max(each.measured.value for each in made) < 1.5 * FALSE_ALARM
    (detector,) = dark.found.detectors
    assert detector.false_alarm == FALSE_ALARM
    assert (detector.measured.n, detector.recall.n) == (740, MEMBERS)
    assert detector.recall.value > 0.6


def test_matching_keeps_nothing(dark: Matched) -> None:
    assert dark.after == dark.before
    assert not (dark.workspace.path / "incoming").exists()
    assert not dark.workspace.paths.batches.exists()


def test_the_command_says_of_each_image_what_it_matches(
    tagged: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _new_images(tmp_path / "new", "clean", _of_condition("clean")[:3])
    (tmp_path / "new" / "broken.png").touch()
    assert main(["match", str(tagged.path), str(tmp_path / "new"), "--threshold", "0.2", "--json"]) == 0
    printed = capsys.readouterr()
    said = json.loads(printed.out)
    assert [image["id"] for image in said["images"]] == [f"clean {i:02}.png" for i in range(3)]
    assert [(one["name"], one["false_alarm"]) for one in said["detectors"]] == [("red ones", 0.2)]
    assert [one["filepath"].rpartition("/")[2] for one in said["skipped"]] == ["broken.png"]
    assert "broken.png" in printed.err


def test_without_a_usable_subset_it_says_why(clip_workspace: Workspace, tmp_path: Path) -> None:
    _new_images(tmp_path / "new", "clean", _of_condition("clean")[:1])
    with pytest.raises(SubsetError, match="there is none yet"):
        match_source(clip_workspace, tmp_path / "new")
    _tagged(clip_workspace, "empty", [])
    with pytest.raises(SubsetError, match="empty: Expected members"):
        match_source(clip_workspace, tmp_path / "new", false_alarm=0.2)


def test_a_rate_that_so_few_images_cannot_hold_is_said(tagged: Workspace, tmp_path: Path) -> None:
    _new_images(tmp_path / "new", "clean", _of_condition("clean")[:1])
    with pytest.raises(SubsetError, match="ordinary images to set a false-alarm rate"):
        match_source(tagged, tmp_path / "new", false_alarm=0.01)


def test_own_vectors_cannot_match_new_images(workspace: Workspace, tmp_path: Path) -> None:
    _tagged(workspace, "some", list(workspace.ids[:5]))
    with pytest.raises(ModelError, match="your own vectors"):
        match_source(workspace, tmp_path)


def test_a_library_recognises_the_same_in_another_workspace_of_that_model(
    dark: Matched, demo: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["library", "export", str(dark.workspace.path), str(tmp_path / "cases.zip")]) == 0
    other = explorer.open_workspace(shutil.copytree(demo.path, tmp_path / "other"))
    assert main(["library", "import", str(other.path), str(tmp_path / "cases.zip")]) == 0
    assert "1 detector added: dark" in capsys.readouterr().out
    found = match_source(other, dark.source, false_alarm=FALSE_ALARM)
    assert found.matches == dark.found.matches
    assert import_library(other, tmp_path / "cases.zip") == (["dark"], [])  # the same again is no other of that name


def test_a_library_of_another_model_is_refused_and_nothing_is_added(
    dark: Matched, clip_workspace: Workspace, tmp_path: Path
) -> None:
    export_library(dark.workspace, tmp_path / "cases.zip")
    with pytest.raises(SubsetError, match="Import into a workspace built with that model"):
        import_library(clip_workspace, tmp_path / "cases.zip")
    assert detectors(clip_workspace)[0] == []
    assert not (clip_workspace.path / "library").exists()


def test_a_library_without_subsets_is_not_written(clip_workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(SubsetError, match="a subset to export"):
        export_library(clip_workspace, tmp_path / "cases.zip")
    assert list(tmp_path.glob("*cases*")) == []


@pytest.mark.parametrize(
    "entry",
    [
        "../evil.json",
        "000/../../evil.json",
        "000/..\\..\\evil.json",
        "/evil.json",
        "000/sub/evil.json",
        "000/evil.pkl",
        "../000/evil.npy",
    ],
)
def test_a_malicious_archive_writes_nothing_anywhere(entry: str, tagged: Workspace, tmp_path: Path) -> None:
    """Nor does it spoil the workspace when a real detector lies beside the evil entry."""
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr(entry, "{}")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(SubsetError, match="edgecase library export"):
        import_library(tagged, tmp_path / "evil.zip")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_library_is_one_sentence(content: bytes, tagged: Workspace, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(SubsetError, match="Expected a library written by `edgecase library export`"):
        import_library(tagged, tmp_path / "x.zip")


def test_a_damaged_library_adds_nothing(tagged: Workspace, clip_built: Workspace, tmp_path: Path) -> None:
    """Arrays that are objects would need pickle: they are refused, not loaded."""
    export_library(tagged, tmp_path / "cases.zip", false_alarm=0.2)
    with zipfile.ZipFile(tmp_path / "cases.zip") as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    np.save(tmp_path / "o.npy", np.array([{"evil": 1}], object), allow_pickle=True)
    entries["000/members.npy"] = (tmp_path / "o.npy").read_bytes()
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    other = explorer.open_workspace(shutil.copytree(clip_built.path, tmp_path / "other"))
    with pytest.raises(SubsetError, match="cannot be read"):
        import_library(other, tmp_path / "bad.zip")
    assert detectors(other, 0.2)[0] == []


def _with(entries: dict[str, bytes], target: Path) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return target


def _header(header: bytes) -> bytes:
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


HOSTILE = {
    "deep": ("detector.json", b"[" * 200_000, "recursion"),
    "another type": ("detector.json", b"[]", "cannot be read"),
    "too large a text": ("detector.json", b'"' + b"x" * 2**21 + b'"', "at most 1,048,576 are taken"),
    "terabytes": (
        "members.npy",
        _header(b"{'descr': '<f4', 'fortran_order': False, 'shape': (2**41, 2), }"),
        "no whole array",
    ),
    "a promise": (
        "members.npy",
        _header(b"{'descr': '<f4', 'fortran_order': False, 'shape': (2000000000000, 2), }"),
        "no whole array",
    ),
    "a torn header": ("members.npy", _header(b"{'descr': '<f4', 'shape': (\n"), "no whole array"),
    "expanding": ("members.npy", bytes(2**27), "at most 67,108,864 are taken of a file of its size"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_library_made_to_harm_is_one_sentence_that_names_it(what: str, tagged: Workspace, tmp_path: Path) -> None:
    """Nothing is unpacked that is too large, nothing allocated that is only promised, and no temporary file named."""
    name, content, reason = HOSTILE[what]
    export_library(tagged, tmp_path / "cases.zip", false_alarm=0.2)
    with zipfile.ZipFile(tmp_path / "cases.zip") as archive:
        entries = {entry: archive.read(entry) for entry in archive.namelist()}
    bad = _with(entries | {f"000/{name}": content}, tmp_path / "bad.zip")
    with pytest.raises(SubsetError, match=reason) as caught:
        import_library(tagged, bad)
    assert str(bad) in str(caught.value)
    assert not (tagged.path / "received" / "detectors").exists()


def test_what_has_a_taken_name_is_left_out_and_the_rest_imported(
    clip_workspace: Workspace, clip_built: Workspace, tmp_path: Path
) -> None:
    """Taken by a subset, or by another detector that was imported; the same detector again is not another one."""
    for name, first in (("one", 0), ("two", 5), ("three", 10)):
        _tagged(clip_workspace, name, list(clip_workspace.ids[first : first + 5]))
    export_library(clip_workspace, tmp_path / "three.zip", false_alarm=0.2)
    other = explorer.open_workspace(shutil.copytree(clip_built.path, tmp_path / "other"))
    _tagged(other, "TWO", list(other.ids[:5]))
    names, left_out = import_library(other, tmp_path / "three.zip")
    assert (names, [one.filepath for one in left_out]) == (["one", "three"], ["two"])
    assert "Rename that subset" in left_out[0].reason
    assert import_library(other, tmp_path / "three.zip") == (names, left_out)
    clip_workspace.decisions.add_members("one", [Member(clip_workspace.ids[30], "ids")], author="Ada")
    export_library(clip_workspace, tmp_path / "changed.zip", false_alarm=0.2)
    names, left_out = import_library(other, tmp_path / "changed.zip")
    assert (names, [one.filepath for one in left_out]) == (["three"], ["one", "two"])
    assert len(detectors(other, 0.2)[0]) == 3
    with zipfile.ZipFile(tmp_path / "three.zip") as archive:
        only = {
            entry: archive.read(entry)
            for entry in archive.namelist()
            if b"two" in archive.read(f"{entry[:3]}/detector.json")
        }
    with pytest.raises(SubsetError, match="The name 'two' is taken: a subset here has this name"):
        import_library(other, _with(only, tmp_path / "only.zip"))
