"""`onegrid serve` and `onegrid worker`."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from typing import Annotated

import typer
import uvicorn

from app import logs, worker
from app.cli import context, lazy_imports
from app.settings import get_settings

RESTART_PAUSE_S = 1.0
WORKER_SILENCE_S = 120  # a busy machine takes long to import all there is; uvicorn's 5 s would restart it for ever


def serve(
    host: Annotated[str | None, typer.Option(help="Address to bind to.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to bind to.")] = None,
    workers: Annotated[int, typer.Option(help="Processes that answer requests.")] = 1,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Start no worker for runs beside it.")] = False,
) -> None:
    """Serve the API and the page; a worker for runs is started beside it and kept running."""
    lazy_imports.uninstall()
    settings = get_settings()
    context.engine()
    # uvicorn raises the signal that ended it once more; as an exception it lets the worker be stopped too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    with contextlib.nullcontext() if no_worker else supervised_worker(), shared_figures(workers):
        uvicorn.run(
            "app.main:create_app",
            factory=True,
            host=host or settings.host,
            port=port or settings.port,
            workers=workers,
            http="app.api.lookup.quick_protocol:QuickProtocol",  # look-ups need not go through ASGI
            log_config=None,
            access_log=False,
            proxy_headers=False,  # app.main believes the proxies that the settings name; uvicorn any on this machine
            server_header=False,
            timeout_graceful_shutdown=10,
            timeout_worker_healthcheck=WORKER_SILENCE_S,
        )


def work() -> None:
    """Work off queued runs until told to stop."""
    lazy_imports.uninstall()
    context.engine()
    logs.configure(get_settings().log_format)
    worker.main()


@contextlib.contextmanager
def shared_figures(processes: int) -> Iterator[None]:
    """Where several processes add up what /metrics tells; they must find it in the environment before they begin."""
    if processes == 1:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="onegrid-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        yield


@contextlib.contextmanager
def supervised_worker() -> Iterator[None]:
    """A worker process that is started again whenever it ends, until the caller is done."""
    done = threading.Event()
    process: list[subprocess.Popen[bytes]] = []

    def keep_running() -> None:
        while not done.is_set():
            # Nothing is ever written to its input; that it closes tells the worker that this process is no more.
            process[:] = [
                subprocess.Popen([sys.executable, "-m", "app.worker", worker.ATTACHED], stdin=subprocess.PIPE)
            ]
            process[0].wait()
            done.wait(RESTART_PAUSE_S)

    keeper = threading.Thread(target=keep_running, daemon=True, name="worker-keeper")
    keeper.start()
    try:
        yield
    finally:
        done.set()
        for running in process:
            running.terminate()
        keeper.join(timeout=15)
