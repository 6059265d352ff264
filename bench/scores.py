"""A month of 20,000 cases told as scores of grids, people, departments and areas, and chained: on a database of its
own beside the deployment's, against a query for each case."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
from sqlalchemy import Engine, create_engine, insert, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app import cluster
from app.db import database_url, make_engine, transaction
from app.models.cases import Case, CaseStep
from app.models.events import Event
from app.rules.accounts.access import SCOPES, Caller
from app.rules.duties.time_limits import Limit
from app.rules.scores.periods import parse_period
from app.rules.scores.rulebook import DEFAULT
from app.services import database
from app.services.progress import silent
from app.services.scores import score_checks, scores, telling
from app.services.scores.score_checks import CheckOptions
from app.services.scores.scores import Order
from app.settings import get_settings
from bench.measure import Measured, measure

CASES, GRIDS, DEPARTMENTS, PEOPLE, COMMUNITIES = 20_000, 600, 60, 300, 120
SAMPLE = 500  # cases that the slow way is timed on
ZONE = "Asia/Shanghai"
START = datetime(2026, 9, 28, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 1, 1, tzinfo=UTC)
WORKER = Caller("bench", frozenset(SCOPES))
DAYS = 33.0


def run(seed: int = 1) -> list[Measured]:
    """Seconds, peak memory and processor time of the process alone, without the server's; the last row tells the same
    scores again from their cases."""
    with _city(seed) as url:
        return [
            measure(f"a query for each case ({SAMPLE:,} of {CASES:,})", lambda: _one_by_one(url)),
            measure("OneGrid: told and chained", lambda: _computed(url, "2026-10")),
            measure("OneGrid: chain walked, scores told again", lambda: _verified(url)),
        ]


@contextmanager
def _city(seed: int) -> Iterator[str]:
    """A database with the cases of a month, dropped afterwards."""
    settings = get_settings()
    if settings.database_url is None:
        cluster.start(settings)
    name = f"onegrid_bench_{uuid4().hex[:8]}"
    server = make_url(database_url(settings)).set(database="postgres")
    _on_server(server.render_as_string(hide_password=False), f'CREATE DATABASE "{name}"')
    url = server.set(database=name).render_as_string(hide_password=False)
    engine = make_engine(url)
    try:
        database.upgrade(engine)
        _fill(engine, seed)
        engine.dispose()
        yield url
    finally:
        engine.dispose()
        _on_server(server.render_as_string(hide_password=False), f'DROP DATABASE "{name}"')


def _on_server(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _fill(engine: Engine, seed: int) -> None:
    rng = np.random.default_rng(seed)
    events, cases, steps = [], [], []
    for number in range(1, CASES + 1):
        at = START + timedelta(days=float(rng.random() * DAYS))
        trail = _trail(rng, at)
        events.append(
            {"source": "bench", "sent_by": "bench", "request_hash": "", "at": at, "reported_at": at, "given": {},
             "uncertainty_m": 0.0, "geom": "SRID=4326;POINT(113 22)"}
        )  # fmt: skip
        cases.append(
            {"event_id": number, "stage": "handling", "routing": "routed", "owner": "d0", "route": {},
             "area": f"4401150{1 + number % 9:02d}{1 + number % COMMUNITIES:03d}",
             "limits": [asdict(Limit(*_LIMITS[number % len(_LIMITS)]))]}
        )  # fmt: skip
        steps += [{"event_id": number, "number": n, **step} for n, step in enumerate(trail, 1)]
    with transaction(engine) as session:
        for table, rows in ((Event, events), (Case, cases), (CaseStep, steps)):
            for first in range(0, len(rows), 5000):
                session.execute(insert(table), rows[first : first + 5000])
    with transaction(engine) as session:
        session.execute(text("ANALYZE"))


_LIMITS = ((4.0, "working_hours"), (2.0, "urgent_hours"), (1.0, "working_days"), (7.0, "days"))


def _trail(rng: np.random.Generator, at: datetime) -> list[dict[str, Any]]:
    """Collected, verified, filed, dispatched, at times returned; disposed of sooner or later or not; closed, rated."""
    department, person = f"d{rng.integers(DEPARTMENTS)}", f"user:p{rng.integers(PEOPLE)}"
    kinds = ["collect", "verify", "file", "dispatch"]
    if rng.random() < 0.1:
        kinds += ["return", "review", "dispatch"]
    kinds += ["accept"]
    if rng.random() < 0.9:
        kinds += ["finish", "report", "check"]
        if rng.random() < 0.1:
            kinds += ["rework", "finish", "report", "check"]
        kinds += ["close", "evaluate"]
    told = []
    for kind in kinds:
        receiver = department if kind in ("collect", "dispatch") else ""
        detail = {"grid": f"J{rng.integers(GRIDS):03d}"} if kind == "collect" else {"passed": True}
        score = float(rng.integers(30, 101)) if kind == "evaluate" else None
        told.append({"action": kind, "at": at, "actor": person, "receiver": receiver, "score": score, "detail": detail})
        at += timedelta(hours=float(rng.exponential(2.0)))
    return told


def _computed(url: str, period: str) -> dict[str, Any]:
    engine, began = make_engine(url), time.process_time()
    with transaction(engine) as session:
        made = scores.compute(session, WORKER, Order(period, ZONE), NOVEMBER)
    spent = time.process_time() - began
    return {"cpu s": f"{spent:.1f}", "cases": f"{CASES:,}", "units": f"{made['units']:,}", "rows": made["added"]}


def _verified(url: str) -> dict[str, Any]:
    engine, began = make_engine(url), time.process_time()
    with transaction(engine) as session:
        made = score_checks.verify(session, WORKER, CheckOptions(), silent())
    spent = time.process_time() - began
    return {"cpu s": f"{spent:.1f}", "cases": f"{CASES:,}", "rows": made["rows"], "whole": made["whole"]}


def _one_by_one(url: str) -> dict[str, Any]:
    """The facts of each case by a query of its own, as a page of one case reads them."""
    period, began = parse_period("2026-10", ZONE), time.process_time()
    with Session(make_engine(url)) as session:
        found = sum(
            len(list(telling.facts(session, period, DEFAULT, NOVEMBER, [event]))) for event in range(1, SAMPLE + 1)
        )
    return {"cpu s": f"{time.process_time() - began:.1f}", "cases": f"{found:,}"}
