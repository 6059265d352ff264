"""Duty lists in and out: .xlsx and CSV, row by row, as versions; nothing is deleted or rebuilt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from app.errors import Conflict
from app.files.lists import ListFile, read_list, rename
from app.files.writing import write_frames
from app.models.duties import Duty as Row
from app.rules.accounts.access import Caller
from app.services.accounts import audit
from app.services.duties import duties, matters
from app.services.duties.duty_departments import Offices
from app.services.duties.duty_rows import HEADINGS, NEEDED, Line, Order, check_rows
from app.store.duties import duties as store

CHINESE = {  # the headings that exports bear
    "number": "编号",
    "kind": "类型",
    "table": "编码表",
    "code": "编码",
    "name": "名称",
    "scope": "适用范围",
    "hours": "适用时间",
    "lead": "牵头单位",
    "role": "岗位",
    "assistants": "协办单位",
    "limit": "时限",
    "closing": "结案条件",
    "basis": "法律依据",
    "replaces": "特别规定",
    "valid_from": "生效日期",
    "valid_to": "失效日期",
}
KIND_NAMES = {"matter": "事件", "component": "部件"}
SHOWN = 200


@dataclass
class Changes:
    """What an import does: lines by number; `closed` are versions that it ends, `rows` those that it adds."""

    added: list[str] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    unchanged: int = 0
    missing: list[str] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)


def import_duties(
    session: Session, caller: Caller, order: Order, file: Path, now: datetime, *, file_name: str | None = None,
    dry_run: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Bring a list in line with a file: all or nothing; the same file again changes nothing.

    `dry_run` says what would change. Raises Refused with a reason per wrong row, FileError for wrong headings.
    """
    return import_rows(session, caller, order, read_list(file, file_name), now, dry_run=dry_run)


def import_rows(
    session: Session, caller: Caller, order: Order, rows: ListFile, now: datetime, *, dry_run: bool = False
) -> dict[str, Any]:
    caller.require("admin")
    named = rename(rows, HEADINGS, NEEDED)
    offices = Offices(session, adding=order.add_departments)
    lines, warnings = check_rows(session, order, named, offices)
    changes = _changes(session, caller, order, lines, now)
    outcome = {
        "list": order.list_name,
        "rows": len(lines),
        "added": len(changes.added),
        "changed": len(changes.changed),
        "unchanged": changes.unchanged,
        "missing": len(changes.missing),
        "ended": len(changes.missing) if order.end_missing else 0,
        "departments_added": offices.added,
        "valid_from": order.valid_from,
        "dry_run": dry_run,
        "warnings": warnings,
        "changes": {
            "added": changes.added[:SHOWN],
            "changed": changes.changed[:SHOWN],
            "missing": changes.missing[:SHOWN],
        },
    }
    if not dry_run and (changes.rows or changes.closed):
        offices.store(session, caller, now.date())
        store.close(session, changes.closed, now)
        store.add(session, changes.rows)
        counts = {
            name: outcome[name] for name in ("rows", "added", "changed", "ended", "departments_added", "valid_from")
        }
        audit.record(session, caller, "import duties", f"duties/{order.list_name}", after=counts)
    return outcome


def export_duties(session: Session, at: datetime, path: Path, list_name: str | None = None) -> dict[str, Any]:
    """Write the duties in force at `at` in the headings that the import reads."""
    names = {(matter.origin, *matter.key): matter.name for matter in matters.every(session, at)}
    rows = []
    for row in store.in_force(session, at, None, list_name):
        told = duties.describe(row)
        told |= {
            "kind": KIND_NAMES[row.kind],
            "name": names.get((row.table_code, row.kind, row.code), ""),
            "assistants": "、".join(row.assistants),
            "limit": told["limits"],
            "replaces": "是" if row.replaces else "",
            "valid_from": row.valid.lower.isoformat() if row.valid.lower else "",
            "valid_to": row.valid.upper.isoformat() if row.valid.upper else "",
        }
        rows.append({heading: told[name] for name, heading in CHINESE.items()})
    frame = gpd.GeoDataFrame(rows, columns=[*CHINESE.values(), "geometry"], geometry="geometry", crs=4326)
    metadata = {"at": at.isoformat(), "list": list_name or ""}
    write_frames({"职责": frame} if path.suffix == ".xlsx" else frame, path, metadata=metadata)
    return {"file": str(path), "rows": len(rows), **metadata}


def _changes(session: Session, caller: Caller, order: Order, lines: Sequence[Line], now: datetime) -> Changes:
    """The file against the list's versions that are believed now."""
    known: dict[str, list[Row]] = {}
    numbers = {line.number for line in lines}
    for row in store.believed(session, numbers=numbers):
        known.setdefault(row.number, []).append(row)
    made = Changes()
    for line in lines:
        _change(made, line, known.get(line.number, []), caller, now)
    for row in store.believed(session, list_name=order.list_name):
        if row.number in numbers or (row.valid.upper is not None and row.valid.upper <= order.valid_from):
            continue
        made.missing.append(row.number)
        if order.end_missing:
            made.closed.append(row.id)
            if duties.begins(row) < order.valid_from:
                made.rows.append(duties.version(row, duties.begins(row), order.valid_from, now))
    return made


def _change(made: Changes, line: Line, known: Sequence[Row], caller: Caller, now: datetime) -> None:
    """Add one line, or the difference from the version that holds when it begins."""
    foreign = [row for row in known if row.list_name != line.content["list_name"]]
    if foreign:
        raise Conflict(f"row {line.row}: duty {line.number!r} belongs to the list {foreign[0].list_name!r}")
    old = next((row for row in known if _within(row, line.starts)), None)
    later = [row for row in known if row is not old and duties.begins(row) > line.starts]
    ends = line.ends or (old.valid.upper if old else None) or (duties.begins(later[0]) if later else None)
    if old is not None and duties.content_of(old) == line.content and ends == old.valid.upper:
        made.unchanged += 1
        return
    if any(ends is None or duties.begins(row) < ends for row in later):
        raise Conflict(
            f"row {line.row}: duty {line.number!r} has another version from {duties.begins(later[0]).isoformat()} on: "
            "let this one end there"
        )
    fresh = {
        **line.content, "number": line.number, "valid": Range(line.starts, ends, bounds="[)"),
        "recorded": Range(now, None, bounds="[)"), "created_by": caller.name,
    }  # fmt: skip
    made.rows.append(fresh)
    if old is None:
        made.added.append(line.number)
        return
    made.closed.append(old.id)
    if duties.begins(old) < line.starts:
        made.rows.append(duties.version(old, duties.begins(old), line.starts, now))
    before = duties.content_of(old)
    differs = [name for name, value in line.content.items() if before[name] != value]
    made.changed.append(
        {
            "number": line.number,
            "row": line.row,
            "before": {name: before[name] for name in differs} or {"valid_to": old.valid.upper},
            "after": {name: line.content[name] for name in differs} or {"valid_to": ends},
        }
    )


def _within(row: Row, at: datetime) -> bool:
    return duties.begins(row) <= at and (row.valid.upper is None or at < row.valid.upper)
