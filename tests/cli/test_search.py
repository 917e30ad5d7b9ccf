"""`edgecase search`, of images and of boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from explorer.cli import main
from tests.cli.conftest import ROOT, printed_json, refusal

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace
    from tests.cli.conftest import Edgecase
    from tests.conftest import Source


def test_search_by_id_lists_the_nearest_others(edgecase: Edgecase, built: Workspace) -> None:
    hits = printed_json(edgecase("search", built.path, "--like", "leaf/03.png", "-k", 5, "--json"))
    assert len(hits) == 5
    assert all(list(hit) == ["id", "filepath", "similarity"] for hit in hits)
    assert {hit["id"].split("/")[0] for hit in hits} == {"leaf"}
    assert "leaf/03.png" not in {hit["id"] for hit in hits}
    similarities = [hit["similarity"] for hit in hits]
    assert similarities == sorted(similarities, reverse=True)
    _, out, _ = edgecase("search", built.path, "--like", "leaf/03.png", "-k", 5)
    assert [line.split("\t")[1] for line in out.splitlines()] == [hit["id"] for hit in hits]


def test_search_gives_25_unless_told_and_all_at_most(edgecase: Edgecase, built: Workspace) -> None:
    assert len(printed_json(edgecase("search", built.path, "--like", "leaf/03.png", "--json"))) == 25
    assert len(printed_json(edgecase("search", built.path, "--like", "leaf/03.png", "-k", 1000, "--json"))) == 59


def test_search_by_image_finds_the_image_itself_first(
    edgecase: Edgecase, source: Source, clip_built: Workspace
) -> None:
    hits = printed_json(edgecase("search", clip_built.path, "--image", source.images / "sky/04.png", "-k", 3, "--json"))
    assert hits[0]["id"] == "sky/04.png"
    assert hits[0]["similarity"] == pytest.approx(1, abs=1e-4)


def test_search_by_words_ranks_every_image(edgecase: Edgecase, clip_built: Workspace) -> None:
    hits = printed_json(edgecase("search", clip_built.path, "--text", "ein Blatt 🍃", "-k", 60, "--json"))
    assert {hit["id"] for hit in hits} == set(clip_built.ids)
    assert all(-1 <= hit["similarity"] <= 1 for hit in hits)


@pytest.mark.parametrize("k", ["0", "-1", "many"])
def test_a_number_of_hits_that_is_none_is_refused(k: str, built: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["search", str(built.path), "--like", "leaf/03.png", f"-k={k}"])
    assert end.value.code == 2
    assert "-k" in capsys.readouterr().err


def test_searches_that_cannot_work_say_why(edgecase: Edgecase, built: Workspace, clip_built: Workspace) -> None:
    """Words need a CLIP model; an id must be known; an image must be one."""
    assert "needs a CLIP model" in refusal(edgecase("search", built.path, "--text", "a leaf"))
    assert "'nobody'" in refusal(edgecase("search", built.path, "--like", "nobody"))
    assert "none.png" in refusal(edgecase("search", clip_built.path, "--image", "none.png"))
    assert "pyproject.toml" in refusal(edgecase("search", clip_built.path, "--image", ROOT / "pyproject.toml"))


def test_no_words_are_no_query(edgecase: Edgecase, clip_workspace: Workspace) -> None:
    assert "Expected words" in refusal(edgecase("search", clip_workspace.path, "--text", " "))


def test_boxes_are_found_like_a_box_and_by_words(edgecase: Edgecase, boxes_workspace: Workspace) -> None:
    """Each with the file that it is in."""
    hits = printed_json(edgecase("search", boxes_workspace.path, "--like", "gt:1", "-k", 3, "--json"))
    assert all(hit["id"].startswith("gt:") and hit["id"] != "gt:1" for hit in hits)
    files = boxes_workspace.samples["filepath"]
    owner = boxes_workspace.objects("label")["sample"]
    assert [hit["filepath"] for hit in hits] == [files[owner[hit["id"]]] for hit in hits]
    named = printed_json(
        edgecase("search", boxes_workspace.path, "--text", "a dot", "--space", "prediction/v2", "--json")
    )
    assert {hit["id"] for hit in named} <= set(boxes_workspace.objects("prediction/v2").index)
    assert printed_json(edgecase("search", boxes_workspace.path, "--text", "a dot", "--json"))[0]["id"].endswith(".png")
