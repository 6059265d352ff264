"""Three networks cut into pieces: chained geopandas.overlay, GEOS noding + polygonize, OneGrid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from app.spatial.pieces.overlay import OverlayOptions, overlay
from bench.measure import Measured, measure

Networks = dict[str, gpd.GeoDataFrame]


def run(networks: Networks, crs: str) -> list[Measured]:
    return [
        measure("chained geopandas.overlay", lambda: _chained(networks)),
        measure("GEOS noding + polygonize", lambda: _polygonized(networks)),
        measure("OneGrid", lambda: _ours(networks, crs), warm=True),
    ]


def washington(project: Path) -> Networks:
    """The sample city's three networks in UTM 18N; the trash routes made valid, for the peers' sake."""
    files = {"civilization": "single_member_districts", "governance": "police_service_areas", "city": "trash_routes"}
    codes = {"civilization": "SMD_ID", "governance": "PSA", "city": "ROUTE_ID"}
    return {name: _read(project, file, codes[name]) for name, file in files.items()}


def _read(project: Path, file: str, code: str) -> gpd.GeoDataFrame:
    frame = gpd.read_file(project / "data" / "sample_grids" / "washington_dc" / f"{file}.fgb").to_crs(32618)
    shapes = shapely.make_valid(frame.geometry.to_numpy())
    return gpd.GeoDataFrame({"code": frame[code].astype(str)}, geometry=list(shapes), crs=32618)


def _chained(networks: Networks) -> dict[str, Any]:
    frames = [frame.rename(columns={"code": name}) for name, frame in networks.items()]
    made = frames[0]
    for frame in frames[1:]:
        made = gpd.overlay(made, frame, how="union", keep_geom_type=True)
    return _facts(made.geometry.explode().to_numpy())


def _polygonized(networks: Networks) -> dict[str, Any]:
    lines = shapely.boundary(np.concatenate([frame.geometry.to_numpy() for frame in networks.values()]))
    pieces = shapely.get_parts(shapely.polygonize([shapely.node(shapely.union_all(lines))]))
    inside = shapely.point_on_surface(pieces)
    for frame in networks.values():
        shapely.STRtree(frame.geometry.to_numpy()).query(inside, predicate="intersects")
    return _facts(pieces)


def _ours(networks: Networks, crs: str) -> dict[str, Any]:
    made = overlay(networks, crs=crs, options=OverlayOptions(verify=False))
    return _facts(made.pieces.geometry.to_numpy())


def _facts(pieces: Any) -> dict[str, Any]:
    width = 2 * shapely.area(pieces) / shapely.length(pieces)
    slivers = int(((shapely.area(pieces) < 10) & (width < 0.5)).sum())
    return {"pieces": len(pieces), "slivers": slivers, "valid coverage": bool(shapely.coverage_is_valid(pieces))}
