"""What a division reads from a pieces frame: labels, amounts, old grids. Raises InputError for what it cannot use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from app.errors import InputError
from app.spatial.division.adjacency import Adjacency, build_adjacency
from app.spatial.division.ground import Labels
from app.spatial.division.terms import KINDS, Band, Rules

Floats = NDArray[np.float64]
Texts = NDArray[np.object_]
Loads = Mapping[str, Sequence[tuple[Floats, float, Band | None]]]
"""Kind → further quantities: amounts per piece, weight, band."""
MEMBER_SHARE = 0.5
"""A piece belongs to a campus or compound that covers at least this share of it."""


@dataclass(frozen=True)
class Inputs:
    """Pieces as a division sees them, before any rule has changed a label; everything is per piece.

    `members`: campus or compound ('': none). `bands`: of the kinds there are. `sources`: old grids, one array per
    network. `adjacency`: without bridges.
    """

    shapes: NDArray[np.object_]
    labels: Labels
    members: Texts
    area_m2: Floats
    amounts: Mapping[str, Floats]
    loads: Loads
    sources: Sequence[Texts]
    bands: Mapping[str, Band]
    adjacency: Adjacency


def read_inputs(
    pieces: gpd.GeoDataFrame,
    bands: Mapping[str, Band],
    rules: Rules,
    networks: Sequence[str] | None,
    adjacency: Adjacency | None,
) -> Inputs:
    """Everything that the division takes from a pieces frame. Raises InputError."""
    labels = read_labels(pieces, bands, rules)
    kinds = {*labels.kind, *(grid.kind for grid in rules.locked)}
    used = {kind: bands[kind] for kind in KINDS if kind in kinds}
    shapes = pieces.geometry.to_numpy()
    return Inputs(
        shapes=shapes,
        labels=labels,
        members=read_members(pieces),
        area_m2=shapely.area(shapes),
        amounts={kind: read_amount(pieces, band.quantity) for kind, band in used.items()},
        loads=read_loads(pieces, rules, used),
        sources=read_sources(pieces, networks),
        bands=used,
        adjacency=adjacency or build_adjacency(shapes),
    )


def texts(pieces: gpd.GeoDataFrame, name: str, default: str = "") -> Texts:
    """A column as words, `default` where it is missing or null."""
    if name not in pieces:
        return np.full(len(pieces), default, dtype=object)
    return pieces[name].fillna(default).astype(str).to_numpy(dtype=object)


def read_labels(pieces: gpd.GeoDataFrame, bands: Mapping[str, Band], rules: Rules) -> Labels:
    """Area, kind and campus of every piece."""
    if pieces.crs is None or not pieces.crs.is_projected:
        raise InputError("pieces must be in a metric coordinate system to be divided")
    kind = texts(pieces, "kind", KINDS[0])
    kind[kind == ""] = KINDS[0]
    if unknown := sorted(set(kind) - set(KINDS)):
        raise InputError(f"unknown kind {unknown[0]!r}; kinds are {', '.join(KINDS)}")
    if missing := sorted(set(kind) - set(bands)):
        raise InputError(f"no band for kind {missing[0]}")
    for area, own in rules.area_bands.items():
        if wrong := [k for k, band in own.items() if k not in bands or band.quantity != bands[k].quantity]:
            raise InputError(f"area {area}: a band of its own for {wrong[0]} must be in the quantity of the usual one")
    campus = np.where(kind == "institution", texts(pieces, "campus"), "").astype(object)
    return Labels(texts(pieces, "area"), kind, campus)


def read_members(pieces: gpd.GeoDataFrame) -> Texts:
    """The compound or else the campus that each piece belongs to, '' for none.

    Columns `compound` and `campus`; where `compound_share` or `campus_share` tells how much of the piece it covers, at
    least half is asked.
    """
    members = np.full(len(pieces), "", dtype=object)
    for name in ("campus", "compound"):
        codes, share = texts(pieces, name), f"{name}_share"
        covered = pieces[share].fillna(0.0).to_numpy(dtype=float) if share in pieces else np.ones(len(pieces))
        inside = (codes != "") & (covered >= MEMBER_SHARE)
        members[inside] = codes[inside]
    return members


def read_amount(pieces: gpd.GeoDataFrame, quantity: str) -> Floats:
    """A quantity of every piece, 0 or more; `area_m2` is that of the shapes where there is no such column."""
    if quantity == "area_m2" and quantity not in pieces:
        return pieces.geometry.area.to_numpy(dtype=float)
    if quantity not in pieces:
        raise InputError(f"the pieces have no quantity {quantity}")
    amount = pd.to_numeric(pieces[quantity], errors="coerce").to_numpy(dtype=float)
    if not (np.isfinite(amount) & (amount >= 0)).all():
        raise InputError(f"{quantity} must be a number of 0 or more in every piece")
    return amount


def read_loads(pieces: gpd.GeoDataFrame, rules: Rules, kinds: Iterable[str]) -> Loads:
    return {
        kind: [(read_amount(pieces, load.quantity), load.weight, load.band) for load in rules.loads.get(kind, ())]
        for kind in kinds
    }


def read_sources(pieces: gpd.GeoDataFrame, networks: Sequence[str] | None) -> list[Texts]:
    """Source codes per piece, one array per network (default: `pieces.attrs["networks"]`)."""
    names = list(pieces.attrs.get("networks", [])) if networks is None else list(networks)
    if missing := [name for name in names if name not in pieces]:
        raise InputError(f"the pieces have no column for network {missing[0]}")
    return [texts(pieces, name) for name in names]
