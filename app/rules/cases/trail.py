"""What a trail is made of, and the state that it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.rules.cases.actions import OPEN


@dataclass(frozen=True)
class Step:
    """One entry of the trail. `detail`: facts of the action beside the fields: `passed` of verify and check, `grid` and
    `edition` of collect and move, `into` of merge, `level` of escalate, `exclude`
    and `appeal` of adjust, whose `until` is a corrected deadline: they change what scores count, not the state."""

    action: str
    at: datetime
    actor: str
    receiver: str = ""
    reason: str = ""
    until: datetime | None = None
    score: float | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    attachments: tuple[int, ...] = ()


def condition_of(step: Step) -> str:
    """Of which time limit a step speaks; '' is that of the matter itself."""
    return str(step.detail.get("condition") or "")


@dataclass(frozen=True)
class Whistle:
    """A department that the grid whistled for (吹哨报到), until when it has to arrive, when it answered and arrived,
    where (WGS 84), and the whistler's score."""

    department: str
    called_at: datetime
    answered_at: datetime | None = None
    arrived_at: datetime | None = None
    score: float | None = None
    answer_by: datetime | None = None
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True)
class State:
    """What the trail says so far.

    `owner`: who is responsible for the place and matter. `holders`: who was given the case, the last has it now.
    `returned_by`: who sent it back since it was opened. `passed`: the check after the work, None before there was one.
    `pauses`: suspensions; the last has no end while it lasts. `met`, `warned_of`, `overdue_of`: conditions of time
    limits ('' is the matter itself) that are met, that the clock warned of, that it said were overdue.
    """

    stage: str = ""
    owner: str = ""
    grid: str = ""
    edition: int | None = None
    holders: tuple[str, ...] = ()
    verified: bool = False
    passed: bool | None = None
    review_due: bool = False
    returned_by: tuple[str, ...] = ()
    dispatched_at: datetime | None = None
    delay_wanted: datetime | None = None
    delay_asked_by: str = ""
    delayed_to: datetime | None = None
    suspension_asked_by: str = ""
    pauses: tuple[tuple[datetime, datetime | None], ...] = ()
    reworks: int = 0
    level: int = 0
    met: tuple[str, ...] = ()
    warned_of: tuple[str, ...] = ()
    overdue_of: tuple[str, ...] = ()
    keeps_owner: bool = False
    merged_into: int | None = None
    finished_at: datetime | None = None
    closed_at: datetime | None = None
    score: float | None = None
    whistles: tuple[Whistle, ...] = ()
    last_at: datetime | None = None
    steps: int = 0

    @property
    def holder(self) -> str:
        """Who has to act; '' is the centre."""
        return self.holders[-1] if self.holders else ""

    @property
    def overdue(self) -> bool:
        """Whether the clock said so of any time limit."""
        return bool(self.overdue_of)

    @property
    def is_open(self) -> bool:
        return self.stage in OPEN

    @property
    def is_suspended(self) -> bool:
        return bool(self.pauses) and self.pauses[-1][1] is None

    def whistle_for(self, department: str) -> Whistle | None:
        """The last call for a department."""
        return next((each for each in reversed(self.whistles) if each.department == department), None)
