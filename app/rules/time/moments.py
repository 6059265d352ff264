"""Moments as people write them."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from app.errors import InputError

LOST_PLUS = re.compile(r" (\d\d:?\d\d)$")
SHORT_OFFSET = re.compile(r"(:\d\d(?:\.\d+)?[+-]\d\d)$")


def parse_moment(text: str, zone: str) -> datetime:
    """ISO 8601 or `2026/11/21 09:00`; a date alone is its first instant; without an offset it is local time in `zone`.

    An offset whose `+` a URL turned into a blank is understood. Raises InputError.
    """
    written = text.strip().replace("/", "-")
    if len(written) > 16:
        written = SHORT_OFFSET.sub(r"\1:00", LOST_PLUS.sub(r"+\1", written))
    try:
        moment = datetime.fromisoformat(written)
        return moment.astimezone(ZoneInfo(zone)) if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
    except (ValueError, OverflowError):
        raise InputError(f"{text!r} is not a moment: write 2026-11-21 or 2026-11-21T09:00:00+08:00") from None
