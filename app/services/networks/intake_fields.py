"""Which field of a file is the code, which the name, and the values of fields as codes, counts and properties."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from app.errors import FileError
from app.files.source import Source

CODE_WORDS = (
    "网格编号", "网格编码", "网格代码", "wgbm", "wgdm", "wgbh", "code", "编码", "代码", "编号", "bm", "dm", "bh",
)  # fmt: skip
"""Headings that say code, alone or at the end of a word; the earlier goes before."""
ID_WORDS = ("id", "no", "序号", "标识")
ROW_NUMBERS = {"objectid", "objectid_1", "fid", "gid", "ogc_fid"}
"""What programs that draw call their own row numbers; a code only where there is no other."""
MOSTLY = 0.85  # of a field that says code is filled in, and different: the few others are for the check to tell
_CODE = re.compile(r"(?=.*\d)[\w.\-/]+|[A-Z]{1,4}", re.ASCII)
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


def guessed_code(source: Source, notes: list[str], taken: Collection[str] = ()) -> str:
    """The field of the codes, by its heading and the shape of its values. Raises FileError where that is not sure.

    A heading that says code goes first, also with a few values empty or twice, which the check tells; then an ID or
    one other field with different, code-like values; then row numbers. Names are never taken for codes, nor is what
    is `taken` for something else.
    """
    free = [name for name in source.fields if name not in taken and not _says(name, NAME_WORDS)]
    columns = {name: texts_of(source.frame, name) for name in free}
    told = [name for name, values in columns.items() if _says(name, CODE_WORDS) and _mostly_apart(values)]
    keys = [name for name, values in columns.items() if _is_key(values) and not _is_measure(source.frame[name])]
    own = [name for name in keys if name.lower() not in ROW_NUMBERS]
    numbers = [name for name in keys if name.lower() in ROW_NUMBERS]
    for found, why in (
        (_first(told), "its heading says so"),
        (_only([name for name in own if _is_id(name)]), "an ID, each value once"),
        (_only([name for name in own if not _is_id(name)]), "filled in, each value once"),
        (_only(numbers) if not own else "", "row numbers; there is no other field of codes"),
    ):
        if found:
            shown = ", ".join(source.samples.get(found, [])[:3])
            notes.append(f"codes are taken from field {found} ({why}; for instance {shown})")
            return found
    raise _unsure(source, own or numbers)


def _unsure(source: Source, rivals: list[str]) -> FileError:
    there = ", ".join(source.fields) or "none"
    detail = (
        f"several fields may be the code: {', '.join(rivals)}"
        if rivals
        else f"no field looks like a code (a heading such as 编号 or code; different, code-like values); "
        f"the fields are: {there}"
    )
    remedy = "name it with --code-field"
    return FileError(detail, file=source.file, remedy=remedy, fields=source.fields, rivals=rivals)


def _says(name: str, words: tuple[str, ...]) -> bool:
    """Whether a heading is one of the words or, for those that cannot be the end of another, ends in one."""
    plain = name.lower()
    return any(
        plain == word or (len(word) > 2 and plain.endswith(word)) or plain.endswith(f"_{word}") for word in words
    )


def _is_id(name: str) -> bool:
    return _says(name, ID_WORDS) or name.endswith("ID")


def _first(names: list[str]) -> str:
    """The one whose heading comes first in CODE_WORDS; of equals the first field."""
    ranks = {name: next(rank for rank, word in enumerate(CODE_WORDS) if _says(name, (word,))) for name in names}
    return min(names, key=lambda name: ranks[name], default="")


def _only(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ""


def _mostly_apart(values: list[str]) -> bool:
    """Filled in and different but for a few, none of them long: a class or the code of an area is not."""
    filled = [value for value in values if value]
    return len(set(filled)) >= len(values) * MOSTLY > 0 and max(map(len, filled)) <= LONGEST_CODE


def _is_measure(column: pd.Series) -> bool:
    """Numbers with fractions: lengths and areas differ, too."""
    return bool(pd.api.types.is_float_dtype(column)) and not np.all(np.mod(column.dropna().to_numpy(), 1) == 0)


def _is_key(values: list[str]) -> bool:
    """Every value there, different, and shaped like a code: Latin letters and digits, with a digit."""
    return (
        bool(values) and "" not in values and len(set(values)) == len(values)
        and all(len(value) <= LONGEST_CODE and _CODE.fullmatch(value) for value in values)
    )  # fmt: skip


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
