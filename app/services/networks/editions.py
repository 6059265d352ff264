"""Editions: imported as drafts, published with a date, retired, rolled back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from app.errors import Conflict
from app.models.editions import Edition
from app.models.networks import Network
from app.rules.accounts.access import Caller
from app.services.accounts import audit
from app.services.cases import messages
from app.services.networks import intake, tiles
from app.services.networks.checks import noticed
from app.services.networks.file_orders import FileOrder
from app.services.progress import Progress
from app.spatial.coordinates.crs import metric_crs
from app.spatial.quality.problems import problems_geojson
from app.spatial.quality.repair import Repaired, repair
from app.store.networks import editions as store
from app.store.networks import layers as layers_store
from app.store.networks import networks as networks_store

PROBLEMS_KEPT = 10_000


@dataclass(frozen=True, kw_only=True)
class NetworkImport(FileOrder):
    """An import of a network: into which, how repaired, and whether it is published at once."""

    NOT_CONTENT = FileOrder.NOT_CONTENT | {"network", "valid_from", "publish"}

    network: str
    repair: str = "none"
    valid_from: str | None = None
    publish: bool = False


def import_network_step(
    session: Session, caller: Caller, parameters: dict[str, Any], progress: Progress
) -> dict[str, Any]:
    """Read, check, repair and store one network as a draft edition, published at once if asked. All or nothing."""
    caller.require("plan")
    order = NetworkImport(**parameters)
    network = networks_store.get(session, order.network)
    networks_store.lock(session, network.id)
    progress(0.05, "reading the file")
    opened = intake.open_boundary_file(
        Path(order.file),
        crs=order.crs,
        encoding=order.encoding,
        layer=order.layer,
        ground=layers_store.ground(session),
    )
    content_hash = order.content_hash(opened.source.sha256)
    known = store.by_hash(session, network.id, content_hash)
    if known is not None and known.status != store.RETIRED:
        return _finish(session, caller, order, known, unchanged=True)
    progress(0.3, "checking and repairing")
    picked = intake.network_frame(opened, order.code_field, order.name_field, order.kind_field)
    repaired = repair(
        picked.frame,
        order.repair,
        ground=layers_store.ground(session),
        others=_other_networks(session, network),
        noticed=noticed(opened, list(picked.frame["code"])),
    )
    repaired.require_storable(order.file_name or opened.source.file)
    report = _report(repaired, [*opened.notes, *picked.notes])
    if order.dry_run:
        return {"network": network.code, "dry_run": True, "grids": len(repaired.frame), **_summary(report)}
    progress(0.8, "storing")
    provenance = {**opened.provenance, "file": order.file_name or opened.source.file, "repair": order.repair}
    edition = store.add(
        session,
        network_id=network.id,
        content_hash=content_hash,
        created_by=caller.name,
        provenance=provenance,
        report=report,
    )
    store.add_grids(session, edition.id, _grid_rows(repaired.frame))
    audit.record(session, caller, "import", f"edition/{edition.id}", after={"network": network.code, **provenance})
    return _finish(session, caller, order, edition, unchanged=False)


def publish_step(session: Session, caller: Caller, parameters: dict[str, Any], progress: Progress) -> dict[str, Any]:
    edition = store.get(session, parameters["edition"])
    publish(session, caller, edition, datetime.fromisoformat(parameters["valid_from"]), datetime.now(UTC))
    return {"edition": edition.id, "valid_from": parameters["valid_from"]}


def publish(session: Session, caller: Caller, edition: Edition, valid_from: datetime, now: datetime) -> None:
    """Let `edition` hold from `valid_from` on; whatever held then ends there. One transaction, or nothing."""
    caller.require("plan")
    networks_store.lock(session, edition.network_id)
    if edition.status != store.DRAFT:
        raise Conflict(f"edition {edition.id} is {edition.status}; only a draft can be published")
    ended_ids = []
    for other in store.validities(session, edition.network_id):
        if other.valid.lower is not None and other.valid.lower >= valid_from:
            raise Conflict(
                f"edition {other.edition_id} already holds from {other.valid.lower.isoformat()}: publish from a later "
                f"moment, or roll that edition back first"
            )
        if other.valid.upper is None or other.valid.upper > valid_from:
            store.close_validity(session, other, now)
            ended = store.get(session, other.edition_id)
            store.open_validity(session, ended, Range(other.valid.lower, valid_from, bounds="[)"), now)
            ended.status = store.RETIRED
            ended_ids.append(ended.id)
    store.open_validity(session, edition, Range(valid_from, None, bounds="[)"), now)
    edition.status = store.PUBLISHED
    session.flush()
    tiles.prepare(session, edition.id)
    _tell(session, edition, valid_from, now, ended_ids)
    after = {"status": edition.status, "valid_from": valid_from.isoformat(), "ended": ended_ids}
    audit.record(session, caller, "publish", f"edition/{edition.id}", before={"status": store.DRAFT}, after=after)


def _tell(session: Session, edition: Edition, valid_from: datetime, now: datetime, ended: list[int]) -> None:
    network = store.network_of(session, edition).code
    data = {
        "edition": edition.id, "network": network, "plan": edition.plan_id, "valid_from": valid_from,
        "grids": store.count_grids(session, edition.id), "ended": ended,
    }  # fmt: skip
    uid = f"edition-{edition.id}-published"
    messages.tell(session, "edition.published", uid, f"editions/{edition.id}", now, data)


def retire(session: Session, caller: Caller, edition: Edition, at: datetime, now: datetime) -> None:
    """End `edition` at `at` without a successor: from then on its ground has no owner in this network."""
    caller.require("plan")
    networks_store.lock(session, edition.network_id)
    validity = store.validity_of(session, edition.id)
    if edition.status != store.PUBLISHED or validity is None:
        raise Conflict(f"edition {edition.id} is {edition.status}; only a published one can be retired")
    if validity.valid.lower is not None and at <= validity.valid.lower:
        raise Conflict(
            f"edition {edition.id} holds from {validity.valid.lower.isoformat()}: retire it later, or roll it back"
        )
    store.close_validity(session, validity, now)
    store.open_validity(session, edition, Range(validity.valid.lower, at, bounds="[)"), now)
    edition.status = store.RETIRED
    session.flush()
    before, after = {"status": store.PUBLISHED}, {"status": edition.status, "valid_until": at.isoformat()}
    audit.record(session, caller, "retire", f"edition/{edition.id}", before=before, after=after)


def roll_back(session: Session, caller: Caller, edition: Edition, now: datetime) -> Edition | None:
    """Undo the newest publish of a network: its predecessor holds on, as if nothing had been published.

    What was answered meanwhile can still be asked for with `as_known_at`. Returns the predecessor, if there is one.
    """
    caller.require("plan")
    networks_store.lock(session, edition.network_id)
    validity = store.validity_of(session, edition.id)
    others = store.validities(session, edition.network_id)
    if validity is None or others[-1].id != validity.id:
        raise Conflict(
            f"edition {edition.id} is not the network's newest published edition: only that can be rolled back"
        )
    store.close_validity(session, validity, now)
    status, edition.status = edition.status, store.RETIRED
    before = others[-2] if len(others) > 1 else None
    revived = None
    if before is not None and before.valid.upper == validity.valid.lower:
        store.close_validity(session, before, now)
        revived = store.get(session, before.edition_id)
        store.open_validity(session, revived, Range(before.valid.lower, None, bounds="[)"), now)
        revived.status = store.PUBLISHED
    session.flush()
    after = {"status": edition.status, "holds_again": revived.id if revived else None}
    audit.record(session, caller, "roll back", f"edition/{edition.id}", before={"status": status}, after=after)
    return revived


def describe(session: Session, edition: Edition) -> dict[str, Any]:
    """The edition without its grids, as the API and the CLI show it."""
    validity = store.validity_of(session, edition.id)
    return {
        "id": edition.id,
        "network": store.network_of(session, edition).code,
        "status": edition.status,
        "plan": edition.plan_id,
        "valid_from": validity.valid.lower if validity else None,
        "valid_until": validity.valid.upper if validity else None,
        "grids": store.count_grids(session, edition.id),
        "content_hash": edition.content_hash,
        "provenance": edition.provenance,
        "created_by": edition.created_by,
        "created_at": edition.created_at,
        **_summary(edition.report),
    }


def _finish(
    session: Session, caller: Caller, order: NetworkImport, edition: Edition, *, unchanged: bool
) -> dict[str, Any]:
    if order.publish and edition.status == store.DRAFT:
        now = datetime.now(UTC)
        valid_from = datetime.fromisoformat(order.valid_from) if order.valid_from else now
        publish(session, caller, edition, valid_from, now)
    grids = store.count_grids(session, edition.id)
    return {
        "network": order.network,
        "edition": edition.id,
        "status": edition.status,
        "dry_run": order.dry_run,
        "unchanged": unchanged,
        "grids": grids,
        **_summary(edition.report),
    }


def _other_networks(session: Session, network: Network) -> dict[str, gpd.GeoDataFrame]:
    """The newest edition of every other network, to notice one drawn twice."""
    found = {}
    for other in networks_store.every(session):
        newest = store.newest(session, other.id)
        if other.id != network.id and newest is not None:
            found[other.code] = store.grids_frame(session, newest.id)[["code", "name", "geometry"]]
    return found


def _report(repaired: Repaired, notes: list[str]) -> dict[str, Any]:
    """What was found, what was changed and what is left."""
    left = repaired.after.problems[:PROBLEMS_KEPT]
    return {
        "notes": notes,
        "found": repaired.before.to_dict(),
        "changes": [change.to_dict() for change in repaired.changes],
        "changed": repaired.summary(),
        "left": {name: value for name, value in repaired.after.to_dict().items() if name != "problems"},
        "problems": problems_geojson(left),
    }


def _summary(report: dict[str, Any]) -> dict[str, Any]:
    return {
        "notes": report.get("notes", []),
        "found": report.get("found", {}).get("counts", {}),
        "changes": len(report.get("changes", [])),
        "changed": report.get("changed", []),
        "left": report.get("left", {}).get("counts", {}),
    }


def _grid_rows(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The network frame as rows of `grids`: with its area in m², measured in the metric CRS of the place."""
    west, south, east, north = frame.total_bounds
    metric = frame.geometry.to_crs(metric_crs((west + east) / 2, (south + north) / 2))
    kinds = [kind or None for kind in frame["kind"]]
    return frame.assign(area_m2=metric.area.to_numpy(), kind=pd.Series(kinds, index=frame.index, dtype=object))
