"""Time limits as lists write them: several conditions, each with an amount and a unit.

| unit | written | counts |
|---|---|---|
| urgent_hours | 紧急工作时 | runs on through nights and holidays |
| working_hours | 工作时, 工作小时 | only within the department's working hours |
| working_days | 工作日 | whole days on which the department works |
| minutes, hours | 分钟, 小时 | runs on |
| days | 日, 天 | calendar days, holidays counted |

The clock that counts them, and how it takes the first and the last day, is in `rules/working_time.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.errors import InputError

UNITS = {
    "紧急工作时": "urgent_hours",
    "紧急小时": "urgent_hours",
    "工作小时": "working_hours",
    "工作时": "working_hours",
    "工作日": "working_days",
    "工作天": "working_days",
    "分钟": "minutes",
    "小时": "hours",
    "日": "days",
    "天": "days",
    "urgent hours": "urgent_hours",
    "urgent_hours": "urgent_hours",
    "working hours": "working_hours",
    "working_hours": "working_hours",
    "working days": "working_days",
    "working_days": "working_days",
    "minutes": "minutes",
    "hours": "hours",
    "days": "days",
}
NAMES = {  # as limits are written back
    "urgent_hours": "紧急工作时",
    "working_hours": "工作时",
    "working_days": "工作日",
    "minutes": "分钟",
    "hours": "小时",
    "days": "日",
}
_UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
_LIMIT = re.compile(rf"^(?P<condition>.*?)\s*(?P<amount>\d+(?:\.\d+)?)\s*(?P<unit>{_UNIT})$", re.IGNORECASE | re.DOTALL)
_PARTS = re.compile(r"[;；\n]")
MOST = 100_000


@dataclass(frozen=True)
class Limit:
    """`amount` of `unit` to meet `condition` ('' is the matter itself)."""

    amount: float
    unit: str
    condition: str = ""

    def __str__(self) -> str:
        amount = f"{self.amount:.10g} {NAMES[self.unit]}"
        return f"{self.condition} {amount}" if self.condition else amount


def parse_limits(text: str, unit: str = "") -> tuple[Limit, ...]:
    """`4 工作时`, or `停工 4 工作时; 处罚 7 日; 拆除 20 日`; a bare number takes `unit`. '' is no limit.

    Raises InputError for a unit that is not known, and for an amount that is not more than 0.
    """
    return tuple(_limit(part.strip(), unit.strip()) for part in _PARTS.split(text) if part.strip())


def write_limits(limits: Sequence[Limit]) -> str:
    """The limits as `parse_limits` reads them."""
    return "; ".join(str(limit) for limit in limits)


def main_limit(limits: Sequence[Limit]) -> Limit | None:
    """The limit of the matter itself, else the first of its conditions."""
    plain = next((limit for limit in limits if not limit.condition), None)
    return plain or next(iter(limits), None)


def _limit(part: str, unit: str) -> Limit:
    found = _LIMIT.match(part) or (_LIMIT.match(f"{part} {unit}") if unit else None)
    if found is None:
        raise InputError(f"{part!r} is not a limit: an amount and a unit, one of {', '.join(NAMES.values())}")
    amount = float(found["amount"])
    if not 0 < amount <= MOST:
        raise InputError(f"{part!r}: a limit is more than 0 and at most {MOST:,}")
    return Limit(amount, UNITS[found["unit"].lower()], found["condition"].strip(" ：:,，"))
