"""The responsibility matrix of a plan or of the published grids: judged, told, and what stands in publication's way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from app.errors import Conflict, InputError, NotFound
from app.models.duties import DutyException
from app.models.plans import Plan
from app.rules.accounts.access import Caller
from app.rules.duties.duties import AREA, EVERYWHERE, GRID, KIND, Duty, Place, holds, parse_scope
from app.rules.duties.matters import KINDS, Matter
from app.rules.duties.responsibility import BITS, NOBODY, OWNERS, PROBLEMS, Bytes, Matrix, Parts, matrix
from app.rules.duties.responsibility_problems import Grids, ProblemRow, counts, problems
from app.services.accounts import audit
from app.services.duties import duties, matters
from app.services.duties.duty_places import Ground, parts_of, scopes_of
from app.services.networks.networks import UNIFIED
from app.store.duties import duties as store
from app.store.networks import editions as editions_store
from app.store.networks import networks as networks_store
from app.store.plans import plans as plans_store

GRIDS_SHOWN = 100
WORDS = {"unowned": "nobody leads (无人)", "duplicate": "two lead (重复)", "crossed": "leads quarrel (交叉)"}


@dataclass(frozen=True)
class Audit:
    """A judged matrix with all it was judged by. `excused`: the part of `made.flags` that exceptions let stand."""

    at: datetime
    subject: dict[str, Any]
    ground: Ground
    matters: list[Matter]
    duties: list[Duty]
    scopes: list[str]
    parts: Parts
    made: Matrix
    excused: Bytes
    exceptions: list[DutyException]

    @property
    def open(self) -> Matrix:
        """The matrix without what is excused."""
        return Matrix(self.made.flags & ~self.excused, self.made.lead, self.made.leads)

    def rows(self) -> list[ProblemRow]:
        """The open problems, by matter and leads."""
        frame = self.ground.grids
        grids = Grids(frame["code"].tolist(), frame["area"].fillna("").tolist())
        return problems(self.open, self.duties, self.matters, self.scopes, self.parts, grids)

    def lead_of(self, grid: int, matter: int) -> str:
        """Who leads in a cell: a name, 'owner' for the objects' owners, '' for nobody; several joined by ` | `."""
        number = int(self.made.lead[grid, matter])
        if number >= 0:
            return self.made.leads[number]
        return "" if number == NOBODY else "owner" if number == OWNERS else "several"

    def to_dict(self) -> dict[str, Any]:
        rows = self.rows()
        cells = counts(self.open)
        made: dict[str, Any] = {
            "at": self.at,
            **self.subject,
            "grids": len(self.ground.grids),
            "matters": len(self.matters),
            "duties": len(self.duties),
            "cells": self.made.flags.size,
            "clean": cells["clean"],
        }
        for problem in PROBLEMS:
            of_problem = [_told(row) for row in rows if row.problem == problem]
            made[problem] = {"count": len(of_problem), "cells": cells[problem], "rows": of_problem}
        return made | {"excused": _excused(self), "is_clean": not rows}


def audit_plan(session: Session, plan: Plan, at: datetime, *, table: str | None = None) -> Audit:
    """The matrix of a plan's grids by the duties that hold at `at`. Raises Conflict for a plan without grids."""
    if plan.status not in (plans_store.DIVIDED, plans_store.PUBLISHED):
        raise Conflict(f"plan {plan.name!r} has no grids yet: `onegrid plans divide {plan.name}` first")
    grids = plans_store.grids_frame(session, plan.id)
    ground = Ground(UNIFIED, grids, plans_store.pieces_frame(session, plan))
    return judge(session, ground, {"plan": plan.name}, at, table=table)


def audit_network(session: Session, at: datetime, *, network: str = UNIFIED, table: str | None = None) -> Audit:
    """The matrix of the grids of a network in force at `at`. Raises NotFound when there are none."""
    found = networks_store.find(session, network)
    edition = editions_store.in_force(session, found.id, at) if found else None
    if edition is None:
        raise NotFound(f"no edition of {network!r} holds at {at.isoformat()}; name a plan to audit its grids")
    grids = editions_store.grids_frame(session, edition.id)
    plan = plans_store.by_id(session, edition.plan_id) if edition.plan_id else None
    pieces = plans_store.pieces_frame(session, plan) if plan else None
    return judge(session, Ground(network, grids, pieces), {"network": network, "edition": edition.id}, at, table=table)


def judge(
    session: Session, ground: Ground, subject: dict[str, Any], at: datetime, *, table: str | None = None
) -> Audit:
    named = duties.in_force(session, at)
    codes = matters.in_force(session, at, table)
    scopes = scopes_of(named)
    parts = parts_of(session, ground, scopes, at)
    texts = [str(scope) for scope in scopes]
    made = matrix(named, codes, texts, parts)
    exceptions = store.exceptions(session)
    excused = _mask(ground.grids, codes, exceptions) & made.flags
    return Audit(at, subject, ground, codes, named, texts, parts, made, excused, exceptions)


def breaches(session: Session, plan: Plan, at: datetime) -> list[str]:
    """What keeps a plan from being published at `at`: a sentence per open problem of its matrix.

    None where no duty was ever recorded: a city may publish its grids before its duty lists.
    """
    if not store.any_known(session):
        return []
    rows = audit_plan(session, plan, at).rows()
    return [
        f"{WORDS[row.problem]}: {row.kind} {row.code} {row.name} on {len(row.grids)} grids"
        + (f" ({', '.join(row.leads)})" if row.leads else "")
        for row in rows
    ]


def excuse(
    session: Session, caller: Caller, problem: str, kind: str, code: str, reason: str, now: datetime, *, scope: str = ""
) -> DutyException:
    """Let a problem of a matter stand, everywhere or on some grids, with its reason. Raises InputError."""
    caller.require("plan")
    place = parse_scope(scope)
    if problem not in PROBLEMS or kind not in KINDS:
        raise InputError(f"no problem {problem!r} of a {kind!r}; there are: {', '.join(PROBLEMS)}")
    if place.kind not in (EVERYWHERE, AREA, GRID, KIND):
        raise InputError(f"an exception holds everywhere, or in an area:, on a kind: or a grid:; not on {place}")
    if not reason.strip():
        raise InputError("an exception needs a reason")
    made = store.add_exception(
        session,
        DutyException(
            problem=problem, kind=kind, code=code, scope=str(place), reason=reason.strip(), created_by=caller.name,
            recorded=Range(now, None, bounds="[)"),
        ),
    )  # fmt: skip
    audit.record(session, caller, "excuse", f"duty exception/{made.id}", after=describe(made))
    return made


def withdraw(session: Session, caller: Caller, exception_id: int, now: datetime) -> None:
    """The exception ceases to be made; that it was stays on record. Raises NotFound."""
    caller.require("plan")
    exception = store.get_exception(session, exception_id)
    if exception is None or exception.recorded.upper is not None:
        raise NotFound(f"no exception {exception_id} is made now")
    store.close_exception(session, exception, now)
    audit.record(session, caller, "withdraw", f"duty exception/{exception_id}", before=describe(exception))


def describe(exception: DutyException) -> dict[str, Any]:
    names = ("id", "problem", "kind", "code", "scope", "reason", "created_by")
    return {name: getattr(exception, name) for name in names} | {"recorded_from": exception.recorded.lower}


def _mask(grids: gpd.GeoDataFrame, codes: Sequence[Matter], exceptions: Sequence[DutyException]) -> Bytes:
    """Grids × matters: the bits of the problems that exceptions let stand."""
    made = np.zeros((len(grids), len(codes)), dtype=np.uint8)
    column = {matter.key: number for number, matter in enumerate(codes)}
    for exception in exceptions:
        at = column.get((exception.kind, exception.code))
        if at is not None:
            made[_covered(grids, exception), at] |= BITS[exception.problem]
    return made


def _covered(grids: gpd.GeoDataFrame, exception: DutyException) -> np.ndarray[Any, Any]:
    scope = parse_scope(exception.scope)
    network = scope.network or UNIFIED
    rows = zip(grids["code"], grids["kind"], grids["area"], strict=True)
    return np.array([holds(scope, Place(area or "", kind or "", {network: code})) for code, kind, area in rows])


def _excused(made: Audit) -> list[dict[str, Any]]:
    """Each exception with the number of cells that it lets stand."""
    told = []
    for exception in made.exceptions:
        own = _mask(made.ground.grids, made.matters, [exception]) & made.made.flags
        told.append(describe(exception) | {"cells": int((own > 0).sum())})
    return told


def _told(row: ProblemRow) -> dict[str, Any]:
    """A problem as JSON; of many grids the first are named."""
    told = row.to_dict()
    return told | {"grids": list(row.grids[:GRIDS_SHOWN]), "grid_count": len(row.grids)}
