"""A build embeds only what is new, repeats itself byte for byte, and cannot be spoilt by a kill or a bad image."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import explorer
from explorer.actions.add import add
from explorer.actions.demo import sample_data
from explorer.actions.export import Chosen, relabel_package
from explorer.actions.lay_out_again import lay_out_again
from explorer.data.filters import OneOf
from explorer.data.spaces import Space
from explorer.embedding.lazy_clip import LazyClip
from explorer.errors import ModelError, SourceError, WorkspaceError
from explorer.exporters.csv_table import export_csv
from explorer.points.live_subsets import named_subset
from explorer.store.decisions.subsets import Member
from explorer.store.derived.artefacts import write_array
from explorer.store.derived.manifest import damaged_files, read_manifest
from explorer.subsets.rules import Rule, to_json
from tests.conftest import derived_files

if TYPE_CHECKING:
    from explorer.data.records import Progress
    from explorer.store.derived.manifest import Manifest
    from explorer.store.workspace import Workspace
    from tests.conftest import Source

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


@pytest.fixture
def own(source: Source, tmp_path: Path) -> Source:
    """A copy of the shared source that a test may change."""
    folder = shutil.copytree(source.images, tmp_path / "own")
    return source._replace(table=folder / "table.csv", vectors=folder / "vectors.parquet", images=folder)


def _stored_digests(folder: Path) -> bytes:
    """Which images the workspace holds vectors of, in the order of embedding."""
    return b"".join(file.read_bytes() for file in folder.glob("vectors/*/digests.bin"))


def _images(folder: Path, *colours: tuple[int, int, int], name: str = "{}.png") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number, colour in enumerate(colours):
        Image.new("RGB", (8, 8), colour).save(folder / name.format(number))
    return folder


def _own_vectors(file: Path, vectors: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> Path:
    np.save(file, vectors)
    return file


def test_a_second_build_changes_no_byte_and_needs_no_model(
    source: Source, clip_folder: Path, clip_workspace: Workspace
) -> None:
    """In a process of its own: nothing heavy is even imported when nothing is new."""
    before = derived_files(clip_workspace), _stored_digests(clip_workspace.path)
    script = (
        "import sys, explorer\n"
        f"explorer.build({str(source.table)!r}, {str(clip_workspace.path)!r}, pretrained={str(clip_folder)!r})\n"
        "print([name for name in ('torch', 'open_clip', 'umap') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
    assert (derived_files(clip_workspace), _stored_digests(clip_workspace.path)) == before


def test_a_build_from_scratch_gives_the_same_bytes(
    source: Source, clip_folder: Path, clip_built: Workspace, tmp_path: Path
) -> None:
    """Vectors, graphs and coordinates of every space, the sample table and the signals, in a new folder."""
    again = explorer.build(source.table, tmp_path / "again", pretrained=str(clip_folder))
    assert derived_files(again) == derived_files(clip_built)
    assert len(derived_files(again)) == 4 * 7 + 3 + 2 * len(again.manifest.signals)


def test_one_more_image_is_one_more_vector(
    own: Source, clip_folder: Path, clip_built: Workspace, clip_workspace: Workspace
) -> None:
    before = _stored_digests(clip_workspace.path)
    _images(own.images, (255, 255, 0), name="new.png")
    with own.table.open("a") as table:
        table.write("new.png,apple\n")
    grown = explorer.build(own.table, clip_workspace.path, pretrained=str(clip_folder))
    after = _stored_digests(grown.path)
    assert after.startswith(before)
    assert after[len(before) :].hex() == hashlib.sha256((own.images / "new.png").read_bytes()).hexdigest()
    assert grown.ids == (*clip_built.ids, "new.png")
    assert np.array_equal(clip_built.embeddings().vectors, grown.embeddings().vectors[:-1])


def test_maps_go_on_when_images_are_added(own: Source, workspace: Workspace) -> None:
    """What was drawn on a map stays true: old points stay, a new one lies by its like; once more changes nothing."""
    before = {space: np.array(workspace.layout(space).xy) for space in workspace.spaces}
    first, name = workspace.ids[0], "twin.png"
    shutil.copy(own.images / first, own.images / name)
    vectors = pd.read_parquet(own.vectors)
    twin = vectors.iloc[[0]].assign(**{vectors.columns[0]: name})
    pd.concat([vectors, twin]).to_parquet(own.vectors)
    table = pd.read_csv(own.table)
    pd.concat([table, table.iloc[[0]].assign(image=name)]).to_csv(own.table, index=False)
    grown = explorer.build(own.table, workspace.path, vectors=own.vectors)
    assert grown.ids == (*workspace.ids, name)
    for space, xy in before.items():
        now = grown.layout(space)
        np.testing.assert_array_equal(now.xy[:-1], xy)
        far = np.linalg.norm(now.xy[:-1] - now.xy[-1], axis=1)
        assert (far < far[0]).mean() < 0.2
        assert now.neighbors_kept.shape == (len(xy) + 1,)
    derived = derived_files(grown)
    assert derived_files(explorer.build(own.table, workspace.path, vectors=own.vectors)) == derived


def test_a_damaged_map_with_a_further_layout_is_made_anew_with_more_images(own: Source, workspace: Workspace) -> None:
    lay_out_again(workspace, "wide", n_neighbors=10)
    first = workspace.path / "derived" / workspace.manifest.spaces["image"]
    (first / "vectors.npy").write_bytes(b"damaged")
    shutil.copy(own.images / workspace.ids[0], own.images / "twin.png")
    vectors = pd.read_parquet(own.vectors)
    twin = vectors.iloc[[0]].assign(**{vectors.columns[0]: "twin.png"})
    pd.concat([vectors, twin]).to_parquet(own.vectors)
    with own.table.open("a") as table:
        table.write("twin.png,apple\n")
    grown = explorer.build(own.table, workspace.path, vectors=own.vectors)
    assert grown.layouts == ["wide"]
    assert damaged_files(grown.path, grown.manifest) == []
    assert len(grown.layout("image").xy) == len(workspace.ids) + 1


def test_a_corrected_label_moves_its_own_point_only(own: Source, workspace: Workspace) -> None:
    before = np.array(workspace.layout(Space.LABEL).xy)
    table = pd.read_csv(own.table)
    other = table["label"][table["label"] != table["label"][3]].iloc[0]
    table.loc[3, "label"] = other
    table.to_csv(own.table, index=False)
    after = explorer.build(own.table, workspace.path, vectors=own.vectors).layout(Space.LABEL).xy
    assert np.flatnonzero((after != before).any(axis=1)).tolist() == [3]


def test_other_parameters_are_another_map(own: Source, workspace: Workspace) -> None:
    before = np.array(workspace.layout().xy)
    after = explorer.build(own.table, workspace.path, vectors=own.vectors, n_neighbors=10)
    assert not np.allclose(after.layout().xy, before)


def test_a_map_of_which_little_is_left_is_laid_out_anew(own: Source, workspace: Workspace, tmp_path: Path) -> None:
    """A third of the images: theirs is the map that a workspace of them alone has."""
    table = pd.read_csv(own.table)
    few = table.iloc[: len(table) // 3]
    own.table.write_text(few.to_csv(index=False), encoding="utf-8")
    small = explorer.build(own.table, tmp_path / "small", vectors=own.vectors)
    table.to_csv(own.table, index=False)
    grown = explorer.build(own.table, small.path, vectors=own.vectors)
    np.testing.assert_array_equal(grown.layout().xy, workspace.layout().xy)


def test_other_predictions_leave_the_image_map_where_it_is(own: Source, workspace: Workspace) -> None:
    table = pd.read_csv(own.table)
    table.loc[0, "v1.prediction"] = "leaf"
    table.to_csv(own.table, index=False)
    before = dict(workspace.manifest.spaces)
    xy = workspace.layout().xy.tobytes()
    after = explorer.build(own.table, workspace.path, vectors=own.vectors)
    changed = {space for space, key in after.manifest.spaces.items() if before[space] != key}
    assert changed == {"prediction/v1"}
    assert after.layout().xy.tobytes() == xy
    assert after.samples.loc[after.ids[0], "v1.prediction"] == "leaf"


def test_what_a_new_build_no_longer_names_is_cleared_away(own: Source, workspace: Workspace) -> None:
    explorer.build(own.table, workspace.path, vectors=own.vectors, min_dist=0.5)
    kept = {entry.name for entry in (workspace.path / "derived").iterdir()}
    manifest = explorer.open_workspace(workspace.path).manifest
    assert kept == {manifest.samples, *manifest.spaces.values(), *manifest.signals.values()}
    assert manifest.parameters["min_dist"] == 0.5


def test_decisions_survive_a_rebuild(own: Source, workspace: Workspace) -> None:
    """Also for a member that the new build no longer has."""
    first, last = workspace.ids[0], workspace.ids[-1]
    members = [Member(first, "lasso"), Member(last, "lasso")]
    workspace.decisions.create_subset("kept", author="Ada", members=members)
    table = pd.read_csv(own.table)
    table[:-1].to_csv(own.table, index=False)
    after = explorer.build(own.table, workspace.path, vectors=own.vectors)
    assert last not in after.rows
    assert after.subset("kept").ids == (first, last)


def test_unusable_images_are_listed_with_a_reason_and_the_rest_goes_on(own: Source, clip_folder: Path) -> None:
    for name, content in (("empty.png", b""), ("text.jpg", b"not an image"), ("cut.png", None)):
        whole = (own.images / "sky" / "00.png").read_bytes()
        (own.images / "sky" / name).write_bytes(whole[: len(whole) // 2] if content is None else content)
    built = explorer.build(own.images, own.images.parent / "ws", pretrained=str(clip_folder))
    listed = {Path(skipped.filepath).name: skipped.reason for skipped in built.skipped}
    assert {"empty.png", "text.jpg", "cut.png"} <= listed.keys()
    assert all(listed.values())
    assert len(built.ids) == 60
    assert built.samples["label"].value_counts().to_dict() == {"apple": 20, "leaf": 20, "sky": 20}
    assert len(built.info()["skipped"]) == len(built.skipped)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_a_handful_of_images_is_a_map(n: int, clip_folder: Path, tmp_path: Path) -> None:
    """Also where every image has a class of its own."""
    for number in range(n):
        _images(tmp_path / "images" / f"class {number}", (50 * number, 0, 0))
    built = explorer.build(tmp_path / "images", tmp_path / "ws", pretrained=str(clip_folder))
    for space in built.manifest.spaces:
        assert built.layout(space).xy.shape == (n, 2)
        assert np.isfinite(built.layout(space).xy).all()
        assert built.neighbors(space).k == n - 1
    assert built.info()["samples"] == n


def test_no_usable_image_is_an_empty_workspace_that_says_why(clip_folder: Path, tmp_path: Path) -> None:
    for label in ("cat", "dog"):
        (tmp_path / "images" / label).mkdir(parents=True)
        (tmp_path / "images" / label / "1.jpg").touch()
    built = explorer.build(tmp_path / "images", tmp_path / "ws", pretrained=str(clip_folder))
    info = built.info()
    assert (info["samples"], len(info["skipped"])) == (0, 2)
    assert (info["trustworthiness"], info["neighbors_kept"]) == (None, None)
    assert built.layout().xy.shape == (0, 2)
    assert len(built.samples) == 0


@pytest.mark.parametrize("n", [2, 40])
def test_images_that_are_all_alike_are_a_map(n: int, clip_folder: Path, tmp_path: Path) -> None:
    """Every copy is a sample of its own (duplicates are edge cases too) but is embedded once."""
    folder = _images(tmp_path / "images", *[(9, 9, 9)] * n)
    built = explorer.build(folder, tmp_path / "ws", pretrained=str(clip_folder))
    xy = built.layout().xy
    assert np.isfinite(xy).all()
    assert len(np.unique(xy, axis=0)) == n
    assert len(_stored_digests(built.path)) == 32


def test_own_vectors_that_are_all_alike_are_a_map(tmp_path: Path) -> None:
    folder = _images(tmp_path / "images", *[(number, 0, 0) for number in range(20)])
    vectors = _own_vectors(tmp_path / "v.npy", np.ones((20, 4)))
    built = explorer.build(folder, tmp_path / "ws", vectors=vectors)
    assert np.isfinite(built.layout().xy).all()
    assert built.samples["neighbor_distance"].to_numpy() == pytest.approx(np.zeros(20), abs=1e-6)


def test_every_script_may_name_images_folders_and_models(clip_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bilder 猫 é"
    _images(folder / "кошка", (255, 0, 0), (0, 255, 0), name="{} ñ🐈.png")
    _images(folder / "σκύλος", (0, 0, 255), name="'\"%s;{}.png")
    table = pd.DataFrame({"image": ["кошка/0 ñ🐈.png", "σκύλος/'\"%s;0.png"], "prediction": ["σκύλος", "σκύλος"]})
    table.to_csv(tmp_path / "vorhersage é.csv", index=False)
    table["image"] = [str(folder / image) for image in table["image"]]
    table.to_csv(tmp_path / "vorhersage é.csv", index=False)
    built = explorer.build(
        folder,
        tmp_path / "空間",
        pretrained=str(clip_folder),
        predictions={"modèle": tmp_path / "vorhersage é.csv"},
    )
    assert set(built.ids) == {"кошка/0 ñ🐈.png", "кошка/1 ñ🐈.png", "σκύλος/'\"%s;0.png"}
    assert built.samples.loc["кошка/0 ñ🐈.png", "modèle.outcome"] == "wrong"
    assert built.samples["modèle.outcome"].notna().sum() == 2
    assert built.layout("prediction", "modèle").ids == built.ids


def test_a_killed_build_leaves_the_workspace_valid_and_goes_on_where_it_stopped(
    clip_folder: Path, clip_workspace: Workspace, tmp_path: Path
) -> None:
    """SIGKILL right after the first new batch: the former build and the decisions stay, and the batch counts."""
    before = _stored_digests(clip_workspace.path)
    clip_workspace.decisions.create_subset("kept", author="Ada", members=[Member(clip_workspace.ids[0], "lasso")])
    folder = tmp_path / "more"
    _images(folder, *[(number % 256, number // 256, 99) for number in range(300)])
    command = [sys.executable, "-m", "explorer", "build", str(folder), "--workspace", str(clip_workspace.path)]
    with subprocess.Popen([*command, "--pretrained", str(clip_folder)], cwd=ROOT, stderr=subprocess.DEVNULL) as running:
        while len(_stored_digests(clip_workspace.path)) <= len(before):
            assert running.poll() is None, "The build ended before it embedded anything."
            time.sleep(0.005)
        os.kill(running.pid, signal.SIGKILL)
    torn = _stored_digests(clip_workspace.path)
    survived = explorer.open_workspace(clip_workspace.path)
    assert survived.manifest == clip_workspace.manifest
    assert survived.subset("kept").ids == (clip_workspace.ids[0],)
    assert survived.layout().xy.shape == (60, 2)

    resumed = explorer.build(folder, clip_workspace.path, pretrained=str(clip_folder))
    after = _stored_digests(clip_workspace.path)
    assert after.startswith(torn)
    assert len(torn) > len(before)
    assert len(after) == len(before) + 300 * 32
    assert len(resumed.ids) == 300
    assert not list((clip_workspace.path / "derived").glob(".*"))


def test_a_second_build_at_once_is_refused(own: Source, tmp_path: Path) -> None:
    """Started from within the first, it fails with a sentence, and the first finishes unharmed."""
    refusals: list[str] = []

    def start_another(_: Progress) -> None:
        if not refusals:
            with pytest.raises(WorkspaceError) as caught:
                explorer.build(own.table, tmp_path / "ws", vectors=own.vectors)
            refusals.append(str(caught.value))

    built = explorer.build(own.table, tmp_path / "ws", vectors=own.vectors, on_progress=start_another)
    assert refusals == [f"Another build is running in {tmp_path / 'ws'}. Wait for it to finish."]
    assert len(built.ids) == 60


def test_a_folder_of_other_things_is_refused_untouched(own: Source, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").write_text("years of work")
    with pytest.raises(WorkspaceError, match="found other files"):
        explorer.build(own.table, tmp_path / "home", vectors=own.vectors)
    assert [file.name for file in (tmp_path / "home").iterdir()] == ["thesis.txt"]


def test_a_failed_build_makes_no_workspace(own: Source, tmp_path: Path) -> None:
    """Wrong arguments are found before anything is written."""
    for arguments, error in (
        ({"pretrained": "no-such-tag"}, ModelError),
        ({"model": "ViT-B-32"}, SourceError),
        ({"vectors": tmp_path / "none.npy"}, SourceError),
        ({"vectors": own.vectors, "n_neighbors": 1}, SourceError),
        ({"vectors": own.vectors, "min_dist": 2}, SourceError),
        ({"vectors": own.vectors, "labels": tmp_path / "none.csv"}, SourceError),
        ({"vectors": own.vectors, "predictions": {"v9": tmp_path / "none.csv"}}, SourceError),
    ):
        with pytest.raises(error):
            explorer.build(own.table, tmp_path / "ws", **arguments)
        with pytest.raises(WorkspaceError):
            explorer.open_workspace(tmp_path / "ws")


def test_labels_and_predictions_from_tables_of_their_own(own: Source, tmp_path: Path) -> None:
    table = pd.read_csv(own.table)
    table[["image"]].to_csv(own.images / "bare.csv", index=False)
    table[["image", "label"]].to_csv(own.images / "labels.csv", index=False)
    for model in ("v1", "v2"):
        named = table.rename(columns={f"{model}.prediction": "prediction", f"{model}.confidence": "confidence"})
        named[["image", "prediction", "confidence"]].to_csv(own.images / f"{model}.csv", index=False)
    built = explorer.build(
        own.images / "bare.csv",
        tmp_path / "ws",
        labels=own.images / "labels.csv",
        predictions=[(model, own.images / f"{model}.csv") for model in ("v1", "v2")],
        vectors=own.vectors,
    )
    whole = explorer.build(own.table, tmp_path / "whole", vectors=own.vectors)
    columns = ["label", "v1.prediction", "v1.confidence", "v1.outcome", "v2.outcome", "label_disagreement"]
    pd.testing.assert_frame_equal(built.samples[columns], whole.samples[columns])
    assert built.manifest.spaces == whole.manifest.spaces


def test_rules_and_batches_follow_a_renamed_model(own: Source, tmp_path: Path) -> None:
    workspace = explorer.build(own.table, tmp_path / "ws", vectors=own.vectors)
    _images(tmp_path / "new", (9, 9, 9))
    (tmp_path / "new" / "new.csv").write_text("image,label,v1.prediction,v1.confidence\n0.png,apple,sky,0.75\n")
    width = workspace.embeddings().vectors.shape[1]
    add(workspace, tmp_path / "new" / "new.csv", vectors=_own_vectors(tmp_path / "new.npy", np.ones((1, width))))
    rule = Rule((OneOf("v1.outcome", frozenset(["wrong"])),))
    workspace.decisions.create_subset("errors", rule=to_json(rule), author="Ada")
    found = named_subset(explorer.open_workspace(workspace.path), "errors").ids
    pd.read_csv(own.table).rename(columns=lambda name: name.replace("v1.", "first.")).to_csv(own.table, index=False)
    renamed = explorer.build(own.table, workspace.path, vectors=own.vectors)
    assert renamed.manifest.predictions == ["first", "v2"]
    assert renamed.manifest.renamed == {"v1": "first"}
    assert found
    assert named_subset(renamed, "errors").ids == found
    assert str(renamed.space_name("prediction/v1")) == "prediction/first"
    assert renamed.samples.loc[["0.png"], "first.outcome"].tolist() == ["wrong"]


def test_progress_goes_from_nothing_to_all_in_every_step(own: Source, clip_folder: Path, tmp_path: Path) -> None:
    heard: list[Progress] = []
    explorer.build(own.table, tmp_path / "ws", pretrained=str(clip_folder), on_progress=heard.append)
    assert heard[0].step == "images"
    last = {report.step: report for report in heard}
    assert all(report.done == report.total for report in last.values())
    assert {"images", "neighbours", "map of images", "map of labels"} <= last.keys()


def test_the_image_map_of_a_first_build_opens_before_the_others(own: Source, tmp_path: Path) -> None:
    """And says that it is not all; of a workspace that has a build, that build stays until the next is whole."""
    seen: dict[str, Manifest] = {}

    def look(now: Progress) -> None:
        if (tmp_path / "ws" / "edgecase.json").exists():
            seen.setdefault(now.step, read_manifest(tmp_path / "ws"))

    made = explorer.build(own.table, tmp_path / "ws", vectors=own.vectors, on_progress=look)
    during = seen["map of labels"]
    assert (during.unfinished, list(during.spaces), during.signals) == (True, ["image"], {})
    assert replace(made.manifest, unfinished=True, spaces=during.spaces, signals={}) == replace(
        during, built_at=made.manifest.built_at
    )
    assert not made.manifest.unfinished
    assert len(made.spaces) == 4
    table = pd.read_csv(own.table)
    table.loc[0, "v1.prediction"] = "leaf"
    table.to_csv(own.table, index=False)
    seen.clear()
    again = explorer.build(own.table, tmp_path / "ws", vectors=own.vectors, on_progress=look)
    assert set(map(repr, seen.values())) == {repr(made.manifest)}
    assert again.manifest.spaces != made.manifest.spaces


def test_progress_counts_what_is_left_out_so_far(own: Source, tmp_path: Path) -> None:
    """By the reader first, then by whoever decodes."""
    next(own.images.glob("leaf/*.png")).write_bytes(b"no image")
    with own.table.open("a") as table:
        table.write(own.table.read_text("utf-8").splitlines()[1] + "\n")
    heard: list[Progress] = []
    made = explorer.build(own.table, tmp_path / "ws", vectors=own.vectors, on_progress=heard.append)
    assert [one.left_out for one in heard if one.step != "images"] == [2] * sum(one.step != "images" for one in heard)
    assert [one.left_out for one in heard if one.step == "images"][-1] == 2
    assert len(made.skipped) == 2


def test_an_image_has_the_same_vector_alone_and_among_others(source: Source) -> None:
    """To the last bit, with the demo's model: a map would differ for less."""
    model = LazyClip(str(sample_data() / "model"), None)
    prepared = [model.preprocess(Image.open(file).convert("RGB")) for file in sorted(source.images.glob("apple/*.png"))]
    together = model.encode_images(prepared)
    alone = np.concatenate([model.encode_images([one]) for one in prepared])
    assert alone.tobytes() == together.tobytes()


def test_columns_named_like_what_is_computed_are_left_out_and_listed(own: Source, tmp_path: Path) -> None:
    """As those of our own exports are, which come back as a source."""
    table = pd.read_csv(own.table)
    table["v1.outcome"], table["v1 → v2"], table["neighbor_distance"] = "right", "?", 7.5
    table.to_csv(own.table, index=False)
    made = explorer.build(own.table, tmp_path / "ws", vectors=own.vectors)
    assert set(made.samples["v1.outcome"]) == {"correct", "wrong"}
    assert made.samples["neighbor_distance"].max() < 2
    listed = [skip.reason for skip in made.skipped if skip.filepath == str(own.table)]
    assert {reason.split("'")[1] for reason in listed} == {"v1.outcome", "v1 → v2", "neighbor_distance"}


def test_an_export_is_a_source(workspace: Workspace, tmp_path: Path) -> None:
    workspace.decisions.create_subset("all", members=[Member(each, "ids") for each in workspace.ids], author="Ada")
    package = relabel_package(workspace, Chosen((workspace.subset("all"),)))
    export_csv(package, tmp_path / "out.csv")
    vectors = _own_vectors(tmp_path / "v.npy", np.asarray(workspace.embeddings().vectors, np.float64))
    made = explorer.build(tmp_path / "out.csv", tmp_path / "again", vectors=vectors)
    assert made.ids == workspace.ids
    assert made.samples["label"].tolist() == workspace.samples["label"].tolist()


def test_the_epochs_of_a_map_are_progress(own: Source, tmp_path: Path) -> None:
    heard: list[Progress] = []
    explorer.build(own.table, tmp_path / "ws", vectors=own.vectors, on_progress=heard.append)
    steps = [(one.done, one.total) for one in heard if one.step == "map of images"]
    assert len(steps) > 2
    assert steps == sorted(steps, key=lambda step: step[0] / step[1])
    assert steps[-1] == (1, 1)
    assert max(total for _, total in steps) == 500, "UMAP's epochs for a set of this size"


def test_a_full_disk_is_named_with_its_file() -> None:
    with pytest.raises(OSError, match="No space left on device: '/dev/full'"):
        write_array(Path("/dev/full"), np.zeros((10, 2), np.float32))


def test_labels_of_other_images_are_refused_unless_asked_for(own: Source, tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    first = explorer.build(own.table, tmp_path / "work", vectors=own.vectors).ids[0]
    labels.write_text(f"id,label\n{first},found\n" + "".join(f"other{row},x\n" for row in range(10)))
    with pytest.raises(SourceError, match=r"1 of 11 rows are used.*--allow-unmatched"):
        explorer.build(own.table, tmp_path / "work", vectors=own.vectors, labels=labels)
    built = explorer.build(own.table, tmp_path / "work", vectors=own.vectors, labels=labels, allow_unmatched=True)
    assert built.samples.loc[first, "label"] == "found"


def test_another_engine_embeds_anew_and_the_build_says_what_ran(
    source: Source, clip_workspace: Workspace, clip_folder: Path, tmp_path: Path
) -> None:
    """Later builds and images that are added go on with it, and what was measured counts for these too."""

    def again(engine: str | None = None) -> Workspace:
        return explorer.build(source.table, clip_workspace.path, pretrained=str(clip_folder), engine=engine)

    exact = np.array(clip_workspace.embeddings().vectors)
    assert clip_workspace.manifest.model["ran"] == "torch in float32 on cpu"
    half = again(engine="bf16")
    cosines = np.einsum("bd,bd->b", exact, half.embeddings().vectors)
    assert 0.9995 < cosines.mean() < 1
    assert half.manifest.model["engine"] == "bf16"
    said = f"torch in bfloat16 on cpu (mean cosine to float32 {cosines.mean():.5f} on the first 60 images)"
    assert half.manifest.model["ran"] == said
    assert again().manifest.spaces == half.manifest.spaces
    (tmp_path / "new").mkdir()
    Image.new("RGB", (32, 32), (200, 120, 40)).save(tmp_path / "new" / "orange.png")
    add(half, tmp_path / "new")
    assert "on the first 61 images" in again().manifest.model["ran"]
    back = again(engine="float32")
    assert back.embeddings().vectors[:60].tobytes() == exact.tobytes()
    assert back.manifest.model["ran"] == "torch in float32 on cpu"
