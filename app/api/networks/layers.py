"""/api/v1/layers: context data with quantities."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Form, Response

from app.api import uploads
from app.api.dependencies import Planner, Reader, ReadingSession, SessionDep, SettingsDep
from app.api.frames import feature_collection
from app.api.runs import accepted
from app.api.sentences.routes import SpokenRoute
from app.errors import InputError
from app.services import runs
from app.services.networks import layers
from app.store.networks import layers as store

router = APIRouter(prefix="/api/v1/layers", tags=["layers"], route_class=SpokenRoute)


@router.get("")
def list_layers(session: ReadingSession, caller: Reader) -> list[dict[str, Any]]:
    """All layers."""
    return [layers.describe(session, layer) for layer in store.every(session)]


@router.get("/{name}.geojson")
def layer_geojson(name: str, session: ReadingSession, caller: Reader) -> Response:
    """Features of a layer as GeoJSON."""
    layer = store.get(session, name)
    return feature_collection(store.frame(session, layer), layer=name, kind=layer.kind)


@router.get("/{name}")
def get_layer(name: str, session: ReadingSession, caller: Reader) -> dict[str, Any]:
    """One layer."""
    return layers.describe(session, store.get(session, name))


@router.post("/imports", status_code=202)
def import_layer(
    response: Response,
    session: SessionDep,
    settings: SettingsDep,
    caller: Planner,
    upload: uploads.UploadForm,
    kind: Annotated[str, Form(description=", ".join(layers.KINDS))],
    name: Annotated[str | None, Form(description="Name of the layer; its kind when not given.")] = None,
    quantities: Annotated[str, Form(description='JSON object, quantity → field: {"households": "HH"}')] = "{}",
) -> dict[str, Any]:
    """Import a layer, as a run — all or nothing."""
    wanted = _quantities(quantities)
    order = layers.LayerImport(kind=kind, name=name, quantities=wanted, **upload.order(settings))
    return accepted(response, session, runs.request(session, caller, "import_layer", order.to_parameters()))


def _quantities(text: str) -> dict[str, str]:
    try:
        made = json.loads(text)
    except ValueError:
        made = None
    if not isinstance(made, dict) or not all(isinstance(value, str) for value in made.values()):
        raise InputError(f'quantities {text!r} is not a JSON object of strings, such as {{"households": "HH"}}')
    return made
