"""Subscriptions and plans: statuses follow from dates and the clock, cancellations are queued or at once."""

from __future__ import annotations

from typing import Any

from ledgerbee_sandbox.books import Record
from ledgerbee_sandbox.books.clock import instant
from ledgerbee_sandbox.json_types import is_array
from ledgerbee_sandbox.rules.call import Call, broken, found, invalid, need_licence, not_found
from ledgerbee_sandbox.rules.catalogue.prices import use
from ledgerbee_sandbox.rules.dates import need_instant
from ledgerbee_sandbox.rules.paging import matching, page_of
from ledgerbee_sandbox.rules.partners.customers import the_customer
from ledgerbee_sandbox.rules.registry import FieldsOf, answers
from ledgerbee_sandbox.rules.subscriptions.lifecycle import event_data, period_end, settle, status_of
from ledgerbee_sandbox.rules.webhooks.events import emit

_INTERNAL = {"lastStatus", "cancelAt", "cancelledAt", "paused", "awaitsPayment", "changeId"}


def shown(call: Call, subscription: Record) -> Record:
    answer = {name: value for name, value in subscription.items() if name not in _INTERNAL and value is not None}
    return {**answer, "status": status_of(subscription, call.books.clock.now())}


def _ready(call: Call) -> None:
    """Every subscription call needs the licence, and sees the statuses of now."""
    need_licence(call, "Subscription")
    settle(call.books)


def _the_subscription(call: Call, subscription_id: Any) -> Record:
    return found(call.books["subscriptions"].get(subscription_id), "Subscription")


def _sent(fields: Record) -> Record:
    """The fields of an open body, but for those that only the rules set."""
    return {name: value for name, value in fields.items() if name not in {*_INTERNAL, "partnerReferenceId"}}


@answers("List customer subscriptions")
def list_subscriptions(call: Call) -> Record:
    _ready(call)
    books, query = call.books, call.query
    rows = [shown(call, s) for s in books["subscriptions"].newest_first()]
    rows = matching(call, rows, "customerId", "planId", "partnerReferenceId")
    if query.get("statuses"):
        wanted: list[Any] = query["statuses"] if is_array(query["statuses"]) else [query["statuses"]]
        rows = [subscription for subscription in rows if subscription["status"] in wanted]
    if query.get("search"):
        word = str(query["search"]).casefold()
        rows = [s for s in rows if word in _searched(call, s)]
    return page_of(call, rows)


def _searched(call: Call, subscription: Record) -> str:
    customer = call.books["customers"].get(subscription["customerId"]) or {}
    plan = call.books["plans"].get(subscription["planId"]) or {}
    return f"{customer.get('name', '')} {subscription.get('name') or plan.get('name', '')}".casefold()


@answers("Assign a subscription to a customer")
def assign(call: Call) -> Record:
    _ready(call)
    return shown(call, new_subscription(call, call.fields))


def new_subscription(call: Call, fields: Record, **more: Any) -> Record:
    """Start a chain. A future start is scheduled; an order of past start is active at once."""
    books = call.books
    the_customer(call, fields["customerId"])
    plan = found(books["plans"].get(fields["planId"]), "Subscription plan")
    if plan["status"] != "ACTIVE":
        raise broken("The subscription plan is archived")
    for name in ("startDate", "endDate", "billingCycleAnchor"):
        if fields.get(name) is not None:
            need_instant(fields[name], name)
    for number, override in enumerate(fields.get("productOverrides") or []):
        if override.get("priceId") not in books["prices"]:
            raise invalid(f"productOverrides.{number}.priceId", "exists", "priceId must be a price of the catalogue")
    for price_id in plan["priceIds"]:
        use(books, price_id)
    defaults = {"prorationBehavior": "none", "billingDirection": "advance", "trialDays": 0}
    record = {**defaults, **_sent(fields), **more, "id": books.new_id(), "versionId": books.new_id()}
    record |= {"createdAt": books.stamp(), "lastStatus": "new"}
    subscription = books["subscriptions"].put(record)
    emit(books, "subscription.assigned", event_data(subscription, books.clock.now()))
    settle(books)
    return _the_subscription(call, subscription["id"])


@answers("Get a customer subscription by its stable id")
def get_subscription(call: Call) -> Record:
    _ready(call)
    return shown(call, _the_subscription(call, call.path[0]))


@answers("Update a customer subscription", fields_of=FieldsOf("Get a customer subscription by its stable id"))
def update_subscription(call: Call) -> Record:
    """The fields are not documented; neither a status nor the structure can be set here."""
    _ready(call)
    subscription = _the_subscription(call, call.path[0])
    for name in ("status", "planId", "customerId", "startDate", "productOverrides"):
        if name in call.fields:
            raise invalid(name, "whitelistValidation", f"property {name} should not exist")
    for name in ("endDate", "billingCycleAnchor"):
        if call.fields.get(name) is not None:
            need_instant(call.fields[name], name)
    days = call.fields.get("trialDays", 0)
    if days is not None and (isinstance(days, bool) or not isinstance(days, int) or not 0 <= days <= 365):
        raise invalid("trialDays", "isInt", "trialDays must be an integer number from 0 to 365")
    kept = {name: subscription[name] for name in ("id", "versionId", "createdAt")}
    subscription = call.books["subscriptions"].change(subscription, **{**_sent(call.fields), **kept})
    emit(call.books, "subscription.updated", event_data(subscription, call.books.clock.now()))
    return shown(call, subscription)


@answers("Cancel a customer subscription")
def cancel(call: Call) -> Record:
    """End a subscription by one of the four strategies; the answer, which is not documented, is the subscription."""
    _ready(call)
    books, fields = call.books, call.fields
    subscription, now = _the_subscription(call, fields["id"]), call.books.clock.now()
    strategy = fields["strategy"]
    if fields.get("refundBehavior") is not None and strategy != "immediately":
        raise invalid("refundBehavior", "isEmpty", "refundBehavior is for the strategy immediately only")
    if strategy == "clear_schedule":
        return shown(call, _cleared(call, subscription))
    if status_of(subscription, now) in {"cancelled", "expired"}:
        raise broken("The subscription has ended")
    if strategy == "immediately":
        subscription = books["subscriptions"].change(subscription, cancelledAt=instant(now), cancelAt=None)
        settle(books)
        return shown(call, _the_subscription(call, subscription["id"]))
    if strategy == "specific_date":
        if fields.get("effectiveDate") is None:
            raise invalid("effectiveDate", "isNotEmpty", "effectiveDate is required for specific_date")
        moment = need_instant(fields["effectiveDate"], "effectiveDate")
    else:
        moment = period_end(subscription, books["plans"].get(subscription["planId"]) or {}, now)
    change = {"cancelAt": instant(moment), "changeId": books.new_id()}
    subscription = books["subscriptions"].change(subscription, **change)
    emit(books, "subscription.cancellation_scheduled", event_data(subscription, now))
    settle(books)
    return shown(call, _the_subscription(call, subscription["id"]))


def _cleared(call: Call, subscription: Record) -> Record:
    if not subscription.get("cancelAt") or subscription["lastStatus"] in {"cancelled", "expired"}:
        raise broken("No cancellation is planned")
    subscription = call.books["subscriptions"].change(subscription, cancelAt=None, changeId=None)
    emit(call.books, "subscription.cancellation_cleared", event_data(subscription, call.books.clock.now()))
    settle(call.books)
    return _the_subscription(call, subscription["id"])


@answers("List a subscription's pending scheduled changes")
def scheduled_changes(call: Call) -> list[Record]:
    """A planned cancellation is itself a queued change, and the only one that the API can make."""
    _ready(call)
    subscription = _the_subscription(call, call.path[0])
    if not subscription.get("cancelAt") or subscription["lastStatus"] in {"cancelled", "expired"}:
        return []
    change = {"id": subscription["changeId"], "type": "cancellation", "effectiveDate": subscription["cancelAt"]}
    return [{**change, "subscriptionId": subscription["id"]}]


@answers("Cancel a single pending scheduled change")
def cancel_change(call: Call) -> None:
    _ready(call)
    subscription = _the_subscription(call, call.path[0])
    if subscription.get("changeId") != call.path[1]:
        raise not_found("Scheduled change")
    _cleared(call, subscription)


@answers("List subscription plans")
def plans(call: Call) -> list[Record]:
    need_licence(call, "Subscription")
    return list(call.books["plans"])


@answers("Archive a subscription plan")
def archive_plan(call: Call) -> Record:
    need_licence(call, "Subscription")
    plan = found(call.books["plans"].get(call.path[0]), "Subscription plan")
    return call.books["plans"].change(plan, status="ARCHIVED", published=False)
