"""`python -m app.worker` as a process of its own, forked from one that has imported everything: those seconds are
spent once and not at each start. tests/worker/test_worker_serve.py starts one as it is started in earnest."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.process import BaseProcess

from app import logs, worker
from app.services import runs
from app.settings import get_settings

# Not this module: the process that forks does not know the folder of the tests before Python 3.13.
PRELOADED = ["app.worker", *sorted({f"app.services.{place.partition(':')[0]}" for place in runs.STEPS.values()})]


@contextmanager
def forked_worker(settings: Mapping[str, str]) -> Iterator[BaseProcess]:
    """`settings` by the names of their variables, and no others. Killed in the end."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ONEGRID_")}
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    process = context.Process(target=_work, args=({**kept, **settings},))
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


def _work(environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stderr.fileno())
    logs.configure(get_settings().log_format)
    worker.main()
