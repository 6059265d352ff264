"""Compounds that cannot stay whole inside a grid, pieces larger than a grid, stretches with nothing beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from app.spatial.division.layout import Layout
from app.spatial.division.terms import Band, Bridge
from app.spatial.division.units import Compound
from app.spatial.proposals.bands import Place, around, settle, widened
from app.spatial.proposals.proposal import (
    APART,
    AREAS,
    BRIDGE,
    COMPOUND,
    LONE,
    PIECE,
    Choice,
    Figures,
    Proposal,
    nearest_first,
)
from app.spatial.proposals.trials import Outcome, Trials, outside

Ints = NDArray[np.int64]


def compound_proposals(trials: Trials | None, layout: Layout) -> list[Proposal]:
    """Compounds above the maximum that the rules say nothing of: in parts, a higher maximum, or a grid of their own."""
    named = layout.rules.compounds
    large = [c for c in layout.units.compounds if c.too_large and c.code not in named]
    parts = {c.code: max(2, math.ceil(c.amount / c.maximum)) for c in large}
    if trials is not None and large:
        areas = {c.area for c in large}
        parted = trials.of(replace(layout.rules, compounds={**named, **parts}), areas)
        raised = settle(trials, {(c.area, c.kind): _holding(layout, large, c) for c in large})
    found = []
    for c in large:
        band, holds = _holding(layout, large, c), False
        fits = False
        if trials is not None:
            fits = not len(outside(parted.of(c.pieces))) and len(parted.of(c.pieces)) == parts[c.code]
            band, holds = raised[c.area, c.kind]
        own = Choice("own_grid", {"compound": c.code}, {"compounds": {c.code: 1}}, True, 1.0)
        split = Choice("parts", {"parts": float(parts[c.code])}, {"compounds": {c.code: parts[c.code]}}, fits, 0.5)
        change = {"area_bands": {c.area: {c.kind: [band.minimum, band.target, band.maximum]}}}
        cost = band.maximum / c.maximum - 1.0
        more = Choice("raise", {"maximum": band.maximum, "quantity": c.quantity}, change, holds, cost)
        figures: Figures = {
            "compound": c.code,
            "amount": c.amount,
            "quantity": c.quantity,
            "maximum": c.maximum,
            "pieces": float(len(c.pieces)),
        }
        choices = nearest_first([own, split, more])
        found.append(Proposal(COMPOUND, c.area, c.kind, c.code, "compound", figures, choices))
    return found


def _holding(layout: Layout, large: Sequence[Compound], one: Compound) -> Band:
    """The band of the compound's area and kind with a maximum that all large compounds there fit in."""
    band = layout.rules.band(layout.inputs.bands, one.area, one.kind)
    most = max(c.amount for c in large if (c.area, c.kind) == (one.area, one.kind))
    return Band(band.quantity, band.minimum, band.target, float(math.ceil(most)))


def apart_proposals(trials: Trials | None, layout: Layout, made: Outcome) -> list[Proposal]:
    """Compounds that lie in several grids because they lie in stretches that do not touch, or in several areas."""
    found = []
    for c in layout.units.compounds:
        if c.stretches < 2 or len(made.of(c.pieces)) < 2 or layout.rules.compounds.get(c.code, 1) > 1:
            continue
        ends = _nearest(layout, _stretch(layout, c))
        figures: Figures = {"compound": c.code, "stretches": float(c.stretches), "metres": ends[2]}
        choices = [_bridge(trials, layout, ends, c.pieces, c.area)] if c.stretches == 2 else []
        found.append(Proposal(APART, c.area, c.kind, c.code, "apart", figures, nearest_first(choices)))
    over: dict[str, list[Compound]] = {}
    for c in layout.units.compounds:
        over.setdefault(c.code, []).append(c)
    for code, several in over.items():
        if len(several) > 1:
            where = ", ".join(c.area or "none" for c in several)
            said: Figures = {"compound": code, "areas": float(len(several)), "where": where}
            found.append(Proposal(AREAS, several[0].area, several[0].kind, code, "areas", said, ()))
    return found


def _stretch(layout: Layout, c: Compound) -> tuple[Ints, Ints]:
    """The pieces of the compound's first stretch, and the others."""
    pieces = np.array(c.pieces, dtype=np.int64)
    first = layout.units.number[pieces] == layout.units.number[pieces[0]]
    return pieces[first], pieces[~first]


def _nearest(layout: Layout, sides: tuple[Ints, Ints]) -> tuple[int, int, float]:
    """The two pieces, one of each side, that are nearest to each other, and the metres between them."""
    shapes = layout.inputs.shapes
    tree = shapely.STRtree(shapes[sides[1]])
    (at, other), metres = tree.query_nearest(shapes[sides[0]], return_distance=True, all_matches=False)
    best = int(np.lexsort((at, metres))[0])
    return int(sides[0][at[best]]), int(sides[1][other[best]]), float(metres[best])


def _bridge(
    trials: Trials | None, layout: Layout, ends: tuple[int, int, float], pieces: Sequence[int], area: str
) -> Choice:
    """A bridge, tried: all `pieces` come into one grid inside its band."""
    holds = False
    if trials is not None:
        bridges = [*layout.rules.bridges, Bridge(ends[0], ends[1])]
        tried = trials.of(replace(layout.rules, bridges=bridges), {area}).of(pieces)
        holds = len(tried) == 1 and not len(outside(tried))
    figures: Figures = {"metres": ends[2], "from": str(ends[0]), "to": str(ends[1])}
    return Choice("bridge", figures, {"bridges": [{"from": ends[0], "to": ends[1]}]}, holds, ends[2] / 1000.0)


def lone_proposals(trials: Trials | None, layout: Layout) -> list[Proposal]:
    """Stretches too small for a grid with nothing beside them: a smaller minimum, or a bridge to the nearest ground."""
    lone = [territory for territory in layout.territories if territory.below_band]
    held = {t.pieces[0]: float(layout.inputs.amounts[t.kind][list(t.pieces)].sum()) for t in lone}
    places: dict[Place, list[float]] = {}
    for t in lone:
        places.setdefault((t.area, t.kind), []).append(held[t.pieces[0]])
    asked = {place: layout.rules.band(layout.inputs.bands, *place) for place in places}
    start = {place: around(asked[place], amounts) for place, amounts in places.items()}
    lower = settle(trials, start) if trials is not None else {}
    found = []
    for t in lone:
        band, amount = asked[t.area, t.kind], held[t.pieces[0]]
        choices = []
        if amount > 0 and trials is not None:
            choices.append(widened((t.area, t.kind), band, *lower[t.area, t.kind]))
        rest = np.setdiff1d(_ground_of(layout, t.area), t.pieces)
        if len(rest):
            ends = _nearest(layout, (np.array(t.pieces, dtype=np.int64), rest))
            choices.append(_bridge(trials, layout, ends, t.pieces, t.area))
        figures: Figures = {
            "amount": amount,
            "quantity": band.quantity,
            "minimum": band.minimum,
            "maximum": band.maximum,
        }
        found.append(Proposal(LONE, t.area, t.kind, str(t.pieces[0]), "lone", figures, nearest_first(choices)))
    return found


def _ground_of(layout: Layout, area: str) -> Ints:
    labels = layout.units.labels
    return np.flatnonzero(labels.divided & (labels.area == area))


def piece_proposals(trials: Trials | None, made: Outcome) -> list[Proposal]:
    """Grids of one piece (or of pieces tied together) that holds more than a grid may: a higher maximum, or a split."""
    large = made.grids[made.grids["oversized"] & (made.grids["locked"] == "")]
    if not len(large) or trials is None:
        return []
    start: dict[Place, Band] = {}
    for (area, kind), held in large.groupby(["area", "kind"])["amount"].max().items():
        band = trials.layout.rules.band(trials.layout.inputs.bands, str(area), str(kind))
        start[str(area), str(kind)] = Band(band.quantity, band.minimum, band.target, float(math.ceil(held)))
    raised, found = settle(trials, start), []
    for number, grid in large.iterrows():
        band, holds = raised[grid["area"], grid["kind"]]
        pieces = np.flatnonzero(made.assignment == number)
        change = {"area_bands": {grid["area"]: {grid["kind"]: [band.minimum, band.target, band.maximum]}}}
        cost = band.maximum / grid["maximum"] - 1.0
        choice = Choice("raise", {"maximum": band.maximum, "quantity": band.quantity}, change, holds, cost)
        figures: Figures = {
            "amount": float(grid["amount"]),
            "quantity": band.quantity,
            "maximum": float(grid["maximum"]),
        }
        subject = str(int(pieces[0])) if len(pieces) else ""
        found.append(Proposal(PIECE, grid["area"], grid["kind"], subject, "piece", figures, (choice,)))
    return found


def bridge_proposals(layout: Layout) -> list[Proposal]:
    """Bridges that no grid can use: their ends lie in two areas, outside all of them, or in a locked grid."""
    labels, found = layout.units.labels, []
    for bridge in layout.rules.bridges:
        here = (labels.area[bridge.left], labels.area[bridge.right])
        if here[0] == here[1] and labels.divided[[bridge.left, bridge.right]].all():
            continue
        reason = "bridge_areas" if here[0] != here[1] else "bridge_nowhere"
        ends: Figures = {"from": str(bridge.left), "to": str(bridge.right), "area": str(here[0]), "other": str(here[1])}
        found.append(Proposal(BRIDGE, str(here[0]), "", f"{bridge.left}-{bridge.right}", reason, ends, ()))
    return found
