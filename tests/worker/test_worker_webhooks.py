"""kill -9 between a step and its webhook: of the process that took the step, and of the worker that was sending. A real
receiver counts: delivered once they are back, with one id."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from multiprocessing.process import BaseProcess

import pytest
from forked_worker import forked_worker
from receiver import Receiver, receiving
from sqlalchemy import Engine, text

from app import db, worker
from app.rules.accounts.access import SCOPES, Caller
from app.services.cases import subscriptions
from app.settings import Settings

ALL = Caller("cli:test", frozenset(SCOPES))
PATIENCE_S = 120
WATCH_S = 0.05
A_CASE = """
    WITH event AS (
        INSERT INTO events (source, sent_by, request_hash, at, given, uncertainty_m, geom)
        VALUES ('x', 'test', 'x', now(), '{}', 0, ST_SetSRID(ST_MakePoint(113, 22), 4326)) RETURNING id),
    kept AS (
        INSERT INTO cases (event_id, stage, routing, owner, route)
        SELECT id, 'collection', 'unowned', 'office', '{}' FROM event RETURNING event_id)
    INSERT INTO case_steps (event_id, number, action, at, actor, receiver, detail)
    SELECT event_id, 1, 'collect', now(), 'test', 'office', '{"verified": true}' FROM kept RETURNING event_id
"""
STEP_AND_DIE = """
import os, signal
from datetime import UTC, datetime
from app import db
from app.rules.accounts.access import SCOPES, Caller
from app.rules.cases.trail import Step
from app.services.cases import cases
with db.transaction() as session:
    caller = Caller("cli:test", frozenset(SCOPES))
    cases.step(session, caller, EVENT, Step("reject", datetime.now(UTC), caller.name, reason="nothing there"))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def engine_of(database: str) -> Iterator[Engine]:
    made = db.make_engine(database)
    yield made
    made.dispose()


def environment(database: str) -> dict[str, str]:
    return {**os.environ, "ONEGRID_DATABASE_URL": database, "ONEGRID_WEBHOOK_LOCAL": "true"}


def a_worker(database: str) -> AbstractContextManager[BaseProcess]:
    return forked_worker({"ONEGRID_DATABASE_URL": database, "ONEGRID_WEBHOOK_LOCAL": "true"})


def subscribed(engine: Engine, receiver: Receiver) -> tuple[int, int]:
    """A subscription to what happens to cases, and a case."""
    with db.transaction(engine) as session:
        event = session.execute(text(A_CASE)).scalar_one()
        made = subscriptions.add(session, ALL, receiver.url, ["case.*"], local=True)
    return int(made["id"]), int(event)


def statuses(engine: Engine) -> list[str]:
    with db.transaction(engine) as session:
        return list(session.scalars(text("SELECT status FROM deliveries ORDER BY id")))


def until_delivered(engine: Engine, process: BaseProcess) -> None:
    for _ in range(int(PATIENCE_S / WATCH_S)):
        if statuses(engine) == ["delivered"]:
            return
        process.join(WATCH_S)
        if process.exitcode is not None:
            pytest.fail(f"the worker ended with {process.exitcode}")
    pytest.fail("the message was not delivered")


@pytest.mark.timeout(300)
def test_killed_between_a_step_and_its_webhook(database: str, engine_of: Engine) -> None:
    """The process that takes the step dies as soon as it is committed; the worker that sends it dies before it hears
    the answer. The next worker delivers it, again under the one id that the step has."""
    with receiving() as receiver:
        _, event = subscribed(engine_of, receiver)
        script = STEP_AND_DIE.replace("EVENT", str(event))
        died = subprocess.run([sys.executable, "-c", script], env=environment(database), check=False)
        assert died.returncode == -signal.SIGKILL
        assert (statuses(engine_of), receiver.requests) == (["waiting"], [])
        receiver.free.clear()
        with a_worker(database) as process:
            assert receiver.came.acquire(timeout=PATIENCE_S), "the receiver has the message and does not answer yet"
            process.kill()
            process.join()
            assert process.exitcode == -signal.SIGKILL
        receiver.free.set()
        assert statuses(engine_of) == ["waiting"]
        with a_worker(database) as process:
            until_delivered(engine_of, process)
        assert receiver.ids == [f"case-{event}-2"] * 2, "sent twice, one event id: the receiver knows the second"
        assert receiver.bodies[0] == receiver.bodies[1]
        with db.transaction(engine_of) as session:
            assert session.scalar(text("SELECT count(*) FROM messages")) == 1


def test_a_round_by_hand_sends_each_message_once(engine_of: Engine) -> None:
    """As `onegrid subscriptions deliver` does; a failure ends the round, and nobody sends beside another."""
    with receiving() as receiver:
        number, event = subscribed(engine_of, receiver)
        how = worker.sender(Settings(webhook_local=True))
        with db.transaction(engine_of) as session:
            for step in range(2, 5):
                session.execute(
                    text("""WITH made AS (INSERT INTO messages (uid, type, subject, at, data)
                                          VALUES (:uid, 'case.due', 'x', now(), '{}') RETURNING id)
                            INSERT INTO deliveries (message_id, subscription_id, next_at)
                            SELECT id, :number, now() FROM made"""),
                    {"uid": f"case-{event}-{step}", "number": number},
                )
        with db.advisory_lock(worker.DELIVERY_LOCKS + number, engine_of) as got:
            assert got
            assert worker.deliver(engine_of, number, how) == {"delivered": 0, "failed": 0}
        receiver.answers = [204, 500]
        assert worker.waiting(engine_of) == [number]
        assert worker.deliver(engine_of, number, how) == {"delivered": 1, "failed": 1}
        assert worker.deliver(engine_of, number, how) == {"delivered": 1, "failed": 0}
        assert receiver.ids == [f"case-{event}-{step}" for step in (2, 3, 4)]
        assert sorted(statuses(engine_of)) == ["delivered", "delivered", "waiting"]
        assert worker.waiting(engine_of) == [], "what failed waits for its time"


def test_the_worker_forgets_old_messages_however_many(engine_of: Engine) -> None:
    """More than one transaction takes; what is young or waits stays."""
    with receiving() as receiver:
        number, _ = subscribed(engine_of, receiver)
        with db.transaction(engine_of) as session:
            session.execute(
                text("""INSERT INTO messages (uid, type, subject, at, data)
                        SELECT 'old-' || n, 'case.due', 'x', now() - interval '91 days', '{}'
                        FROM generate_series(1, 6000) n"""),
            )
            session.execute(
                text("""INSERT INTO messages (uid, type, subject, at, data)
                        VALUES ('young', 'case.due', 'x', now(), '{}')""")
            )
            session.execute(
                text("""INSERT INTO deliveries (message_id, subscription_id, next_at)
                        SELECT id, :number, now() FROM messages WHERE uid = 'old-1'"""), {"number": number},
            )  # fmt: skip
        assert worker.prune_messages(engine_of, timedelta(days=90)) == {"secrets": 0, "deliveries": 0, "messages": 5999}
        with db.transaction(engine_of) as session:
            assert set(session.scalars(text("SELECT uid FROM messages"))) == {"old-1", "young"}
