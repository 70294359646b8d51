"""Dates, instants and prices are Python's own wherever the API documents them, and leave as the API writes them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from ledgerbee_client import InvalidValueError, models
from ledgerbee_client._models.model import ANY, DECIMAL_TEXT, TEXT, Model
from ledgerbee_client.models import (
    AssignSubscriptionRequest,
    CancelSubscriptionRequest,
    DeliverySummary,
    Quote,
    SalesDocumentLineInput,
)

NOON = datetime.datetime(2026, 7, 1, 12, tzinfo=datetime.UTC)
DATES = re.compile(r"date$|Date$|At$|timestamp|Until$|Anchor$")
PRICES = {"unitPrice", "unitAmount", "flatFee"}


def fields() -> Iterator[tuple[str, str, Any]]:
    for name in models.__all__:
        cls: Any = getattr(models, name)
        if isinstance(cls, type) and issubclass(cls, Model):
            for field in cls._wire:
                codec: Any = field.codec
                yield name, field.wire, getattr(codec, "item", codec)


def test_every_date_and_instant_is_one_in_python() -> None:
    """Nothing with such a name is left as text."""
    assert [] == [(name, wire) for name, wire, codec in fields() if DATES.search(wire) and codec in {TEXT, ANY}]


def test_every_price_is_a_decimal_text() -> None:
    """So that the same names are, too, in mappings of which nothing is documented."""
    assert PRICES == {wire for _, wire, _ in fields() if wire in PRICES}
    assert {DECIMAL_TEXT} == {codec for _, wire, codec in fields() if wire in PRICES}


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (datetime.date(2026, 7, 1), "2026-07-01"),
        (NOON, "2026-07-01T12:00:00.000Z"),
        ("2026-07-01", "2026-07-01"),
        ("2026-07-01T12:00:00Z", "2026-07-01T12:00:00Z"),
    ],
)
def test_a_subscription_starts_on_a_day_or_at_an_instant(given: Any, written: str) -> None:
    """Both are ISO 8601; the API documents no more than that."""
    body = AssignSubscriptionRequest(customer_id="c", plan_id="p", start_date=given)

    assert written == body.to_wire("")["startDate"]
    cancelled = CancelSubscriptionRequest(id="s", strategy="specific_date", effective_date=given)
    assert written == cancelled.to_wire("")["effectiveDate"]


def test_an_instant_without_a_time_zone_is_refused() -> None:
    """It could mean another day."""
    body = AssignSubscriptionRequest(customer_id="c", plan_id="p", start_date=NOON.replace(tzinfo=None))

    with pytest.raises(InvalidValueError, match=r"startDate: expected a date .* or an instant .* with a time zone"):
        body.check()


def test_a_price_of_a_sales_document_leaves_as_text() -> None:
    """In quotes, order confirmations and credit notes as in invoices."""
    assert {"unitPrice": "10.00"} == SalesDocumentLineInput(unit_price=Decimal("10.00")).to_wire("")


def test_amounts_of_which_no_type_is_documented_are_read_either_way() -> None:
    """As a number or as text."""
    for amount in ("2708.31", Decimal("2708.31")):
        assert Decimal("2708.31") == Quote.from_dict({**QUOTE, "amount": amount}).amount


def test_both_instants_of_a_delivery_are_instants() -> None:
    """`lastSentAt` as `sentAt`."""
    assert NOON == DeliverySummary.from_dict({"lastSentAt": "2026-07-01T12:00:00.000Z"}).last_sent_at


QUOTE: dict[str, Any] = {field.wire: None for field in Quote._wire if field.required}
