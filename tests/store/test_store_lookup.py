"""The SQL twin, the index in memory and ST_Covers on the same points."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import shapely
from adversarial_points import border_points, messy, random_points, tiling
from published import LONG_AGO, close, publish
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.spatial.location.locate import GridIndex
from app.store.lookup import lookup as store

CITY = (113.0, 22.0)
JUNE = datetime(2026, 6, 1, tzinfo=UTC)
SQUARE = np.array([shapely.box(113, 22, 114, 23)], dtype=object)
EVERY_POINT = text("""
    SELECT p.i, (SELECT o.code FROM onegrid_lookup(p.lon, p.lat, 'a') AS o),
           (SELECT o.on_boundary FROM onegrid_lookup(p.lon, p.lat, 'a') AS o),
           (SELECT g.code FROM grids AS g WHERE g.edition_id = :edition
            AND ST_Covers(g.geom, ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4326)) ORDER BY g.code COLLATE "C" LIMIT 1)
    FROM unnest(CAST(:lon AS float8[]), CAST(:lat AS float8[])) WITH ORDINALITY AS p(lon, lat, i) ORDER BY p.i
""")


@pytest.mark.parametrize(("name", "size"), [("tiling", 0.02), ("messy", 0.02), ("tiling", 1.0), ("messy", 2.0)])
def test_sql_and_memory_give_every_point_the_same_owner(session: Session, name: str, size: float) -> None:
    rng = np.random.default_rng(11)
    polygons = {"tiling": tiling, "messy": messy}[name](rng, 40, CITY, size)
    codes = [f"{number:03d}" for number in rng.permutation(len(polygons))]
    edition = publish(session, "a", codes, polygons)
    points = np.vstack([border_points(polygons, rng, 2), random_points(polygons, rng, 2000)])
    located = GridIndex(codes, polygons).locate(points[:, 0], points[:, 1])
    memory = [None if owner < 0 else codes[owner] for owner in located.owner]
    asked = {"edition": edition.id, "lon": points[:, 0].tolist(), "lat": points[:, 1].tolist()}
    rows = session.execute(EVERY_POINT, asked).all()
    assert [row[1] for row in rows] == memory
    assert [bool(row[2]) for row in rows] == located.on_boundary.tolist()
    covers = [row[3] for row in rows]
    if size < 1:
        assert covers == memory
    else:  # its short cut rounds beside edges a degree long; nowhere else
        wrong = [i for i, (sql, ours) in enumerate(zip(covers, memory, strict=True)) if sql != ours]
        assert len(wrong) < len(points) / 1000
        assert all(_beside_an_edge(polygons, *points[i]) for i in wrong)


def _beside_an_edge(polygons: np.ndarray, x: float, y: float) -> bool:  # type: ignore[type-arg]
    return bool(shapely.distance(shapely.boundary(polygons), shapely.Point(x, y)).min() < 1e-12)


def test_the_function_answers_for_any_moment_and_state_of_knowledge(session: Session) -> None:
    known = LONG_AGO + timedelta(days=900)
    first = publish(session, "a", ["old"], SQUARE)
    close(session, first, JUNE, known)
    publish(session, "a", ["new"], SQUARE, valid_from=JUNE, known_from=known)

    def owner(at: datetime, as_known_at: datetime | None = None) -> str | None:
        found = store.locate_sql(session, 113.5, 22.5, "a", at, as_known_at)
        return found.code if found else None

    assert [owner(JUNE - timedelta(microseconds=1)), owner(JUNE)] == ["old", "new"]
    assert owner(JUNE, known - timedelta(microseconds=1)) == "old"
    assert owner(JUNE, known) == "new"
    assert owner(LONG_AGO - timedelta(days=1)) is None
    assert owner(JUNE, LONG_AGO - timedelta(days=1)) is None


def test_the_function_gives_the_grid_s_own_facts(session: Session) -> None:
    edition = publish(session, "a", ["001"], SQUARE, kinds=["resident"])
    assert store.locate_sql(session, 113.0, 22.5, "a") == store.SqlOwner(
        edition.id, "001", "Grid 001", "resident", None, True
    )
    assert store.locate_sql(session, 112.9, 22.5, "a") is None
    assert store.locate_sql(session, 113.5, 22.5, "nobody") is None


def test_the_version_changes_with_every_publish_close_and_new_network(session: Session) -> None:
    seen = [store.version(session)]
    edition = publish(session, "a", ["1"], SQUARE)
    seen.append(store.version(session))
    close(session, edition, JUNE, JUNE)
    seen.append(store.version(session))
    publish(session, "a", ["2"], SQUARE, valid_from=JUNE, known_from=JUNE)
    seen.append(store.version(session))
    assert len(set(seen)) == 4
    assert store.version(session) == seen[-1]


def test_geometry_comes_back_bit_for_bit(session: Session) -> None:
    polygons = messy(np.random.default_rng(1), 8, CITY, 0.1)
    edition = publish(session, "a", [f"{i}" for i in range(8)], polygons)
    rows = store.edition_rows(session, edition.id)
    assert rows.codes.tolist() == [f"{i}" for i in range(8)]
    for stored, given in zip(rows.polygons, polygons, strict=True):
        assert (shapely.get_coordinates(stored) == shapely.get_coordinates(given)).all()
