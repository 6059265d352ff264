"""`onegrid …`: a command parses, makes one service call, and prints a table or JSON."""

from __future__ import annotations

import logging
import sys

import typer
from psycopg.errors import UndefinedColumn, UndefinedTable
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError

from app import logs
from app.cli import db, demo, runs, serve
from app.cli.accounts import keys, users
from app.cli.cases import calendars, events
from app.cli.console import fail
from app.cli.duties import duties, duty_audit, matters
from app.cli.lookup import lookup, route
from app.cli.networks import check, editions, layers, networks, sample
from app.cli.plans import divide, overlay, plan_candidates, plan_division, plan_edits, plan_judging, plans
from app.cli.staff import departments, posts, staff
from app.errors import OneGridError, Refused

REASONS_SHOWN = 10

app = typer.Typer(
    name="onegrid",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Many grid networks over one city: check, overlay, divide, publish, look up (多网合一).",
)
app.command("demo")(demo.demo)
app.command("check")(check.check)
app.command("overlay")(overlay.overlay)
app.command("divide")(divide.divide)
app.add_typer(sample.app, name="sample")
app.add_typer(db.app, name="db")
app.add_typer(networks.app, name="networks")
app.add_typer(editions.app, name="editions")
app.add_typer(layers.app, name="layers")
plan_division.add_to(plans.app)
plan_candidates.add_to(plans.app)
plan_edits.add_to(plans.app)
plan_judging.add_to(plans.app)
app.add_typer(plans.app, name="plans")
app.add_typer(matters.app, name="matters")
duty_audit.add_to(duties.app)
app.add_typer(duties.app, name="duties")
app.add_typer(departments.app, name="departments")
app.add_typer(staff.app, name="staff")
app.add_typer(posts.app, name="posts")
app.add_typer(events.app, name="events")
app.add_typer(calendars.app, name="calendars")
app.add_typer(runs.app, name="runs")
app.add_typer(users.app, name="users")
app.add_typer(keys.app, name="keys")
# A coordinate west of Greenwich starts with a minus, as options do.
app.command("lookup", context_settings={"ignore_unknown_options": True})(lookup.lookup)
app.command("route")(route.route)
app.command("serve")(serve.serve)
app.command("worker")(serve.work)


def main() -> None:
    """Entry point: a domain error is one line on stderr and exit 1; bad usage is Typer's exit 2."""
    logs.configure("text", logging.WARNING)
    try:
        app()
    except Refused as error:
        fail(f"{error}: {'; '.join(error.reasons[:REASONS_SHOWN])}")
        sys.exit(1)
    except OneGridError as error:
        fail(str(error))
        sys.exit(1)
    except (OperationalError, InterfaceError) as error:
        fail(f"the database does not answer: {str(error.orig).strip()} — `onegrid db status` tells more")
        sys.exit(1)
    except ProgrammingError as error:
        if not isinstance(error.orig, UndefinedTable | UndefinedColumn):
            raise
        fail("the database lacks tables of this version — `onegrid db upgrade` makes them")
        sys.exit(1)
    except KeyboardInterrupt:
        fail("interrupted; nothing of the command's work was kept")
        sys.exit(130)
