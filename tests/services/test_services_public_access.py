"""How often everybody may ask: windows that slide, addresses that count as one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.errors import TooManyAttempts
from app.services.accounts import public_access
from app.services.accounts.public_access import count, household
from app.services.accounts.sign_in import WINDOW

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("origin", "counted"),
    [
        ("10.0.0.7", "10.0.0.7"),
        ("::ffff:10.0.0.7", "10.0.0.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_what_counts_as_one_address(origin: str, counted: str) -> None:
    assert household(origin) == counted


def test_the_window_slides(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(public_access.LIMITS, "report", 2)
    count(session, "10.0.0.7", "report", NOW)
    count(session, "10.0.0.7", "report", NOW + timedelta(minutes=5))
    with pytest.raises(TooManyAttempts) as caught:
        count(session, "10.0.0.7", "report", NOW + timedelta(minutes=6))
    assert caught.value.members["retry_after"] == 9 * 60
    count(session, "10.0.0.8", "report", NOW + timedelta(minutes=6))
    count(session, "10.0.0.7", "follow", NOW + timedelta(minutes=6))
    count(session, "10.0.0.7", "report", NOW + WINDOW)
    with pytest.raises(TooManyAttempts):
        count(session, "10.0.0.7", "report", NOW + WINDOW + timedelta(minutes=4))
