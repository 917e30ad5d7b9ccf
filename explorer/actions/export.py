"""Exporting a subset for relabeling: its package, written by an exporter, and what to know of it."""

from __future__ import annotations

import io
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from explorer._version import __version__
from explorer.data.spaces import IMAGES
from explorer.data.whole import told_as
from explorer.exporters import exporter
from explorer.exporters.package import Package, Written
from explorer.store.relocation import image_warning

if TYPE_CHECKING:
    from explorer.data.records import Skipped
    from explorer.store.decisions.subsets import Subset
    from explorer.store.workspace import Workspace


@dataclass(frozen=True)
class Exported:
    """What an export wrote and left out.

    Attributes:
        written: see `Written`.
        of: what was counted, images or boxes.
        warning: that image files are gone and what to do, empty where they are there.
    """

    written: Written
    of: str
    warning: str


def export(workspace: Workspace, subset: Subset, form: str, path: Path) -> Exported:
    """Write a subset.

    Args:
        workspace: where the subset is.
        subset: a living one; see `explorer.points.live_subsets.named_subset`.
        form: one of `explorer.exporters.FORMATS`.
        path: the file or folder to write.

    Raises:
        ExportError: the place cannot be written, or a folder of images is not empty.
    """
    package = relabel_package(workspace, subset)
    of = "images" if form == "images" or workspace.space_of(subset.ids) == IMAGES else "boxes"
    return Exported(exporter(form)(package, path), of, image_warning(workspace))


def zipped_images(workspace: Workspace, subset: Subset) -> tuple[bytes, tuple[Skipped, ...]]:
    """A subset's images with their manifest as the bytes of a ZIP, and what was left out.

    Raises:
        ExportError: there is no space to gather them.
    """
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory() as scratch, told_as(Path(scratch), subset.name):
        written = export(workspace, subset, "images", Path(scratch) / "subset").written
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
            for file in sorted(written.path.rglob("*")):
                if file.is_file():
                    archive.write(file, file.relative_to(written.path))
    return buffer.getvalue(), written.left_out


def relabel_package(workspace: Workspace, subset: Subset) -> Package:
    """Gather a subset's images with their facts and the reason why each is a member.

    Members that the current build no longer has are named in the manifest under `not_in_workspace`. Of a box, the
    table holds its class, place and confidence beside its image.
    """
    table = _facts(workspace)
    known = [each for each in subset.ids if each in table.index]
    how = pd.DataFrame(
        [_membership(subset.members[each]) for each in known],
        index=pd.Index(known, name="id", dtype=object),
        columns=["origin", "score", "added_by", "added_at"],
    )
    facts = table.loc[known]
    if workspace.object_spaces:
        facts = facts.dropna(axis="columns", how="all")  # images and boxes share few columns
    how = how.rename(columns={name: f"{name}_member" for name in how if name in facts})
    return Package(facts.apply(_shortest).join(how), _about(workspace, subset, known))


def _shortest(column: pd.Series) -> pd.Series:
    """A column whose numbers are written as shortly as they were: .7, not the nearest float32's 0.699999988079071."""
    return column.astype(str).astype(float) if column.dtype == "float32" else column


def _facts(workspace: Workspace) -> pd.DataFrame:
    """Everything that can be a member: images, and in detection every box with its image's file."""
    samples = workspace.samples
    tables = [samples.drop(columns=["width", "height"])]
    files = samples[["filepath", "digest"]]
    tables += [workspace.objects(space).join(files, on="sample") for space in workspace.object_spaces]
    return pd.concat(tables) if len(tables) > 1 else tables[0]


def _membership(member: Any) -> tuple[str, float | None, str, str]:  # noqa: ANN401
    return member.origin, member.score, member.author, str(member.time)


def _about(workspace: Workspace, subset: Subset, known: list[str]) -> dict[str, Any]:
    return {
        "format": "edgecase-explorer subset 1",
        "subset": subset.name,
        "category": subset.category,
        "note": subset.note,
        "created_by": subset.created_by,
        "created_at": str(subset.created_at),
        "workspace": workspace.manifest.name,
        "source": workspace.manifest.source,
        "model": workspace.manifest.model,
        "written_by": f"edgecase-explorer {__version__}",
        "members": len(subset.members),
        "not_in_workspace": [sample for sample in subset.ids if sample not in set(known)],
    }
