"""Vector tiles of an edition, made by PostGIS: kept ones, and ones drawn when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.models.tiles import Outline, Tile
from app.store.networks.editions import PUBLISHED

EXTENT = 4096
"""Steps that a tile's side is told apart in."""
Address = tuple[int, int, int]
"""z, x, y."""
Shapes = npt.NDArray[np.object_]

DRAW = """
    WITH tile AS (SELECT ST_TileEnvelope(:z, :x, :y) AS square,
                         ST_TileEnvelope(:z, :x, :y, margin => :margin) AS ground),
    near AS MATERIALIZED (
        SELECT {shape} AS shape, {border} AS border, g.id, g.code, g.name, g.kind, g.area
        FROM {grids}, tile
        WHERE {near}
        ORDER BY g.code COLLATE "C"
    ),
    drawn AS (
        SELECT ST_AsMVTGeom(shape, square, :extent, :buffer) AS geom, id, code, name, kind, area FROM near, tile
    ),
    lines AS (
        SELECT ST_AsMVTGeom(coalesce(border, ST_Boundary(shape)), square, :extent, :buffer) AS geom FROM near, tile
    )
    SELECT (SELECT coalesce(ST_AsMVT(drawn, 'grids', :extent, 'geom', 'id'), '') FROM drawn WHERE geom IS NOT NULL)
        || (SELECT coalesce(ST_AsMVT(lines, 'borders', :extent, 'geom'), '') FROM lines WHERE geom IS NOT NULL)
"""
UNSHARED = "NULL::geometry"
"""Borders of grids of which no outlines were made: each has the whole of its own."""
AS_THEY_ARE = text(
    DRAW.format(
        shape="ST_Transform(g.geom, 3857)",
        border=UNSHARED,
        grids="grids AS g",
        near="g.edition_id = :edition AND g.geom && ST_Transform(tile.ground, 4326)",
    )
)
ROUGH = text(
    DRAW.format(
        shape="ST_Transform(ST_Simplify(g.geom, :rough, true), 3857)",  # most corners go before they are transformed
        border=UNSHARED,
        grids="grids AS g",
        near="g.edition_id = :edition AND g.geom && ST_Transform(tile.ground, 4326)",
    )
)
GENERALISED = text(
    DRAW.format(
        shape="o.geom",
        border="o.border",
        grids="outlines AS o JOIN grids AS g ON g.id = o.grid_id",
        near="o.edition_id = :edition AND o.level = :level AND o.geom && tile.ground",
    )
)
GROUND = text("""
    SELECT ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box), held
    FROM (SELECT ST_Extent(geom) AS box, count(*) AS held FROM grids WHERE edition_id = :edition) AS ground
""")
UNDRAWN = text("""
    SELECT id FROM editions AS e
    WHERE EXISTS (SELECT FROM validities WHERE edition_id = e.id) AND EXISTS (SELECT FROM grids WHERE edition_id = e.id)
      AND NOT EXISTS (SELECT FROM outlines WHERE edition_id = e.id)
    ORDER BY status = :first DESC, id DESC
""")
CLAIM = text("SELECT id FROM editions WHERE id = :edition FOR NO KEY UPDATE SKIP LOCKED")
ADD_OUTLINES = text("""
    INSERT INTO outlines (edition_id, level, grid_id, geom, border)
    SELECT :edition, :level, grid, ST_GeomFromWKB(shape, 3857), ST_GeomFromWKB(border, 3857)
    FROM unnest(:grids, :shapes, :borders) AS made (grid, shape, border)
""")


@dataclass(frozen=True)
class Ground:
    """Where an edition lies (west, south, east, north in degrees) and how many grids it has."""

    bounds: tuple[float, float, float, float]
    grids: int


def draw(
    session: Session, edition_id: int, address: Address, level: int | None, margin: float, rough: float = 0.0
) -> bytes:
    """A Mapbox vector tile with the layers `grids` (id, code, name, kind, area) and `borders`; empty where no grid is.

    `level`: of the outlines to draw with; None draws the grids as they are, or each simplified for itself by `rough`
    degrees. `margin`: what is drawn beyond each side, as a share of the side.
    """
    z, x, y = address
    asked = {
        "z": z, "x": x, "y": y, "edition": edition_id, "level": level, "extent": EXTENT,
        "buffer": round(margin * EXTENT), "margin": margin, "rough": rough,
    }  # fmt: skip
    grids = ROUGH if rough else AS_THEY_ARE
    made = session.scalar(grids if level is None else GENERALISED, asked)
    return bytes(made) if made else b""


def kept(session: Session, edition_id: int, address: Address) -> bytes | None:
    found = session.get(Tile, (edition_id, *address))
    return found.content if found else None


def keep(session: Session, edition_id: int, address: Address, content: bytes) -> None:
    z, x, y = address
    session.add(Tile(edition_id=edition_id, z=z, x=x, y=y, content=content))


def has_outlines(session: Session, edition_id: int) -> bool:
    """False for an edition published before outlines were made."""
    return session.scalar(select(Outline.level).where(Outline.edition_id == edition_id).limit(1)) is not None


def undrawn(session: Session) -> list[int]:
    """Editions that hold or held, with grids but without outlines; those that are published first."""
    return list(session.scalars(UNDRAWN, {"first": PUBLISHED}))


def claim(session: Session, edition_id: int) -> bool:
    """Keep others from drawing an edition until the transaction ends; False when somebody does already."""
    return session.scalar(CLAIM, {"edition": edition_id}) is not None


def add_outlines(
    session: Session, edition_id: int, level: int, grids: Sequence[int], shapes: Shapes, borders: Shapes
) -> None:
    """`shapes` and the `borders` drawn with them, in EPSG:3857, of the grids with the ids `grids`."""
    made = {"edition": edition_id, "level": level, "grids": list(grids)}
    packed = {"shapes": shapely.to_wkb(shapes).tolist(), "borders": shapely.to_wkb(borders).tolist()}
    session.execute(ADD_OUTLINES, made | packed)


def ground(session: Session, edition_id: int) -> Ground | None:
    """None for an edition without grids."""
    west, south, east, north, held = session.execute(GROUND, {"edition": edition_id}).one()
    return Ground((west, south, east, north), int(held)) if held else None
