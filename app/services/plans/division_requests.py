"""What is asked of the division of a plan: read from a run's parameters, kept with the plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from app.errors import InputError
from app.models.plans import Plan
from app.spatial.division.terms import DEFAULT_BANDS, KINDS, Band, Load, Weights

KEPT = ("area_bands", "bridges", "compounds", "refused_splits")
"""Rules that hold for the plan until they are replaced: a request that leaves them out takes those of the last one."""

Place = int | tuple[float, float]
"""A piece by its number, or by a point in it: longitude, latitude."""


@dataclass(frozen=True)
class BridgeRequest:
    start: Place
    end: Place
    why: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {"from": self.start, "to": self.end, "why": self.why}


@dataclass(frozen=True)
class DivisionRequest:
    """`locked`: codes of grids of the plan that stay as they are; None: those that bear a lock. `stations`: a layer.

    `effort` repeats a timed division. `candidates`: as many plans to choose from.
    """

    bands: Mapping[str, Band]
    weights: Weights
    seed: int
    time_s: float | None = None
    effort: float | None = None
    area_bands: Mapping[str, Mapping[str, Band]] | None = None
    loads: Mapping[str, Sequence[Load]] | None = None
    stations: str | None = None
    bridges: Sequence[BridgeRequest] = ()
    compounds: Mapping[str, int] | None = None
    locked: Sequence[str] | None = None
    refused_splits: Sequence[Place] = ()
    strict: bool = False
    candidates: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """As it is kept with the plan; `read_request` reads it back."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        return plain | {
            "bands": {kind: asdict(band) for kind, band in self.bands.items()},
            "weights": asdict(self.weights),
            "area_bands": {
                area: {kind: _numbers(band) for kind, band in own.items()}
                for area, own in (self.area_bands or {}).items()
            },
            "loads": {kind: [_load_dict(load) for load in loads] for kind, loads in (self.loads or {}).items()},
            "bridges": [bridge.to_dict() for bridge in self.bridges],
            "compounds": dict(self.compounds or {}),
            "locked": None if self.locked is None else list(self.locked),
            "refused_splits": list(self.refused_splits),
        }


def read_request(plan: Plan, parameters: Mapping[str, Any]) -> DivisionRequest:
    """The request of a run for this plan. Raises InputError for words and numbers that mean nothing."""
    known = {field.name for field in fields(DivisionRequest)} | {"plan"}
    if unknown := sorted(set(parameters) - known):
        raise InputError(f"a division knows no {unknown[0]!r}; it knows {', '.join(sorted(known - {'plan'}))}")
    asked = {name: plan.parameters.get(name) for name in KEPT if parameters.get(name) is None}
    asked = {**parameters, **asked}
    bands = read_bands(asked.get("bands") or {})
    return DivisionRequest(
        bands=bands,
        weights=read_weights(asked.get("weights") or {}),
        seed=plan.seed if parameters.get("seed") is None else int(parameters["seed"]),
        time_s=asked.get("time_s"),
        effort=asked.get("effort"),
        area_bands={area: _area_bands(own, bands, area) for area, own in (asked.get("area_bands") or {}).items()},
        loads={kind: _loads(kind, loads) for kind, loads in (asked.get("loads") or {}).items()},
        stations=asked.get("stations"),
        bridges=[_bridge(bridge) for bridge in asked.get("bridges") or []],
        compounds={str(code): _parts(code, parts) for code, parts in (asked.get("compounds") or {}).items()},
        locked=asked.get("locked"),
        refused_splits=[_place(place) for place in asked.get("refused_splits") or []],
        strict=bool(asked.get("strict")),
        candidates=asked.get("candidates"),
    )


def read_bands(asked: Mapping[str, Any]) -> dict[str, Band]:
    """The default bands with what was asked in their place: [minimum, target, maximum]. Raises InputError."""
    _known_kinds(asked)
    bands = dict(DEFAULT_BANDS)
    for kind, numbers in asked.items():
        if isinstance(numbers, Mapping):  # as a plan keeps it
            bands[kind] = Band(**numbers)
        elif numbers is not None:
            bands[kind] = Band(DEFAULT_BANDS[kind].quantity, *numbers)
    return bands


def read_weights(asked: Mapping[str, float]) -> Weights:
    known = set(asdict(Weights()))
    unknown = sorted(set(asked) - known)
    if unknown:
        raise InputError(f"no weight {unknown[0]!r}; weights are {', '.join(sorted(known))}")
    return Weights(**asked)


def _known_kinds(asked: Mapping[str, Any]) -> None:
    if unknown := sorted(set(asked) - set(KINDS)):
        raise InputError(f"no kind {unknown[0]!r}; kinds are {', '.join(KINDS)}")


def _area_bands(own: Mapping[str, Sequence[float]], bands: Mapping[str, Band], area: str) -> dict[str, Band]:
    _known_kinds(own)
    if wrong := [numbers for numbers in own.values() if len(numbers) != 3]:
        raise InputError(f"the band of area {area} must be [minimum, target, maximum], not {list(wrong[0])}")
    return {kind: Band(bands[kind].quantity, *numbers) for kind, numbers in own.items()}


def _loads(kind: str, loads: Sequence[Mapping[str, Any]]) -> list[Load]:
    _known_kinds({kind: loads})
    found = []
    for load in loads:
        quantity, band = str(load["quantity"]), load.get("band")
        found.append(Load(quantity, float(load.get("weight", 1.0)), Band(quantity, *band) if band else None))
    return found


def _load_dict(load: Load) -> dict[str, Any]:
    return {"quantity": load.quantity, "weight": load.weight, "band": _numbers(load.band) if load.band else None}


def _numbers(band: Band) -> list[float]:
    return [band.minimum, band.target, band.maximum]


def _bridge(asked: Mapping[str, Any]) -> BridgeRequest:
    if not {"from", "to"} <= set(asked) <= {"from", "to", "why"}:
        raise InputError(f"a bridge has `from`, `to` and `why`, not {', '.join(sorted(asked)) or 'nothing'}")
    return BridgeRequest(_place(asked["from"]), _place(asked["to"]), str(asked.get("why") or ""))


def _place(asked: Any) -> Place:
    if isinstance(asked, int) and not isinstance(asked, bool):
        return asked
    if isinstance(asked, Sequence) and len(asked) == 2 and all(isinstance(number, int | float) for number in asked):
        return float(asked[0]), float(asked[1])
    raise InputError(f"a place is the number of a piece or [longitude, latitude], not {asked!r}")


def _parts(code: Any, parts: Any) -> int:
    if not isinstance(parts, int) or isinstance(parts, bool) or parts < 1:
        raise InputError(f"compound {code} is divided into 1 grid or more, not {parts!r}")
    return parts
