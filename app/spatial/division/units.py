"""Which pieces are never parted: those of one campus or compound, and those that a planner tied together.

A compound larger than a grid may be cannot be kept whole inside the band. It becomes a grid of its own — or as many as
the rules say — and is told with its figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from app.spatial.division.adjacency import Adjacency, connected_parts
from app.spatial.division.ground import Labels
from app.spatial.division.terms import Band, Rules

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Texts = NDArray[np.object_]


@dataclass(frozen=True)
class Compound:
    """A campus or compound in one area: what it holds, and in how many stretches that do not touch it lies there.

    `own`: it is a grid (or several) of its own. `areas`: how many areas it lies in.
    """

    code: str
    area: str
    kind: str
    quantity: str
    amount: float
    maximum: float
    pieces: tuple[int, ...]
    stretches: int
    areas: int
    own: bool

    @property
    def too_large(self) -> bool:
        return self.amount > self.maximum


@dataclass(frozen=True)
class Units:
    """`number`: the unit of each piece, dense, by first piece; a unit is connected, of one area, kind and campus."""

    number: Ints
    labels: Labels
    compounds: tuple[Compound, ...]


def find_units(
    labels: Labels,
    members: Texts,
    area_m2: Floats,
    amounts: Mapping[str, Floats],
    adjacency: Adjacency,
    bands: Mapping[str, Band],
    rules: Rules,
) -> Units:
    """Units, and the labels that hold for them: the pieces of a compound take the kind of most of its ground.

    `members` names the campus or compound of each piece ('': none). `adjacency` carries the bridges. A compound that is
    a grid of its own stands in `labels.campus`. Of one that lies in several stretches each is a unit.
    """
    free = labels.divided
    members = np.where(free, members, "").astype(object)
    labels = _one_kind(labels, members, area_m2)
    source, target = adjacency.source(), adjacency.indices
    here = free[source] & free[target] & (labels.area[source] == labels.area[target])
    inside = here & (members[source] == members[target]) & (members[source] != "")
    _, stretch = connected_parts(adjacency.where(inside))
    compounds = _compounds(labels, members, amounts, bands, rules, stretch)
    campus, parted = labels.campus.copy(), np.zeros(len(members), dtype=bool)
    for compound in compounds:
        if compound.own:
            pieces = np.array(compound.pieces)
            campus[pieces] = compound.code
            parted[pieces] = rules.compounds.get(compound.code, 1) > 1
    labels = replace(labels, campus=campus)
    tied = inside & ~parted[source]
    ties = np.stack([source[tied], target[tied]], axis=1)
    ties = np.concatenate([ties, _told(rules.tied, labels, adjacency)])
    return Units(_dense(ties, len(members)), labels, compounds)


def _one_kind(labels: Labels, members: Texts, area_m2: Floats) -> Labels:
    """Every compound is of one kind in each area: the kind of most of its ground, the first in order on a tie."""
    at = np.flatnonzero(members != "")
    if not len(at):
        return labels
    rows = pd.DataFrame({"at": at, "area": labels.area[at], "code": members[at], "kind": labels.kind[at]})
    ground = rows.assign(m2=area_m2[at]).groupby(["area", "code", "kind"], as_index=False)["m2"].sum()
    main = ground.loc[ground.groupby(["area", "code"])["m2"].idxmax(), ["area", "code", "kind"]]
    merged = rows.drop(columns="kind").merge(main, on=["area", "code"]).sort_values("at")
    kind = labels.kind.copy()
    kind[at] = merged["kind"].to_numpy(dtype=object)
    campus = np.where(members != "", members, labels.campus)
    return replace(labels, kind=kind, campus=np.where(kind == "institution", campus, "").astype(object))


def _compounds(
    labels: Labels,
    members: Texts,
    amounts: Mapping[str, Floats],
    bands: Mapping[str, Band],
    rules: Rules,
    stretch: Ints,
) -> tuple[Compound, ...]:
    at = np.flatnonzero(members != "")
    rows = pd.DataFrame({"at": at, "area": labels.area[at].astype(str), "code": members[at].astype(str)})
    areas = rows.groupby("code")["area"].nunique()
    found = []
    for (area, code), group in rows.groupby(["area", "code"]):
        pieces = group["at"].to_numpy()
        kind = str(labels.kind[pieces[0]])
        band = rules.band(bands, area, kind)
        amount = float(amounts[kind][pieces].sum())
        institution = kind == "institution"  # a campus is one grid whatever its size
        found.append(
            Compound(
                code=code,
                area=area,
                kind=kind,
                quantity=band.quantity,
                amount=amount,
                maximum=np.inf if institution else band.maximum,
                pieces=tuple(int(piece) for piece in pieces),
                stretches=len(np.unique(stretch[pieces])),
                areas=int(areas[code]),
                own=institution or code in rules.compounds or amount > band.maximum,
            )
        )
    return tuple(found)


def _told(groups: Sequence[Sequence[int]], labels: Labels, adjacency: Adjacency) -> Ints:
    """Ties of the groups that a planner named: between members that touch, in one area, of one kind and campus."""
    group = np.full(adjacency.pieces, -1, dtype=np.int64)
    for number, pieces in enumerate(groups):
        group[list(pieces)] = number
    group[~labels.divided] = -1
    source, target = adjacency.source(), adjacency.indices
    same = (group[source] >= 0) & (group[source] == group[target])
    for label in (labels.area, labels.kind, labels.campus):
        same &= np.asarray(label[source] == label[target], dtype=bool)
    return np.stack([source[same], target[same]], axis=1)


def _dense(ties: Ints, count: int) -> Ints:
    """Groups that the ties make, numbered by their first piece."""
    graph = coo_matrix((np.ones(len(ties), dtype=np.int8), (ties[:, 0], ties[:, 1])), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.int64)
