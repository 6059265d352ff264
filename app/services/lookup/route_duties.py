"""Lead, person and deadline of rows that say what they are about: by the same duties as one event at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.errors import InputError
from app.rules.accounts.personal_data import mask_name
from app.rules.duties.duties import Place
from app.rules.duties.duty_choice import choose
from app.rules.duties.duty_hours import Instant
from app.rules.duties.matters import MATTER
from app.rules.duties.time_limits import Limit, main_limit
from app.rules.staff.answering import answering
from app.rules.staff.roles import role_of
from app.rules.time.calendars import UnknownYear
from app.rules.time.working_time import deadline
from app.services.cases.event_places import Sighting, Spot, with_features
from app.services.cases.routing_index import RoutingIndex
from app.services.lookup.lookup_index import UNIFIED, Lookup
from app.services.staff.staff_index import StaffIndex, View

LAST_RESORT = "属地兜底"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class RowPlace:
    """What is known of one row: its matter's code, point in WGS 84, moment in microseconds since 1970; the grid of each
    network; kind and area of the unified one."""

    matter: str
    lon: float
    lat: float
    at: int
    grids: Mapping[str, str]
    kind: str
    area: str


@dataclass(frozen=True)
class RowDuty:
    """Who leads, the name of who answers, and when it is due (ISO); None for what there is not."""

    lead: str
    person: str | None
    due_at: str | None


@dataclass(frozen=True)
class DutyRules:
    """As `RouteRules`: as known when, shifts and answers on which clock, and whether names are shown as they are."""

    as_known_at: datetime | None
    zone: str
    shows_people: bool


class DutyTeller:
    """Tells rows of one table, with one state of duties and staff."""

    def __init__(self, session: Session, index: RoutingIndex, staff: StaffIndex, rules: DutyRules) -> None:
        self._session, self._staff, self._rules = session, staff, rules
        self._index = index.known_then(session, rules.as_known_at)
        self._zone = ZoneInfo(rules.zone)

    def tell(self, row: RowPlace) -> RowDuty:
        """Never nobody: outside every grid and where no duty leads, the owner of last resort of the row's area."""
        at = (EPOCH + timedelta(microseconds=row.at)).astimezone(self._zone)
        lead, role, limits = self._duty(row, at)
        owner = (lead if row.grids else "") or self._last_resort(row.area)
        return RowDuty(owner, self._person(row, role, at), self._due(owner, main_limit(limits), at))

    def _duty(self, row: RowPlace, at: datetime) -> tuple[str, str, tuple[Limit, ...]]:
        matter = self._index.matters.find(MATTER, row.matter, at) if row.matter else None
        if matter is None:
            return "", "", ()
        duties = [each.duty for each in self._index.duties.speaking(matter, at, self._rules.as_known_at)]
        place = Place(row.area, row.kind, row.grids)
        point = {"point": {"lon": row.lon, "lat": row.lat, "uncertainty_m": 0.0}}
        sighting = Sighting(lon=row.lon, lat=row.lat, at=at, since=at, recorded_at=at, matter=row.matter)
        spot = with_features(
            self._session, Spot(point, None, (), place), sighting, matter, duties, self._rules.as_known_at
        )
        choice = choose(duties, matter, spot.place, Instant.of(at))
        return choice.lead, choice.duty.role if choice.duty else "", choice.duty.limits if choice.duty else ()

    def _person(self, row: RowPlace, role: str, at: datetime) -> str | None:
        grid = row.grids.get(UNIFIED)
        if grid is None:
            return None
        roster = self._staff.roster(UNIFIED, grid, View(at, self._rules.zone, self._rules.as_known_at))
        entry = answering(roster, role_of(role) if role.strip() else "").entry
        name = self._staff.contacts.get(entry.person, (None, None))[0] if entry else None
        return name if self._rules.shows_people else mask_name(name)

    def _due(self, owner: str, limit: Limit | None, at: datetime) -> str | None:
        """None without a limit, and in a year that the calendar does not know."""
        calendar = self._index.calendars.of(owner)
        try:
            return deadline(at, limit, calendar).astimezone(ZoneInfo(calendar.zone)).isoformat() if limit else None
        except (UnknownYear, InputError):
            return None

    def _last_resort(self, area: str) -> str:
        found = self._index.last_resort(area)
        return found[1] if found else f"{LAST_RESORT} {area}".strip()


@contextmanager
def teller_of(lookup: Lookup, rules: DutyRules) -> Iterator[DutyTeller]:
    """A teller on the look-up's database, for as long as the context lasts."""
    with lookup.opened() as session:
        yield DutyTeller(session, lookup.routing.current(session), lookup.snapshot.staff, rules)
