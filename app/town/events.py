"""A year of events in the synthetic town, each with its true owners, known from the cell it lies in."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from app.town.areas import Areas
from app.town.buildings import Buildings
from app.town.businesses import Businesses
from app.town.duties import WHOLE, leads
from app.town.lattice import Lattice, to_degrees
from app.town.networks import Network
from app.town.parcels import Parcels
from app.town.sizes import stream

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
PER_HOUSEHOLD = 0.4  # a year
DAYS = 365
CHINA = timezone(timedelta(hours=8))
HOURS = np.array([1, 1, 0.5, 0.5, 0.5, 1, 3, 6, 9, 10, 10, 8, 6, 6, 8, 9, 9, 8, 7, 7, 6, 4, 3, 2], dtype=float)
CHANNELS = (  # channel, coordinate system, share, typical accuracy in metres
    ("微信小程序", "gcj02", 0.45, 14.0),
    ("巡查终端", "wgs84", 0.27, 5.0),
    ("12345热线", "bd09", 0.16, 30.0),
    ("视频识别", "wgs84", 0.12, 8.0),
)
STREET = "01001 01002 01003 01037 02010 02014 06010 06012 06013 06014 06050 06051 07001 09009 09010 09011 10002"
PLACES = {  # use of the parcel → matters that happen there, the most frequent first
    "home": "06010 09009 06041 06028 01054 06001 06034 06036 06040 06042 06037 07001 09012",
    "village": "06010 06001 06011 06030 06036 06041 06020 09015 09012 10002",
    "shop": "09005 09006 06027 06004 06007 06029 07003 09001 09010 09015 06030",
    "market": "09020 09001 09006 06010 06030 06037",
    "park": "06017 06047 04002 04009 06045 03001 06029",
    "river": "06025 06026 06030 06037",
    "works": "08001 08004 08002 08003 08006 08007 08011 06011 06020",
    "campus": "09006 09009 09010 07001 06012 03005",
    "street": STREET,
}
GROUPS = {"highrise": "home", "midrise": "home", "village": "village", "mall": "shop", "office": "shop"}
GROUPS |= {"market": "market", "park": "park", "river": "river", "creek": "river", "pond": "river"}
GROUPS |= {"factory": "works", "vacant": "works", "field": "works"}


def report_events(
    parcels: Parcels, buildings: Buildings, businesses: Businesses, matters: pd.DataFrame, start: date, seed: int
) -> tuple[pd.DataFrame, Ints, Floats]:
    """Events by time, the parcel of each and its place (n, 2) in lattice steps.

    Columns `event, at, kind, matter, matter_name, channel, crs, accuracy_m`. The place is in the middle half of its
    lattice cell, metres away from any border.
    """
    rng = stream(seed, "events")
    count = round(len(buildings.home_building) * PER_HOUSEHOLD)
    parcel = rng.choice(len(parcels), count, p=_risk(parcels, buildings, businesses, rng))
    low, high = parcels.box[parcel, :2], parcels.box[parcel, 2:]
    cell = low + np.floor(rng.uniform(0, 1, (count, 2)) * (high - low))
    place = cell + rng.uniform(0.25, 0.75, (count, 2))
    known = matters[matters["kind"] == "matter"]
    names = dict(zip(known["code"], known["name"], strict=True))
    code = _matters(parcels.use[parcel], set(names), rng)
    channel = rng.choice(len(CHANNELS), count, p=[share for _, _, share, _ in CHANNELS])
    accuracy = np.array([metres for *_, metres in CHANNELS])[channel] * np.exp(rng.normal(0, 0.4, count))
    frame = pd.DataFrame(
        {
            "event": [f"SYN{k:08d}" for k in range(1, count + 1)],
            "at": _moments(start, count, rng),
            "kind": "matter",
            "matter": code,
            "matter_name": [names[k] for k in code],
            "channel": np.array([name for name, *_ in CHANNELS])[channel],
            "crs": np.array([crs for _, crs, *_ in CHANNELS])[channel],
            "accuracy_m": np.round(accuracy, 1),
        }
    )
    return frame, parcel, place


def _risk(parcels: Parcels, buildings: Buildings, businesses: Businesses, rng: np.random.Generator) -> Floats:
    """Share of the events by parcel: where people live, where shops are, everywhere a little; some places are bad."""
    people = np.bincount(buildings.parcel, weights=buildings.people, minlength=len(parcels))
    shops = np.bincount(businesses.parcel, minlength=len(parcels)).astype(float)
    ground = parcels.steps * np.where(np.isin(parcels.use, ["field", "pond"]), 0.1, 1.0)
    risk = 0.45 * people / people.sum() + 0.3 * shops / shops.sum() + 0.25 * ground / ground.sum()
    risk = risk * np.exp(rng.normal(0, 0.6, len(parcels)))
    return risk / risk.sum()


def _matters(uses: NDArray[np.str_], known: set[str], rng: np.random.Generator) -> NDArray[np.str_]:
    groups = np.array([GROUPS.get(use, "campus") for use in uses.tolist()])
    on_street = (rng.random(len(uses)) < 0.3) & (groups != "river")
    code = np.empty(len(uses), dtype="U5")
    for group, codes in PLACES.items():
        chosen = np.flatnonzero(on_street if group == "street" else (groups == group) & ~on_street)
        pool = [k for k in codes.split() if k in known]
        often = 1.0 / np.arange(1, len(pool) + 1) ** 0.6
        code[chosen] = rng.choice(pool, len(chosen), p=often / often.sum())
    return code


def _moments(start: date, count: int, rng: np.random.Generator) -> list[str]:
    """Sorted moments in China time: more on working days, in daylight and in summer."""
    days = np.arange(DAYS)
    weekday = (days + start.weekday()) % 7
    weight = np.where(weekday < 5, 1.1, 0.75) * (
        1 + 0.25 * np.sin((days + start.timetuple().tm_yday - 110) * 2 * np.pi / 365)
    )
    day = rng.choice(days, count, p=weight / weight.sum())
    hour = rng.choice(24, count, p=HOURS / HOURS.sum())
    seconds = np.sort(day * 86400 + hour * 3600 + rng.integers(0, 3600, count))
    midnight = datetime(start.year, start.month, start.day, tzinfo=CHINA)
    return [(midnight + timedelta(seconds=s)).isoformat() for s in seconds.tolist()]


def positions(place: Floats, lattice: Lattice) -> Floats:
    """Longitude and latitude (WGS 84) of lattice places, shape (n, 2)."""
    return shapely.get_coordinates(to_degrees(shapely.points(lattice.at(place[:, 0], place[:, 1]))))


def true_owners(
    events: pd.DataFrame, parcel: Ints, lonlat: Floats, areas: Areas, networks: dict[str, Network], duties: pd.DataFrame
) -> pd.DataFrame:
    """The expected answers: `event, lon, lat` (WGS 84) `, community`, one column per network, `lead`.

    Several owners are joined by `|`, none is ''. They come from the parcel each event was put in, not from geometry.
    """
    community = np.array(areas.codes)[areas.community[parcel]]
    truth = pd.DataFrame({"event": events["event"], "lon": lonlat[:, 0], "lat": lonlat[:, 1], "community": community})
    for name, network in networks.items():
        owners = np.array(["|".join(dict.fromkeys(codes)) for codes in network.owners(len(areas.community))])
        truth[name] = owners[parcel]
    known = leads(duties)
    truth["lead"] = [
        "|".join(sorted({lead for scope, lead in known.get(("matter", code), []) if scope in (WHOLE, here)}))
        for code, here in zip(events["matter"], community, strict=True)
    ]
    return truth
