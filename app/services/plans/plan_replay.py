"""A draft tried on a table of events: who would own each, whose owner changes, how the work would be spread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy.orm import Session

from app.errors import InputError, NotFound
from app.files.rows import Chunk, Sink, Source, kind_of
from app.files.writing import write_frames
from app.models.plans import Plan
from app.rules.accounts.access import Caller
from app.services.lookup.lookup_index import UNIFIED
from app.services.lookup.route import Router
from app.services.lookup.route_files import (
    RouteReport,
    declared_crs,
    free_names,
    open_sink,
    row_points,
    whole_file,
)
from app.services.lookup.route_places import RowPoints
from app.services.lookup.row_fields import RowFields, choose_fields
from app.services.networks.exports import plan_metadata
from app.services.plans.plan_judgement import ground_of
from app.services.plans.plan_replay_events import StoredEvents, table_events
from app.services.plans.plan_replay_owners import Owners
from app.services.progress import Progress
from app.spatial.judging.replay import CELL_M, CellCounts, Tally
from app.store import runs as runs_store
from app.store.networks import networks as networks_store
from app.store.plans import plans as store

CELL_M_LEAST = 10.0
ARROW_KINDS = ("parquet", "arrow", "arrow_stream")


@dataclass(frozen=True, kw_only=True)
class ReplayOrder:
    """What a replay is asked for. None leaves a field of the table to guessing, `network` to the unified one.

    `at` is the moment (ISO) of events without one of their own, None is now. `rows`, `grids` and `cells` are files to
    write: the events with their owners, the draft's grids with their load, and events per cell for a heat map.
    Without a `file` the events that are stored are replayed, those from `stored_from` on and before `stored_to` (ISO).
    """

    plan: str
    file: str = ""
    file_name: str = ""
    lon_field: str | None = None
    lat_field: str | None = None
    at_field: str | None = None
    matter_field: str | None = None
    crs: str | None = None
    network: str | None = None
    at: str | None = None
    zone: str = "Asia/Shanghai"
    cell_m: float = CELL_M
    rows: str | None = None
    grids: str | None = None
    cells: str | None = None
    stored_from: str | None = None
    stored_to: str | None = None

    @property
    def events_name(self) -> str:
        """What the events are called in what is written."""
        if self.file:
            return self.file_name or Path(self.file).name
        return f"stored events from {self.stored_from or 'the first'} to {self.stored_to or 'the last'}"

    def __post_init__(self) -> None:
        if not self.file and self.rows and kind_of(Path(self.rows)) not in ARROW_KINDS:
            raise InputError("stored events with their owners are written as .parquet or .arrow")
        if not self.cell_m >= CELL_M_LEAST:
            raise InputError(f"a cell of the heat map is at least {CELL_M_LEAST:g} m wide, not {self.cell_m:g}")


def replay_step(session: Session, caller: Caller, parameters: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Parameters: the members of `ReplayOrder`."""
    caller.require("plan")
    known = {field.name for field in fields(ReplayOrder)}
    order = ReplayOrder(**{name: value for name, value in parameters.items() if name in known})
    return replay(session, store.get(session, order.plan), order, progress)


def replay(session: Session, plan: Plan, order: ReplayOrder, progress: Progress) -> dict[str, Any]:
    """Read the events once, batch by batch, and write the files that are asked for; returns the summary."""
    order = order if order.file else replace(order, at_field="at", matter_field="matter")
    with events_of(session, order) as source:
        chosen = choose_fields(source, order.lon_field, order.lat_field, order.at_field, order.matter_field)
        crs = order.crs or declared_crs(source, chosen)
        progress(0.0, "reading the grids of both divisions")
        grids = store.grids_frame(session, plan.id)
        owners = Owners(session, ground_of(session, plan), grids, _network(session, order), crs)
        cells = CellCounts(grids.total_bounds, order.cell_m)
        tally = Tally(owners.kinds, cells, None if owners.old_codes is None else len(owners.old_codes))
        router = owners.router(datetime.fromisoformat(order.at) if order.at else None)
        told = progress.within(0.1, 0.95)
        with _sink(source, order, owners.columns(router)) as (write, renamed):
            for chunk in source.chunks():
                points = row_points(chunk, replace(chosen, matter=""), order.zone)
                batch, added = owners.find(router, points)
                matter = _matters(chunk, order.matter_field)
                tally.add(replace(batch, month=_months(points, order.zone), matter=matter))
                write(chunk, added)
                told(source.fraction(), f"{tally.events:,} events replayed")
        summary = _summary(tally, router, owners, chosen, order) | {"renamed": renamed}
    metadata = plan_metadata(session, plan) | {"events": order.events_name, "crs": crs}
    told_of = {"plan": plan.name, "content_hash": plan.content_hash, "events_file": metadata["events"]}
    return summary | told_of | {"files": _write_maps(order, grids, tally, metadata)}


def summary_of(session: Session, plan: Plan, run_id: int) -> dict[str, Any]:
    """The figures of a replay of this plan as it is now, without the names of the server's own files. Raises NotFound
    for another run, InputError for a plan that has changed since."""
    run = runs_store.get(session, run_id)
    if run.kind != "replay_plan" or run.status != runs_store.SUCCEEDED or run.parameters.get("plan") != plan.name:
        raise NotFound(f"run {run_id} is no replay of plan {plan.name!r} that has ended well")
    if run.outcome.get("content_hash") != plan.content_hash:
        raise InputError(f"run {run_id} replayed plan {plan.name!r} as it was before: replay the events again")
    return {name: value for name, value in run.outcome.items() if name != "files"}


@contextmanager
def events_of(session: Session, order: ReplayOrder) -> Iterator[Source]:
    """The events to replay, as a table that is read once. The one place that knows where events come from."""
    if order.file:
        with table_events(Path(order.file)) as source:
            yield source
        return
    since, until = (datetime.fromisoformat(text) if text else None for text in (order.stored_from, order.stored_to))
    yield StoredEvents(session, since, until)


def _network(session: Session, order: ReplayOrder) -> str | None:
    """The network to compare with: the one that is named, else the unified one where there is one."""
    if order.network:
        return networks_store.get(session, order.network).code
    return UNIFIED if networks_store.find(session, UNIFIED) else None


@contextmanager
def _sink(source: Source, order: ReplayOrder, added: pa.Schema) -> Iterator[tuple[Any, dict[str, str]]]:
    """A function that writes a chunk with its columns, and the columns that had to be renamed."""
    if not order.rows:
        yield (lambda chunk, columns: None), {}
        return
    path = Path(order.rows)
    renamed = free_names(added.names, source.fields)
    names = [renamed.get(name, name) for name in added.names]
    schema = pa.schema([(name, kind) for name, kind in zip(names, added.types, strict=True)])
    with whole_file(path) as target:
        sink: Sink = open_sink(target, kind_of(path), source, schema)
        yield (lambda chunk, columns: sink.write(chunk, columns.rename_columns(names))), renamed
        sink.close()


def _months(points: RowPoints, zone: str) -> npt.NDArray[np.int64] | None:
    """Months since year 0 in the local time of `zone`, -1 where the moment cannot be read."""
    if points.at is None or points.at_wrong is None:
        return None
    local = pa.array(points.at, pa.timestamp("us", tz=zone))
    made = pc.year(local).to_numpy().astype(np.int64) * 12 + pc.month(local).to_numpy().astype(np.int64) - 1
    return np.where(points.at_wrong, -1, made)


def _matters(chunk: Chunk, field: str | None) -> npt.NDArray[np.object_] | None:
    if not field:
        return None
    return np.asarray(chunk.column(field).cast(pa.string()).fill_null("").to_numpy(zero_copy_only=False), dtype=object)


def _summary(tally: Tally, router: Router, owners: Owners, chosen: RowFields, order: ReplayOrder) -> dict[str, Any]:
    """The tally in words of the contract, with what was read and compared."""
    said = tally.summary()
    if said["before"] is not None:
        said["before"] = {"network": owners.network, "editions": owners.editions, **said["before"]}
    point = {"geometry": True} if chosen.is_geometry else {"lon": chosen.lon, "lat": chosen.lat}
    return said | {
        "error_kinds": dict(router.tally.errors),
        "first_errors": router.tally.first_errors,
        "warnings": RouteReport(router, chosen, {}, 0.0).warnings(),
        "fields": {**point, "at": chosen.at or None, "matter": order.matter_field, "guessed": chosen.guessed},
        "crs": router.rules.crs,
        "at": router.rules.at.isoformat(),
        "grids": {"code": owners.codes, **{name: counts.tolist() for name, counts in tally.per_grid.items()}},
    }


def _write_maps(order: ReplayOrder, grids: gpd.GeoDataFrame, tally: Tally, metadata: dict[str, Any]) -> dict[str, str]:
    """The files that were asked for. `load`: a grid's events by the mean of its kind, 1 is the mean."""
    if order.grids:
        events = tally.per_grid["events"]
        mean = pd.Series(events, dtype=float).groupby(grids["kind"].to_numpy()).transform("mean").to_numpy()
        load = np.divide(events, mean, out=np.zeros(len(events)), where=mean > 0)
        frame = grids[["code", "name", "kind", "area", "area_m2"]].assign(**tally.per_grid, load=load)
        shapes = gpd.GeoDataFrame(frame, geometry=grids.geometry.to_numpy(), crs=4326)
        write_frames(shapes, Path(order.grids), metadata=metadata)
    if order.cells:
        found = tally.cells.to_frame()
        places = gpd.points_from_xy(found["lon"], found["lat"], crs=4326)
        points = gpd.GeoDataFrame(found.drop(columns=["lon", "lat"]), geometry=places)
        write_frames(points, Path(order.cells), metadata=metadata | {"cell_m": tally.cells.cell_m})
    asked = {"rows": order.rows, "grids": order.grids, "cells": order.cells}
    return {name: path for name, path in asked.items() if path}
