"""Layers: context data with quantities, imported whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import geopandas as gpd
import shapely
from sqlalchemy.orm import Session

from app.errors import Conflict, InputError, Refused
from app.models.layers import Layer
from app.rules.accounts.access import Caller
from app.services.accounts import audit
from app.services.networks import intake
from app.services.networks.checks import noticed
from app.services.networks.file_orders import FileOrder
from app.services.progress import Progress
from app.spatial.quality.checks import blocking, check_layer, without
from app.spatial.quality.problems import Kind
from app.store.networks import layers as store

LayerKind = Literal[
    "areas",
    "blocks",
    "buildings",
    "households",
    "businesses",
    "campuses",
    "compounds",
    "barriers",
    "components",
    "cameras",
    "stations",
]
KINDS: tuple[LayerKind, ...] = get_args(LayerKind)
MENDED = (
    Kind.MISSING_GEOMETRY,
    Kind.BROKEN_GEOMETRY,
    Kind.INVALID_GEOMETRY,
)  # reported, and put right by the import itself


@dataclass(frozen=True, kw_only=True)
class LayerImport(FileOrder):
    """An import of a layer; `quantities`: quantity → field of the file."""

    NOT_CONTENT = FileOrder.NOT_CONTENT | {"name"}

    kind: str
    name: str | None = None
    quantities: dict[str, str] = field(default_factory=dict)


def import_layer_step(
    session: Session, caller: Caller, parameters: dict[str, Any], progress: Progress
) -> dict[str, Any]:
    """Read, check and store one layer. All or nothing; the same content under the same name is stored once."""
    caller.require("plan")
    order = LayerImport(**parameters)
    if order.kind not in KINDS:
        raise InputError(f"no kind of layer {order.kind!r}; there are: {', '.join(KINDS)}")
    progress(0.05, "reading the file")
    ground = None if order.kind == "areas" else store.ground(session)
    opened = intake.open_boundary_file(
        Path(order.file), crs=order.crs, encoding=order.encoding, layer=order.layer, ground=ground
    )
    name = order.name or order.kind
    content_hash = order.content_hash(opened.source.sha256)
    known = store.find(session, name)
    if known is not None:
        if known.content_hash != content_hash:
            raise Conflict(
                f"layer {name!r} exists with other content; plans may rest on it: import under another --name"
            )
        return {"layer": name, "unchanged": True, **describe(session, known)}
    progress(0.4, "checking")
    picked = intake.layer_frame(opened, order.quantities, order.code_field, order.name_field, order.kind_field)
    report = check_layer(
        picked.frame,
        list(order.quantities),
        ground=ground,
        codes_required=order.kind == "areas",
        noticed=noticed(opened, picked.frame["code"].tolist()),
    )
    grave = without(report, *MENDED)
    if grave.errors:
        reasons = blocking(grave)
        raise Refused(f"{opened.source.file}: {len(grave.errors)} problems; nothing stored. {reasons[0]}", reasons)
    frame = _mended(picked.frame, list(order.quantities))
    if order.dry_run:
        return {"layer": name, "dry_run": True, "features": len(frame), "left": report.counts}
    progress(0.7, "storing")
    layer = store.add(
        session,
        name=name,
        kind=order.kind,
        content_hash=content_hash,
        quantities=sorted(order.quantities),
        provenance={**opened.provenance, "file": order.file_name or opened.source.file},
        created_by=caller.name,
    )
    store.add_features(session, layer, frame)
    audit.record(session, caller, "import layer", f"layer/{name}", after=layer.provenance)
    notes = [*opened.notes, *picked.notes]
    return {"layer": name, "unchanged": False, "notes": notes, "left": report.counts, **describe(session, layer)}


def describe(session: Session, layer: Layer) -> dict[str, Any]:
    """The layer without its features, as the API and the CLI show it."""
    return {
        "name": layer.name,
        "kind": layer.kind,
        "features": store.count_features(session, layer.id),
        "quantities": layer.quantities,
        "provenance": layer.provenance,
        "created_by": layer.created_by,
        "created_at": layer.created_at,
    }


def _mended(frame: gpd.GeoDataFrame, quantities: list[str]) -> gpd.GeoDataFrame:
    """What the report named and an import puts right: features without a place are left out, invalid polygons made
    valid, a missing count is 0."""
    placed = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    shapes = shapely.force_2d(shapely.make_valid(placed.geometry.to_numpy()))
    return placed.assign(geometry=shapes, **{name: placed[name].fillna(0.0) for name in quantities})
