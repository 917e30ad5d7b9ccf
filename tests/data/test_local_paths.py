"""Folders of somebody's machine are taken out of what is handed on; nothing else is."""

from __future__ import annotations

import pytest

from explorer.data.local_paths import without_folders


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/home/ada/my photos/a.jpg", "a.jpg"),
        (r"C:\Users\ada\a.jpg", "a.jpg"),
        (r"\\nas\photos\a.jpg", "a.jpg"),
        ("see /home/ada/x/a.jpg please", "see a.jpg please"),
        ("file:///home/ada/a.jpg", "a.jpg"),
        ("~/x/a.png", "a.png"),
        ('"/home/ada/x.png", D:/y/z.png', '"x.png", z.png'),
        ("path=/home/ada/x.png", "path=x.png"),
        ("left/right /tmp/x", "left/right x"),
    ],
)
def test_a_file_is_named_without_its_folders(text: str, expected: str) -> None:
    assert without_folders(text) == expected


@pytest.mark.parametrize(
    "text", ["https://x.org/a/b.jpg", "and/or", "1/2", "images/a.png", "n/a", "a /b", "/", "5 /m", "10:30", "a: b", ""]
)
def test_other_text_stays(text: str) -> None:
    assert without_folders(text) == text
