"""Businesses of the town: shops along the roads, offices, malls, markets, workshops; jobs with a heavy tail."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from app.town.buildings import Buildings
from app.town.lattice import Lattice
from app.town.parcels import HOMES, Parcels
from app.town.shapes import frame
from app.town.sizes import stream

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
PER_HOUSEHOLD = 1 / 6
WORDS = {
    "shop": ("便利店", "小吃店", "理发店", "药店", "五金店", "水果店", "茶庄", "快递点", "服装店", "洗车行"),
    "office": ("科技公司", "贸易公司", "咨询公司", "物流公司", "设计公司", "事务所"),
    "mall": ("专卖店", "餐厅", "影院", "超市", "培训中心"),
    "market": ("蔬菜档", "水产档", "肉档", "干货档", "百货档"),
    "factory": ("机电厂", "塑料厂", "家具厂", "食品厂", "船配厂"),
}
SHARES = {"shop": 0.56, "office": 0.2, "mall": 0.11, "market": 0.08, "factory": 0.05}
JOBS = {"shop": (0.8, 0.6), "office": (1.7, 1.1), "mall": (1.6, 0.8), "market": (0.5, 0.4), "factory": (3.2, 1.2)}
HOSTS = {"office": "office", "mall": "mall", "market": "market", "factory": "workshop"}  # kinds of building


@dataclass(frozen=True)
class Businesses:
    kind: NDArray[np.str_]
    parcel: Ints
    u: Floats
    v: Floats
    jobs: Ints

    def __len__(self) -> int:
        return len(self.kind)


def open_businesses(parcels: Parcels, buildings: Buildings, households: int, seed: int) -> Businesses:
    rng = stream(seed, "businesses")
    total = round(households * PER_HOUSEHOLD)
    kinds = rng.choice(list(SHARES), total, p=list(SHARES.values()))
    parts = []
    for kind in SHARES:
        count = int((kinds == kind).sum())
        host = np.flatnonzero(buildings.kind == HOSTS.get(kind, ""))
        if len(host):
            parts.append((kind, *_inside(host, buildings, count, rng)))
        else:
            parts.append((kind, *_along(parcels, count, rng)))
    jobs = [np.exp(rng.normal(*JOBS[part[0]], len(part[1]))).astype(np.int64) + 1 for part in parts]
    return Businesses(
        kind=np.concatenate([np.full(len(part[1]), part[0]) for part in parts]),
        parcel=np.concatenate([part[1] for part in parts]),
        u=np.concatenate([part[2] for part in parts]),
        v=np.concatenate([part[3] for part in parts]),
        jobs=np.concatenate(jobs),
    )


def _inside(host: Ints, buildings: Buildings, count: int, rng: np.random.Generator) -> tuple[Ints, Floats, Floats]:
    """Into buildings of one kind; a few of them hold very many."""
    weight = np.exp(rng.normal(0, 1.0, len(host)))
    chosen = rng.choice(host, count, p=weight / weight.sum())
    u0, v0, u1, v1 = buildings.place[chosen].T
    s, t = rng.uniform(0.1, 0.9, (2, count))
    return buildings.parcel[chosen], u0 + s * (u1 - u0), v0 + t * (v1 - v0)


def _along(parcels: Parcels, count: int, rng: np.random.Generator) -> tuple[Ints, Floats, Floats]:
    """Shop fronts just inside the wall on a road side of the parcel; more on wider roads and towards the middle."""
    wide = np.clip(parcels.inset - 0.15, 0, 0.6)
    sides = parcels.box[:, 2:] - parcels.box[:, :2]
    length = np.column_stack([sides[:, 1], sides[:, 0], sides[:, 1], sides[:, 0]])
    homes = np.isin(parcels.use, [*HOMES, "mall", "market"])
    weight = wide * length * np.exp(-2.2 * np.clip(parcels.ring, 0, 1.5))[:, None] * homes[:, None]
    weight = weight * np.exp(rng.normal(0, 0.8, weight.shape))
    chosen = rng.choice(weight.size, count, p=(weight / weight.sum()).ravel())
    parcel, side = np.divmod(chosen, 4)
    low = parcels.box[parcel, :2] + parcels.inset[parcel, :2] + 0.12
    high = parcels.box[parcel, 2:] - parcels.inset[parcel, 2:] - 0.12
    place = low + rng.uniform(0, 1, (count, 2)) * (high - low)
    place[:, 0] = np.select([side == 0, side == 2], [low[:, 0], high[:, 0]], place[:, 0])
    place[:, 1] = np.select([side == 1, side == 3], [low[:, 1], high[:, 1]], place[:, 1])
    return parcel, place[:, 0], place[:, 1]


def business_frame(businesses: Businesses, lattice: Lattice) -> GeoDataFrame:
    """Points: `code, name, kind, businesses` (1), `jobs`."""
    names = [f"合成{WORDS[kind][k % len(WORDS[kind])]}{k + 1:05d}" for k, kind in enumerate(businesses.kind.tolist())]
    columns: dict[str, object] = {"code": [f"SH{k:06d}" for k in range(1, len(names) + 1)], "name": names}
    columns |= {"kind": businesses.kind, "businesses": np.ones(len(names), dtype=np.int64), "jobs": businesses.jobs}
    return frame(columns, shapely.points(lattice.at(businesses.u, businesses.v)))
