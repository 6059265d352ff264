"""Two deployments at work, for pictures of the page: the small synthetic town, and Washington DC.

Ground and events are those of `data/sample_grids`. The staff, the time limits and the lead of each matter of Washington
DC are made up and say so; its events are moved on by 535 weeks, so that a dashboard of today shows them.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import geopandas as gpd

from app.cli import context, demo
from app.services.cases.events import Report
from app.settings import get_settings
from app.store.networks import networks
from scripts import picture_work as work
from scripts.picture_work import NOW, SINCE, Words, order

DC = demo.CITY
WEEKS_ON = timedelta(weeks=535)
EVERY = 45
AGENCIES = {
    "DPW": "Department of Public Works", "DDOT": "Department of Transportation", "DOH": "Department of Health",
    "FEMS": "Fire and Emergency Services", "DOEE": "Department of Energy and Environment",
    "OUC": "Office of Unified Communications",
}  # fmt: skip
STAFF = "人员编号,姓名,电话,单位,网格体系,网格编号,岗位,任职日期"
DUTIES = "类型,编码,名称,适用范围,牵头单位,岗位,协办单位,时限,时限单位"


@dataclass(frozen=True)
class Town:
    """`place`: where a resident stands, lon and lat; `dropped`: a file to drop onto the page; `replayed`: events to
    replay a plan with; `says`: what people write while the pictures are taken."""

    zone: str
    draft: str
    fill: Callable[[Path, str], None]
    place: tuple[float, float]
    dropped: Callable[[], Path]
    replayed: Callable[[], Path]
    says: Mapping[str, str]


def _town_replay() -> Path:
    """The town's events that are in WGS 84: a replay takes one coordinate system."""
    with _in_town("events.csv").open(encoding="utf-8", newline="") as rows:
        known = [
            f"{row['at']},{row['matter']},{row['lon']},{row['lat']}"
            for row in csv.DictReader(rows)
            if row["crs"] == "wgs84"
        ]
    return _written(_in_town("events.csv").with_name("2026年事件.csv"), "at,matter,lon,lat", known)


def _in_town(name: str) -> Path:
    """A file of the synthetic town, where it was made."""
    return get_settings().var_dir / "town" / name


def _synthetic(folder: Path, receiver: str) -> None:
    """The small synthetic town: three networks, staff and duties from its files, events of the last 90 days."""
    town = folder / "town"
    order("sample", "make-town", str(town), "--size", "small", "--seed", "1")
    work.admit()
    for code, name, office, file, more in (
        ("civilization", "文明网格", "区文明办", "civilization.geojson", ()),
        ("governance", "综治网格", "区委政法委", "governance.gpkg", ()),
        ("city_management", "城管网格", "区城管局", "city_management.shp.zip",
         ("--crs", "EPSG:4547", "--repair", "full")),
    ):  # fmt: skip
        order("networks", "add", code, "--name", name, "--department", office)
        begins = ("--publish", "--valid-from", "2025-07-01")
        order("networks", "import", code, str(town / "networks" / file), *more, *begins)
    for kind, file, quantities in (
        ("areas", "communities.geojson", ""), ("blocks", "blocks.gpkg", ""),
        ("buildings", "buildings.fgb", "households=households,people=people"),
        ("businesses", "businesses.fgb", "businesses=businesses"),
        ("campuses", "campuses.geojson", ""), ("barriers", "barriers.fgb", ""),
    ):  # fmt: skip
        more = ("--quantity", quantities) if quantities else ()
        order("layers", "import", kind, str(town / "layers" / file), *more)
    order("matters", "load")
    order(
        "matters",
        "import",
        str(town / "matters.csv"),
        "--table",
        "town",
        "--name",
        "本区事项表",
        "--valid-from",
        "2026-01-02",
    )
    _plan("2026年网格", "2026-01-01", "governance,civilization,city_management", "blocks,campuses")
    order("duties", "import", str(town / "duties.xlsx"), "--add-departments", "--valid-from", "2026-01-02")
    order("staff", "import", str(town / "staff.xlsx"))
    order("events", "last-resort", "街道综合治理中心")
    work.machines(receiver)
    work.work(list(_of_town(town / "events.csv")), "Asia/Shanghai", CHINESE)
    more = ("--households", "250,330,420", "--candidates", "3", "--seed", "7")
    _plan("2027年调整", None, "governance,civilization", "blocks,campuses", *more)
    work.draft("2027年调整", CHINESE)


def _of_town(file: Path) -> Iterator[Report]:
    with file.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            at = datetime.fromisoformat(row["at"])
            if SINCE < at < NOW - timedelta(hours=1):
                yield Report(
                    lon=float(row["lon"]), lat=float(row["lat"]), crs=row["crs"], accuracy_m=float(row["accuracy_m"]),
                    at=at, kind=row["kind"], matter=row["matter"], text=row["matter_name"], source=row["channel"],
                    external_id=row["event"], reported_at=at,
                )  # fmt: skip


def _washington(folder: Path, receiver: str) -> None:
    """Washington DC: its seven networks, and every 45th of its 311 requests."""
    work.admit()
    order("demo", "--json")
    order(
        "matters",
        "import",
        str(_matters(folder)),
        "--table",
        "dc",
        "--extension",
        "matter:06900-06999",
        "--name",
        "311 requests",
        "--valid-from",
        "2016-01-01",
    )
    order("duties", "import", str(_duties(folder)), "--add-departments", "--valid-from", "2016-01-01")
    order("staff", "import", str(_staff(folder)))
    with context.transaction() as session:
        for code, office in (("governance", "Metropolitan Police"), ("civilization", "Neighborhood Commissions")):
            networks.get(session, code).department = office  # the demo knows no offices; notice is given to those
    order("events", "last-resort", "Office of the City Administrator")
    work.machines(receiver)
    work.work(list(_of_washington()), "America/New_York", ENGLISH)
    more = ("--households", "350,480,600", "--candidates", "2", "--seed", "7")
    _plan("autumn 2026", None, demo.PLANNED, "blocks", *more)
    work.draft("autumn 2026", ENGLISH)


def _requests() -> list[dict[str, str]]:
    with (DC / "service_requests_311.csv").open(encoding="utf-8", newline="") as rows:
        return [row for row in csv.DictReader(rows) if row["agency"] in AGENCIES]


def _of_washington() -> Iterator[Report]:
    named = _named()
    for row in _requests()[::EVERY]:
        at = datetime.fromisoformat(row["at"]) + WEEKS_ON
        if SINCE < at < NOW - timedelta(hours=1):
            yield Report(
                lon=float(row["lon"]), lat=float(row["lat"]), at=at, matter=named[row["matter"]]["code"], source="311",
                text=named[row["matter"]]["matter_name"], external_id=row["event"], reported_at=at,
            )  # fmt: skip


def _named() -> dict[str, dict[str, str]]:
    """What requests are called, with codes of the range that a city gives out itself."""
    with (DC / "matters.csv").open(encoding="utf-8", newline="") as rows:
        known = [row for row in csv.DictReader(rows) if row["agency"] in AGENCIES]
    return {row["matter"]: {**row, "code": f"069{at:02d}"} for at, row in enumerate(known)}


def _matters(folder: Path) -> Path:
    rows = [f'matter,{row["code"]},"{row["matter_name"]}"' for row in _named().values()]
    return _written(folder / "dc_matters.csv", "kind,code,name", rows)


def _duties(folder: Path) -> Path:
    """One lead for each matter: the agency that the requests name; five working days for everything."""
    rows = [
        f'事件,{row["code"]},"{row["matter_name"]}",全域,{AGENCIES[row["agency"]]},网格长,,5,工作日'
        for row in _named().values()
    ]
    return _written(folder / "dc_duties.csv", DUTIES, rows)


def _staff(folder: Path) -> Path:
    """A chief for most police service areas and a member for some single-member districts, none of them real."""
    rows = []
    for network, file, field, role, department in (
        ("governance", "police_service_areas.fgb", "PSA", "网格长", "Metropolitan Police"),
        ("civilization", "single_member_districts.fgb", "SMD_ID", "网格员", "Neighborhood Commissions"),
    ):
        codes = sorted(str(code) for code in gpd.read_file(DC / file)[field])
        rows += [
            f"DC-{network[:3]}-{at:04d},Example {'Chief' if role == '网格长' else 'Member'} {code},"
            f"202-555-{at % 100:04d},"
            f"{department},{network},{code},{role},2025-0{1 + at % 9}-1{at % 9}"
            for at, code in enumerate(codes)
            if at % 7
        ]
    return _written(folder / "dc_staff.csv", STAFF, rows)


def _written(file: Path, heading: str, rows: list[str]) -> Path:
    file.write_text("\n".join([heading, *rows]) + "\n", encoding="utf-8")
    return file


def _plan(name: str, valid_from: str | None, networks: str, cuts: str, *division: str) -> None:
    order("plans", "create", name, "--networks", networks, "--areas", "areas", "--cut", cuts)
    order("plans", "consolidate", name)
    order("plans", "divide", name, *division)
    if valid_from is not None:
        order("plans", "publish", name, "--valid-from", valid_from)


CHINESE = Words(
    consultation="请您看看新的网格划得合不合适：点一下地图上您家所在的地方，写下意见。",
    comments=(
        "我们小区东门和西门分在两个网格，办事要跑两处，建议合并。", "学校门口早晚人多，希望单独设一个网格员。",
        "河边步道没人管，请划进沿河的网格。", "这样划清楚多了，支持。",
    ),
    closing="已处理完毕，现场恢复正常。", rework="现场仍有残留，请重新处理。",
    objection="垃圾中转站仍由我所管理，请保留在原网格。", answer="已核实，中转站划回原网格。",
    appeal="当日暴雨红色预警，现场无法作业，请求不计超期。", lock="已与社区商定，界线不动。",
    transfers="与各部门核对过",
    objects=(
        ("business:91440101MA5A1", "合成建材堆场", 1), ("business:91440101MA5B2", "合成夜宵城", 8),
        ("address:合成路18号", "合成路18号出租屋", 3), ("business:91440101MA5C3", "合成再生资源站", 14),
        ("external:TD-0031", "沿河施工工地", 4), ("business:91440101MA5D4", "合成加油站", 1),
    ),
)  # fmt: skip
ENGLISH = Words(
    consultation="Does the new grid fit your street? Tap the place on the map and tell us.",
    comments=(
        "Both sides of our alley should be in one grid: trash is picked up together.",
        "The school needs somebody of its own in the morning.", "Nobody feels responsible for the park by the river.",
        "Much clearer than before, thank you.",
    ),
    closing="Done; the place was inspected.", rework="Some of it is still there; please do it again.",
    objection="The transfer station stays with us; please keep it in its grid.",
    answer="Right: the station goes back to its old grid.",
    appeal="A storm warning was in force; nobody could work outside.", lock="Agreed with the commission.",
    transfers="gone through with the departments",
    objects=(
        ("business:example-01", "Example Building Yard", 1), ("business:example-02", "Example Night Market", 8),
        ("address:18 Example St NW", "18 Example St NW", 3), ("business:example-03", "Example Recycling", 14),
        ("external:SITE-31", "Riverside building site", 4), ("business:example-04", "Example Filling Station", 1),
    ),
)  # fmt: skip
TOWNS = {
    "small": Town(
        "Asia/Shanghai", "2027年调整", _synthetic, (113.5325, 22.7903),
        lambda: _in_town("networks/city_management.shp.zip"), _town_replay,
        {
            "report": "井盖松动，车辆经过有响声", "address": "合成路 18 号门口",
            "comment": "这一格太大了，建议沿河分开。", "closing": "井盖已更换，谢谢您。",
        },
    ),
    "dc": Town(
        "America/New_York", "autumn 2026", _washington, (-77.0365, 38.9072), lambda: DC / "trash_routes.fgb",
        lambda: DC / "crime_incidents.csv",
        {
            "report": "The street light is out", "address": "18 Example St NW", "comment": "This grid is too large.",
            "closing": "The light was replaced, thank you.",
        },
    ),
}  # fmt: skip
