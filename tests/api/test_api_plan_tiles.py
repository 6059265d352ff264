"""A plan as vector tiles, read back by GDAL's own MVT driver, and its grids and pieces by their boxes alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from cities import LAT, LON
from fastapi.testclient import TestClient
from planned_city import build, divided
from sqlalchemy.orm import Session

from app.store.plans import plan_edits, plans

Headers = dict[str, str]
Z = 13


@pytest.fixture
def key(make_key: Callable[..., Headers]) -> Headers:
    return make_key("lookup", "plan")


@pytest.fixture
def path(session: Session, tmp_path: Path) -> str:
    """Where a divided plan of the city of squares is asked for."""
    build(session, tmp_path)
    return f"/api/v1/plans/{divided(session, 'spring').id}"


def tile_of(lon: float, lat: float) -> tuple[int, int]:
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return int((lon + 180) / 360 * 2**Z), int(y * 2**Z)


def drawn(client: TestClient, key: Headers, path: str, layer: str, folder: Path) -> gpd.GeoDataFrame:
    """The features of the tile at the city's south-western corner in EPSG:4326."""
    x, y = tile_of(LON, LAT)
    answer = client.get(f"{path}/tiles/{layer}/{Z}/{x}/{y}.mvt", headers=key)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/vnd.mapbox-vector-tile")
    file = folder / f"{layer}.mvt"
    file.write_bytes(answer.content)
    return gpd.read_file(file, engine="pyogrio", X=x, Y=y, Z=Z).to_crs(4326)


@pytest.mark.parametrize(("layer", "name"), [("grids", "code"), ("pieces", "piece")])
def test_a_tile_draws_what_the_plan_has_there(
    client: TestClient, key: Headers, path: str, layer: str, name: str, tmp_path: Path
) -> None:
    found = drawn(client, key, path, layer, tmp_path).set_index(name)
    whole = gpd.GeoDataFrame.from_features(client.get(f"{path}/{layer}", headers=key).json(), crs=4326).set_index(name)
    assert len(found) > 1
    pixel = 360 / 2**Z / 4096
    seen = shapely.box(*found.total_bounds).buffer(-2 * pixel)
    for number, shape in found.geometry.items():
        apart = shape.symmetric_difference(whole.geometry[number]).intersection(seen)
        assert shapely.area(apart) < shape.length * 2 * pixel
    assert whole.geometry.intersects(seen).sum() == len(found)


def test_no_tile_is_sent_twice_before_the_plan_changes(
    client: TestClient, key: Headers, path: str, session: Session
) -> None:
    x, y = tile_of(LON, LAT)
    address = f"{path}/tiles/grids/{Z}/{x}/{y}.mvt"
    tag = client.get(address, headers=key).headers["etag"]
    assert client.get(address, headers={**key, "If-None-Match": tag}).status_code == 304
    plans.by_id(session, int(path.rsplit("/", 1)[1])).version += 1
    session.commit()
    assert client.get(address, headers={**key, "If-None-Match": tag}).status_code == 200


def test_what_cannot_be_drawn_is_said(client: TestClient, key: Headers, path: str, make_key: Any) -> None:
    assert client.get(f"{path}/tiles/grids/{Z}/0/0.mvt", headers=key).status_code == 204
    assert client.get(f"{path}/tiles/grids/19/0/0.mvt", headers=key).status_code == 422
    assert client.get(f"{path}/tiles/roads/{Z}/0/0.mvt", headers=key).status_code == 422
    assert client.get(f"/api/v1/plans/9999/tiles/grids/{Z}/0/0.mvt", headers=key).status_code == 404
    made = client.post("/api/v1/plans", json={"name": "empty", "networks": ["governance"]}, headers=key).json()
    refused = client.get(f"/api/v1/plans/{made['id']}/tiles/pieces/{Z}/0/0.mvt", headers=key)
    assert (refused.status_code, "consolidate" in refused.json()["detail"]) == (409, True)


@pytest.mark.parametrize("what", ["grids", "pieces"])
def test_without_geometry_features_have_boxes_and_the_same_figures(
    client: TestClient, key: Headers, path: str, what: str
) -> None:
    whole = client.get(f"{path}/{what}", headers=key).json()
    boxed = client.get(f"{path}/{what}?geometry=false", headers=key).json()
    assert [one["properties"] for one in boxed["features"]] == [one["properties"] for one in whole["features"]]
    assert {one["geometry"] for one in boxed["features"]} == {None}
    for one, other in zip(boxed["features"], whole["features"], strict=True):
        assert one["bbox"] == pytest.approx(shapely.geometry.shape(other["geometry"]).bounds, abs=1e-7)


def test_a_plan_is_read_before_its_first_edit_by_planners_alone(
    client: TestClient, key: Headers, path: str, make_key: Callable[..., Headers], session: Session
) -> None:
    assert client.post(f"{path}/edits/open", headers=key).status_code == 204
    assert client.post(f"{path}/edits/open", headers=make_key("lookup")).status_code == 403
    assert plan_edits.history(session, int(path.rsplit("/", 1)[1]), limit=1) == []
