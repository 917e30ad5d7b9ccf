"""Choosing a file or folder of the machine that serves the app, below its roots and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from explorer.data.counts import counted
from explorer.errors import ExplorerError
from explorer.ui.session import workspaces
from explorer.ui.session.text import plain, sentence, short

if TYPE_CHECKING:
    from collections.abc import Collection

    from explorer.actions.browse import Listing

_SHOWN = 200
"""Entries that are drawn at once; the box above them finds the others."""

HEIGHT = 330

NO_ROOTS = (
    "This server is reachable from other machines and was started without `--root DIR`, so its folders are not shown. "
    "Drop your files here instead, or have it started with the folder of your data."
)


def choose(
    key: str, *, suffixes: Collection[str] = (), folders: str = "", height: int = HEIGHT, near: Path | None = None
) -> Path | None:
    """Draw a browser of folders.

    Args:
        key: tells this browser from others on the page.
        suffixes: endings of the files that may be chosen; files that end otherwise are not listed.
        folders: what the button says that chooses the folder itself; none may be chosen where it is empty.
        height: of the list, in pixels.
        near: what the browser begins beside, where it may be looked at.

    Returns:
        What was chosen just now.
    """
    roots = workspaces.roots()
    if not roots.folders:
        st.info(NO_ROOTS, icon=":material/lock:")
        return None
    first = near.resolve().parent if near and roots.hold(near.resolve().parent) else roots.folders[0]
    at = st.session_state.setdefault(f"folder of {key}", first)
    try:
        listing = roots.listing(at)
    except ExplorerError as error:
        st.session_state[f"folder of {key}"] = roots.folders[0]
        st.error(sentence(str(error)), icon=":material/error:")
        return None
    found = _head(key, listing)
    chosen = _entries(key, listing, found, suffixes, height)
    if folders:
        many = f" ({_images(listing.images)})" if listing.images else ""
        if st.button(
            f"{folders} “{_name(listing.folder)}”{many}", key=f"take {key}", type="primary", icon=":material/check:"
        ):
            chosen = listing.folder
    return chosen


def _images(n: int) -> str:
    return counted(n, "image")


def _head(key: str, listing: Listing) -> str:
    """The way to here, each folder of it a button, and a box that finds names."""
    roots = workspaces.roots()
    way, box = st.columns([7, 3], vertical_alignment="center")
    with way.container(horizontal=True, gap="small", vertical_alignment="center"):
        root = next(root for root in roots.folders if listing.folder.is_relative_to(root))
        if len(roots.folders) > 1:
            st.selectbox(
                "Start from",
                roots.folders,
                index=roots.folders.index(root),
                format_func=str,
                key=f"root of {key}",
                on_change=_from_root,
                args=(key,),
                label_visibility="collapsed",
                width=220,
            )
        for step in _way(root, listing.folder):
            if step != root:
                st.markdown(":gray[›]")
            st.button(
                _name(step),
                key=f"to {key} {step}",
                type="tertiary",
                on_click=_go,
                args=(key, step),
                disabled=step == listing.folder,
            )
    return box.text_input(
        "Find in this folder",
        key=f"find {key} {listing.folder}",
        placeholder="Find in this folder…",
        label_visibility="collapsed",
        icon=":material/search:",
    )


def _way(root: Path, folder: Path) -> list[Path]:
    """The folders from a root to one below it, both with them."""
    parts = folder.relative_to(root).parts
    return [root.joinpath(*parts[:depth]) for depth in range(len(parts) + 1)]


def _name(folder: Path) -> str:
    return "Home" if folder == Path.home() else plain(short(folder.name or str(folder), 30))


def _entries(key: str, listing: Listing, found: str, suffixes: Collection[str], height: int) -> Path | None:
    """The folders below, which open, and the files, which are chosen."""
    folders = [name for name in listing.folders if found.casefold() in name.casefold()]
    files = [
        name for name in listing.files if Path(name).suffix.lower() in suffixes and found.casefold() in name.casefold()
    ]
    chosen = None
    with st.container(height=height, border=True, gap=None):
        for name in folders[:_SHOWN]:
            place = listing.folder / name
            st.button(
                plain(name),
                key=f"into {key} {place}",
                type="tertiary",
                icon=":material/folder:",
                on_click=_go,
                args=(key, place),
            )
        for name in files[:_SHOWN]:
            if st.button(
                plain(name), key=f"file {key} {listing.folder / name}", type="tertiary", icon=":material/description:"
            ):
                chosen = listing.folder / name
        _rest(listing, folders, files)
    return chosen


def _rest(listing: Listing, folders: list[str], files: list[str]) -> None:
    """What is not in the list: images, which belong to their folder, and what there was no room for."""
    if listing.images:
        st.caption(f":material/image: {_images(listing.images)}, which come with the folder")
    if not folders and not files and not listing.images:
        st.caption("Nothing here that can be used.")
    if listing.truncated or max(len(folders), len(files)) > _SHOWN:
        st.caption("There is more in this folder than is shown. Type a part of the name above.")


def _go(key: str, folder: Path) -> None:
    st.session_state[f"folder of {key}"] = folder


def _from_root(key: str) -> None:
    _go(key, st.session_state[f"root of {key}"])
