"""One point over HTTP: answers a second of OneGrid and of peers, one process each."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import geopandas as gpd
from sqlalchemy import Engine

from bench.load import CONNECTIONS, Load, load, request
from bench.lookup import Floats, points_in
from bench.lookup_database import add_key, publish, serving, url_of
from bench.lookup_sql import asyncpg, pgbench

SECONDS, WARM = 3.0, 1.0
ROUNDS = 3
ASKED = 2_000
LOOKUP = "/api/v1/lookup"
Way = Callable[[float], tuple[Load, float]]


def rates(engine: Engine, network: gpd.GeoDataFrame, others: Mapping[str, gpd.GeoDataFrame]) -> str:
    """A Markdown table. `network` with `code`, EPSG:4326; `others` are published beside it for the row with all."""
    publish(engine, {"first": network, **others})
    key = add_key(engine)
    lon, lat = inside(network)
    pairs = list(zip(lon.round(7).tolist(), lat.round(7).tolist(), strict=True))
    plain = [request(f"/lookup?lon={x}&lat={y}") for x, y in pairs]
    tipg = "/collections/public.bench_grids/items?limit=1&filter=S_INTERSECTS(geom,POINT({}%20{}))"
    asked = {
        "raw hello": [request("/")],
        "TiPg, point filter": [request(tipg.format(x, y)) for x, y in pairs],
        "FastAPI + asyncpg + GiST": plain,
        "FastAPI + STRtree": plain,
        f"OneGrid, all {1 + len(others)} networks": [request(f"{LOOKUP}?lon={x}&lat={y}", key) for x, y in pairs],
        "OneGrid, one network": [request(f"{LOOKUP}?lon={x}&lat={y}&network=first", key) for x, y in pairs],
    }
    with servers(engine, network) as found:
        ways: dict[str, Way] = {
            name: partial(_over_http, *found[name.split(",")[0]], requests)
            for name, requests in asked.items()
            if name.split(",")[0] in found
        }
        ways["asyncpg + GiST, no HTTP"] = lambda seconds: (asyncpg(url_of(engine), pairs, seconds), math.nan)
        if pgbench(url_of(engine), pairs, WARM):
            ways["pgbench + GiST, no HTTP"] = lambda seconds: (pgbench(url_of(engine), pairs, seconds), math.nan)
        for ask in ways.values():
            ask(WARM)
        best: dict[str, tuple[Load, float]] = {}
        for _ in range(ROUNDS):  # by turns, for the machine is not alone; the best of each counts
            for name, ask in ways.items():
                made, cpu = ask(SECONDS)
                known = best.get(name, (made, cpu))
                best[name] = max(known[0], made, key=lambda load: load.rate), min(known[1], cpu)
    missing = [name for name in (*asked, "pgbench + GiST, no HTTP") if name not in best]
    return _table(best, missing)


def _over_http(port: int, pid: int, requests: Sequence[bytes], seconds: float) -> tuple[Load, float]:
    """The load, and microseconds of the server's processor time for an answer."""
    before = _processor_s(pid)
    made = load(port, requests, seconds)
    return made, (_processor_s(pid) - before) / max(len(made.times), 1) * 1e6


def _processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def inside(network: gpd.GeoDataFrame) -> tuple[Floats, Floats]:
    """Points as events lie: on the ground of the network."""
    lon, lat = points_in(network, 20 * ASKED)
    found = network.sindex.query(gpd.points_from_xy(lon, lat), predicate="intersects")[0]
    chosen = sorted(set(found.tolist()))[:ASKED]
    return lon[chosen], lat[chosen]


@contextmanager
def servers(engine: Engine, network: gpd.GeoDataFrame) -> Iterator[dict[str, tuple[int, int]]]:
    """Ports and processes by name; a peer that does not start is left out."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        grids = Path(folder) / "grids.parquet"
        network[["code", "geometry"]].to_parquet(grids)
        url = url_of(engine)
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE IF EXISTS bench_grids")
            connection.exec_driver_sql(
                "CREATE TABLE bench_grids AS SELECT g.id, g.code, g.name, g.geom FROM grids g JOIN editions e ON e.id ="
                " g.edition_id JOIN networks n ON n.id = e.network_id WHERE n.code = 'first'"
            )
            connection.exec_driver_sql("CREATE INDEX ON bench_grids USING gist (geom)")
            connection.exec_driver_sql("ALTER TABLE bench_grids ADD PRIMARY KEY (id)")
        wanted = {
            "raw hello": ("bench.lookup_peers:hello", {}, False),
            "OneGrid": ("app.main:create_app", {"ONEGRID_DATABASE_URL": url, "ONEGRID_LOG_FORMAT": "json"}, True),
            "FastAPI + STRtree": ("bench.lookup_peers:strtree", {"BENCH_GRIDS": str(grids)}, True),
            "FastAPI + asyncpg + GiST": ("bench.lookup_peers:gist", {"BENCH_DATABASE_URL": url}, True),
            "TiPg": ("tipg.main:app", {"DATABASE_URL": _with_host(engine), "TIPG_DB_SCHEMAS": '["public"]'}, False),
        }
        ports = {}
        for name, (app, settings, factory) in wanted.items():
            try:
                ports[name] = stack.enter_context(serving(app, settings, factory=factory))
            except RuntimeError:
                continue
        yield ports


def _with_host(engine: Engine) -> str:
    """The address with a socket's folder in the place of the host, where TiPg looks for one."""
    url = engine.url
    host, port = url.query.get("host", url.host or "localhost"), url.query.get("port", url.port or 5432)
    return f"postgresql://{url.username or ''}@{quote(str(host), safe='')}:{port}/{url.database}"


def _table(best: Mapping[str, tuple[Load, float]], missing: list[str]) -> str:
    hello, hello_us = best["raw hello"][0].rate, best["raw hello"][1]
    lines = [
        "| | answers/s | of the hello | p50 ms | p99 ms | p99 / p50 | processor µs | hello's / its | not 200 |",
        "|---" * 9 + "|",
    ]
    for name, (made, cpu) in best.items():
        p50, p99 = made.percentile_ms(50), made.percentile_ms(99)
        used = "– | –" if math.isnan(cpu) else f"{cpu:.0f} | {hello_us / cpu:.2f}"
        lines.append(
            f"| {name} | {made.rate:,.0f} | {made.rate / hello:.3f} | {p50:.2f} | {p99:.2f} | {p99 / p50:.1f} "
            f"| {used} | {made.failed} |"
        )
    lines += [f"| {name} (not to be had here) | – | – | – | – | – | – | – | – |" for name in missing]
    versions = ", ".join(f"{name} {version(name)}" for name in ("uvicorn", "httptools", "uvloop", "fastapi", "asyncpg"))
    said = f"{CONNECTIONS} connections, one process each, best of {ROUNDS} times {SECONDS:.0f} s"
    return "\n".join([*lines, f"\n{said}; processor time is the server's; {versions}.\n"])
