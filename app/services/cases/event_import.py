"""Tables of events taken in, each event once: routed from memory and stored by the hundred."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.errors import InputError, OneGridError
from app.rules.accounts.access import Caller
from app.services.accounts import audit
from app.services.cases import cases
from app.services.cases.event_routing import Routing, route_event
from app.services.cases.event_rows import RowRules, choose_columns, event_table, reports_of
from app.services.cases.events import Report, checked, columns_of, heard_matter, sighting_of
from app.services.cases.routing_index import RoutingIndex
from app.services.lookup.lookup import AnswerRules
from app.services.lookup.lookup_index import Lookup
from app.services.progress import Progress
from app.store.cases import cases as cases_store
from app.store.cases import events as store

BATCH = 500
FIRST_ERRORS = 100


@dataclass(frozen=True, kw_only=True)
class ImportOrder:
    """A table of events. `fields`: what a column means, where its heading does not say; `zone` of moments without one;
    `nearest_limit_m` as for look-ups. `source` names the system that the numbers of the events are of."""

    file: str
    source: str
    file_name: str = ""
    crs: str = "wgs84"
    fields: Mapping[str, str] = field(default_factory=dict)
    zone: str = "Asia/Shanghai"
    nearest_limit_m: float = 2000.0
    dry_run: bool = False

    def __post_init__(self) -> None:
        if not self.source.strip() or len(self.source) > 100:
            raise InputError("name the system that the events come from, in at most 100 characters")


@dataclass
class _Tally:
    rows: int = 0
    taken: int = 0
    known: int = 0
    differing: int = 0
    heard: int = 0
    routing: Counter[str] = field(default_factory=Counter)
    wrong: list[dict[str, Any]] = field(default_factory=list)
    errors: int = 0

    def refuse(self, rows: Sequence[dict[str, Any]]) -> None:
        self.errors += len(rows)
        self.wrong += rows[: FIRST_ERRORS - len(self.wrong)]

    def to_dict(self) -> dict[str, Any]:
        counts = {name: getattr(self, name) for name in ("rows", "taken", "known", "differing", "heard", "errors")}
        return {**counts, "routing": dict(sorted(self.routing.items())), "first_errors": self.wrong}


@dataclass(frozen=True)
class _Intake:
    """What all rows of one table share."""

    session: Session
    caller: Caller
    lookup: Lookup
    rules: AnswerRules
    now: datetime
    dry_run: bool
    tally: _Tally


def import_events_step(
    session: Session, caller: Caller, parameters: dict[str, Any], progress: Progress
) -> dict[str, Any]:
    """Parameters: the members of `ImportOrder`. All rows that can be read are taken in, or none when it is cancelled;
    rows that cannot are told with their reasons."""
    caller.require("events")
    order = ImportOrder(**parameters)
    progress(0.0, "loading grids, duties and staff")
    lookup = Lookup(lambda: nullcontext(session))
    lookup.refresh()
    return import_events(session, caller, lookup, order, datetime.now(UTC), progress)


def import_events(
    session: Session, caller: Caller, lookup: Lookup, order: ImportOrder, now: datetime, progress: Progress
) -> dict[str, Any]:
    """The counts of a table taken in; see `import_events_step`."""
    path, name = Path(order.file), order.file_name or Path(order.file).name
    tally = _Tally()
    intake = _Intake(session, caller, lookup, AnswerRules(order.zone, order.nearest_limit_m), now, order.dry_run, tally)
    with event_table(path, name) as (fields, batches, fraction):
        chosen = choose_columns(fields, order.fields, name)
        rules = RowRules(order.source, order.crs, order.zone, chosen)
        for rows in batches:
            for start in range(0, len(rows), BATCH):
                part = rows[start : start + BATCH]
                reports, wrong = reports_of(part, rules)
                tally.rows += len(part)
                tally.refuse(wrong)
                _take(intake, reports)
                done = fraction() * (start + len(part)) / len(rows)
                progress(done, f"{tally.rows:,} rows read, {tally.taken:,} events taken in")
    told = {"source": order.source, "file": name, "fields": chosen, "dry_run": order.dry_run, **tally.to_dict()}
    if tally.taken and not order.dry_run:
        audit.record(session, caller, "import events", f"events/{order.source}", after=told)
    return told


def _take(intake: _Intake, reports: Sequence[tuple[int, Report]]) -> None:
    """One batch: those known are left, the others routed and stored together."""
    tally, session = intake.tally, intake.session
    index = intake.lookup.routing.current(session)
    source = reports[0][1].source if reports else ""
    known = store.known_of_source(session, source, [str(report.external_id) for _, report in reports])
    fresh: dict[str, tuple[Report, Routing, str]] = {}
    for number, report in reports:
        digest, name = report.digest(), str(report.external_id)
        before = known[name][1] if name in known else fresh[name][2] if name in fresh else None
        if before is not None:
            tally.known += 1
            tally.differing += before != digest
            continue
        try:
            fresh[name] = (*_routed(intake, index, report), digest)
        except OneGridError as error:
            tally.refuse([{"row": number, "error": error.detail}])
    tally.taken += len(fresh)
    tally.routing.update(routing.kind for _, routing, _ in fresh.values())
    if fresh and not intake.dry_run:
        _store(intake, index, fresh)


def _routed(intake: _Intake, index: RoutingIndex, report: Report) -> tuple[Report, Routing]:
    wanted, heard = heard_matter(index, checked(report, intake.now))
    intake.tally.heard += bool(heard and wanted.matter)
    sighting = sighting_of(wanted, intake.now)
    return wanted, route_event(intake.session, intake.lookup, sighting, intake.rules, index=index)


def _store(intake: _Intake, index: RoutingIndex, fresh: Mapping[str, tuple[Report, Routing, str]]) -> None:
    rows = [
        (columns_of(report, intake.caller, routing, intake.now, digest, None), (routing.lon, routing.lat))
        for report, routing, digest in fresh.values()
    ]
    events = store.add_many(intake.session, rows)
    made = []
    for event in events:
        report, routing, _ = fresh[str(event.external_id)]
        begun = cases.begin(
            event, routing, intake.caller.name, event.reported_at, index.calendars, verified=report.seen
        )
        made.append((event, *begun))
    intake.session.add_all([case for _, case, _, _ in made])
    intake.session.flush()
    cases_store.add_steps(intake.session, [row for *_, row in made])
    cases.opened(intake.session, [(event, case, row) for event, case, _, row in made])
