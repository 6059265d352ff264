"""From draft to change: shapes, sums, scores, breaches and lineage of the grids that a draft touches, of no others."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from app.spatial.division.adjacency import Adjacency
from app.spatial.division.grids import dissolve
from app.spatial.editing.breaches import find_breaches
from app.spatial.editing.changes import Change, Labels, PieceRow, Side, applied, plain_records
from app.spatial.editing.drafts import Draft, Title, main_area
from app.spatial.editing.graph import neighbours, subgraph
from app.spatial.editing.ground import Bools, Ints, Objects
from app.spatial.editing.load_figures import load_figures, plan_figures
from app.spatial.editing.workspace import Grid, LineageRow, Workspace, rows_of
from app.spatial.scoring.plan_scores import plan_score, preserved_share, whole_compounds
from app.spatial.scoring.scores import campus_grids, measure_grids


def settle(plan: Workspace, draft: Draft) -> tuple[Workspace, Change]:
    """The plan after the draft, one version on, and what changed between the two."""
    moved, evidenced = _moved(plan, draft)
    remade = _touched(plan, draft, moved | draft.reshaped)
    codes = sorted(set(remade) | set(draft.titles))
    grids = {code: replace(plan.grids[code], **_attributes(draft.titles[code])) for code in codes if code not in remade}
    grids |= remade_grids(plan, draft, remade)
    lines = lineage_rows(draft, remade) if remade else {}
    known = {code: plan.lineage[code] for code in [*remade, *lines] if code in plan.lineage}
    labels = moved | evidenced
    sides = (
        Side(
            {code: plan.grids[code] for code in codes if code in plan.grids},
            known,
            _labels(plan, draft, labels & ~draft.reshaped, evidenced, old=True),
            _rows_before(plan, draft),
            plan.score,
        ),
        Side(
            grids, lines, _labels(plan, draft, labels & ~draft.reshaped, evidenced, old=False), _rows_after(draft), {}
        ),
    )
    made = applied(plan, Change(*sides), draft.ground)
    score = scored(made) if remade else plan.score
    return replace(made, score=score), Change(sides[0], replace(sides[1], score=score))


def _moved(plan: Workspace, draft: Draft) -> tuple[Bools, Bools]:
    """Pieces with another grid or kind, and pieces with other evidence."""
    moved = (draft.grid != plan.grid[draft.origin]) | (draft.kind != plan.kind[draft.origin])
    evidenced = np.zeros(len(draft.grid), dtype=bool)
    if draft.evidence is not plan.evidence:
        before = plan.evidence[draft.origin]
        evidenced = np.fromiter(map(operator.is_not, draft.evidence, before), dtype=bool, count=len(draft.grid))
    return np.asarray(moved, dtype=bool), evidenced


def _touched(plan: Workspace, draft: Draft, changed: Bools) -> list[str]:
    """Grids to be made anew: where pieces changed, and where the other pieces of a compound are that changed."""
    met = set(plan.grid[draft.origin[changed]]) | set(draft.grid[changed])
    compounds = draft.ground.compounds
    for name in set(compounds[changed]) - {""}:
        met |= set(draft.grid[compounds == name])
    return sorted(met - {""})


def _attributes(title: Title) -> dict[str, Any]:
    return {"name": title.name, "kind": title.kind, "lock": title.lock, "decision": title.decision}


def remade_grids(plan: Workspace, draft: Draft, codes: Iterable[str]) -> dict[str, Grid]:
    """These grids from their pieces; one without pieces is left out."""
    view = _view(draft, codes)
    ground, own = draft.ground, view.rows[view.inside]
    names, number = np.unique(draft.grid[own].astype(str), return_inverse=True)
    groups = [own[number == at] for at in range(len(names))]
    titles = {code: _title(plan, draft, code) for code in names.tolist()}
    shapes = {code: dissolve(ground.shapes[rows]) for code, rows in zip(titles, groups, strict=True)}
    scores = _scores(plan, view, titles, shapes)
    breaches = find_breaches(draft, own, scores)
    kinds = [title.kind for title in titles.values()]
    figures = load_figures(plan, draft, groups, kinds, _campus(draft, own, number, kinds))
    sums = {
        name: np.bincount(number, ground.columns[name][own], minlength=len(names)) for name in plan.terms.quantities
    }
    area_m2 = np.bincount(number, ground.area_m2[own], minlength=len(names))
    measures = plain_records({str(name): scores[name] for name in scores} | figures)
    amounts = plain_records(sums) if sums else [{} for _ in groups]
    return {
        code: Grid(
            code=code,
            area=main_area(ground.areas[rows], ground.area_m2[rows]),
            area_m2=float(area_m2[at]),
            pieces=len(rows),
            quantities=amounts[at],
            scores=measures[at],
            shape=shapes[code],
            breaches=tuple(breaches.get(code, ())),
            **_attributes(titles[code]),
        )
        for at, (code, rows) in enumerate(zip(titles, groups, strict=True))
    }


def _scores(
    plan: Workspace, view: _View, titles: Mapping[str, Title], shapes: Mapping[str, shapely.Geometry]
) -> pd.DataFrame:
    """Of the grids in `titles`; those around them are there to be bordered on."""
    labels, nothing = sorted(set(view.grid) - {""}), shapely.Polygon()
    kinds = [titles[code].kind if code in titles else plan.grids[code].kind for code in labels]
    scores = measure_grids(
        view.frame, view.grid, bands=plan.terms.bands, rules=plan.terms.rules, adjacency=view.adjacency,
        kinds=np.array(kinds, dtype=object), networks=plan.terms.networks,
        shapes=np.array([shapes.get(code, nothing) for code in labels], dtype=object),
    )  # fmt: skip
    return scores.loc[list(titles)]


def _campus(draft: Draft, own: Ints, number: Ints, kinds: Sequence[str]) -> Bools:
    """Grids that are one campus each."""
    campus = draft.ground.campus
    if campus is None:
        return np.zeros(len(kinds), dtype=bool)
    return campus_grids(number, campus[own], np.array(kinds, dtype=object), len(kinds))


def _title(plan: Workspace, draft: Draft, code: str) -> Title:
    if code in draft.titles:
        return draft.titles[code]
    grid = plan.grids[code]
    return Title(grid.name, grid.kind, grid.lock, grid.decision)


@dataclass(frozen=True, eq=False)
class _View:
    """Pieces of some grids and those beside them: rows in the ground (ascending), their frame, grids and edges;
    `inside`: positions of the grids' own."""

    rows: Ints
    inside: Ints
    frame: gpd.GeoDataFrame
    grid: Objects
    adjacency: Adjacency


def _view(draft: Draft, codes: Iterable[str]) -> _View:
    ground, own = draft.ground, rows_of(draft.grid, codes)
    rows = np.sort(np.concatenate([own, neighbours(ground.adjacency, own)]))
    inside = np.searchsorted(rows, own)
    return _View(rows, inside, ground.rows(rows), draft.grid[rows], subgraph(ground.adjacency, rows))


def lineage_rows(draft: Draft, codes: Iterable[str]) -> dict[str, tuple[LineageRow, ...]]:
    """By grid, what it got of which old grid, as `pieces.lineage` has it: shares of the whole old grid, by ground where
    that has nothing of a quantity."""
    found: dict[str, list[LineageRow]] = {}
    inside = np.zeros(len(draft.grid), dtype=bool)
    inside[rows_of(draft.grid, codes)] = True
    columns = draft.ground.columns
    for network, olds in sorted(draft.ground.olds.items()):
        at = np.flatnonzero(inside[olds.row])
        names, number = np.unique(draft.grid[olds.row[at]].astype(str), return_inverse=True)
        pairs, pair = np.unique(number * len(olds.codes) + olds.old[at], return_inverse=True)
        old = pairs % len(olds.codes)
        part = {name: np.bincount(pair, values[olds.row[at]]) for name, values in columns.items()}
        by_area = part["area_m2"] / olds.totals["area_m2"][old]
        shares = {}
        for name in sorted(set(columns) - {"area_m2"}):
            total = olds.totals[name][old]
            shares[name] = np.where(total == 0, by_area, part[name] / np.where(total == 0, 1.0, total))
        rows = plain_records(shares) if shares else [{} for _ in pairs]
        for new, code, share, row in zip(
            names[pairs // len(olds.codes)].tolist(), olds.codes[old], by_area.tolist(), rows, strict=True
        ):
            found.setdefault(new, []).append(LineageRow(network, code, share, row))
    return {new: tuple(sorted(rows, key=lambda row: (row.network, row.old))) for new, rows in found.items()}


def scored(plan: Workspace) -> dict[str, Any]:
    """The plan's score from those of its grids."""
    ground = plan.ground
    codes = sorted(plan.grids)
    scores = [plan.grids[code].scores for code in codes]
    shared = set.intersection(*(set(score) for score in scores))  # a division may measure more than an edit does
    measures = {name: np.array([score[name] for score in scores]) for name in sorted(shared)}
    row_of = {code: row for row, code in enumerate(codes)}
    number, names = pd.factorize(plan.grid)
    grid = np.array([row_of.get(name, -1) for name in names], dtype=np.int64)[number]
    kinds = np.array([plan.grids[code].kind for code in codes], dtype=object)
    campus = np.zeros(len(codes), dtype=bool)
    if ground.campus is not None:
        campus = campus_grids(grid, ground.campus, kinds, len(codes))
    preserved = {name: preserved_share(grid, olds.whole, ground.weight) for name, olds in ground.olds.items()}
    whole = whole_compounds(grid, ground.compounds)
    score = plan_score(measures, campus, preserved, whole).to_dict() | plan_figures(plan)
    return {
        name: None if isinstance(value, float) and not np.isfinite(value) else value for name, value in score.items()
    }


def _labels(plan: Workspace, draft: Draft, rows: Bools, evidenced: Bools, *, old: bool) -> Labels:
    at, told = np.flatnonzero(rows), np.flatnonzero(rows & evidenced)
    numbers = draft.ground.numbers
    grid, kind, evidence = (plan.grid, plan.kind, plan.evidence) if old else (draft.grid, draft.kind, draft.evidence)
    where = draft.origin if old else np.arange(len(draft.grid))
    return Labels(
        {int(numbers[row]): grid[where[row]] for row in at},
        {int(numbers[row]): kind[where[row]] for row in at},
        {int(numbers[row]): evidence[where[row]] for row in told},
    )


def _rows_before(plan: Workspace, draft: Draft) -> tuple[PieceRow, ...]:
    rows = np.unique(draft.origin[draft.reshaped])
    return _piece_rows(plan, rows, plan.ground.numbers[rows])


def _rows_after(draft: Draft) -> tuple[PieceRow, ...]:
    rows = np.flatnonzero(draft.reshaped)
    return _piece_rows(draft, rows, draft.ground.numbers[draft.origin[rows]])


def _piece_rows(plan: Workspace | Draft, rows: Ints, origins: Ints) -> tuple[PieceRow, ...]:
    if not len(rows):
        return ()
    ground = plan.ground
    networks, quantities = ground.attrs["networks"], ground.attrs["quantities"]
    codes = {name: ground.values[name][rows] for name in networks}
    held = {name: ground.columns[name][rows] for name in quantities}
    sources = plain_records(codes) if networks else [{} for _ in rows]
    amounts = plain_records(held) if quantities else [{} for _ in rows]
    return tuple(
        PieceRow(
            piece=int(ground.numbers[row]),
            origin=int(origin),
            area=str(ground.areas[row]),
            sources=sources[at],
            kind=plan.kind[row],
            grid=plan.grid[row],
            evidence=plan.evidence[row],
            area_m2=float(ground.columns["area_m2"][row]),
            quantities=amounts[at],
            derived=bool(ground.derived[row]),
            shape=ground.shapes[row],
        )
        for at, (row, origin) in enumerate(zip(rows, origins, strict=True))
    )


def rebuilt(plan: Workspace) -> Workspace:
    """The plan with every grid made anew from its pieces: what the edits must have kept up to date."""
    draft = _as_draft(plan)
    made = replace(plan, grids=remade_grids(plan, draft, plan.grids), lineage=lineage_rows(draft, plan.grids))
    return replace(made, score=scored(made))


def _as_draft(plan: Workspace) -> Draft:
    count = len(plan.grid)
    titles: Mapping[str, Title] = {}
    return Draft(
        plan.ground, np.arange(count), np.zeros(count, dtype=bool), plan.grid, plan.kind, plan.evidence, titles
    )
