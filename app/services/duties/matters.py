"""Dated code tables of matters and components: the two national ones, and what a city takes up and adds."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from app.errors import Conflict, InputError, OneGridError, Refused
from app.files.lists import ListFile, read_list, rename
from app.models.matters import CodeTable
from app.models.matters import Matter as Row
from app.rules.accounts.access import Caller
from app.rules.duties.matters import EVERY, Extension, Matter, check_code, find, kind_of
from app.services.accounts import audit
from app.services.networks.samples import CODES
from app.store.duties import matters as store

HEADINGS = {
    **dict.fromkeys(("kind", "类型", "类别"), "kind"),
    **dict.fromkeys(("code", "编码", "代码"), "code"),
    **dict.fromkeys(("name", "名称"), "name"),
    **dict.fromkeys(("category", "大类", "大类名称"), "category"),
}
ZONE = ZoneInfo("Asia/Shanghai")  # the standards' first day is China's


@dataclass(frozen=True)
class TableImport:
    """A city's own table: what it takes up of the standards, and its own codes within `extensions`."""

    code: str
    name: str
    valid_from: datetime
    extensions: tuple[Extension, ...] = ()
    source: str = ""


def load(session: Session, caller: Caller) -> dict[str, Any]:
    """Load the national tables and their crosswalk, those that are not there yet; says what was loaded."""
    caller.require("admin")
    loaded: dict[str, int] = {}
    for line in _read(CODES / "tables.csv"):
        if store.find_table(session, line["table"]) is not None:
            continue
        starts = datetime.fromisoformat(line["valid_from"]).replace(tzinfo=ZONE)
        valid = Range(starts, None, bounds="[)")
        table = store.add_table(
            session,
            CodeTable(
                code=line["table"], name=line["name"], valid=valid, source=line["source"], note=line["note"],
                created_by=caller.name,
            ),
        )  # fmt: skip
        rows = _read(CODES / line["file"])
        store.add(session, [{**row, "table_id": table.id, "origin": None, "valid": valid} for row in rows])
        loaded[table.code] = len(rows)
    if loaded:
        store.add_crosswalk(session, _crosswalk())
        audit.record(session, caller, "load matters", "matters", after=loaded)
    return {"loaded": loaded, "tables": describe_tables(session)}


def import_table(
    session: Session, caller: Caller, order: TableImport, file: Path, *, file_name: str | None = None,
    dry_run: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """A city's own table from a list of `kind, code, name, category`: all or nothing.

    A code of a national table in force is taken up; any other must lie in an extension. Rows that the table has are
    left, changed names start at `valid_from`, missing rows stay. Raises Refused with a reason per wrong row.
    """
    caller.require("admin")
    rows = rename(read_list(file, file_name), HEADINGS, ["kind", "code", "name"])
    table = store.find_table(session, order.code)
    if table is not None and not table.local:
        raise Conflict(f"{order.code!r} is a national table; import under a code of your own")
    national = {(m.kind, m.code): (m, t) for m, t in reversed(store.rows(session, at=order.valid_from)) if not t.local}
    made = _checked(rows, order, national)
    present = {(m.kind, m.code): m for m, _ in store.rows(session, at=None, table_ids=[table.id])} if table else {}
    added = [row for key, row in made.items() if key not in present]
    renamed = [row for key, row in made.items() if key in present and present[key].name != row["name"]]
    outcome = {
        "table": order.code, "rows": len(made), "added": len(added), "renamed": len(renamed),
        "own": sum(row["origin"] is None for row in made.values()), "dry_run": dry_run,
    }  # fmt: skip
    if dry_run:
        return outcome
    valid = Range(order.valid_from, None, bounds="[)")
    if table is None:
        table = store.add_table(session, _local_table(caller, order, valid))
    for row in renamed:
        _end(session, present[row["kind"], row["code"]], order.valid_from)
    fresh = [{**row, "table_id": table.id, "valid": valid, "certainty": "seen"} for row in [*added, *renamed]]
    store.add(session, fresh)
    if fresh:
        audit.record(session, caller, "import matters", f"code table/{order.code}", after=outcome)
    return outcome


def add(session: Session, caller: Caller, table_code: str, matter: Matter, valid_from: datetime) -> dict[str, Any]:
    """One more matter of a city's own table: taken up from a standard, or new within the table's extensions."""
    caller.require("admin")
    table = store.get_table(session, table_code)
    if not table.local:
        raise Conflict(f"{table_code!r} is a national table; add the matter to a table of your own")
    national = {(m.kind, m.code): (m, t) for m, t in reversed(store.rows(session, at=valid_from)) if not t.local}
    row = _row(matter, [Extension(*span) for span in table.extensions], national)
    if any((m.kind, m.code) == matter.key for m, _ in store.rows(session, at=valid_from, table_ids=[table.id])):
        raise Conflict(f"{matter.kind} {matter.code} is in {table_code!r} already")
    row |= {"table_id": table.id, "valid": Range(valid_from, None, bounds="[)"), "certainty": "seen"}
    store.add(session, [row])
    audit.record(session, caller, "add matter", f"code table/{table_code}", after=asdict(matter))
    return asdict(Matter(table=table_code, origin=row["origin"] or "", **_named(row)))


def in_force(session: Session, at: datetime, table: str | None = None) -> list[Matter]:
    """Matters that a city works by at a moment: of the table named; else its own tables; else the newest standard."""
    tables = [store.get_table(session, table)] if table else store.tables(session, at)
    own = [each for each in tables if each.local]
    chosen = tables if table else (own or tables[:1])
    found = store.rows(session, at=at, table_ids=[each.id for each in chosen])
    first: dict[tuple[str, str], Matter] = {}
    for row, of in found:
        first.setdefault((row.kind, row.code), as_rule(row, of))
    return sorted(first.values(), key=lambda matter: matter.key)


def every(session: Session, at: datetime) -> list[Matter]:
    """Matters of all tables in force, a city's own first, then the newest standard."""
    return [as_rule(row, table) for row, table in store.rows(session, at=at)]


def search(
    session: Session, at: datetime, *, table: str | None = None, kind: str | None = None, words: str = ""
) -> list[dict[str, Any]]:
    """Matters at a moment, all of them or those that the words find, with their scores."""
    ids = None if table is None else [store.get_table(session, table).id]
    found = store.rows(session, at=at, table_ids=ids, kind=None if kind is None else kind_of(kind))
    rules = [as_rule(row, of) for row, of in found]
    certainty = {(of.code, row.kind, row.code): row.certainty for row, of in found}
    scored = find(words, rules) if words.strip() else [(None, rule) for rule in rules]
    return [
        {
            **asdict(rule),
            "certainty": certainty[rule.table, *rule.key],
            "score": None if score is None else round(score, 3),
        }
        for score, rule in scored
    ]


def crosswalk(session: Session, code: str | None = None) -> list[dict[str, Any]]:
    """What became of a code, and what it was, with how certain that is."""
    names = ("kind", "old_table", "old", "new_table", "new", "certainty")
    return [{name: getattr(row, name) for name in names} for row in store.crosswalk(session, code)]


def describe_tables(session: Session) -> list[dict[str, Any]]:
    return [
        {
            "table": table.code, "name": table.name, "local": table.local, "valid_from": table.valid.lower,
            "valid_to": table.valid.upper, "matters": store.count(session, table.id),
            "extensions": table.extensions, "source": table.source, "note": table.note,
        }
        for table in store.tables(session)
    ]  # fmt: skip


def as_rule(row: Row, table: CodeTable) -> Matter:
    return Matter(row.kind, row.code, row.name, row.category, table.code, row.origin or table.code)


def _checked(
    rows: ListFile, order: TableImport, national: dict[tuple[str, str], tuple[Row, CodeTable]]
) -> dict[tuple[str, str], dict[str, Any]]:
    """Key → row of the table, by every row of the list. Raises Refused with the rows that are wrong."""
    made: dict[tuple[str, str], dict[str, Any]] = {}
    wrong: list[str] = []
    for number, cells in rows.rows:
        try:
            matter = Matter(
                kind_of(cells["kind"]), check_code(cells["code"]), cells["name"].strip(), cells.get("category", "")
            )
            if matter.key in made:
                raise InputError(f"{matter.kind} {matter.code} is there twice")
            made[matter.key] = _row(matter, order.extensions, national)
        except OneGridError as error:
            wrong.append(f"row {number}: {error}")
    if wrong:
        raise Refused(f"{rows.name}: {len(wrong)} rows cannot be taken; nothing stored", wrong)
    return made


def _row(
    matter: Matter, extensions: Sequence[Extension], national: dict[tuple[str, str], tuple[Row, CodeTable]]
) -> dict[str, Any]:
    """The columns of a city's row. Raises InputError for a code that is neither national nor the city's to give."""
    if not matter.name:
        raise InputError(f"{matter.kind} {matter.code} needs a name")
    if matter.code == EVERY:
        raise InputError("a matter needs a code of its own")
    known = national.get(matter.key)
    if known is None and not any(each.holds(*matter.key) for each in extensions):
        raise InputError(
            f"{matter.kind} {matter.code} is in no national table in force and in no extension of this table"
        )
    category = matter.category or (known[0].category if known else "")
    columns = {"kind": matter.kind, "code": matter.code, "name": matter.name, "category": category}
    return {**columns, "origin": known[1].code if known else None}


def _named(row: dict[str, Any]) -> dict[str, str]:
    return {name: row[name] for name in ("kind", "code", "name", "category")}


def _local_table(caller: Caller, order: TableImport, valid: Range[datetime]) -> CodeTable:
    return CodeTable(
        code=order.code, name=order.name or order.code, local=True, valid=valid, source=order.source,
        extensions=[[each.kind, each.first, each.last] for each in order.extensions], created_by=caller.name,
    )  # fmt: skip


def _end(session: Session, row: Row, at: datetime) -> None:
    if row.valid.lower is not None and at <= row.valid.lower:
        raise Conflict(f"{row.kind} {row.code} has its name from {row.valid.lower.isoformat()} on: choose a later day")
    store.end(session, row, at)


def _crosswalk() -> list[dict[str, str]]:
    old, new = (line["table"] for line in _read(CODES / "tables.csv"))
    return [{**row, "old_table": old, "new_table": new} for row in _read(CODES / "crosswalk_2013_2026.csv")]


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
