"""Usage meters: reports that are counted once per idempotency key, and who can report to a meter."""

from __future__ import annotations

from ledgerbee_sandbox.books import Record
from ledgerbee_sandbox.rules.call import Answer, Call, broken, found, invalid, need_licence
from ledgerbee_sandbox.rules.dates import need_instant
from ledgerbee_sandbox.rules.partners.customers import the_customer
from ledgerbee_sandbox.rules.registry import answers
from ledgerbee_sandbox.rules.subscriptions.lifecycle import settle

_KEY = "x-api-idempotency-key"


def _ready(call: Call) -> None:
    need_licence(call, "Metered Products", "Subscription")
    settle(call.books)


def _subscriptions_of(call: Call, meter: Record) -> Record:
    """The meter with the subscriptions whose plan has a price on it; paused ones are left out."""
    books = call.books
    rows: list[Record] = []
    prices = {price["id"]: price for price in books["prices"].where(meterId=meter["id"])}
    for subscription in books["subscriptions"]:
        plan = books["plans"].get(subscription["planId"]) or {}
        metered = [prices[price_id] for price_id in plan.get("priceIds", []) if price_id in prices]
        if metered and subscription["lastStatus"] not in {"paused", "cancelled", "expired"}:
            products = [{"productId": price["productId"], "priceId": price["id"]} for price in metered]
            row = {"subscriptionId": subscription["id"], "customerId": subscription["customerId"]}
            rows.append({**row, "products": products})
    return {"meterId": meter["id"], "meterName": meter["name"], "subscriptions": rows}


@answers("List meter subscriptions by ID")
def by_id(call: Call) -> Record:
    _ready(call)
    return _subscriptions_of(call, found(call.books["meters"].get(call.path[0]), "Meter", "METER_NOT_FOUND"))


@answers("List meter subscriptions by name")
def by_name(call: Call) -> Record:
    _ready(call)
    name = call.query.get("meterName", call.path[-1] if call.path else None)
    return _subscriptions_of(call, found(call.books["meters"].first(name=name), "Meter", "METER_NOT_FOUND"))


@answers("Report usage")
def report(call: Call) -> Answer:
    """202 and queued the first time, 200 and duplicate for a key that was seen: it is not counted again."""
    _ready(call)
    books, fields = call.books, call.fields
    key = call.headers.get(_KEY, "")
    if key in books["usage_reports"]:
        return Answer(200, {"status": "duplicate"})
    meters = books["meters"]
    if (fields.get("meterId") is None) == (fields.get("meterName") is None):
        raise invalid("meterId", "isDefined", "give either meterId or meterName")
    named = meters.get(fields["meterId"]) if fields.get("meterId") else meters.first(name=fields.get("meterName"))
    meter = found(named, "Meter", "METER_NOT_FOUND")
    if meter["status"] != "ACTIVE":
        raise broken("The meter is archived")
    the_customer(call, fields["customerId"])
    stamp = fields.get("timestamp") or books.stamp()
    need_instant(stamp, "timestamp")
    metadata: Record = fields.get("metadata") or {}
    for name, value in metadata.items():
        if value is None or isinstance(value, list | dict):
            raise invalid(f"metadata.{name}", "isScalar", f"{name} must be a string, number or boolean")
    request_id = books.new_id()
    books["usage_reports"].put(
        {**fields, "id": key, "requestId": request_id, "meterId": meter["id"], "timestamp": stamp}
    )
    return Answer(202, {"status": "queued", "requestId": request_id})
