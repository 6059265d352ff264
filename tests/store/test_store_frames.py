"""The gate between rows and frames: what goes in comes out, bit for bit."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import box
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.layers import Feature
from app.store.frames import as_geometry, insert_frame, select_frame
from app.store.networks import layers

degrees = st.floats(-180, 180, allow_nan=False, width=64)
words = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), max_size=20)


@given(rows=st.lists(st.tuples(words, words, degrees, st.floats(-90, 90)), min_size=1, max_size=20))
def test_texts_and_coordinates_survive(session: Session, rows: list[tuple[str, str, float, float]]) -> None:
    layer = layers.add(
        session, name=f"l{len(layers.every(session))}", kind="households", content_hash="", quantities=["households"],
        provenance={}, created_by="test",
    )  # fmt: skip
    codes, names, lon, lat = (list(column) for column in zip(*rows, strict=True))
    points = shapely.points(np.array(lon), np.array(lat))
    frame = gpd.GeoDataFrame(
        {"code": codes, "name": names, "households": np.arange(len(rows)) * 1.5}, geometry=list(points), crs=4326
    )
    layers.add_features(session, layer, frame)
    back = layers.frame(session, layer)
    assert back["code"].tolist() == codes
    assert back["name"].tolist() == names
    assert back["households"].tolist() == frame["households"].tolist()
    assert shapely.to_wkb(back.geometry.to_numpy()).tolist() == shapely.to_wkb(points).tolist()


def test_missing_values_become_null_and_not_text(session: Session) -> None:
    layer = layers.add(
        session, name="missing", kind="areas", content_hash="", quantities=[], provenance={}, created_by="test"
    )
    frame = gpd.GeoDataFrame(
        {"code": ["a", "b"], "kind": [None, float("nan")], "properties": [{"x": float("nan"), "y": [1, None]}, {}]},
        geometry=[box(0, 0, 1, 1)] * 2,
        crs=4326,
    )
    insert_frame(session, Feature, frame, layer_id=layer.id)
    back = select_frame(
        session, select(Feature.kind, Feature.properties, as_geometry(Feature.geom)).where(Feature.layer_id == layer.id)
    )
    assert back["kind"].tolist() == [None, None]
    assert back["properties"].tolist() == [{"x": None, "y": [1, None]}, {}]
