"""/api/v1/checks: a boundary file looked at before anything is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Response
from pydantic_core import to_json

from app.api import uploads
from app.api.dependencies import Planner, SessionDep, SettingsDep
from app.api.sentences.routes import SpokenRoute
from app.services.networks import checks, previews
from app.store.networks import layers as layers_store

router = APIRouter(prefix="/api/v1/checks", tags=["checks"], route_class=SpokenRoute)


@router.post("", response_model=dict[str, Any])
def check_file(
    session: SessionDep,
    settings: SettingsDep,
    caller: Planner,
    upload: uploads.UploadForm,
    repair: Annotated[str, Form(description="none, safe or full: what a repair would change.")] = "none",
) -> Response:
    """Read and check a file, and store nothing: encoding, system, sample attributes, shapes, problems at their places,
    and what a repair would change. Files up to the limit of a body; larger ones are imported with `dry_run`."""
    order = upload.order(settings)
    checked = checks.check_file(
        Path(order["file"]),
        crs=order["crs"],
        encoding=order["encoding"],
        layer=order["layer"],
        code_field=order["code_field"],
        name_field=order["name_field"],
        mode=repair,
        ground=layers_store.ground(session),
    )
    made = previews.preview(checked)
    return Response(to_json(made, inf_nan_mode="null"), media_type="application/json")
