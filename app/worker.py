"""Takes runs off the queue and executes them, each in one transaction, under the run's advisory lock. Beside them, in
a queue of its own so that no long run holds it up: the clock of cases, webhooks, the levels of regulated objects. The
scores of periods that have ended, and tiles of editions that have none, wait with the runs.

A worker killed mid-run loses its connections: PostgreSQL rolls the transaction back and lets go of the lock, the
run still says `running`, and the next sweep finds it abandoned and queues it again.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import procrastinate
import structlog
from procrastinate.exceptions import AlreadyEnqueued
from shapely.errors import GEOSException
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError, OperationalError

from app import db, logs
from app.errors import Cancelled, OneGridError
from app.rules.accounts.access import Caller
from app.services import runs
from app.services.accounts import sign_in
from app.services.cases import cases, deliveries, objects, subscriptions
from app.services.cases.deliveries import Sender
from app.services.networks import tiles
from app.services.progress import Progress
from app.services.scores import scores
from app.settings import Settings, get_settings
from app.store import runs as store
from app.store.cases import subscriptions as subscriptions_store

ATTEMPTS_MAX = 5
EXECUTE = "execute"
ATTACHED = "--attached"
SWEEP_CRON = "* * * * * */15"  # every 15 seconds
CLOCK_CRON = "* * * * *"  # every minute
WEBHOOKS_CRON = "* * * * * */5"  # every 5 seconds
OBJECTS_CRON = "*/10 * * * *"  # every 10 minutes
SCORES_CRON = "*/15 * * * *"  # every quarter of an hour: midnight is at another hour in every zone
TILES_CRON = "* * * * *"
PRUNE_CRON = "17 * * * *"  # every hour
RUNS, CLOCK = "default", "clock"
CLOCK_CONCURRENCY = 4
DELIVER = "deliver"
DELIVERY_LOCKS = 0x5748 << 32  # "WH": apart from the locks of runs
SENT_AT_ONCE = 200  # messages that one job sends before it makes room for others

log = structlog.get_logger("onegrid.worker")


def execute_job(run_id: int) -> None:
    execute(db.get_engine(), run_id)


def sweep_job(timestamp: int) -> None:
    sweep(db.get_engine())


def clock_job(timestamp: int) -> None:
    clock(db.get_engine())


def objects_job(timestamp: int) -> None:
    assess(db.get_engine())


def scores_job(timestamp: int) -> None:
    tell_scores(db.get_engine(), get_settings().time_zone)


def tiles_job(timestamp: int) -> None:
    draw_tiles(db.get_engine())


def prune_job(timestamp: int) -> None:
    with db.transaction() as session:
        sign_in.prune(session, datetime.now(UTC))
    prune_messages(db.get_engine(), timedelta(days=get_settings().webhook_keep_days))


def webhooks_job(timestamp: int) -> None:
    webhooks(db.get_engine())


def deliver_job(subscription_id: int) -> None:
    deliver(db.get_engine(), subscription_id, sender(get_settings()))


def make_queue(url: str) -> procrastinate.App:
    """The queue on the database at `url`, with what a worker does."""
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=_conninfo(url)))
    app.task(name=EXECUTE)(execute_job)
    app.task(name=DELIVER, queue=CLOCK)(deliver_job)
    for name, cron, job in (
        ("sweep", SWEEP_CRON, sweep_job),
        ("case-clock", CLOCK_CRON, clock_job),
        ("webhooks", WEBHOOKS_CRON, webhooks_job),
        ("objects", OBJECTS_CRON, objects_job),
        ("prune", PRUNE_CRON, prune_job),
    ):
        app.periodic(cron=cron)(app.task(name=name, queue=CLOCK, queueing_lock=name)(job))
    for name, cron, job in (("scores", SCORES_CRON, scores_job), ("tiles", TILES_CRON, tiles_job)):
        app.periodic(cron=cron)(app.task(name=name, queue=RUNS, queueing_lock=name)(job))
    return app


def enqueue(url: str, run_ids: list[int]) -> None:
    """Have a worker execute these runs; a run that already waits is not queued twice."""
    with procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=_conninfo(url))).open() as app:
        for run_id in run_ids:
            try:
                app.configure_task(EXECUTE, queueing_lock=f"run-{run_id}").defer(run_id=run_id)
            except AlreadyEnqueued:
                log.debug("already queued", run=run_id)


def _conninfo(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def sweep(engine: Engine) -> list[int]:
    """Queue every run that waits or whose worker died; returns their ids."""
    with db.transaction(engine) as session:
        found = store.abandoned(session)
    if found:
        enqueue(engine.url.render_as_string(hide_password=False), found)
    return found


def clock(engine: Engine) -> dict[str, int]:
    """Let the clock of cases say what is due now, some hundred cases in a transaction; returns how much it said."""
    told: Counter[str] = Counter()
    while True:
        with db.transaction(engine) as session:
            said = cases.tick(session, datetime.now(UTC))
        told.update(said)
        if not any(said.values()):
            return dict(told)


def tell_scores(engine: Engine, zone: str) -> dict[str, int]:
    """Compute the scores of ended periods that have none yet, each in a transaction; returns how many units each has.
    A period that cannot be told (a deadline in a year that nobody knows) is left for the next look, and logged."""
    now, told = datetime.now(UTC), {}
    with db.transaction(engine) as session:
        names = scores.due(session, now, zone)
    for name in names:
        try:
            with db.transaction(engine) as session:
                told[name] = scores.compute(session, scores.WORKER, scores.Order(name, zone), now)["units"]
        except OneGridError as error:
            log.warning("scores not told", period=name, detail=error.detail)
    return told


def draw_tiles(engine: Engine) -> list[int]:
    """Make outlines and crowded tiles of the editions that have none, published before there were any or by a release
    that drew them otherwise, each in a transaction; returns their ids. One whose shapes GEOS cannot simplify is left
    as it is, and logged."""
    drawn = []
    with db.transaction(engine) as session:
        waiting = tiles.undrawn(session)
    for edition in waiting:
        try:
            with db.transaction(engine) as session:
                drawn += [edition] if tiles.draw(session, edition) else []
        except GEOSException as error:
            log.warning("tiles not drawn", edition=edition, detail=str(error))
    if drawn:
        log.info("tiles drawn", editions=drawn)
    return drawn


def assess(engine: Engine) -> int:
    """Bring the levels of regulated objects up to now, some hundred in a transaction; returns how many changed."""
    changed = 0
    while True:
        with db.transaction(engine) as session:
            looked, moved = objects.assess(session, datetime.now(UTC))
        changed += moved
        if not looked:
            return changed


def sender(settings: Settings) -> Sender:
    """How this deployment sends webhooks."""
    return Sender(settings.address, settings.webhook_local)


def waiting(engine: Engine) -> list[int]:
    """Subscriptions that something is to be sent to now."""
    with db.transaction(engine) as session:
        return subscriptions_store.due(session, datetime.now(UTC))


def webhooks(engine: Engine) -> list[int]:
    """Queue a job for each subscription that something waits for; returns their numbers."""
    due = waiting(engine)
    if due:
        url = engine.url.render_as_string(hide_password=False)
        with procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=_conninfo(url))).open() as app:
            for number in due:
                with suppress(AlreadyEnqueued):
                    job = app.configure_task(DELIVER, queue=CLOCK, queueing_lock=f"deliver-{number}")
                    job.defer(subscription_id=number)
    return due


def deliver(engine: Engine, subscription_id: int, how: Sender) -> Counter[str]:
    """Send what is due for a subscription, a message in a transaction, until one fails: the others would fail as well,
    and wait for the next round. Returns how many were delivered and how many failed; nothing while another process
    sends to the same receiver, whose lock PostgreSQL lets go of should it die."""
    told: Counter[str] = Counter(delivered=0, failed=0)
    with db.advisory_lock(DELIVERY_LOCKS + subscription_id, engine) as got:
        for _ in range(SENT_AT_ONCE if got else 0):
            with db.transaction(engine) as session:
                outcome = deliveries.send_next(session, subscription_id, how, datetime.now(UTC))
            if outcome is None:
                break
            told["delivered" if outcome.delivered else "failed"] += 1
            if not outcome.delivered:
                log.info("webhook failed", subscription=subscription_id, answer=outcome.answer, problem=outcome.problem)
                break
    return told


def prune_messages(engine: Engine, keep: timedelta) -> dict[str, int]:
    """Forget messages to webhooks older than `keep` with their deliveries, some thousand in a transaction; returns how
    many there were."""
    told: Counter[str] = Counter()
    while True:
        with db.transaction(engine) as session:
            gone = subscriptions.prune(session, datetime.now(UTC), keep)
        told.update(gone)
        if not any(gone.values()):
            return dict(told)


def run_now(engine: Engine, caller: Caller, kind: str, parameters: dict[str, Any], watch: Progress) -> dict[str, Any]:
    """Record a run and execute it in this process (the command line); returns its outcome, raises its error."""
    with db.transaction(engine) as session:
        run_id = runs.request(session, caller, kind, parameters).id
    error = execute(engine, run_id, watch)
    if error is not None:
        raise error
    with db.transaction(engine) as session:
        return {"run": run_id, **store.get(session, run_id).outcome}


def execute(engine: Engine, run_id: int, watch: Progress | None = None) -> Exception | None:
    """Execute one run if it has not ended and nobody else does; returns the error it failed with.

    A lost database is no failure of the run: the error passes through and the run is taken up again.
    """
    with db.advisory_lock(store.LOCK_SPACE + run_id, engine) as got:
        if not got or not _begin(engine, run_id):
            return None
        try:
            _work(engine, run_id, watch)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # noqa: BLE001  whatever the step raised belongs in the record of the run
            _fail(engine, run_id, error)
            return error
    return None


def _begin(engine: Engine, run_id: int) -> bool:
    now = datetime.now(UTC)
    with db.transaction(engine) as session:
        run = store.get(session, run_id)
        if run.status in store.ENDED:
            return False
        if run.cancel_requested:
            store.end(session, run, store.CANCELLED, now)
            return False
        if run.attempts >= ATTEMPTS_MAX:
            detail = f"given up: {run.attempts} workers died while executing it"
            store.end(session, run, store.FAILED, now, error={"title": "Given up", "detail": detail})
            return False
        store.begin(session, run, now)
    return True


def _work(engine: Engine, run_id: int, watch: Progress | None) -> None:
    with db.transaction(engine) as session:
        run = store.get(session, run_id)
        step = runs.step(run.kind)
        outcome = step(session, runs.owner(run), run.parameters, _progress(engine, run_id, watch))
        session.refresh(run)
        store.end(session, run, store.SUCCEEDED, datetime.now(UTC), outcome=outcome)
    log.info("run succeeded", run=run_id)


def _progress(engine: Engine, run_id: int, watch: Progress | None) -> Progress:
    def report(fraction: float, message: str) -> None:
        with db.transaction(engine) as session:  # its own transaction: seen while the run's is still open
            cancelled = store.note_progress(session, run_id, fraction, message)
        if cancelled:
            raise Cancelled(f"run {run_id} was cancelled")
        if watch is not None:
            watch(fraction, message)

    return Progress(report)


def _fail(engine: Engine, run_id: int, error: Exception) -> None:
    status = store.CANCELLED if isinstance(error, Cancelled) else store.FAILED
    if isinstance(error, OneGridError):
        record = {"title": error.title, "detail": error.detail, **error.members}
        log.info("run ended", run=run_id, status=status, detail=error.detail)
    else:
        record = {"title": "Unexpected error", "detail": f"{type(error).__name__}; the log of the worker has more"}
        log.error("run failed", run=run_id, exc_info=error)
    with db.transaction(engine) as session:
        store.end(session, store.get(session, run_id), status, datetime.now(UTC), error=record)


async def _serve() -> None:
    settings = get_settings()
    app = make_queue(db.database_url(settings))
    async with app.open_async():
        await asyncio.to_thread(sweep, db.get_engine())
        lanes = [
            asyncio.create_task(
                app.run_worker_async(
                    queues=[queue], concurrency=concurrency, name=f"onegrid-{queue}", delete_jobs="always",
                    install_signal_handlers=False,
                )
            )
            for queue, concurrency in ((RUNS, settings.worker_concurrency), (CLOCK, CLOCK_CONCURRENCY))
        ]  # fmt: skip
        await _until_told(lanes)


async def _until_told(lanes: list[asyncio.Task[None]]) -> None:
    """Wait for SIGINT or SIGTERM, or for a lane that fails; then let each finish the jobs at hand. Raises what
    failed."""

    def stop() -> None:
        for lane in lanes:
            lane.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    await asyncio.wait(lanes, return_when=asyncio.FIRST_COMPLETED)
    stop()
    for ended in await asyncio.gather(*lanes, return_exceptions=True):
        if isinstance(ended, Exception):
            raise ended


def main(*, attached: bool = False) -> None:
    """Work until told to stop (SIGINT, SIGTERM: the run at hand is finished first).

    `attached`: stop as well when standard input closes, that is when the process that started this one is gone.
    """
    if attached:
        threading.Thread(target=_end_with_input, daemon=True, name="input-watch").start()
    asyncio.run(_serve())


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    logs.configure(get_settings().log_format)
    main(attached=ATTACHED in sys.argv)
