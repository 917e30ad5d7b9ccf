"""Images are measured once, in one pass that a kill does not undo; what cannot be measured is told."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import ExifTags, Image

from explorer import build
from explorer.actions import measure
from explorer.actions.analyze import analyze
from explorer.actions.measure import STEP
from explorer.actions.signals import compute_signals, update_signals
from explorer.points.opened_build import View
from explorer.points.placed import geographic
from explorer.store.derived.measurements import Measurements

if TYPE_CHECKING:
    from explorer.data.records import Progress
    from explorer.store.workspace import Workspace

FUNCTIONS = """
def redness(image):
    return image.resize((1, 1)).getpixel((0, 0))[0] / 255

def picky(image):
    if image.getpixel((0, 0))[0] > 128:
        raise ValueError("too red")
    return 1

def wordy(image):
    return "red"
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module of functions, in the current folder, as a user would have it; its name."""
    name = f"functions_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(FUNCTIONS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return name


@pytest.fixture
def camera(tmp_path: Path) -> Workspace:
    """Four photographs: two with all that a camera writes, one with nonsense, one with nothing."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "Canon", "Canon EOS 5D"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2024:05:17 08:30:00"
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitude], place[ExifTags.GPS.GPSLatitudeRef] = (33.0, 51.0, 30.0), "S"
    place[ExifTags.GPS.GPSLongitude], place[ExifTags.GPS.GPSLongitudeRef] = (151.0, 12.0, 36.0), "E"
    odd = Image.Exif()
    odd[ExifTags.Base.DateTime], odd[ExifTags.Base.Make] = "yesterday", "Nikon"
    folder = tmp_path / "images"
    folder.mkdir()
    chance = np.random.default_rng(0)
    for name, written in (("a", exif), ("b", exif), ("c", odd), ("d", Image.Exif())):
        pixels = chance.integers(0, 255, (20, 30, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{name}.jpg", exif=written)
    np.save(tmp_path / "vectors.npy", chance.normal(size=(4, 8)))
    return compute_signals(build(folder, tmp_path / "ws", vectors=tmp_path / "vectors.npy"))


def test_what_the_camera_wrote_are_columns(camera: Workspace) -> None:
    samples = camera.samples
    assert samples["exif.camera"].fillna("").tolist() == ["Canon EOS 5D", "Canon EOS 5D", "Nikon", ""]
    assert [str(time) for time in samples["exif.time"]] == ["2024-05-17 08:30:00"] * 2 + ["NaT"] * 2
    assert samples["exif.latitude"].tolist()[:2] == pytest.approx([-33.858333] * 2)
    assert samples["exif.longitude"].tolist()[:2] == pytest.approx([151.21] * 2)
    assert samples[["exif.latitude", "exif.longitude"]].isna().all(axis=1).tolist() == [False, False, True, True]
    numbers = geographic(list(View(camera).images.table.frame.columns))
    assert numbers is not None
    assert (numbers.x, numbers.y) == ("exif.longitude", "exif.latitude")


def _measured(workspace: Workspace) -> Measurements:
    (folder,) = workspace.paths.measured.glob("pixels-*")
    return Measurements(folder)


def test_a_killed_pass_goes_on_where_it_stopped(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "_MOST_IMAGES", 10)
    monkeypatch.setattr(measure, "_EVERY", 0.0)

    def kill(progress: Progress) -> None:
        if progress.step == STEP and progress.done >= 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compute_signals(workspace, kill)
    done = len(_measured(workspace).digests)
    assert 20 <= done < 60
    now = update_signals(workspace)
    assert now.computed["image.sharpness"] == 60 - done
    assert now.workspace.samples["image.sharpness"].notna().all()


def test_a_damaged_file_of_measurements_is_measured_again(workspace: Workspace) -> None:
    first = compute_signals(workspace)
    (file,) = workspace.paths.measured.glob("pixels-*/whole.parquet")
    file.write_bytes(file.read_bytes()[:200])
    now = update_signals(workspace)
    assert now.computed == {}, "the columns are there as they were"
    assert len(_measured(workspace).digests) == 60
    assert now.workspace.samples.equals(first.samples)


def test_an_image_that_cannot_be_read_has_no_numbers_and_is_told(workspace: Workspace) -> None:
    files = [Path(file) for file in workspace.samples["filepath"]]
    kept = files[3].read_bytes(), files[4].read_bytes()
    try:
        files[3].unlink()
        shutil.copy(files[0], files[4])
        said = analyze(workspace, ["signals"])
        row = said["signals"]["image.sharpness"]
        assert (row["n"], row["missing"], row["computed_now"]) == (58, 2, 58)
        assert said["signals"]["image.aspect"]["missing"] == 0
        reason = said["not_computed"]["signals"]
        assert reason.startswith("2 images cannot be measured: ")
        assert f"{files[3]}: the file does not exist" in reason
        assert f"{files[4]}: the file is another than when it was built: build again" in reason
    finally:
        for file, content in zip(files[3:5], kept, strict=True):
            file.write_bytes(content)
    again = analyze(workspace, ["signals"])
    assert again["signals"]["image.sharpness"] == {"n": 60, "missing": 0, "computed_now": 2}
    assert again["not_computed"] == {}


def test_a_function_of_ones_own_is_a_signal(workspace: Workspace, own: str) -> None:
    now = update_signals(workspace, [f"{own}:redness"])
    assert (now.problems, now.computed["redness"]) == ([], 60)
    red = now.workspace.samples["redness"]
    assert (red > 0.6).tolist() == (now.workspace.samples["label"] == "apple").tolist()
    assert "redness" in View(now.workspace).images.colourings(None, [])
    assert "redness" not in update_signals(workspace, [f"{own}:redness"]).computed
    assert compute_signals(workspace).samples["redness"].equals(red), "it stays without being named again"


def test_errors_of_a_function_are_told_and_the_rest_goes_on(workspace: Workspace, own: str) -> None:
    named = [f"{own}:picky", f"{own}:wordy", f"{own}:absent", "nowhere:redness", "redness"]
    now = update_signals(workspace, named)
    assert now.workspace.samples["picky"].isna().tolist() == (now.workspace.samples["label"] == "apple").tolist()
    told = "\n".join(now.problems)
    assert "--signal picky failed on 20 images: ValueError: too red" in told
    assert "--signal wordy failed on 60 images: ValueError: could not convert string to float: 'red'" in told
    assert f"found '{own}:absent': {own} has no function of this name." in told
    assert "found 'nowhere:redness', which cannot be imported: ModuleNotFoundError" in told
    assert "Expected a function as --signal module:function, found 'redness'." in told
    assert now.workspace.samples["image.sharpness"].notna().all()


def test_a_build_measures_only_where_images_were_measured_before(workspace: Workspace) -> None:
    assert "image.sharpness" not in workspace.samples
    assert "image.sharpness" in compute_signals(workspace).samples
    source = Path(workspace.manifest.source)
    rebuilt = build(source, workspace.path, vectors=source.with_name("vectors.parquet"), name="again")
    assert rebuilt.samples["image.sharpness"].notna().all()


def test_processes_measure_the_same_as_threads(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    on_threads = compute_signals(workspace).samples
    shutil.rmtree(workspace.paths.measured)
    monkeypatch.setattr(measure, "_LONG", 0.0)
    monkeypatch.setattr(measure, "_MOST_IMAGES", 7)
    files = [Path(file) for file in workspace.samples["filepath"]]
    measurer = measure.of_pixels(workspace.paths)
    assert measure.measure(files, workspace.samples, [measurer], lambda _: None) == []
    apart = measurer.store.of(workspace.samples["digest"].tolist())
    assert apart["sharpness"].tolist() == on_threads["image.sharpness"].tolist()
    assert str(apart["exif.time"].dtype) == "datetime64[s]"


def test_a_killed_pass_on_processes_keeps_what_is_done(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "_LONG", 0.0)
    monkeypatch.setattr(measure, "_MOST_IMAGES", 10)
    monkeypatch.setattr(measure, "_EVERY", 0.0)

    def kill(progress: Progress) -> None:
        if progress.done >= 20:
            raise KeyboardInterrupt

    files = [Path(file) for file in workspace.samples["filepath"]]
    with pytest.raises(KeyboardInterrupt):
        measure.measure(files, workspace.samples, [measure.of_pixels(workspace.paths)], kill)
    assert len(_measured(workspace).digests) == 20
