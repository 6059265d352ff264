"""Edits as plain functions on random tilings: what an edit keeps up to date equals a plan made from scratch, and
undoing is exact. The judge is other code: `rebuilt` makes every grid anew, GEOS joins polygons and tests coverages,
`score_grids` and `lineage` see all pieces at once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from tilings import random_pieces

from app.errors import Conflict, Infeasible, InputError
from app.spatial.division.adjacency import build_adjacency
from app.spatial.division.terms import Band
from app.spatial.editing.changes import Change, Side, applied
from app.spatial.editing.drafts import Hand
from app.spatial.editing.edits import (
    Assign,
    Draw,
    Lock,
    Merge,
    Rename,
    SetKind,
    Split,
    Unlock,
    draft,
)
from app.spatial.editing.graph import neighbours
from app.spatial.editing.ground import make_ground
from app.spatial.editing.optimising import Optimise, Rest, optimise_rest
from app.spatial.editing.settling import rebuilt, settle
from app.spatial.editing.workspace import Grid, Terms, Workspace
from app.spatial.pieces.lineage import lineage
from app.spatial.scoring.scores import score_grids

HAND = Hand("user:planner", datetime(2026, 11, 22, tzinfo=UTC), {"440115000000J": 3})
BANDS = {
    "resident": Band("households", 100, 200, 300),
    "business": Band("businesses", 50, 100, 200),
    "institution": Band("area_m2", 10_000, 100_000, 400_000),
}
CELL = 700.0  # metres; grids are squares of the pieces' centres, some of them torn


def planned(seed: int, count: int = 90, *, holes: bool = False, island: bool = False) -> Workspace:
    """A plan in two areas with an unfinished network of old grids and a compound."""
    pieces = random_pieces(seed, count, holes=holes, island=island, areas=2, kinds=False)
    centres = shapely.get_coordinates(shapely.centroid(pieces.geometry.to_numpy()))
    near = np.hypot(*(centres - 900.0).T) < 250.0
    pieces = pieces.assign(
        campus=np.where(near, "school", ""), campus_share=np.where(near, 1.0, 0.0), area_m2=pieces.geometry.area
    )
    pieces["old"] = [
        f"{old}|B1" if x > 1700 and old else old for old, x in zip(pieces["old"], centres[:, 0], strict=True)
    ]
    stored = pieces.drop(columns="kind").to_crs(4326)
    stored.attrs = {"networks": ["old", "never"], "quantities": ["households", "businesses"]}
    ground = make_ground(stored, pieces.crs, np.zeros(len(pieces), dtype=bool))
    serial = 1 + (centres[:, 0] // CELL).astype(int) * 12 + (centres[:, 1] // CELL).astype(int)
    grid = np.array([f"{area}J{n:03d}" for area, n in zip(pieces["area"], serial, strict=True)], dtype=object)
    grids = {code: Grid(code, code, "resident", code[:-4], 0.0, 0, {}, {}, shapely.Polygon()) for code in set(grid)}
    terms = Terms(BANDS, ("old", "never"), ("households", "businesses"), kind_names={"resident": "居民"})
    kind = np.full(len(grid), "resident", dtype=object)
    evidence = np.array([{"n": n} for n in range(len(grid))], dtype=object)
    return rebuilt(Workspace(7, terms, ground, grid, kind, evidence, grids, {}, {}))


def wish(plan: Workspace, rng: np.random.Generator) -> Any:
    """A random edit; it may be refused."""
    codes = sorted(plan.grids)
    code, other = (str(rng.choice(codes)) for _ in range(2))
    shape = plan.grids[code].shape
    west, south, east, north = shape.bounds
    x, y = shape.representative_point().coords[0]
    cut = bool(rng.random() < 0.5)
    pieces = tuple(int(n) for n in rng.choice(plan.ground.numbers, int(rng.integers(1, 4))))
    beside = plan.ground.numbers[neighbours(plan.ground.adjacency, plan.members([code]))]
    around = tuple(int(n) for n in rng.choice(beside, min(2, len(beside)), replace=False))
    across = ((x, south - 1e-3), (x + 1e-5, y), (x + (east - west) * float(rng.normal(0, 0.2)), north + 1e-3))
    turn = np.sort(rng.uniform(0, 2 * np.pi, 7))
    reach = (north - south) * float(rng.uniform(0.2, 0.8))
    ring = tuple((x + reach * np.cos(t), y + reach * np.sin(t)) for t in turn)
    return rng.choice(
        np.array(
            [
                Assign(around, code), Assign(pieces, code), Assign(pieces), Split(code, across, cut), Draw(ring, cut),
                Merge((code, other)), Lock(code, "agreed"), Unlock(code), SetKind(code, "business", "a market"),
                Rename(code, f"name {rng.integers(9)}"), Optimise(code, 2),
            ],
            dtype=object,
        )
    )  # fmt: skip


def the_same(left: Workspace, right: Workspace) -> None:
    """Not a bit apart."""
    assert (left.grid == right.grid).all()
    assert (left.kind == right.kind).all()
    assert left.evidence.tolist() == right.evidence.tolist()
    assert left.grids == right.grids
    assert left.lineage == right.lineage
    assert left.score == right.score
    assert (shapely.to_wkb(left.ground.shapes) == shapely.to_wkb(right.ground.shapes)).all()
    assert left.ground.frame.equals(right.ground.frame)
    for name in ("indptr", "indices", "length", "barrier", "exterior"):
        assert (getattr(left.ground.adjacency, name) == getattr(right.ground.adjacency, name)).all(), name


def made_from_scratch(plan: Workspace) -> None:
    """The plan against one made anew from its pieces, by this code and by that of the division."""
    anew = rebuilt(plan)
    assert plan.grids.keys() == anew.grids.keys()
    for code, grid in plan.grids.items():
        other = anew.grids[code]
        assert shapely.to_wkb(grid.shape) == shapely.to_wkb(other.shape)
        assert replace(grid, scores={}, area_m2=0, shape=None) == replace(other, scores={}, area_m2=0, shape=None)
        assert grid.area_m2 == pytest.approx(other.area_m2, rel=1e-9)
        assert grid.scores == pytest.approx(dict(other.scores), rel=1e-9, abs=1e-9)
    frame = plan.ground.frame.assign(kind=plan.kind)
    frame.attrs = plan.ground.frame.attrs
    full = build_adjacency(frame.geometry.to_numpy())
    for name in ("indptr", "indices", "length", "exterior"):
        assert (getattr(full, name) == getattr(plan.ground.adjacency, name)).all(), name
    codes = sorted(plan.grids)
    kinds = np.array([plan.grids[code].kind for code in codes], dtype=object)
    scores, score = score_grids(frame, plan.grid, bands=BANDS, adjacency=full, kinds=kinds)
    for code in codes:
        assert plan.grids[code].scores == pytest.approx(scores.loc[code].to_dict(), rel=1e-9, abs=1e-9)
    whole = score.to_dict()
    assert plan.score["preserved"] == pytest.approx(whole.pop("preserved"))
    numbers = {name: value for name, value in whole.items() if isinstance(value, int | float)}
    assert len(numbers) >= 17
    assert {name: plan.score[name] for name in numbers} == pytest.approx(numbers, rel=1e-9, abs=1e-9)
    lines(plan, frame)


def lines(plan: Workspace, frame: pd.DataFrame) -> None:
    rows = lineage(frame.assign(grid=plan.grid), ["old", "never"], ["households", "businesses"])
    known = {(row.network, row.old, new): row for new, rows in plan.lineage.items() for row in rows}
    assert known.keys() == set(zip(rows["network"], rows["old"], rows["new"], strict=True))
    for row in rows.to_dict("records"):
        kept = known[row["network"], row["old"], row["new"]]
        assert kept.share_area == pytest.approx(row["share_area"], rel=1e-6)
        for name in ("households", "businesses"):
            assert kept.shares[name] == pytest.approx(row[f"share_{name}"], rel=1e-6, abs=1e-12)


def through_json(change: Change) -> Change:
    """As the database hands it back."""
    sides = [Side.from_dict(json.loads(json.dumps(side.to_dict()))) for side in (change.before, change.after)]
    return Change(*sides)


@settings(max_examples=12)
@given(seed=st.integers(0, 10_000), holes=st.booleans(), island=st.booleans(), steps=st.integers(1, 9))
def test_any_edits_equal_a_plan_from_scratch_and_are_undone_to_the_bit(
    seed: int, holes: bool, island: bool, steps: int
) -> None:
    rng, plan = np.random.default_rng(seed), planned(seed, holes=holes, island=island)
    households = plan.ground.frame["households"].sum()
    states, changes = [plan], []
    for _ in range(steps):
        try:
            made = draft(plan, wish(plan, rng), HAND)
        except (InputError, Conflict, Infeasible):
            continue
        plan, change = settle(plan, made)
        assert plan.version == states[-1].version + 1
        the_same(applied(states[-1], through_json(change)), plan)
        states.append(plan)
        changes.append(through_json(change))
    assert shapely.coverage_is_valid(plan.ground.shapes)
    assert shapely.coverage_is_valid(np.array([grid.shape for grid in plan.grids.values()], dtype=object))
    assert plan.ground.frame["households"].sum() == households
    assert plan.ground.frame["area_m2"].sum() == pytest.approx(states[0].ground.frame["area_m2"].sum(), rel=1e-7)
    for change, before in zip(reversed(changes), reversed(states[:-1]), strict=True):
        plan = applied(plan, change.reverse)
        the_same(plan, before)
    for change, after in zip(changes, states[1:], strict=True):
        plan = applied(plan, change)
        the_same(plan, after)
    made_from_scratch(plan)


@pytest.mark.parametrize("cut", [False, True])
def test_a_line_splits_a_grid_in_two_that_hang_together(cut: bool) -> None:
    plan = planned(3)
    code = max(plan.grids, key=lambda code: (plan.grids[code].pieces, code))
    west, south, east, north = plan.grids[code].shape.bounds
    line = (((west + east) / 2, south - 1e-3), ((west + east) / 2, north + 1e-3))
    made, change = settle(plan, draft(plan, Split(code, line, cut), HAND))
    parts = [made.grids[code].shape for code in change.after.grids if code[:-3] == change.codes[0][:-3]]
    new = (change.after.grids.keys() - change.before.grids.keys()).pop()
    assert {made.grids[code].shape.geom_type, made.grids[new].shape.geom_type} == {"Polygon"}
    whole = shapely.union_all([made.grids[code].shape, made.grids[new].shape])
    assert whole.area == pytest.approx(plan.grids[code].shape.area, rel=1e-9)
    assert len(made.grid) == len(plan.grid) + len(change.after.pieces) - len(change.before.pieces)
    assert (len(made.grid) > len(plan.grid)) == cut
    assert len(parts) >= 2
    if cut:  # the common border is the line
        border = shapely.intersection(made.grids[code].shape, made.grids[new].shape)
        assert shapely.hausdorff_distance(border, shapely.LineString(line).intersection(whole)) < 1e-6


def test_a_drawn_area_is_cut_out_exactly_and_takes_its_share() -> None:
    plan = planned(4)
    x, y = plan.grids[sorted(plan.grids)[2]].shape.centroid.coords[0]
    ring = tuple((x + dx * 2e-3, y + dy * 2e-3) for dx, dy in ((-1, -1), (1.2, -0.9), (1, 1), (-0.8, 1.1)))
    made, change = settle(plan, draft(plan, Draw(ring, cut=True, name="码头"), HAND))
    new = (change.after.grids.keys() - change.before.grids.keys()).pop()
    assert made.grids[new].name == "码头"
    inside = shapely.Polygon(ring).intersection(shapely.union_all([grid.shape for grid in plan.grids.values()]))
    assert shapely.symmetric_difference(made.grids[new].shape, inside).area < 1e-4 * inside.area
    assert made.grids[new].quantities["households"] > 0
    for name in ("households", "businesses"):
        assert made.ground.frame[name].sum() == plan.ground.frame[name].sum()
        assert (made.ground.frame[name] == made.ground.frame[name].round()).all()


def test_a_ring_inside_one_piece_makes_a_hole() -> None:
    plan = planned(5, count=20)
    row = int(np.argmax(shapely.area(plan.ground.shapes)))
    x, y = shapely.maximum_inscribed_circle(plan.ground.shapes[row]).coords[0]
    ring = tuple((x + 3e-4 * np.cos(t), y + 3e-4 * np.sin(t)) for t in np.linspace(0, 6, 7))
    made, _ = settle(plan, draft(plan, Draw(ring, cut=True), HAND))
    assert len(made.grid) == len(plan.grid) + 1
    assert shapely.get_num_interior_rings(made.ground.shapes[row]) == 1
    assert shapely.coverage_is_valid(made.ground.shapes)


def test_the_larger_grid_keeps_its_code_in_a_merge() -> None:
    plan = planned(6)
    codes = sorted(plan.grids, key=lambda code: -plan.grids[code].quantities["households"])[:2]
    made, change = settle(plan, draft(plan, Merge((codes[1], codes[0])), HAND))
    assert change.removed == [codes[1]]
    assert made.grids[codes[0]].pieces == plan.grids[codes[0]].pieces + plan.grids[codes[1]].pieces


def test_new_codes_go_on_after_those_issued_and_those_in_the_plan() -> None:
    plan = planned(7)
    code = max(plan.grids, key=lambda code: (plan.grids[code].pieces, code))
    last = max(int(other[-3:]) for other in plan.grids if other[:-3] == code[:-3])
    made, change = settle(plan, draft(plan, Optimise(code, 3), HAND))
    assert sorted(change.after.grids.keys() - {code}) == [f"{code[:-3]}{last + n:03d}" for n in (1, 2)]
    issued = replace(HAND, issued={code[:-3]: 500})
    _, change = settle(made, draft(made, SetKind(code, "business", "why"), issued))
    assert f"{code[:-4]}S001" in change.after.grids
    _, change = settle(made, draft(made, Assign((int(made.ground.numbers[made.members([code])[0]]),)), issued))
    assert f"{code[:-3]}501" in change.after.grids


def test_the_rest_divided_anew_leaves_locked_grids_alone_and_keeps_codes() -> None:
    plan = planned(8, count=200)
    locked = sorted(plan.grids)[3]
    plan, _ = settle(plan, draft(plan, Lock(locked, "agreed"), HAND))
    made, change = settle(plan, optimise_rest(plan, Rest(seed=3), HAND))
    assert (made.members([locked]) == plan.members([locked])).all()
    assert made.grids[locked] == plan.grids[locked]
    assert len(made.grids.keys() & plan.grids.keys()) > len(plan.grids) / 2
    assert made.score["broken"] == 0
    the_same(applied(made, through_json(change).reverse), plan)
    made_from_scratch(made)
    everything = replace(plan, grids={code: replace(grid, lock=HAND.because("x")) for code, grid in plan.grids.items()})
    with pytest.raises(InputError, match="unlock"):
        optimise_rest(everything, Rest(), HAND)


def test_pieces_outside_every_area_cannot_be_given_away() -> None:
    plan = planned(9)
    outside = plan.grid.copy()
    outside[0] = ""
    with pytest.raises(InputError, match="piece 0 lies outside"):
        draft(replace(plan, grid=outside), Assign((0,), plan.grid[1]), HAND)
