from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models.matters import CodeTable, Matter, MatterCrosswalk


def add_table(session: Session, table: CodeTable) -> CodeTable:
    session.add(table)
    session.flush()
    return table


def find_table(session: Session, code: str) -> CodeTable | None:
    return session.scalar(select(CodeTable).where(CodeTable.code == code))


def get_table(session: Session, code: str) -> CodeTable:
    """The code table with this code; NotFound names those there are."""
    table = find_table(session, code)
    if table is None:
        known = ", ".join(other.code for other in tables(session)) or "none yet: `onegrid matters load`"
        raise NotFound(f"no code table {code!r}; there are: {known}")
    return table


def tables(session: Session, at: datetime | None = None) -> list[CodeTable]:
    """Code tables, those in force at `at` if it is given; newest first, a city's own before the standards."""
    statement = select(CodeTable).order_by(CodeTable.local.desc(), func.lower(CodeTable.valid).desc(), CodeTable.code)
    return list(session.scalars(statement if at is None else statement.where(CodeTable.valid.contains(at))))


def count(session: Session, table_id: int) -> int:
    return session.scalar(select(func.count()).select_from(Matter).where(Matter.table_id == table_id)) or 0


def add(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(Matter), list(rows))


def rows(
    session: Session,
    *,
    at: datetime | None,
    table_ids: Sequence[int] | None = None,
    kind: str | None = None,
    code: str | None = None,
) -> list[tuple[Matter, CodeTable]]:
    """Matters with their tables, of these tables, kind and code, that hold at `at` (None: ever); a city's own first,
    then those of the newest table."""
    statement = (
        select(Matter, CodeTable)
        .join(CodeTable, CodeTable.id == Matter.table_id)
        .order_by(CodeTable.local.desc(), func.lower(CodeTable.valid).desc(), Matter.kind, Matter.code.collate("C"))
    )
    if at is not None:
        statement = statement.where(Matter.valid.contains(at), CodeTable.valid.contains(at))
    if table_ids is not None:
        statement = statement.where(Matter.table_id.in_(table_ids))
    if kind is not None:
        statement = statement.where(Matter.kind == kind)
    if code is not None:
        statement = statement.where(Matter.code == code)
    return [(matter, table) for matter, table in session.execute(statement)]


def end(session: Session, matter: Matter, at: datetime) -> None:
    """The row holds up to `at` and no longer."""
    matter.valid = Range(matter.valid.lower, at, bounds="[)")
    session.flush()


def add_crosswalk(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    session.execute(insert(MatterCrosswalk).on_conflict_do_nothing(), list(rows))


def crosswalk(session: Session, code: str | None = None, kind: str | None = None) -> list[MatterCrosswalk]:
    """What became of a code, and what it was; all of the crosswalk without one."""
    statement = select(MatterCrosswalk).order_by(MatterCrosswalk.kind, MatterCrosswalk.old, MatterCrosswalk.new)
    if code is not None:
        statement = statement.where((MatterCrosswalk.old == code) | (MatterCrosswalk.new == code))
    return list(session.scalars(statement if kind is None else statement.where(MatterCrosswalk.kind == kind)))
