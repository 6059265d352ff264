"""`python -m bench [NAME …]`: all benchmarks, or those named; `BENCHES` has the names."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import shapely

from app.spatial.division.adjacency import build_adjacency
from app.spatial.division.terms import DEFAULT_BANDS
from app.spatial.pieces.overlay import OverlayOptions, overlay
from app.spatial.pieces.quantities import add_quantities
from app.spatial.splitting.splits import split_oversized
from bench import (
    dc_routing,
    division,
    edits,
    frontier,
    lookup,
    lookup_check,
    lookup_check_dask,
    lookup_check_live,
    lookup_check_shape,
    lookup_files,
    lookup_http,
    matrix,
    measure,
    page,
    responsibility,
    routing,
    scores,
    tiles,
)
from bench import overlay as overlay_bench
from bench.database import database
from bench.partitioners import Ground

PROJECT = Path(__file__).resolve().parent.parent
DATA = PROJECT / "bench" / "data"
SYNTHETIC = (("pieces_9751", 500), ("pieces_40033", 1000), ("pieces_1000", 50))


def main(names: list[str]) -> None:
    warnings.simplefilter("ignore")
    names = names or [name for name in BENCHES if name not in PARTS]
    if unknown := sorted(set(names) - set(BENCHES)):
        sys.exit(f"no benchmark {unknown[0]!r}; there are: {', '.join(BENCHES)}")
    _say(f"{measure.machine()}\n")
    for name in names:
        BENCHES[name]()


def _overlay() -> None:
    networks = overlay_bench.washington(PROJECT)
    title = "Overlay, Washington DC (296 / 56 / 144 grids)"
    _say(measure.report(title, overlay_bench.run(networks, "EPSG:32618")))
    synthetic = {name: _network(name) for name in ("n1", "n2", "n3")}
    title = "Overlay, synthetic 5,000 / 2,000 / 1,000 grids"
    _say(measure.report(title, overlay_bench.run(synthetic, "EPSG:32650")))
    title = "Overlay, growth: 50,000 / 20,000 / 10,000 grids against 5,000 / 2,000 / 1,000"
    _say(measure.report(title, overlay_bench.growth(synthetic, "EPSG:32650")))
    title = "Overlay of files, whole and strip by strip: the command, with its check of the pieces"
    _say(measure.report(title, overlay_bench.beyond_memory(synthetic)))
    title = "Overlay, conflation: 5,000 grids and the same once more with a metre of jitter"
    _say(measure.report(title, overlay_bench.conflation(synthetic["n1"], "EPSG:32650")))


def _division() -> None:
    pieces = _washington()
    ground = Ground(pieces, build_adjacency(pieces.geometry.to_numpy()), round(pieces["households"].sum() / 400))
    title = f"Division, Washington DC, {len(pieces)} pieces into {ground.grids} grids"
    _say(division.run(title, pieces, ground, old="civilization"))
    for name, grids in SYNTHETIC:
        pieces = gpd.read_parquet(DATA / f"{name}.parquet")
        old = "n1" if name == "pieces_40033" else None  # the pieces of an overlay of n1, n2 and n3
        if old is not None:
            pieces = pieces.assign(n1=_owners(pieces, _network("n1")))
        ground = Ground(pieces, build_adjacency(pieces.geometry.to_numpy()), grids)
        _say(division.run(f"Division, {name} into {grids} grids", pieces, ground, old=old))


def _frontier() -> None:
    for name, grids in SYNTHETIC:
        pieces = gpd.read_parquet(DATA / f"{name}.parquet")
        ground = Ground(pieces, build_adjacency(pieces.geometry.to_numpy()), grids)
        _say(frontier.run(f"{name} into {grids} grids", ground, goals=name == SYNTHETIC[0][0]))


def _edits() -> None:
    _say(edits.run(gpd.read_parquet(DATA / "pieces_40033.parquet")))


def _matrix() -> None:
    _say(measure.report(f"Responsibility matrix, {matrix.GRIDS:,} grids × {matrix.MATTERS:,} matters", matrix.run()))


def _scores() -> None:
    _say(measure.report(f"Scores, a month of {scores.CASES:,} cases", scores.run()))


def _responsibility() -> None:
    _say(responsibility.run())


def _lookup() -> None:
    washington = lookup.rows_of(overlay_bench.washington(PROJECT))
    grids = {
        "Washington DC single-member districts": washington["civilization"],
        "synthetic, 5,000 grids": _network("n1").to_crs(4326),
        "synthetic, 50,000 grids": lookup.ten_times(_network("n1")).to_crs(4326),
    }
    for title, network in grids.items():
        _say(f"### Look-up, {title}\n\n{lookup.built(network)}\n")
        with database() as engine:
            _say(measure.report(f"A million points, {title}", lookup.batches(network, engine)))
    told = lookup_files.routed(washington, washington["civilization"])
    _say(f"### A million rows from Parquet to Parquet, Washington DC\n\n{told}")
    _lookup_http()


def _lookup_http() -> None:
    first, *others = (washington := lookup.rows_of(overlay_bench.washington(PROJECT)))
    with database() as engine:
        rest = {name: washington[name] for name in others}
        _say(f"### One point over HTTP, Washington DC\n\n{lookup_http.rates(engine, washington[first], rest)}")


def _lookup_check() -> None:
    washington = lookup.rows_of(overlay_bench.washington(PROJECT))
    networks = {
        "5,000 synthetic grids": _network("n1").to_crs(4326),
        "Washington DC single-member districts": washington["civilization"],
        "boxes": lookup_check.boxes(),
    }
    with database() as engine:
        _say(f"### Owners, against shapely and PostGIS\n\n{lookup_check.checked(networks, engine)}")


def _lookup_live() -> None:
    washington = lookup.rows_of(overlay_bench.washington(PROJECT))
    networks = {
        "Washington DC, twice 296 grids": washington["civilization"],
        "synthetic, twice 5,000 grids": _network("n1").to_crs(4326),
    }
    with database() as engine:
        _say(f"### A switch in parts, ms of processor time\n\n{lookup_check_live.parts(networks, engine)}")
    with database() as engine:
        _say(f"### Publishes under load\n\n{lookup_check_live.published_under_load(networks, engine)}")


def _lookup_shape() -> None:
    washington = lookup.rows_of(overlay_bench.washington(PROJECT))
    networks = {
        "Washington DC, 296 grids": washington["civilization"],
        "synthetic, 5,000 grids": _network("n1").to_crs(4326),
    }
    _say(f"### Shapes\n\n{lookup_check_shape.measured(networks)}")


def _lookup_dask() -> None:
    network = _network("n1").to_crs(4326)
    told = lookup_check_dask.scaled(network, lookup_check_shape.held(network))
    _say(f"### Routing by Dask workers, 5,000 grids, Parquet to Parquet\n\n{told}")


def _tiles() -> None:
    _say("## Vector tiles, 5,000 grids of 50–150 vertices on 20 × 20 km\n")
    _say(tiles.run(_network("n1")))


def _routing() -> None:
    _say(routing.run())


def _dc_routing() -> None:
    _say(dc_routing.run())


def _page() -> None:
    _say(f"### The page\n\n{page.run(_network('n1').to_crs(4326), gpd.read_parquet(DATA / 'pieces_40033.parquet'))}")


BENCHES: Mapping[str, Callable[[], None]] = MappingProxyType(
    {
        "overlay": _overlay,
        "division": _division,
        "frontier": _frontier,
        "edits": _edits,
        "matrix": _matrix,
        "responsibility": _responsibility,
        "scores": _scores,
        "lookup": _lookup,
        "lookup-http": _lookup_http,
        "lookup-check": _lookup_check,
        "lookup-live": _lookup_live,
        "lookup-shape": _lookup_shape,
        "lookup-dask": _lookup_dask,
        "tiles": _tiles,
        "page": _page,
        "routing": _routing,
        "dc_routing": _dc_routing,
    }
)
PARTS = frozenset({"lookup-http"})
"""Parts of others: run alone by their names only."""


def _washington() -> gpd.GeoDataFrame:
    """The city's pieces with households, those too large for a grid split, in UTM 18N."""
    laid = overlay(overlay_bench.washington(PROJECT), crs="EPSG:32618", options=OverlayOptions(verify=False))
    blocks = gpd.read_file(PROJECT / "data" / "sample_grids" / "washington_dc" / "block_groups.fgb").to_crs(32618)
    pieces = add_quantities(laid.pieces, blocks, ["households"])[0]
    return split_oversized(pieces, DEFAULT_BANDS)[0]


def _network(name: str) -> gpd.GeoDataFrame:
    frame = gpd.read_parquet(DATA / f"{name}.parquet")
    return frame.assign(code=frame["code"].astype(str))


def _owners(pieces: gpd.GeoDataFrame, network: gpd.GeoDataFrame) -> list[str]:
    """The grid of `network` that each piece lies in."""
    inside = gpd.GeoDataFrame(geometry=shapely.point_on_surface(pieces.geometry.to_numpy()), crs=pieces.crs)
    found = inside.sjoin(network[["code", "geometry"]], how="left", predicate="intersects")
    return found[~found.index.duplicated()]["code"].fillna("").tolist()


def _say(text: str) -> None:
    print(text)
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
