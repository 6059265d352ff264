"""Washington DC's 311 requests of August 2016 routed by duty lines: lines written from one half of the requests, tried
on the other. `python -m bench dc_routing`; reads the reference material beside the checkout."""

from __future__ import annotations

import csv
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import pandas as pd
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql import Range

from app import db
from app.models.matters import CodeTable
from app.models.matters import Matter as MatterRow
from app.rules.accounts.access import SCOPES, Caller
from app.rules.time.moments import parse_moment
from app.services.cases import events
from app.services.cases.event_places import Sighting
from app.services.cases.event_routing import route_event
from app.services.duties import duty_import
from app.services.duties.duty_rows import Order
from app.services.lookup.lookup import AnswerRules
from app.services.lookup.lookup_index import Lookup
from app.store.duties import duties as duties_store
from app.store.networks import editions as editions_store
from app.store.networks import networks as networks_store
from bench.database import database

PROJECT = Path(__file__).resolve().parent.parent
CITY = PROJECT.parent / "shared" / "data" / "washington_dc"
REQUESTS = CITY / "events" / "service_requests_311_30d.csv"
GRIDS = PROJECT / "data" / "sample_grids" / "washington_dc" / "police_service_areas.fgb"
ROOT = Caller("cli:bench", frozenset(SCOPES))
SINCE = datetime(2016, 1, 1, tzinfo=UTC)
ZONE = "America/New_York"
RULES = AnswerRules(ZONE, 2000.0)
EVER = Range(SINCE, None, bounds="[)")


def run() -> str:
    """Markdown: the share of the second half whose routed agency is the recorded one, for lines of two kinds."""
    if not REQUESTS.exists():
        return "DC's 311 requests are not beside this checkout: nothing measured\n"
    requests = pd.read_csv(REQUESTS, dtype=str).sort_values(["ADDDATE", "SERVICEREQUESTID"], ignore_index=True)
    requests["matter"] = _codes(requests)
    half = len(requests) // 2
    early, late = requests.iloc[:half], requests.iloc[half:]
    odd = requests.index % 2 == 0
    tries = (
        ("lines by service code, first half by date → second", early, late, "matter"),
        ("lines by service code, every other request → the rest", requests[odd], requests[~odd], "matter"),
        ("lines by class of service (14), first half by date → second", early, late, "class"),
        ("one line for everything (the most frequent agency)", early, late, "all"),
    )
    with database() as engine, TemporaryDirectory() as folder:
        _prepare(engine, requests)
        rows = [_row(engine, Path(folder), *each) for each in tries]
    head = "| duty lines | written from | lines | tried on | agency as recorded | with an owner | CPU s |\n"
    return head + "|---|---:|---:|---:|---:|---:|---:|\n" + "".join(rows)


def _codes(requests: pd.DataFrame) -> list[str]:
    """A matter's code: two digits for the class of service, then the service code, so that a class is its beginning."""
    classes = {
        name: f"{number:02d}" for number, name in enumerate(sorted(requests["SERVICETYPECODEDESCRIPTION"].unique()))
    }
    pairs = zip(requests["SERVICETYPECODEDESCRIPTION"], requests["SERVICECODE"], strict=True)
    return [classes[kind] + "".join(filter(str.isalnum, code)) for kind, code in pairs]


def _row(engine: Engine, folder: Path, name: str, known: pd.DataFrame, asked: pd.DataFrame, by: str) -> str:
    lines = _lines(known, by)
    _import_lines(engine, folder, lines)
    began = time.process_time()
    owners = _route(engine, asked)
    seconds = time.process_time() - began
    right = sum(owner == agency for owner, agency in zip(owners, asked["ORGANIZATIONACRONYM"], strict=True))
    owned = sum(bool(owner) for owner in owners)
    share = f"{right:,} = {right / len(asked):.2%}"
    return f"| {name} | {len(known):,} | {len(lines)} | {len(asked):,} | {share} | {owned:,} | {seconds:.0f} |\n"


def _lines(known: pd.DataFrame, by: str) -> list[tuple[str, str]]:
    """(code, agency): the agency that had most requests of the code, the class, or of all."""
    code = {"matter": known["matter"], "class": known["matter"].str[:2], "all": pd.Series("*", index=known.index)}[by]
    most = known.groupby(code)["ORGANIZATIONACRONYM"].agg(lambda agencies: agencies.mode().iloc[0])
    return [(str(code), str(agency)) for code, agency in most.items()]


def _prepare(engine: Engine, requests: pd.DataFrame) -> None:
    """Police service areas as the unified network, service codes as matters, the mayor's office as the last resort."""
    grids = gpd.read_file(GRIDS).to_crs(4326)
    facts = {"name": grids["PSA"], "kind": None, "area": "11", "area_m2": 1.0}
    with db.transaction(engine) as session:
        owner = networks_store.add(session, "unified", "Police service areas", None)
        edition = editions_store.add(
            session, network_id=owner.id, content_hash="dc", created_by="bench", provenance={}, report={}
        )
        frame = grids[["geometry"]].assign(code=grids["PSA"].astype(str), **facts)
        editions_store.add_grids(session, edition.id, frame)
        editions_store.open_validity(session, edition, EVER, SINCE)
        edition.status = editions_store.PUBLISHED
        table = CodeTable(code="dc311", name="DC 311", local=True, valid=EVER, created_by="bench", extensions=[])
        session.add(table)
        session.flush()
        named = requests.drop_duplicates("matter")
        for code, name in zip(named["matter"], named["SERVICECODEDESCRIPTION"], strict=True):
            session.add(MatterRow(table_id=table.id, kind="matter", code=code, name=name, valid=EVER))
        events.put_last_resort(session, ROOT, "", "EOM", SINCE)


def _import_lines(engine: Engine, folder: Path, lines: list[tuple[str, str]]) -> None:
    path = folder / "duties.csv"
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(("kind", "code", "lead", "table"))
        table.writerows(("matter", code, agency, "dc311") for code, agency in lines)
    with db.transaction(engine) as session:
        before = [row.id for row in duties_store.believed(session)]
        if before:
            duties_store.close(session, before, datetime.now(UTC))
        duty_import.import_duties(session, ROOT, Order(SINCE, ZONE), path, datetime.now(UTC))


def _route(engine: Engine, asked: pd.DataFrame) -> list[str]:
    """The owner of each request at its moment; nothing is stored."""
    lookup = Lookup(lambda: db.transaction(engine))
    lookup.refresh()
    found = []
    with db.transaction(engine) as session:
        index = lookup.routing.current(session)
        columns = (asked["lon"].astype(float), asked["lat"].astype(float), asked["ADDDATE"], asked["matter"])
        for lon, lat, added, matter in zip(*columns, strict=True):
            at = parse_moment(added, ZONE)
            sighting = Sighting(lon=lon, lat=lat, at=at, since=at, recorded_at=at, matter=matter)
            found.append(route_event(session, lookup, sighting, RULES, index=index).owner)
    return found
