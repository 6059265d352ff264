"""A synthetic Chinese town: sizes and a seed in, frames out. Nothing in it is real but the street codes and names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame

from app.errors import InputError
from app.town import shapes
from app.town.areas import Areas, lay_areas, nearness
from app.town.buildings import Buildings, build
from app.town.businesses import Businesses, business_frame, open_businesses
from app.town.duties import Conflicts, duty_list
from app.town.duty_lists import OfficeLists, office_lists
from app.town.events import positions, report_events, true_owners
from app.town.ground import Ground, lay_ground
from app.town.lattice import Lattice, bend, to_degrees
from app.town.networks import GOVERNANCE, JITTER, Network, lay_networks
from app.town.parcels import Parcels, lay_parcels
from app.town.roads import lay_barriers, lay_water
from app.town.sizes import Size, size_of, stream
from app.town.staff import StaffProblems, staff_list

YEAR_BEGINS = date(2025, 11, 22)


@dataclass(frozen=True)
class Town:
    """All frames are in EPSG:4326 and carry synthetic things only; `events` has WGS 84 positions for every `crs`."""

    size: Size
    seed: int
    start: date
    streets: GeoDataFrame
    communities: GeoDataFrame
    blocks: GeoDataFrame
    compounds: GeoDataFrame
    campuses: GeoDataFrame
    buildings: GeoDataFrame
    households: GeoDataFrame
    businesses: GeoDataFrame
    barriers: GeoDataFrame
    water: GeoDataFrame
    networks: dict[str, GeoDataFrame]
    staff: pd.DataFrame
    duties: pd.DataFrame
    events: pd.DataFrame
    truth: pd.DataFrame
    drawn: dict[str, Network]  # the networks as planned, with their declared defects
    conflicts: Conflicts
    staff_problems: StaffProblems
    office_lists: OfficeLists  # before there was one grid, and after


def make_town(
    size: str, seed: int, streets: list[tuple[str, str]], matters: pd.DataFrame, start: date = YEAR_BEGINS
) -> Town:
    """The town of this size and seed; the same arguments give the same frames.

    `streets`: codes (9 digits) and names, nine or more; `matters`: `kind` (matter, component), `code, category, name`.
    """
    chosen = size_of(size)
    if len(streets) < chosen.streets:
        raise InputError(f"a {size} needs {chosen.streets} streets, the list has {len(streets)}")
    ground = lay_ground(chosen, seed)
    parcels = lay_parcels(ground, seed)
    lattice = bend(*ground.shape, ground.river_row, stream(seed, "lattice"))
    buildings = build(parcels, chosen.households, seed)
    homes = shapes.totals(buildings.parcel, buildings.households, len(parcels))
    areas = lay_areas(chosen, parcels, homes, streets, nearness(parcels), seed)
    networks = lay_networks(parcels, areas, homes, seed)
    businesses = open_businesses(parcels, buildings, chosen.households, seed)
    duties, conflicts = duty_list(matters, areas.codes)
    staff, problems = staff_list(networks, start, seed)
    events, parcel, place = report_events(parcels, buildings, businesses, matters, start, seed)
    lonlat = positions(place, lattice)
    return Town(
        size=chosen,
        seed=seed,
        start=start,
        **_layers(ground, parcels, areas, buildings, businesses, lattice),
        networks=_drawn(networks, parcels, lattice, seed),
        staff=staff,
        duties=duties,
        events=events.assign(lon=lonlat[:, 0], lat=lonlat[:, 1]),
        truth=true_owners(events, parcel, lonlat, areas, networks, duties),
        drawn=networks,
        conflicts=conflicts,
        staff_problems=problems,
        office_lists=office_lists(chosen.name, matters, networks, parcels, areas.codes),
    )


def _layers(
    ground: Ground, parcels: Parcels, areas: Areas, buildings: Buildings, businesses: Businesses, lattice: Lattice
) -> dict[str, GeoDataFrame]:
    count = len(parcels)
    homes = shapes.totals(buildings.parcel, buildings.households, count)
    people = shapes.totals(buildings.parcel, buildings.people, count)
    shops = shapes.totals(businesses.parcel, np.ones(len(businesses), dtype=np.int64), count)
    jobs = shapes.totals(businesses.parcel, businesses.jobs, count)
    streets, communities = shapes.area_frames(parcels, areas, homes, people, lattice)
    lines = {"barriers": lay_barriers(ground, lattice), "water": lay_water(parcels, lattice)}
    return {
        "streets": streets,
        "communities": communities,
        "blocks": shapes.block_frame(parcels, homes, people, shops, lattice),
        "compounds": shapes.compound_frame(parcels, homes, people, lattice),
        "campuses": shapes.campus_frame(parcels, people, jobs, lattice),
        "buildings": shapes.building_frame(buildings, lattice),
        "households": shapes.household_frame(buildings, parcels, areas, lattice),
        "businesses": business_frame(businesses, lattice),
        **{name: _degrees(frame) for name, frame in lines.items()},
    }


def _degrees(frame: GeoDataFrame) -> GeoDataFrame:
    return frame.set_geometry(to_degrees(frame.geometry.to_numpy()), crs=None).set_crs(
        shapes.WGS84, allow_override=True
    )


def _drawn(networks: dict[str, Network], parcels: Parcels, lattice: Lattice, seed: int) -> dict[str, GeoDataFrame]:
    off = lattice.moved(stream(seed, "jitter"), JITTER)
    return {
        name: shapes.network_frame(network, parcels, off if name == GOVERNANCE else lattice)
        for name, network in networks.items()
    }
