"""What is read fast is what the table would have read."""

from __future__ import annotations

import copy
import datetime
import json
import pickle
import random
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from ledgerbee_client import models
from ledgerbee_client._models.columns import read_one, read_page
from ledgerbee_client._models.jsonio import loads
from ledgerbee_client._models.model import Codec, Model, array, model

ITEM = {
    "id": "0197", "number": "1", "status": "sent", "date": "2026-01-15", "dueDate": "2026-02-15", "currency": "DKK",
    "subtotal": "2166.65", "vat": "541.66", "amount": "2708.31", "createdAt": "2026-01-15T10:30:00.123Z",
}  # fmt: skip
INVOICE = {
    **ITEM, "updatedAt": "2026-01-15T10:30:00Z",
    "lines": [{"id": "a", "quantity": 1.50, "unitPrice": "10.00", "vatRate": "25"}, {"id": "b", "quantity": 2}],
}  # fmt: skip
ODD: list[Any] = [
    None, True, False, 0, 12, 12.5, 12.0, 1e3, -0.0, "", " 1 ", "1_000", "NaN", "Infinity", "1e400", "1E+3", "-5", "+5",
    "½", "2026-01-15", "2026-W01-1", "20260115", "2026-02-30", "2026-01-15T10:30:00+02:00", "2026-01-15T10:30:00",
    "2026-01-15T10:30:00.1234567Z", "2026-01-15t10:30:00z", "2026-01-15Z10:30:00",
    "2026-01-15Z10:30:00+02:00", "\u0661\u0662.\u0665", "0001-01-01T00:00:00+02:00", "credited", "sent", [], ["x"],
    [None], [1], {}, {"id": "x"}, [{}], [{"id": "x", "new": 1}], "12345678901234567890123456789.123456789",
    12345678901234567890123456789,
]  # fmt: skip


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Odd values are logged; that is another test's subject."""
    caplog.set_level("ERROR", logger="ledgerbee_client")


def by_table(codec: Codec[Any], body: bytes) -> Any:
    return codec.read(loads(body), "")


def same(left: Any, right: Any) -> None:
    assert left == right
    # Equal is not enough: 1 == True == Decimal(1), and an enum member equals its text.
    assert repr(left) == repr(right)


def page(*items: dict[str, Any], **other: Any) -> bytes:
    return json.dumps({"data": items, "total": 2, "page": 1, "limit": 100, "totalPages": 1, **other}).encode()


def variants(value: Any, odd: list[Any]) -> Iterator[Any]:
    """Yield a JSON value with each of its parts exchanged for each odd value, or left out."""
    if isinstance(value, dict):
        for key in value:
            yield {name: item for name, item in value.items() if name != key}
            for variant in [*odd, *variants(value[key], odd)]:
                yield {**value, key: variant}
    elif isinstance(value, list):
        for index, item in enumerate(value):
            for variant in variants(item, odd):
                yield [*value[:index], variant, *value[index + 1 :]]


def test_a_usual_page_is_read_fast() -> None:
    """Every type as the API sends it: text, open enum, dates, instants, Decimals."""
    found = read_page(model(models.PublicInvoiceListItem), page(ITEM, {**ITEM, "status": "paid", "dueDate": None}))

    assert found is not None
    first, second = found[2]
    assert {"total": 2, "page": 1, "limit": 100, "totalPages": 1} == found[0]
    assert models.InvoiceStatus.SENT is first.status
    assert datetime.date(2026, 1, 15) == first.date
    assert Decimal("2708.31") == first.amount
    assert datetime.datetime(2026, 1, 15, 10, 30, 0, 123000, datetime.UTC) == first.created_at
    assert second.due_date is None


@pytest.mark.parametrize("variant", [*variants(INVOICE, ODD)], ids=str)
def test_whatever_comes_is_read_as_the_table_reads_it(variant: dict[str, Any]) -> None:
    """Odd, missing and unknown parts, one at a time: the table's object, or it is left to the table."""
    codec, body = model(models.PublicInvoice), json.dumps(variant).encode()
    fast = read_one(codec, body)

    if fast is not None:
        same(fast, by_table(codec, body))


@pytest.mark.parametrize("variant", [*variants(ITEM, ODD)], ids=str)
def test_an_odd_item_does_not_change_its_neighbours(variant: dict[str, Any]) -> None:
    """A column that holds one odd value is read value by value."""
    codec, body = model(models.PublicInvoiceListItem), page(ITEM, variant, ITEM)
    fast = read_page(codec, body)

    if fast is not None:
        same(fast[2], [codec.read(item, "") for item in loads(body)["data"]])


def test_every_model_reads_the_same_both_ways() -> None:
    """Random values for every field of every model of the API."""
    chance = random.Random(42)
    for name in models.__all__:
        cls = getattr(models, name)
        if isinstance(cls, type) and issubclass(cls, Model):
            table: Any = cls
            for _ in range(20):
                some = {field.wire: chance.choice(ODD) for field in table._wire if chance.random() < 0.8}
                _both_ways(model(cls), json.dumps(some).encode())


def _both_ways(codec: Codec[Any], body: bytes) -> None:
    fast = read_one(codec, body)
    if fast is not None:
        same(fast, by_table(codec, body))


def test_a_field_that_the_api_added_is_kept_and_soon_read_fast() -> None:
    """The table meets it first; from then on the fast way knows its name, also in a nested model."""
    grown = {**INVOICE, "paymentLink": {"url": "x", "fee": 1.10}, "lines": [{"id": "a", "margin": 0.50}]}
    codec, body = model(models.PublicInvoice), json.dumps(grown).encode()
    slow = by_table(codec, body)
    fast = read_one(codec, body)

    same(fast, slow)
    assert {"url": "x", "fee": Decimal("1.1")} == fast.unknown_fields["paymentLink"]
    assert {"margin": Decimal("0.5")} == fast.lines[0].unknown_fields


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (json.dumps([ITEM]).encode(), ""),
        (json.dumps({"entries": [ITEM], "totalCreated": 1}).encode(), "entries"),
        (page(ITEM, cursor="abc"), "data"),
        (page(ITEM, warnings=["a"]), "data"),
    ],
)
def test_a_list_is_found_wherever_it_stands(body: bytes, name: str) -> None:
    """A bare array, the only array of an object, a page with more beside it."""
    found = read_page(model(models.PublicInvoiceListItem), body)

    assert found is not None
    assert (name, "0197") == (found[1], found[2][0].id)
    assert {key: value for key, value in loads(body).items() if key != name} == found[0] if name else True


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"[", b'{"a": [], "b": []}', b'{"data": [NaN]}', b"[" * 5000])
def test_what_is_no_page_is_left_to_the_table(body: bytes) -> None:
    """The table knows the right error."""
    assert read_page(model(models.PublicInvoiceListItem), body) is None


@pytest.mark.parametrize("change", [copy.deepcopy, lambda thing: pickle.loads(pickle.dumps(thing))])
def test_a_model_read_fast_is_like_any_other(change: Callable[[Any], Any]) -> None:
    """It can be copied and pickled."""
    found = read_one(array(model(models.PublicInvoice)), json.dumps([INVOICE]).encode())[0]

    same(change(found), found)
    assert found["lines"][0]["quantity"] == Decimal("1.5")
