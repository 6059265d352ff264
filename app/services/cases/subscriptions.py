"""Subscriptions to webhooks: made, ended, looked at, and sent again what they missed."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.errors import Conflict, InputError
from app.models.subscriptions import Delivery, Message, Subscription
from app.rules.accounts.access import Caller
from app.rules.cases.deliveries import SECRET_PREFIX
from app.rules.cases.messages import EVERYTHING, PREFIX, TEST, check_types
from app.services.accounts import audit
from app.services.cases import deliveries
from app.store.cases import messages as messages_store
from app.store.cases import subscriptions as store

SECRET_BYTES = 32
LONGEST_OVERLAP = timedelta(days=30)
ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


def add(
    session: Session, caller: Caller, url: str, types: Sequence[str] = (EVERYTHING,), department: str = "", *,
    local: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """A new subscription with its secret, which no later answer shows. Raises InputError for an address that nothing
    is sent to. `local`: this machine may be told too."""
    caller.require("admin")
    deliveries.resolve(url, local=local)
    secret = _new_secret()
    made = store.add(session, Subscription(
        url=url.strip(), types=check_types(types), department=department.strip(), secret=secret,
        created_by=caller.name,
    ))  # fmt: skip
    session.refresh(made)
    audit.record(session, caller, "add", f"subscription/{made.id}", after=describe(made))
    return {**describe(made), "secret": secret}


def end(session: Session, caller: Caller, subscription_id: int, now: datetime) -> None:
    """Nothing is sent to it any more; what was sent stays on record."""
    caller.require("admin")
    found = store.get(session, subscription_id)
    if found.ended_at is not None:
        raise Conflict(f"subscription {subscription_id} has ended already")
    found.ended_at, found.ended_why = now, f"ended by {caller.name}"
    session.flush()
    audit.record(session, caller, "end", f"subscription/{subscription_id}")


def rotate(
    session: Session, caller: Caller, subscription_id: int, now: datetime, overlap: timedelta
) -> dict[str, Any]:  # fmt: skip
    """A new secret, which no later answer shows. For the time of `overlap` what is sent is signed with the old one as
    well; one that was old before ends at once. Raises Conflict for a subscription that has ended."""
    caller.require("admin")
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise InputError(f"both secrets hold for 0 to {LONGEST_OVERLAP.days} days")
    found = store.get(session, subscription_id)
    if found.ended_at is not None:
        raise Conflict(f"subscription {subscription_id} has ended")
    found.old_secret, found.old_secret_until = (found.secret, now + overlap) if overlap else (None, None)
    found.secret = _new_secret()
    session.flush()
    told = {"old_secret_until": found.old_secret_until}
    audit.record(session, caller, "rotate secret", f"subscription/{subscription_id}", after=told)
    return {**describe(found), "secret": found.secret}


def prune(session: Session, now: datetime, keep: timedelta) -> dict[str, int]:
    """Forget, at most some thousand at a time, messages older than `keep` and their deliveries, but for what still
    waits for a receiver; and old secrets that hold no more."""
    return {"secrets": store.forget_old_secrets(session, now), **messages_store.prune(session, now - keep)}


def every(session: Session, caller: Caller) -> list[dict[str, Any]]:
    """All subscriptions with the number of their deliveries by status."""
    caller.require("admin")
    counted = store.counts(session)
    return [{**describe(row), "deliveries": _counts(counted.get(row.id, {}))} for row in store.every(session)]


def get(session: Session, caller: Caller, subscription_id: int) -> dict[str, Any]:
    caller.require("admin")
    counted = store.counts(session).get(subscription_id, {})
    return {**describe(store.get(session, subscription_id)), "deliveries": _counts(counted)}


def page(
    session: Session, caller: Caller, subscription_id: int, status: str | None = None, *, limit: int = 100,
    before: int | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Deliveries of a subscription, the newest first; of one status, such as `dead`."""
    caller.require("admin")
    store.get(session, subscription_id)
    if status is not None and status not in store.STATUSES:
        raise InputError(f"no status {status!r}: {', '.join(store.STATUSES)}")
    found = store.deliveries(session, subscription_id, status, limit=limit, before=before)
    return [_delivery(delivery, message) for delivery, message in found]


def replay(
    session: Session, caller: Caller, subscription_id: int, now: datetime, *, since: datetime | None = None,
    from_id: str | None = None, dead: bool = False,
) -> int:  # fmt: skip
    """Send again, with the ids that they had: from a moment on, from a message on, or those that are dead. Returns how
    many. Raises NotFound for a message that there is not."""
    caller.require("admin")
    found = store.get(session, subscription_id)
    if found.ended_at is not None:
        raise Conflict(f"subscription {subscription_id} has ended")
    if [since is not None, from_id is not None, dead].count(True) != 1:
        raise InputError("say from which moment, or from which message, or that the dead ones are to be sent again")
    if dead:
        sent = messages_store.send_dead_again(session, subscription_id, now)
    else:
        first = messages_store.by_uid(session, from_id).id if from_id is not None else 0
        sent = messages_store.send_again(session, subscription_id, now, since=since or ALWAYS, first=first)
    told = {"since": since, "from": from_id, "dead": dead, "messages": sent}
    audit.record(session, caller, "replay", f"subscription/{subscription_id}", after=told)
    return sent


def test(session: Session, caller: Caller, subscription_id: int, now: datetime) -> dict[str, Any]:
    """Send it a message that says nothing, so that a receiver can be tried; answers with the message's id. Raises
    Conflict for one that has ended."""
    caller.require("admin")
    found = store.get(session, subscription_id)
    if found.ended_at is not None:
        raise Conflict(f"subscription {subscription_id} has ended")
    uid = f"test-{subscription_id}-{int(now.timestamp() * 1000)}"
    row = {"uid": uid, "type": TEST, "subject": f"subscriptions/{subscription_id}", "at": now, "departments": []}
    messages_store.add_to_one(session, {**row, "data": {"subscription": subscription_id}}, subscription_id)
    audit.record(session, caller, "test", f"subscription/{subscription_id}", after={"message": uid})
    return {"id": uid}


def describe(row: Subscription) -> dict[str, Any]:
    names = ("id", "url", "types", "department", "created_by", "created_at", "ended_at", "ended_why",
             "old_secret_until", "held_until")  # fmt: skip
    return {name: getattr(row, name) for name in names}


def _new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _counts(found: dict[str, int]) -> dict[str, int]:
    return {status: found.get(status, 0) for status in store.STATUSES}


def _delivery(delivery: Delivery, message: Message) -> dict[str, Any]:
    names = ("status", "attempts", "replays", "next_at", "answer", "problem", "delivered_at")
    told = {"number": delivery.id, "id": message.uid, "type": PREFIX + message.type, "subject": message.subject}
    return {**told, "at": message.at, **{name: getattr(delivery, name) for name in names}}
