"""Rows of the chain: what each says, and how the next one is added to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.models.scores import Score, ScoreRules
from app.rules.scores.chain import GENESIS, hash_of
from app.rules.scores.periods import Period
from app.rules.scores.scoring import Unit, UnitScore, score_unit
from app.services.scores.score_rules import as_rulebook
from app.store.scores import scores as store
from app.store.scores.scores import ScoreFilter

ENDED, AGAIN = "the period ended", "told again"
CASES_NAMED = 10
BODY = ("counts", "figures", "deductions", "total", "grade", "cases", "marks")
SAID = ("number", "unit_type", "unit", "kind", "period", "revision", "cause", "computed_by", *BODY)
MOMENTS = ("starts", "ends", "known_at")


@dataclass(frozen=True)
class Link:
    """What all rows that one computation adds have in common. `cause`: of second revisions and later ones."""

    computed_by: str
    period: Period
    rules: ScoreRules
    cause: str
    now: datetime

    def append(self, session: Session, made: Mapping[Unit, UnitScore]) -> list[dict[str, Any]]:
        """Add a row for every unit whose score is new or not what its last row says; returns the rows. The chain must
        be locked. A unit that has no case any more gets a row that says so."""
        wanted = ScoreFilter(period=self.period.name)
        latest = {(row.unit_type, row.unit): row for row in store.page(session, wanted, with_cases=True)}
        number, previous = store.head(session) or (0, GENESIS)
        digest = as_rulebook(self.rules).digest()
        rows: list[dict[str, Any]] = []
        for unit, body, before in self._changed(made, latest):
            number += 1
            row = {**self._row(unit, body, before), "number": number, "previous_hash": previous}
            row["hash"] = previous = hash_of(row["previous_hash"], content_of(row, digest))
            rows.append(row)
        store.add(session, rows)
        return rows

    def _changed(
        self, made: Mapping[Unit, UnitScore], latest: Mapping[Unit, Score]
    ) -> Iterator[tuple[Unit, dict[str, Any], Score | None]]:
        book = as_rulebook(self.rules)
        for unit in sorted(made.keys() | latest.keys()):
            body = (made.get(unit) or score_unit(unit, {}, book)).body()
            before = latest.get(unit)
            if before is None or body_of(before) != body:
                yield unit, body, before

    def _row(self, unit: Unit, body: Mapping[str, Any], before: Score | None) -> dict[str, Any]:
        cause = ENDED if before is None else f"{self.cause or AGAIN}{_changes(body_of(before), body)}"
        return {
            **body, "unit_type": unit[0], "unit": unit[1], "kind": self.period.kind, "period": self.period.name,
            "starts": self.period.start, "ends": self.period.end, "revision": before.revision + 1 if before else 1,
            "known_at": self.now, "rules_id": self.rules.id, "cause": cause, "computed_by": self.computed_by,
        }  # fmt: skip


def body_of(row: Score) -> dict[str, Any]:
    """What a stored row says of its unit, as `UnitScore.body` tells it."""
    return {name: getattr(row, name) for name in BODY}


def content_of(row: Mapping[str, Any], rules_digest: str) -> dict[str, Any]:
    """All that a row says, as its hash is made of: moments in ISO 8601 and UTC, the rulebook by its digest."""
    moments = {name: row[name].astimezone(UTC).isoformat() for name in MOMENTS}
    return {**{name: row[name] for name in SAID}, **moments, "rules": rules_digest}


def cases_that_differ(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[int]:
    """Cases that two bodies put into different counts."""
    old, new = (dict(zip(body["cases"], body["marks"], strict=False)) for body in (before, after))
    return sorted(event for event in old.keys() | new.keys() if old.get(event) != new.get(event))


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    found = cases_that_differ(before, after)
    named = ", ".join(map(str, found[:CASES_NAMED])) + (" …" if len(found) > CASES_NAMED else "")
    return f" (cases {named})" if found else ""
