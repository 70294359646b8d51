"""Subscriptions on a clock that moves, their events, plans, and meters."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio
DAY = 86400


@pytest.fixture
def subscribe(api: Any, demo: Any) -> Any:
    async def assign(plan: Any = "Basic", **fields: Any) -> Any:
        body = {"customerId": demo.customer(), "planId": demo.plan(plan), "startDate": "2026-06-01T12:00:00Z", **fields}
        return await api("POST /v1/subscriptions", body, status=201)

    return assign


@pytest.fixture
def topics(sandbox: Any, api: Any) -> Any:
    """The topics that were emitted, in order, once an endpoint listens."""

    async def listen() -> Any:
        await api("POST /v1/webhook-endpoints", {"url": "https://example.com/hook"}, status=201)
        return lambda: [delivery["type"].partition(".")[2] for delivery in sandbox.books["deliveries"]]

    return listen


async def status_of(api: Any, subscription: Any) -> Any:
    return (await api(f"GET /v1/subscriptions/{subscription['id']}"))["status"]


async def test_a_future_start_is_scheduled_until_its_date(api: Any, subscribe: Any, control: Any, topics: Any) -> None:
    emitted = await topics()
    subscription = await subscribe(startDate="2026-06-03")
    assert subscription["status"] == "scheduled"
    assert emitted() == ["assigned"]

    await control("POST /clock", {"at": "2026-06-03T00:00:00Z"})

    assert await status_of(api, subscription) == "active"
    assert emitted() == ["assigned", "started"]


async def test_a_trial_ends_by_itself(api: Any, subscribe: Any, control: Any, topics: Any) -> None:
    emitted = await topics()
    subscription = await subscribe(trialDays=14)
    assert subscription["status"] == "trial"

    await control("POST /clock", {"advance_seconds": 14 * DAY})

    assert await status_of(api, subscription) == "active"
    assert emitted() == ["assigned", "started", "trial_ended"]


async def test_an_end_date_expires_it(api: Any, subscribe: Any, control: Any, topics: Any) -> None:
    emitted = await topics()
    subscription = await subscribe(endDate="2026-06-10")
    await control("POST /clock", {"at": "2026-06-10T00:00:00Z"})
    assert await status_of(api, subscription) == "expired"
    assert emitted()[-1] == "churned"


async def test_cancelling_at_the_end_of_the_cycle_is_a_queued_change(
    api: Any, subscribe: Any, control: Any, topics: Any
) -> None:
    """The plan is monthly: what started on 1 June at noon runs until 1 July at noon."""
    emitted = await topics()
    subscription = await subscribe()
    path = f"/v1/subscriptions/{subscription['id']}"

    await api("POST /v1/subscriptions/cancel", {"id": subscription["id"], "strategy": "end_of_cycle"}, status=201)

    (change,) = await api(f"GET {path}/scheduled-changes")
    assert change["effectiveDate"] == "2026-07-01T12:00:00.000Z"
    assert await status_of(api, subscription) == "pending_cancellation"
    await control("POST /clock", {"at": "2026-07-01T12:00:00Z"})
    assert await status_of(api, subscription) == "cancelled"
    assert await api(f"GET {path}/scheduled-changes") == []
    assert emitted() == ["assigned", "started", "cancellation_scheduled", "churned"]


async def test_a_planned_cancellation_is_withdrawn_in_two_ways(api: Any, subscribe: Any, topics: Any) -> None:
    emitted = await topics()
    subscription = await subscribe()
    body = {"id": subscription["id"], "strategy": "specific_date", "effectiveDate": "2026-08-01"}

    await api("POST /v1/subscriptions/cancel", body, status=201)
    await api("POST /v1/subscriptions/cancel", {"id": subscription["id"], "strategy": "clear_schedule"}, status=201)
    assert await status_of(api, subscription) == "active"
    await api("POST /v1/subscriptions/cancel", body, status=201)
    (change,) = await api(f"GET /v1/subscriptions/{subscription['id']}/scheduled-changes")
    await api(f"DELETE /v1/subscriptions/{subscription['id']}/scheduled-changes/{change['id']}")

    assert await status_of(api, subscription) == "active"
    assert emitted()[2:] == ["cancellation_scheduled", "cancellation_cleared"] * 2


async def test_cancelling_immediately_is_final(api: Any, subscribe: Any) -> None:
    subscription = await subscribe()
    body = {"id": subscription["id"], "strategy": "immediately", "refundBehavior": "prorated"}
    answer = await api("POST /v1/subscriptions/cancel", body, status=201)
    assert answer["status"] == "cancelled"
    await api("POST /v1/subscriptions/cancel", body, status=400)


async def test_cancel_fields_belong_to_their_strategies(api: Any, subscribe: Any, broken: Any) -> None:
    subscription = await subscribe()
    wish = {"id": subscription["id"], "strategy": "specific_date"}
    assert broken(await api("POST /v1/subscriptions/cancel", wish, status=400)) == {"effectiveDate": ["isNotEmpty"]}
    wish = {"id": subscription["id"], "strategy": "end_of_cycle", "refundBehavior": "none"}
    assert broken(await api("POST /v1/subscriptions/cancel", wish, status=400)) == {"refundBehavior": ["isEmpty"]}


async def test_subscriptions_are_filtered(api: Any, subscribe: Any, demo: Any) -> None:
    await subscribe()
    await subscribe("Pro", startDate="2027-01-01", customerId=demo.customer("C0002"))

    async def count(**query: Any) -> Any:
        return (await api("GET /v1/subscriptions", params=query))["total"]

    assert await count() == 2
    assert await count(customerId=demo.customer()) == 1
    assert await count(planId=demo.plan("Pro")) == 1
    assert await count(statuses=["scheduled"]) == 1
    assert await count(statuses=["scheduled", "active"]) == 2
    assert await count(search="nordic") == 1
    assert await count(partnerReferenceId="order-1") == 0


async def test_structure_cannot_be_patched(api: Any, subscribe: Any, broken: Any) -> None:
    subscription = await subscribe()
    path = f"PATCH /v1/subscriptions/{subscription['id']}"
    assert (await api(path, {"name": "Mine"}))["name"] == "Mine"
    assert broken(await api(path, {"status": "cancelled"}, status=400)) == {"status": ["whitelistValidation"]}


async def test_the_operator_pauses_and_resumes(api: Any, subscribe: Any, control: Any, topics: Any) -> None:
    emitted = await topics()
    subscription = await subscribe()
    path = f"POST /subscriptions/{subscription['id']}"

    assert await control(path, {"action": "pause"}) == {"status": "paused"}
    assert await control(path, {"action": "resume"}) == {"status": "active"}

    assert emitted()[2:] == ["paused", "resumed"]


async def test_events_carry_the_chain_and_the_partner_reference(subscribe: Any, topics: Any, sandbox: Any) -> None:
    await topics()
    subscription = await subscribe()

    bodies = [json.loads(delivery["body"]) for delivery in sandbox.books["deliveries"]]

    assert {body["data"]["subscriptionId"] for body in bodies} == {subscription["id"]}
    assert bodies[0]["timestamp"] == "2026-06-01T12:00:00.000Z"
    assert bodies[0]["data"]["partnerReferenceId"] is None


async def test_an_archived_plan_cannot_be_assigned(api: Any, demo: Any) -> None:
    body = {"customerId": demo.customer(), "planId": demo.plan(), "startDate": "2026-06-01"}
    await api(f"POST /v1/subscriptions/plans/{demo.plan()}/archive", status=201)
    await api("POST /v1/subscriptions", body, status=400)


async def report(api: Any, key: Any, status: Any, demo: Any, **fields: Any) -> Any:
    body = {"value": 3, "customerId": demo.customer(), "meterName": "api-calls", **fields}
    return await api("POST /v1/meters/report", body, headers={"x-api-idempotency-key": key}, status=status)


async def test_usage_is_counted_once_per_key(api: Any, demo: Any, sandbox: Any) -> None:
    first = await report(api, "k1", 202, demo)
    again = await report(api, "k1", 200, demo)
    await report(api, "k2", 202, demo)

    assert (first["status"], again["status"]) == ("queued", "duplicate")
    assert first["requestId"]
    assert len(sandbox.books["usage_reports"]) == 2


async def test_usage_without_a_key_is_refused(api: Any, demo: Any, broken: Any) -> None:
    body = {"value": 3, "customerId": demo.customer(), "meterName": "api-calls"}
    answer = await api("POST /v1/meters/report", body, status=400)
    assert broken(answer) == {"x-api-idempotency-key": ["isNotEmpty"]}


async def test_usage_names_one_meter_that_exists(api: Any, demo: Any, broken: Any, sandbox: Any) -> None:
    both = await report(api, "k", 400, demo, meterId="x")
    assert broken(both) == {"meterId": ["isDefined"]}
    assert (await report(api, "k", 404, demo, meterName="steps"))["code"] == "METER_NOT_FOUND"
    assert broken(await report(api, "k", 400, demo, timestamp="soon")) == {"timestamp": ["isDateString"]}
    with sandbox.books.transaction():
        sandbox.books["meters"].change(next(iter(sandbox.books["meters"])), status="ARCHIVED")
    await report(api, "k", 400, demo)


async def test_a_meter_lists_the_subscriptions_that_can_report(api: Any, subscribe: Any, control: Any) -> None:
    subscription = await subscribe("Metered")
    await subscribe("Basic")

    meter = await api("GET /v1/meters/subscriptions", meterName="api-calls")

    assert [row["subscriptionId"] for row in meter["subscriptions"]] == [subscription["id"]]
    assert await api(f"GET /v1/meters/{meter['meterId']}/subscriptions") == meter
    await control(f"POST /subscriptions/{subscription['id']}", {"action": "pause"})
    assert (await api(f"GET /v1/meters/{meter['meterId']}/subscriptions"))["subscriptions"] == []
    assert (await api("GET /v1/meters/none/subscriptions", status=404))["code"] == "METER_NOT_FOUND"


async def test_no_call_sets_what_the_status_follows_from(api: Any, subscribe: Any) -> None:
    """Not by the names under which the sandbox keeps it, either."""
    smuggled = {"cancelledAt": "2026-01-01", "cancelAt": "soon", "paused": True, "awaitsPayment": True}

    subscription = await subscribe(**smuggled, partnerReferenceId="mine")
    assert (subscription["status"], "partnerReferenceId" in subscription) == ("active", False)

    await api(f"PATCH /v1/subscriptions/{subscription['id']}", smuggled)
    assert await status_of(api, subscription) == "active"


@pytest.mark.parametrize(
    "fields", [{"endDate": "soon"}, {"billingCycleAnchor": 5}, {"trialDays": "x"}, {"trialDays": 366}]
)
async def test_what_a_status_is_reckoned_from_is_checked_when_changed(
    api: Any, subscribe: Any, broken: Any, fields: dict[str, Any]
) -> None:
    subscription = await subscribe()
    answer = await api(f"PATCH /v1/subscriptions/{subscription['id']}", fields, status=400)
    assert list(broken(answer)) == list(fields)
