"""The responsibility matrix, grid × matter: where nobody leads (无人), two lead (重复), or lines quarrel (交叉).

A cell is judged on every part of the grid's ground and in every stretch of restricted times: one spot at one moment
without a lead makes it unowned, one with two leads that are just as specific a duplicate. It is crossed where the
line that leads and one that it beats name different leads without a rule saying so (`duties.disagree`), or where
different leads hold on different parts of one grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from app.rules.duties.duties import ANY_OWNER, OWNER, Duty, choice_order, specificity
from app.rules.duties.duty_hours import active
from app.rules.duties.matters import Matter

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]
Leads = npt.NDArray[np.int32]

UNOWNED, DUPLICATE, CROSSED = "unowned", "duplicate", "crossed"
BITS = {UNOWNED: 1, DUPLICATE: 2, CROSSED: 4}
PROBLEMS = tuple(BITS)
NOBODY = -1
SEVERAL = -2
OWNERS = -3


@dataclass(frozen=True)
class Parts:
    """Parts of the grids' ground on which the same scopes hold. `grid`: part → grid; `holds`: scopes × parts."""

    grids: int
    grid: Ints
    holds: Bools


@dataclass(frozen=True)
class Matrix:
    """`flags`: grids × matters, the sum of BITS of the cell's problems. `lead`: the lead's number, NOBODY, SEVERAL, or
    OWNERS where only the owners of objects lead."""

    flags: Bytes
    lead: Leads
    leads: tuple[str, ...]


@dataclass(frozen=True)
class _Lines:
    """Duties as arrays, each once for every matter that it names; `matter`, `scope` and the rest by line."""

    duty: Ints
    matter: Ints
    scope: Ints
    rank: Ints
    lead: Ints
    own_list: Ints
    close: Ints
    replaces: Bools
    owner: Bools


def matrix(duties: Sequence[Duty], matters: Sequence[Matter], scopes: Sequence[str], parts: Parts) -> Matrix:
    """Judge every cell. `scopes`: the rows of `parts.holds`, as `str(scope)`; those of owners need no row."""
    lines, leads = _lines(duties, matters, scopes)
    flags = np.zeros((parts.grids, len(matters)), dtype=np.uint8)
    lead = np.full((parts.grids, len(matters)), NOBODY, dtype=np.int32)
    _judge_owners(flags, duties, lines)
    for _, held in active([duty.hours for duty in duties]):
        on = np.array(held, dtype=bool)[lines.duty] & ~lines.owner
        _judge(flags, lead, parts, lines, on)
    owned = np.zeros(len(matters), dtype=bool)
    owned[lines.matter[lines.owner]] = True
    by_owner = owned[None, :] & (lead == NOBODY)
    flags[by_owner] &= ~np.uint8(BITS[UNOWNED])
    lead[by_owner] = OWNERS
    return Matrix(flags, lead, leads)


@dataclass(frozen=True)
class LeadsByTime:
    """Everybody who leads on a matter on a part at some time of the year. `part`, `matter`, `lead`: by entry, each
    combination once, in that order; `lead` is a number in `names`."""

    names: tuple[str, ...]
    part: Ints
    matter: Ints
    lead: Ints


def leads_by_time(
    duties: Sequence[Duty], matters: Sequence[Matter], scopes: Sequence[str], holds: Bools
) -> LeadsByTime:
    """Who leads where: the line that goes first in each stretch of restricted times, and beside it whoever leads for
    the objects of an owner, or owns them. `holds`: scopes × parts."""
    lines, leads = _lines(duties, matters, scopes)
    names = {name: number for number, name in enumerate(leads)}
    every = np.arange(holds.shape[1], dtype=np.int64)
    found = [np.empty((3, 0), dtype=np.int64)]
    for _, held in active([duty.hours for duty in duties]):
        lead = np.full((len(every), len(matters)), NOBODY, dtype=np.int32)
        on = np.array(held, dtype=bool)[lines.duty] & ~lines.owner
        _judge(np.zeros(lead.shape, dtype=np.uint8), lead, Parts(len(every), every, holds), lines, on)
        part, matter = np.nonzero(lead >= 0)
        found.append(np.stack([part, matter, lead[part, matter]]))
    for line in np.flatnonzero(lines.owner).tolist():
        duty = duties[int(lines.duty[line])]
        name = duty.lead or duty.scope.value
        if name != ANY_OWNER:
            number = names.setdefault(name, len(names))
            found.append(np.stack([every, np.full(len(every), lines.matter[line]), np.full(len(every), number)]))
    part, matter, of_lead = np.concatenate(found, axis=1)
    _, once = np.unique((part * len(matters) + matter) * len(names) + of_lead, return_index=True)
    return LeadsByTime(tuple(names), part[once], matter[once], of_lead[once])


def lines_of(duties: Sequence[Duty], matter: Matter, scopes: Sequence[str], held: Bools) -> list[Duty]:
    """The duties behind a cell: those that name the matter and hold on a part of the grid, the most specific first.

    `held`: by scope, whether it holds on some part of the grid.
    """
    row = {scope: number for number, scope in enumerate(scopes)}
    found = [
        (duty, close)
        for duty in duties
        if (close := duty.closeness(matter)) and (duty.scope.kind == OWNER or held[row[str(duty.scope)]])
    ]
    return [duty for duty, close in sorted(found, key=lambda pair: (-specificity(*pair), pair[0].number))]


def _lines(duties: Sequence[Duty], matters: Sequence[Matter], scopes: Sequence[str]) -> tuple[_Lines, tuple[str, ...]]:
    """The lines in the order of choice, so that of those that hold the first leads."""
    leads = tuple(sorted({duty.lead for duty in duties}))
    lead_number = {lead: number for number, lead in enumerate(leads)}
    lists = {name: number for number, name in enumerate(sorted({duty.list_name for duty in duties}))}
    scope_number = {scope: number for number, scope in enumerate(scopes)}
    named = _Named(matters)
    speaking = [(n, duty, named.by(duty)) for n, duty in enumerate(duties)]
    chosen = sorted(
        ((n, duty, close, found) for n, duty, by in speaking for close, found in by.items()),
        key=lambda line: choice_order(line[1], line[2]),
    )
    rows = []
    for n, duty, close, found in chosen:
        scope = NOBODY if duty.scope.kind == OWNER else scope_number[str(duty.scope)]
        rank = specificity(duty, close)
        facts = (lead_number[duty.lead], lists[duty.list_name], close)
        own = (duty.replaces or duty.hours.restricted, duty.scope.kind == OWNER)
        rows += [(n, matter, scope, rank, *facts, *own) for matter in found]
    columns = [np.ascontiguousarray(c) for c in np.array(rows, dtype=np.int64).reshape(len(rows), 9).T]
    flagged = columns[7].astype(bool), columns[8].astype(bool)
    of_duty, of_matter, of_scope, ranks, of_lead, of_list, closeness = columns[:7]
    return _Lines(of_duty, of_matter, of_scope, ranks, of_lead, of_list, closeness, *flagged), leads


class _Named:
    """The matters that a duty names, by closeness; each code of a table is looked through once."""

    def __init__(self, matters: Sequence[Matter]) -> None:
        self._matters = matters
        self._known: dict[tuple[str, str, str], dict[int, list[int]]] = {}

    def by(self, duty: Duty) -> dict[int, list[int]]:
        key = (duty.kind, duty.table, duty.code)
        if key not in self._known:
            found: dict[int, list[int]] = {}
            for number, matter in enumerate(self._matters):
                if close := duty.closeness(matter):
                    found.setdefault(close, []).append(number)
            self._known[key] = found
        return self._known[key]


def _judge_owners(flags: Bytes, duties: Sequence[Duty], lines: _Lines) -> None:
    """Two leads for one owner's objects by lines that are just as specific: a duplicate on the whole ground."""
    first: dict[tuple[int, str, int], int] = {}
    for line in np.flatnonzero(lines.owner):
        duty = int(lines.duty[line])
        key = (int(lines.matter[line]), duties[duty].scope.value, int(lines.rank[line]))
        if first.setdefault(key, int(lines.lead[line])) != int(lines.lead[line]):
            flags[:, key[0]] |= BITS[DUPLICATE]


def _judge(flags: Bytes, lead: Leads, parts: Parts, lines: _Lines, on: Bools) -> None:
    """Add one stretch of time to `flags` and `lead`: the lines that are `on` hold."""
    of_part, starts = _scopes_by_part(parts)
    order = np.flatnonzero(on)
    order = order[np.argsort(lines.scope[order], kind="stable")]
    bounds = np.searchsorted(lines.scope[order], np.arange(len(parts.holds) + 1))
    best = np.empty(flags.shape[1], np.int64)
    settled = np.empty(flags.shape[1], np.int64)
    grid_before = NOBODY
    for part in np.argsort(parts.grid, kind="stable"):
        grid = parts.grid[part]
        if grid != grid_before:
            settled[:] = NOBODY
            grid_before = grid
        here = np.concatenate(
            [order[bounds[s] : bounds[s + 1]] for s in of_part[starts[part] : starts[part + 1]]] or [order[:0]]
        )
        _compare(
            flags[grid], here, best, lines.matter, lines.rank, lines.lead, lines.own_list, lines.close, lines.replaces
        )
        _settle(flags[grid], lead[grid], best, settled, lines.lead, lines.replaces)


def _scopes_by_part(parts: Parts) -> tuple[Ints, Ints]:
    """The scopes that hold on each part, one part after another, and where each begins."""
    part, scope = np.nonzero(parts.holds.T)
    return scope.astype(np.int64), np.searchsorted(part, np.arange(parts.holds.shape[1] + 1)).astype(np.int64)


@numba.njit(cache=True, nogil=True)
def _compare(
    flags: Bytes,
    here: Ints,
    best: Ints,
    matter: Ints,
    rank: Ints,
    lead: Ints,
    own_list: Ints,
    close: Ints,
    replaces: Bools,
) -> None:
    """One part: `best` becomes the line that leads on each matter; what the others say against it goes to `flags`."""
    best[:] = -1
    for line in here:
        now = best[matter[line]]
        if now < 0 or line < now:
            best[matter[line]] = line
    for line in here:
        top = best[matter[line]]
        if lead[line] == lead[top]:
            continue
        if rank[line] == rank[top]:
            flags[matter[line]] |= 2
        elif not replaces[top] and not (own_list[line] == own_list[top] and close[top] > close[line]):
            flags[matter[line]] |= 4


@numba.njit(cache=True, nogil=True)
def _settle(flags: Bytes, lead: Leads, best: Ints, settled: Ints, line_lead: Ints, replaces: Bools) -> None:
    """One part's leads against those of the grid's parts before it (`settled`: a lead that no line replaced)."""
    for m in range(len(best)):
        top = best[m]
        if top < 0:
            flags[m] |= 1
            continue
        if lead[m] == -1:
            lead[m] = line_lead[top]
        elif lead[m] != line_lead[top]:
            lead[m] = -2
        if not replaces[top]:
            if settled[m] != -1 and settled[m] != line_lead[top]:
                flags[m] |= 4
            settled[m] = line_lead[top]
