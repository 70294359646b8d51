"""
A customer's first month: customer, product with its price, subscription, invoice, sending, and a credit note.

    ledgerbee sandbox -- python examples/onboarding.py
"""

from __future__ import annotations

import asyncio
import datetime
from decimal import Decimal

from attrs import frozen

from ledgerbee_client import LedgerBee
from ledgerbee_client.models import (
    AssignSubscriptionRequest,
    CreateCreditNoteRequest,
    CreateProductRequest,
    InitialPriceInput,
    PublicCreateInvoice,
    PublicCreateInvoiceLine,
    PublicSendInvoice,
    SalesDocumentLineInput,
)


@frozen
class Onboarded:
    """What was made, by id; keep it, for the API deduplicates none of these calls."""

    customer: str
    product: str
    price: str
    subscription: str
    invoice: str
    credit_note: str


async def onboard(bee: LedgerBee, number: str, name: str, email: str, today: datetime.date) -> Onboarded:
    """
    Take a customer on.

    Args:
        bee: The client.
        number: Your number of the customer, and of its product; unique in the company.
        name: The customer's name.
        email: Where its invoices go.
        today: Date of the invoice, and of the subscription's start.
    """
    customer = await customer_by_number(bee, number, name, email)
    group = await bee.product_groups.list().first()
    plan = await bee.subscriptions.plans().first()
    assert group, "make a product group in LedgerBee first"
    assert plan, "make a subscription plan in LedgerBee first"

    product = await bee.products.create(
        CreateProductRequest(
            product_number=f"HOSTING-{number}",
            name=f"Hosting for {name}",
            unit="month",
            product_group_id=group["id"],
            initial_price=InitialPriceInput(
                billing_period_type="recurring",
                billing_interval="month",
                pricing_model="flat_rate",
                unit_amount=Decimal("1500.00"),
            ),
        )
    )
    [price] = product.prices or []
    subscription = await bee.subscriptions.assign(
        AssignSubscriptionRequest(customer_id=customer, plan_id=plan["id"], start_date=today, trial_days=14)
    )
    invoice = await bee.invoices.create(
        PublicCreateInvoice(
            customer_id=customer,
            date=today,
            lines=[PublicCreateInvoiceLine(price_id=price.id, quantity=Decimal(1))],
            reference=f"ONBOARDING-{number}",
        )
    )
    # It has no number until it is sent, and a credit note names the invoice by its number.
    await bee.invoices.send(invoice.id, PublicSendInvoice(delivery_type="Email", override_email=email))
    sent = await bee.invoices.get(invoice.id)
    credit_note = await bee.credit_notes.create(
        CreateCreditNoteRequest(
            customer_id=customer,
            invoice_number=sent.number or "",
            lines=[SalesDocumentLineInput(price_id=price.id, quantity=Decimal(1))],
        )
    )
    return Onboarded(customer, product.id, price.id, subscription.id or "", invoice.id, credit_note["id"])


async def customer_by_number(bee: LedgerBee, number: str, name: str, email: str) -> str:
    """Return the id of the customer with this number; one that is not there yet is made."""
    found = await bee.customers.list(customer_number=number).first()
    if found is not None:
        return found.id
    group = await bee.customers.groups().first()
    assert group, "make a customer group in LedgerBee first"
    created = await bee.customers.create(
        {
            "customerNumber": number,
            "customerType": "BUSINESS",
            "name": name,
            "email": email,
            "countryCode": "DK",
            "vatZone": "domestic",
            "customerGroupId": group.id,
        }
    )
    customer: str = created["id"]
    return customer


async def main() -> None:
    async with LedgerBee.from_env() as bee:
        # Scopes that are missing are better known now than after the first half.
        await bee.api_key.require("products-write", "subscriptions-write", "invoices-write")
        print(await onboard(bee, "C-2001", "Acme ApS", "books@acme.example", datetime.date.today()))


if __name__ == "__main__":
    asyncio.run(main())
