"""Servers that `bench.lookup_http` compares with: a bare hello, FastAPI with an STRtree, FastAPI with asyncpg."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import geopandas as gpd
import shapely
from fastapi import FastAPI

BODY = b'{"hello":"world"}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())]
OWNER = """
    SELECT code, name FROM bench_grids WHERE ST_Covers(geom, ST_SetSRID(ST_MakePoint($1, $2), 4326))
    ORDER BY code LIMIT 1
"""


async def hello(scope: Any, receive: Any, send: Any) -> None:
    """As little as a server can answer."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"].endswith("shutdown"):
                return
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


def strtree() -> FastAPI:
    """Owner of a point from a tree in memory; no key, no distances."""
    app = FastAPI()
    grids = gpd.read_parquet(os.environ["BENCH_GRIDS"])
    tree, codes = shapely.STRtree(grids.geometry.to_numpy()), grids["code"].tolist()

    @app.get("/lookup")
    async def lookup(lon: float, lat: float) -> dict[str, Any]:
        found = tree.query(shapely.Point(lon, lat), predicate="intersects")
        return {"code": min((codes[at] for at in found), default=None)}

    return app


def gist() -> FastAPI:
    """Owner of a point from PostGIS; no key, no distances."""
    asyncpg = __import__("asyncpg")

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(os.environ["BENCH_DATABASE_URL"], min_size=8, max_size=8) as pool:
            app.state.pool = pool
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/lookup")
    async def lookup(lon: float, lat: float) -> dict[str, Any]:
        row = await app.state.pool.fetchrow(OWNER, lon, lat)
        return {"code": row and row["code"], "name": row and row["name"]}

    return app
