"""Names of exported files."""

from __future__ import annotations

import pytest

from explorer.exporters.names import distinct, image_names, safe_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("plain.png", "plain.png"),
        ("größe 猫 🐈", "größe 猫 🐈"),
        ("a/b\\c:d", "a_b_c_d"),
        ("..", "_"),
        ("", "_"),
        (" . ", "_"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("ends.", "ends"),
        ("tab\there", "tab_here"),
    ],
)
def test_a_name_is_as_near_to_a_text_as_systems_take_it(text: str, name: str) -> None:
    assert safe_name(text) == name


def test_a_long_name_keeps_its_ending_and_whole_letters() -> None:
    name = safe_name("猫" * 300 + ".jpeg")
    assert name.endswith("猫.jpeg")
    assert len(name.encode()) <= 200


def test_images_are_called_by_their_ids_where_these_are_paths() -> None:
    ids = ["cat/1.png", "images/2.png", "/abs/3.png", "../4.png", "seven", "8.jpg"]
    paths = [f"/data/of/file{number}.png" for number in range(6)]
    assert image_names(ids, paths) == ["cat/1.png", "2.png", "file2.png", "file3.png", "file4.png", "file5.png"]


def test_no_two_names_differ_in_case_alone_and_none_is_a_folder() -> None:
    names = ["a.png", "A.png", "a-2.png", "x", "x/b.png", "a.png"]
    assert distinct(names) == ["a.png", "A-2.png", "a-2-2.png", "x-2", "x/b.png", "a-3.png"]
