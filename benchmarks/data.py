"""What is sent and read: invented, of the size and shape of real books, and always the same."""

from __future__ import annotations

import hashlib
import json
import uuid
from typing import Any

COMPANIES = ("Vestergaard Byg", "Havnens Fisk", "Lind og Sønner", "Aarhus Hosting", "Møllers Bageri")
STATES = ("sent", "paid", "draft", "partially_paid", "scheduled")


def identity(kind: str, number: int) -> str:
    """Make an id that is the same in every run."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}/{number}"))


def invoice(number: int) -> dict[str, Any]:
    """Make an invoice as a list shows it."""
    cents = 12_345 * (number % 97) + 9_900
    return {
        "id": identity("invoice", number),
        "number": f"{2026_0000 + number}",
        "status": STATES[number % len(STATES)],
        "date": f"2026-{number % 12 + 1:02}-{number % 28 + 1:02}",
        "dueDate": f"2026-{number % 12 + 1:02}-28",
        "customerId": identity("customer", number % 40),
        "currency": "DKK",
        "subtotal": f"{cents / 100:.2f}",
        "vat": f"{cents // 4 / 100:.2f}",
        "amount": f"{(cents + cents // 4) / 100:.2f}",
        "reference": f"PO-{number:05}",
        "ourReference": COMPANIES[number % len(COMPANIES)],
        "notes": "Delivered to the back door.",
        "createdAt": f"2026-01-{number % 28 + 1:02}T10:30:00.{number % 1000:03}Z",
        "updatedAt": f"2026-02-{number % 28 + 1:02}T08:15:30.{number % 1000:03}Z",
    }


def page(*, number: int = 1, pages: int = 1, change: dict[str, Any] | None = None, changed: int = 100) -> bytes:
    """
    Make a page of 100 invoices, 43 KB.

    Args:
        number: Which page.
        pages: Of how many.
        change: Fields that invoices have instead of their own, or besides.
        changed: How many of them, from the middle on where it is not all.
    """
    items = [invoice(number * 100 + index) for index in range(100)]
    for item in items[-changed:] if changed == 100 else items[50 : 50 + changed]:
        item.update(change or {})
    whole = {"data": items, "total": pages * 100, "page": number, "limit": 100, "totalPages": pages}
    return json.dumps(whole, separators=(",", ":"), ensure_ascii=False).encode()


ADDITIVE: dict[str, Any] = {"status": "credited", "dueDate": None, "paymentLink": "https://pay.example/1"}
"""What a newer API does to every item: a value that an enum does not know, a null, a field nobody knows."""


def group() -> bytes:
    """Make a small answer: a product group, 196 B or so."""
    whole = {
        "id": identity("group", 1), "number": "PG001", "name": "Services, hosting", "domesticAccountId": "a-1010",
        "createdAt": "2026-01-15T10:30:00.000Z", "updatedAt": "2026-01-16T10:30:00.000Z",
    }  # fmt: skip
    return json.dumps(whole, separators=(",", ":")).encode()


def booked(number: int) -> dict[str, Any]:
    """Make a journal entry as the API answers it, 670 B."""
    return {
        "id": identity("entry", number),
        "entryNumber": f"JE-{number:05}",
        "date": "2026-06-15",
        "amount": 1000 + number / 4,
        "currency": "DKK",
        "journalType": "JOURNAL_ENTRY",
        "type": "debit",
        "status": "POSTED",
        "accountId": identity("account", number % 20),
        "createdAt": f"2026-06-15T10:30:00.{number % 1000:03}Z",
        "documentDate": "2026-06-14",
        "description": f"Office supplies {number}",
        "reference": f"REF-2026-{number:03}",
        "externalSystemId": f"erp-{number:08x}",
        "contraAccountId": identity("account", 21),
        "customerId": identity("customer", number % 40),
        "vatCodeId": identity("vat", number % 4),
        "tagIds": [identity("tag", number % 9)],
        "documentRefs": [f"doc-{number}"],
    }


def batch_answer() -> bytes:
    """Make the answer to a batch of 100 journal entries, 67 KB."""
    whole = {"totalCreated": 100, "entries": [booked(number) for number in range(100)]}
    return json.dumps(whole, separators=(",", ":")).encode()


def entry(number: int) -> dict[str, Any]:
    """Make a journal entry of three lines, as wire names and JSON values."""
    return {
        "entryType": "journal",
        "date": "2026-06-15",
        "originalAmount": 1250.5,
        "lines": [_line(number, 1000.4, "debit"), _line(number, 250.1, "debit"), _line(number, 1250.5, "credit")],
        "description": f"Hosting, June, {COMPANIES[number % len(COMPANIES)]}",
        "reference": f"INV-{number:05}",
        "currency": "DKK",
        "tagIds": [identity("tag", number % 9)],
    }


def _line(number: int, amount: float, side: str) -> dict[str, Any]:
    return {
        "accountId": identity("account", number % 20),
        "type": side,
        "amount": amount,
        "vatCodeId": identity("vat", number % 4),
        "description": f"Line of entry {number}",
        "tagIds": [identity("tag", number % 9)],
    }


def files() -> list[bytes]:
    """Make 10 files of together 11 MB."""
    block = b"".join(hashlib.sha512(str(number).encode()).digest() for number in range(1_000))
    return [b"%PDF-1.7\n" + (block * 18)[: 1_100_000 + number] for number in range(10)]
