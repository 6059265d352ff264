"""Runs every benchmark and prints Markdown tables; `../shared/data/bench` is used where it is there."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import geopandas as gpd

from app.spatial.pieces.overlay import OverlayOptions, overlay
from app.spatial.pieces.quantities import add_quantities
from bench import division, lookup, measure
from bench import overlay as overlay_bench

PROJECT = Path(__file__).resolve().parent.parent
SHARED = PROJECT.parent / "shared" / "data" / "bench"


def main() -> None:
    warnings.simplefilter("ignore")
    print(f"{measure.machine()}\n")
    networks = overlay_bench.washington(PROJECT)
    _say("Overlay, Washington DC (296 / 56 / 144 grids)", overlay_bench.run(networks, "EPSG:32618"))
    _say("Division, Washington DC pieces into 400 grids", division.run(_pieces(networks), 400))
    _say("Look-up, Washington DC single-member districts", lookup.run(networks["civilization"].to_crs(4326)))
    if SHARED.is_dir():
        _shared()


def _shared() -> None:
    networks = {name: gpd.read_parquet(SHARED / f"{name}.parquet") for name in ("n1", "n2", "n3")}
    coded = {name: frame.assign(code=[str(row) for row in range(len(frame))]) for name, frame in networks.items()}
    _say("Overlay, synthetic 5,000 / 2,000 / 1,000 grids", overlay_bench.run(coded, "EPSG:32650"))
    for name, grids in (("pieces_1000", 50), ("pieces_9751", 500), ("pieces_40033", 1000)):
        pieces = gpd.read_parquet(SHARED / f"{name}.parquet")
        _say(f"Division, {name} into {grids} grids", division.run(pieces, grids))


def _pieces(networks: overlay_bench.Networks) -> gpd.GeoDataFrame:
    laid = overlay(networks, crs="EPSG:32618", options=OverlayOptions(verify=False))
    blocks = gpd.read_file(PROJECT / "data" / "sample_grids" / "washington_dc" / "block_groups.fgb").to_crs(32618)
    return add_quantities(laid.pieces, blocks, ["households"])[0]


def _say(title: str, rows: list[measure.Measured]) -> None:
    print(measure.report(title, rows))
    sys.stdout.flush()


if __name__ == "__main__":
    main()
