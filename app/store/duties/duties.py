from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.orm import Session

from app.models.duties import Duty, DutyClaim, DutyException
from app.models.layers import Feature, Layer

ROUTING_VERSION = text("SELECT version, changed_in FROM routing_version")


def in_force(
    session: Session,
    at: datetime,
    as_known_at: datetime | None = None,
    list_name: str | None = None,
    matter: tuple[str, str] | None = None,
) -> list[Duty]:
    """Duties that hold at `at`, as known now or at `as_known_at`, in the order of their numbers; of one list, or those
    that may speak of a matter (kind, code): its code, any class that it begins with, every matter."""
    statement = select(Duty).where(Duty.valid.contains(at), _known(Duty.recorded, as_known_at))
    if list_name is not None:
        statement = statement.where(Duty.list_name == list_name)
    if matter is not None:
        kind, code = matter
        classes = [code[:length] for length in range(1, len(code) + 1)]
        statement = statement.where(Duty.kind == kind, Duty.code.in_([*classes, "*"]))
    return list(session.scalars(statement.order_by(Duty.number.collate("C"))))


def ever(session: Session) -> list[Duty]:
    """Every version of every line that was ever recorded, by number."""
    return list(session.scalars(select(Duty).order_by(Duty.number.collate("C"), Duty.id)))


def routing_version(session: Session) -> tuple[int, int]:
    """Changes with every change of duty lines, matters, calendars and owners of last resort."""
    version, changed_in = session.execute(ROUTING_VERSION).one()
    return int(version), int(changed_in)


def features_at(
    session: Session, lon: float, lat: float, within_m: Mapping[tuple[str, str], float]
) -> set[tuple[str, str]]:
    """Of these features (layer, code), those that the point lies in, or as near to as `within_m` says of each."""
    point = func.geography(func.ST_SetSRID(func.ST_MakePoint(lon, lat), 4326))
    found: set[tuple[str, str]] = set()
    for reach in sorted(set(within_m.values())):
        asked = [key for key, metres in within_m.items() if metres == reach]
        box = func.geometry(func.ST_Buffer(point, max(reach, 1.0) * 1.1))
        near = func.ST_DWithin(func.geography(Feature.geom), point, reach)
        inside = near if reach else func.ST_Intersects(Feature.geom, func.geometry(point))
        statement = select(Layer.name, Feature.code).join(Layer, Layer.id == Feature.layer_id)
        statement = statement.where(
            tuple_(Layer.name, Feature.code).in_(asked), Feature.geom.op("&&")(func.ST_Envelope(box)), inside
        )
        found |= {(layer, code) for layer, code in session.execute(statement)}
    return found


def any_known(session: Session) -> bool:
    """Whether any duty line is believed now, for whatever time."""
    return session.scalar(select(Duty.id).where(func.upper_inf(Duty.recorded)).limit(1)) is not None


def believed(session: Session, *, list_name: str | None = None, numbers: Iterable[str] | None = None) -> list[Duty]:
    """Versions believed now, over all valid time, earliest first."""
    statement = select(Duty).where(func.upper_inf(Duty.recorded)).order_by(func.lower(Duty.valid))
    if list_name is not None:
        statement = statement.where(Duty.list_name == list_name)
    if numbers is not None:
        statement = statement.where(Duty.number.in_(list(numbers)))
    return list(session.scalars(statement))


def versions(session: Session, number: str) -> list[Duty]:
    """All that was ever recorded of a line, in the order in which it was."""
    order = func.lower(Duty.recorded), func.lower(Duty.valid)
    return list(session.scalars(select(Duty).where(Duty.number == number).order_by(*order)))


def add(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(Duty), list(rows))


def close(session: Session, ids: Sequence[int], now: datetime) -> None:
    """These versions cease to be believed at `now`; the rows stay for questions about the past."""
    session.execute(
        update(Duty)
        .where(Duty.id.in_(list(ids)))
        .values(recorded=func.tstzrange(func.lower(Duty.recorded), now, "[)"))
        .execution_options(synchronize_session=False)
    )
    session.expire_all()


def exceptions(session: Session, as_known_at: datetime | None = None) -> list[DutyException]:
    statement = select(DutyException).where(_known(DutyException.recorded, as_known_at))
    return list(session.scalars(statement.order_by(DutyException.id)))


def add_exception(session: Session, exception: DutyException) -> DutyException:
    session.add(exception)
    session.flush()
    return exception


def get_exception(session: Session, exception_id: int) -> DutyException | None:
    return session.get(DutyException, exception_id)


def close_exception(session: Session, exception: DutyException, now: datetime) -> None:
    exception.recorded = Range(exception.recorded.lower, now, bounds="[)")
    session.flush()


def claim_of(session: Session, kind: str, code: str, name: str) -> DutyClaim | None:
    return session.scalar(
        select(DutyClaim).where(DutyClaim.kind == kind, DutyClaim.code == code, DutyClaim.object == name)
    )


def claims(session: Session) -> list[DutyClaim]:
    return list(session.scalars(select(DutyClaim).order_by(DutyClaim.id)))


def add_claim(session: Session, row: dict[str, Any]) -> bool:
    """Whether this claim is the first: of two at once the database lets one in."""
    made = session.execute(insert(DutyClaim).values(**row).on_conflict_do_nothing().returning(DutyClaim.id))
    return made.first() is not None


def _known(recorded: Any, as_known_at: datetime | None) -> Any:
    return func.upper_inf(recorded) if as_known_at is None else recorded.contains(as_known_at)
