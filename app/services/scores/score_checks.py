"""Is the chain whole, and do the cases still say what was stored? Both are looked at, nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from app.errors import InputError
from app.models.scores import Score, ScoreRules
from app.rules.accounts.access import Caller
from app.rules.scores.chain import Fault, Link, Walk
from app.rules.scores.periods import Period
from app.rules.scores.rulebook import Rulebook
from app.rules.scores.scoring import Unit, UnitScore, score_unit
from app.services.progress import Progress
from app.services.scores import telling
from app.services.scores.score_chain import BODY, body_of, cases_that_differ, content_of
from app.services.scores.score_rules import as_rulebook
from app.services.scores.scores import ACTION, SUBJECT
from app.store.scores import scores as store

SHOWN = 100


@dataclass
class Report:
    """`faults`: of the chain. `differs`: rows that the cases do not say any more; `superseded` where a later revision
    has taken the row's place, so that only the rest stands in the way of `whole`."""

    rows: int = 0
    head: int = 0
    hash: str = ""
    told_again: int = 0
    faults: list[Fault] = field(default_factory=list)
    differs: list[dict[str, Any]] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        return not self.faults and all(each["superseded"] for each in self.differs)

    def to_dict(self) -> dict[str, Any]:
        told = {"whole": self.whole, "rows": self.rows, "head": self.head, "hash": self.hash}
        return {
            **told, "told_again": self.told_again, "faults": [asdict(fault) for fault in self.faults[:SHOWN]],
            "fault_count": len(self.faults), "differs": self.differs[:SHOWN], "differs_count": len(self.differs),
        }  # fmt: skip


@dataclass(frozen=True)
class CheckOptions:
    """`recompute`: tell the scores again from their cases; `period`: only those of one period. `head`, `hash`: a row
    that was noted elsewhere, such as on an export."""

    recompute: bool = True
    period: str | None = None
    head: int | None = None
    hash: str = ""


def verify(session: Session, caller: Caller, options: CheckOptions, progress: Progress) -> dict[str, Any]:
    """Walk the chain from its first row, compare it with the heads that the audit trail and the caller have, and tell
    every row again as it was known then. For administrators."""
    caller.require("admin")
    heads = store.recorded_heads(session, ACTION, SUBJECT)
    if options.head is not None:
        heads[options.head] = options.hash
    report, walking = Report(), Walk(heads)
    latest = store.latest_numbers(session)
    for key, rows in groupby(_walked(session, walking, report), key=_computation):
        if not options.recompute or options.period not in (None, key[0]):
            for _ in rows:
                pass
            continue
        progress(0.5, f"row {walking.length}, {key[0]}")
        _compare(session, list(rows), report, latest)
    report.faults += walking.end()
    report.head, report.hash = walking.length, walking.head
    return report.to_dict()


def _walked(session: Session, walking: Walk, report: Report) -> Iterator[tuple[Score, ScoreRules]]:
    for score, rules in store.chain(session):
        report.rows += 1
        said = {column.key: getattr(score, column.key) for column in Score.__table__.columns}
        content = content_of(said, _digest(rules))
        report.faults += walking.step(Link(score.number, score.previous_hash, score.hash, content))
        yield score, rules


def _digest(rules: ScoreRules) -> str:
    """That of the rulebook; of one that was tampered with until it is none, what no row was made with."""
    try:
        return as_rulebook(rules).digest()
    except InputError:
        return ""


def _computation(row: tuple[Score, ScoreRules]) -> tuple[str, datetime, int]:
    """Rows that one computation added stand together."""
    return row[0].period, row[0].known_at, row[0].rules_id


def _compare(session: Session, rows: list[tuple[Score, ScoreRules]], report: Report, latest: frozenset[int]) -> None:
    first, rules = rows[0]
    if not _digest(rules):
        return
    book = as_rulebook(rules)
    period = Period(first.kind, first.period, first.starts, first.ends)
    made = telling.tell(session, period, book, first.known_at)
    for score, _ in rows:
        report.told_again += 1
        body = _body(made, (score.unit_type, score.unit), book)
        stored = body_of(score)
        if stored != body:
            differing = [name for name in BODY if stored[name] != body[name]]
            report.differs.append(
                {
                    "number": score.number, "period": score.period, "unit_type": score.unit_type, "unit": score.unit,
                    "what": differing, "cases": cases_that_differ(stored, body)[:SHOWN],
                    "superseded": score.number not in latest,
                }
            )  # fmt: skip


def _body(made: Mapping[Unit, UnitScore], unit: Unit, book: Rulebook) -> dict[str, Any]:
    return (made.get(unit) or score_unit(unit, {}, book)).body()
