"""The synthetic town's events taken in, routed, told again twice, worked through to closing, and scored; in a database
of the bench's own. `python -m bench routing`."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Engine, func, select

from app import db, worker
from app.files.tables import read_table, table_bytes
from app.models.cases import Case
from app.rules.accounts.access import SCOPES, Caller
from app.rules.cases.trail import Step
from app.services.cases import cases, event_traces, events
from app.services.cases.calendars import load as load_calendars
from app.services.cases.event_import import ImportOrder, import_events
from app.services.cases.event_places import Sighting
from app.services.cases.event_routing import route_event
from app.services.duties import duty_import, matters
from app.services.duties.duty_rows import Order as DutyOrder
from app.services.lookup.lookup import AnswerRules
from app.services.lookup.lookup_index import Lookup
from app.services.networks.samples import LOCAL, NETWORK_FILES, make_sample_town
from app.services.plans import plans
from app.services.progress import silent
from app.services.scores import score_checks, scores
from app.services.scores.scores import Order
from app.services.staff import staff_transfers
from app.services.staff.staff_import import StaffOrder, import_staff
from app.store.cases import cases as cases_store
from app.store.networks import networks as networks_store
from app.store.plans import plans as plans_store
from app.town.networks import CITY_MANAGEMENT
from bench.database import database

ROOT = Caller("cli:bench", frozenset(SCOPES))
ZONE = "Asia/Shanghai"
RULES = AnswerRules(ZONE, 2000.0)
SINCE = datetime(2025, 12, 31, 16, tzinfo=UTC)  # the first moment of 2026 in China, when the matters take force
AFTER = datetime(2027, 1, 1, tzinfo=UTC)
EVENTS, BATCH, PLAN = 20_000, 500, "town"
HOUSEHOLDS = {"households": "households"}
REASON = "a benchmark: the town's duty list is in conflict on purpose"


@dataclass
class Clock:
    """CPU seconds of this process by step; the database's are beside it, so wall seconds are told as well."""

    rows: list[tuple[str, float, float, str]]

    @contextmanager
    def step(self, name: str) -> Iterator[list[str]]:
        wall, cpu, said = time.perf_counter(), time.process_time(), [""]
        yield said
        self.rows.append((name, time.perf_counter() - wall, time.process_time() - cpu, said[0]))

    def table(self) -> str:
        head = "| step | s | of that Python's CPU | |\n|---|---:|---:|---|\n"
        return head + "".join(f"| {name} | {wall:.1f} | {cpu:.1f} | {said} |\n" for name, wall, cpu, said in self.rows)


def run(count: int = EVENTS, size: str = "town", seed: int = 1) -> str:
    """Markdown: what each step took, and whether every event had an owner and the same trace twice."""
    clock = Clock([])
    with TemporaryDirectory() as folder, database() as engine:
        town = Path(folder)
        with clock.step("town, three networks, plan, duties, staff (not routing)"):
            make_sample_town(town, size, seed, date(2026, 1, 1))
            _prepare(engine, town)
        table = _events(town, count)
        with db.transaction(engine) as session:
            lookup = Lookup(lambda: db.transaction(engine))
            lookup.refresh()
            with clock.step("taken in and routed") as said:
                order = ImportOrder(file=str(table), source="town")
                made = import_events(session, ROOT, lookup, order, AFTER, silent())
                said[0] = f"{made['taken']:,} events, {made['errors']} errors, {made['routing']}"
        owners = _owners(engine)
        with clock.step("told again, twice") as said:
            said[0] = f"{_told_again(engine, lookup)} of {2 * made['taken']:,} traces are not the same"
        with clock.step("worked through to closing") as said:
            steps, closed = _work(engine, seed)
            said[0] = f"{steps:,} steps, {closed:,} cases closed"
        with clock.step("scores of the year's months and of the year, told and chained") as said:
            said[0] = f"{_scored(engine):,} scores of grids, people, departments, areas and the city"
        with clock.step("chain walked, every score told again from its cases") as said:
            said[0] = _verified(engine)
    return f"{clock.table()}\n{owners}\n"


def _prepare(engine: Engine, town: Path) -> None:
    for code, file in NETWORK_FILES.items():
        with db.transaction(engine) as session:
            networks_store.add(session, code, code, None)
        order: dict[str, Any] = {"network": code, "file": str(town / file), "repair": "full", "publish": True}
        if code == CITY_MANAGEMENT:  # its file says nothing of its coordinates
            order |= {"crs": LOCAL, "encoding": "GBK", "code_field": "网格编号"}
        _run(engine, "import_network", order | {"valid_from": SINCE.isoformat()})
    for kind, name, quantities in (("areas", "communities.geojson", {}), ("buildings", "buildings.fgb", HOUSEHOLDS)):
        order = {"kind": kind, "file": str(town / "layers" / name), "quantities": quantities}
        _run(engine, "import_layer", order)
    with db.transaction(engine) as session:
        plans.create(session, ROOT, PLAN, list(NETWORK_FILES), areas="areas")
        matters.load(session, ROOT)
        order = matters.TableImport("town", "Town", SINCE)
        matters.import_table(session, ROOT, order, town / "matters.csv")
        duty_import.import_duties(session, ROOT, DutyOrder(SINCE, ZONE), town / "duties.xlsx", datetime.now(UTC))
        with (town / "staff.xlsx").open("rb") as file:
            import_staff(session, ROOT, read_table(file, "staff.xlsx"), StaffOrder(), SINCE)
    _run(engine, "consolidate", {"plan": PLAN})
    _run(engine, "divide", {"plan": PLAN})
    _run(engine, "publish_plan", {"plan": PLAN, "valid_from": SINCE.isoformat(), "excuse": REASON})
    with db.transaction(engine) as session:
        fields, rows = staff_transfers.list_transfers(session, ROOT, plans_store.get(session, PLAN), SINCE, ZONE)
        with TemporaryDirectory() as folder:
            path = Path(folder) / "staff.csv"
            path.write_bytes(table_bytes(".csv", fields, rows))
            with path.open("rb") as file:
                import_staff(session, ROOT, read_table(file, path.name), StaffOrder(), datetime.now(UTC))
        events.put_last_resort(session, ROOT, "", "区指挥中心", SINCE)


def _run(engine: Engine, kind: str, parameters: dict[str, Any]) -> dict[str, Any]:
    return worker.run_now(engine, ROOT, kind, parameters, silent())


def _events(town: Path, count: int) -> Path:
    """So many of the town's events, spread over its year, each reported ten minutes after it happened."""
    frame = pd.read_csv(town / "events.csv", dtype=str)
    chosen = frame.iloc[np.linspace(0, len(frame) - 1, min(count, len(frame))).astype(int)]
    at = pd.to_datetime(chosen["at"]) + pd.Timedelta(minutes=10)
    path = town / "year.csv"
    chosen.assign(reported_at=[moment.isoformat() for moment in at]).to_csv(path, index=False)
    return path


def _owners(engine: Engine) -> str:
    with db.transaction(engine) as session:
        without = session.scalar(select(func.count()).select_from(Case).where(Case.owner == ""))
        routes = list(session.scalars(select(Case.route)))
    answered = Counter(_answers(route) for route in routes)
    levels = Counter(route["ladder"]["begins"] for route in routes)
    return (
        f"Cases without an owner: {without}. Answered by: {dict(answered.most_common())}. "
        f"Begun at: {dict(levels.most_common())}."
    )


def _answers(route: dict[str, Any]) -> str:
    answers = route["roster"]["answers"]
    if answers is None or not answers["on_duty"]:
        return "owner of last resort"
    return "substitute" if answers["stands_in"] else str(answers["role"])


def _told_again(engine: Engine, lookup: Lookup) -> int:
    """How many traces differ when every event is routed again as known then, twice."""
    different = 0
    for _ in range(2):
        with db.transaction(engine) as session:
            index = lookup.routing.current(session)
            found = session.execute(select(Case.event_id, Case.route).order_by(Case.event_id)).all()
            for _, kept in found:
                sighting = Sighting.from_dict(kept["asked"])
                then = sighting.recorded_at
                again = route_event(session, lookup, sighting, RULES, known_at=then, kept=kept, index=index)
                different += event_traces.as_kept(again) != kept
    return different


def _work(engine: Engine, seed: int) -> tuple[int, int]:
    """Every case verified, filed, dispatched, done, checked and closed; one in ten done twice."""
    rng, made = np.random.default_rng(seed), 0
    with db.transaction(engine) as session:
        numbers = list(session.scalars(select(Case.event_id).order_by(Case.event_id)))
    for start in range(0, len(numbers), BATCH):
        with db.transaction(engine) as session:
            held = cases_store.lock_many(session, numbers[start : start + BATCH])
            begun = cases_store.trails(session, [case.event_id for case in held])
            wanted = [(case, list(_steps(begun[case.event_id][0].at, case, rng))) for case in held]
            cases.take_many(session, wanted, load_calendars(session))
            made += sum(len(steps) for _, steps in wanted)
    with db.transaction(engine) as session:
        closed = session.scalar(select(func.count()).select_from(Case).where(Case.closed_at.is_not(None))) or 0
    return made, closed


def _scored(engine: Engine) -> int:
    """Every month of the year, and the year, as the worker tells them."""
    told = 0
    for period in (*(f"2026-{month:02}" for month in range(1, 13)), "2026"):
        with db.transaction(engine) as session:
            told += scores.compute(session, ROOT, Order(period, ZONE), AFTER)["added"]
    return told


def _verified(engine: Engine) -> str:
    with db.transaction(engine) as session:
        made = score_checks.verify(session, ROOT, score_checks.CheckOptions(), silent())
    return f"whole: {made['whole']}; {len(made['differs'])} of {made['rows']:,} say something else than their cases"


def _steps(begun: datetime, case: Case, rng: np.random.Generator) -> Iterator[Step]:
    """A case's way to its end: done after 0.2 to 1.2 of the time it has."""
    given = (case.due_at - begun) if case.due_at else timedelta(hours=24)
    done = begun + timedelta(minutes=30) + given * float(rng.uniform(0.2, 1.2))
    for minutes, action in ((5, "verify"), (10, "file"), (20, "dispatch"), (30, "accept")):
        detail = {"passed": True} if action == "verify" else {}
        receiver = case.owner if action == "dispatch" else ""
        yield Step(action, begun + timedelta(minutes=minutes), "bench", receiver, detail=detail)
    twice = rng.uniform() < 0.1
    for action in ("finish", "report", *(("rework", "finish", "report") if twice else ()), "check", "close"):
        reason, detail = ("not clean" if action == "rework" else ""), ({"passed": True} if action == "check" else {})
        done += timedelta(minutes=10)
        yield Step(action, done, "bench", reason=reason, detail=detail)
