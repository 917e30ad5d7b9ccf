"""A report says where a model fails, in the same bytes each time, and what is missing."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
import yaml
from PIL import Image

from explorer import open_workspace
from explorer.actions.failure_modes import recommend
from explorer.actions.report import Asked, report, report_of, to_zip
from explorer.data.subsets import Member
from explorer.errors import ExportError, ReviewError, SourceError
from explorer.review.report import Cell, Facts, Grid, Listing, Pictures, Words
from explorer.review.report_html import to_html
from tests.reviewing import review

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from explorer.review.report import Report, Section
    from explorer.store.workspace import Workspace


def _section(made: Report, anchor: str) -> Section:
    return next(one for one in made.sections if one.anchor == anchor)


def _said(section: Section) -> str:
    """The paragraphs, lists and facts of a section and its parts."""
    texts = [one.text for one in section.blocks if isinstance(one, Words)]
    texts += [item for one in section.blocks if isinstance(one, Listing) for item in one.items]
    texts += [f"{name}: {text}" for one in section.blocks if isinstance(one, Facts) for name, text in one.pairs]
    return "\n".join([*texts, *map(_said, section.parts)])


def _rows(section: Section) -> list[list[str]]:
    """The rows of its first table."""
    grid = next(one for one in section.blocks if isinstance(one, Grid))
    return [[cell.text if isinstance(cell, Cell) else cell for cell in row] for row in grid.rows]


def _thresholds(folder: Path, *entries: Mapping[str, object]) -> Path:
    file = folder / "thresholds.yaml"
    file.write_text(yaml.safe_dump(list(entries)), encoding="utf-8")
    return file


def test_the_same_decisions_give_the_same_bytes(dusk_workspace: Workspace, tmp_path: Path) -> None:
    review(dusk_workspace, dict.fromkeys(dusk_workspace.ids[:30], ("incorrect", "correct")))
    for folder in ("a", "b", "b"):  # also over a former one
        for name in ("r.html", "r.md"):
            report(open_workspace(dusk_workspace.path), tmp_path / folder / name)
    one, other = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")}
        for folder in (tmp_path / "a", tmp_path / "b")
    )
    assert one == other
    assert len(one) == 2 + 10, "two reports and the images of one"


def test_markdown_shows_images_that_lie_beside_it(dusk_workspace: Workspace, tmp_path: Path) -> None:
    review(dusk_workspace, dict.fromkeys(dusk_workspace.ids[50:53], ("incorrect", "incorrect")))
    page = tmp_path / "my report (1).md"
    images = tmp_path / "my report (1)_images"
    images.mkdir()
    former, other = images / f"{'0' * 16}.webp", images / "mine.webp"
    for file in (former, other):
        file.write_bytes(b"x")
    done = report(dusk_workspace, page, model="v1")
    links = re.findall(r"!\[([^]]*)\]\(([^)]*)\)", page.read_text())
    assert {name.replace("\\", "") for name, _ in links} == set(dusk_workspace.ids[50:53])
    files = [tmp_path / unquote(link) for _, link in links]
    assert set(images.iterdir()) == {*files, other}, "what a former report left is gone, and nothing else"
    with Image.open(files[0]) as shown:
        assert (shown.format, max(shown.size)) == ("WEBP", 8), "never enlarged"
    assert done.bytes == page.stat().st_size + sum(file.stat().st_size for file in set(files))
    assert done.pictures == 3


def test_the_app_gives_markdown_with_its_images_in_one_file(dusk_workspace: Workspace) -> None:
    made, again = (report_of(dusk_workspace, Asked(model="v1"), beside="report_images") for _ in range(2))
    assert to_zip(made, "r.md") == to_zip(again, "r.md")
    with zipfile.ZipFile(io.BytesIO(to_zip(made, "r.md"))) as archive:
        links = re.findall(r"\]\((report_images/[^)]*)\)", archive.read("r.md").decode())
        assert set(archive.namelist()) == {"r.md", *links}
    assert len(links) == 20
    assert 'src="data:image/webp' in to_html(made.report), "the page holds them itself"


def test_a_category_is_held_against_its_threshold_at_the_lower_end(dusk_workspace: Workspace, tmp_path: Path) -> None:
    """At dusk v1 gets 41 of 100 right, .319 to .508: it fails at .5, and the other way at .3."""
    for at_least, status in ((0.5, "failed"), (0.3, "passed")):
        file = _thresholds(tmp_path, {"category": "light", "metric": "accuracy", "at_least": at_least})
        done = report(dusk_workspace, tmp_path / "r.md", model="v1", thresholds=file)
        line = next(one for one in (tmp_path / "r.md").read_text().splitlines() if one.startswith("| light | 100"))
        assert f"| 41.0% (31.9% to 50.8%) | – | 31.9% against {at_least:.0%} | {status} | 100% (59 of 59) |" in line
        assert done.modes == 1


def test_errors_are_shown_with_what_was_said_of_them(dusk_workspace: Workspace) -> None:
    said = dict.fromkeys(dusk_workspace.ids[50:53], ("incorrect", "incorrect"))
    review(dusk_workspace, {**said, dusk_workspace.ids[60]: ("correct", "incorrect")}, severity="high")
    made = report_of(dusk_workspace, Asked(model="v1")).report
    (mode,) = _section(made, "modes").parts
    shown = next(one for one in mode.blocks if isinstance(one, Pictures)).pictures
    assert {one.id for one in shown} == set(dusk_workspace.ids[50:53])
    assert ("verdict", "incorrect") in shown[0].lines
    assert ("severity", "high") in shown[0].lines
    assert ("comment", "seen by Ada; seen by Bo") in shown[0].lines
    assert ("predicted", "lorry") in shown[0].lines
    assert shown[0].webp
    assert "Reviewers differ on 1 of 4 items; 1 not settled yet." in _said(_section(made, "agreement"))


def test_verdicts_count_in_place_of_labels(dusk_workspace: Workspace) -> None:
    """Of forty images that v1 has wrong by their labels reviewers find thirty right."""
    wrong = dusk_workspace.ids[41:81]
    review(dusk_workspace, {each: ("correct" if i < 30 else "incorrect",) * 2 for i, each in enumerate(wrong)})
    made = report_of(dusk_workspace, Asked(model="v1")).report
    (row,) = _rows(_section(made, "results"))
    assert row[:2] == ["light", "40"]
    assert row[2].startswith("75.0%")
    assert row[4] == "59.8% against 50%"
    assert row[5] == "passed"


def test_the_protocol_is_told_with_its_hash_and_its_deviations(dusk_workspace: Workspace) -> None:
    review(dusk_workspace, dict.fromkeys(dusk_workspace.ids[:20], ("correct", "correct")))
    dusk_workspace.rounds.deviate("R", author="Ada", reason="Bo saw two labels by mistake")
    said = _said(_section(report_of(dusk_workspace, Asked(model="v1")).report, "method"))
    assert f"Protocol, SHA-256: {dusk_workspace.rounds.find('R').digest}" in said
    assert "Ada: Bo saw two labels by mistake" in said
    assert "Blinded: confidence, model, reviewers" in said


def test_without_category_and_round_it_covers_subsets_and_segments_and_says_so(workspace: Workspace) -> None:
    made = report_of(workspace, Asked(model="v1")).report
    said = _said(_section(made, "summary"))
    for missing in ("A round of review", "Categories with a criterion", "Thresholds"):
        assert missing in said
    assert "No round of review was held" in _said(_section(made, "method"))
    assert "column `split`" not in said  # there is a training split


def test_subsets_are_modes_where_there_is_no_category(dusk_workspace: Workspace) -> None:
    for name in ("dusk", "few"):
        dusk_workspace.decisions.edit_subset(name, author="Ada", category=" ")
    made = report_of(dusk_workspace, Asked(model="v1")).report
    rows = {row[0]: row for row in _rows(_section(made, "results"))}
    assert rows["dusk"][2].startswith("41.0%")
    assert rows["few"][5] == "too few to say"
    assert any(name not in ("dusk", "few", "day") for name in rows)


def test_the_version_before_is_compared(dusk_workspace: Workspace) -> None:
    made = report_of(dusk_workspace, Asked(model="v2")).report
    section = _section(made, "changes")
    assert section.title == "What changed since v1"
    rows = _rows(section)
    assert rows[0][:4] == ["All", "199", "70.4%", "81.4%"]
    assert rows[0][5:7] == ["33", "11"]
    assert _section(report_of(dusk_workspace, Asked(model="v2", against="v3")).report, "changes").title.endswith("v3")
    assert "one version" in _said(_section(report_of(dusk_workspace, Asked(model="v1")).report, "changes"))


def test_examples_that_a_model_may_have_learnt_from_do_not_count(workspace: Workspace) -> None:
    """Of the twenty apples fifteen are in the training split: five count, which are too few."""
    ids = [each for each in workspace.ids if each.startswith("apple")]
    members = [Member(each, "ids") for each in ids]
    workspace.decisions.create_subset("apples", author="Ada", category="fruit", members=members)
    made = report_of(workspace, Asked(model="v1")).report
    (row,) = _rows(_section(made, "results"))
    assert (row[1], row[5]) == ("5", "too few to say")
    assert "15 of its points are left out" in _said(_section(made, "modes"))
    assert _rows(_section(made, "coverage"))[0][1:4] == ["5", "20", "15 missing"]


def test_what_is_written_for_the_actions_is_kept(dusk_workspace: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "actions.yaml"
    report(dusk_workspace, tmp_path / "r.md", model="v1", actions=file)
    drafts = yaml.safe_load(file.read_text())
    assert drafts["actions"]["light"][0] == {
        "do": "collect",
        "what": "Add images of this kind to training: 59 of 100 are wrong.",
    }
    drafts |= {"summary": "Not before spring.", "actions": {"light": [{"do": "augment", "what": "Darken them."}]}}
    file.write_text(yaml.safe_dump(drafts))
    report(dusk_workspace, tmp_path / "r.md", model="v1", actions=file)
    text = (tmp_path / "r.md").read_text()
    assert "Not before spring." in text
    assert "- **Augment**: Darken them." in text
    assert "59 of 100" not in text


def test_what_people_decided_for_a_category_is_recommended_in_place_of_the_draft(
    dusk_workspace: Workspace, tmp_path: Path
) -> None:
    dusk_workspace.categories.edit("light", author="Ada", actions=["Augment :  Darken  them: by half."])
    said = _said(_section(report_of(dusk_workspace, Asked(model="v1")).report, "modes"))
    assert "Augment: Darken them: by half." in said
    assert "59 of 100 are wrong" not in said
    file = tmp_path / "actions.yaml"
    report(dusk_workspace, tmp_path / "r.md", model="v1", actions=file)
    kept = yaml.safe_load(file.read_text())
    assert kept["actions"] == {"light": [{"do": "augment", "what": "Darken them: by half."}]}
    file.write_text(yaml.safe_dump({**kept, "actions": {"light": [{"do": "remove", "what": "All."}]}}))
    report(dusk_workspace, tmp_path / "r.md", model="v1", actions=file)
    assert "- **Remove**: All." in (tmp_path / "r.md").read_text(), "the file is nearer"
    dusk_workspace.categories.undo("Ada")
    assert "59 of 100 are wrong" in _said(_section(report_of(dusk_workspace, Asked(model="v1")).report, "modes"))


def test_what_people_wrote_is_text_in_the_page(dusk_workspace: Workspace) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    dusk_workspace.categories.edit("light", author="Ada", name=hostile, criterion=hostile)
    review(dusk_workspace, dict.fromkeys(dusk_workspace.ids[50:60], ("incorrect", "incorrect")), name=hostile)
    page = to_html(report_of(dusk_workspace, Asked(model="v1")).report)
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_it_names_no_folder_of_this_machine(dusk_workspace: Workspace, tmp_path: Path) -> None:
    page = to_html(report_of(dusk_workspace, Asked()).report)
    assert str(tmp_path) not in page
    assert not re.search(r"https?://(?!www\.w3\.org)", page)


def test_an_image_that_is_gone_is_said(dusk_workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "moved"
    folder.mkdir()
    source = dusk_workspace.samples["filepath"].iloc[50]
    shutil.move(source, folder / "x.png")
    try:
        page = to_html(report_of(dusk_workspace, Asked(model="v1")).report)
    finally:
        shutil.move(folder / "x.png", source)
    assert page.count("The file could not be read.") >= 1


def test_boxes_are_reported_too(boxes_workspace: Workspace) -> None:
    made = report_of(boxes_workspace, Asked(model="v1")).report
    (row,) = _rows(_section(made, "results"))
    assert row[:2] == ["Everything", "31"]
    assert row[2].startswith("90.3%")
    (mode,) = _section(made, "modes").parts
    shown = next(one for one in mode.blocks if isinstance(one, Pictures)).pictures
    assert {one.id for one in shown} == {"gt:2", "gt:3", "gt:31"}
    assert ("outcome", "missed") in shown[0].lines


def test_images_without_a_group_are_told_too(workspace: Workspace, tmp_path: Path) -> None:
    from explorer import build

    table = workspace.samples[["filepath", "label", "v1.prediction", "v1.confidence"]].head(10)
    table = table.rename(columns={"filepath": "image"}).assign(group=["a", "a", *[""] * 8])
    table.to_csv(tmp_path / "t.csv", index=False)
    built = build(tmp_path / "t.csv", tmp_path / "grouped", vectors=vectors_of(workspace, tmp_path))
    page = to_html(report_of(built, Asked()).report)
    assert "groups by “group”" in page


def test_a_workspace_without_models_says_what_is_missing(workspace: Workspace, tmp_path: Path) -> None:
    from explorer import build

    built = build(tmp_path_images(workspace, tmp_path), tmp_path / "bare", vectors=vectors_of(workspace, tmp_path))
    said = _said(_section(report_of(built, Asked()).report, "summary"))
    assert "Predictions of a model" in said
    assert "Labels to judge by" in said


def tmp_path_images(workspace: Workspace, folder: Path) -> Path:
    """A table of images alone."""
    table = folder / "images.csv"
    paths = workspace.samples["filepath"].head(10)
    table.write_text("image\n" + "\n".join(paths) + "\n", encoding="utf-8")
    return table


def vectors_of(workspace: Workspace, folder: Path) -> Path:
    """Their vectors."""
    import pandas as pd

    paths = workspace.samples["filepath"].head(10)
    file = folder / "vectors.parquet"
    pd.DataFrame({"id": paths, "vector": list(workspace.embeddings().vectors[:10])}).to_parquet(file)
    return file


@pytest.mark.parametrize(
    ("asked", "error", "expected"),
    [
        ({"model": "v9"}, SourceError, "one of the models v1, v2, v3, found 'v9'"),
        ({"against": "v9"}, SourceError, "to compare with, found 'v9'"),
        ({"model": "v1", "against": "v1"}, SourceError, "one of the models v2, v3 to compare with, found 'v1'"),
        ({"round_name": "x"}, ReviewError, "No round is called “x”"),
    ],
)
def test_what_is_not_there_is_refused(
    asked: dict[str, Any], error: type[Exception], expected: str, dusk_workspace: Workspace
) -> None:
    with pytest.raises(error) as raised:
        report_of(dusk_workspace, Asked(**asked))
    assert expected in str(raised.value)


def test_it_replaces_a_report_and_nothing_else(dusk_workspace: Workspace, tmp_path: Path) -> None:
    other = tmp_path / "other.html"
    other.write_text("mine")
    for path, expected in ((other, "no report"), (tmp_path / "r.pdf", "end in .html or .md")):
        with pytest.raises(ExportError) as raised:
            report(dusk_workspace, path)
        assert expected in str(raised.value)
    assert other.read_text() == "mine"
    for _ in range(2):
        report(dusk_workspace, tmp_path / "r.html")


def test_a_round_that_is_named_says_whose_failures(dusk_workspace: Workspace) -> None:
    review(dusk_workspace, dict.fromkeys(dusk_workspace.ids[:20], ("correct", "correct")), model="v2")
    assert report_of(dusk_workspace, Asked(round_name="r")).report.title == "Dusk: where v2 fails"
    assert report_of(dusk_workspace, Asked()).report.title == "Dusk: where v3 fails"


def test_what_people_say_of_subsets_and_segments_is_recommended(dusk_workspace: Workspace) -> None:
    for name in ("dusk", "few"):
        dusk_workspace.decisions.edit_subset(name, author="Ada", category=" ")
    made = report_of(dusk_workspace, Asked(model="v1"))
    by_name = {one.name: one for one in made.modes}
    segment = next(one for one in made.modes if one.kind == "segment")
    for one, said in ((by_name["dusk"], "remove: Half of them."), (segment, "collect: More of these.")):
        assert one.about is not None
        recommend(dusk_workspace.decisions, one.about, [said], author="Ada")
    then = report_of(dusk_workspace, Asked(model="v1")).recommended.actions
    assert then["dusk"] == [("remove", "Half of them.")]
    assert then[segment.name] == [("collect", "More of these.")]
    assert then["few"] == made.recommended.actions["few"]


def test_a_category_of_which_nothing_is_said_has_what_is_said_of_its_subsets(dusk_workspace: Workspace) -> None:
    dusk_workspace.decisions.edit_subset("dusk", author="Ada", actions=["remove: Half of them."])
    of = Asked(model="v1")
    assert report_of(dusk_workspace, of).recommended.actions["light"] == [("remove", "Half of them.")]
    dusk_workspace.categories.edit("light", author="Ada", actions=["augment: Darken them."])
    assert report_of(dusk_workspace, of).recommended.actions["light"] == [("augment", "Darken them.")]
