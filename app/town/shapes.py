"""The layers of the town as frames in EPSG:4326."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame, points_from_xy
from numpy.typing import NDArray

from app.town.areas import Areas
from app.town.buildings import Buildings
from app.town.lattice import Lattice, merged, to_degrees, to_ground
from app.town.networks import Network
from app.town.parcels import CAMPUSES, Parcels

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
WGS84 = "EPSG:4326"
COMPOUND_NAMES = ("花园", "苑", "雅居", "名邸", "新村", "湾畔", "华庭", "小区")
CAMPUS_NAMES = {
    "school": "学校",
    "hospital": "医院",
    "park": "公园",
    "factory": "厂区",
    "government": "机关院",
    "office": "商务楼群",
    "mall": "商场",
    "market": "市场",
}


def frame(columns: dict[str, object], shapes: NDArray[np.object_]) -> GeoDataFrame:
    """A frame in EPSG:4326 from columns and shapes in EPSG:4547."""
    return GeoDataFrame(columns, geometry=to_degrees(shapes), crs=WGS84)


def area_frames(
    parcels: Parcels, areas: Areas, homes: Ints, people: Ints, lattice: Lattice
) -> tuple[GeoDataFrame, GeoDataFrame]:
    """Streets and communities, each tiling the town: `code, name, households, people` (communities also `street`)."""
    boxes = shapely.box(*parcels.box.T)
    made = []
    for labels, codes, names in (
        (areas.street, areas.street_codes, areas.street_names),
        (areas.community, areas.codes, areas.names),
    ):
        columns: dict[str, object] = {"code": codes, "name": names}
        columns |= {"households": totals(labels, homes, len(codes)), "people": totals(labels, people, len(codes))}
        made.append(frame(columns, to_ground(merged(boxes, labels, len(codes)), lattice)))
    made[1].insert(2, "street", [code[:9] for code in areas.codes])
    return made[0], made[1]


def totals(labels: Ints, values: Ints, count: int) -> Ints:
    return np.bincount(labels, weights=values, minlength=count).astype(np.int64)


def block_code(block: int) -> str:
    return f"BK{block + 1:05d}"


def block_frame(parcels: Parcels, homes: Ints, people: Ints, businesses: Ints, lattice: Lattice) -> GeoDataFrame:
    """Blocks between roads (街区), tiling the town: `code, households, people, businesses`."""
    count = int(parcels.block.max()) + 1
    shapes = to_ground(merged(shapely.box(*parcels.box.T), parcels.block, count), lattice)
    columns: dict[str, object] = {"code": [block_code(k) for k in range(count)]}
    for name, values in (("households", homes), ("people", people), ("businesses", businesses)):
        columns[name] = totals(parcels.block, values, count)
    return frame(columns, shapes)


def walled(parcels: Parcels, chosen: Ints, lattice: Lattice) -> NDArray[np.object_]:
    """Parcels inside their walls: half of each road around is taken off. EPSG:4547."""
    inside = parcels.box[chosen].astype(np.float64)
    inside[:, :2] += parcels.inset[chosen, :2]
    inside[:, 2:] -= parcels.inset[chosen, 2:]
    shapes = shapely.segmentize(shapely.box(*inside.T), 1.0)
    return shapely.transform(shapes, lambda points: lattice.at(points[:, 0], points[:, 1]))


def compound_frame(parcels: Parcels, homes: Ints, people: Ints, lattice: Lattice) -> GeoDataFrame:
    """Walled housing (小区): `code, name, kind` (highrise, midrise) `, households, people`."""
    chosen = np.flatnonzero(np.isin(parcels.use, ["highrise", "midrise"]))
    names = [f"合成{k + 1}号{COMPOUND_NAMES[k % len(COMPOUND_NAMES)]}" for k in range(len(chosen))]
    columns: dict[str, object] = {"code": [f"XQ{k + 1:05d}" for k in range(len(chosen))], "name": names}
    columns |= {"kind": parcels.use[chosen], "households": homes[chosen], "people": people[chosen]}
    return frame(columns, walled(parcels, chosen, lattice))


def campus_frame(parcels: Parcels, people: Ints, jobs: Ints, lattice: Lattice) -> GeoDataFrame:
    """Ground in one hand: `code, name, kind` (school, hospital, park, factory, …) `, people` (who live in), `jobs`."""
    chosen = np.flatnonzero(np.isin(parcels.use, CAMPUSES))
    kinds = parcels.use[chosen].tolist()
    columns: dict[str, object] = {"code": [f"DW{k + 1:05d}" for k in range(len(chosen))]}
    columns |= {"name": [f"合成第{k + 1}{CAMPUS_NAMES[kind]}" for k, kind in enumerate(kinds)], "kind": kinds}
    columns |= {"people": people[chosen], "jobs": jobs[chosen]}
    return frame(columns, walled(parcels, chosen, lattice))


def building_frame(buildings: Buildings, lattice: Lattice) -> GeoDataFrame:
    """Buildings: `code, kind, floors, households, people`."""
    u0, v0, u1, v1 = buildings.place.T
    rings = np.stack([lattice.at(u, v) for u, v in ((u0, v0), (u1, v0), (u1, v1), (u0, v1))], axis=1)
    columns: dict[str, object] = {"code": building_codes(len(buildings)), "kind": buildings.kind}
    columns |= {"floors": buildings.floors, "households": buildings.households, "people": buildings.people}
    return frame(columns, shapely.polygons(rings))


def building_codes(count: int) -> list[str]:
    return [f"JZ{k:06d}" for k in range(1, count + 1)]


def household_frame(buildings: Buildings, parcels: Parcels, areas: Areas, lattice: Lattice) -> GeoDataFrame:
    """Households at the middle of their building: `code, building, community` (true, by construction), `people`."""
    middle = (buildings.place[:, :2] + buildings.place[:, 2:]) / 2
    points = to_degrees(shapely.points(lattice.at(middle[:, 0], middle[:, 1])))
    home = buildings.home_building
    community = np.array(areas.codes)[areas.community[buildings.parcel]]
    xy = shapely.get_coordinates(points)[home]
    return GeoDataFrame(
        {
            "code": [f"HH{k:07d}" for k in range(1, len(home) + 1)],
            "building": pd.Series(building_codes(len(buildings))).to_numpy()[home],
            "community": community[home],
            "people": buildings.home_people,
        },
        geometry=points_from_xy(xy[:, 0], xy[:, 1]),
        crs=WGS84,
    )


def network_frame(network: Network, parcels: Parcels, lattice: Lattice) -> GeoDataFrame:
    """One network as its office drew it, its defects included: `code, name`."""
    boxes = shapely.box(*parcels.box.T)
    drawn = to_ground([shapely.union_all(boxes[members]) for members in network.members], lattice)
    shapes = to_degrees(drawn)
    for k, code in enumerate(network.codes):
        if code in network.defects.invalid:
            shapes[k] = spiked(shapes[k])
    return GeoDataFrame({"code": network.codes, "name": network.names}, geometry=shapes, crs=WGS84)


def spiked(polygon: shapely.Polygon) -> shapely.Polygon:
    """The polygon with a spike of no width out and back at its first corner: invalid, its area unchanged."""
    ring = shapely.get_coordinates(polygon.exterior)
    tip = np.round(ring[0] + (ring[0] - ring[len(ring) // 2]) * 0.02, 9)
    return shapely.Polygon(np.vstack([ring[:1], tip, ring]), [hole.coords for hole in polygon.interiors])
