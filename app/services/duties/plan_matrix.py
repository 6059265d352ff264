"""The responsibility matrix for people: its cells with the lines behind them, a map, a workbook."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from sqlalchemy.orm import Session

from app.files.writing import write_frames
from app.models.plans import Plan
from app.rules.duties.duties import Duty
from app.rules.duties.duty_choice import told
from app.rules.duties.responsibility import BITS, PROBLEMS, lines_of
from app.rules.duties.responsibility_problems import Proposal
from app.rules.sayings import CHINESE, text_of
from app.services.duties.duty_audit import Audit, audit_plan

KINDS = {"matter": "事件", "component": "部件"}
ACTIONS = {"add": "补充牵头", "keep": "保留牵头", "replace": "标明特别规定", "whole_grid": "整格归一家"}
NAMES = {"unowned": "无人", "duplicate": "重复", "crossed": "交叉"}
LEADS = {"owner": "权属单位", "several": "多个", "": "无人"}
BOOK = ".xlsx"


def cells(
    made: Audit, *, problem: str | None = None, grid: str | None = None, code: str | None = None, limit: int = 1000,
    offset: int = 0,
) -> dict[str, Any]:  # fmt: skip
    """A page of the matrix's cells: those with a problem, or all of one grid or matter; each with its lines."""
    flags = made.open.flags
    wanted = (flags & BITS[problem]) > 0 if problem else flags > 0 if grid is None and code is None else flags >= 0
    codes = made.ground.grids["code"].to_numpy()
    if grid is not None:
        wanted = wanted & (codes == grid)[:, None]
    if code is not None:
        wanted = wanted & np.array([matter.code == code for matter in made.matters])[None, :]
    at = np.argwhere(wanted)
    lines = _Lines(made)
    page = [_cell(made, lines, int(g), int(m)) for g, m in at[offset : offset + limit]]
    return {"total": len(at), "limit": limit, "offset": offset, "cells": page}


def on_map(made: Audit) -> gpd.GeoDataFrame:
    """The grids in EPSG:4326 with the number of cells of each problem and the matters that they are of."""
    flags = made.open.flags
    grids = made.ground.grids[["code", "name", "kind", "area", "geometry"]]
    keys = np.array([f"{matter.kind} {matter.code}" for matter in made.matters])
    columns: dict[str, Any] = {}
    for problem in PROBLEMS:
        on = (flags & BITS[problem]) > 0
        columns[problem] = on.sum(axis=1)
        columns[f"{problem}_matters"] = [", ".join(keys[row]) for row in on]
    return gpd.GeoDataFrame(grids.assign(**columns), geometry="geometry", crs=4326)


def frames(made: Audit) -> dict[str, gpd.GeoDataFrame]:
    """Sheets of a workbook: grid × matter with the lead of each cell, the problems with proposals, the cells that have
    one with their lines, and the duty lines."""
    return {
        "matrix": _sheet(_wide(made)),
        "problems": _sheet(pd.DataFrame(_problem_rows(made))),
        "cells": _sheet(
            pd.DataFrame(_problem_cells(made), columns=["grid", "kind", "code", "problem", "lead", "duties"])
        ),
        "duties": _sheet(pd.DataFrame([_flat(duty) for duty in made.duties])),
    }


def export(session: Session, plan: Plan, path: Path, metadata: dict[str, Any]) -> dict[str, Any]:
    """Write a plan's matrix by the duties of this moment: a workbook with all of it, or the grids as a map."""
    made = audit_plan(session, plan, datetime.now(UTC))
    metadata = metadata | {"what": "matrix", "at": made.at.isoformat(), "duties": len(made.duties)}
    if path.name.lower().endswith(BOOK):
        write_frames(frames(made), path, metadata=metadata)
    else:
        write_frames(on_map(made), path, metadata=metadata)
    return {**metadata, "file": str(path), "rows": len(made.ground.grids)}


class _Lines:
    """The lines behind cells; grids on which the same lines hold share the work."""

    def __init__(self, made: Audit) -> None:
        self._made = made
        scope, part = np.nonzero(made.parts.holds)
        self._held = np.zeros((len(made.scopes), made.parts.grids), dtype=bool)
        self._held[scope, made.parts.grid[part]] = True
        self._row = {text: number for number, text in enumerate(made.scopes)}
        self._of_matter: dict[int, list[Duty]] = {}
        self._known: dict[tuple[int, bytes], list[Duty]] = {}

    def of(self, grid: int, matter: int) -> list[Duty]:
        if matter not in self._of_matter:
            rule = self._made.matters[matter]
            self._of_matter[matter] = [duty for duty in self._made.duties if duty.closeness(rule)]
        speaking = self._of_matter[matter]
        rows = [self._row[str(duty.scope)] for duty in speaking if str(duty.scope) in self._row]
        key = (matter, self._held[rows, grid].tobytes())
        if key not in self._known:
            self._known[key] = lines_of(speaking, self._made.matters[matter], self._made.scopes, self._held[:, grid])
        return self._known[key]


def _cell(made: Audit, lines: _Lines, grid: int, matter: int) -> dict[str, Any]:
    rule = made.matters[matter]
    return {
        "grid": made.ground.grids["code"].iloc[grid],
        "kind": rule.kind,
        "code": rule.code,
        "name": rule.name,
        "problems": _problems(int(made.open.flags[grid, matter])),
        "lead": made.lead_of(grid, matter),
        "duties": [told(duty) for duty in lines.of(grid, matter)],
    }


def _problems(flags: int) -> list[str]:
    return [problem for problem in PROBLEMS if flags & BITS[problem]]


def _wide(made: Audit) -> pd.DataFrame:
    """A row per grid, a column per matter: the lead, or the problem's name."""
    words = np.array([*made.made.leads, "多个", "权属单位", "无人"], dtype=object)
    lead = made.made.lead.astype(np.int64)
    lead = np.where(lead >= 0, lead, len(made.made.leads) + np.array([0, 2, 0, 1])[-lead.clip(max=0)])
    text = words[lead]
    flags = made.open.flags
    for problem in ("crossed", "duplicate"):
        on = (flags & BITS[problem]) > 0
        text[on] = [f"{NAMES[problem]}：{word}" for word in text[on]]
    text[(flags & BITS["unowned"]) > 0] = NAMES["unowned"]
    headings = [f"{KINDS[matter.kind]} {matter.code} {matter.name}" for matter in made.matters]
    return pd.concat(
        [
            made.ground.grids[["code", "name", "kind", "area"]].reset_index(drop=True),
            pd.DataFrame(text, columns=headings),
        ],
        axis=1,
    )


def _problem_rows(made: Audit) -> list[dict[str, Any]]:
    return [
        {
            "problem": NAMES[row.problem],
            "kind": KINDS[row.kind],
            "code": row.code,
            "name": row.name,
            "leads": "、".join(row.leads),
            "grids": len(row.grids),
            "areas": ", ".join(row.areas),
            "duties": ", ".join(row.duties),
            "proposals": "\n".join(_in_words(each) for each in row.proposals),
        }
        for row in made.rows()
    ]


def _in_words(proposal: Proposal) -> str:
    return f"{ACTIONS[proposal.action]}：{proposal.lead}（{text_of(proposal.said, CHINESE)}）"


def _problem_cells(made: Audit) -> Iterator[tuple[str, ...]]:
    lines = _Lines(made)
    codes = made.ground.grids["code"].tolist()
    for grid, matter in np.argwhere(made.open.flags > 0).tolist():
        rule = made.matters[matter]
        problem = "、".join(NAMES[each] for each in _problems(int(made.open.flags[grid, matter])))
        numbers = ", ".join(duty.number for duty in lines.of(grid, matter))
        lead = made.lead_of(grid, matter)
        yield codes[grid], KINDS[rule.kind], rule.code, problem, LEADS.get(lead, lead), numbers


def _flat(duty: Duty) -> dict[str, Any]:
    return {name: "、".join(value) if isinstance(value, list) else value for name, value in told(duty).items()}


def _sheet(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    """A frame without ground, as the writers take it."""
    return gpd.GeoDataFrame(frame.assign(geometry=None), geometry="geometry", crs=4326)
