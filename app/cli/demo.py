"""`onegrid demo`: the main job on the sample city, once: import → check → consolidate → divide → publish → route."""

from __future__ import annotations

import csv
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from app.cli import context
from app.cli.console import emit, out, table
from app.cli.lookup.lookup import open_lookup
from app.cli.plans.summaries import consolidation_rows, division_rows, ownership_table
from app.services import database
from app.services.accounts import sign_in
from app.services.lookup.route_files import RouteOptions, route_file
from app.services.networks import exports, networks
from app.services.plans import plans
from app.settings import PROJECT_DIR, get_settings
from app.store.networks import networks as networks_store
from app.store.plans import plans as plans_store

CITY = PROJECT_DIR / "data" / "sample_grids" / "washington_dc"
PLAN = "washington_dc"
VALID_FROM = "2016-01-01T00:00:00-05:00"  # the sample's events are of August 2016
EVENTS = "crime_incidents.csv"


@dataclass(frozen=True)
class SampleNetwork:
    code: str
    name: str
    file: str
    code_field: str
    label: str | None = None  # the column of the events that names this network's grid
    name_field: str | None = None
    repair: str = "none"  # some events lie millimetres beside a border: even snapping would move it past them


@dataclass(frozen=True)
class SampleLayer:
    kind: str
    name: str
    file: str
    code_field: str
    quantities: dict[str, str] = field(default_factory=dict)
    kind_field: str | None = None


NETWORKS = (
    SampleNetwork("civilization", "Single-member districts", "single_member_districts.fgb", "SMD_ID", None, "NAME"),
    SampleNetwork("governance", "Police service areas", "police_service_areas.fgb", "PSA", "psa"),
    SampleNetwork("city_management", "Trash routes", "trash_routes.fgb", "ROUTE_ID", repair="full"),
    SampleNetwork("wards", "Wards", "wards.fgb", "WARD", "ward"),
    SampleNetwork("commissions", "Advisory neighbourhood commissions", "anc_areas.fgb", "ANC_ID", "anc"),
    SampleNetwork("police_districts", "Police districts", "police_districts.fgb", "LABEL", "district"),
    SampleNetwork("voting_precincts", "Voting precincts", "voting_precincts.fgb", "NAME", "precinct"),
)
LAYERS = (
    SampleLayer("areas", "areas", "anc_areas.fgb", "ANC_ID"),
    SampleLayer("blocks", "blocks", "block_groups.fgb", "GEOID", {"households": "households", "people": "people"}),
    SampleLayer("blocks", "zones", "traffic_zones.fgb", "TAZ", {"jobs": "jobs"}),
    SampleLayer("businesses", "businesses", "businesses.fgb", "code", {"businesses": "businesses"}, "kind"),
)
PLANNED = "civilization,governance,city_management"


def demo(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Load the sample city (Washington DC) and do the main job on it, once."""
    database.upgrade(context.engine())
    with context.transaction() as session:
        plan = plans_store.find(session, PLAN)
        done = plan is not None and plan.status == plans_store.PUBLISHED
    made: dict[str, Any] = {"done_before": True} if done else main_job(quiet=as_json)
    link = first_sign_in_link()
    if link:
        made["sign_in"] = link
    emit(made, as_json=as_json, text="the sample city is loaded already" if done else None)
    if link and not as_json:
        out.print(f"Sign in as the first administrator (the link works once): {link}", markup=False)


def main_job(*, quiet: bool = False) -> dict[str, Any]:
    """Everything from the files of the sample city to its routed events; each step is one run."""
    began = time.perf_counter()
    made: dict[str, Any] = {"networks": [import_network(network, quiet=quiet) for network in NETWORKS]}
    made["layers"] = [import_layer(layer, quiet=quiet) for layer in LAYERS]
    _plan()
    made["consolidation"] = context.run("consolidate", {"plan": PLAN}, quiet=quiet)
    made["division"] = context.run("divide", {"plan": PLAN}, quiet=quiet)
    made["publication"] = context.run("publish_plan", {"plan": PLAN, "valid_from": VALID_FROM}, quiet=quiet)
    made["exports"] = _export()
    made["routing"] = _route()
    made["seconds"] = round(time.perf_counter() - began, 1)
    if not quiet:
        _tell(made)
    return made


def first_sign_in_link() -> str | None:
    """A one-time link for the administrator, as long as nobody has ever signed in."""
    with context.transaction() as session:
        settings = get_settings()
        lifetime = timedelta(minutes=settings.sign_in_link_minutes)
        link = sign_in.first_link(
            session, context.caller(), address=settings.address, lifetime=lifetime, now=datetime.now(UTC)
        )
    return link.url if link else None


def import_network(sample: SampleNetwork, *, quiet: bool) -> dict[str, Any]:
    with context.transaction() as session:
        if networks_store.find(session, sample.code) is None:
            networks.add_network(session, context.caller(), sample.code, sample.name)
    order = {
        "network": sample.code,
        "file": str(CITY / sample.file),
        "file_name": sample.file,
        "code_field": sample.code_field,
        "name_field": sample.name_field,
        "repair": sample.repair,
        "publish": True,
        "valid_from": VALID_FROM,
    }
    return context.run("import_network", order, quiet=quiet)


def import_layer(sample: SampleLayer, *, quiet: bool) -> dict[str, Any]:
    order = {
        "kind": sample.kind,
        "file": str(CITY / sample.file),
        "file_name": sample.file,
        "name": sample.name,
        "quantities": sample.quantities,
        "code_field": sample.code_field,
        "kind_field": sample.kind_field,
    }
    return context.run("import_layer", order, quiet=quiet)


def _plan() -> None:
    with context.transaction() as session:
        if plans_store.find(session, PLAN) is None:
            plans.create(session, context.caller(), PLAN, PLANNED.split(","), areas="areas", cuts=["blocks"])


def _export() -> list[str]:
    folder = get_settings().var_dir / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    with context.transaction() as session:
        plan = plans_store.get(session, PLAN)
        files = [folder / f"{PLAN}_{what}.gpkg" for what in exports.WHAT]
        for what, file in zip(exports.WHAT, files, strict=True):
            exports.export_plan(session, plan, what, file)
    return [str(file) for file in files]


def _route() -> dict[str, Any]:
    """Route the labelled events; for each label, the share that agrees with the network it speaks of."""
    output = get_settings().var_dir / "demo" / f"routed_{EVENTS}"
    summary = route_file(open_lookup(()), CITY / EVENTS, output, RouteOptions(at_field="at")).to_dict()
    with output.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    agreement = {
        network.label: _agreement([(row[network.label], row[f"{network.code}_grid"]) for row in rows])
        for network in NETWORKS
        if network.label
    }
    return {"file": str(output), **summary, "agreement": agreement}


def _agreement(pairs: list[tuple[str, str]]) -> float:
    """Share of the events that bear a label and whose label names the grid they were routed to."""
    labelled = [(label, grid) for label, grid in pairs if label]
    return sum(label == grid for label, grid in labelled) / len(labelled)


def _tell(made: dict[str, Any]) -> None:
    rows = [
        (
            n["network"],
            n["grids"],
            ", ".join(f"{kind} {count}" for kind, count in n["found"].items()) or "none",
            n["changes"],
        )
        for n in made["networks"]
    ]
    out.print(table("Networks imported and published", ("network", "grids", "problems found", "repairs"), rows))
    out.print(table("Plan", ("", ""), consolidation_rows(made["consolidation"]) + division_rows(made["division"])))
    out.print(ownership_table(made["consolidation"]))
    edition = made["publication"]["edition"]
    out.print(f"Published as edition {edition} of the network unified, from {VALID_FROM[:10]}", markup=False)
    agreement = [(label, f"{share:.4f}") for label, share in made["routing"]["agreement"].items()]
    out.print(table("Labelled events that agree with the routed grid", ("label", "share"), agreement))
    out.print(f"Done in {made['seconds']} s; files in {get_settings().var_dir / 'demo'}", markup=False)
