"""Design rules 2, 4 and 12 on random ground with barriers, islands, holes, locks, bridges, compounds, areas and kinds.

Expected values by brute force: pairs of shapes intersected by GEOS, groups merged one by one, sums over pieces.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tilings import random_pieces

from app.errors import Infeasible
from app.spatial.division.adjacency import build_adjacency
from app.spatial.division.division import Division, divide
from app.spatial.division.grids import build_grids
from app.spatial.division.terms import Band, Bridge, Load, LockedGrid, Rules, Weights
from app.spatial.pieces.lineage import lineage
from app.spatial.scoring.scores import score_grids
from app.spatial.splitting.splits import SplitAids, split_oversized

BANDS = {
    "resident": Band("households", 150, 200, 250),
    "business": Band("businesses", 60, 100, 150),
    "institution": Band("area_m2", 20_000, 150_000, 400_000),
}
SIDE = 2_000.0


@dataclass(frozen=True)
class Ground:
    """Random pieces and what a planner lays down for them."""

    pieces: gpd.GeoDataFrame
    roads: np.ndarray
    rules: Rules
    seed: int

    def divide(self, *, threads: int = 2, grids: int | None = None) -> Division:
        adjacency = build_adjacency(self.pieces.geometry.to_numpy(), barriers=self.roads)
        return divide(
            self.pieces, bands=BANDS, rules=self.rules, weights=Weights(station=0.2), seed=self.seed, grids=grids,
            effort=150.0, adjacency=adjacency, threads=threads,
        )  # fmt: skip


@st.composite
def grounds(draw: st.DrawFn) -> Ground:
    seed = draw(st.integers(0, 10_000))
    rng = np.random.default_rng(seed)
    pieces = random_pieces(
        seed, draw(st.integers(10, 30)), holes=draw(st.booleans()), island=True, areas=draw(st.integers(0, 3)),
        kinds=draw(st.booleans()),
    )  # fmt: skip
    roads = np.array([shapely.LineString(rng.uniform(0, SIDE, (3, 2))) for _ in range(draw(st.integers(0, 4)))])
    pieces["households"] = np.where(rng.random(len(pieces)) < 0.06, 400, pieces["households"])
    attrs = dict(pieces.attrs)
    pieces, _ = split_oversized(pieces, BANDS, aids=SplitAids(roads=roads))
    pieces = pieces.assign(area_m2=pieces.geometry.area)
    pieces.attrs = attrs
    centres = shapely.get_coordinates(shapely.centroid(pieces.geometry.to_numpy()))
    pieces["compound"] = ""
    for number in range(draw(st.integers(0, 3))):
        near = np.hypot(*(centres - rng.uniform(0, SIDE, 2)).T) < 350.0
        pieces.loc[near, "compound"] = f"c{number}"
    ends = rng.integers(0, len(pieces), (draw(st.integers(0, 3)), 2))
    bridges = [Bridge(int(a), int(b), "bridge") for a, b in ends if a != b]
    rules = Rules(
        bridges=bridges,
        loads={"resident": [Load("businesses", 0.3)]},
        stations=rng.uniform(0, SIDE, (draw(st.integers(0, 3)), 2)),
        locked=_locks(pieces, rng, draw(st.integers(0, 2))),
    )
    return Ground(pieces, roads, rules, seed)


def _locks(pieces: gpd.GeoDataFrame, rng: np.random.Generator, count: int) -> list[LockedGrid]:
    """Grids of an earlier division, as a planner would lock them."""
    plain = divide(pieces.drop(columns="compound"), bands=BANDS, seed=1, effort=20.0)
    chosen = rng.choice(len(plain.grids), min(count, len(plain.grids) - 1), replace=False)
    return [
        LockedGrid(f"L{number}", plain.grids["kind"].iloc[number], tuple(np.flatnonzero(plain.assignment == number)))
        for number in chosen.tolist()
    ]


def touching(ground: Ground) -> set[tuple[int, int]]:
    """Pairs of pieces of one area that share an edge, or a bridge."""
    shapes, area = ground.pieces.geometry.to_numpy(), ground.pieces["area"].to_numpy()
    common = shapely.length(shapely.intersection(shapes[:, None], shapes[None, :])) > 1e-6
    for bridge in ground.rules.bridges:
        common[bridge.left, bridge.right] = common[bridge.right, bridge.left] = True
    common &= area[:, None] == area[None, :]
    return {(int(a), int(b)) for a, b in np.argwhere(common) if a != b}


def groups(members: set[int], pairs: set[tuple[int, int]]) -> list[set[int]]:
    left, found = set(members), []
    while left:
        waiting = [left.pop()]
        group = set(waiting)
        while waiting:
            here = waiting.pop()
            beside = {other for other in left if (here, other) in pairs}
            left -= beside
            group |= beside
            waiting += beside
        found.append(group)
    return found


@settings(max_examples=12)
@given(ground=grounds())
def test_the_hard_rules_hold_whatever_is_laid_down(ground):
    found, pairs = ground.divide(), touching(ground)
    assignment, pieces = found.assignment, ground.pieces
    locked = {piece for grid in ground.rules.locked for piece in grid.pieces}
    placed = (pieces["area"] != "").to_numpy() | (pieces["area"] == "").all()
    assert ((assignment >= 0) == placed).all()
    for number, grid in found.grids.iterrows():
        members = set(np.flatnonzero(assignment == number).tolist())
        assert members
        if not grid["locked"]:
            assert len(groups(members, pairs)) == 1
            assert pieces["area"].iloc[list(members)].nunique() == 1
            assert grid["area"] == pieces["area"].iloc[min(members)]
    for lock in ground.rules.locked:
        (number,) = found.grids.index[found.grids["locked"] == lock.code]
        assert tuple(np.flatnonzero(assignment == number)) == lock.pieces
        assert found.grids.loc[number, "kind"] == lock.kind
    for code in set(pieces["compound"]) - {""}:
        members = set(np.flatnonzero((pieces["compound"] == code).to_numpy() & placed).tolist()) - locked
        for stretch in groups(members, pairs):
            assert len({int(assignment[piece]) for piece in stretch}) == 1
    assert found.report.torn_compounds == 0
    if not locked:
        assert (found.report.broken, found.report.over_areas) == (0, 0)


@settings(max_examples=12)
@given(ground=grounds())
def test_kinds_and_figures_of_the_report_by_brute_force(ground):
    found, pieces = ground.divide(), ground.pieces
    kinds, impure, mixed = list(BANDS), 0, []
    amount = {kind: pieces.get(band.quantity, pieces.geometry.area) for kind, band in BANDS.items()}
    present = [kind for kind in kinds if (pieces["kind"] == kind).any()]
    for number, grid in found.grids.iterrows():
        rows = np.flatnonzero(found.assignment == number)
        own = pieces["kind"].iloc[rows]
        assert grid["amount"] == pytest.approx(float(amount[grid["kind"]].iloc[rows].sum()))
        impure += bool((own != grid["kind"]).any())
        reach = {
            kind: float(amount[kind].iloc[rows][(own == kind).to_numpy()].sum()) / BANDS[kind].target
            for kind in present
        }
        if not grid["locked"] and max(reach.values()) > reach.get(grid["kind"], 0.0) * (1 + 1e-12):
            mixed.append(number)
    assert found.report.pure == pytest.approx(1.0 - impure / len(found.grids))
    assert [row["grid"] for row in found.report.mixed] == mixed
    used = [bridge["grid"] for bridge in found.report.bridges]
    shapes = build_grids(pieces, found.assignment).geometry
    torn = {number for number in range(len(shapes)) if shapes.iloc[number].geom_type != "Polygon"}
    locked = set(found.grids.index[found.grids["locked"] != ""])
    assert torn - locked <= {grid for grid in used if grid >= 0}


@settings(max_examples=12)
@given(ground=grounds())
def test_nothing_is_lost_through_splits_division_and_lineage(ground):
    found, pieces = ground.divide(), ground.pieces
    divided = pieces[found.assignment >= 0]
    grids = build_grids(pieces, found.assignment)
    codes = np.array([f"g{number}" for number in range(len(grids))] + [""], dtype=object)
    assigned = pieces.assign(grid=codes[found.assignment])
    assigned.attrs = dict(pieces.attrs)
    rows = lineage(assigned, ["old"], ["households", "businesses"])
    for quantity in ("households", "businesses"):
        assert grids[quantity].sum() == divided[quantity].sum()
        held = divided[divided["old"] != ""].groupby("old")[quantity].sum()
        moved = rows.assign(amount=rows[f"share_{quantity}"] * rows["old"].map(held))
        expected = divided[divided["old"] != ""].groupby(assigned["grid"])[quantity].sum()
        got = moved.groupby("new")["amount"].sum().reindex(expected.index, fill_value=0.0)
        assert got.to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-6)
    assert rows.groupby("old")["share_area"].sum().to_numpy() == pytest.approx(1.0)
    assert grids.geometry.area.sum() == pytest.approx(divided.geometry.area.sum(), rel=1e-9)


@settings(max_examples=8)
@given(ground=grounds())
def test_the_same_inputs_give_the_same_bytes_with_one_thread_or_two(ground):
    one, two = ground.divide(threads=1), ground.divide(threads=2)
    assert one.assignment.tobytes() == two.assignment.tobytes()
    assert one.grids.equals(two.grids)
    assert json.dumps(one.report.to_dict()) == json.dumps(two.report.to_dict())
    adjacency = build_adjacency(ground.pieces.geometry.to_numpy(), barriers=ground.roads)
    scores = [score_grids(ground.pieces, d.assignment, bands=BANDS, adjacency=adjacency)[1] for d in (one, two)]
    assert scores[0] == scores[1]


@settings(max_examples=8)
@given(ground=grounds(), grids=st.integers(1, 30))
def test_a_number_of_grids_is_met_or_refused_with_the_nearest(ground, grids):
    try:
        found = ground.divide(grids=grids)
    except Infeasible as error:
        nearest = error.members["nearest"]
        assert nearest != grids
        assume(nearest > 0)
        assert len(ground.divide(grids=nearest).grids) == nearest
    else:
        assert len(found.grids) == grids
        assert found.report.torn_compounds == 0
