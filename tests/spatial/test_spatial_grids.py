"""Grids from assigned pieces: shapes by GEOS's general union, sums, order, what is left out."""

from __future__ import annotations

import numpy as np
import shapely
from tilings import squares, voronoi

from app.spatial.division.grids import build_grids, dissolve


def test_grids_have_the_sums_of_their_pieces():
    pieces = squares(2, 2, households=[1, 2, 3, 4], area=["a", "a", "b", "b"], kind=["resident", "business"] * 2)
    grids = build_grids(pieces, np.array([1, 1, 0, -1]), quantities=["households"])
    assert grids.index.tolist() == [0, 1]
    assert grids["households"].tolist() == [3.0, 3.0]
    assert grids["pieces"].tolist() == [1, 2]
    assert grids["area_m2"].tolist() == [10_000.0, 20_000.0]
    assert grids["area"].tolist() == ["b", "a"]
    assert grids["kind"].tolist() == ["resident", "business"]  # of equals the first in order
    assert grids.geometry.iloc[1].equals(shapely.box(0, 0, 200, 100))


def test_codes_are_taken_as_they_are():
    grids = build_grids(squares(3, 1), np.array(["J002", "", "J001"], dtype=object), quantities=[])
    assert grids["code"].tolist() == ["J001", "J002"]


def test_nothing_assigned_gives_no_grids():
    grids = build_grids(squares(2, 1, households=1), np.array([-1, -1]), quantities=["households"])
    assert len(grids) == 0
    assert list(grids.columns) == ["code", "name", "kind", "area", "area_m2", "pieces", "households", "geometry"]


def test_dissolving_is_the_union():
    shapes = voronoi(50, 4)
    assert dissolve(shapes).symmetric_difference(shapely.union_all(shapes)).area < 1e-6


def test_pieces_without_shared_vertices_dissolve_too():
    shapes = [shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 40), shapely.box(100, 40, 200, 100)]
    assert dissolve(np.array(shapes, dtype=object)).equals(shapely.box(0, 0, 200, 100))
