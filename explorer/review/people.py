"""Who may do what: a small YAML file that the owner of a workspace keeps by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from explorer.data.verdicts import ROLES
from explorer.errors import ReviewError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

VIEWER, REVIEWER, ADJUDICATOR, OWNER = ROLES


@dataclass(frozen=True)
class People:
    """Roles by name.

    Attributes:
        roles: name -> one of `ROLES`; a name is the e-mail address with which a person signs in, or what they call
            themselves.
        default: the role of everybody else.
    """

    roles: Mapping[str, str] = field(default_factory=dict)
    default: str = OWNER

    def role(self, name: str) -> str:
        """The role of a person, whose name is the same in any case."""
        known = {each.casefold(): role for each, role in self.roles.items()}
        return known.get(name.strip().casefold(), self.default)


def read_people(path: Path) -> People:
    """The roles in a file; everybody is an owner where there is none, and a viewer where it does not name them.

    Raises:
        ReviewError: the file is something else.
    """
    if not path.exists():
        return People()
    import yaml  # not for the first map

    try:
        document = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ReviewError(f"Expected roles as YAML in {path}, found something else: {error}.") from error
    return _people(document, path)


def _people(document: Any, path: Path) -> People:  # noqa: ANN401 - whatever YAML holds
    if not isinstance(document, dict) or not document.keys() <= {"default", "people"}:
        raise ReviewError(f"Expected `people:` with a role for each name, and `default:`, in {path}, found neither.")
    people = document.get("people") or {}
    roles = {"default": document.get("default", VIEWER), **people} if isinstance(people, dict) else {"people": people}
    wrong = next((name for name, role in roles.items() if not isinstance(name, str) or role not in ROLES), None)
    if wrong is not None:
        raise ReviewError(f"Expected as role of {wrong!r} in {path} one of {', '.join(ROLES)}, found {roles[wrong]!r}.")
    return People(dict(people), roles["default"])
