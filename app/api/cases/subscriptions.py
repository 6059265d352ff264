"""/api/v1/subscriptions: who is told of what happens, by webhook; docs/webhooks.md says what is sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.dependencies import Admin, Now, SessionDep, SettingsDep
from app.api.moments import moment
from app.services.cases import subscriptions

router = APIRouter(prefix="/api/v1/subscriptions", tags=["subscriptions"])


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewSubscription(Strict):
    url: str = Field(max_length=2000, description="http or https; answers 2xx when it has taken a message.")
    types: list[str] = Field(["*"], max_length=50, description="`case.overdue`, all of a noun `case.*`, or `*`.")
    department: str = Field("", max_length=200, description="Only what concerns this department; all when empty.")


class Replay(Strict):
    since: str | None = Field(None, description="Messages from this moment on.")
    from_id: str | None = Field(None, description="Messages from this one on, by its id.")
    dead: bool = Field(False, description="Messages that were given up.")


class Rotation(Strict):
    overlap_hours: float = Field(
        24, ge=0, le=720, allow_inf_nan=False, description="How long the old secret signs beside the new one."
    )


@router.get("")
def list_subscriptions(session: SessionDep, caller: Admin) -> list[dict[str, Any]]:
    """All subscriptions, those that ended too, with how many messages wait, were delivered, are dead."""
    return subscriptions.every(session, caller)


@router.post("", status_code=201)
def add_subscription(
    body: NewSubscription, response: Response, session: SessionDep, settings: SettingsDep, caller: Admin
) -> dict[str, Any]:
    """Subscribe an address. The answer has the secret that signs what is sent; no later one shows it."""
    made = subscriptions.add(
        session, caller, body.url, body.types, body.department, local=settings.webhook_local
    )  # fmt: skip
    response.headers["Location"] = f"/api/v1/subscriptions/{made['id']}"
    return made


@router.get("/{subscription_id}")
def get_subscription(subscription_id: int, session: SessionDep, caller: Admin) -> dict[str, Any]:
    """One subscription with the number of its deliveries."""
    return subscriptions.get(session, caller, subscription_id)


@router.delete("/{subscription_id}", status_code=204)
def end_subscription(subscription_id: int, session: SessionDep, caller: Admin, now: Now) -> None:
    """End a subscription: nothing is sent to it any more."""
    subscriptions.end(session, caller, subscription_id, now)


@router.post("/{subscription_id}/secret")
def rotate_secret(
    subscription_id: int, body: Rotation, session: SessionDep, caller: Admin, now: Now
) -> dict[str, Any]:  # fmt: skip
    """Give a subscription a new secret, which no later answer shows; the old one signs beside it for a while."""
    return subscriptions.rotate(session, caller, subscription_id, now, timedelta(hours=body.overlap_hours))


@router.get("/{subscription_id}/deliveries")
def list_deliveries(
    subscription_id: int,
    session: SessionDep,
    caller: Admin,
    status: Annotated[Literal["waiting", "delivered", "dead"] | None, Query(description="Of one status.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[int | None, Query(description="`next` of the page before.")] = None,
) -> dict[str, Any]:
    """Messages of a subscription, newest first: delivered or not, how often tried, what the receiver answered."""
    found = subscriptions.page(session, caller, subscription_id, status, limit=limit, before=before)
    return {"deliveries": found, "next": found[-1]["number"] if len(found) == limit else None}


@router.post("/{subscription_id}/test", status_code=202)
def test(subscription_id: int, session: SessionDep, caller: Admin, now: Now) -> dict[str, Any]:
    """Send it a message (`subscription.test`) that says nothing; its delivery tells what the receiver answered."""
    return subscriptions.test(session, caller, subscription_id, now)


@router.post("/{subscription_id}/replay")
def replay(
    subscription_id: int, body: Replay, session: SessionDep, settings: SettingsDep, caller: Admin, now: Now
) -> dict[str, Any]:
    """Send messages again, with the ids that they had: from a moment or a message on, or those that were given up."""
    since = moment(body.since, settings)
    sent = subscriptions.replay(
        session, caller, subscription_id, now, since=since, from_id=body.from_id, dead=body.dead
    )  # fmt: skip
    return {"messages": sent}
