"""What a reviewer is shown of an item: the image, its boxes and its facts, without what is kept from them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from explorer.actions.review import seen
from explorer.data.boxes import BOX
from explorer.data.spaces import LABELS, predictions_of
from explorer.errors import ReviewError
from explorer.review.blinding import alias
from explorer.ui.components.review import Picture
from explorer.ui.components.viewer import Box
from explorer.ui.review.served import Overlays, Places, overlays
from explorer.ui.server.routes import server

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence
    from typing import Any

    import pandas as pd

    from explorer.data.thresholds import Thresholds
    from explorer.data.verdicts import Reading, Round
    from explorer.points.opened_build import View
    from explorer.review.blinding import Facts
    from explorer.ui.components.viewer import Kind

_JUDGED: Mapping[str, Kind] = {"tp": "tp", "fp": "fp"}
_UNNAMED = "model"
"""What a model is called whose name is not to be seen."""


@dataclass(frozen=True, eq=False)
class Pictures:
    """The items of a queue as one person may see them; usable outside a session.

    Attributes:
        view: the opened build.
        one: the round.
        role: of the person, as which they judge.
        at: from which IoU and confidence on boxes count.
        ids: of the items, in the order of the queue.
        name: names the queue and the person.
    """

    view: View
    one: Round
    role: str
    at: Thresholds
    ids: Sequence[str]
    name: str

    @cached_property
    def order(self) -> str:
        """Names the items in their order, in every process: places are those of this order alone."""
        return _hashed(self.name, *self.ids)

    def mark(self, item: str, reading: str = "first") -> str:
        """What the browser calls an item, wherever it comes in the queue by then."""
        return _hashed(self.name, reading, item)

    def now(self, ids: Sequence[str]) -> Pictures:
        """Those of the queue as it is now: others judge, and deviations give away, while a page is open."""
        if list(ids) == list(self.ids):
            return self
        other = replace(self, ids=ids)
        other.serve()
        return other

    def serve(self) -> None:
        """Make the images available to the browser."""
        server().register_queue(self._key("images"), self._places)
        if self._overlays:
            server().register_queue(self._key("overlays"), self._overlays)

    def of(
        self,
        place: int,
        answer: Mapping[str, Any] | None,
        more: Sequence[tuple[str, str]] = (),
        reading: Reading = "first",
    ) -> Picture:
        """The item of a place.

        Args:
            place: in the queue.
            answer: what the person said of it before.
            more: further facts, after its own.
            reading: on what occasion it is judged.

        """
        mark = self.mark(self.ids[place], reading)
        try:
            facts = seen(self.view, self.one, self.ids[place], self.role)
        except ReviewError as error:
            return Picture(mark, "", place, 4, 3, [("Missing", str(error))], answer=answer)
        size = self.view.images.table.frame.iloc[self._rows[place]]
        shows_model = not facts.hidden & {"prediction", "metadata"}
        return Picture(
            key=mark,
            collection=self._key("images"),
            row=place,
            width=int(size["width"]),
            height=int(size["height"]),
            facts=[*_told(facts), *more],
            boxes=self._boxes(self.ids[place], facts) if self.view.has_boxes else None,
            overlay=self._key("overlays") if shows_model and self._overlays and self._overlays.has(place) else "",
            answer=answer,
        )

    def _key(self, what: str) -> str:
        return server().private_key(what, self.order)

    @cached_property
    def _rows(self) -> list[int]:
        """The row of each place's image; that of the first one where the build does not have it any more."""
        return [self._row(each) for each in self.ids]

    def _row(self, item: str) -> int:
        space = self.view.of_ids([item]).space
        return int(space.sample_rows[space.row_of.get(item, 0)])

    @cached_property
    def _places(self) -> Places:
        return Places(self.view.images, self._rows)

    @cached_property
    def _overlays(self) -> Overlays | None:
        return overlays(self.view, self._rows)

    def _boxes(self, item: str, facts: Facts) -> list[Box]:
        """The boxes of an item's image: ground truth and the detections of the judged model, as far as seen."""
        sample = self.view.images.space.ids[self._row(item)]
        model = self.view.workspace.model_now(self.one.protocol.model)
        judged = not facts.hidden & {"label", "prediction"}
        drawn: list[Box] = []
        if "label" not in facts.hidden and self.view.labelled:
            for key, box in _on(sample, self.view.points(LABELS, self.at).table.frame):
                missed = judged and bool(model) and box[f"{model}.outcome"] == "fn"
                drawn.append(_box(key, box, "truth-missed" if missed else "truth-found", marked=item))
        if "prediction" not in facts.hidden and model:
            made = self.view.points(predictions_of(model), self.at).table.frame
            counts = (made[f"{model}.confidence"] >= self.at.confidence) | (made.index == item)
            for key, box in _on(sample, made[counts]):
                kind = _JUDGED.get(box[f"{model}.outcome"], "prediction") if judged else "prediction"
                confidence = None if "confidence" in facts.hidden else box.get(f"{model}.confidence")
                named = _UNNAMED if "model" in facts.hidden else model
                drawn.append(_box(key, box, kind, marked=item, model=named, confidence=confidence))
        # The id of a detection names its model.
        return [replace(box, id=alias(str(box.id))) for box in drawn] if facts.hidden else drawn


def _hashed(*said: str) -> str:
    return hashlib.sha256("\0".join(said).encode()).hexdigest()[:24]


def _on(sample: str, frame: pd.DataFrame) -> list[tuple[Hashable, pd.Series]]:
    return list(frame[frame["sample"] == sample].iterrows())


def _box(key: Hashable, box: pd.Series, kind: Kind, marked: str, **more: Any) -> Box:  # noqa: ANN401 - fields of a box
    x, y, width, height = (float(box[side]) for side in BOX)
    return Box(x, y, width, height, str(box["label"]), kind, id=str(key), marked=str(key) == marked, **more)


def _told(facts: Facts) -> list[tuple[str, str]]:
    confidence = None if facts.confidence is None else f"{facts.confidence:.2f}"
    told = {
        "Label": facts.label,
        "Prediction": facts.prediction,
        "Confidence": confidence,
        "Model": facts.model,
        **facts.metadata,
        "File": facts.title,
    }
    return [(name, text) for name, text in told.items() if text]
