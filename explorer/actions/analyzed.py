"""What the analyses of a workspace are given, what each says of itself, and how one says that it does not apply."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from explorer.actions.evaluate import opening
from explorer.analysis.divided import pairs
from explorer.data.records import Progress
from explorer.data.spaces import IMAGES
from explorer.errors import SourceError
from explorer.points.cache import Cache

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from explorer.analysis.divided import Between
    from explorer.data.findings import Finding
    from explorer.data.records import OnProgress
    from explorer.points.opened_build import View
    from explorer.points.points import Points
    from explorer.store.workspace import Workspace

    Row = dict[str, Any]
    Option = Literal["model", "seed", "group_by", "encoder", "encoders", "budget", "duplicate_threshold", "between"]

T = TypeVar("T")

BUDGET = 20
"""Images that one would label next, unless said otherwise."""

SEED = 42
"""Of what is drawn at random, unless said otherwise."""


@dataclass(frozen=True, eq=False)
class Analyzed:
    """What is analysed.

    Attributes:
        workspace: where it lies.
        view: the opened build.
        points: what a model is right or wrong on: images, or the objects to be found.
        model: which one; None where there is none.
        seed: of what is drawn at random.
        group_by: a column of the samples; images with the same value are not independent. None where all are.
        encoders: whose vectors vote on labels, the first one's under its name in the spaces: empty. All else looks at
            those of the first of these.
        budget: how many images one would label next.
        duplicate_threshold: cosine similarity from which on two images are copies; None for what the data says.
        between: the two parts that are compared for drift; None for all that usually are.
        report: told how far a kind is that takes long, by its name.
    """

    workspace: Workspace
    view: View
    points: Points
    model: str | None
    seed: int
    group_by: str | None = None
    encoders: tuple[str, ...] = ("",)
    budget: int = BUDGET
    duplicate_threshold: float | None = None
    between: Between | None = None
    report: OnProgress = lambda _: None
    _shared: Cache[Any] = field(default_factory=Cache, repr=False)

    @property
    def encoder(self) -> str:
        """Whose vectors and neighbours count where those of one encoder do."""
        return self.encoders[0]

    @property
    def images(self) -> Points:
        """The images, with the vectors and neighbours of `encoder`."""
        return self.seen(self.view.images)

    def seen(self, points: Points) -> Points:
        """The same points with the vectors and neighbours of `encoder`, as far as they have any."""
        return self.view.placed_as(points, replace(IMAGES, encoder=self.encoder))

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What rows and findings of a kind, or several kinds, are both made of: computed once in this analysis."""
        return cast("T", self._shared.get(name, make))

    def reporting(self, report: OnProgress) -> Analyzed:
        """The same, told elsewhere how far it is."""
        return replace(self, report=report)

    def told(self, kind: str, done: int, total: int) -> None:
        """Tell how far a kind is."""
        self.report(Progress(kind, done, total))


NO_GAIN = 0.01
"""What cannot be told to gain anything ranks behind what can, by the share of points it is about."""


class NotComputed(Exception):  # noqa: N818 - an answer, no error
    """Why a kind of analysis cannot be computed: its message is a sentence for the reader."""


OPTIONS: tuple[Option, ...] = ("model", "seed", "group_by", "encoders")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of analysis. What it gives is kept, and computed again where something that it is made of changed.

    Attributes:
        name: what `--only` calls it, and the key of its rows.
        version: counted up where the same build gives other rows or findings than before.
        rows: its table, plain JSON values; raises `NotComputed`.
        found: what it claims, best first; raises `NotComputed` to say why that is nothing.
        line: a row as the command line prints it.
        nothing: what is said where there are no rows.
        options: what of `Analyzed` it reads, beside the build; thresholds go with the model.
        decisions: kinds of decision that it reads, such as `subset`.
        cost: seconds that it takes on 100,000 images, about: the time that remains is told by it.
        quick: whether the app computes it where somebody looks; others run in a process of their own.
    """

    name: str
    version: int
    rows: Callable[[Analyzed], Sequence[Row]]
    found: Callable[[Analyzed], Sequence[Finding]]
    line: Callable[[Mapping[str, Any]], str]
    nothing: str
    options: tuple[Option, ...] = OPTIONS
    decisions: tuple[str, ...] = ()
    cost: float = 1.0
    quick: bool = False


def analyzed(
    view: View,
    model: str | None = None,
    *,
    seed: int = SEED,
    group_by: str | None = None,
    encoders: Sequence[str] = (),
    budget: int = BUDGET,
    duplicate_threshold: float | None = None,
    between: Between | None = None,
) -> Analyzed:
    """What is analysed of an opened build.

    Args:
        view: the build.
        model: whose errors are looked at; the first model's where none is named.
        seed: of what is drawn at random.
        group_by: a column whose values name what is not independent, such as frames of one video.
        encoders: names of encoders, the first one's that of its model; all where none is named. See `Analyzed`.
        budget: how many images one would label next.
        duplicate_threshold: cosine similarity from which on two images are copies; from the data unless given.
        between: the two parts that are compared for drift, of `explorer.analysis.divided`; all unless given.

    Raises:
        SourceError: the model, a column, one of its values or an encoder is unknown.
    """
    known = view.models
    if model is not None and model not in known:
        raise SourceError(f"Expected one of the models {', '.join(known) or '(none)'}, found {model!r}.")
    name = model or next(iter(known), None)
    if group_by is not None and group_by not in view.samples:
        columns = ", ".join(map(str, view.samples.frame.columns))
        raise SourceError(f"Expected a column of the samples to group by ({columns}), found {group_by!r}.")
    points = view.labels(opening(view, name)) if view.labelled else view.images
    named = _encoders(view.workspace, encoders)
    if between is not None:
        pairs(view.images.table, between)  # says what is wrong with them before anything is computed
    return Analyzed(view.workspace, view, points, name, seed, group_by, named, budget, duplicate_threshold, between)


def encoder_names(workspace: Workspace) -> dict[str, str]:
    """What each encoder is called, and its name in the spaces: the first one's is empty."""
    return {workspace.manifest.model["name"]: "", **{name: name for name in workspace.encoders}}


def _encoders(workspace: Workspace, wanted: Sequence[str]) -> tuple[str, ...]:
    names = encoder_names(workspace)
    unknown = [name for name in wanted if name not in names]
    if unknown:
        raise SourceError(f"Expected encoders among {', '.join(names)}, found {', '.join(unknown)}.")
    return tuple(names[name] for name in wanted or names)
