"""A period's scores as a workbook: indicators by type of unit, the 12345 bulletin, deduction sheets, rankings,
formulas; or as one long table of figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic_core import to_json
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.files.tables import Sheet, write_book, write_table
from app.files.writing import write_bytes
from app.models.scores import Score
from app.rules.accounts.access import Caller
from app.rules.accounts.personal_data import sees_people
from app.rules.scores.chain import GENESIS
from app.rules.scores.counts import COUNTS, is_in
from app.rules.scores.indicators import BULLETIN, NAMES, describe, formula
from app.rules.scores.periods import parse_period
from app.rules.scores.rulebook import UNIT_TYPES, Rulebook
from app.rules.scores.scoring import AREA, DEPARTMENT, PERSON
from app.services.scores import rankings
from app.services.scores.rankings import TOTAL, RankingOrder
from app.services.scores.score_rules import as_rulebook
from app.store.scores import scores as store
from app.store.scores.scores import ScoreFilter

SHEETS = {"city": "全市", "area": "区域", "grid": "网格", "department": "部门", "person": "人员"}
BULLETIN_BY = "bulletin_on_time"


@dataclass(frozen=True)
class ExportOrder:
    """`with_cases`: a sheet that names the cases behind every count as well."""

    period: str
    zone: str
    with_cases: bool = False


def export(session: Session, caller: Caller, order: ExportOrder, path: Path) -> dict[str, Any]:
    """Write the last revisions of a period to .xlsx (all sheets), .json, or .csv (figures, one a row).

    People are in it for callers who may see people. Raises NotFound for a period without scores.
    """
    name = parse_period(order.period, order.zone).name
    besides = "" if sees_people(caller.scopes) else PERSON
    rows = store.page(session, ScoreFilter(period=name), with_cases=order.with_cases, besides=besides)
    if not rows:
        raise NotFound(f"no scores of {name}: compute them first")
    book = as_rulebook(store.get_rules(session, rows[-1].rules_id))
    head, digest = store.head(session) or (0, GENESIS)
    told = {"period": name, "head": head, "hash": digest, "rules": book.digest(), "rulebook": book.to_dict()}
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        about = Sheet(("key", "value"), [[key, str(value)] for key, value in told.items()])
        write_book(path, {**_sheets(session, caller, order, rows, book), "onegrid": about})
    elif suffix == ".json":
        write_bytes(to_json({**told, "figures": _figures(rows, book), "deductions": _deductions(rows)}, indent=1), path)
    else:
        figures = _sheet(_figures(rows, book))
        write_table(path, figures.fields, figures.rows)
    return {"period": name, "scores": len(rows), "head": head, "hash": digest, "file": str(path)}


def _sheets(
    session: Session, caller: Caller, order: ExportOrder, rows: Sequence[Score], book: Rulebook
) -> dict[str, Sheet]:
    present = [kind for kind in UNIT_TYPES if any(row.unit_type == kind for row in rows)]
    sheets = {f"指标-{SHEETS[kind]}": _sheet([_indicators(row) for row in _of(rows, kind)]) for kind in present}
    for kind in (DEPARTMENT, AREA):
        if kind in present:
            sheets[f"通报-{SHEETS[kind]}"] = _placed(session, caller, order, kind, BULLETIN_BY, rows, _bulletin)
    sheets["扣分单"] = Sheet(
        ("类型", "单位", "条款", "案件", "扣分", "事由", "评分"),
        [
            [
                SHEETS[each["unit_type"]],
                *(each[name] for name in ("unit", "rule", "event", "points", "reason", "score")),
            ]
            for each in _deductions(rows)
        ],
    )
    for kind in present:
        if kind != "city":
            sheets[f"排名-{SHEETS[kind]}"] = _placed(session, caller, order, kind, TOTAL, rows, _total)
    formulas = [[each["name"], each["code"], each["formula"], each["better"]] for each in describe(book)]
    meanings = [[each.name, code, each.meaning, ""] for code, each in COUNTS.items()]
    sheets["公式"] = Sheet(("指标", "代码", "公式", "优"), [*formulas, *meanings])
    if order.with_cases:
        sheets["案件"] = Sheet(("类型", "单位", "案件", "计入"), _cases(rows))
    return sheets


def _sheet(rows: Sequence[dict[str, Any]]) -> Sheet:
    """Rows by name as a sheet; its fields are all that any row has."""
    fields = tuple(dict.fromkeys(name for row in rows for name in row))
    return Sheet(fields, [[row.get(name) for name in fields] for row in rows])


def _of(rows: Sequence[Score], kind: str) -> list[Score]:
    return [row for row in rows if row.unit_type == kind]


def _indicators(row: Score) -> dict[str, Any]:
    """Value, numerator and denominator of every indicator, a column each."""
    told: dict[str, Any] = {
        "单位": row.unit,
        "总分": row.total,
        "等级": row.grade,
        "评分": row.number,
        "修订": row.revision,
    }
    for code, name in NAMES.items():
        figure = row.figures.get(code, {})
        told[name] = figure.get("value")
        if figure.get("denominator") is not None:
            told[f"{name} 分子"], told[f"{name} 分母"] = figure["numerator"], figure["denominator"]
    return told


def _placed(
    session: Session, caller: Caller, order: ExportOrder, kind: str, by: str, rows: Sequence[Score],
    columns: Callable[[Score], dict[str, Any]],
) -> Sheet:  # fmt: skip
    """Rows in the order of their places."""
    scored = {row.unit: row for row in _of(rows, kind)}
    places = rankings.ranking(session, caller, RankingOrder(order.period, kind, order.zone, by))
    return _sheet(
        [
            {
                "名次": place["rank"],
                "单位": place["unit"],
                **columns(scored[place["unit"]]),
                "上期名次": place["before"],
            }
            for place in places
        ]
    )


def _bulletin(row: Score) -> dict[str, Any]:
    counted = {COUNTS[count].name: row.counts[count] for count in BULLETIN}
    shares = ("bulletin_closing", "bulletin_on_time", "dissatisfaction")
    return {**counted, **{NAMES[share]: row.figures[share]["value"] for share in shares}}


def _total(row: Score) -> dict[str, Any]:
    return {"总分": row.total, "等级": row.grade, NAMES["composite"]: row.figures["composite"]["value"]}


def _figures(rows: Sequence[Score], book: Rulebook) -> list[dict[str, Any]]:
    return [
        {
            "score": row.number, "period": row.period, "unit_type": row.unit_type, "unit": row.unit,
            "revision": row.revision, "indicator": code, "name": NAMES[code],
            "numerator": figure["numerator"], "denominator": figure["denominator"], "value": figure["value"],
            "formula": formula(code, book), "total": row.total, "grade": row.grade, "hash": row.hash,
        }
        for row in rows
        for code, figure in row.figures.items()
        if code in NAMES
    ]  # fmt: skip


def _deductions(rows: Sequence[Score]) -> list[dict[str, Any]]:
    return [
        {"unit_type": row.unit_type, "unit": row.unit, "score": row.number, **entry}
        for row in rows
        for entry in row.deductions
    ]


def _cases(rows: Sequence[Score]) -> list[list[Any]]:
    return [
        [
            SHEETS[row.unit_type],
            row.unit,
            event,
            "、".join(each.name for code, each in COUNTS.items() if is_in(mark, code)),
        ]
        for row in rows
        for event, mark in zip(row.cases, row.marks, strict=True)
    ]
