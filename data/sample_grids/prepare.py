"""How the files in this folder were made from the public sources; kept so that anyone can check them.

    python data/sample_grids/prepare.py SOURCES

SOURCES holds the folders `washington_dc` (benbalter/dc-maps 8bb880d, contact columns removed) and `china`
(IntelligentSystemsLab/ST-EVCDP c9f048b, modood/Administrative-divisions-of-China 57a0aa9). Only columns are dropped or
renamed; coordinates stay as they came: rounding them to 7 decimals makes one police service area invalid.
"""

from __future__ import annotations

import re
import sys
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
from geopandas import GeoDataFrame
from pandas import DataFrame

HERE = Path(__file__).parent
NETWORKS = {
    "single_member_districts": (
        "single-member-district-2013",
        {"SMD_ID": "SMD_ID", "NAME": "NAME", "ANC_ID": "ANC_ID"},
    ),
    "police_service_areas": ("police-service-areas-psa", {"PSA": "PSA", "NAME": "NAME", "DISTRICT": "DISTRICT"}),
    "trash_routes": ("trash-pickup-days-for-2015", {"ROUTE_ID": "ROUTE_ID", "DAY_": "DAY", "CUST_CNT": "CUST_CNT"}),
    "wards": ("ward-2012", {"WARD": "WARD", "NAME": "NAME"}),
    "police_districts": ("police-districts-mpd", {"LABEL": "LABEL", "NAME": "NAME"}),
    "voting_precincts": ("voting-precinct-2012", {"NAME": "NAME"}),
    "anc_areas": ("advisory-neighborhood-commission-2013", {"ANC_ID": "ANC_ID", "NAME": "NAME"}),
}
BLOCKS = {"GEOID": "GEOID", "P0010001": "people", "H0010001": "housing_units", "H0010002": "households"}
ZONES = {"TAZ": "TAZ", "POPBYTAZ": "people", "HHBYTAZ": "households", "EMPBYTAZ": "jobs"}
CRIMES = {"OFFENSE": "offence", "SHIFT": "shift", "WARD": "ward", "ANC": "anc", "DISTRICT": "district", "PSA": "psa"}
CRIMES |= {"VOTING_PRECINCT": "precinct", "lon": "lon", "lat": "lat"}
REQUESTS = {"SERVICECODE": "matter", "SERVICECODEDESCRIPTION": "matter_name", "ORGANIZATIONACRONYM": "agency"}
REQUESTS |= {"SERVICEORDERSTATUS": "status", "WARD": "ward", "lon": "lon", "lat": "lat"}
HOMES = re.compile(r"APARTMENT|FLAT|CONDO|ROOMING|RESIDEN|BOARDING|DWELLING|GARAGE$|PARKING LOT", re.IGNORECASE)


def networks(source: Path, target: Path) -> None:
    for name, (layer, columns) in NETWORKS.items():
        frame = gpd.read_file(source / "networks" / f"{layer}.geojson")
        if name == "police_districts":
            frame["LABEL"] = frame["NAME"].str.removesuffix(" District").str.upper()  # as the incidents write it
        write(frame.rename(columns=columns)[[*columns.values(), "geometry"]], target / f"{name}.fgb")


def zones(source: Path, target: Path) -> None:
    for name, layer, columns in (
        ("block_groups", "census-block-groups-2010", BLOCKS),
        ("traffic_zones", "traffic-analysis-zones-by-population", ZONES),
    ):
        frame = gpd.read_file(source / "weights" / f"{layer}.geojson").rename(columns=columns)
        write(frame[[*columns.values(), "geometry"]], target / f"{name}.fgb")


def businesses(source: Path, target: Path) -> None:
    parts = []
    for kind, layer, use in (
        ("occupancy", "certificate-of-occupancy-points", "PROPOSED_USE_2"),
        ("liquor", "liquor-license-locations", "TYPE"),
        ("retail", "retail-sites", None),
        ("hotel", "hotel-locations", None),
    ):
        frame = gpd.read_file(source / "weights" / f"{layer}.geojson")
        used = frame[use].fillna("").str.strip() if use else pd.Series("", index=frame.index)
        parts.append(GeoDataFrame({"kind": kind, "use": used}, geometry=frame.geometry, crs=frame.crs))
    joined = pd.concat(parts, ignore_index=True)
    joined.insert(0, "code", [f"B{number:05d}" for number in range(1, len(joined) + 1)])
    joined.insert(3, "businesses", (~joined["use"].str.contains(HOMES)).astype("int32"))
    write(joined, target / "businesses.fgb")


def events(source: Path, target: Path) -> None:
    crimes = pd.read_csv(source / "events/crime_incidents_30d.csv", dtype=str, keep_default_na=False)
    kept = numbered(crimes.rename(columns=CRIMES)[[*CRIMES.values()]], "C", local(crimes["REPORTDATETIME"]))
    kept.to_csv(target / "crime_incidents.csv", index=False, lineterminator="\n")
    requests = pd.read_csv(source / "events/service_requests_311_30d.csv", dtype=str, keep_default_na=False)
    kept = numbered(requests.rename(columns=REQUESTS)[[*REQUESTS.values()]], "R", local(requests["ADDDATE"]))
    kept["ward"] = kept["ward"].replace("NULL", "")
    kept.insert(2, "due", local(requests["SERVICEDUEDATE"]))
    kept.insert(3, "resolved", local(requests["RESOLUTIONDATE"]))
    names = kept[["matter", "matter_name", "agency"]].drop_duplicates().sort_values(["matter", "agency"])
    names.to_csv(target / "matters.csv", index=False, lineterminator="\n")
    kept.drop(columns="matter_name").to_csv(target / "service_requests_311.csv", index=False, lineterminator="\n")


def numbered(frame: DataFrame, letter: str, at: pd.Series) -> DataFrame:
    made = frame.copy()
    made.insert(0, "event", [f"{letter}{number:05d}" for number in range(1, len(frame) + 1)])
    made.insert(1, "at", at)
    return made


def local(stamps: pd.Series) -> pd.Series:
    """The source writes local time with a +00:00 (the police shifts prove it); July and August are UTC-4."""
    return stamps.str.replace("+00:00", "-04:00", regex=False).str.replace(" ", "T", regex=False)


def shenzhen(source: Path, target: Path) -> None:
    """One zip with the shapefile's own parts, byte for byte; a fixed date inside keeps the zip the same every time."""
    with zipfile.ZipFile(target / "zones.shp.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        for suffix in ("shp", "shx", "dbf", "prj", "cpg"):
            part = zipfile.ZipInfo(f"SZ_districts.{suffix}", (2023, 1, 1, 0, 0, 0))
            part.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(part, (source / f"SZ_districts.{suffix}").read_bytes())


def codes(source: Path, target: Path) -> None:
    streets = pd.read_csv(source / "streets.csv", dtype=str)
    nansha = streets[streets["areaCode"] == "440115"][["code", "name"]]
    district = DataFrame({"code": ["440115"], "name": ["南沙区"]})
    pd.concat([district, nansha]).to_csv(target / "nansha.csv", index=False, lineterminator="\n")


def write(frame: GeoDataFrame, path: Path) -> None:
    """Without the spatial index, which would reorder the rows."""
    frame.to_file(path, driver="FlatGeobuf", engine="pyogrio", SPATIAL_INDEX="NO")


def main(sources: Path) -> None:
    city = HERE / "washington_dc"
    networks(sources / "washington_dc", city)
    zones(sources / "washington_dc", city)
    businesses(sources / "washington_dc", city)
    events(sources / "washington_dc", city)
    shenzhen(sources / "china" / "shenzhen_taz_491_shp", HERE / "shenzhen")
    codes(sources / "china" / "codes", HERE / "codes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
