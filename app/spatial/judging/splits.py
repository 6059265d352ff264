"""What a plan cuts: compounds in several grids, grids over several areas."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

MEMBER_SHARE = 0.5
"""A piece belongs to a compound that covers at least half of it, as in the scores."""


@dataclass(frozen=True)
class Cuts:
    """`compounds_cut`: compound → its grids, where there are several. `over_areas`: grid → its areas, likewise.
    `grids_per_area`: how many grids have ground in each area."""

    compounds: int
    compounds_cut: dict[str, list[str]]
    over_areas: dict[str, list[str]]
    grids_per_area: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"areas": len(self.grids_per_area)}


def cuts_of(pieces: pd.DataFrame, compound: str = "campus") -> Cuts:
    """`pieces` have `grid` and `area` ('' for none), and `campus` with `campus_share` where there are compounds."""
    held = pieces[pieces["grid"].fillna("") != ""]
    codes = held[compound].fillna("").astype(str) if compound in held else pd.Series("", index=held.index)
    if "campus_share" in held:
        codes = codes.where(held["campus_share"] >= MEMBER_SHARE, "")
    grids_of = _several(codes, held["grid"])
    areas_of = _several(held["grid"], held["area"].fillna(""))
    per_area = held[held["area"].fillna("") != ""].groupby("area")["grid"].nunique()
    return Cuts(
        compounds=len(grids_of),
        compounds_cut={code: grids for code, grids in grids_of.items() if len(grids) > 1},
        over_areas={code: areas for code, areas in areas_of.items() if len(areas) > 1},
        grids_per_area={str(area): int(count) for area, count in per_area.items()},
    )


def campus_grids(pieces: pd.DataFrame, kinds: dict[str, str], compound: str = "campus") -> set[str]:
    """Grids that are one campus: kind institution, and one campus has ground in them. No band applies to those."""
    if compound not in pieces:
        return set()
    named = pieces[(pieces[compound].fillna("") != "") & (pieces["grid"].fillna("") != "")]
    single = named.groupby("grid")[compound].nunique()
    return {str(code) for code in single.index[single == 1] if kinds.get(str(code)) == "institution"}


def _several(keys: pd.Series, values: pd.Series) -> dict[str, list[str]]:
    """Key → its different values in order, empty ones left out."""
    pairs = pd.DataFrame({"key": keys.astype(str), "value": values.astype(str)}).drop_duplicates()
    pairs = pairs[(pairs["key"] != "") & (pairs["value"] != "")].sort_values(["key", "value"])
    return {str(key): list(rows["value"]) for key, rows in pairs.groupby("key", sort=True)}
