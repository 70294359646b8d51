"""Python's own dates and Decimals reach the API as it writes them, in every kind of body."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from ledgerbee_client import LedgerBee
from ledgerbee_client.models import CreateCreditNoteRequest, CreateQuoteRequest, SalesDocumentLineInput

from .sandbox_process import SandboxProcess

pytestmark = pytest.mark.anyio


async def test_a_subscription_given_as_a_mapping_starts_on_a_date(bee: LedgerBee, sandbox: SandboxProcess) -> None:
    """The day arrives as the API writes days."""
    customer, plan = sandbox.kept("customers")[0]["id"], sandbox.kept("plans")[0]["id"]
    made = await bee.subscriptions.assign(
        {"customerId": customer, "planId": plan, "startDate": datetime.date(2027, 1, 1)}
    )

    [kept] = [one for one in sandbox.kept("subscriptions") if made.id == one["id"]]
    assert "2027-01-01" == kept["startDate"]


async def test_quotes_and_credit_notes_take_the_same_price(bee: LedgerBee, sandbox: SandboxProcess) -> None:
    """A Decimal, which is text on the wire in both."""
    invoice = await bee.invoices.get(sandbox.kept("invoices")[0]["id"])
    customer = invoice.customer_id or ""
    line = SalesDocumentLineInput(price_id=invoice.lines[0].price_id, quantity=Decimal(2), unit_price=Decimal("10.00"))
    today = datetime.date(2027, 1, 1)
    quote = await bee.quotes.create(
        CreateQuoteRequest(customer_id=customer, date=today, valid_until=today, lines=[line])
    )
    note = await bee.credit_notes.create(CreateCreditNoteRequest(customer_id=customer, lines=[line]))

    assert Decimal("20.00") == quote.subtotal
    assert "-20.00" == note["subtotal"]
