"""Vector tiles of an edition, made by PostGIS."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

LAYER = "grids"
EXTENT = 4096
BUFFER = 64

TILE = text("""
    WITH tile AS (SELECT ST_TileEnvelope(:z, :x, :y) AS square,
                         ST_Transform(ST_TileEnvelope(:z, :x, :y, margin => :margin), 4326) AS ground),
    drawn AS (
        SELECT ST_AsMVTGeom(ST_Transform(g.geom, 3857), tile.square, :extent, :buffer) AS geom,
               g.id, g.code, g.name, g.kind, g.area
        FROM grids AS g, tile
        WHERE g.edition_id = :edition AND g.geom && tile.ground
        ORDER BY g.code COLLATE "C"
    )
    SELECT ST_AsMVT(drawn, :layer, :extent, 'geom', 'id') FROM drawn WHERE geom IS NOT NULL
""")
GROUND = text("""
    SELECT ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box), held
    FROM (SELECT ST_Extent(geom) AS box, count(*) AS held FROM grids WHERE edition_id = :edition) AS ground
""")


@dataclass(frozen=True)
class Ground:
    """Where an edition lies (west, south, east, north in degrees) and how many grids it has."""

    bounds: tuple[float, float, float, float]
    grids: int


def tile(session: Session, edition_id: int, z: int, x: int, y: int) -> bytes:
    """One Mapbox vector tile with the layer `grids` (id, code, name, kind, area); empty where no grid is."""
    asked = {
        "z": z, "x": x, "y": y, "edition": edition_id, "layer": LAYER, "extent": EXTENT, "buffer": BUFFER,
        "margin": BUFFER / EXTENT,
    }  # fmt: skip
    made = session.scalar(TILE, asked)
    return bytes(made) if made else b""


def ground(session: Session, edition_id: int) -> Ground | None:
    """None for an edition without grids."""
    west, south, east, north, held = session.execute(GROUND, {"edition": edition_id}).one()
    return Ground((west, south, east, north), int(held)) if held else None
