"""Which field of a file is the code, which the name, and the values of fields as codes, counts and properties."""

from __future__ import annotations

import re
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from app.errors import FileError
from app.files.source import Source

CODE_WORDS = ("code", "编码", "代码", "编号", "wgbm", "bm", "dm", "bh")
ROW_NUMBERS = {"objectid", "objectid_1", "fid", "gid", "ogc_fid"}
"""What programs that draw call their own row numbers; a code only where there is no other."""
NAME_WORDS = ("name", "名称", "网格名称", "mc", "wgmc", "title", "label")
LONGEST_CODE = 64


def given_field(source: Source, name: str, what: str) -> str:
    """A field by its name (capitals do not matter if that is clear). Raises FileError listing the fields there are."""
    if name in source.fields:
        return name
    alike = [field for field in source.fields if field.lower() == name.lower()]
    if len(alike) == 1:
        return alike[0]
    there = ", ".join(source.fields) or "none"
    detail = f"there is no field {name!r} for the {what}; the fields are: {there}"
    raise FileError(detail, file=source.file, field=name, remedy="name one of them", fields=source.fields)


def guessed_code(source: Source, notes: list[str]) -> str:
    """The field that looks most like a code. Raises FileError when none does."""
    scores = {name: _code_score(source.frame[name], name) for name in source.fields}
    best = max(scores, key=lambda name: scores[name], default="")
    if not best or scores[best] <= 0:
        there = ", ".join(source.fields) or "none"
        detail = f"no field looks like a code (filled in, each value once); the fields are: {there}"
        raise FileError(detail, file=source.file, remedy="name it with --code-field", fields=source.fields)
    values = source.samples.get(best, [])
    notes.append(
        f"codes are taken from field {best} (filled in, each value once; for instance {', '.join(values[:3])})"
    )
    return best


def _code_score(column: pd.Series, name: str) -> float:
    """0 unless every value is there and different; more for a telling name, equal lengths and text or whole numbers."""
    values = [_plain(value) for value in column]
    if not values or "" in values or len(set(values)) < len(values) or max(map(len, values)) > LONGEST_CODE:
        return 0.0
    if pd.api.types.is_float_dtype(column) and not np.all(np.mod(column.to_numpy(), 1) == 0):
        return 0.0
    word = name.lower()
    if word in ROW_NUMBERS:
        return 0.5
    score = 1.0 + (len({len(value) for value in values}) == 1)
    if any(word == known or word.endswith(known) for known in CODE_WORDS):
        score += 3
    elif word == "id" or word.endswith("_id") or name.endswith("ID"):
        score += 1.5
    return score + (0.5 if all(re.fullmatch(r"[\w.\-/]+", value) for value in values) else 0.0)


def guessed_name(source: Source, code: str, notes: list[str]) -> str:
    """The field of names, or '' (names are the codes then)."""
    for word in NAME_WORDS:
        for name in source.fields:
            if name != code and (name.lower() == word or (len(word) > 2 and name.lower().endswith(word))):
                notes.append(f"names are taken from field {name}")
                return name
    return ""


def counts_of(source: Source, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A field as float64, NaN where empty. Raises FileError with the first row that is not a number, or is negative."""
    column = source.frame[name]
    made = np.full(len(column), np.nan)
    for row, value in enumerate(column, 1):
        text = _plain(value)
        if text == "":
            continue
        try:
            number = float(text.replace(",", "").replace("，", ""))
        except ValueError:
            number = float("nan")
        if not np.isfinite(number):
            detail = f"{text!r} is not a number"
            raise FileError(detail, file=source.file, row=row, field=name, remedy="correct it, or leave it empty")
        if number < 0:
            raise FileError(f"{text} is negative", file=source.file, row=row, field=name, remedy="a count is 0 or more")
        made[row - 1] = number
    return made


def texts_of(frame: gpd.GeoDataFrame, name: str) -> list[str]:
    return [_plain(value) for value in frame[name]]


def _plain(value: Any) -> str:
    """A value as text: '' for nothing, no blanks around, whole numbers without '.0'."""
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer() and abs(float(value)) < 1e15:
        return str(int(value))
    return str(value).strip()


def properties_of(frame: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Each feature's own fields as a dict of JSON values; empty ones are left out."""
    names = [name for name in frame.columns if name != frame.geometry.name]
    columns = [[_json(value) for value in frame[name]] for name in names]
    if not columns:
        return [{} for _ in range(len(frame))]
    return [
        {str(name): value for name, value in zip(names, row, strict=True) if value is not None}
        for row in zip(*columns, strict=True)
    ]


def _json(value: Any) -> Any:
    if value is None or value is pd.NaT or (isinstance(value, float) and not np.isfinite(value)):
        return None
    if isinstance(value, np.generic):
        return _json(value.item())
    if isinstance(value, bool | int | float | str):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
