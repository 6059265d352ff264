"""The rows of a duty list, checked one by one: what each says, and why it cannot be taken."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.errors import InputError, OneGridError, Refused
from app.files.lists import ListFile
from app.rules.duties.duties import OWNER, parse_scope
from app.rules.duties.duty_hours import parse_hours
from app.rules.duties.matters import EVERY, Matter, check_code, kind_of
from app.rules.duties.time_limits import parse_limits
from app.rules.time.moments import parse_moment
from app.services.duties import matters
from app.services.duties.duty_departments import Offices

HEADINGS = {
    **dict.fromkeys(("number", "编号", "职责编号"), "number"),
    **dict.fromkeys(("kind", "类型"), "kind"),
    **dict.fromkeys(("table", "编码表", "标准"), "table"),
    **dict.fromkeys(("code", "编码", "代码"), "code"),
    **dict.fromkeys(("name", "名称"), "name"),
    **dict.fromkeys(("scope", "适用范围"), "scope"),
    **dict.fromkeys(("hours", "适用时间"), "hours"),
    **dict.fromkeys(("lead", "牵头单位", "主管单位"), "lead"),
    **dict.fromkeys(("role", "岗位"), "role"),
    **dict.fromkeys(("assistants", "协办单位"), "assistants"),
    **dict.fromkeys(("limit", "limits", "时限"), "limit"),
    **dict.fromkeys(("unit", "时限单位"), "unit"),
    **dict.fromkeys(("closing", "结案条件", "结案标准"), "closing"),
    **dict.fromkeys(("basis", "法律依据", "依据"), "basis"),
    **dict.fromkeys(("replaces", "特别规定"), "replaces"),
    **dict.fromkeys(("valid_from", "生效日期"), "valid_from"),
    **dict.fromkeys(("valid_to", "失效日期"), "valid_to"),
}
NEEDED = ("kind", "code", "lead")
YES = frozenset({"是", "yes", "true", "1", "y"})
NO = frozenset({"", "否", "no", "false", "0", "n"})
LIST = "city"
_OFFICES = re.compile(r"[、,，;；|]")


@dataclass(frozen=True)
class Order:
    """An import into one list. `end_missing`: lines of the list that the file lacks end at `valid_from`;
    `add_departments`: offices that nobody knows are added."""

    valid_from: datetime
    zone: str
    list_name: str = LIST
    end_missing: bool = False
    add_departments: bool = False


@dataclass(frozen=True)
class Line:
    """One row of a file, checked: the columns of a version and when it holds."""

    row: int
    number: str
    content: dict[str, Any]
    starts: datetime
    ends: datetime | None


def check_rows(session: Session, order: Order, rows: ListFile, offices: Offices) -> tuple[list[Line], list[str]]:
    """Every row checked. Raises Refused with the rows that are wrong."""
    known = _Matters(matters.every(session, order.valid_from))
    lines: dict[str, Line] = {}
    wrong: list[str] = []
    warnings: list[str] = []
    for number, cells in rows.rows:
        try:
            line, matter = _line(number, cells, order, known, offices)
            if line.number in lines:
                raise InputError(f"the same line as row {lines[line.number].row}")
            lines[line.number] = line
            warnings += [f"row {number}: {said}" for said in _doubts(line, matter, cells)]
        except OneGridError as error:
            wrong.append(f"row {number}: {error}")
    if wrong:
        raise Refused(f"{rows.name}: {len(wrong)} rows cannot be taken; nothing stored", wrong)
    return list(lines.values()), warnings


def _line(row: int, cells: Mapping[str, str], order: Order, known: _Matters, offices: Offices) -> tuple[Line, Matter]:
    kind = kind_of(cells["kind"])
    code = EVERY if cells["code"].strip() == EVERY else check_code(cells["code"])
    matter = known.find(kind, code, cells.get("table", "").strip())
    scope = parse_scope(cells.get("scope", ""))
    lead = offices.called(cells["lead"])
    if not lead.name and scope.kind != OWNER:
        raise InputError("a duty needs a lead (牵头单位)")
    helping = [offices.called(part) for part in _OFFICES.split(cells.get("assistants", "")) if part.strip()]
    hours = cells.get("hours", "").strip()
    content = {
        "list_name": order.list_name,
        "kind": kind,
        "table_code": matter.origin if matter.code == code else matter.table,
        "code": code,
        "scope": str(scope),
        "hours": hours if parse_hours(hours).restricted else "",
        "lead": lead.name,
        "lead_code": lead.code,
        "role": cells.get("role", "").strip(),
        "assistants": [office.name for office in helping],
        "assistant_codes": [office.code for office in helping if office.code],
        "limits": [asdict(limit) for limit in parse_limits(cells.get("limit", ""), cells.get("unit", ""))],
        "closing": cells.get("closing", "").strip(),
        "basis": cells.get("basis", "").strip(),
        "replaces": _yes(cells.get("replaces", "")),
    }
    starts = _moment(cells.get("valid_from", ""), order) or order.valid_from
    ends = _moment(cells.get("valid_to", ""), order)
    if ends is not None and ends <= starts:
        raise InputError("it ends before it begins")
    return Line(
        row, cells.get("number", "").strip() or _number(content, cells["lead"].strip()), content, starts, ends
    ), matter


def _doubts(line: Line, matter: Matter, cells: Mapping[str, str]) -> list[str]:
    """What is taken as it is, yet looks wrong."""
    name = cells.get("name", "").strip()
    if name and line.content["code"] == matter.code and name != matter.name:
        return [f"{line.content['kind']} {matter.code} is called {matter.name!r} in {matter.table}, here {name!r}"]
    return []


class _Matters:
    """The matters in force, a city's own first, found by what a row says."""

    def __init__(self, found: Sequence[Matter]) -> None:
        self._found = found
        self._by_code: dict[tuple[str, str], list[Matter]] = {}
        for matter in found:
            self._by_code.setdefault(matter.key, []).append(matter)

    def find(self, kind: str, code: str, table: str) -> Matter:
        """The matter of a code, or one of the class. Raises InputError."""
        same = self._by_code.get((kind, code)) or [
            each for each in self._found if each.kind == kind and (code == EVERY or each.code.startswith(code))
        ]
        for matter in same:
            if table in ("", matter.table, matter.origin):
                return matter
        where = f"in code table {table!r}" if table else "in a code table in force"
        raise InputError(f"no {kind} {code!r} {where}; `onegrid matters load` or `onegrid matters import` brings them")


def _number(content: Mapping[str, Any], lead: str) -> str:
    """A line's identity where the list gives none: what it says of whom, where and when. The same row, the same; so
    the lead is taken as it is written, whatever department that is found to mean."""
    parts = [str(content[name]) for name in ("list_name", "kind", "table_code", "code", "scope", "hours")] + [lead]
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:12]
    return f"{'M' if content['kind'] == 'matter' else 'C'}{content['code'].replace(EVERY, '')}-{digest}"


def _yes(text: str) -> bool:
    word = text.strip().lower()
    if word not in YES | NO:
        raise InputError(f"{text!r} is neither yes (是) nor no (否)")
    return word in YES


def _moment(text: str, order: Order) -> datetime | None:
    return parse_moment(text, order.zone) if text.strip() else None
