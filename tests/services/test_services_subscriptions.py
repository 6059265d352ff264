"""Webhooks on a real PostGIS to a real receiver: signed, tried again, dead, replayed; one message per thing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from receiver import Receiver, receiving
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import Conflict, Forbidden, InputError, NotFound, Unavailable
from app.rules.accounts.access import SCOPES, Caller
from app.rules.cases.deliveries import TRIES
from app.services.cases import deliveries, messages, subscriptions
from app.services.cases.deliveries import Outcome, Sender
from app.store.cases import subscriptions as store

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
ALL = Caller("cli:test", frozenset(SCOPES))
HERE = Sender("https://grid.example", local=True)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def subscribe(session: Session, receiver: Receiver, *types: str, department: str = "") -> dict[str, object]:
    return subscriptions.add(session, ALL, receiver.url, types or ("*",), department, local=True)


def tell(session: Session, number: int, type_: str = "case.due", *departments: str, minutes: int = 0) -> None:
    at = NOW + timedelta(minutes=minutes)
    messages.tell(session, type_, f"case-{number}-1", f"events/{number}", at, {"event": number}, departments)


def send(session: Session, subscription: object, now: datetime = NOW) -> list[Outcome]:
    assert isinstance(subscription, int)
    found = []
    while (outcome := deliveries.send_next(session, subscription, HERE, now)) is not None:
        found.append(outcome)
    return found


def test_a_message_is_signed_and_sent_once(session: Session, receiver: Receiver) -> None:
    made = subscribe(session, receiver)
    tell(session, 7)
    assert [outcome.answer for outcome in send(session, made["id"])] == [204]
    assert send(session, made["id"], NOW + timedelta(days=9)) == []
    ((headers, body),) = receiver.requests
    assert headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert headers["host"] == f"127.0.0.1:{receiver.server_address[1]}"
    key = base64.b64decode(str(made["secret"]).removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    told = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{told}"
    (event,) = receiver.bodies
    assert {"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data"} == event.keys()
    assert (event["id"], event["type"], event["data"]) == ("case-7-1", "onegrid.case.due", {"event": 7})


def test_who_wants_what(session: Session, receiver: Receiver) -> None:
    numbers = [
        subscribe(session, receiver, *types, department=department)["id"]
        for types, department in (
            (("*",), ""), (("case.*",), ""), (("case.due", "notice.*"), ""), (("notice.given",), ""),
            (("*",), "police"),
        )
    ]  # fmt: skip
    tell(session, 1, "case.due", "police", "water")
    tell(session, 2, "case.closed", "water")
    tell(session, 3, "notice.given")
    got = {
        number: [message.uid for _, message in store.deliveries(session, int(str(number)))][::-1] for number in numbers
    }
    assert list(got.values()) == [
        ["case-1-1", "case-2-1", "case-3-1"], ["case-1-1", "case-2-1"], ["case-1-1", "case-3-1"], ["case-3-1"],
        ["case-1-1"],
    ]  # fmt: skip


def test_one_thing_is_one_message(session: Session, receiver: Receiver) -> None:
    tell(session, 7)
    with pytest.raises(IntegrityError), session.begin_nested():
        tell(session, 7)


def test_failures_are_tried_again_later_then_dead_and_replayed(session: Session, receiver: Receiver) -> None:
    made = subscribe(session, receiver)
    number = int(str(made["id"]))
    tell(session, 7)
    receiver.answers = [500] * TRIES
    now, waits = NOW, []
    while store.due(session, now) == [number]:
        assert [outcome.answer for outcome in send(session, number, now)] == [500]
        (row,) = subscriptions.page(session, ALL, number)
        if row["next_at"] is None:
            break
        waits.append(row["next_at"] - now)
        now = row["next_at"]
    assert (row["status"], row["attempts"], row["problem"]) == ("dead", TRIES, "the receiver answered 500")
    assert waits[:3] == [timedelta(seconds=seconds) for seconds in (10, 40, 160)]
    assert subscriptions.every(session, ALL)[0]["deliveries"] == {"waiting": 0, "delivered": 0, "dead": 1}
    assert subscriptions.replay(session, ALL, number, now, dead=True) == 1
    assert [outcome.delivered for outcome in send(session, number, now)] == [True]
    assert set(receiver.ids) == {"case-7-1"}


def test_replay_from_a_moment_or_a_message_also_what_was_before_the_subscription(
    session: Session, receiver: Receiver
) -> None:
    for number in range(1, 5):
        tell(session, number, minutes=number)
    made = subscribe(session, receiver, "case.*")
    number = int(str(made["id"]))
    assert send(session, number) == []
    later = NOW + timedelta(hours=1)
    assert subscriptions.replay(session, ALL, number, later, since=NOW + timedelta(minutes=2)) == 3
    send(session, number, later)
    assert subscriptions.replay(session, ALL, number, later, from_id="case-4-1") == 1
    send(session, number, later)
    assert receiver.ids == ["case-2-1", "case-3-1", "case-4-1", "case-4-1"]
    (newest, *_) = subscriptions.page(session, ALL, number, "delivered")
    assert (newest["id"], newest["replays"]) == ("case-4-1", 1)
    with pytest.raises(NotFound):
        subscriptions.replay(session, ALL, number, later, from_id="case-9-1")
    for wrong in ({}, {"dead": True, "from_id": "case-4-1"}):
        with pytest.raises(InputError):
            subscriptions.replay(session, ALL, number, later, **wrong)  # type: ignore[arg-type]


def test_a_receiver_that_is_gone_ends_its_subscription(session: Session, receiver: Receiver) -> None:
    made = subscribe(session, receiver)
    number = int(str(made["id"]))
    tell(session, 1)
    tell(session, 2)
    receiver.answers = [410]
    send(session, number)
    assert len(receiver.requests) == 1
    assert "410" in subscriptions.get(session, ALL, number)["ended_why"]
    with pytest.raises(Conflict):
        subscriptions.end(session, ALL, number, NOW)
    with pytest.raises(Conflict):
        subscriptions.replay(session, ALL, number, NOW, dead=True)


def test_redirects_are_not_followed_and_what_does_not_answer_is_told(session: Session, receiver: Receiver) -> None:
    number = int(str(subscribe(session, receiver)["id"]))
    tell(session, 1)
    receiver.answers = [302]
    assert [outcome.delivered for outcome in send(session, number)] == [False]
    receiver.shutdown()
    receiver.server_close()
    (outcome,) = send(session, number, NOW + timedelta(hours=1))
    assert (outcome.answer, outcome.problem[:12]) == (None, "ConnectError")


def test_nothing_is_sent_to_this_machine_unless_a_setting_allows_it(session: Session, receiver: Receiver) -> None:
    """Also when the address was let in by a setting that is off by now, or its name means another machine now."""
    for url in (receiver.url, "http://localhost:1/", "http://[::1]:1/", "http://169.254.169.254/latest/meta-data"):
        with pytest.raises(InputError, match="nothing is sent to"):
            subscriptions.add(session, ALL, url)
    with pytest.raises(Unavailable):
        subscriptions.add(session, ALL, "http://no-such-host.invalid/")
    number = int(str(subscribe(session, receiver)["id"]))
    tell(session, 1)
    outcome = deliveries.send_next(session, number, Sender("x"), NOW)
    assert outcome is not None
    assert "this machine itself" in outcome.problem
    assert receiver.requests == []


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificates with openssl")
@pytest.mark.parametrize(("name", "answer"), [("localhost", 204), ("another.example", None)])
def test_the_certificate_is_checked_for_the_name_though_the_connection_goes_to_an_address(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, answer: int | None
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = (
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-keyout",
        key,
        "-out",
        certificate,
    )
    subject = ("-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}")
    subprocess.run([*map(str, made), *subject], check=True, capture_output=True)
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(certificate, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    deliveries._transport.cache_clear()
    with receiving(trust) as secure:
        port = secure.server_address[1]
        number = int(subscriptions.add(session, ALL, f"https://localhost:{port}/", local=True)["id"])
        tell(session, 1)
        (outcome,) = send(session, number)
    deliveries._transport.cache_clear()
    assert outcome.answer == answer
    assert answer is not None or "certificate" in outcome.problem


def test_subscriptions_are_for_administrators_and_their_secrets_for_nobody(
    session: Session, receiver: Receiver
) -> None:
    made = subscribe(session, receiver)
    secret = str(made["secret"])
    assert secret not in str(subscriptions.every(session, ALL))
    assert session.scalar(text("SELECT count(*) FROM audit WHERE after::text LIKE '%whsec%'")) == 0
    planner = Caller("user:planner", frozenset({"lookup", "plan", "events"}))
    with pytest.raises(Forbidden):
        subscriptions.add(session, planner, receiver.url)
    with pytest.raises(Forbidden):
        subscriptions.every(session, planner)
    number = int(str(made["id"]))
    subscriptions.end(session, ALL, number, NOW)
    tell(session, 1)
    assert send(session, number) == []


def signatures(secret: object, headers: dict[str, str], body: bytes) -> str:
    key = base64.b64decode(str(secret).removeprefix("whsec_"))
    said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    return f"v1,{base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()}"


def test_both_secrets_sign_until_the_old_one_is_over(session: Session, receiver: Receiver) -> None:
    made = subscribe(session, receiver)
    number = int(str(made["id"]))
    later = subscriptions.rotate(session, ALL, number, NOW, timedelta(hours=2))
    assert later["secret"] != made["secret"]
    assert later["old_secret_until"] == NOW + timedelta(hours=2)
    assert "secret" not in subscriptions.get(session, ALL, number)
    for case, hours in ((1, 1.9), (2, 2.0)):
        tell(session, case)
        send(session, number, NOW + timedelta(hours=hours))
    (both, one) = receiver.requests
    assert both[0]["webhook-signature"].split(" ") == [signatures(each["secret"], *both) for each in (later, made)]
    assert one[0]["webhook-signature"] == signatures(later["secret"], *one)


def test_a_secret_that_got_about_ends_at_once(session: Session, receiver: Receiver) -> None:
    made = subscribe(session, receiver)
    number = int(str(made["id"]))
    subscriptions.rotate(session, ALL, number, NOW, timedelta(hours=9))
    last = subscriptions.rotate(session, ALL, number, NOW, timedelta(0))
    tell(session, 1)
    send(session, number)
    ((headers, body),) = receiver.requests
    assert headers["webhook-signature"] == signatures(last["secret"], headers, body)
    with pytest.raises(InputError):
        subscriptions.rotate(session, ALL, number, NOW, timedelta(days=31))
    with pytest.raises(Forbidden):
        subscriptions.rotate(session, Caller("key:x", frozenset({"events"})), number, NOW, timedelta(0))
    subscriptions.end(session, ALL, number, NOW)
    with pytest.raises(Conflict):
        subscriptions.rotate(session, ALL, number, NOW, timedelta(0))


def test_a_receiver_that_asks_to_be_left_alone_is(session: Session, receiver: Receiver) -> None:
    made = subscribe(session, receiver)
    number = int(str(made["id"]))
    tell(session, 1)
    tell(session, 2)
    receiver.answers, receiver.retry_after = [503], "600"
    assert [outcome.answer for outcome in send(session, number)] == [503], "the second message is not tried"
    receiver.retry_after = None
    assert store.due(session, NOW + timedelta(seconds=599)) == []
    assert send(session, number, NOW + timedelta(seconds=599)) == []
    assert store.due(session, NOW + timedelta(seconds=600)) == [number]
    assert [outcome.answer for outcome in send(session, number, NOW + timedelta(seconds=600))] == [204, 204]
    assert receiver.ids == ["case-1-1", "case-1-1", "case-2-1"]


def test_another_failure_with_a_retry_after_holds_up_its_message_only(session: Session, receiver: Receiver) -> None:
    number = int(str(subscribe(session, receiver)["id"]))
    tell(session, 1)
    tell(session, 2)
    receiver.answers, receiver.retry_after = [500], "3600"
    assert [outcome.answer for outcome in send(session, number)] == [500, 204]
    waiting = subscriptions.page(session, ALL, number, "waiting")
    assert [(row["id"], row["next_at"]) for row in waiting] == [("case-1-1", NOW + timedelta(hours=1))]


def test_what_is_old_and_has_not_to_be_sent_is_forgotten(session: Session, receiver: Receiver) -> None:
    number = int(str(subscribe(session, receiver, "case.*")["id"]))
    ended = int(str(subscribe(session, receiver, "object.level")["id"]))
    tell(session, 1)
    send(session, number)
    tell(session, 2)  # waits
    tell(session, 3, "edition.published")  # nobody wants it
    tell(session, 4, "object.level")  # waits for one that has ended
    tell(session, 5, minutes=60 * 24)
    subscriptions.end(session, ALL, ended, NOW)
    subscriptions.rotate(session, ALL, number, NOW, timedelta(hours=1))
    now, keep = NOW + timedelta(days=90, hours=1), timedelta(days=90)
    assert subscriptions.prune(session, now, keep) == {"secrets": 1, "deliveries": 2, "messages": 3}
    assert set(session.scalars(text("SELECT uid FROM messages"))) == {"case-2-1", "case-5-1"}
    assert session.scalar(text("SELECT count(old_secret) FROM subscriptions")) == 0
    assert subscriptions.prune(session, now, keep) == {"secrets": 0, "deliveries": 0, "messages": 0}
    send(session, number, now)
    assert subscriptions.prune(session, now, keep)["messages"] == 1
