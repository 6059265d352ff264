"""Publishes under load: look-ups run on several processes while two networks are published again and again, in one
transaction each time. Was there an error, or an answer with one of each state; how long after the commit was the last
old answer given; how much memory has each process. And what a process does between commit and switch, in parts."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import geopandas as gpd
import orjson
from sqlalchemy import Engine

from app import db
from app.services.lookup.lookup_index import Lookup
from app.services.staff.staff_index import load_staff
from app.spatial.location.locate import GridIndex
from app.store.lookup import lookup as store
from bench.load import load, request
from bench.lookup_database import add_drafts, add_key, publish, publish_drafts, serving, url_of
from bench.lookup_http import LOOKUP, inside

PUBLISHES, APART_S, LEAD_S = 3, 4.0, 2.0
ROUNDS = 3
WORKERS = (2, 3)


@dataclass
class Seen:
    """The editions of both networks in each answer, and when; when each publish was known to be committed."""

    answers: list[tuple[float, int, int]] = field(default_factory=list)
    committed: list[float] = field(default_factory=list)

    def note(self, body: bytes) -> str:
        editions = {grid["network"]: grid["edition"] for grid in orjson.loads(body)["grids"]}
        self.answers.append((time.time(), editions["first"], editions["second"]))
        return ""

    def mixed(self) -> int:
        """A publish numbers its two editions one after the other."""
        return sum(second != first + 1 for _, first, second in self.answers)

    def switches_ms(self) -> list[float]:
        """From each commit to the last answer with an older state."""
        states = sorted({first for _, first, _ in self.answers})
        return [
            1000 * (max(when for when, first, _ in self.answers if first <= old) - committed)
            for old, committed in zip(states, self.committed, strict=False)
        ]


def published_under_load(networks: dict[str, gpd.GeoDataFrame], engine: Engine) -> str:
    """A Markdown table; networks with `code`, EPSG:4326."""
    columns = (
        "", "processes", "look-ups", "errors", "mixed answers", "last old answer, ms after the commit: made at once",
        "imported before", "MB resident / proportional, each process",
    )  # fmt: skip
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    key = add_key(engine)
    for name, network in networks.items():
        for workers in WORKERS:
            try:
                lines.append(f"| {name} | {workers} | {_measured(engine, network, workers, key)} |")
            except (RuntimeError, subprocess.TimeoutExpired):
                lines.append(f"| {name} | {workers} | (not up within two minutes) | – | – | – | – | – |")
    return "\n".join(lines) + "\n"


def _measured(engine: Engine, network: gpd.GeoDataFrame, workers: int, key: str) -> str:
    both = {"first": network, "second": network}
    publish(engine, both, valid_from=datetime.now(UTC))
    lon, lat = inside(network)
    requests = [request(f"{LOOKUP}?lon={x}&lat={y}&network=first,second", key) for x, y in zip(lon, lat, strict=True)]
    settings = {"ONEGRID_DATABASE_URL": url_of(engine), "ONEGRID_LOG_FORMAT": "json"}
    seen = Seen()

    def again() -> None:
        time.sleep(LEAD_S)
        for _ in range(PUBLISHES):
            publish(engine, both, valid_from=datetime.now(UTC))
            seen.committed.append(time.time())
            time.sleep(APART_S)
        for _ in range(PUBLISHES):
            drafts = add_drafts(engine, both)
            time.sleep(APART_S)
            publish_drafts(engine, drafts, datetime.now(UTC))
            seen.committed.append(time.time())
            time.sleep(APART_S)

    with serving("app.main:create_app", settings, factory=True, workers=workers) as (port, pid):
        load(port, requests[:200], LEAD_S)
        publisher = threading.Thread(target=again)
        publisher.start()
        rounds = []
        while publisher.is_alive():
            rounds.append(load(port, requests, 1.0, check=seen.note))
        publisher.join()
        memory = ", ".join(_memory(child) for child in _children(pid))
    each = [f"{switch:.0f}" for switch in seen.switches_ms()]
    switches = f"{', '.join(each[:PUBLISHES])} | {', '.join(each[PUBLISHES:])}"
    asked, failed = sum(len(made.times) for made in rounds), sum(made.failed for made in rounds)
    return f"{asked:,} | {failed} | {seen.mixed()} | {switches} | {memory}"


def parts(networks: dict[str, gpd.GeoDataFrame], engine: Engine) -> str:
    """A Markdown table: milliseconds of processor time of one process, for two editions where nothing else is said; the
    database's own are not counted."""
    columns = (
        "", "what changed", "rows of an edition", "its index", "staff", "switch, made at once", "imported before"
    )  # fmt: skip
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    for name, network in networks.items():
        lines.append(f"| {name} | {' | '.join(f'{each:.0f}' for each in _parts(engine, network))} |")
    return "\n".join(lines) + "\n"


def _parts(engine: Engine, network: gpd.GeoDataFrame) -> list[float]:
    """The least of a few rounds: what runs beside makes the same work last longer."""
    publish(engine, {"first": network, "second": network}, valid_from=datetime.now(UTC))
    lookup = Lookup(partial(db.transaction, engine))
    lookup.refresh()
    return [min(each) for each in zip(*(_round(engine, network, lookup) for _ in range(ROUNDS)), strict=True)]


def _round(engine: Engine, network: gpd.GeoDataFrame, lookup: Lookup) -> list[float]:
    both = {"first": network, "second": network}
    publish(engine, both, valid_from=datetime.now(UTC))
    at_once = _milliseconds(lookup.refresh)
    drafts = add_drafts(engine, both)
    lookup.prepare()
    publish_drafts(engine, drafts, datetime.now(UTC))
    imported = _milliseconds(lookup.refresh)
    with db.transaction(engine) as session:
        rows = store.edition_rows(session, drafts[0])
        steps = (
            lambda: (store.version(session), store.validities(session), store.network_codes(session)),
            lambda: store.edition_rows(session, drafts[0]),
            lambda: GridIndex(list(rows.codes), rows.polygons),
            lambda: load_staff(session),
        )
        return [*map(_milliseconds, steps), at_once, imported]


def _milliseconds(call: Callable[[], object]) -> float:
    began = time.process_time()
    call()
    return 1000 * (time.process_time() - began)


def _children(pid: int) -> list[int]:
    """Processes that serve, whichever thread started them; not the one that watches over their resources."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return [child for child in found if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def _memory(pid: int) -> str:
    """Resident, and with shared pages counted in equal parts."""
    said = dict(line.split(":") for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    resident, proportional = (int(said[name].split()[0]) * 1024 / 1e6 for name in ("Rss", "Pss"))
    return f"{resident:.0f} / {proportional:.0f}"
