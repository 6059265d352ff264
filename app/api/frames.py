"""Frames as answers: rows without geometry, or GeoJSON."""

from __future__ import annotations

import json
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from fastapi import Response

GEOJSON = "application/geo+json"


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Every row as an object without its geometry; missing values are null."""
    plain = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    return [{name: _plain(value) for name, value in row.items()} for row in plain.to_dict("records")]


def feature_collection(frame: gpd.GeoDataFrame, **members: Any) -> Response:
    """A GeoJSON FeatureCollection in EPSG:4326 with `members` at its top."""
    features = [
        {"type": "Feature", "geometry": None if shape is None else shape.__geo_interface__, "properties": row}
        for shape, row in zip(frame.geometry, rows(frame), strict=True)
    ]
    body = {"type": "FeatureCollection", **members, "features": features}
    return Response(json.dumps(body, ensure_ascii=False, default=str), media_type=GEOJSON)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return None if value is pd.NA or value is pd.NaT else value
