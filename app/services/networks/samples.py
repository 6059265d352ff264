"""Sample data: a synthetic town written as the files that a real office would send."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from app.errors import Conflict
from app.files import office
from app.services.networks.samples_report import manifest_of, readme_of
from app.settings import PROJECT_DIR
from app.spatial.coordinates.china import gcj02_to_bd09, wgs84_to_gcj02
from app.town.networks import CITY_MANAGEMENT, CIVILIZATION, GOVERNANCE
from app.town.town import YEAR_BEGINS, Town, make_town

DATA = PROJECT_DIR / "data" / "sample_grids"
CODES = DATA / "codes"
TEMPLATE = DATA / "synthetic_town" / "README.template.md"
LOCAL = "EPSG:4547"
PREFIX = "synthetic_"  # of the layers' names inside the files
LAYERS = {  # attribute of the town → file, coordinate system
    "streets": ("layers/streets.geojson", None),
    "communities": ("layers/communities.geojson", None),
    "blocks": ("layers/blocks.gpkg", LOCAL),
    "compounds": ("layers/compounds.gpkg", LOCAL),
    "campuses": ("layers/campuses.geojson", None),
    "buildings": ("layers/buildings.fgb", None),
    "households": ("layers/households.parquet", None),
    "businesses": ("layers/businesses.fgb", None),
    "barriers": ("layers/barriers.fgb", None),
    "water": ("layers/water.geojson", None),
}
NETWORK_FILES = {
    CIVILIZATION: "networks/civilization.geojson",
    GOVERNANCE: "networks/governance.gpkg",
    CITY_MANAGEMENT: "networks/city_management.shp.zip",
}
OFFICE_NAMES = {"code": "网格编号", "name": "网格名称"}  # at most 10 bytes in GBK, the limit of a shapefile's table
STAFF_NAMES = {
    "person": "人员编号",
    "name": "姓名",
    "phone": "电话",
    "department": "单位",
    "network": "网格体系",
    "grid": "网格编号",
    "role": "岗位",
    "since": "任职日期",
    "until": "离任日期",
}
DUTY_NAMES = {
    "kind": "类型",
    "code": "编码",
    "name": "名称",
    "scope": "适用范围",
    "lead": "牵头单位",
    "role": "岗位",
    "assistants": "协办单位",
    "limit": "时限",
    "unit": "时限单位",
    "replaces": "特别规定",
}
KINDS = {"matter": "事件", "component": "部件"}
MANIFEST = "manifest.json"


def make_sample_town(
    folder: Path, size: str, seed: int, start: date = YEAR_BEGINS, tell: Callable[[str], None] = lambda step: None
) -> dict[str, Any]:
    """Write the synthetic town of this size and seed into `folder`; returns the manifest.

    The same size, seed and start give the same bytes. A folder that holds anything but an older sample town is refused.
    """
    _refuse_strangers(folder)
    tell("generating")
    town = make_town(size, seed, street_codes(), matters(), start)
    for part in ("networks", "layers", "lists", "expected"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    tell("writing networks and layers")
    _write_networks(town, folder)
    for name, (file, crs) in LAYERS.items():
        office.write_layer(getattr(town, name), folder / file, crs, PREFIX)
    tell("writing lists and events")
    _write_lists(town, folder)
    office.write_csv(in_reported_systems(town.events), folder / "events.csv")
    office.write_csv(town.truth, folder / "expected" / "owners.csv")
    (folder / "README.md").write_text(readme_of(town, TEMPLATE.read_text(encoding="utf-8")), encoding="utf-8")
    manifest = manifest_of(town)
    manifest["files"] = {file: _digest(folder / file) for file in _files(folder)}
    (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return manifest


def street_codes() -> list[tuple[str, str]]:
    """Codes and names of the streets and towns of Nansha, the district's own row left out."""
    frame = pd.read_csv(CODES / "nansha.csv", dtype=str)
    return [(str(code), str(name)) for code, name in frame.itertuples(index=False, name=None) if len(code) == 9]


def matters() -> pd.DataFrame:
    """`kind, code, category, name` of the components and matters used in samples."""
    return pd.read_csv(CODES / "matters.csv", dtype=str)


def in_reported_systems(events: pd.DataFrame) -> pd.DataFrame:
    """Events with `lon`, `lat` in the system that each row's `crs` names (wgs84, gcj02, bd09), 8 decimals."""
    made = events.copy()
    lon, lat = made["lon"].to_numpy(), made["lat"].to_numpy()
    gcj = wgs84_to_gcj02(lon, lat)
    bd = gcj02_to_bd09(*gcj)
    systems = [(made["crs"] == "gcj02").to_numpy(), (made["crs"] == "bd09").to_numpy()]
    made["lon"] = np.round(np.select(systems, [gcj[0], bd[0]], lon), 8)
    made["lat"] = np.round(np.select(systems, [gcj[1], bd[1]], lat), 8)
    return made


def _write_networks(town: Town, folder: Path) -> None:
    office.write_layer(town.networks[CIVILIZATION], folder / NETWORK_FILES[CIVILIZATION], prefix=PREFIX)
    governance = town.networks[GOVERNANCE].rename(columns=OFFICE_NAMES)
    office.write_layer(governance, folder / NETWORK_FILES[GOVERNANCE], LOCAL, PREFIX)
    city = town.networks[CITY_MANAGEMENT].rename(columns=OFFICE_NAMES)
    office.write_bare_shapefile(city, folder / NETWORK_FILES[CITY_MANAGEMENT], LOCAL)


def _write_lists(town: Town, folder: Path) -> None:
    staff = town.staff.rename(columns=STAFF_NAMES)
    office.write_workbook({"人员（合成数据）": staff}, folder / "staff.xlsx", "合成数据 synthetic")
    lists = {"duties.xlsx": town.duties} | {
        f"lists/{name}.xlsx": rows for name, rows in town.office_lists.lists.items()
    }
    lists["lists/ended.xlsx"] = town.duties.iloc[:0]  # with --end-missing it ends a list
    for file, rows in lists.items():
        duties = rows.assign(kind=rows["kind"].map(KINDS)).rename(columns=DUTY_NAMES)
        office.write_workbook({"职责（合成数据）": duties}, folder / file, "合成数据 synthetic")
    office.write_csv(matters(), folder / "matters.csv")


def _refuse_strangers(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()) and not (folder / MANIFEST).exists():
        raise Conflict(f"{folder}: not empty and not a sample town; choose another folder")


def _files(folder: Path) -> list[str]:
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(file for file in found if file != MANIFEST)


def _digest(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
