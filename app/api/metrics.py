"""Figures for Prometheus. With several server processes they are shared through PROMETHEUS_MULTIPROC_DIR, a folder
that whoever starts the processes makes empty and names before they import this module."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from prometheus_client.values import MutexValue, ValueClass

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

REQUESTS = Counter("onegrid_requests", "Requests answered", ("method", "route", "status"))
SECONDS = Histogram("onegrid_request_seconds", "Time from request to answer", ("method", "route"), buckets=BUCKETS)
IN_FLIGHT = Gauge("onegrid_requests_in_flight", "Requests being answered", multiprocess_mode="livesum")


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """`route` is a template: a label for each path would be without end."""
    method = method if method in METHODS else "other"
    _counter(method, route, status).inc()
    _times(method, route).observe(seconds)


def observer(method: str, route: str, status: int) -> Callable[[float], None]:
    """`observe` of one kind of answer, its labels looked up once."""
    count, time = _counter(method, route, status).inc, _times(method, route).observe

    def observed(seconds: float) -> None:
        count()
        time(seconds)

    return observed


@cache
def _counter(method: str, route: str, status: int) -> Counter:
    return REQUESTS.labels(method, route, str(status))


@cache
def _times(method: str, route: str) -> Histogram:
    return SECONDS.labels(method, route)


def exposition(runs_by_status: Mapping[str, int]) -> bytes:
    """All figures in Prometheus' text form; runs are counted in the database when asked for."""
    registry = CollectorRegistry()
    if ValueClass is MutexValue:  # one process: its own figures
        registry.register(_Everything(REGISTRY))
    else:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    registry.register(_Runs(runs_by_status))
    return generate_latest(registry)


class _Everything(Collector):
    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry

    def collect(self) -> Iterable[object]:  # type: ignore[override]
        return self.registry.collect()


class _Runs(Collector):
    def __init__(self, by_status: Mapping[str, int]) -> None:
        self.by_status = by_status

    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily("onegrid_runs", "Runs by status", labels=("status",))
        for status, count in sorted(self.by_status.items()):
            family.add_metric([status], count)
        yield family
