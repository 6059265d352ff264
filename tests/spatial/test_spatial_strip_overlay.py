"""An overlay given out strip by strip holds the pieces of the overlay made whole: the whole is the oracle."""

from __future__ import annotations

import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_networks import CRS, EAST, NORTH, frame, networks_of
from shapely import LineString, Polygon, box
from shapely.affinity import translate

from app.spatial.pieces.linework import lines_of, metric_shapes, on_grid, read_source
from app.spatial.pieces.overlay import AREA, OverlayOptions, overlay
from app.spatial.pieces.overlay_report import Listed
from app.spatial.pieces.strip_overlay import StripOverlay
from app.spatial.planar.precision import bounds_of, precision_for
from app.spatial.planar.strips import EVERYWHERE, reach, stored, strip_arcs

NOTHING = np.zeros((0, 5), np.int64)
SUMS = ("ground_m2", "hole_m2", "gap_m2", "contested_m2")


def streamed(networks, stops_m, *, areas=None, cuts=None, options, rounds=8):
    """The pieces of all strips, cut at x = `stops_m` (shares of the width), the report, and the strip of each piece."""
    sources = [read_source(name, networks[name], CRS) for name in sorted(networks)]
    sources += [] if areas is None else [read_source(AREA, areas, CRS)]
    barriers = [metric_shapes(name, one, one.crs) for name, one in sorted((cuts or {}).items())]
    lines = lines_of(sources, barriers)
    lowest, highest = zip(*(bounds_of(one.points) for one in lines), strict=True)
    precision = precision_for(np.min(lowest, axis=0), np.max(highest, axis=0), options.grid_size)
    steps = on_grid(lines, precision)
    west, east = int(steps.x.min()), int(steps.x.max())
    stops = sorted({west + round(share * (east - west)) for share in stops_m})
    ends = [EVERYWHERE[0], *stops, EVERYWHERE[1]]
    spans = list(itertools.pairwise(ends))
    rows = dict(stored(steps, spans))
    widest = int(np.abs(steps.x[steps.end] - steps.x[steps.start]).max())
    highest_step = int(np.abs(steps.y[steps.end] - steps.y[steps.start]).max())
    margin = reach(widest, highest_step, precision.size)
    made = StripOverlay([Listed.of(source) for source in sources], list(networks), precision, CRS, options)
    pieces = []
    for number, span in enumerate(spans):
        arcs, took = strip_arcs(lambda one: rows.get(one, NOTHING), spans, number, margin, precision.size, rounds)
        assert sum(took) <= rounds
        frontier = None if number == len(spans) - 1 else span[1]
        pieces.append(made.add(arcs, frontier).assign(strip=number))
    return pd.concat(pieces, ignore_index=True), made.report()


def same(one, report, whole):
    """Equal pieces up to their order, and equal figures up to the rounding of sums."""
    assert one["piece"].tolist() == list(range(len(one)))
    columns = [column for column in whole.pieces.columns if column not in ("piece", "geometry")]
    told = {(shape, *row) for shape, *row in rows_of(one, columns)}
    assert told == {(shape, *row) for shape, *row in rows_of(whole.pieces, columns)}
    assert len(one) == len(whole.pieces)
    made, wanted = report.to_dict(), whole.report.to_dict()
    for each in (made, wanted):
        each["slivers"]["moved_m2"] = pytest.approx(each["slivers"]["moved_m2"], abs=1e-6)
        for name in SUMS:
            each[name] = pytest.approx(each[name], abs=1e-6)
        for source in [*each["networks"].values(), *([each["areas"]] if each["areas"] else [])]:
            del source["error_code"]
            source.update({name: pytest.approx(source[name], abs=1e-6) for name in ("area_m2", "overlap_m2")})
            source["error_max"] = pytest.approx(source["error_max"], abs=1e-9)
    for name in made:
        assert repr(made[name]) == repr(wanted[name]) or made[name] == wanted[name] or close(made[name], wanted[name])


def close(one, other) -> bool:
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(close(one[name], other[name]) for name in one)
    expected = getattr(one, "expected", one)
    return expected == pytest.approx(getattr(other, "expected", other), abs=1e-6)


def rows_of(pieces, columns):
    shapes = pieces.geometry.to_wkb()
    return zip(shapes, *(pieces[column] for column in columns), strict=True)


def options(**more) -> OverlayOptions:
    return OverlayOptions(verify=False, **more)


def check(networks, stops, **more):
    layers = {name: more.pop(name) for name in ("areas", "cuts") if name in more}
    whole = overlay(networks, crs=CRS, options=options(**more), **layers)
    one, report = streamed(networks, stops, options=options(**more), **layers)
    same(one, report, whole)
    return one, whole


SHARES = st.lists(st.floats(0.01, 0.99), min_size=1, max_size=6)


@given(seed=st.integers(0, 10**9), stops=SHARES)
def test_random_networks(seed, stops):
    check(networks_of(seed), stops)


@given(seed=st.integers(0, 10**9), stops=SHARES, limit=st.sampled_from([0.0, 30.0, 300.0]))
def test_many_slivers_areas_and_cuts(seed, stops, limit):
    """Limits so wide that slivers go to slivers over several strips; areas, blocks that own nothing, loose lines."""
    rng = np.random.default_rng(seed)
    networks = networks_of(seed, 2)
    areas = frame(
        [box(EAST - 60, NORTH - 60, EAST + 20, NORTH + 90), box(EAST + 20, NORTH - 60, EAST + 90, NORTH + 70)]
    )
    lines = [
        LineString(rng.uniform(-60, 160, (3, 2)) + np.array([EAST, NORTH])) for _ in range(int(rng.integers(1, 6)))
    ]
    blocks = [box(EAST - 80, NORTH + 20, EAST + 130, NORTH + 45), box(EAST + 200, NORTH, EAST + 240, NORTH + 9)]
    cuts = {"lines": gpd.GeoDataFrame(geometry=[*lines, *blocks], crs=CRS)}
    more = {"cuts": cuts} | ({"areas": areas} if seed % 3 else {})
    check(networks, stops, sliver_area=limit, sliver_width=5.0, **more)


@given(seed=st.integers(0, 10**9), stops=SHARES)
def test_crowded_pixels_with_borders_along_seams(seed, stops):
    """Lines between points of a 9 × 9 lattice that is the precision grid: corners and upright borders on the seams."""
    rng = np.random.default_rng(seed)
    ends = rng.integers(0, 9, (20, 2, 2))
    lines = [LineString(pair) for pair in ends if (pair[0] != pair[1]).any()]
    cuts = {"lines": gpd.GeoDataFrame(geometry=lines, crs=CRS)}
    grids = {"a": frame([box(0, 0, 8, 8), Polygon([(0, 0), (8, 1), (7, 8)]), Polygon([(0, 8), (8, 7), (1, 0)])])}
    one, report = streamed(grids, stops, cuts=cuts, options=options(grid_size=1.0, sliver_area=0.0), rounds=40)
    same(one, report, overlay(grids, cuts=cuts, crs=CRS, options=options(grid_size=1.0, sliver_area=0.0)))


def test_seams_through_islands_holes_bays_and_gaps():
    """Ground around a lake with an island in it, around a gap of a hair, and a bay open to the west."""
    lake = box(20, 20, 60, 60).difference(box(35, 35, 45, 45))
    shore = box(0, 0, 100, 100).difference(lake).difference(box(70, 10, 70.01, 90))
    bay = Polygon([(110, 0), (150, 0), (150, 50), (110, 50), (110, 40), (140, 40), (140, 10), (110, 10)])
    isle = translate(box(0, 0, 5, 5), 120, 20)
    networks = {"a": frame([translate(one, EAST, NORTH) for one in (shore, bay, isle)])}
    for stops in ([0.5], [0.2, 0.25, 0.3, 0.47, 0.9], [share / 40 for share in range(1, 40)]):
        one, whole = check(networks, stops)
        assert whole.report.holes >= 1
        assert whole.report.gaps_closed == 1
        assert len(one) == 4


def test_what_is_finished_is_given_out_at_once():
    """A row of forty squares in ten strips: no strip keeps more than what touches its frontier."""
    squares = [box(EAST + 10 * place, NORTH, EAST + 10 * place + 10, NORTH + 10) for place in range(40)]
    one, _ = streamed({"a": frame(squares)}, [share / 10 + 0.003 for share in range(1, 10)], options=options())
    counts = one["strip"].value_counts().sort_index()
    assert len(counts) == 10
    assert counts.iloc[:-1].between(2, 5).all()
