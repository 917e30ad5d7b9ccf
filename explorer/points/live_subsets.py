"""Subsets as they are now: the members people put in, and those that a live rule finds in the current build."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from explorer.data.subsets import Membership, Subset
from explorer.data.thresholds import Thresholds
from explorer.errors import ExplorerError, SubsetError
from explorer.points.opened_build import View
from explorer.subsets.rules import from_json, matching_ids

if TYPE_CHECKING:
    from collections.abc import Callable

    from explorer.data.columns import Table
    from explorer.store.workspace import Workspace
    from explorer.subsets.rules import Rule

    TableOf = Callable[[Rule], Table]


class Living(NamedTuple):
    """A subset as it is now, and why its rule could not be asked; then it has its fixed members alone."""

    subset: Subset
    problem: str = ""


def living(subset: Subset, table_of: TableOf) -> Subset:
    """The subset with what its rule finds, origin `rule`, after its fixed members and without the rejected.

    A live member has the author and the time of the subset's creation: the rule speaks for them.

    Args:
        subset: as it is in the decisions.
        table_of: gives the points that a rule asks.

    Raises:
        SubsetError: the rule cannot be read, or asks for what the build does not have.
        WorkspaceError: the build does not have the rule's space.
    """
    if not subset.rule:
        return subset
    rule = from_json(subset.rule)
    decided = subset.members.keys() | subset.rejected.keys()
    found = (each for each in matching_ids(rule, table_of(rule)) if each not in decided)
    live = {each: Membership(each, "rule", None, subset.created_by, subset.created_at) for each in found}
    return replace(subset, members=MappingProxyType({**subset.members, **live}))


def evaluate_rule(subset: Subset, table_of: TableOf) -> Living:
    """The subset as it is now; where its rule cannot be asked, with its fixed members and the reason."""
    try:
        return Living(living(subset, table_of))
    except ExplorerError as error:
        return Living(subset, str(error))


def tables(workspace: Workspace) -> TableOf:
    """The points of each space of a workspace."""
    return table_of(View(workspace))


def table_of(view: View) -> TableOf:
    """The points of each space of an opened build."""

    def ask(rule: Rule) -> Table:
        name = view.workspace.space_name(rule.space)
        return view.points(name, Thresholds(rule.iou, rule.confidence)).table

    return ask


def named_subset(workspace: Workspace, name: str) -> Subset:
    """One living subset by its name or key, with what its rule finds.

    Raises:
        SubsetError: there is none, or its rule cannot be asked.
        WorkspaceError: the build does not have the rule's space.
    """
    return living(workspace.subset(name), tables(workspace))


def refuse_mixed(workspace: Workspace, first: Subset, second: Subset) -> None:
    """Raise SubsetError where one is of images and the other of boxes, which no page and no export shows together."""
    of_images = [any(each in workspace.rows for each in one.ids) for one in (first, second) if one.ids]
    if len(set(of_images)) > 1:
        raise SubsetError(
            f"“{first.name}” and “{second.name}” cannot be combined: one is of images, the other of boxes. Choose two "
            "of the same kind."
        )
