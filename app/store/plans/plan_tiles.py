"""Vector tiles of a plan's grids and pieces as they stand, drawn by PostGIS when they are asked for."""

from __future__ import annotations

from types import MappingProxyType

from sqlalchemy import text
from sqlalchemy.orm import Session

EXTENT = 4096
"""Steps that a tile's side is told apart in."""
Address = tuple[int, int, int]
"""z, x, y."""
DRAW = """
    WITH tile AS (SELECT ST_TileEnvelope(:z, :x, :y) AS square,
                         ST_Transform(ST_TileEnvelope(:z, :x, :y, margin => :margin), 4326) AS ground),
    drawn AS (
        SELECT ST_AsMVTGeom(ST_Transform(shape, 3857), tile.square, :extent, :buffer) AS geom, {facts}
        FROM {rows} AS r, tile, ST_Simplify(r.geom, :rough, true) AS shape
        WHERE r.plan_id = :plan AND r.geom && tile.ground {more}
        ORDER BY {order}
    )
    SELECT ST_AsMVT(drawn, :layer, :extent, 'geom') FROM drawn WHERE geom IS NOT NULL
"""
DRAWN = MappingProxyType(
    {
        "grids": text(DRAW.format(facts="r.code, r.kind", rows="plan_grids", more="", order='r.code COLLATE "C"')),
        "pieces": text(DRAW.format(facts="r.piece", rows="pieces", more="AND NOT r.superseded", order="r.piece")),
    }
)


def draw(session: Session, plan_id: int, layer: str, address: Address, margin: float, rough: float) -> bytes:
    """One Mapbox vector tile with one layer, `grids` (code, kind) or `pieces` (piece); empty where there is none.

    `margin`: what is drawn beyond each side, as a share of the side. Each shape is simplified for itself by `rough`
    degrees; one that is smaller stays as it is.
    """
    z, x, y = address
    asked = {
        "z": z, "x": x, "y": y, "plan": plan_id, "layer": layer, "extent": EXTENT, "buffer": round(margin * EXTENT),
        "margin": margin, "rough": rough,
    }  # fmt: skip
    made = session.scalar(DRAWN[layer], asked)
    return bytes(made) if made else b""
