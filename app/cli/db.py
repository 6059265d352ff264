"""`onegrid db …`: the private database's life, migrations, backups."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app import cluster
from app.cli import context
from app.cli.console import emit
from app.services import database
from app.settings import get_settings

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Yes = Annotated[bool, typer.Option("--yes", help="Replace what is there.")]
BackupFile = Annotated[Path, typer.Argument(help="The backup.", metavar="FILE")]


@app.command()
def start(as_json: AsJson = False) -> None:
    """Make the private database if there is none, and start it. It keeps running."""
    cluster.start(get_settings())
    status(as_json)


@app.command()
def stop(as_json: AsJson = False) -> None:
    """Stop the private database; open transactions are rolled back."""
    stopped = cluster.stop(get_settings())
    emit({"stopped": stopped}, as_json=as_json, text="stopped" if stopped else "it did not run")


@app.command()
def status(as_json: AsJson = False) -> None:
    """Which database OneGrid uses, whether it runs, where its files are."""
    now = cluster.status(get_settings()).to_dict()
    lines = [f"{name:<10} {value}" for name, value in now.items() if value is not None]
    emit(now, as_json=as_json, text="\n".join(lines))


@app.command()
def upgrade(as_json: AsJson = False) -> None:
    """Bring the tables to this version of OneGrid."""
    done = database.upgrade(context.engine())
    text = f"upgraded from {done.before or 'nothing'} to {done.after}" if done.changed else f"at {done.after} already"
    emit(done, as_json=as_json, text=text)


@app.command()
def backup(
    file: BackupFile,
    with_files: Annotated[bool, typer.Option("--with-files", help="With the attachments of events.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Write the whole database into FILE, while everything keeps working."""
    context.engine()
    made = database.back_up(get_settings(), file.resolve(), replace=yes, with_files=with_files)
    inside = "" if made.files is None else f", {made.files:,} attachments"
    emit(made, as_json=as_json, text=f"{made.file}: {made.size:,} bytes, tables at revision {made.revision}{inside}")


@app.command()
def restore(file: BackupFile, yes: Yes = False, as_json: AsJson = False) -> None:
    """Put the database of the backup FILE in the place of the present one. Stop the service first."""
    cluster.start(get_settings())
    done = database.restore(get_settings(), file.resolve(), replace=yes)
    emit(
        done,
        as_json=as_json,
        text=f"restored; the backup was at revision {done.before}, the tables are at {done.after}",
    )
