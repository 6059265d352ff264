"""The overlay of a plan's networks, areas and cuts into pieces, with quantities and what it says of the networks."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import Any

import geopandas as gpd
import pandas as pd
from sqlalchemy.orm import Session

from app.errors import Conflict, InputError
from app.models.layers import Layer
from app.models.plans import Plan
from app.rules.accounts.access import Caller
from app.services.accounts import audit
from app.services.plans import plans
from app.services.progress import Progress
from app.spatial.coordinates.crs import parse_crs
from app.spatial.division.campuses import campus_membership
from app.spatial.pieces.overlay import OverlayOptions, overlay
from app.spatial.pieces.quantities import add_quantities
from app.spatial.quality.agreement import near_agreement, ownership_shares
from app.store.networks import editions as editions_store
from app.store.networks import layers as layers_store
from app.store.plans import borders as borders_store
from app.store.plans import plans as store

NEAR_M = 5.0  # borders of two networks closer than this were meant to be the same line


def consolidate_step(
    session: Session, caller: Caller, parameters: dict[str, Any], progress: Progress
) -> dict[str, Any]:
    """Parameters: `plan` (name), `options` of the overlay, `quantities` (names of layers; empty: all that have any)."""
    caller.require("plan")
    plan = plans.unpublished(store.get(session, parameters["plan"]))
    store.lock(session, plan)
    return consolidate(session, caller, plan, parameters.get("options", {}), parameters.get("quantities", []), progress)


def consolidate(
    session: Session, caller: Caller, plan: Plan, options: dict[str, Any], quantities: list[str], progress: Progress
) -> dict[str, Any]:
    """Replace the plan's pieces; returns the figures that are kept with the plan."""
    sources = quantity_layers(session, quantities)
    progress(0.05, "reading networks and layers")
    networks = {
        code: editions_store.grids_frame(session, edition.id)[["code", "name", "geometry"]]
        for code, edition in store.editions(session, plan.id).items()
    }
    areas = layers_store.frame(session, plans.areas_layer(session, plan)) if plan.areas_layer_id else None
    cuts = {layer.name: layers_store.frame(session, layer) for layer in store.layers(session, plan.id, "cut")}
    progress(0.15, "overlaying")
    laid = overlay(networks, areas=areas, cuts=cuts, crs=plan.crs, options=OverlayOptions(**options))
    progress(0.6, "placing quantities")
    pieces, totals = _with_quantities(session, laid.pieces, sources)
    pieces = _with_campuses(session, pieces)
    progress(0.8, "comparing the networks")
    findings = {
        "networks": sorted(networks),
        "quantities": sorted(totals),
        "pieces": len(pieces),
        "overlay": laid.report.to_dict(),
        "totals": totals,
        "ownership": ownership_shares(pieces, sorted(networks), sorted(totals)).to_dict("records"),
        "agreement": _agreement(networks, plan.crs),
    }
    progress(0.9, "storing pieces")
    _store(session, plan, pieces, findings, sources)
    borders_store.replace(session, plan.id, laid.borders.to_crs(4326))
    audit.record(session, caller, "consolidate", f"plan/{plan.id}", after={"pieces": len(pieces), "options": options})
    return findings


def quantity_layers(session: Session, names: list[str]) -> list[Layer]:
    """The layers to take quantities from. Two for one quantity would count it twice: refused, with both names."""
    found = [layers_store.get(session, name) for name in names]
    found = found or [layer for layer in layers_store.every(session) if layer.quantities]
    givers: dict[str, list[str]] = defaultdict(list)
    for layer in found:
        for quantity in layer.quantities:
            givers[quantity].append(layer.name)
    for quantity, layers in givers.items():
        if len(layers) > 1:
            raise InputError(
                f"{quantity} are in the layers {' and '.join(layers)}: name the ones to use (--quantities)"
            )
    return found


def _with_quantities(
    session: Session, pieces: gpd.GeoDataFrame, sources: list[Layer]
) -> tuple[gpd.GeoDataFrame, dict[str, Any]]:
    totals: dict[str, Any] = {}
    for layer in sources:
        pieces, report = add_quantities(pieces, layers_store.frame(session, layer), list(layer.quantities))
        totals |= report.to_dict()["quantities"]
    return pieces, totals


def _with_campuses(session: Session, pieces: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Which campus most of a piece lies in, kept as its evidence for the kinds."""
    frames = [
        layers_store.frame(session, layer).to_crs(pieces.crs) for layer in layers_store.every(session, "campuses")
    ]
    if not frames:
        return pieces
    found = campus_membership(pieces, gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=pieces.crs))
    evidence = [
        {"campus": code, "campus_share": round(float(share), 6)} if code else {}
        for code, share in zip(found.campus, found.share, strict=True)
    ]
    return pieces.assign(evidence=evidence)


def _agreement(networks: dict[str, gpd.GeoDataFrame], crs: str) -> list[dict[str, Any]]:
    metric = {code: frame.to_crs(parse_crs(crs).proj) for code, frame in networks.items()}
    return [
        {"a": a, "b": b, **near_agreement(metric[a], metric[b], NEAR_M, step_m=2 * NEAR_M).to_dict()}
        for a, b in combinations(sorted(metric), 2)
    ]


def _store(
    session: Session, plan: Plan, pieces: gpd.GeoDataFrame, findings: dict[str, Any], sources: list[Layer]
) -> None:
    if not len(pieces):
        raise Conflict(f"plan {plan.name!r}: its networks cover no ground")
    attrs = pieces.attrs
    stored = pieces.to_crs(4326)
    stored.attrs = attrs | {"networks": findings["networks"], "quantities": findings["quantities"]}
    store.replace_pieces(session, plan.id, stored)
    store.replace_quantity_layers(session, plan.id, sources)
    plan.status = store.CONSOLIDATED
    plan.consolidation = findings
    plan.division, plan.score = {}, {}
    session.flush()
    plan.content_hash = plans.hash_of(session, plan)
    session.flush()
