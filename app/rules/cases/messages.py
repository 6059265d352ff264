"""What subscribers are told: which step makes which message, whom it concerns, and the CloudEvent that it becomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from app.errors import InputError

PREFIX = "onegrid."
OF_ACTION = {
    "collect": "case.created",
    "dispatch": "case.routed",
    "forward": "case.routed",
    "return": "case.routed",
    "move": "case.routed",
    "warn": "case.due",
    "overdue": "case.overdue",
    "escalate": "case.escalated",
    "close": "case.closed",
    "reject": "case.closed",
    "merge": "case.closed",
    "reopen": "case.reopened",
    "whistle": "case.whistled",
}
"""Steps that are told; the others are in the trail alone."""
TYPES = tuple(
    dict.fromkeys(
        (*OF_ACTION.values(), "edition.published", "notice.given", "notice.objected", "notice.answered",
         "notice.withdrawn", "object.level")
    )
)  # fmt: skip
EVERYTHING = "*"
TEST = "subscription.test"
"""Sent when somebody asks for it, to one subscription, whatever it wants; no replay sends it to others."""


def check_types(wanted: Iterable[str]) -> list[str]:
    """Types of a subscription: one of TYPES, all of a noun (`case.*`), or `*`. Raises InputError."""
    found = list(dict.fromkeys(each.strip().removeprefix(PREFIX) for each in wanted if each.strip()))
    nouns = {f"{each.partition('.')[0]}.*" for each in TYPES}
    strangers = [each for each in found if each not in TYPES and each not in nouns and each != EVERYTHING]
    if strangers or not found:
        known = ", ".join((*TYPES, *sorted(nouns), EVERYTHING))
        raise InputError(f"no type {strangers[0] if strangers else '(none given)'!r}; there are: {known}")
    return found


def step_uid(event: int, number: int) -> str:
    """The id of the one message of a step, told from the step: however often it is sent, it is the same."""
    return f"case-{event}-{number}"


def cloud_event(
    uid: str, type_: str, subject: str, at: datetime, data: Mapping[str, Any], source: str
) -> dict[str, Any]:
    """A CloudEvent 1.0 in structured form. `at` has a zone."""
    return {
        "specversion": "1.0",
        "id": uid,
        "source": source,
        "type": PREFIX + type_,
        "subject": subject,
        "time": at.isoformat(),
        "datacontenttype": "application/json",
        "data": dict(data),
    }
