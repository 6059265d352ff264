"""The one gate between rows and GeoDataFrames. Geometry passes as EWKB in EPSG:4326, bit for bit."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import ColumnElement, Select, func
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.models import Base

SRID = 4326


def insert_frame(session: Session, model: type[Base], frame: gpd.GeoDataFrame, **fixed: Any) -> int:
    """Add one row of `model` per row of `frame` (EPSG:4326) with COPY; returns how many.

    Columns of the frame that the table has are taken, `geometry` becomes `geom`; `fixed` values go into every row.
    """
    table = model.metadata.tables[model.__tablename__]
    columns = [name for name in table.columns.keys() if name in frame.columns and name != "id"]  # noqa: SIM118
    texts = {name: _texts(frame[name]) for name in columns}
    if "geom" in table.columns:
        texts["geom"] = _ewkb(
            frame.geometry, multi=getattr(table.columns["geom"].type, "geometry_type", "") == "MULTIPOLYGON"
        )
    names = [*texts, *fixed]
    rows = zip(*texts.values(), *([_text(value)] * len(frame) for value in fixed.values()), strict=True)
    _copy(session, table.name, names, rows)
    return len(frame)


def select_frame(session: Session, statement: Select[Any]) -> gpd.GeoDataFrame:
    """Rows of `statement` as a frame in EPSG:4326; its geometry column must be labelled by `as_geometry`."""
    result = session.execute(statement)
    rows = result.all()
    columns = {name: [row[i] for row in rows] for i, name in enumerate(result.keys())}
    geometry = shapely.from_wkb(np.array(columns.pop("geometry"), dtype=object))
    return gpd.GeoDataFrame(pd.DataFrame(columns), geometry=list(geometry), crs=SRID)


def binary_rows(session: Session, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """Rows of a query in psycopg's own SQL (`%s`), sent as the database holds them: WKB comes as it is, without its
    detour through hexadecimal digits, in a quarter of the time."""
    session.flush()
    connection = session.connection().connection.driver_connection
    assert connection is not None
    with connection.cursor(binary=True) as cursor:
        found: list[tuple[Any, ...]] = cursor.execute(query, values).fetchall()
    return found


def as_geometry(column: ColumnElement[Any] | InstrumentedAttribute[Any]) -> Any:
    """The select-list entry that `select_frame` reads geometry from."""
    return func.ST_AsBinary(column).label("geometry")


def spread(frame: gpd.GeoDataFrame, column: str, names: Sequence[str]) -> gpd.GeoDataFrame:
    """`frame` with the members `names` of the JSON `column` as float columns instead (0 where missing)."""
    wide = frame.drop(columns=column)
    for name in names:
        wide[name] = np.array([float((row or {}).get(name) or 0.0) for row in frame[column]], dtype=float)
    return wide


def gather(frame: pd.DataFrame, names: Sequence[str]) -> list[dict[str, Any]]:
    """The columns `names` of each row as one JSON object."""
    if not names:
        return [{} for _ in range(len(frame))]
    return [
        {name: _plain(value) for name, value in zip(names, row, strict=True)}
        for row in frame[list(names)].itertuples(index=False, name=None)
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None  # JSON has neither NaN nor infinity
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, int | float | bool):
        return value
    return str(value).replace("\x00", "")  # old dbf files pad with NUL, which PostgreSQL's text cannot hold


def _ewkb(geometry: gpd.GeoSeries, *, multi: bool) -> list[str]:
    shapes = np.asarray(geometry.array, dtype=object)
    if multi:
        shapes = np.array([_as_multi(shape) for shape in shapes], dtype=object)
    return list(shapely.to_wkb(shapely.set_srid(shapes, SRID), hex=True, include_srid=True))


def _as_multi(shape: Any) -> Any:
    return shapely.MultiPolygon([shape]) if shape.geom_type == "Polygon" else shape


def _texts(values: pd.Series) -> list[Any]:
    return [_text(value) for value in values]


def _text(value: Any) -> Any:
    if isinstance(value, dict | list | tuple):
        return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True)
    value = _plain(value)
    return None if value is None or value is pd.NA else value


def _copy(session: Session, table: str, names: Sequence[str], rows: Any) -> None:
    session.flush()
    connection = session.connection().connection.driver_connection
    assert connection is not None
    quoted = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" ({quoted}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)
