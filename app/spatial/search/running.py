"""Tasks searched side by side on the threads there are; how much search a time affords."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.errors import Cancelled
from app.spatial.search.adjust import adjust
from app.spatial.search.anneal import improve
from app.spatial.search.levels import Levels, improve_levels
from app.spatial.search.regions import count_regions

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Part = NDArray[np.int32]
Report = Callable[[float, str], None]
Step = Callable[[int], None]

EFFORT = 10_000.0  # proposals per piece …
PROPOSALS = 60_000_000  # … up to this many for all pieces together
PILOT = 200_000  # proposals that measure the machine's speed when a time is given …
LONGER = 0.06  # … and a second time with this share of what the time then seems to afford
SLOWER = 1.2  # by clock over what the pilot promises: mending, and rounds that wait for their last region


class Task(Levels, Protocol):
    """What of a task is needed here (`tasks.Task`)."""

    @property
    def pieces(self) -> Ints: ...
    @property
    def unit(self) -> Ints: ...
    @property
    def fixed(self) -> bool: ...


def affordable_effort(tasks: Sequence[Task], until: float | None, threads: int, clock: Callable[[], float]) -> float:
    """Proposals per piece: a fixed number by size, or as many as a pilot says can be made `until` that time."""
    divided = [task for task in tasks if task.count > 1]
    work = sum(len(task.pieces) for task in divided)
    if until is None or not divided:
        return min(EFFORT, PROPOSALS / max(work, 1))
    pilot = max(divided, key=lambda task: len(task.pieces))
    improve_levels(pilot, 1, mending=0.0)  # compiles
    rooms = [count_regions(task.count) for task in divided if task.centres is not None]
    side_by_side = min(threads, max(len(divided), *rooms, 1)) / SLOWER
    rate = _rate(lambda: _pilot(pilot), PILOT, clock) * side_by_side
    longer = LONGER * (until - clock()) * rate
    if longer > 2 * PILOT:  # rounds and regions have a price of their own that a short pilot would overrate
        rate = _rate(lambda: improve_levels(pilot, round(longer), mending=0.0), round(longer), clock) * side_by_side
    return max(1.0, (until - clock()) * rate / work)


def _rate(run: Callable[[], Part], proposals: int, clock: Callable[[], float]) -> float:
    """Proposals a second on one thread."""
    began = clock()
    run()
    return proposals / max(clock() - began, 1e-6)


def _pilot(task: Task) -> Part:
    """The kernel alone, on one region."""
    level = task.coarse or task
    return improve(level.ground, level.start, task.count, task.prices, proposals=PILOT, seed=task.seed, mending=0.0)


def _improve(task: Task, proposals: int, step: Step | None, pool: Executor | None) -> Ints:
    """Grid per piece."""
    part = improve_levels(task, proposals, step, pool)
    if not task.fixed and proposals > 1:
        part = adjust(
            task.ground,
            part,
            task.prices,
            proposals=proposals,
            seed=task.seed,
            centres=task.centres,
            step=step,
            pool=pool,
        )
    return part[task.unit].astype(np.int64)


def search(tasks: Sequence[Task], effort: float, threads: int, say: Report) -> list[Ints]:
    """The grid per piece of every task, in order. `say` is called from this thread; when it raises, the search stops.

    Large territories are searched one after another, each on all threads; the others side by side.
    """
    parts: list[Ints] = [task.start[task.unit].astype(np.int64) for task in tasks]
    work = {at: max(1, round(effort * len(task.pieces))) for at, task in enumerate(tasks) if task.count > 1}
    stop, done, lock = threading.Event(), [0], threading.Lock()

    def step(proposals: int) -> None:
        with lock:
            done[0] += proposals
        if stop.is_set():
            raise Cancelled("the division was cancelled")

    largest_first = sorted(work, key=lambda at: (-work[at], at))
    with ThreadPoolExecutor(max(1, threads)) as pool, ThreadPoolExecutor(1) as conductor:
        running: dict[Future[Ints], int] = {}
        for at in largest_first:
            # a large territory waits for its regions: it must not hold a thread of the pool that they need
            large = tasks[at].centres is not None and count_regions(tasks[at].count) > 1
            here = (conductor if large else pool).submit(_improve, tasks[at], work[at], step, pool if large else None)
            running[here] = at
        waiting = set(running)
        try:
            while waiting:
                finished, waiting = wait(waiting, timeout=0.2)
                for future in finished:
                    parts[running[future]] = future.result()
                say(0.15 + 0.8 * min(1.0, done[0] / max(1, sum(work.values()))), "dividing")
        finally:
            stop.set()
            for future in waiting:
                future.cancel()
    return parts
