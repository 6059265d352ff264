"""`onegrid sample …`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.console import emit, err, facts
from app.services.networks import samples
from app.town.sizes import SIZES

app = typer.Typer(no_args_is_help=True)


@app.callback()
def sample() -> None:
    """Keeps `make-town` a command of its own while it is the only one."""


@app.command("make-town")
def make_town(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write to; made when it is not there.")],
    size: Annotated[
        str, typer.Option(help=", ".join(f"{s.name} ({s.households:,} households)" for s in SIZES.values()))
    ],
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print the manifest as JSON.")] = False,
) -> None:
    """Write a synthetic Chinese town: networks, layers, staff, duties and a year of events, as offices send them."""

    def tell(step: str) -> None:
        if not as_json:
            err.print(f"{step} …", markup=False)

    manifest = samples.make_sample_town(folder, size, seed, tell=tell)
    emit(manifest, as_json=as_json, text=facts(f"synthetic town in {folder} (seed {seed})", _shown(manifest)))


def _shown(manifest: dict[str, Any]) -> dict[str, Any]:
    grids = {name: network["grids"] for name, network in manifest["networks"].items()}
    return {**manifest["counts"], **{f"grids of {name}": count for name, count in grids.items()}}
