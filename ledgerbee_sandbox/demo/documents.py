"""What the demo company is given besides: customers, invoices and journal entries, as many as are asked for."""

from __future__ import annotations

import datetime
from decimal import Decimal

from ledgerbee_sandbox.books import Books, Record
from ledgerbee_sandbox.rules.accounting.journal_entries import book
from ledgerbee_sandbox.rules.call import Call, Caller
from ledgerbee_sandbox.rules.sales.invoices import book_invoice, new_invoice, pay

_FIRST_DAY = datetime.date(2026, 1, 5)


def add(books: Books, *, invoices: int = 0, entries: int = 0, customers: int = 0) -> None:
    """Add documents to the company; which ones depends only on how many there are already."""
    call = Call(books=books, caller=Caller(name="demo"))
    for _ in range(customers):
        add_customer(books, _generated_customer(len(books["customers"]) + 1))
    for _ in range(invoices):
        _invoice(call, books.next_number("demo_invoices"))
    for _ in range(entries):
        _entry(call, books.next_number("demo_entries"))


def account_id(books: Books, number: int) -> str:
    record = books["accounts"].first(accountNumber=number)
    return str(record["id"]) if record else ""


def add_customer(books: Books, fields: Record) -> None:
    group = next(iter(books["customer_groups"]))
    customer: Record = {
        "id": books.new_id(),
        "customerType": "BUSINESS",
        "vatZone": "domestic",
        "customerGroupId": group["id"],
        "customerGroupNumber": group["number"],
        "customerGroupName": group["name"],
        "isActive": True,
        "billingRelationship": "self",
        "includeChildDetailsPdf": False,
        "paymentTerms": 30,
        "countryCode": "DK",
        **fields,
    }
    books["customers"].put(customer)
    contact = {"name": f"Accounts of {customer['name']}", "email": customer["email"], "isDefault": True}
    books["contacts"].put({"id": books.new_id(), "ownerId": customer["id"], **contact})


def _generated_customer(number: int) -> Record:
    return {"customerNumber": f"C{number:04}", "name": f"Customer {number}", "email": f"customer{number}@example.com"}


def _invoice(call: Call, number: int) -> None:
    """Of ten invoices one stays a draft, two are paid and one is paid in part; the rest is sent."""
    books = call.books
    customers, prices = list(books["customers"]), [p for p in books["prices"] if not p.get("meterId")]
    customer = customers[number % len(customers)]
    date = _FIRST_DAY + datetime.timedelta(days=number % 300)
    lines = [
        {"priceId": prices[(number + n) % len(prices)]["id"], "quantity": 1 + (number + n) % 4}
        for n in range(1 + number % 3)
    ]
    fields = {"customerId": customer["id"], "date": date.isoformat(), "lines": lines, "reference": f"PO-{number:05}"}
    invoice = new_invoice(call, fields)
    if number % 10 == 0:
        return
    invoice = books["invoices"].put(book_invoice(books, invoice))
    if number % 10 in {3, 6}:
        pay(books, invoice, invoice["amount"])
    elif number % 10 == 8:
        pay(books, invoice, Decimal("1.00"))


def _entry(call: Call, number: int) -> None:
    amount = Decimal(number * 7919 % 100_000) / 100 + 1
    day = _FIRST_DAY + datetime.timedelta(days=number % 300)
    sides = (("debit", account_id(call.books, 2010)), ("credit", account_id(call.books, 5820)))
    fields = {
        "entryType": "journal",
        "date": day.isoformat(),
        "originalAmount": amount,
        "reference": f"SEED-{number:05}",
        "lines": [{"accountId": account, "type": side, "amount": amount} for side, account in sides],
    }
    book(call, fields, version=2)
