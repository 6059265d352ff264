"""Rows of a staff list: which heading means what, in the words of offices and in English, and what a row says."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, TypeVar

from app.errors import FileError, InputError
from app.files.tables import Table
from app.rules.staff.roles import role_of
from app.rules.staff.shifts import parse_shift
from app.rules.time.moments import parse_moment
from app.services.staff.people import check_code, check_email, check_name, check_phone
from app.services.staff.post_terms import check_load

HEADINGS: dict[str, tuple[str, ...]] = {
    "person": ("人员编号", "工号", "人员编码", "staff number", "person code"),
    "name": ("姓名", "full name"),
    "phone": ("电话", "手机", "联系电话", "手机号", "手机号码", "telephone", "mobile"),
    "email": ("邮箱", "电子邮箱", "e-mail"),
    "department": ("单位", "部门", "所属单位", "所属部门"),
    "network": ("网格体系", "体系"),
    "grid": ("网格编号", "网格编码", "网格代码", "grid code"),
    "role": ("岗位", "角色", "职务", "post"),
    "since": ("任职日期", "任职时间", "开始日期", "from", "valid from", "start"),
    "until": ("离任日期", "离任时间", "结束日期", "to", "valid until", "end"),
    "shift": ("班次", "排班"),
    "load": ("工作量", "负荷"),
    "substitutes": ("替补", "B角", "AB角", "substitute"),
}
"""Field → the headings that mean it; the first is what exports write."""
NEEDED = ("name", "role", "grid")
_BY_HEADING = {word.casefold(): field for field, words in HEADINGS.items() for word in (field, *words)}
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(.*)")
_BARE_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)")
_SEPARATORS = re.compile(r"[,;|、，；]")
T = TypeVar("T")


@dataclass(frozen=True)
class RowError:
    """What is wrong with one row, and how to put it right; `field` as the file calls it."""

    file: str
    row: int
    field: str
    detail: str
    remedy: str = ""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def raised(self, count: int, every: list[dict[str, Any]]) -> FileError:
        """The error of an import with `count` wrong rows, this being the first."""
        first = f"{self.detail} (the first of {count}; a dry run lists them all)" if count > 1 else self.detail
        return FileError(first, file=self.file, row=self.row, field=self.field, remedy=self.remedy, errors=every)


@dataclass(frozen=True)
class StaffRow:
    """What one row says: somebody holds a post. `substitutes` are staff numbers or names."""

    number: int
    person: str | None
    name: str
    phone: str | None
    email: str | None
    department: str
    network: str
    grid: str
    role: str
    since: datetime | None
    until: datetime | None
    shift: str
    load: float | None
    substitutes: tuple[str, ...]


@dataclass(frozen=True)
class StaffList:
    """The rows of a file, what is wrong with others, and the headings by field."""

    rows: list[StaffRow]
    errors: list[RowError]
    headings: dict[str, str]
    ignored: list[str]


def read_staff(table: Table, zone: str, network: str | None = None) -> StaffList:
    """`network`: of rows that name none. FileError where the headings do not tell a staff list."""
    headings = _headings(table, network)
    at = {field: table.fields.index(heading) for field, heading in headings.items()}
    found = StaffList([], [], headings, [name for name in table.fields if name and name not in headings.values()])
    for number, cells in table.rows:
        values = {field: cells[place] for field, place in at.items()}
        reader = _Reader(table.file, number, headings, values, zone)
        row = reader.row(network or "")
        if reader.errors:
            found.errors.extend(reader.errors)
        else:
            found.rows.append(row)
    return found


def _headings(table: Table, network: str | None) -> dict[str, str]:
    found: dict[str, str] = {}
    for heading in table.fields:
        field = _BY_HEADING.get(" ".join(heading.replace("_", " ").split()).casefold())
        if field in found:
            raise FileError(
                f"{found[field]} and {heading} both say {field}", file=table.file, remedy="take one of them out"
            )
        if field:
            found[field] = heading
    needed = NEEDED if network else (*NEEDED, "network")
    missing = [f"{HEADINGS[field][0]} ({field})" for field in needed if field not in found]
    if missing:
        raise FileError(
            f"no column {', '.join(missing)}; there are: {', '.join(filter(None, table.fields)) or 'none'}",
            file=table.file,
            remedy="name the columns as docs/staff.md says, or give --network",
        )
    return found


class _Reader:
    """Reads the cells of one row and notes what cannot be read."""

    def __init__(self, file: str, number: int, headings: dict[str, str], values: dict[str, str], zone: str) -> None:
        self.errors: list[RowError] = []
        self._file, self._number, self._headings, self._values, self._zone = file, number, headings, values, zone

    def row(self, network: str) -> StaffRow:
        since, until = self._moment("since"), self._moment("until")
        if since and until and until <= since:
            self._wrong("until", "the post would end before it begins", "put the later day here")
        load = self._values.get("load")
        return StaffRow(
            number=self._number,
            person=self._read("person", check_code, None),
            name=self._read("name", check_name, ""),
            phone=self._read("phone", check_phone, None),
            email=self._read("email", check_email, None),
            department=" ".join(self._values.get("department", "").split()),
            network=self._values.get("network") or network or self._wrong("network", "no network", "name one"),
            grid=self._values["grid"] or self._wrong("grid", "no grid", "write the grid's code"),
            role=self._read("role", role_of, ""),
            since=since,
            until=until,
            shift=self._read("shift", lambda text: str(parse_shift(text)), ""),
            load=self._read("load", lambda text: check_load(float(text)), None) if load else None,
            substitutes=tuple(filter(None, map(str.strip, _SEPARATORS.split(self._values.get("substitutes", ""))))),
        )

    def _read(self, field: str, check: Callable[[str], T], without: T) -> T:
        try:
            return check(self._values.get(field, ""))
        except InputError as error:
            self._wrong(field, error.detail)
        except ValueError:
            self._wrong(field, "not a number")
        return without

    def _moment(self, field: str) -> datetime | None:
        text = self._values.get(field, "")
        if not text:
            return None
        found = _DAY.fullmatch(text) or _BARE_DAY.fullmatch(text)
        if found:
            text = f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}{(*found.groups(), '')[3]}"
        try:
            return parse_moment(text, self._zone)
        except InputError as error:
            self._wrong(field, error.detail, "write 2026-11-21")
        return None

    def _wrong(self, field: str, detail: str, remedy: str = "") -> str:
        heading = self._headings.get(field, field)
        self.errors.append(RowError(self._file, self._number, heading, detail, remedy))
        return ""
