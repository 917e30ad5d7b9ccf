"""`edgecase search`, of images and of boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from explorer.cli import main
from explorer.subsets.chance import NOTHING_LIKE_IT
from tests.cli.conftest import ROOT, printed_json, refusal

if TYPE_CHECKING:
    from explorer.store.workspace import Workspace
    from tests.cli.conftest import Edgecase
    from tests.conftest import Source


def test_search_by_id_lists_the_nearest_others(edgecase: Edgecase, built: Workspace) -> None:
    hits = printed_json(edgecase("search", built.path, "--like", "leaf/03.png", "-k", 5, "--json"))["hits"]
    assert len(hits) == 5
    assert all(list(hit) == ["id", "filepath", "similarity"] for hit in hits)
    assert {hit["id"].split("/")[0] for hit in hits} == {"leaf"}
    assert "leaf/03.png" not in {hit["id"] for hit in hits}
    similarities = [hit["similarity"] for hit in hits]
    assert similarities == sorted(similarities, reverse=True)
    _, out, _ = edgecase("search", built.path, "--like", "leaf/03.png", "-k", 5)
    assert [line.split("\t")[1] for line in out.splitlines()] == [hit["id"] for hit in hits]


def test_search_gives_25_unless_told_and_all_at_most(edgecase: Edgecase, built: Workspace) -> None:
    assert len(printed_json(edgecase("search", built.path, "--like", "leaf/03.png", "--json"))["hits"]) == 25
    assert (
        len(printed_json(edgecase("search", built.path, "--like", "leaf/03.png", "--count", 1000, "--json"))["hits"])
        == 59
    )


def test_search_by_image_finds_the_image_itself_first(
    edgecase: Edgecase, source: Source, clip_built: Workspace
) -> None:
    hits = printed_json(
        edgecase("search", clip_built.path, "--image", source.images / "sky/04.png", "-k", 3, "--json")
    )["hits"]
    assert hits[0]["id"] == "sky/04.png"
    assert hits[0]["similarity"] == pytest.approx(1, abs=1e-4)


def test_search_by_words_ranks_every_image(edgecase: Edgecase, clip_built: Workspace) -> None:
    hits = printed_json(edgecase("search", clip_built.path, "--text", "ein Blatt 🍃", "-k", 60, "--json"))["hits"]
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
    hits = printed_json(edgecase("search", boxes_workspace.path, "--like", "gt:1", "-k", 3, "--json"))["hits"]
    assert all(hit["id"].startswith("gt:") and hit["id"] != "gt:1" for hit in hits)
    files = boxes_workspace.samples["filepath"]
    owner = boxes_workspace.objects("label")["sample"]
    assert [hit["filepath"] for hit in hits] == [files[owner[hit["id"]]] for hit in hits]
    named = printed_json(
        edgecase("search", boxes_workspace.path, "--text", "a dot", "--space", "prediction/v2", "--json")
    )["hits"]
    assert {hit["id"] for hit in named} <= set(boxes_workspace.objects("prediction/v2").index)
    assert printed_json(edgecase("search", boxes_workspace.path, "--text", "a dot", "--json"))["hits"][0][
        "id"
    ].endswith(".png")


def test_a_threshold_ends_the_list(edgecase: Edgecase, built: Workspace) -> None:
    hits = printed_json(edgecase("search", built.path, "--like", "leaf/03.png", "--json"))["hits"]
    least = hits[4]["similarity"] - 1e-5
    _, out, _ = edgecase("search", built.path, "--like", "leaf/03.png", "--threshold", least)
    assert [line.split("\t")[1] for line in out.splitlines()] == [hit["id"] for hit in hits[:5]]


def test_examples_for_and_against(edgecase: Edgecase, built: Workspace) -> None:
    asked = ("search", built.path, "--more", "leaf/03.png", "leaf/04.png", "--less", "sky/01.png")
    found = printed_json(edgecase(*asked, "--count", 18, "--json"))
    assert not found["nothing_like_it"]
    assert {hit["id"] for hit in found["hits"]} == {each for each in built.ids[20:40] if each[5:7] not in ("03", "04")}
    assert "Expected --more beside --less" in refusal(
        edgecase("search", built.path, "--like", "leaf/03.png", "--less", "sky/01.png")
    )


def test_that_there_is_nothing_like_it_is_said_beside_the_hits(edgecase: Edgecase, demo: Workspace) -> None:
    asked = ("search", demo.path, "--text", "an X-ray of a knee", "--count", 3)
    code, out, err = edgecase(*asked)
    assert (code, err) == (0, f"edgecase: {NOTHING_LIKE_IT}\n")
    assert len(out.splitlines()) == 3
    assert printed_json(edgecase(*asked, "--json"))["nothing_like_it"] is True
    assert edgecase("search", demo.path, "--text", "a dress")[2] == ""
