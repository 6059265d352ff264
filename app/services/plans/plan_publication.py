"""Publishing a plan: its grids are checked by the rules of a published edition, then become the unified network's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from sqlalchemy.orm import Session

from app.errors import Conflict, Refused
from app.models.plans import Plan
from app.rules.accounts.access import Caller
from app.services.accounts import audit
from app.services.cases import objections
from app.services.duties import duty_audit
from app.services.networks import editions, networks
from app.services.plans import plans
from app.services.progress import Progress
from app.services.staff import transfer_effects
from app.spatial.coordinates.crs import parse_crs
from app.spatial.quality.coverage_checks import GapLimits, overlaps, unowned
from app.store.networks import editions as editions_store
from app.store.networks import layers as layers_store
from app.store.plans import plan_edits as edits_store
from app.store.plans import plans as store

TRACE_M2 = 0.01  # overlap or gap below this is rounding of coordinates, not ground
REASONS_SHOWN = 50
SERIAL_DIGITS = 3
SNAP_M = 0.01  # the precision grid and the way through degrees move a border by less
SLIVER_M = 1.0  # a sliver may be this wide in places: twice its mean width


def publish_step(session: Session, caller: Caller, parameters: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Parameters: `plan` (name), `valid_from` (ISO), `excuse` (a reason, if breaches are to be published)."""
    caller.require("plan")
    plan = plans.unpublished(store.get(session, parameters["plan"]))
    store.lock(session, plan)
    if plan.status != store.DIVIDED:
        raise Conflict(f"plan {plan.name!r} is {plan.status}: divide it first")
    progress(0.1, "checking the grids")
    grids = store.grids_frame(session, plan.id)
    breaches = find_breaches(session, plan, grids)
    breaches += [breach["says"] for breach in edits_store.breaches(session, plan.id)]
    starts = datetime.fromisoformat(parameters["valid_from"])
    breaches += duty_audit.breaches(session, plan, starts)
    breaches += transfer_effects.breaches(session, plan, starts)
    breaches += objections.breaches(session, plan)
    excuse = parameters.get("excuse", "").strip()
    if breaches and not excuse:
        raise Refused(
            f"plan {plan.name!r} breaks the rules of a published edition in {len(breaches)} places",
            breaches[:REASONS_SHOWN],
        )
    progress(0.6, "publishing")
    network = networks.unified(session, caller)
    edition = editions_store.add(
        session,
        network_id=network.id,
        content_hash=plans.content_hash(session, plan),
        created_by=caller.name,
        provenance={"plan": plan.name, "seed": plan.seed},
        report={"breaches": breaches, "excuse": excuse},
        plan_id=plan.id,
    )
    editions_store.add_grids(session, edition.id, grids)
    _issue_codes(session, plan, grids)
    now = datetime.now(UTC)
    editions.publish(session, caller, edition, starts, now)
    staff = transfer_effects.take_effect_with(session, caller, plan, starts, now)
    plan.status = store.PUBLISHED
    session.flush()
    audit.record(session, caller, "publish plan", f"plan/{plan.id}", after={"edition": edition.id, "excuse": excuse})
    outcome = {"edition": edition.id, "grids": len(grids), "valid_from": parameters["valid_from"], "breaches": breaches}
    return outcome if staff is None else outcome | {"staff": staff}


def _issue_codes(session: Session, plan: Plan, grids: gpd.GeoDataFrame) -> None:
    """Take the grids' serials from the pools for good. Raises Conflict when another plan took them meanwhile."""
    pools = editions_store.code_pools(session)
    taken: dict[str, int] = {}
    for code in grids["code"]:
        prefix, serial = code[:-SERIAL_DIGITS], int(code[-SERIAL_DIGITS:])
        if serial <= pools.get(prefix, 0):
            raise Conflict(
                f"code {code} was issued before plan {plan.name!r} is published: divide it again for new codes"
            )
        taken[prefix] = max(taken.get(prefix, 0), serial)
    editions_store.save_code_pools(session, taken)


def find_breaches(session: Session, plan: Plan, grids: gpd.GeoDataFrame) -> list[str]:
    """Every breach of design rule 4 as a sentence: overlap, gap in the ground, several parts, two areas, invalid."""
    metric = grids.to_crs(parse_crs(plan.crs).proj)
    shapes = metric.geometry.to_numpy()
    whole = shapely.is_valid(shapes) & shapely.is_valid(grids.geometry.to_numpy())  # look-up works in degrees
    found = [f"grid {code} is not a valid polygon" for code in grids["code"][~whole]]
    found += [
        f"grid {code} has several parts{_joined_by(plan, code)}"
        for code in grids["code"][shapely.get_type_id(shapes) != shapely.GeometryType.POLYGON]
    ]
    if not plan.areas_layer_id:
        return found + _overlaps_and_gaps(metric, None)
    areas = layers_store.frame(session, plans.areas_layer(session, plan)).to_crs(metric.crs)
    areas = areas.assign(geometry=shapely.make_valid(areas.geometry.to_numpy()))
    return found + _overlaps_and_gaps(metric, shapely.unary_union(areas.geometry.to_numpy())) + _astray(metric, areas)


def _joined_by(plan: Plan, code: str) -> str:
    """The declared bridges that hold a grid of several parts together: the planner's reason to excuse it."""
    whys = [row["why"] or "no reason given" for row in plan.division.get("bridges", []) if row["code"] == code]
    return f", joined by a declared bridge ({'; '.join(whys)})" if whys else ""


def _overlaps_and_gaps(grids: gpd.GeoDataFrame, ground: Any) -> list[str]:
    """Grids in a metric CRS against each other and the ground; places are told in degrees."""
    shapes, codes = grids.geometry.to_numpy(), grids["code"].to_numpy()
    unmatched = np.asarray(shapely.coverage_invalid_edges(shapes), dtype=object)
    crossing = overlaps(shapes, unmatched, trace_m2=TRACE_M2)
    found = [f"grids {codes[a]} and {codes[b]} overlap" for a, b in zip(crossing.left, crossing.right, strict=True)]
    gaps = unowned(shapes, unmatched, GapLimits(), ground)
    gaps = gaps[shapely.area(gaps) > TRACE_M2]
    places = gpd.GeoSeries(shapely.point_on_surface(gaps), crs=grids.crs).to_crs(4326)
    found += [
        f"{area:.2f} m² of ground without a grid at {place.x:.6f}, {place.y:.6f}"
        for area, place in zip(shapely.area(gaps), places, strict=True)
    ]
    return found


def _astray(grids: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> list[str]:
    """Grids on the ground of another area than their own, or outside the ground of all.

    Slivers outside every area that were given to a neighbour are no breach: they are narrower than a sliver may be.
    """
    home = areas.dissolve("code").geometry
    grounds, codes = home.to_numpy(), home.index.to_numpy()
    tree = shapely.STRtree(grounds)
    found = []
    for code, area, shape in zip(grids["code"], grids["area"], grids.geometry, strict=True):
        met = tree.query(shape, predicate="intersects")
        for other in met[codes[met] != area]:
            if (common := _wider(shape.intersection(grounds[other]), SNAP_M)) > TRACE_M2:
                found.append(f"grid {code} has {common:.2f} m² in area {codes[other]}")
        if (outside := _wider(shape.difference(shapely.union_all(grounds[met])), SLIVER_M)) > TRACE_M2:
            found.append(f"grid {code} reaches out of every area by {outside:.2f} m²")
    return found


def _wider(shape: Any, width_m: float) -> float:
    """Area of what is left of a shape when a strip of half this width is taken off its border, in m²."""
    return float(shape.buffer(-width_m / 2).area)
