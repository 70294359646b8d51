"""A few models written by hand, as the generator would write them."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import ClassVar

from attrs import define

from ledgerbee_client._models.model import (
    BOOLEAN,
    DATE,
    DECIMAL_TEXT,
    FREE_FORM,
    INSTANT,
    INTEGER,
    NUMBER,
    TEXT,
    Field,
    Model,
    array,
    enum,
    literal,
    mapping,
    model,
    nullable,
    one_of,
)
from ledgerbee_client.types import UNSET, OpenStrEnum, Unset


class Status(OpenStrEnum):
    """Where an invoice stands."""

    DRAFT = "draft"
    SENT = "sent"


@define(kw_only=True, repr=False)
class Line(Model):
    """A line: the quantity is a JSON number, the price a text."""

    _wire: ClassVar[tuple[Field, ...]] = (
        Field("quantity", "quantity", NUMBER),
        Field("unit_price", "unitPrice", DECIMAL_TEXT),
        Field("vat_number", "vatNumber", INTEGER, required=False),
    )

    quantity: Decimal
    unit_price: Decimal
    vat_number: int | Unset = UNSET


@define(kw_only=True, repr=False)
class Invoice(Model):
    """One field of each kind."""

    _wire: ClassVar[tuple[Field, ...]] = (
        Field("id", "id", TEXT),
        Field("status", "status", enum(Status)),
        Field("lines", "lines", array(model(Line))),
        Field("due_date", "dueDate", nullable(DATE), required=False),
        Field("created_at", "createdAt", INSTANT, required=False),
        Field("paid", "paid", BOOLEAN, required=False),
        Field("metadata", "metadata", FREE_FORM, required=False),
        Field("totals", "totals", mapping(NUMBER), required=False),
        Field("secret", "secret", TEXT, required=False, secret=True),
    )

    id: str
    status: Status | str
    lines: list[Line]
    due_date: datetime.date | Unset | None = UNSET
    created_at: datetime.datetime | Unset = UNSET
    paid: bool | Unset = UNSET
    metadata: dict[str, object] | Unset = UNSET
    totals: dict[str, Decimal] | Unset = UNSET
    secret: str | Unset = UNSET


@define(kw_only=True, repr=False)
class Card(Model):
    """One kind of payment."""

    _wire: ClassVar[tuple[Field, ...]] = (Field("kind", "kind", literal("card")), Field("number", "number", TEXT))

    kind: str
    number: str


@define(kw_only=True, repr=False)
class Transfer(Model):
    """Another kind of payment."""

    _wire: ClassVar[tuple[Field, ...]] = (Field("kind", "kind", literal("transfer")), Field("iban", "iban", TEXT))

    kind: str
    iban: str


PAYMENT = one_of(model(Card), model(Transfer), TEXT)

LINE = {"quantity": Decimal("1.5"), "unitPrice": "2.00"}
INVOICE = {"id": "in_1", "status": "sent", "lines": [LINE]}


def an_invoice(**more: object) -> Invoice:
    """Read the smallest invoice with some fields more, by wire name."""
    return Invoice.from_dict({**INVOICE, **more})
