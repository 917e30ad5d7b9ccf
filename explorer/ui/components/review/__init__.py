"""Reviewing one image at a time: the next one is there with the key, and each verdict is kept until it is written."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from explorer.ui.components.declare import callback, declare, soundly
from explorer.ui.components.viewer import COLOURS, WORDS, as_data
from explorer.ui.server.routes import server

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from explorer.ui.components.viewer import Box, Kind

MOST_ITEMS = 50
"""Items that a browser may ask for at once; it asks for a dozen."""

LONGEST_LOOK = 24 * 60 * 60 * 1000
"""Milliseconds that are taken for a look at an image; a page that was left open says more."""

_component = declare("review", "viewer")


@dataclass(frozen=True)
class Picture:
    """One image of a queue as a reviewer may see it.

    Attributes:
        key: names the item to the caller.
        collection: key under which the queue is registered with the server.
        row: the image's row there.
        width: pixels of the upright image, in which the boxes are given.
        height: pixels of the upright image.
        facts: what is shown beside it, as pairs of name and text; nothing that is blinded.
        boxes: what is drawn; None where images have none.
        overlay: the collection of images that can be laid over it, by the same row; empty where there is none.
        answer: what this reviewer has said of it, `Answer` without its item; None before.
    """

    key: str
    collection: str
    row: int
    width: int
    height: int
    facts: Sequence[tuple[str, str]] = ()
    boxes: Sequence[Box] | None = None
    overlay: str = ""
    answer: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Answer:
    """What a reviewer says of one item.

    Attributes:
        item: which one, by its key.
        verdict: one of those offered.
        severity: one of those offered, or empty.
        reason: why it failed, or empty.
        categories: names, known or new.
        comment: free text, or empty.
        milliseconds: how long it was looked at.
    """

    item: str
    verdict: str
    severity: str
    reason: str
    categories: tuple[str, ...]
    comment: str
    milliseconds: int


@dataclass(frozen=True)
class Choices:
    """What can be said of an image, each value with its name on screen and the key that says it at first.

    Attributes:
        verdicts: in order.
        severities: in order.
        keys: a key for each of both.
        severe: the verdict that a severity is asked for.
        categories: names that are offered; others can be typed.
        reasons: failure reasons that are offered.
    """

    verdicts: Mapping[str, str]
    severities: Mapping[str, str]
    keys: Mapping[str, str]
    severe: str
    categories: Sequence[str] = ()
    reasons: Sequence[str] = ()


def review(
    *,
    name: str,
    order: str,
    answered: Sequence[bool],
    choices: Choices,
    pictures: Callable[[int, int], Sequence[Picture]],
    on_answer: Callable[[Answer], None],
    height_px: int = 640,
    min_confidence: float = 0.0,
    colours: Mapping[Kind, str] = COLOURS,
    key: str,
    on_finished: Callable[[], None] | None = None,
) -> None:
    """Draw the queue of one reviewer, where it stopped.

    Args:
        name: names queue and reviewer, the same after another start of the app: what a browser has kept of another
            name is not sent here.
        order: names the items in their order: the browser fetches them anew where it is another one.
        answered: for each item of the queue in its order, whether it has an answer.
        choices: what can be said.
        pictures: gives the items of the queue from a place up to before another one; also called outside this session.
        on_answer: writes an answer down, or raises an `ExplorerError`, which is said; also called outside this session,
            and a second time with the same answer where the browser did not hear of the first.
        height_px: pixels of the image with its tools.
        min_confidence: where the confidence slider starts.
        colours: ``#rrggbb`` for each kind of box.
        key: the component's key in the session state.
        on_finished: called before the page runs again when all have an answer.
    """

    def handle(asked: Mapping[str, Any]) -> Mapping[str, Any]:
        if asked.get("ask") == "items":
            part = soundly(_part, asked)
            return {"items": [_described(each) for each in pictures(*part)] if part else []}
        answer = soundly(partial(_answer, choices=choices), asked)
        if answer is None:
            return {"refusal": "The page is of another version: load it again."}
        on_answer(answer)
        return {}

    data = {
        "name": name,
        "order": order,
        "url": server().answering_url(server().private_key("review", name), handle),
        "answered": "".join("1" if one else "0" for one in answered),
        "picture": {"min_confidence": float(min_confidence), "colours": dict(colours), "words": dict(WORDS)},
        "height_px": height_px,
        **{field: _plain(value) for field, value in asdict(choices).items()},
    }
    finished = callback(
        key, "finished", lambda said: said["name"] == name or None, lambda _: on_finished and on_finished()
    )
    _component(key=key, data=data, on_finished_change=finished)


def _plain(value: Any) -> Any:  # noqa: ANN401 - text, or a mapping or sequence of it
    return list(value) if isinstance(value, tuple) else value


def _described(picture: Picture) -> dict[str, Any]:
    """A picture as its script reads it."""
    image = _large(picture.collection, picture.row)
    return {
        "key": picture.key,
        "image": image,
        "overlay": _large(picture.overlay, picture.row) if picture.overlay else "",
        "width": int(picture.width),
        "height": int(picture.height),
        "facts": [list(fact) for fact in picture.facts],
        "boxes": None if picture.boxes is None else as_data(picture.boxes),
        "answer": dict(picture.answer) if picture.answer else None,
    }


def _large(collection: str, row: int) -> str:
    return f"{server().queue_url(collection)}/{row}"


def _part(asked: Mapping[str, Any]) -> tuple[int, int]:
    """From which place of the queue, and before which, items are asked for."""
    first, count = int(asked["from"]), int(asked["count"])
    if first < 0 or not 0 < count <= MOST_ITEMS:
        raise ValueError(asked)
    return first, first + count


def _answer(said: Mapping[str, Any], choices: Choices) -> Answer:
    """What the browser sent; ValueError where none of our scripts sends it."""
    texts = {name: str(said[name]) for name in ("item", "verdict", "severity", "reason", "comment")}
    if texts["verdict"] not in choices.verdicts or texts["severity"] not in ("", *choices.severities):
        raise ValueError(texts)
    categories = tuple(dict.fromkeys(str(name) for name in said["categories"]))
    return Answer(**texts, categories=categories, milliseconds=min(max(0, int(said["milliseconds"])), LONGEST_LOOK))
