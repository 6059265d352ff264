from __future__ import annotations

from typing import Any

import geopandas as gpd
import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models.layers import Feature, Layer
from app.store.frames import as_geometry, gather, insert_frame, select_frame, spread


def add(
    session: Session,
    *,
    name: str,
    kind: str,
    content_hash: str,
    quantities: list[str],
    provenance: dict[str, Any],
    created_by: str,
) -> Layer:
    layer = Layer(
        name=name,
        kind=kind,
        content_hash=content_hash,
        quantities=quantities,
        provenance=provenance,
        created_by=created_by,
    )
    session.add(layer)
    session.flush()
    return layer


def find(session: Session, name: str) -> Layer | None:
    return session.scalar(select(Layer).where(Layer.name == name))


def get(session: Session, name: str) -> Layer:
    """The layer with `name`; NotFound names those there are."""
    layer = find(session, name)
    if layer is None:
        known = ", ".join(other.name for other in every(session)) or "none yet"
        raise NotFound(f"no layer {name!r}; there are: {known}")
    return layer


def by_id(session: Session, layer_id: int) -> Layer:
    return session.get_one(Layer, layer_id)


def every(session: Session, kind: str | None = None) -> list[Layer]:
    statement = select(Layer).order_by(Layer.name)
    return list(session.scalars(statement if kind is None else statement.where(Layer.kind == kind)))


def add_features(session: Session, layer: Layer, frame: gpd.GeoDataFrame) -> int:
    """`frame`: a layer frame (code, name, kind, properties, one column per quantity, geometry in EPSG:4326)."""
    rows = frame.assign(quantities=gather(frame, layer.quantities))
    return insert_frame(session, Feature, rows, layer_id=layer.id)


def frame(session: Session, layer: Layer) -> gpd.GeoDataFrame:
    """The layer frame as it was imported, in the file's order."""
    statement = (
        select(
            Feature.code, Feature.name, Feature.kind, Feature.quantities, Feature.properties, as_geometry(Feature.geom)
        )
        .where(Feature.layer_id == layer.id)
        .order_by(Feature.id)
    )
    return spread(select_frame(session, statement), "quantities", layer.quantities)


def count_features(session: Session, layer_id: int) -> int:
    return session.scalar(select(func.count()).select_from(Feature).where(Feature.layer_id == layer_id)) or 0


def ground(session: Session) -> Any | None:
    """The declared ground: the union of every areas layer, or None when there is none. EPSG:4326."""
    shapes = session.scalars(select(func.ST_AsBinary(Feature.geom)).join(Layer).where(Layer.kind == "areas")).all()
    return shapely.unary_union(shapely.make_valid(shapely.from_wkb(list(shapes)))) if shapes else None
