"""What nobody goes below: msgspec into Structs that are written for exactly this body."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum

import msgspec


class Status(StrEnum):
    """States of an invoice."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENT = "sent"
    PAID = "paid"
    PARTIALLY_PAID = "partially_paid"


class Invoice(msgspec.Struct, rename="camel"):
    """An invoice in a list."""

    id: str
    number: str
    status: Status
    date: datetime.date
    due_date: datetime.date
    customer_id: str
    currency: str
    subtotal: Decimal
    vat: Decimal
    amount: Decimal
    reference: str
    our_reference: str
    notes: str
    created_at: datetime.datetime
    updated_at: datetime.datetime


class Page(msgspec.Struct, rename="camel"):
    """A page."""

    data: list[Invoice]
    total: int
    page: int
    limit: int
    total_pages: int


class Booked(msgspec.Struct, rename="camel"):
    """A booked journal entry."""

    id: str
    entry_number: str
    date: datetime.date
    amount: Decimal
    currency: str
    journal_type: str
    type: str
    status: str
    account_id: str
    created_at: datetime.datetime
    document_date: datetime.date
    description: str
    reference: str
    external_system_id: str
    contra_account_id: str
    customer_id: str
    vat_code_id: str
    tag_ids: list[str]
    document_refs: list[str]


class Batch(msgspec.Struct, rename="camel"):
    """A batch answer."""

    total_created: int
    entries: list[Booked]


class EntryLine(msgspec.Struct, rename="camel"):
    """A line to book."""

    account_id: str
    type: str
    amount: Decimal
    vat_code_id: str
    description: str
    tag_ids: list[str]


class Entry(msgspec.Struct, rename="camel"):
    """An entry to book."""

    entry_type: str
    date: datetime.date
    original_amount: Decimal
    lines: list[EntryLine]
    description: str
    reference: str
    currency: str
    tag_ids: list[str]


class Entries(msgspec.Struct):
    """A batch to book."""

    entries: list[Entry]


def struct_decoders() -> tuple[Callable[[bytes], object], Callable[[bytes], object]]:
    """Return decoders of a page and of a batch answer."""
    return msgspec.json.Decoder(Page).decode, msgspec.json.Decoder(Batch).decode


def struct_encoder(body: bytes) -> Callable[[], bytes]:
    """Return an encoder of the Structs that a batch request is made of."""
    ready, encoder = msgspec.json.decode(body, type=Entries), msgspec.json.Encoder(decimal_format="number")
    return lambda: encoder.encode(ready)
