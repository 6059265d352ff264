"""Repair of a network as a whole: features without ground, missing and repeated codes, overlaps, gaps, detached
slivers.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon

from app.spatial.quality.arrangement import Settled, SliverLimits, Transfer, on_grid, settle
from app.spatial.quality.changes import Action, Change, Work, change
from app.spatial.quality.checks import CheckOptions
from app.spatial.quality.coverage_checks import unowned
from app.spatial.quality.surfaces import Bools, Shapes, as_array, inner_point, to_metric, valid_ground

PASSES = 3


def repair_coverage(
    work: Work, ground: Polygon | MultiPolygon | None, limits: CheckOptions, grid_size_m: float
) -> Work:
    """All that repair full does beyond safe; a second and third pass where the first, on the precision grid, made new
    gaps.
    """
    work = _merge_codes(_give_codes(_leave_out(work)), grid_size_m)
    declared = None if ground is None else valid_ground(to_metric(as_array([ground]), work.crs))[0]
    for _ in range(PASSES):
        settled = _settle(work, declared, limits, grid_size_m)
        if settled is None:
            break
        work = _leave_out(_moved(work, settled), "all of its ground went to other grids")
    return work


def _leave_out(work: Work, why: str = "it has no ground") -> Work:
    gone = shapely.is_missing(work.shapes)
    changes = [
        change(work, Action.LEFT_OUT, at, f"feature left out: {why}", 0.0, None) for at in np.flatnonzero(gone).tolist()
    ]
    return work.then(changes).keep(~gone)


def _give_codes(work: Work) -> Work:
    taken, codes, changes = set(work.codes), list(work.codes), []
    for at, code in enumerate(work.codes):
        if code:
            continue
        given = f"MISSING-{work.rows[at] + 1:04d}"
        while given in taken:
            given += "X"
        taken.add(given)
        codes[at] = given
        place = inner_point(work.shapes[at])
        changes.append(
            change(work, Action.CODE_GIVEN, at, f"the code was missing; {given} stands in for it", 0.0, place)
        )
    return work.then(changes, codes=tuple(codes))


def _merge_codes(work: Work, grid_size_m: float) -> Work:
    """Features with the same code become one, in the place of the first."""
    groups: dict[str, list[int]] = {}
    for at, code in enumerate(work.codes):
        groups.setdefault(code, []).append(at)
    shapes, changes, overlaps, keep = work.shapes.copy(), [], 0.0, np.ones(len(work.codes), dtype=bool)
    for first, *more in (group for group in groups.values() if len(group) > 1):
        for at in more:
            rows = f"feature {work.rows[at] + 1} merged into feature {work.rows[first] + 1}"
            words = f"{rows}: both have the code {work.codes[at]}"
            area, place = float(shapely.area(shapes[at])), inner_point(shapes[at])
            changes.append(change(work, Action.MERGED, at, words, area, place, to=first))
        shapes[first] = _union(shapes[[first, *more]], grid_size_m)
        overlaps += float(shapely.area(work.shapes[[first, *more]]).sum() - shapely.area(shapes[first]))
        keep[more] = False
    accounts = replace(work.accounts, overlaps_m2=work.accounts.overlaps_m2 + overlaps)
    return work.then(changes, shapes=shapes, accounts=accounts).keep(keep)


def _union(shapes: Shapes, grid_size_m: float) -> shapely.Geometry:
    """Their union on the precision grid (and without a precision model, like everything else here)."""
    union = shapely.set_precision(shapely.union_all(shapes, grid_size=grid_size_m), 0.0)
    return valid_ground(on_grid(as_array([union]), grid_size_m))[0]


def _settle(work: Work, declared: shapely.Geometry | None, limits: CheckOptions, grid_size_m: float) -> Settled | None:
    """One pass over overlaps and gaps; None when there is nothing to do."""
    shapes = work.shapes
    if not len(shapes):
        return None
    unmatched = as_array(shapely.coverage_invalid_edges(shapes))
    gaps = unowned(shapes, unmatched, limits.gaps, declared)
    fill = gaps[limits.gaps.small_or_narrow(gaps)]
    active = _active(shapes, unmatched, fill, grid_size_m)
    if not active.any():
        return None
    order = sorted(range(len(shapes)), key=lambda at: (work.codes[at], int(work.rows[at])))
    rank = np.empty(len(shapes), dtype=np.int64)
    rank[order] = np.arange(len(shapes))
    slivers = SliverLimits(limits.sliver_area_m2, limits.sliver_width_m)
    return settle(shapes, rank, fill, limits.gaps, slivers, grid_size_m, active, declared)


def _active(shapes: Shapes, unmatched: Shapes, fill: Shapes, grid_size_m: float) -> Bools:
    """Shapes that do not match their neighbours, everything that touches them, and everything beside a gap to be
    filled.
    """
    flagged = ~shapely.is_empty(unmatched)
    active = flagged.copy()
    tree = shapely.STRtree(shapes)
    active[tree.query(shapes[flagged], predicate="intersects")[1]] = True
    active[tree.query(fill, predicate="dwithin", distance=2 * grid_size_m)[1]] = True
    return active


def _moved(work: Work, settled: Settled) -> Work:
    changes: list[Change] = []
    touched: set[int] = set()
    accounts = work.accounts
    for moved in settled.overlaps:
        accounts = replace(accounts, overlaps_m2=accounts.overlaps_m2 + moved.area_m2 * len(moved.losers))
        for loser in moved.losers:
            claim = f"{moved.area_m2:.2f} m² that {_names(work, moved)} claim"
            words = f"{claim} given to {work.name(moved.winner)} ({_why(moved)})"
            changes.append(
                change(work, Action.OVERLAP_GIVEN, loser, words, moved.area_m2, moved.place, to=moved.winner)
            )
        touched |= {moved.winner, *moved.losers}
    for moved in settled.gaps:
        accounts = replace(accounts, filled_m2=accounts.filled_m2 + moved.area_m2)
        words = f"{moved.area_m2:.2f} m² that no grid owned given to {work.name(moved.winner)} ({_why(moved)})"
        changes.append(change(work, Action.GAP_GIVEN, moved.winner, words, moved.area_m2, moved.place))
        touched.add(moved.winner)
    for moved in settled.parts:
        loser = moved.losers[0]
        words = f"detached sliver of {work.name(loser)}, {moved.area_m2:.2f} m², given to {work.name(moved.winner)}"
        changes.append(change(work, Action.PART_GIVEN, loser, words, moved.area_m2, moved.place, to=moved.winner))
        touched |= {moved.winner, loser}
    changes += _matched(work, settled, touched)
    accounts = replace(accounts, snapped_m2=accounts.snapped_m2 + settled.noded_m2)
    return work.then(changes, shapes=settled.shapes, accounts=accounts)


def _matched(work: Work, settled: Settled, touched: set[int]) -> list[Change]:
    """Grids that gained nothing but corners, where the corners of a neighbour meet their border."""
    more = shapely.get_num_coordinates(settled.shapes) - shapely.get_num_coordinates(work.shapes)
    return [
        change(
            work,
            Action.BORDER_MATCHED,
            at,
            f"{more[at]} corners of neighbours added to the border",
            0.0,
            inner_point(work.shapes[at]),
        )
        for at in np.flatnonzero(more > 0).tolist()
        if at not in touched
    ]


def _names(work: Work, moved: Transfer) -> str:
    names = sorted(work.name(at) for at in (moved.winner, *moved.losers))
    return ", ".join(names[:-1]) + f" and {names[-1]}"


def _why(moved: Transfer) -> str:
    return (
        f"longest shared edge, {moved.edge_m:.2f} m"
        if moved.edge_m > 0
        else "else little or nothing of it would be left"
    )
