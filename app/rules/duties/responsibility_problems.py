"""The problems of a responsibility matrix, gathered for people: one row per matter and set of leads, with proposals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from app.rules.duties.duties import OWNER, Duty
from app.rules.duties.matters import Matter
from app.rules.duties.responsibility import BITS, DUPLICATE, PROBLEMS, UNOWNED, Bools, Ints, Matrix, Parts
from app.rules.sayings import Said, text_of

ADD, KEEP, REPLACE, WHOLE_GRID = "add", "keep", "replace", "whole_grid"


@dataclass(frozen=True)
class Proposal:
    """One way to resolve a problem: `action` add, keep, replace or whole_grid; the lead it would leave; why, in words
    and as codes with values."""

    action: str
    lead: str
    why: str
    duties: tuple[str, ...] = ()
    said: tuple[Said, ...] = ()


@dataclass(frozen=True)
class ProblemRow:
    """One problem of one matter on some grids, by the same leads; `duties` are the numbers of the lines behind it."""

    problem: str
    kind: str
    code: str
    name: str
    leads: tuple[str, ...]
    duties: tuple[str, ...]
    grids: tuple[str, ...]
    areas: tuple[str, ...]
    proposals: tuple[Proposal, ...]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Grids:
    """Codes and areas of the matrix's grids, in its order."""

    codes: Sequence[str]
    areas: Sequence[str]


@dataclass
class _Habits:
    """Which department leads on how many matters of a class (kind, category)."""

    of_class: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)

    def usual(self, matter: Matter) -> tuple[str, int]:
        """The lead of the most matters of the same class, else of the same kind, and how many; '' when there is none.
        Ties go by name."""
        counted = self.of_class.get((matter.kind, matter.category)) or self._of_kind(matter.kind)
        ranked = sorted(((-number, lead) for lead, number in counted.items() if lead))
        return (ranked[0][1], -ranked[0][0]) if ranked else ("", 0)

    def _of_kind(self, kind: str) -> Counter[str]:
        return sum((counted for (of, _), counted in self.of_class.items() if of == kind), Counter())

    def of(self, lead: str, matter: Matter) -> int:
        return self.of_class.get((matter.kind, matter.category), Counter())[lead]


def problems(
    made: Matrix, duties: Sequence[Duty], matters: Sequence[Matter], scopes: Sequence[str], parts: Parts, grids: Grids
) -> list[ProblemRow]:
    """All problems: unowned, then duplicate, then crossed; in each by matter, then by leads."""
    habits = _habits(duties, matters)
    behind = [[duty for duty in duties if duty.closeness(matter)] for matter in matters]
    whole = _by_grid(parts)
    row_of = {scope: number for number, scope in enumerate(scopes)}
    rows = []
    for problem in PROBLEMS:
        for number in np.flatnonzero((made.flags & BITS[problem]).any(axis=0)).tolist():
            at = np.flatnonzero(made.flags[:, number] & BITS[problem])
            lines = behind[number]
            for leads, chosen in _by_leads(lines, row_of, whole[:, at], problem):
                rows.append(_row(problem, matters[number], lines, leads, at[chosen], grids, habits))
    return rows


def counts(made: Matrix) -> dict[str, int]:
    """Cells (grid × matter) with each problem, and those with none."""
    cells = {problem: int(((made.flags & bit) > 0).sum()) for problem, bit in BITS.items()}
    return {**cells, "clean": int((made.flags == 0).sum())}


def _by_grid(parts: Parts) -> Bools:
    """Scopes × grids: whether the scope holds on some part of the grid."""
    held = np.zeros((len(parts.holds), parts.grids), dtype=bool)
    scope, part = np.nonzero(parts.holds)
    held[scope, parts.grid[part]] = True
    return held


def _by_leads(
    lines: Sequence[Duty], row_of: Mapping[str, int], held: Bools, problem: str
) -> list[tuple[tuple[str, ...], Ints]]:
    """The leads that meet in each cell → the cells (as columns of `held`), by the leads' names."""
    cells = held.shape[1]
    if problem == UNOWNED or not lines:
        return [((), np.arange(cells))]
    leads = sorted({duty.lead for duty in lines})
    there = np.zeros((len(leads), cells), dtype=bool)
    for duty in lines:
        there[leads.index(duty.lead)] |= True if duty.scope.kind == OWNER else held[row_of[str(duty.scope)]]
    sets, which = np.unique(there.T, axis=0, return_inverse=True)
    which = which.reshape(-1)
    named = [tuple(lead for lead, on in zip(leads, each, strict=True) if on) for each in sets]
    return sorted(((each, np.flatnonzero(which == n)) for n, each in enumerate(named)), key=lambda pair: pair[0])


def _row(
    problem: str, matter: Matter, lines: Sequence[Duty], leads: tuple[str, ...], at: Ints, grids: Grids, habits: _Habits
) -> ProblemRow:
    involved = tuple(duty for duty in lines if duty.lead in leads)
    return ProblemRow(
        problem=problem,
        kind=matter.kind,
        code=matter.code,
        name=matter.name,
        leads=leads,
        duties=tuple(duty.number for duty in involved),
        grids=tuple(grids.codes[n] for n in at),
        areas=tuple(sorted({grids.areas[n] for n in at} - {""})),
        proposals=_proposals(problem, matter, involved, leads, habits),
    )


def _proposals(
    problem: str, matter: Matter, lines: Sequence[Duty], leads: tuple[str, ...], habits: _Habits
) -> tuple[Proposal, ...]:
    if problem == UNOWNED:
        usual, number = habits.usual(matter)
        if not usual:
            return ()
        return (_proposal(ADD, usual, (), Said("usual_lead", {"number": number})),)
    ranked = sorted(leads, key=lambda lead: (-habits.of(lead, matter), lead))
    if problem == DUPLICATE:
        return tuple(_keep(lead, matter, lines, habits) for lead in ranked)
    widest = min(lines, key=lambda duty: (duty.scope.kind != "everywhere", duty.number))
    narrow = [duty for duty in lines if duty.lead != widest.lead]
    made = [_keep(widest.lead, matter, lines, habits)]
    for lead in sorted({duty.lead for duty in narrow}):
        own = tuple(duty.number for duty in narrow if duty.lead == lead)
        made.append(_proposal(REPLACE, lead, own, Said("stands_in_place", {"lead": widest.lead})))
    if widest.scope.kind != "everywhere":
        made.append(_proposal(WHOLE_GRID, ranked[0], (), Said("one_for_whole_grids")))
    return tuple(made)


def _keep(lead: str, matter: Matter, lines: Sequence[Duty], habits: _Habits) -> Proposal:
    others = tuple(duty.number for duty in lines if duty.lead != lead)
    number = habits.of(lead, matter)
    values = {"number": number, **({"category": matter.category} if matter.category else {})}
    leads = Said("leads_in_class" if matter.category else "leads_in_its_class", values)
    return _proposal(KEEP, lead, others, leads, Said("end_others"))


def _proposal(action: str, lead: str, duties: tuple[str, ...], *said: Said) -> Proposal:
    return Proposal(action, lead, text_of(said), duties, said)


def _habits(duties: Sequence[Duty], matters: Sequence[Matter]) -> _Habits:
    """Matters on which exactly one department leads, by class."""
    leads: dict[tuple[str, str], set[str]] = {}
    for duty in duties:
        leads.setdefault((duty.kind, duty.code), set()).add(duty.lead)
    made = _Habits()
    for matter in matters:
        own = leads.get(matter.key, set())
        if len(own) == 1:
            made.of_class.setdefault((matter.kind, matter.category), Counter())[next(iter(own))] += 1
    return made
