"""Vector tiles, read back by GDAL's own MVT driver."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient
from published import publish
from sqlalchemy.orm import Session

from app.services.networks import tiles

JUNE = datetime(2026, 6, 1, tzinfo=UTC)
PAIR = np.array([shapely.box(113, 22, 113.01, 22.01), shapely.box(113.01, 22, 113.02, 22.01)], dtype=object)
Headers = dict[str, str]
Z = 12


@pytest.fixture
def key(make_key: Callable[..., Headers]) -> Headers:
    return make_key("lookup")


def tile_of(lon: float, lat: float, z: int) -> str:
    x = int((lon + 180) / 360 * 2**z)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z)
    return f"{z}/{x}/{y}.mvt"


def decoded(data: bytes, address: str, folder: Path) -> gpd.GeoDataFrame:
    """The tile's features in EPSG:4326, by GDAL."""
    z, x, y = (int(part) for part in address.removesuffix(".mvt").split("/"))
    path = folder / f"{z}-{x}-{y}.mvt"
    path.write_bytes(data)
    return gpd.read_file(path, layer="grids", engine="pyogrio", X=x, Y=y, Z=z).to_crs(4326)


def test_a_tile_draws_the_grids_of_the_moment(
    client: TestClient, key: Headers, session: Session, tmp_path: Path
) -> None:
    publish(session, "a", ["old"], PAIR[:1], valid_to=JUNE)
    publish(session, "a", ["1", "2"], PAIR, valid_from=JUNE, kinds=["resident", None])
    address = tile_of(113.008, 22.005, Z)
    found = {}
    for at in ("2026-05-01", "2026-07-01"):
        answer = client.get(f"/tiles/a/{address}", params={"at": at}, headers=key)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/vnd.mapbox-vector-tile")
        found[at] = decoded(answer.content, address, tmp_path).set_index("code")
    assert list(found["2026-05-01"].index) == ["old"]
    new = found["2026-07-01"]
    assert list(new.index) == ["1", "2"]
    assert new.loc["1", ["name", "kind"]].tolist() == ["Grid 1", "resident"]
    pixel = 360 / 2**Z / 4096
    assert shapely.hausdorff_distance(new.geometry["1"], PAIR[0]) < 2 * pixel


def test_no_grid_no_edition_and_no_network(client: TestClient, key: Headers, session: Session) -> None:
    publish(session, "a", ["1", "2"], PAIR, valid_from=JUNE)
    here, away = tile_of(113.005, 22.005, Z), tile_of(-77.0, 38.9, Z)
    empty = client.get(f"/tiles/a/{away}", headers=key)
    assert (empty.status_code, empty.content) == (204, b"")
    assert client.get(f"/tiles/a/{here}?at=2026-01-01", headers=key).status_code == 204
    assert client.get(f"/tiles/b/{here}", headers=key).status_code == 404
    for wrong in ("12/4096/0.mvt", "19/0/0.mvt", "3/-1/0.mvt", "x/0/0.mvt"):
        answer = client.get(f"/tiles/a/{wrong}", headers=key)
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_the_tag_changes_with_the_edition_and_saves_the_tile(
    client: TestClient, key: Headers, session: Session
) -> None:
    for edition in (
        publish(session, "a", ["1"], PAIR[:1], valid_to=JUNE),
        publish(session, "a", ["2"], PAIR[:1], valid_from=JUNE),
    ):
        tiles.prepare(session, edition.id)
    address = f"/tiles/a/{tile_of(113.005, 22.005, Z)}"
    before = client.get(address, params={"at": "2026-05-01"}, headers=key)
    after = client.get(address, params={"at": "2026-07-01"}, headers=key)
    assert before.headers["etag"] != after.headers["etag"]
    assert after.headers["cache-control"] == "private, max-age=60"
    assert client.get(f"/api/v1{address}", params={"at": "2026-07-01"}, headers=key).content == after.content
    again = client.get(address, headers=key | {"If-None-Match": f'"x", W/{after.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(address, headers=key | {"If-None-Match": before.headers["etag"]}).status_code == 200


def test_a_tile_before_its_outlines_has_no_tag_and_is_asked_for_again(
    client: TestClient, key: Headers, session: Session
) -> None:
    edition = publish(session, "a", ["1", "2"], PAIR)
    rough = client.get(f"/tiles/a/{tile_of(113.005, 22.005, Z)}", headers=key)
    assert (rough.status_code, "etag" in rough.headers) == (200, False)
    whole = client.get(f"/tiles/a/{tile_of(113.005, 22.005, 15)}", headers=key)
    assert "etag" in whole.headers, "drawn as the grids are"
    tiles.prepare(session, edition.id)
    again = client.get(f"/tiles/a/{tile_of(113.005, 22.005, Z)}", headers=key | {"If-None-Match": '"x"'})
    assert (again.status_code, "etag" in again.headers) == (200, True)


def test_tilejson(client: TestClient, key: Headers, session: Session) -> None:
    edition = publish(session, "a", ["1", "2"], PAIR)
    said = client.get("/tiles/a.json", params={"at": "2026-07-01"}, headers=key).json()
    assert said["tilejson"] == "3.0.0"
    assert said["tiles"] == ["http://testserver/tiles/a/{z}/{x}/{y}.mvt?at=2026-07-01"]
    assert said["bounds"] == pytest.approx([113, 22, 113.02, 22.01])
    assert (said["edition"], said["grids"], said["vector_layers"][0]["id"]) == (edition.id, 2, "grids")
    none = client.get("/tiles/a.json", params={"at": "2001-07-01"}, headers=key).json()
    assert (none["edition"], none["grids"], "bounds" in none) == (None, 0, False)


def test_tiles_are_for_callers_with_the_scope_unless_open(
    make_client: Callable[..., TestClient], session: Session
) -> None:
    publish(session, "a", ["1", "2"], PAIR)
    address = f"/tiles/a/{tile_of(113.005, 22.005, Z)}"
    closed = make_client()
    assert [closed.get(path).status_code for path in (address, "/tiles/a.json")] == [401, 401]
    answer = make_client(public_lookup=True).get(address)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, max-age=60")
