"""Reports of residents: taken in without a key, followed by a code, evaluated when they are done. Whoever holds the
code is whoever reported it; everything goes through the same events and cases as reports of offices."""

from __future__ import annotations

import hashlib
import io
import secrets
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy.orm import Session

from app.errors import Conflict, InputError, NotFound, TooLarge
from app.models.cases import Case
from app.models.events import Event
from app.rules.accounts.access import Caller
from app.rules.cases import follow_codes
from app.rules.cases.clocks import RED, light
from app.rules.cases.photos import HEAD, photo_kind
from app.rules.cases.public_reports import PUBLIC, STARS, STEPS, closing_words, public_trail, score_of
from app.rules.cases.trail import State, Step
from app.services.accounts import audit
from app.services.accounts.passwords import digest
from app.services.cases import attachments, cases, events, public_places
from app.services.cases.event_traces import first_route
from app.services.cases.events import Report
from app.services.lookup.lookup import AnswerRules
from app.services.lookup.lookup_index import Lookup
from app.store.cases import cases as cases_store
from app.store.cases import events as events_store
from app.store.cases import public_reports as store

LONGEST_TEXT = 2000
SHORTEST_KEY = 16  # a key is all that keeps one stranger's report from another's
PHOTOS_MOST = 3
PHOTO_BYTES = 6 * 1024 * 1024
NOTES_MOST = 20


def take(
    session: Session, caller: Caller, lookup: Lookup, report: Report, rules: AnswerRules, now: datetime, key: str
) -> tuple[dict[str, Any], bool]:
    """Take a report in, once for each key: what the resident is told with the code to follow it by, and whether it is
    new. Sent again it is the same event with one more code, because codes are not kept.

    Raises InputError without words or matter, and for a place that is not on the ground; Conflict for a key of another
    report.
    """
    _check(report, key)
    told = public_places.place(session, caller, lookup, report, rules, now)
    if not public_places.is_near(told):
        raise InputError("this place is not on the ground of this city")
    made, is_new = events.post(
        session, _worker(caller), lookup, replace(report, source=PUBLIC), rules, now, digest(key)
    )
    code = follow_codes.made_of([secrets.randbelow(32) for _ in range(follow_codes.SYMBOLS)])
    store.add_code(session, made["id"], digest(code))
    audit.record(session, caller, "give follow code", f"event/{made['id']}")
    shown = _describe(session, made["id"], now)
    return {"code": follow_codes.grouped(code), "alike": len(made["duplicates"]), **shown}, is_new


def follow(session: Session, code: str, now: datetime) -> dict[str, Any]:
    """What the holder of a code is told of the case. Raises NotFound."""
    return _describe(session, _event(session, code), now)


def add_photo(
    session: Session, caller: Caller, code: str, stream: BinaryIO, var_dir: Path, now: datetime
) -> dict[str, Any]:
    """Keep a photograph of an open case; the same bytes are kept once.

    Raises InputError for what is no photograph, TooLarge, and Conflict for one too many or a case that is over.
    """
    event_id = _event(session, code)
    cases_store.lock(session, event_id)
    if not cases.state_of(session, event_id).is_open:
        raise Conflict("the case is over: report anew what is not done")
    content = stream.read(PHOTO_BYTES + 1)
    if len(content) > PHOTO_BYTES:
        raise TooLarge(f"a photograph has at most {PHOTO_BYTES // 1024 // 1024} MiB", limit_bytes=PHOTO_BYTES)
    kind = photo_kind(content[:HEAD])
    if kind is None:
        raise InputError("this is no photograph: send JPEG, PNG or WebP")
    mine = [each for each in events_store.attachments(session, event_id) if each.created_by == PUBLIC]
    bare = attachments.bare_photo(io.BytesIO(content), "the photograph")
    if hashlib.sha256(bare.read()).hexdigest() not in {each.sha256 for each in mine}:
        if len(mine) >= PHOTOS_MOST:
            raise Conflict(f"a report takes {PHOTOS_MOST} photographs")
        bare.seek(0)
        attachments.add(
            session, _worker(caller), event_id, bare, var_dir, name=f"photo-{len(mine) + 1}.{kind.ending}",
            media_type=kind.media_type, moment="before",
        )  # fmt: skip
    return _describe(session, event_id, now)


def add_words(session: Session, caller: Caller, code: str, text: str, now: datetime) -> dict[str, Any]:
    """Something more to say about the case, as a note of its trail; the same words in a row are one note."""
    event_id, words = _event(session, code), _words(text)
    cases_store.lock(session, event_id)
    notes = [step for step in cases.trail(session, event_id) if step.action == "note" and step.actor == PUBLIC]
    if len(notes) >= NOTES_MOST:
        raise Conflict(f"a report takes {NOTES_MOST} remarks")
    if not notes or notes[-1].reason != words:
        _step(session, caller, event_id, Step("note", now, PUBLIC, reason=words))
    return _describe(session, event_id, now)


def evaluate(session: Session, caller: Caller, code: str, stars: int, text: str, now: datetime) -> dict[str, Any]:
    """One to five stars for a case that is done (综合评价), with words if there are any. Raises Refused while it is not
    done or has been evaluated."""
    if not 1 <= stars <= STARS:
        raise InputError(f"an evaluation has 1 to {STARS} stars")
    words = _words(text) if text.strip() else ""
    event_id = _event(session, code)
    _step(session, caller, event_id, Step("evaluate", now, PUBLIC, reason=words, score=score_of(stars)))
    return _describe(session, event_id, now)


def _check(report: Report, key: str) -> None:
    if len(key) < SHORTEST_KEY:
        raise InputError(f"an idempotency key of a report has at least {SHORTEST_KEY} characters; take a random UUID")
    if not report.text.strip() and not report.matter.strip():
        raise InputError("say what it is, in words or by its matter")
    if max(len(report.text), len(report.address)) > LONGEST_TEXT:
        raise InputError(f"a text has at most {LONGEST_TEXT:,} characters")


def _event(session: Session, code: str) -> int:
    found = store.event_of(session, digest(follow_codes.plain(code)))
    if found is None:
        raise NotFound("no report has this code: look whether it was typed as it was shown")
    return found


def _words(text: str) -> str:
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise InputError(f"say something, in at most {LONGEST_TEXT:,} characters")
    return text.strip()


def _worker(caller: Caller) -> Caller:
    """Everybody has no scope; a report goes the way of all reports, under the name `public`."""
    return replace(caller, scopes=frozenset({"events"}))


def _step(session: Session, caller: Caller, event_id: int, step: Step) -> None:
    cases.step(session, _worker(caller), event_id, step)
    audit.record(session, caller, step.action, f"event/{event_id}", after={"score": step.score})


def _describe(session: Session, event_id: int, now: datetime) -> dict[str, Any]:
    """The case for its resident: own words, step, deadlines, department; nobody of the staff."""
    event, case = events_store.get(session, event_id), cases_store.get(session, event_id)
    trail, state = cases.trail(session, event_id), cases.state_of(session, event_id)
    actions = cases.describe(case, state, now)["actions"]
    lon, lat = events_store.place(session, event_id)
    mine = [each for each in events_store.attachments(session, event_id) if each.created_by == PUBLIC]
    return {
        "number": event_id, "reported_at": event.reported_at, "lon": lon, "lat": lat, "text": event.text,
        "address": event.address, "matter": _matter(event, case),
        "grid": case.grid or None, **public_places.answering(session, case.holder or case.owner),
        "step": STEPS[case.stage], "suspended": case.suspended, "due_at": case.due_at,
        "late": state.is_open and light(state, case.warn_at, case.due_at, now) == RED,
        "closed_at": case.closed_at, "closing_words": closing_words(trail),
        "deadlines": [{name: due[name] for name in ("condition", "due_at", "met")} for due in case.dues],
        "trail": [asdict(step) for step in public_trail(trail)], "photos": len(mine),
        "joined": _joined(session, state), "may": _may(actions, state, len(mine)),
    }  # fmt: skip


def _matter(event: Event, case: Case) -> dict[str, Any] | None:
    if not event.matter:
        return None
    told = first_route(case.route).get("matter") or {}
    return {"code": event.matter, "name": told.get("name") if told.get("code") == event.matter else None}


def _joined(session: Session, state: State) -> dict[str, Any] | None:
    """Where the case stands that this one went into; its words are another's."""
    if state.merged_into is None:
        return None
    other = cases_store.get(session, state.merged_into)
    return {"step": STEPS[other.stage], "due_at": other.due_at, "closed_at": other.closed_at}


def _may(actions: list[str], state: State, photos: int) -> list[str]:
    """What the resident can do now: evaluate, add words, add a photograph."""
    photo = ["photo"] if state.is_open and photos < PHOTOS_MOST else []
    return [name for name in ("evaluate", "note") if name in actions] + photo
