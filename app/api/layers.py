"""/api/v1/layers: context data with quantities."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Response, UploadFile

from app.api import uploads
from app.api.dependencies import Planner, Reader, SessionDep, SettingsDep
from app.api.frames import feature_collection
from app.api.runs import accepted
from app.errors import InputError
from app.services import layers, runs
from app.store import layers as store

router = APIRouter(prefix="/api/v1/layers", tags=["layers"])


@router.get("")
def list_layers(session: SessionDep, caller: Reader) -> list[dict[str, Any]]:
    """All layers."""
    return [layers.describe(session, layer) for layer in store.every(session)]


@router.get("/{name}.geojson")
def layer_geojson(name: str, session: SessionDep, caller: Reader) -> Response:
    """Features of a layer as GeoJSON."""
    layer = store.get(session, name)
    return feature_collection(store.frame(session, layer), layer=name, kind=layer.kind)


@router.get("/{name}")
def get_layer(name: str, session: SessionDep, caller: Reader) -> dict[str, Any]:
    """One layer."""
    return layers.describe(session, store.get(session, name))


@router.post("/imports", status_code=202)
def import_layer(
    response: Response,
    session: SessionDep,
    settings: SettingsDep,
    caller: Planner,
    files: Annotated[list[UploadFile], File(description="One file, or a loose shapefile's parts together.")],
    kind: Annotated[str, Form(description=", ".join(layers.KINDS))],
    name: Annotated[str | None, Form()] = None,
    quantities: Annotated[str, Form(description='JSON object, quantity → field: {"households": "HH"}')] = "{}",
    code_field: Annotated[str | None, Form()] = None,
    name_field: Annotated[str | None, Form()] = None,
    kind_field: Annotated[str | None, Form()] = None,
    crs: Annotated[str | None, Form()] = None,
    encoding: Annotated[str | None, Form()] = None,
    layer: Annotated[str | None, Form()] = None,
    dry_run: Annotated[bool, Form()] = False,
) -> dict[str, Any]:
    """Import a layer, as a run — all or nothing."""
    wanted = _quantities(quantities)
    file = uploads.keep(settings, files)
    order = layers.LayerImport(
        kind=kind,
        file=str(file),
        file_name=file.name,
        name=name,
        quantities=wanted,
        code_field=code_field,
        name_field=name_field,
        kind_field=kind_field,
        crs=crs,
        encoding=encoding,
        layer=layer,
        dry_run=dry_run,
    )
    return accepted(response, session, runs.request(session, caller, "import_layer", order.to_parameters()))


def _quantities(text: str) -> dict[str, str]:
    try:
        made = json.loads(text)
    except ValueError:
        made = None
    if not isinstance(made, dict) or not all(isinstance(value, str) for value in made.values()):
        raise InputError(f'quantities {text!r} is not a JSON object of strings, such as {{"households": "HH"}}')
    return made
