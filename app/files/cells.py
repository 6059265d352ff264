"""Values and names as the formats of exports can hold them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is run as a formula by Excel and others (OWASP: CSV injection)."""
SHP_NAME_CHARS = 10


def shapefile_names(names: list[str]) -> dict[str, str]:
    """Field name → at most 10 bytes of UTF-8 that no other field has (capitals do not tell them apart), in the
    given order."""
    made: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        short, number = _cut(name, SHP_NAME_CHARS), 1
        while short.lower() in taken:
            number += 1
            short = _cut(name, SHP_NAME_CHARS - 1 - len(str(number))) + f"_{number}"
        taken.add(short.lower())
        made[name] = short
    return made


def harmless(text: str) -> str:
    """`text`, with a leading `'` where a spreadsheet would take it for a formula. Numbers with a sign stay as they
    are."""
    if not text.startswith(FORMULA_STARTS):
        return text
    try:
        float(text)
    except ValueError:
        return "'" + text
    return text


def flat(frame: gpd.GeoDataFrame, *, nested: bool = False) -> gpd.GeoDataFrame:
    """A copy with the geometry last under its own name and, unless `nested`, dict and list values as JSON text."""
    made = frame.reset_index(drop=True)
    made.attrs = {}
    for name in made.columns:
        if name == made.geometry.name or made[name].dtype != object or nested:
            continue
        made[name] = _column([cell(plain(value)) for value in made[name]])
    return made


def _column(values: list[Any]) -> pd.Series:
    """Values of one kind as pandas keeps them; of several kinds as text, since files have one kind a column."""
    kinds = {type(value) for value in values if value is not None}
    if len(kinds) > 1 and kinds != {int, float}:
        return pd.Series([None if value is None else str(value) for value in values], dtype=object)
    return pd.Series(values, dtype=object).infer_objects()


def table(frame: gpd.GeoDataFrame, *, with_shapes: bool = True) -> tuple[list[str], list[list[Any]]]:
    made = flat(frame)
    shape = made.geometry.name
    names = [str(name) for name in made.columns if name != shape]
    columns = [[cell(plain(value)) for value in made[name]] for name in names]
    if with_shapes:
        names.append("wkt")
        columns.append(
            ["" if s is None else s for s in shapely.to_wkt(made.geometry.to_numpy(), rounding_precision=-1)]
        )
    return names, [list(row) for row in zip(*columns, strict=True)]


def plain(value: Any) -> Any:
    """A value as JSON can hold it; NaN and the like are None."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        return [plain(inner) for inner in (sorted(value) if isinstance(value, set | frozenset) else value)]
    if isinstance(value, np.generic):
        return plain(value.item())
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, bool | int | str):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)


def cell(value: Any) -> Any:
    """A plain value as one cell: lists and dicts become JSON text."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _cut(text: str, size: int) -> str:
    return text.encode("utf-8")[:size].decode("utf-8", errors="ignore")
