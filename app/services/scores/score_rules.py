"""Rulebooks with their dates, and households visited, which no case tells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.errors import InputError, Refused
from app.files.lists import read_list, rename
from app.models.scores import ScoreRules
from app.rules.accounts.access import Caller
from app.rules.scores.counts import COUNTS, GROUPS
from app.rules.scores.indicators import NAMES, describe
from app.rules.scores.periods import parse_period
from app.rules.scores.rulebook import DEFAULT, Rulebook, parse_rulebook
from app.rules.scores.scoring import GRID, PERSON
from app.services.accounts import audit
from app.store.scores import scores as store

FROM_THE_BEGINNING = datetime(1949, 1, 1, tzinfo=UTC)
HEADINGS = {
    **dict.fromkeys(("unit_type", "类型"), "unit_type"),
    **dict.fromkeys(("unit", "网格", "网格编码", "人员"), "unit"),
    **dict.fromkeys(("visited", "实际巡查户数", "巡查户数"), "visited"),
    **dict.fromkeys(("households", "网格内总户数", "总户数"), "households"),
}


def rules_for(session: Session, moment: datetime, now: datetime) -> ScoreRules:
    """The rulebook that holds at a moment, as known now; where nobody put one, the default becomes the first."""
    found = store.rules_at(session, moment, now)
    if found is not None:
        return found
    made = ScoreRules(
        valid_from=FROM_THE_BEGINNING, content=DEFAULT.to_dict(), reason="the default", created_by="system",
        recorded_at=now,
    )  # fmt: skip
    return store.add_rules(session, made)


def as_rulebook(row: ScoreRules) -> Rulebook:
    return parse_rulebook(row.content, frozenset(COUNTS), frozenset(NAMES))


def put(
    session: Session, caller: Caller, content: Mapping[str, Any], valid_from: datetime, reason: str, now: datetime
) -> dict[str, Any]:
    """Lay a rulebook down from a moment on. Periods that began before keep theirs. Raises InputError."""
    caller.require("admin")
    if not reason.strip():
        raise InputError("a rulebook needs a reason: who decided it, and when")
    rules_for(session, FROM_THE_BEGINNING, now)
    book = parse_rulebook(content, frozenset(COUNTS), frozenset(NAMES))
    row = ScoreRules(
        valid_from=valid_from, content=book.to_dict(), reason=reason.strip(), created_by=caller.name, recorded_at=now
    )
    made = describe_rules(store.add_rules(session, row))
    audit.record(session, caller, "put score rules", f"score rules/{made['id']}", after=made)
    return made


def rulebooks(session: Session) -> list[dict[str, Any]]:
    """All that were laid down, as they were."""
    return [describe_rules(row) for row in store.rules(session)]


def describe_rules(row: ScoreRules) -> dict[str, Any]:
    return {
        "id": row.id,
        "valid_from": row.valid_from,
        "reason": row.reason,
        "created_by": row.created_by,
        "recorded_at": row.recorded_at,
        "digest": as_rulebook(row).digest(),
        "rules": row.content,
    }


def definitions(session: Session, moment: datetime, now: datetime) -> dict[str, Any]:
    """Indicators with their formulas, counts with what they mean, groups that an appeal can take a case out of."""
    row = store.rules_at(session, moment, now)
    book = DEFAULT if row is None else as_rulebook(row)
    counts = [
        {"code": code, "name": each.name, "meaning": each.meaning, "groups": list(each.groups)}
        for code, each in COUNTS.items()
    ]
    return {"indicators": describe(book), "counts": counts, "groups": list(GROUPS), "rules": book.to_dict()}


def import_patrols(
    session: Session, caller: Caller, period: str, file: Path, source: str, now: datetime, zone: str,
    file_name: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Households visited in a period (.xlsx or CSV: unit, visited, households, unit_type: grid or person), all rows or
    none. A later list corrects an earlier one; the earlier stays on record. Raises Refused with a reason per row."""
    caller.require("admin")
    if not source.strip():
        raise InputError("say where the patrols come from")
    name = parse_period(period, zone).name
    listed = rename(read_list(file, file_name), HEADINGS, ["unit", "visited", "households"])
    reasons: list[str] = []
    made = []
    for number, cells in listed.rows:
        told = _patrol(cells)
        if isinstance(told, str):
            reasons.append(f"row {number}: {told}")
        else:
            made.append({**told, "period": name, "source": source, "recorded_by": caller.name, "recorded_at": now})
    if reasons:
        raise Refused(f"{listed.name}: {len(reasons)} rows are wrong", reasons)
    store.add_patrols(session, made)
    audit.record(session, caller, "import patrols", f"patrols/{name}", after={"rows": len(made), "source": source})
    return {"period": name, "rows": len(made)}


def _patrol(cells: Mapping[str, str]) -> dict[str, Any] | str:
    unit_type = cells.get("unit_type") or GRID
    if unit_type not in (GRID, PERSON):
        return f"{unit_type!r} is neither grid nor person"
    if not cells["unit"]:
        return "no unit"
    if not (cells["visited"].isdecimal() and cells["households"].isdecimal()):
        return "visited and households are whole numbers"
    visited, households = int(cells["visited"]), int(cells["households"])
    if visited > households or households > 10**9:
        return f"{visited} of {households} households cannot be visited"
    return {"unit_type": unit_type, "unit": cells["unit"], "visited": visited, "households": households}
