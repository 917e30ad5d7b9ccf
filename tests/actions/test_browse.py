"""Only what lies below a root can be looked into, whatever is asked for."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from explorer.actions.browse import MOST_LISTED, Roots, default_roots
from explorer.errors import SourceError


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with photos, a table, hidden things, and links out; beside it a secret."""
    home = tmp_path / "home"
    for folder in ("photos/cats", ".ssh", "empty"):
        (home / folder).mkdir(parents=True)
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "plan.csv").write_text("image\n", encoding="utf-8")
    for name in ("photos/1.JPG", "photos/2.png", "photos/labels.csv", "photos/.hidden.png", ".ssh/key"):
        (home / name).touch()
    (home / "out").symlink_to(tmp_path / "secret")
    (home / "photos" / "out.csv").symlink_to(tmp_path / "secret" / "plan.csv")
    (home / "photos" / "inside").symlink_to(home / "empty")
    (home / "photos" / "loop").symlink_to(home / "photos" / "loop")
    (home / "photos" / "hidden").symlink_to(home / ".ssh")
    return home


def test_a_listing_names_folders_and_files_and_counts_images(home: Path) -> None:
    roots = Roots([home])
    listing = roots.listing(home / "photos")
    assert (listing.folder, listing.parent) == (home / "photos", home)
    assert listing.folders == ("cats", "inside")
    assert listing.files == ("labels.csv",)
    assert listing.images == 2
    assert not listing.truncated
    assert roots.listing(home).parent is None
    assert roots.listing(home).folders == ("empty", "photos")


@pytest.mark.parametrize(
    "asked",
    [
        "..",
        "../secret",
        "photos/../../secret",
        "out",
        "out/plan.csv",
        "photos/out.csv",
        "photos/hidden",
        ".ssh",
        "photos/loop",
        "none",
        "photos\0/cats",
        "x" * 5000,
        "/etc",
        "/",
        "",
        "photos/1.JPG/x",
        "~root",
        "\udcff",
    ],
)
def test_what_is_outside_hidden_or_not_there_is_refused_alike(asked: str, home: Path) -> None:
    """By the same words, so that nobody learns what there is."""
    roots = Roots([home / "photos", home / "empty"]) if asked in ("", "..") else Roots([home])
    for ask in (roots.listing, roots.allowed):
        with pytest.raises(SourceError, match=r"^Expected a folder or file below .*home.*, found '") as refused:
            ask(home / asked)
        assert len(str(refused.value)) < 500


def test_a_file_below_a_root_can_be_chosen_and_not_listed(home: Path) -> None:
    roots = Roots([home])
    assert roots.allowed(home / "photos" / "cats" / ".." / "labels.csv") == home / "photos" / "labels.csv"
    assert roots.allowed(home / "photos" / "inside") == home / "empty"
    with pytest.raises(SourceError, match=r"cannot be read: Not a directory"):
        roots.listing(home / "photos" / "labels.csv")


def test_a_root_may_be_hidden_itself_and_lie_in_another(home: Path) -> None:
    roots = Roots([home, home / ".ssh"])
    assert roots.listing(home / ".ssh").files == ("key",)
    assert roots.listing(home / "photos").folders == ("cats", "hidden", "inside")
    assert roots.listing(home / ".ssh").parent is None


def test_without_roots_nothing_is_listed() -> None:
    with pytest.raises(SourceError, match="--root DIR"):
        default_roots("0.0.0.0").listing(Path.home())  # noqa: S104 - served to all


def test_the_home_folder_is_a_root_where_only_this_machine_is_served(home: Path) -> None:
    for host in ("localhost", "127.0.0.1", "::1"):
        assert default_roots(host).folders == (Path.home().resolve(),)
        assert default_roots(host, [home]).folders == (home,)
    for host in ("0.0.0.0", "::", "192.168.1.7", ""):  # noqa: S104 - served to all
        assert default_roots(host).folders == ()
        assert default_roots(host, [home]).folders == (home,)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_read_is_said(home: Path) -> None:
    (home / "empty").chmod(0)
    with pytest.raises(SourceError, match="Permission denied"):
        Roots([home]).listing(home / "empty")
    (home / "empty").chmod(0o700)


def test_many_entries_are_counted_and_some_are_named(tmp_path: Path) -> None:
    for number in range(MOST_LISTED + 5):
        (tmp_path / f"{number:05}.txt").touch()
        (tmp_path / f"{number:05}.png").touch()
    listing = Roots([tmp_path]).listing(tmp_path)
    assert listing.files == tuple(f"{number:05}.txt" for number in range(MOST_LISTED))
    assert (listing.images, listing.truncated) == (MOST_LISTED + 5, True)


def test_a_folder_that_becomes_a_link_meanwhile_is_not_followed(tmp_path: Path) -> None:
    """Whatever happens between looking and opening: the secret is in no listing."""
    secret, home = tmp_path / "secret", tmp_path / "home"
    secret.mkdir()
    (secret / "plan.csv").touch()
    (home / "swapped" / "deep").mkdir(parents=True)
    (secret / "deep").mkdir()
    (secret / "deep" / "plan.csv").touch()
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            (home / "swapped").rename(home / "away")
            (home / "swapped").symlink_to(secret)
            (home / "swapped").unlink()
            (home / "away").rename(home / "swapped")
            stop.wait(0.0005)  # so that a busy machine finds it in its place, too

    swapping = threading.Thread(target=swap)
    swapping.start()
    try:
        roots, listed = Roots([home]), 0
        for _ in range(2000):
            try:
                listing = roots.listing(home / "swapped" / "deep")
            except SourceError:
                continue
            assert listing.files == ()
            listed += 1
    finally:
        stop.set()
        swapping.join()
    assert listed


def test_a_link_that_is_opened_instead_of_a_folder_is_refused(home: Path) -> None:
    """What a race would come to, at its very moment."""
    from explorer.actions.browse import _opened

    with pytest.raises(OSError, match=r"Not a directory|symbolic"), _opened(home, Path("out")):
        pass
