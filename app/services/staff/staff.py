"""Staff as a whole: audited against the rules of each kind of grid, and written out as a list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.errors import Forbidden
from app.rules.accounts.access import Caller
from app.rules.accounts.personal_data import mask_name, sees_people
from app.rules.staff.staffing import MOST_LOAD, audit
from app.rules.staff.staffing_terms import Ground, Holding, Rule
from app.services.staff.staff_rows import HEADINGS
from app.store.networks import networks as networks_store
from app.store.staff import posts as posts_store
from app.store.staff import staff as store
from app.store.staff.posts import PostFilter, PostRow

FINDINGS = ("vacancies", "surpluses", "doubles", "overloads", "strays")


def audit_staff(
    session: Session, caller: Caller, at: datetime, network: str | None = None, most_load: float = MOST_LOAD
) -> dict[str, Any]:
    """What breaks the staffing rules at a moment, as known now: for each kind of finding its count and rows.

    A person's load counts over all networks, also when only one is asked about.
    """
    caller.require("lookup")
    if network is not None:
        networks_store.get(session, network)
    grids = [Ground(row.network, row.code, row.kind, row.area) for row in _once(store.grids_in_force(session, at))]
    rules = [Rule(rule.role, rule.least, rule.most, rule.network, rule.kind) for rule in posts_store.rules(session, at)]
    rows = posts_store.rows(session, PostFilter(at=at))
    loads = {role.code: role.load for role in posts_store.roles(session)}
    found = asdict(audit(grids, [_holding(row) for row in rows], rules, loads, most_load))
    asked = {post.post.id for post in rows if network in (None, post.network)}
    names = _names(caller, rows)
    listed = {
        kind: [_named(line, names) for line in found[kind] if _concerns(line, network, asked)] for kind in FINDINGS
    }
    return {
        "at": at,
        "network": network,
        "grids": sum(ground.network == network for ground in grids) if network else len(grids),
        "posts": len(asked),
        "people": len({row.person.id for row in rows if row.post.id in asked}),
        "most_load": most_load,
        **{kind: {"count": len(lines), "rows": lines} for kind, lines in listed.items()},
        "vacant_roles": dict(Counter(line["role"] for line in listed["vacancies"])),
        "empty_grids": _empty(grids, rows, network),
    }


def list_staff(
    session: Session,
    caller: Caller,
    at: datetime | None,
    zone: str,
    *,
    network: str | None = None,
    english: bool = False,
) -> tuple[list[str], list[list[Any]]]:
    """Headings and rows of the posts held at `at`, or ever, as known now; the import takes them back unchanged.

    Raises Forbidden for callers who would see masks.
    """
    caller.require("lookup")
    if not sees_people(caller.scopes):
        raise Forbidden("a staff list has names and numbers: it needs the scope 'events' or 'admin'")
    if network is not None:
        networks_store.get(session, network)
    rows = posts_store.rows(session, PostFilter(at=at, network=network))
    roles = store.role_names(session)
    codes = store.person_codes(session)
    fields = [field if english else words[0] for field, words in HEADINGS.items()]
    kept = [row for row in rows if row.person.erased_at is None]
    return fields, [cells_of(row, roles, codes, ZoneInfo(zone)) for row in kept]


def cells_of(row: PostRow, roles: dict[str, str], codes: dict[int, str], zone: ZoneInfo) -> list[Any]:
    """A term as the cells of a staff list, in the order of HEADINGS."""
    return [
        row.person.code, row.person.name, row.person.phone, row.person.email,
        row.department.name if row.department else None, row.network, row.post.grid,
        roles.get(row.post.role, row.post.role), _day(row.term.valid.lower, zone), _day(row.term.valid.upper, zone),
        row.term.shift, row.term.load, "、".join(codes[person] for person in row.term.substitutes if person in codes),
    ]  # fmt: skip


def _day(moment: datetime | None, zone: ZoneInfo) -> str | None:
    if moment is None:
        return None
    local = moment.astimezone(zone)
    return local.date().isoformat() if local.time() == time() else local.isoformat()


def _holding(row: PostRow) -> Holding:
    since = row.term.valid.lower.isoformat() if row.term.valid.lower else ""
    return Holding(row.post.id, row.person.id, row.post.role, row.network, row.post.grid, row.term.load, since)


def _once(rows: Iterable[store.GridRow]) -> list[store.GridRow]:
    """An office may number two grids alike: one code is one place of work."""
    return list({(row.network, row.code): row for row in reversed(list(rows))}.values())


def _empty(grids: list[Ground], rows: list[PostRow], network: str | None) -> dict[str, list[str]]:
    """Network → grids without any post, for the networks that have posts at all."""
    held = {(row.network, row.post.grid) for row in rows}
    staffed = {place[0] for place in held}
    found: dict[str, list[str]] = {}
    for ground in grids:
        asked = ground.network in staffed and network in (None, ground.network)
        if asked and (ground.network, ground.code) not in held:
            found.setdefault(ground.network, []).append(ground.code)
    return {code: sorted(empty) for code, empty in sorted(found.items())}


def _concerns(line: dict[str, Any], network: str | None, asked: set[int]) -> bool:
    if network is None:
        return True
    return line["network"] == network if "network" in line else not asked.isdisjoint(line["posts"])


def _names(caller: Caller, rows: list[PostRow]) -> dict[int, str | None]:
    plain = sees_people(caller.scopes)
    return {row.person.id: row.person.name if plain else mask_name(row.person.name) for row in rows}


def _named(line: dict[str, Any], names: dict[int, str | None]) -> dict[str, Any]:
    """The line with the name of the person in it and of the one its proposal speaks of."""
    made = line | ({"name": names.get(line["person"])} if "person" in line else {})
    if made.get("proposal"):
        made["proposal"] = made["proposal"] | {"name": names.get(made["proposal"]["person"])}
    return made
