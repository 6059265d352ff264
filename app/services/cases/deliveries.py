"""Sending what waits: signed, to an address that was looked at, once more later when it fails."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import httpx
from pydantic_core import to_json
from sqlalchemy.orm import Session

from app.errors import InputError, Unavailable
from app.models.subscriptions import Delivery, Message, Subscription
from app.rules.cases.deliveries import (
    OVERLOADED,
    Target,
    address_problem,
    asked_wait,
    next_try,
    parse_target,
    sign,
)
from app.rules.cases.messages import cloud_event
from app.store.cases import subscriptions as store

MEDIA_TYPE = "application/cloudevents+json; charset=utf-8"
PATIENCE = httpx.Timeout(10.0, connect=5.0)
GONE = 410
LONGEST_PROBLEM = 300


@dataclass(frozen=True)
class Sender:
    """How this deployment sends: `source` names it in each message; `local`: to this machine and its link too."""

    source: str
    local: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of one try: the HTTP status if there was an answer, else what was in the way. `wait`: how long the
    receiver asked to be left alone."""

    answer: int | None
    problem: str = ""
    wait: timedelta | None = None

    @property
    def delivered(self) -> bool:
        return self.answer is not None and 200 <= self.answer < 300


def send_next(session: Session, subscription_id: int, sender: Sender, now: datetime) -> Outcome | None:
    """Try the first message that is due for a subscription and note what came of it; None when nothing is due.

    The delivery is locked while it is under way: a process that dies on it leaves it waiting, and it is sent again with
    the same id. Ten tries over some forty hours, then it is dead until it is replayed. A receiver that answers 410 Gone
    ends its subscription; one that answers 429 or 503 with a Retry-After is sent nothing until then.
    """
    found = store.take_next(session, subscription_id, now)
    if found is None:
        return None
    delivery, message, subscription = found
    outcome = _try(message, subscription, sender, now)
    _note(delivery, subscription, outcome, now)
    session.flush()
    return outcome


def resolve(url: str, *, local: bool) -> tuple[Target, list[str]]:
    """The target and its IP addresses. Every address that the name has is looked at, and the connection then goes to
    one of those returned: a name that changes its mind in between gains nothing.

    Raises InputError for a target that nothing is sent to, Unavailable for a name that is not known now.
    """
    target = parse_target(url)
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unavailable(f"{target.host} is not known: {error}") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    problems = [problem for address in addresses if (problem := address_problem(address, local=local))]
    if problems:
        raise InputError(f"nothing is sent to {target.host}: {problems[0]}")
    return target, addresses


def _try(message: Message, subscription: Subscription, sender: Sender, now: datetime) -> Outcome:
    body = to_json(cloud_event(
        message.uid, message.type, message.subject, message.at, message.data, sender.source
    ))  # fmt: skip
    try:
        target, addresses = resolve(subscription.url, local=sender.local)
        headers = {"host": target.netloc, "content-type": MEDIA_TYPE, "user-agent": "OneGrid"}
        headers |= sign(_secrets(subscription, now), message.uid, now, body)
        answer, retry_after = _post(target, addresses, body, headers)
        return Outcome(answer, wait=asked_wait(retry_after, now))
    except (InputError, Unavailable) as error:
        return Outcome(None, error.detail[:LONGEST_PROBLEM])
    except httpx.HTTPError as error:
        return Outcome(None, f"{type(error).__name__}: {error}"[:LONGEST_PROBLEM])


def _secrets(subscription: Subscription, now: datetime) -> list[str]:
    """The secret, and the one before it while both hold."""
    until = subscription.old_secret_until
    old = subscription.old_secret if until is not None and now < until else None
    return [subscription.secret, *([old] if old else [])]


def _post(target: Target, addresses: list[str], body: bytes, headers: dict[str, str]) -> tuple[int, str | None]:
    """The status of the answer and its Retry-After, of which nothing else is read, by the first address that takes a
    connection. The certificate is checked for the name, not the number."""
    extensions: dict[str, Any] = {"sni_hostname": target.host, "timeout": PATIENCE.as_dict()}
    for number, address in enumerate(addresses, 1):
        host = f"[{address}]" if ":" in address else address
        url = f"{target.scheme}://{host}:{target.port}{target.path}"
        request = httpx.Request("POST", url, content=body, headers=headers, extensions=extensions)
        try:
            answer = _transport().handle_request(request)
        except httpx.ConnectError:
            if number < len(addresses):
                continue
            raise
        answer.close()
        return answer.status_code, answer.headers.get("retry-after")
    raise Unavailable(f"{target.host} has no address")


@cache
def _transport() -> httpx.HTTPTransport:
    """Bare: no redirects, no cookies, no proxies. No connection is used twice: they are kept by address, and two names
    at one address are two receivers. Certificates of the machine's own authorities count beside the public ones."""
    trust = httpx.create_ssl_context(trust_env=False)
    trust.load_default_certs()
    return httpx.HTTPTransport(verify=trust, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))


def _note(delivery: Delivery, subscription: Subscription, outcome: Outcome, now: datetime) -> None:
    delivery.attempts += 1
    delivery.answer, delivery.problem = outcome.answer, outcome.problem
    if outcome.delivered:
        delivery.status, delivery.next_at, delivery.delivered_at = store.DELIVERED, None, now
        return
    delivery.next_at = next_try(delivery.attempts, now, outcome.wait)
    if outcome.wait is not None and outcome.answer in OVERLOADED:
        subscription.held_until = now + outcome.wait
    if outcome.answer is not None:
        delivery.problem = f"the receiver answered {outcome.answer}"
    if outcome.answer == GONE:
        subscription.ended_at, subscription.ended_why = now, "the receiver answered 410 Gone"
    if delivery.next_at is None or outcome.answer == GONE:
        delivery.status, delivery.next_at = store.DEAD, None
