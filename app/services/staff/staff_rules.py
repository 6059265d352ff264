"""How many of a role a grid needs: rules with two times, changed by new rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from app.errors import InputError
from app.models.posts import StaffingRule
from app.rules.accounts.access import Caller
from app.services.accounts import audit
from app.services.staff import posts
from app.store.networks import networks as networks_store
from app.store.staff import posts as store
from app.store.staff import staff as staff_store

KINDS = ("resident", "business", "institution")


@dataclass(frozen=True)
class NewRule:
    """From `valid_from` on a grid of `kind` in `network` (None: of any) has `least` to `most` (None: any number)."""

    role: str
    least: int
    valid_from: datetime
    most: int | None = None
    network: str | None = None
    kind: str | None = None


def set_rule(session: Session, caller: Caller, wanted: NewRule, now: datetime) -> StaffingRule:
    """A new rule in the place of the one for the same role, network and kind, which ends where this one begins."""
    caller.require("admin")
    staff_store.lock(session)
    if wanted.least < 0 or (wanted.most is not None and wanted.most < wanted.least):
        raise InputError("a rule has 0 ≤ least ≤ most")
    if wanted.kind not in (None, *KINDS):
        raise InputError(f"no kind {wanted.kind!r}: choose one of {', '.join(KINDS)}")
    if wanted.network is not None:
        networks_store.get(session, wanted.network)
    role = posts.ensure_role(session, caller, wanted.role).code
    start, recorded = wanted.valid_from, now
    for old in store.rules_of(session, role, wanted.network, wanted.kind):
        if old.valid.upper is None or old.valid.upper > start:
            recorded = max(recorded, store.close(session, old, now))
            if old.valid.lower is None or old.valid.lower < start:
                kept = Range(old.valid.lower, start, bounds="[)")
                store.add_rule(session, _row(role, wanted, old.least, old.most, kept, recorded))
    valid = Range(start, None, bounds="[)")
    made = store.add_rule(session, _row(role, wanted, wanted.least, wanted.most, valid, recorded))
    audit.record(session, caller, "set", f"staffing rule/{made.id}", after=describe(made))
    return made


def describe(rule: StaffingRule) -> dict[str, Any]:
    """The rule as the API and the CLI show it."""
    return {
        "role": rule.role,
        "least": rule.least,
        "most": rule.most,
        "network": rule.network,
        "kind": rule.kind,
        "valid_from": rule.valid.lower,
        "valid_until": rule.valid.upper,
    }


def _row(
    role: str, wanted: NewRule, least: int, most: int | None, valid: Range[datetime], now: datetime
) -> StaffingRule:
    return StaffingRule(
        network=wanted.network,
        kind=wanted.kind,
        role=role,
        least=least,
        most=most,
        valid=valid,
        recorded=Range(now, None, bounds="[)"),
    )
