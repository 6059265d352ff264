"""What a resident is told of a case: where it is in plain words, and what happened. Never who of the staff did it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.rules.cases.actions import (
    BEGINNING,
    CLOSING,
    COLLECTION,
    DISPATCH,
    EVALUATED,
    EVALUATION,
    FEEDBACK,
    FILING,
    HANDLING,
    MERGED,
    REJECTED,
)
from app.rules.cases.trail import Step

PUBLIC = "public"
"""Who acts where nobody has signed in."""
STEPS = {
    BEGINNING: "received", COLLECTION: "received", FILING: "accepted", DISPATCH: "passed_on", HANDLING: "at_work",
    FEEDBACK: "checking", CLOSING: "checking", EVALUATION: "done", EVALUATED: "done", REJECTED: "declined",
    MERGED: "joined",
}  # fmt: skip
"""Stage → what a resident is told; several stages that differ for the offices alone are one."""
TOLD = {
    "collect": "received", "file": "accepted", "reject": "declined", "merge": "joined", "dispatch": "passed_on",
    "forward": "passed_on", "move": "passed_on", "accept": "at_work", "approve_delay": "delayed",
    "approve_suspension": "paused", "resume": "resumed", "finish": "checking", "rework": "again", "close": "done",
    "reopen": "reopened", "evaluate": "evaluated", "note": "note",
}  # fmt: skip
"""Action → what happened, for residents; what is not here is between offices."""
TO_RESIDENTS = frozenset({"reject", "merge", "close"})
"""Actions whose words are written for whoever reported it; all other words of staff stay inside."""
NAMES_RECEIVER = frozenset({"dispatch", "forward", "move"})
STARS = 5


@dataclass(frozen=True)
class PublicStep:
    """`department`: whom it went to; `words`: to the resident, or the resident's own; `until`: of a delay."""

    what: str
    at: datetime
    department: str = ""
    words: str = ""
    until: datetime | None = None


def public_trail(trail: Sequence[Step]) -> list[PublicStep]:
    """The steps of a case that a resident is told of, oldest first."""
    told, asked_until = [], None
    for step in trail:
        if step.action == "request_delay":
            asked_until = step.until
        if step.action not in TOLD or (step.action == "note" and step.actor != PUBLIC):
            continue
        department = step.receiver if step.action in NAMES_RECEIVER else ""
        is_for_them = step.actor == PUBLIC or step.action in TO_RESIDENTS
        until = asked_until if step.action == "approve_delay" else None
        told.append(PublicStep(TOLD[step.action], step.at, department, step.reason if is_for_them else "", until))
    return told


def closing_words(trail: Sequence[Step]) -> str:
    """What the end of the case was told with: the last of closing, declining or joining; '' before."""
    ends = [step for step in trail if step.action in TO_RESIDENTS | {"reopen"}]
    return ends[-1].reason if ends and ends[-1].action != "reopen" else ""


def score_of(stars: int) -> float:
    """One to five stars as the score from 0 to 100 that an evaluation has."""
    return 100.0 * stars / STARS
