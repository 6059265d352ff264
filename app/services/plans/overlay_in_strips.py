"""Files laid over each other strip by strip, in bounded memory, without a database.

The files are read once, part by part; their borders go to the disk, sorted into strips from west to east. Each strip is
noded with what its neighbours have to say in it, then the strips are swept in order, and the pieces that are finished
are written. docs/overlay.md tells what is in memory at a time.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import InputError
from app.files.appending import AppendedFile
from app.files.spool import Spool
from app.services.plans.overlay import OverlayRequest
from app.services.plans.strip_sources import Placed, SortedStrips, StripSources, metric_system, place_file
from app.spatial.pieces.overlay import AREA, check_request
from app.spatial.pieces.overlay_report import OverlayReport
from app.spatial.pieces.strip_overlay import StripOverlay
from app.spatial.planar.arcs import Arcs
from app.spatial.planar.strips import ROUNDS, strip_arcs
from app.spatial.planar.threads import THREADS
from app.spatial.planar.uses import Uses

BASE_MB = 450.0
"""Of the interpreter and the libraries, reading and writing included."""
SEGMENT_BYTES = 800
"""Of a border segment in a strip while two strips are noded, neighbours included; a sweep takes less."""
_LEAST = 20_000  # segments in a strip: fewer would mostly be its neighbours'


@dataclass(frozen=True)
class StripsMade:
    """What was written: the report, in how many strips, and the provenance of every file."""

    report: OverlayReport
    strips: int
    inputs: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        return {"overlay": self.report.to_dict(), "strips": self.strips, "inputs": self.inputs}


def overlay_in_strips(request: OverlayRequest, output: Path, memory_mb: float | None = None) -> StripsMade:
    """Lay the files over each other and write the pieces, in about `memory_mb`, or in `request.options.strips` parts.

    The pieces are those of `overlay_files`, numbered as they are finished. Raises FileError, CrsUnclear, InputError;
    InputError also for what needs the whole at once: quantities, conflation, borders.
    """
    _check(request)
    files = _placed(request)
    crs = metric_system(request.crs, list(files.values()))
    check_request(request.networks, crs, request.options)
    with AppendedFile(output) as sink, Spool(output.parent) as spool:
        sources = StripSources(spool, crs)
        for name in sorted(request.networks):
            sources.add_source(name, files[f"network {name}"])
        if request.areas:
            sources.add_source(AREA, files["areas"])
        for layer, path in enumerate(sorted(request.cuts)):
            sources.add_cuts(layer, str(path), files[f"cut {path}"])
        strips = sources.sorted_into(_count(request, sources.segments, memory_mb), request.options.grid_size)
        _node(strips, spool)
        laid = StripOverlay(sources.listed, list(request.networks), strips.precision, crs, request.options)
        for number, span in enumerate(strips.spans):
            frontier = span[1] if number + 1 < len(strips.spans) else None
            sink.add(laid.add(_arcs(spool, number), frontier))
        made = StripsMade(laid.report(), len(strips.spans), {str(one.file.path): _told(one) for one in files.values()})
        sink.close(made.to_dict())
    return made


def _check(request: OverlayRequest) -> None:
    for asked, what in ((request.quantities, "quantities"), (request.options.conflate, "conflation")):
        if asked:
            raise InputError(f"an overlay in strips knows no {what}: leave --memory out, or do it with its pieces")


def _placed(request: OverlayRequest) -> dict[str, Placed]:
    files = {
        f"network {name}": place_file(given.path, given.field, request.crs) for name, given in request.networks.items()
    }
    if request.areas:
        files["areas"] = place_file(request.areas.path, request.areas.field, request.crs)
    return files | {f"cut {path}": place_file(path, None, request.crs) for path in request.cuts}


def _count(request: OverlayRequest, segments: int, memory_mb: float | None) -> int:
    """In how many strips: as asked for, else as many as the memory asks for."""
    if request.options.strips or memory_mb is None:
        return request.options.strips or 1
    room = max(memory_mb - BASE_MB, 0.0) * 1e6 / SEGMENT_BYTES / THREADS
    return max(1, -(-segments // max(int(room), _LEAST)))


def _node(strips: SortedStrips, spool: Spool) -> None:
    """The arcs of every strip into the spool; all again, with more of the neighbours, where that was not enough."""
    rounds = ROUNDS

    def one(number: int) -> tuple[int, int]:
        arcs, took = strip_arcs(strips.read, strips.spans, number, strips.margin, strips.precision.size, rounds)
        spool.put(f"arcs-{number}", _kept(arcs))
        return took

    while True:
        with ThreadPoolExecutor(THREADS) as pool:
            took = list(pool.map(one, range(len(strips.spans))))
        most = sum(max(each[phase] for each in took) for phase in (0, 1))
        if most <= rounds or len(strips.spans) == 1:
            return
        rounds = 2 * most


def _kept(arcs: Arcs) -> dict[str, Any]:
    uses = {"uses_first": arcs.uses.first, "uses_owner": arcs.uses.owner, "uses_sign": arcs.uses.sign}
    return {name: value for name, value in vars(arcs).items() if name != "uses"} | uses


def _arcs(spool: Spool, number: int) -> Arcs:
    kept = spool.take(f"arcs-{number}")
    uses = Uses(kept.pop("uses_first"), kept.pop("uses_owner"), kept.pop("uses_sign"))
    return Arcs(uses=uses, **kept)


def _told(placed: Placed) -> dict[str, Any]:
    digest, path = hashlib.sha256(), placed.file.path
    with path.open("rb") as opened:
        while chunk := opened.read(1 << 20):
            digest.update(chunk)
    return {
        "file": path.name,
        "sha256": digest.hexdigest(),
        "size": path.stat().st_size,
        "crs": placed.system.name,
        "features": placed.file.features,
    }
