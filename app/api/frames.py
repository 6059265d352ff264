"""Frames as answers: rows without geometry, or GeoJSON."""

from __future__ import annotations

import json
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from fastapi import Response

GEOJSON = "application/geo+json"
BOX_DIGITS = 7  # about a centimetre


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Every row as an object without its geometry; missing values are null."""
    plain = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    return [{name: _plain(value) for name, value in row.items()} for row in plain.to_dict("records")]


def feature_collection(frame: gpd.GeoDataFrame, **members: Any) -> Response:
    """A GeoJSON FeatureCollection in EPSG:4326 with `members` at its top."""
    shapes = shapely.to_geojson(frame.geometry.to_numpy())  # as text: shapes are most of an answer, to the last digit
    return _collection(frame, [f'"geometry":{shape or "null"}' for shape in shapes], members)


def boxed_collection(frame: gpd.GeoDataFrame, **members: Any) -> Response:
    """As `feature_collection`, each feature with its `bbox` and without its geometry."""
    boxes = np.round(shapely.bounds(frame.geometry.to_numpy()), BOX_DIGITS).tolist()
    return _collection(frame, [f'"bbox":{_json(box)},"geometry":null' for box in boxes], members)


def _collection(frame: gpd.GeoDataFrame, shapes: list[str], members: dict[str, Any]) -> Response:
    head = _json({"type": "FeatureCollection", **members})
    features = ",".join(
        f'{{"type":"Feature",{shape},"properties":{_json(row)}}}'
        for shape, row in zip(shapes, rows(frame), strict=True)
    )
    return Response(f'{head[:-1]},"features":[{features}]}}', media_type=GEOJSON)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return None if value is pd.NA or value is pd.NaT else value
