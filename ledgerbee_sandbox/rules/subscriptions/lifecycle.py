"""The status of a subscription, derived from its dates and the present, and the events of its changes."""

from __future__ import annotations

import calendar
import datetime
from typing import Any

from ledgerbee_sandbox.books import Books, Record
from ledgerbee_sandbox.books.clock import parse_instant
from ledgerbee_sandbox.rules.webhooks.events import emit

_ENDED = {"cancelled", "expired"}
_RUNNING = {"trial", "active", "pending_cancellation"}
_DAYS = {"day": 1, "week": 7}


def status_of(subscription: Record, now: datetime.datetime) -> str:
    """The status at an instant. A final one wins over a future one."""
    facts = (
        ("cancelled", _is_past(subscription.get("cancelledAt"), now) or _is_past(subscription.get("cancelAt"), now)),
        ("expired", _is_past(subscription.get("endDate"), now)),
        ("paused", bool(subscription.get("paused"))),
        ("scheduled", parse_instant(subscription["startDate"]) > now),
        ("awaiting_payment", bool(subscription.get("awaitsPayment"))),
        ("trial", _trial_end(subscription) > now),
        ("pending_cancellation", subscription.get("cancelAt") is not None),
    )
    return next((status for status, holds in facts if holds), "active")


def _is_past(moment: Any, now: datetime.datetime) -> bool:
    return moment is not None and parse_instant(str(moment)) <= now


def _trial_end(subscription: Record) -> datetime.datetime:
    return parse_instant(subscription["startDate"]) + datetime.timedelta(days=int(subscription.get("trialDays") or 0))


def settle(books: Books) -> None:
    """Emit the events of the statuses that have changed since the last call."""
    now = books.clock.now()
    for subscription in list(books["subscriptions"]):
        before, after = subscription["lastStatus"], status_of(subscription, now)
        if before == after:
            continue
        changed = books["subscriptions"].change(subscription, lastStatus=after)
        for topic in _topics(before, after):
            emit(books, f"subscription.{topic}", event_data(changed, now))


def _topics(before: str, after: str) -> list[str]:
    if after in _ENDED:
        return ["churned"]
    if after == "paused":
        return ["paused"]
    if before == "paused":
        return ["resumed"]
    topics = ["payment_succeeded"] if before == "awaiting_payment" else []
    if before in {"new", "scheduled", "awaiting_payment"} and after in _RUNNING:
        topics.append("started")
    if before == "trial" and after in {"active", "pending_cancellation"}:
        topics.append("trial_ended")
    return topics


def event_data(subscription: Record, now: datetime.datetime) -> Record:
    """What every subscription event carries. Reconcile on the chain id or the partner reference, not on the version."""
    return {
        "subscriptionId": subscription["id"],
        "versionId": subscription["versionId"],
        "partnerReferenceId": subscription.get("partnerReferenceId"),
        "customerId": subscription["customerId"],
        "planId": subscription["planId"],
        "status": status_of(subscription, now),
    }


def period_end(subscription: Record, plan: Record, now: datetime.datetime) -> datetime.datetime:
    """The end of the billing period that is running, or of the first one where none runs yet."""
    anchor = parse_instant(str(subscription.get("billingCycleAnchor") or subscription["startDate"]))
    count, interval = int(plan.get("intervalCount", 1)), str(plan.get("interval", "month"))
    periods = 1
    while (end := _later(anchor, interval, count * periods)) <= now:
        periods += 1
    return end


def _later(moment: datetime.datetime, interval: str, count: int) -> datetime.datetime:
    if interval in _DAYS:
        return moment + datetime.timedelta(days=_DAYS[interval] * count)
    months = moment.month - 1 + count * (12 if interval == "year" else 1)
    year, month = moment.year + months // 12, months % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))
