"""Edits of a plan against PostGIS: what is stored is what is in memory, whichever process made the edit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import shapely
from cities import LAT, LON, STEP, cells, collection, write
from planned_city import PLANNER, build, divided
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.errors import Conflict, Forbidden, InputError, NotFound, Refused
from app.models.plans import Plan
from app.rules.accounts.access import SCOPES, Caller
from app.services.networks import layers
from app.services.plans import plan_division, plan_edits, plan_publication, plan_workspaces, plans
from app.services.plans.plan_workspaces import Workspaces
from app.services.progress import silent
from app.spatial.editing import edits
from app.spatial.editing.edits import Assign, Draw, Lock, Merge, Rename, SetKind, Split, Unlock
from app.spatial.editing.optimising import Optimise
from app.spatial.editing.workspace import Workspace
from app.store.plans import plan_edits as edits_store
from app.store.plans import plans as store

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
WEST, EAST = "440115001001", "440115001002"
ROWS = {
    "pieces": "SELECT piece, area, sources, kind, evidence, grid, area_m2, quantities, derived, superseded, "
    "encode(ST_AsEWKB(geom), 'hex') FROM pieces WHERE plan_id = :plan AND NOT superseded ORDER BY piece",
    "plan_grids": "SELECT code, name, kind, area, area_m2, pieces, quantities, scores, lock, decision, breaches, "
    "encode(ST_AsEWKB(geom), 'hex') FROM plan_grids WHERE plan_id = :plan ORDER BY code",
    "lineage": "SELECT network, old, new, share_area, shares FROM lineage WHERE plan_id = :plan ORDER BY 1, 2, 3",
    "plans": "SELECT score, status, content_hash FROM plans WHERE id = :plan",
}


@pytest.fixture
def city(session: Session, tmp_path: Path) -> Session:
    build(session, tmp_path)
    return session


def stored(session: Session, plan: Plan) -> dict[str, Any]:
    """Everything that makes up the plan, as the database has it."""
    session.flush()
    return {name: [tuple(row) for row in session.execute(text(sql), {"plan": plan.id})] for name, sql in ROWS.items()}


def do(session: Session, plan: Plan, wish: Any, known: Workspaces, version: int | None = None) -> dict[str, Any]:
    made = plan_edits.make(session, PLANNER, plan, wish, known, version=version, now=NOW)
    session.commit()
    return made


def step(session: Session, plan: Plan, way: Any, known: Workspaces) -> dict[str, Any]:
    made: dict[str, Any] = way(session, PLANNER, plan, known, version=None, now=NOW)
    session.commit()
    return made


def add_layer(session: Session, folder: Path, kind: str, rows: list[tuple[dict[str, Any], Any]], **order: Any) -> None:
    file = str(write(folder / f"{kind}.geojson", collection(rows)))
    layers.import_layer_step(session, PLANNER, {"kind": kind, "file": file, "code_field": "code", **order}, silent())


def grids_of(session: Session, plan: Plan, area: str, letter: str = "J") -> list[str]:
    codes = store.grids_frame(session, plan.id)["code"]
    return [code for code in codes if code.startswith(area + letter)]


def beside(workspace: Workspace, code: str) -> tuple[int, str]:
    """A piece of another grid of the same area and kind that touches this one, and its grid."""
    for row in workspace.members([code]):
        graph = workspace.ground.links
        for other in graph.indices[graph.indptr[row] : graph.indptr[row + 1]]:
            if workspace.grid[other] != code and workspace.grid[other][:-3] == code[:-3]:
                return int(workspace.ground.numbers[other]), str(workspace.grid[other])
    raise AssertionError(f"nothing beside {code}")


def same(left: Workspace, right: Workspace) -> None:
    """Two copies of a plan that must not differ in a bit."""
    assert left.version == right.version
    assert (left.grid == right.grid).all()
    assert (left.kind == right.kind).all()
    assert left.evidence.tolist() == right.evidence.tolist()
    assert left.grids == right.grids
    assert left.lineage == right.lineage
    assert left.score == right.score
    assert (shapely.to_wkb(left.ground.shapes) == shapely.to_wkb(right.ground.shapes)).all()
    assert (left.ground.derived == right.ground.derived).all()
    for name in ("indptr", "indices", "length", "barrier", "exterior"):
        assert (getattr(left.ground.adjacency, name) == getattr(right.ground.adjacency, name)).all(), name


def across(shape: shapely.Geometry) -> tuple[tuple[float, float], ...]:
    """A line from south to north through the middle of a grid."""
    west, south, east, north = shape.bounds
    middle = (west + east) / 2 + STEP / 10
    return ((middle, south - STEP), (middle, north + STEP))


def wishes(session: Session, plan: Plan, known: Workspaces) -> Iterator[Any]:
    """One of every kind, made up as the plan stands when it is asked for."""
    west, east = grids_of(session, plan, WEST), grids_of(session, plan, EAST)
    piece, _ = beside(known.at(session, plan), west[0])
    yield Assign((piece,), west[0])
    yield Assign((piece,))
    yield Rename(west[1], "码头")
    yield SetKind(west[1], "business", "a market all along the quay")
    yield Merge((east[0], east[1]))
    yield Optimise(grids_of(session, plan, EAST)[0], 2)
    largest = max(known.at(session, plan).grids.values(), key=lambda grid: (grid.pieces, grid.code))
    yield Split(largest.code, across(largest.shape))
    largest = max(known.at(session, plan).grids.values(), key=lambda grid: (grid.area_m2, grid.code))
    yield Split(largest.code, across(largest.shape), cut=True)
    corner = (LON + 8.3 * STEP, LAT + 4.3 * STEP)
    ring = tuple((corner[0] + x * STEP, corner[1] + y * STEP) for x, y in ((0, 0), (2.1, 0.2), (2, 2), (0.3, 1.8)))
    yield Draw(ring, cut=True, name="新网格")
    yield Lock(grids_of(session, plan, EAST)[-1], "agreed with the street office")


def test_every_edit_is_stored_as_it_is_in_memory_and_undone_to_the_byte(city: Session) -> None:
    plan = divided(city, "spring")
    known, states = Workspaces(), [stored(city, plan)]
    hashes = [plans.hash_of(city, plan)]
    for wish in wishes(city, plan, known):
        do(city, plan, wish, known)
        same(known.at(city, plan), plan_workspaces.load(city, plan))
        states.append(stored(city, plan))
        hashes.append(plans.hash_of(city, plan))
        assert shapely.coverage_is_valid(store.grids_frame(city, plan.id).geometry.to_numpy())
        assert shapely.coverage_is_valid(store.pieces_frame(city, plan).geometry.to_numpy())
    assert len(states) == 11
    for before, after in zip(reversed(states[:-1]), reversed(states[1:]), strict=True):
        assert stored(city, plan)["pieces"] == after["pieces"]
        step(city, plan, plan_edits.undo, known)
        assert stored(city, plan)["pieces"] == before["pieces"]
        assert stored(city, plan)["plan_grids"] == before["plan_grids"]
        assert stored(city, plan)["lineage"] == before["lineage"]
    assert stored(city, plan) == states[0]
    assert plans.hash_of(city, plan) == hashes[0]
    with pytest.raises(Conflict, match="no edit to undo"):
        step(city, plan, plan_edits.undo, known)
    for number, after in enumerate(states[1:], 1):
        step(city, plan, plan_edits.redo, known)
        made = stored(city, plan)
        assert {name: made[name] for name in ("pieces", "plan_grids", "lineage")} == {
            name: after[name] for name in ("pieces", "plan_grids", "lineage")
        }, number
    same(known.at(city, plan), plan_workspaces.load(city, plan))
    assert plans.hash_of(city, plan) == hashes[-1]
    with pytest.raises(Conflict, match="no undone edit"):
        step(city, plan, plan_edits.redo, known)


def test_a_process_that_is_behind_catches_up(city: Session) -> None:
    """Two workspaces on one database stand for two processes."""
    plan = divided(city, "spring")
    ours, theirs = Workspaces(), Workspaces()
    theirs.at(city, plan)
    for wish in wishes(city, plan, ours):
        do(city, plan, wish, ours)
    step(city, plan, plan_edits.undo, ours)
    same(theirs.at(city, plan), ours.at(city, plan))
    do(city, plan, Rename(grids_of(city, plan, WEST)[0], "theirs"), theirs)
    same(ours.at(city, plan), theirs.at(city, plan))
    plan_division.divide_step(city, PLANNER, {"plan": "spring"}, silent())
    same(ours.at(city, plan), plan_workspaces.load(city, plan))
    with pytest.raises(Conflict, match="no edit to undo"):
        step(city, plan, plan_edits.undo, ours)
    assert {row["closed"] for row in plan_edits.history(city, plan)} == {True}


def test_a_stale_edit_is_told_what_changed(city: Session) -> None:
    plan, known = divided(city, "spring"), Workspaces()
    version, codes = plan.version, grids_of(city, plan, WEST)
    do(city, plan, Rename(codes[0], "first"), known, version)
    with pytest.raises(Conflict, match="version") as stale:
        do(city, plan, Rename(codes[0], "second"), known, version)
    assert stale.value.members["version"] == version + 1
    assert stale.value.members["grids"] == [codes[0]]
    assert [(row["edit"]["do"], row["by"]) for row in stale.value.members["changes"]] == [("rename", "user:planner")]
    assert known.at(city, plan).grids[codes[0]].name == "first"


def test_a_locked_grid_keeps_its_pieces(city: Session) -> None:
    plan, known = divided(city, "spring"), Workspaces()
    code = grids_of(city, plan, WEST)[0]
    do(city, plan, Lock(code, "agreed with the street office"), known)
    workspace = known.at(city, plan)
    piece, other = beside(workspace, code)
    own = tuple(int(number) for number in workspace.ground.numbers[workspace.members([code])])
    ring = tuple(shapely.get_coordinates(workspace.grids[code].shape.convex_hull).tolist())
    refused = (
        Assign((piece,), code), Assign(own[:1], other), Merge((code, other)), Optimise(code, 2),
        Split(code, across(workspace.grids[code].shape)), SetKind(code, "business", "why"), Draw(ring, cut=True),
        Lock(code, "again"),
    )  # fmt: skip
    before = stored(city, plan)
    for wish in refused:
        with pytest.raises(Conflict, match="agreed with the street office"):
            do(city, plan, wish, known)
    assert stored(city, plan) == before
    order = {"plan": "spring", "seed": 5}
    plan_edits.optimise_rest_step(city, PLANNER, order, silent())
    workspace = known.at(city, plan)
    assert tuple(int(number) for number in workspace.ground.numbers[workspace.members([code])]) == own
    assert workspace.grids[code].lock is not None
    same(workspace, plan_workspaces.load(city, plan))
    step(city, plan, plan_edits.undo, known)
    assert stored(city, plan) == before
    do(city, plan, Unlock(code), known)
    do(city, plan, Assign((piece,), code), known)


def test_breaches_are_told_and_block_publishing_not_drawing(city: Session) -> None:
    plan, known = divided(city, "spring"), Workspaces()
    west, east = grids_of(city, plan, WEST), grids_of(city, plan, EAST)
    made = do(city, plan, Merge((west[0], east[-1])), known)
    rules = {(breach["grid"], breach["rule"]) for breach in made["breaches"]}
    keeper = made["grids"][0]["code"]
    assert {(keeper, "area"), (keeper, "band")} <= rules
    assert plans.describe(city, plan)["breaches"] == plans.score(city, plan)["breaches"] == made["breaches"]
    order = {"plan": "spring", "valid_from": "2026-12-01T00:00:00+08:00"}
    with pytest.raises(Refused) as refused:
        plan_publication.publish_step(city, PLANNER, order, silent())
    assert any("areas" in reason for reason in refused.value.reasons)
    made = step(city, plan, plan_edits.undo, known)
    assert made["breaches"] == []
    published = plan_publication.publish_step(city, PLANNER, order, silent())
    assert published["breaches"] == []
    with pytest.raises(Conflict, match="published"):
        do(city, plan, Rename(west[0], "late"), known)


def test_a_torn_grid_is_drawn_and_told(city: Session) -> None:
    plan, known = divided(city, "spring"), Workspaces()
    workspace = known.at(city, plan)
    first, *others = grids_of(city, plan, WEST)
    apart = next(code for code in others if workspace.grids[code].shape.disjoint(workspace.grids[first].shape))
    made = do(city, plan, Merge((first, apart)), known)
    assert made["grids"][0]["geometry"]["type"] == "MultiPolygon"
    assert "contiguity" in {breach["rule"] for breach in made["grids"][0]["breaches"]}
    assert plans.describe(city, plan)["breaches"] == made["breaches"]


def test_a_compound_in_two_grids_is_told_of_both(city: Session) -> None:
    plan, known = divided(city, "spring"), Workspaces()
    campus, beside_it = grids_of(city, plan, WEST, "D")[0], grids_of(city, plan, WEST)[0]
    workspace = known.at(city, plan)
    own = [int(number) for number in workspace.ground.numbers[workspace.members([campus])]]
    made = do(city, plan, Assign((own[0],), beside_it), known)
    told = {breach["grid"]: breach["says"] for breach in made["breaches"] if breach["rule"] == "compound"}
    assert told == {
        campus: f"grid {campus} shares compound school with {beside_it}",
        beside_it: f"grid {beside_it} shares compound school with {campus}",
    }
    assert made["score"]["compounds_whole"] == 0.0
    made = do(city, plan, Assign(tuple(own[1:]), beside_it), known)
    assert made["removed"] == [campus]
    assert not [breach for breach in made["breaches"] if breach["rule"] == "compound"]


def test_codes_names_kinds_and_evidence(city: Session) -> None:
    plan, known = divided(city, "spring"), Workspaces()
    code, serials = grids_of(city, plan, WEST)[0], [int(code[-3:]) for code in grids_of(city, plan, WEST)]
    made = do(city, plan, SetKind(code, "business", "a market"), known)
    assert (made["removed"], [grid["code"] for grid in made["grids"]]) == ([code], [f"{WEST}S001"])
    assert made["grids"][0]["name"] == "东社区商务001"
    assert made["grids"][0]["decision"] == {"reason": "a market", "by": "user:planner", "at": NOW.isoformat()}
    pieces = store.pieces_frame(city, plan)
    own = pieces[pieces["grid"] == f"{WEST}S001"]
    assert set(own["kind"]) == {"business"}
    assert {row["by_hand"]["reason"] for row in own["evidence"]} == {"a market"}
    made = do(city, plan, Optimise(grids_of(city, plan, WEST)[-1], 2), known)
    assert f"{WEST}J{max(serials) + 1:03d}" in {grid["code"] for grid in made["grids"]}
    shares = store.lineage_frame(city, plan.id).groupby(["network", "old"])["share_area"].sum()
    assert shares.to_numpy() == pytest.approx(1.0)


def test_history_and_audit_name_who_did_what(city: Session) -> None:
    plan, known = divided(city, "spring"), Workspaces()
    code = grids_of(city, plan, WEST)[0]
    do(city, plan, Rename(code, "a"), known)
    other = Caller("user:wang", frozenset(SCOPES))
    plan_edits.undo(city, other, plan, known, version=None, now=NOW)
    rows = plan_edits.history(city, plan)
    assert [(row["action"], row["by"], row["undone"], row["grids"]) for row in rows] == [
        ("undo", "user:wang", False, [code]), ("edit", "user:planner", True, [code])
    ]  # fmt: skip
    assert rows[1]["edit"] == {"do": "rename", "grid": code, "name": "a"}
    assert rows[0]["of"] == rows[1]["id"]
    said = city.execute(
        text("SELECT actor, action FROM audit WHERE subject = :s ORDER BY id"), {"s": f"plan/{plan.id}"}
    )
    assert said.all()[-2:] == [("user:planner", "edit plan: rename"), ("user:wang", "undo edit of plan: rename")]
    assert json.loads(json.dumps(plan_edits.history(city, plan, limit=1), default=str))[0]["version"] == plan.version


def test_a_new_edit_ends_what_could_be_done_again(city: Session) -> None:
    plan, known = divided(city, "spring"), Workspaces()
    codes = grids_of(city, plan, WEST)
    for name in ("a", "b", "c"):
        do(city, plan, Rename(codes[0], name), known)
    for _ in range(2):
        step(city, plan, plan_edits.undo, known)
    step(city, plan, plan_edits.redo, known)
    assert known.at(city, plan).grids[codes[0]].name == "b"
    do(city, plan, Rename(codes[1], "d"), known)
    with pytest.raises(Conflict):
        step(city, plan, plan_edits.redo, known)
    step(city, plan, plan_edits.undo, known)
    step(city, plan, plan_edits.undo, known)
    assert known.at(city, plan).grids[codes[0]].name == "a"


def test_wishes_that_say_nothing_are_refused(city: Session) -> None:
    plan, known = divided(city, "spring"), Workspaces()
    code, last = grids_of(city, plan, WEST)[0], grids_of(city, plan, WEST)[-1]
    workspace = known.at(city, plan)
    own = int(workspace.ground.numbers[workspace.members([code])[0]])
    beyond = ((LON - STEP, LAT), (LON - STEP, LAT + STEP))
    wrong: tuple[tuple[Any, type[Exception]], ...] = (
        (Assign((999_999,), code), NotFound), (Assign((own,), code), InputError), (Assign((), code), InputError),
        (Assign((own,), "nowhere"), NotFound), (Split(code, beyond), InputError), (Merge((code, code)), InputError),
        (Draw(beyond), InputError), (Unlock(code), InputError), (Lock(code, " "), InputError),
        (Rename(code, " "), InputError), (SetKind(code, "park", "why"), InputError), (Optimise(last, 1), InputError),
        (SetKind(code, "business", ""), InputError), (Merge((code, "nowhere")), NotFound),
        (Split(code, ((LON, LAT), (LON + STEP, LAT + STEP), (LON + STEP, LAT), (LON, LAT + STEP))), InputError),
    )  # fmt: skip
    before = stored(city, plan)
    for wish, error in wrong:
        with pytest.raises(error):
            do(city, plan, wish, known)
    reader = Caller("user:reader", frozenset({"lookup"}))
    with pytest.raises(Forbidden):
        plan_edits.make(city, reader, plan, Rename(code, "a"), known, version=None, now=NOW)
    assert stored(city, plan) == before
    draft = plans.create(city, PLANNER, "draft", ["governance"])
    with pytest.raises(Conflict, match="divide it first"):
        do(city, draft, Rename(code, "a"), known)


def test_only_the_plans_used_last_stay_in_memory(city: Session) -> None:
    first, second = divided(city, "first"), divided(city, "second")
    known = Workspaces(most=1)
    held = known.at(city, first)
    assert known.at(city, first) is held
    known.at(city, second)
    assert known.at(city, first) is not held
    assert edits_store.history(city, first.id, limit=5) == []
    assert edits.wish_of(Merge(("a", "b"))) == {"do": "merge", "grids": ("a", "b")}


def test_loads_and_ways_to_stations_follow_an_edit(city: Session, tmp_path: Path) -> None:
    """Counted piece by piece; the mean of a territory stays what the division measured against."""
    posts = [({"code": f"s{n}"}, shapely.Point(LON + 3 * STEP, LAT + (3 + 6 * n) * STEP)) for n in range(2)]
    add_layer(city, tmp_path, "stations", posts)
    homes = [
        ({"code": f"p{x}-{y}", "n": 10 * (x % 3 + 1)}, cells(x, y, x + 1, y + 1)) for x in range(12) for y in range(12)
    ]
    add_layer(city, tmp_path, "components", homes, name="lamps", quantities={"lamps": "n"})
    loads = {"resident": [{"quantity": "lamps", "weight": 1.0}]}
    plan, known = divided(city, "spring", loads=loads, weights={"station": 0.5}), Workspaces()
    workspace = known.at(city, plan)
    code = max(grids_of(city, plan, WEST), key=lambda code: workspace.grids[code].pieces)
    piece, other = beside(workspace, code)
    before = {grid: workspace.grids[grid] for grid in (code, other)}
    made = do(city, plan, Assign((piece,), code), known)
    after = known.at(city, plan)
    assert sorted(grid["code"] for grid in made["grids"]) == sorted(before)
    for grid in made["grids"]:
        rows, old = after.members([grid["code"]]), before[grid["code"]]
        frame = after.ground.frame.iloc[rows]
        target = old.quantities["lamps"] / (1 + old.scores["deviation_lamps"])
        assert grid["scores"]["deviation_lamps"] == pytest.approx(frame["lamps"].sum() / target - 1)
        homes_there = frame["households"] if frame["households"].any() else frame["households"] + 1.0
        metres = [frame.geometry.centroid.distance(shapely.Point(place)) for place in after.terms.rules.stations]
        nearest = min(float((homes_there * away).sum() / homes_there.sum()) for away in metres)
        assert grid["scores"]["station_m"] == pytest.approx(nearest)
    off = [abs(grid.scores["deviation_lamps"]) for grid in after.grids.values() if grid.kind == "resident"]
    assert plan.score["loads"]["resident"]["lamps"]["deviation_max"] == pytest.approx(max(off))
    near = [(grid.scores["station_m"], grid.quantities["households"]) for grid in after.grids.values()]
    assert plan.score["station_m"] == pytest.approx(sum(m * n for m, n in near) / sum(n for _, n in near))
    score = dict(plan.score)
    step(city, plan, plan_edits.undo, known)
    step(city, plan, plan_edits.redo, known)
    assert plan.score == score
