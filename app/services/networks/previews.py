"""A checked file as a planner sees it before anything is stored: shapes with attributes, problems at their places."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from app.services.networks.checks import CheckedFile
from app.spatial.quality.checks import CheckReport
from app.spatial.quality.problems import Problem, problems_geojson

SHAPES_SHOWN = 5_000
PROBLEMS_SHOWN = 5_000
CORNERS_SHOWN = 400_000
FINE_DEG = 2e-6  # about 0.2 m: what a drawing of many corners is thinned to
DECIMALS = 7


def preview(checked: CheckedFile) -> dict[str, Any]:
    """What `onegrid check` tells, with `features`, `problems` and, after a repair, `repaired` and `problems_left` as
    GeoJSON. Of each the first few thousand: `features_total` and the counts say how many there are."""
    told = checked.to_dict() | {
        "found": _without_list(checked.found),
        "features_total": len(checked.picked.frame),
        "features": _drawn(checked.picked.frame, checked.intake.frame),
        "problems": _placed(checked.found.problems),
    }
    if "left" in told and checked.repaired is not None:
        told["left"] = _without_list(checked.left)
        told["repaired"] = _drawn(checked.repaired.frame, None)
        told["problems_left"] = _placed(checked.left.problems)
    return told


def _without_list(report: CheckReport) -> dict[str, Any]:
    return {name: value for name, value in report.to_dict().items() if name != "problems"}


def _placed(problems: Sequence[Problem]) -> dict[str, Any]:
    return problems_geojson(problems[:PROBLEMS_SHOWN])


def _drawn(frame: gpd.GeoDataFrame, attributes: gpd.GeoDataFrame | None) -> dict[str, Any]:
    """The first shapes with code and name, and the file's own attributes where it has the same rows."""
    some = frame.iloc[:SHAPES_SHOWN]
    shapes = some.geometry.to_numpy()
    if shapely.get_num_coordinates(shapes).sum() > CORNERS_SHOWN:
        shapes = shapely.simplify(shapes, FINE_DEG)
    given = None
    if attributes is not None and len(attributes) == len(frame):
        given = attributes.drop(columns=attributes.geometry.name).iloc[:SHAPES_SHOWN].to_dict("records")
    features = []
    for at, (code, name, shape) in enumerate(zip(some["code"], some["name"], shapes, strict=True)):
        known = {"row": at + 1, "code": str(code), "name": str(name or "")}
        own = {field: _text(value) for field, value in given[at].items()} if given else {}
        features.append({"type": "Feature", "properties": known | {"attributes": own}, "geometry": _geometry(shape)})
    return {"type": "FeatureCollection", "features": features}


def _geometry(shape: shapely.Geometry | None) -> dict[str, Any] | None:
    if shape is None or shape.is_empty:
        return None
    rounded = shapely.transform(shape, lambda corners: np.round(corners, DECIMALS))
    return dict(json.loads(shapely.to_geojson(rounded)))


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value)
