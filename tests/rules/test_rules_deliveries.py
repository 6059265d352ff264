"""Signatures against the example of Standard Webhooks, addresses against a list by hand, tries and types."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from app.errors import InputError
from app.rules.cases.deliveries import (
    LONGEST_WAIT,
    TRIES,
    address_problem,
    asked_wait,
    next_try,
    parse_target,
    sign,
)
from app.rules.cases.messages import OF_ACTION, TYPES, check_types, cloud_event, step_uid

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)


def test_the_signature_is_that_of_the_standards_example() -> None:
    """Secret, id, moment, body and signature as the reference libraries of Standard Webhooks test themselves with."""
    made = sign(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC), b'{"test": 2432232314}',
    )  # fmt: skip
    assert made == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    with pytest.raises(InputError):
        sign(["whsec_no base64!"], "x", NOW, b"")


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1", "0.0.0.0",
     "::", "169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "fe80::1%eth0", "224.0.0.1", "ff02::1",
     "255.255.255.255", "240.0.0.1"],
)  # fmt: skip
def test_addresses_that_nothing_is_sent_to(address: str) -> None:
    assert address_problem(address, local=False) is not None


@pytest.mark.parametrize("address", ["10.1.2.3", "192.168.0.9", "172.16.0.1", "93.184.216.34", "2606:2800:220:1::1"])
def test_addresses_of_receivers(address: str) -> None:
    assert address_problem(address, local=False) is None


def test_this_machine_where_a_setting_allows_it() -> None:
    assert address_problem("127.0.0.1", local=True) is None
    assert address_problem("fe80::1", local=True) is None
    assert address_problem("0.0.0.0", local=True) is not None


def test_targets_are_taken_apart() -> None:
    plain = parse_target("http://hooks.example:8080/a/b?c=d")
    assert (plain.host, plain.port, plain.netloc, plain.path) == (
        "hooks.example",
        8080,
        "hooks.example:8080",
        "/a/b?c=d",
    )
    assert (parse_target("https://[2001:db8::1]").netloc, parse_target("https://x.example").port) == (
        "[2001:db8::1]",
        443,
    )


@pytest.mark.parametrize(
    "url",
    ["ftp://x.example", "file:///etc/passwd", "http://", "x.example/hook", "http://user:word@x.example/",
     "http://x.example:99999/", "http://x.example/a b", "http://x.example/\r\nevil: 1", "http://[::1"],
)  # fmt: skip
def test_what_is_no_target(url: str) -> None:
    with pytest.raises(InputError):
        parse_target(url)


def test_waits_grow_fourfold_to_half_a_day_then_it_is_dead() -> None:
    waits = [made - NOW for attempts in range(1, TRIES) if (made := next_try(attempts, NOW))]
    assert waits[:4] == [timedelta(seconds=seconds) for seconds in (10, 40, 160, 640)]
    assert all(later == min(4 * sooner, LONGEST_WAIT) for sooner, later in pairwise(waits))
    assert next_try(TRIES, NOW) is None


def test_types_of_subscriptions() -> None:
    assert check_types(["case.overdue", "onegrid.case.overdue", "notice.*", "*"]) == ["case.overdue", "notice.*", "*"]
    for wrong in (["case.lost"], ["pigeons.*"], [], [" "]):
        with pytest.raises(InputError):
            check_types(wrong)
    assert set(OF_ACTION.values()) <= set(TYPES)


def test_a_cloud_event_has_what_the_standard_requires() -> None:
    made = cloud_event(step_uid(12, 3), "case.due", "events/12", NOW, {"event": 12}, "https://grid.example")
    assert {
        "specversion": "1.0",
        "id": "case-12-3",
        "source": "https://grid.example",
        "type": "onegrid.case.due",
    }.items() <= (made.items())
    assert made["time"] == "2026-11-20T03:00:00+00:00"


def test_two_secrets_make_two_signatures_each_as_alone() -> None:
    secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAAA"]
    alone = [sign([secret], "x", NOW, b"{}")["webhook-signature"] for secret in secrets]
    assert sign(secrets, "x", NOW, b"{}")["webhook-signature"].split(" ") == alone


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("120", 120), (" 7 ", 7), ("Fri, 20 Nov 2026 03:05:00 GMT", 300), ("99999999999", LONGEST_WAIT.total_seconds()),
     ("0", None), ("-5", None), ("Fri, 20 Nov 2026 02:00:00 GMT", None), ("soon", None), ("", None), (None, None),
     ("１２０", None), ("1.5", None)],
)  # fmt: skip
def test_what_a_retry_after_asks_for(said: str | None, seconds: float | None) -> None:
    wait = asked_wait(said, NOW)
    assert (wait.total_seconds() if wait else None) == seconds


def test_a_longer_wait_is_heeded_a_shorter_one_not() -> None:
    assert next_try(1, NOW, timedelta(minutes=5)) == NOW + timedelta(minutes=5)
    assert next_try(3, NOW, timedelta(seconds=1)) == next_try(3, NOW)
    assert next_try(1, NOW, timedelta(days=9)) == NOW + LONGEST_WAIT
    assert next_try(TRIES, NOW, timedelta(minutes=5)) is None
