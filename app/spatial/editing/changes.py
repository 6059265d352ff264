"""What an edit changed, before and after: enough to undo it exactly, to redo it, to bring another copy up to date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import shapely

from app.spatial.editing.ground import Ground, Objects, Redrawn, redrawn
from app.spatial.editing.workspace import Grid, LineageRow, Workspace


@dataclass(frozen=True)
class Labels:
    """Pieces that keep their polygon: number → grid, kind, and evidence where that changed."""

    grid: Mapping[int, str] = field(default_factory=dict)
    kind: Mapping[int, str] = field(default_factory=dict)
    evidence: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class PieceRow:
    """A piece whose polygon changed, whole. `origin`: number of the piece it was cut from (else its own)."""

    piece: int
    origin: int
    area: str
    sources: Mapping[str, str]
    kind: str
    grid: str
    evidence: Mapping[str, Any]
    area_m2: float
    quantities: Mapping[str, float]
    derived: bool
    shape: shapely.Polygon


@dataclass(frozen=True)
class Side:
    """The plan on one side of a change, as far as it is touched; a code that only the other side has is no grid."""

    grids: Mapping[str, Grid]
    lineage: Mapping[str, tuple[LineageRow, ...]]
    labels: Labels
    pieces: tuple[PieceRow, ...]
    score: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """For JSON; polygons as WKB in hexadecimal digits, bit for bit."""
        return {
            "grids": [_plain(grid) for grid in self.grids.values()],
            "lineage": {code: [vars(row) for row in rows] for code, rows in self.lineage.items()},
            "labels": vars(self.labels),
            "pieces": [_plain(piece) for piece in self.pieces],
            "score": dict(self.score),
        }

    @staticmethod
    def from_dict(said: Mapping[str, Any]) -> Side:
        labels = {
            name: {int(piece): value for piece, value in said["labels"][name].items()}
            for name in ("grid", "kind", "evidence")
        }
        grids = [Grid(**{**row, "shape": _shape(row), "breaches": tuple(row["breaches"])}) for row in said["grids"]]
        return Side(
            grids={grid.code: grid for grid in grids},
            lineage={code: tuple(LineageRow(**row) for row in rows) for code, rows in said["lineage"].items()},
            labels=Labels(**labels),
            pieces=tuple(PieceRow(**{**row, "shape": _shape(row)}) for row in said["pieces"]),
            score=said["score"],
        )


@dataclass(frozen=True)
class Change:
    """From `before` to `after`."""

    before: Side
    after: Side

    @property
    def reverse(self) -> Change:
        return Change(self.after, self.before)

    @property
    def codes(self) -> list[str]:
        """Every grid that it touches, gone ones too."""
        return sorted(self.before.grids.keys() | self.after.grids.keys())

    @property
    def removed(self) -> list[str]:
        return sorted(self.before.grids.keys() - self.after.grids.keys())


def applied(plan: Workspace, change: Change, ground: Ground | None = None) -> Workspace:
    """The plan after the change, one version on. `ground` is the new one where the caller has it."""
    after = change.after
    if change.before.pieces or after.pieces:
        ground, origin = _reground(plan.ground, change, ground)
        grid, kind = plan.grid[origin], plan.kind[origin]
        evidence = plan.evidence[origin]  # a new piece has its own in `after`
    else:
        ground, grid, kind, evidence = plan.ground, plan.grid.copy(), plan.kind.copy(), plan.evidence.copy()
    for names, values in ((after.labels.grid, grid), (after.labels.kind, kind)):
        if names:
            values[ground.positions(names)] = [names[piece] for piece in sorted(names)]
    for piece, known in after.labels.evidence.items():
        evidence[ground.positions([piece])[0]] = dict(known)
    for row in after.pieces:
        at = ground.positions([row.piece])[0]
        grid[at], kind[at], evidence[at] = row.grid, row.kind, dict(row.evidence)
    return replace(
        plan,
        version=plan.version + 1,
        ground=ground,
        grid=grid,
        kind=kind,
        evidence=evidence,
        grids=_with(plan.grids, change.before.grids, after.grids),
        lineage=_with(plan.lineage, change.before.lineage, after.lineage),
        score=after.score,
    )


def _with(known: Mapping[str, Any], gone: Mapping[str, Any], come: Mapping[str, Any]) -> dict[str, Any]:
    return {code: row for code, row in known.items() if code not in gone} | dict(come)


def _reground(ground: Ground, change: Change, made: Ground | None) -> tuple[Ground, Any]:
    """The ground with the polygons of the other side, and the row before of each of its pieces (-1: a new one)."""
    if made is not None:
        return made, _rows_of(ground, made.numbers)
    lost = {row.piece for row in change.before.pieces} - {row.piece for row in change.after.pieces}
    come = {row.piece: row for row in change.after.pieces}
    kept = ground.numbers[~np.isin(ground.numbers, list(lost))]
    numbers = np.union1d(kept, np.array(list(come), dtype=np.int64))
    origin = _rows_of(ground, numbers)
    template = origin.copy()
    added = np.flatnonzero(origin < 0)
    template[added] = _rows_of(ground, np.array([come[number].origin for number in numbers[added].tolist()]))
    shapes, derived = ground.shapes[template], ground.derived[template]
    reshaped = np.isin(numbers, list(come))
    rows = [come[number] for number in numbers[reshaped].tolist()]
    shapes[reshaped] = [row.shape for row in rows]
    derived[reshaped] = [row.derived for row in rows]
    pieces = Redrawn(numbers, template, origin, shapes, reshaped, derived)
    return redrawn(ground, pieces, _amounts(ground, template, reshaped, rows)), origin


def _rows_of(ground: Ground, numbers: Any) -> Any:
    """Rows of pieces by number, -1 for one that is not there."""
    at = np.minimum(np.searchsorted(ground.numbers, numbers), len(ground.numbers) - 1)
    return np.where(ground.numbers[at] == numbers, at, -1).astype(np.int64)


def _amounts(ground: Ground, template: Any, reshaped: Any, rows: list[PieceRow]) -> dict[str, Any]:
    """What the pieces hold, with that of the reshaped ones from their `rows`."""
    amounts = {name: held[template] for name, held in ground.columns.items()}
    for name, held in amounts.items():
        held[reshaped] = [row.area_m2 if name == "area_m2" else row.quantities[name] for row in rows]
    return amounts


def _plain(value: Grid | PieceRow) -> dict[str, Any]:
    named = {name: getattr(value, name) for name in value.__dataclass_fields__}
    return named | {"shape": shapely.to_wkb(value.shape, hex=True)}


def _shape(row: Mapping[str, Any]) -> Objects:
    return shapely.from_wkb(row["shape"])


def plain_records(columns: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of arrays of one length as JSON holds them: Python's own numbers, null for what is not finite."""
    rows = zip(*(np.asarray(values).tolist() for values in columns.values()), strict=True)
    return [{name: _finite(value) for name, value in zip(columns, row, strict=True)} for row in rows]


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not np.isfinite(value) else value
