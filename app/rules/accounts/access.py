"""Who may do what: roles of people, scopes of keys."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal, get_args

from app.errors import Forbidden, InputError, Refused

Scope = Literal["lookup", "events", "plan", "admin"]
Role = Literal["planner", "admin", "operator", "viewer"]

SCOPES: tuple[Scope, ...] = get_args(Scope)
ROLE_SCOPES: dict[str, frozenset[str]] = {
    "viewer": frozenset({"lookup"}),
    "operator": frozenset({"lookup", "events"}),
    "planner": frozenset({"lookup", "plan"}),
    "admin": frozenset(SCOPES),
}
NAME = re.compile(r"[^\W_][\w.@-]{0,63}")


@dataclass(frozen=True)
class Caller:
    """Who asks: a person (`user:name`), a machine (`key:name`), the command line (`cli:name`) or a run's owner."""

    name: str
    scopes: frozenset[str]
    origin: str = ""
    request_id: str = ""

    def require(self, scope: Scope) -> None:
        """Raises Forbidden when the caller lacks `scope`."""
        if scope not in self.scopes:
            raise Forbidden(f"this needs the scope {scope!r}; {self.name} has {sorted(self.scopes) or 'none'}")


def check_name(name: str) -> str:
    """The name as stored: compatibility forms and case folded, so that two names that look alike are one."""
    folded = unicodedata.normalize("NFKC", name).strip().casefold()
    if not NAME.fullmatch(folded):
        raise InputError(
            "a name has 1 to 64 letters (of any script), digits, or . _ @ -, and starts with a letter or digit"
        )
    return folded


def check_role(role: str) -> str:
    if role not in ROLE_SCOPES:
        raise InputError(f"no role {role!r}: choose one of {', '.join(ROLE_SCOPES)}")
    return role


def check_scopes(scopes: list[str]) -> list[str]:
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise InputError(f"no scope {unknown or '(none given)'}: choose from {', '.join(SCOPES)}")
    return sorted(set(scopes))


def check_admin_stays(name: str, admins: list[str], *, stays_admin: bool) -> None:
    """Raises Refused when `name` is the last active administrator and would no longer be one."""
    if not stays_admin and admins == [name]:
        raise Refused("the last administrator stays", [f"{name} is the only active user with the role admin"])
