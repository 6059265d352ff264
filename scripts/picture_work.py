"""What people of a deployment have done by now, for pictures of the page: cases led through their stages, objects under
watch, scores and appeals, a plan that is being worked on, with notices, objections, comments and transfers.

Nothing of it comes from a city: how fast anybody works, and what they write, is made up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from sqlalchemy.orm import Session

from app.cli import app, context
from app.errors import Refused
from app.rules.accounts.access import SCOPES, Caller
from app.rules.cases.trail import Step
from app.services.accounts import users
from app.services.cases import calendars, cases, events, notices, objections, objects, whistles
from app.services.cases.events import Report
from app.services.lookup.lookup import AnswerRules
from app.services.lookup.lookup_index import Lookup
from app.services.plans import consultations
from app.services.plans.consultations import Comment
from app.services.scores import appeals
from app.store.cases import cases as cases_store
from app.store.cases.events import EventFilter
from app.store.plans import plans as plans_store
from app.store.scores import scores as scores_store
from app.store.scores.scores import ScoreFilter
from app.store.staff import departments

ROOT = Caller("cli:sample", frozenset(SCOPES))
ZHAO = Caller("user:zhao", frozenset(SCOPES))
PASSWORD = "copper lantern drifting"
PEOPLE = {"wang": "admin", "li": "planner", "zhao": "operator"}
NOW = datetime.now(UTC).replace(microsecond=0)
SINCE = NOW - timedelta(days=90)
MONTHS = sorted({(NOW.replace(day=1) - timedelta(days=days)).strftime("%Y-%m") for days in (1, 32)})
RECENT = timedelta(days=8)
STUCK, STUCK_OF_LATE = 0.03, 0.6
AGAINST = ("overdue_open", "disposed_late", "reworked")


@dataclass(frozen=True)
class Words:
    """What people write, in the language of the town; `objects`: key, name and how many cases are about each."""

    consultation: str
    comments: tuple[str, ...]
    closing: str
    rework: str
    objection: str
    answer: str
    appeal: str
    lock: str
    transfers: str
    objects: tuple[tuple[str, str, int], ...]


def order(*arguments: str) -> None:
    """A command, in this process."""
    app(list(arguments), standalone_mode=False)


def admit() -> None:
    """People who may sign in."""
    with context.transaction() as session:
        for name, role in PEOPLE.items():
            users.add(session, ROOT, name, role, PASSWORD)


def work(reports: Sequence[Report], zone: str, words: Words) -> None:
    """Reports taken in and their cases led as far as they would be by now; whistles, objects, scores, an appeal."""
    with context.transaction() as session:
        _handle(session, sorted(reports, key=lambda report: report.at or NOW), zone, words)
    with context.transaction() as session:
        _whistle(session)  # before the clock speaks: a step is never earlier than the one before
    order("events", "tick")
    with context.transaction() as session:
        _watch(session, words)
    order("objects", "assess")
    for month in MONTHS:
        order("scores", "compute", "--period", month)
    with context.transaction() as session:
        _appeal(session, words)


def draft(plan: str, words: Words) -> None:
    """A divided plan on its way: a grid locked, notice given and objected to, open for comment, posts proposed."""
    with context.transaction() as session:
        first = plans_store.grids_frame(session, plans_store.get(session, plan).id)["code"].iloc[0]
    order("plans", "edit", plan, "lock", str(first), "--reason", words.lock)
    with context.transaction() as session:
        _notify(session, plan, words)
        _consult(session, plan, words)
    order("staff", "transfers", "propose", plan)
    order("staff", "transfers", "accept", plan, "--all", "--sure", "--why", words.transfers)


def machines(receiver: str) -> None:
    """Keys, and a subscriber; before a plan is drafted, so that there is something to tell."""
    order("keys", "add", "hotline-12345", "--scope", "events")
    order("keys", "add", "city-map", "--scope", "lookup")
    order("subscriptions", "add", receiver, "--types", "case.*,notice.*")


def _handle(session: Session, reports: Sequence[Report], zone: str, words: Words) -> None:
    lookup, rng = Lookup(lambda: nullcontext(session)), np.random.default_rng(6)
    rules, known = AnswerRules(zone), calendars.load(session)
    paces: dict[str, float] = {}
    for report in reports:
        assert report.at is not None
        made, _ = events.post(session, ROOT, lookup, report, rules, report.at + timedelta(minutes=3))
        if not made["owner"]:
            continue
        pace = paces.setdefault(made["owner"], float(rng.uniform(0.2, 0.5)))
        due = made["due_at"] or report.at + timedelta(days=3)
        steps = [step for step in _steps(words, made["owner"], report.at, due, pace, rng) if step.at < NOW]
        if rng.random() < (STUCK if NOW - report.at > RECENT else STUCK_OF_LATE):
            steps = steps[: int(rng.integers(0, 7))]
        if steps:
            cases.take(session, cases_store.lock(session, made["id"]), steps, known)


def _steps(
    words: Words, owner: str, at: datetime, due: datetime, pace: float, rng: np.random.Generator
) -> Iterator[Step]:
    """A case from its verification to its evaluation; some take longer than they may, and some are done twice."""
    zhao, wang = "user:zhao", "user:wang"
    verified, filed, sent, taken = (at + timedelta(minutes=int(m)) for m in np.cumsum(rng.integers(6, 40, 4)) + 3)
    yield Step("verify", verified, zhao, detail={"passed": True})
    yield Step("file", filed, zhao)
    yield Step("dispatch", sent, zhao, owner)
    yield Step("accept", taken, wang)
    end = taken + max((due - taken) * float(pace * rng.lognormal(0, 0.6)), timedelta(minutes=20))
    yield Step("finish", end, wang)
    yield Step("report", end + timedelta(minutes=12), wang)
    if rng.random() < 0.08:
        yield Step("check", end + timedelta(hours=1), zhao, detail={"passed": False})
        yield Step("rework", end + timedelta(hours=1, minutes=5), zhao, reason=words.rework)
        end += timedelta(hours=5)
        yield Step("finish", end, wang)
        yield Step("report", end + timedelta(minutes=12), wang)
    yield Step("check", end + timedelta(hours=2), zhao, detail={"passed": True})
    yield Step("close", end + timedelta(hours=2, minutes=8), zhao, reason=words.closing)
    if rng.random() < 0.4:
        yield Step("evaluate", end + timedelta(hours=20), zhao, score=float(rng.choice([60, 80, 80, 100, 100])))


def in_stage(session: Session, stage: str) -> list[int]:
    """Numbers of events, the newest first."""
    return [each["id"] for each in events.page(session, ROOT, EventFilter(status=stage), NOW, limit=60)]


def _whistle(session: Session) -> None:
    """Departments are called to two cases; one of them comes."""
    names = [row.name for row in departments.every(session)]
    for event in in_stage(session, "handling")[:2]:
        holder = events.get(session, ROOT, event, NOW)["holder"]
        called = [name for name in names if name != holder][:2]
        whistles.call(session, ROOT, event, called, NOW - timedelta(minutes=50), until=NOW + timedelta(minutes=10))
        whistles.respond(session, ROOT, event, "answer", called[0], NOW - timedelta(minutes=41))
        whistles.respond(session, ROOT, event, "arrive", called[0], NOW - timedelta(minutes=22))


def _watch(session: Session, words: Words) -> None:
    """Objects that cases are about, some often."""
    found = iter([*in_stage(session, "open"), *in_stage(session, "closed")])
    for key, name, count in words.objects:
        objects.put(session, ROOT, key, name)
        for event in [next(found) for _ in range(count)]:
            objects.name_by(session, ROOT, event, key)


def _appeal(session: Session, words: Words) -> None:
    """Two appeals against what a score counts of a case; nobody decided them yet."""
    left = 2
    for row in scores_store.page(session, ScoreFilter(period=MONTHS[-1], unit_type="department"), with_cases=True):
        for event in row.cases:
            for against in AGAINST:
                try:
                    with session.begin_nested():
                        appeals.file(session, ZHAO, row.number, event, against, words.appeal, NOW)
                except Refused:
                    continue
                left -= 1
                break
            if not left:
                return


def _notify(session: Session, plan: str, words: Words) -> None:
    """Notice to every department; two object, and one of them has its answer."""
    given = notices.give(
        session, ROOT, plans_store.get(session, plan), NOW + timedelta(days=40), NOW - timedelta(days=3),
        answer_by=NOW + timedelta(days=7),
    )  # fmt: skip
    made = [objections.make(session, ZHAO, each["id"], words.objection, NOW - timedelta(days=1)) for each in given[:2]]
    if made:
        objections.answer(session, ROOT, made[0]["id"], True, words.answer, NOW - timedelta(hours=4))


def _consult(session: Session, plan: str, words: Words) -> None:
    """Open for three weeks; each comment is about a grid and a place in it."""
    row = plans_store.get(session, plan)
    consultations.consult(
        session, ROOT, row, NOW + timedelta(days=21), NOW - timedelta(days=2), words=words.consultation
    )
    grids = plans_store.grids_frame(session, row.id).sort_values("code").iloc[::3]
    for number, (text, shape) in enumerate(zip(words.comments, grids.geometry, strict=False)):
        point = shape.representative_point()
        said = Comment(text=text, lon=point.x, lat=point.y)
        at = NOW - timedelta(hours=30 - 7 * number)
        consultations.comment(session, ROOT, row.id, said, at, f"comment-{number:08d}")
