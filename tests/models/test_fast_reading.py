"""What is read fast is what the table would have read."""

from __future__ import annotations

import copy
import datetime
import json
import pickle
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from ledgerbee_client import models
from ledgerbee_client._models.answers import read_answer, read_list
from ledgerbee_client._models.jsonio import loads
from ledgerbee_client._models.model import Codec, WireError, array, model
from ledgerbee_client._models.reading import reader_of

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


def outcome(read: Callable[[], Any]) -> tuple[Any, str]:
    """Return what was read or why not; the repr, since 1 == True == Decimal(1), and an enum member equals its text."""
    try:
        found = read()
    except WireError as error:
        return None, str(error)
    return found, repr(found)


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
    body = page(ITEM, {**ITEM, "status": "paid", "dueDate": None})
    _, other, (first, second) = reader_of(models.PublicInvoiceListItem).page(body)

    assert {"total": 2, "page": 1, "limit": 100, "totalPages": 1} == other
    assert models.InvoiceStatus.SENT is first.status
    assert datetime.date(2026, 1, 15) == first.date
    assert Decimal("2708.31") == first.amount
    assert datetime.datetime(2026, 1, 15, 10, 30, 0, 123000, datetime.UTC) == first.created_at
    assert second.due_date is None


@pytest.mark.parametrize("variant", [*variants(INVOICE, ODD)], ids=str)
def test_whatever_comes_is_read_as_the_table_reads_it(variant: dict[str, Any]) -> None:
    """Odd, missing and unknown parts, one at a time."""
    codec, body = model(models.PublicInvoice), json.dumps(variant).encode()

    assert outcome(lambda: by_table(codec, body)) == outcome(lambda: read_answer(codec, body))


@pytest.mark.parametrize("variant", [*variants(ITEM, ODD)], ids=str)
def test_an_odd_item_does_not_change_its_neighbours(variant: dict[str, Any]) -> None:
    """Only the columns that hold an odd value are read value by value."""
    codec, body = model(models.PublicInvoiceListItem), page(ITEM, variant, ITEM)
    rows, said = outcome(lambda: array(codec).read(loads(body)["data"], ""))

    assert (rows, said if rows else f"data.{said}") == outcome(lambda: read_list(codec, body).items)


@pytest.mark.parametrize(
    ("change", "slowest"),
    [({"date": "soon"}, "tolerant"), ({"amount": 5, "lines": "none"}, "tolerant"), ({"lines": 5}, "table")],
)
def test_an_odd_value_does_not_cost_the_table(change: dict[str, Any], slowest: str) -> None:
    """A tolerant reader takes it, but for a number where an object or a list was promised."""
    reader = reader_of(models.PublicInvoice, tolerant=True)
    body = json.dumps({**INVOICE, **change}).encode()

    if slowest == "table":
        with pytest.raises(ValueError, match="got `int`"):
            reader.one(body)
    else:
        assert outcome(lambda: by_table(model(models.PublicInvoice), body)) == outcome(lambda: reader.one(body))


def test_a_field_that_was_odd_once_is_read_fast_from_then_on() -> None:
    """The strict reader no longer holds it to its type."""
    lines, date = [{**INVOICE, "lines": "none"}, {**INVOICE, "updatedAt": 5}]
    for odd in (lines, date):
        read_answer(model(models.PublicInvoice), json.dumps(odd).encode())

    strict = reader_of(models.PublicInvoice)
    assert "none" == strict.one(json.dumps(lines).encode()).lines
    assert 5 == strict.one(json.dumps(date).encode()).updated_at


def test_a_field_that_the_api_added_is_kept_and_soon_read_fast() -> None:
    """The table meets it first; from then on the fast way knows its name, also in a nested model."""
    grown = {**INVOICE, "paymentLink": {"url": "x", "fee": 1.10}, "lines": [{"id": "a", "margin": 0.50}]}
    codec, body = model(models.PublicInvoice), json.dumps(grown).encode()
    slow = by_table(codec, body)
    fast = reader_of(models.PublicInvoice).one(body)

    assert repr(slow) == repr(fast)
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
    found = read_list(model(models.PublicInvoiceListItem), body)

    assert (name, "0197") == (found.name, found.items[0].id)
    assert {key: value for key, value in loads(body).items() if key != name} == found.other if name else True


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"{}", ": expected a list"),
        (b"null", ": expected a list"),
        (b'{"a": [], "b": []}', ": expected a list"),
        (b'{"data": [null]}', "data.0: expected PublicInvoiceListItem, got null"),
        (b"[3]", "0: expected an object"),
    ],
)
def test_what_is_no_list_of_models_is_an_error(body: bytes, where: str) -> None:
    """The table says which."""
    with pytest.raises(WireError, match=where):
        read_list(model(models.PublicInvoiceListItem), body)


@pytest.mark.parametrize("body", [b"[", b'{"data": [NaN]}', b"[" * 5000, b"<html>"])
def test_what_is_no_json_is_an_error(body: bytes) -> None:
    """Of one kind, whatever is wrong with it."""
    with pytest.raises(ValueError):  # noqa: PT011
        read_list(model(models.PublicInvoiceListItem), body)


def test_only_the_list_that_is_meant_is_taken() -> None:
    """An answer to a batch may hold other lists."""
    body = json.dumps({"created": [ITEM], "data": []}).encode()
    found = read_list(model(models.PublicInvoiceListItem), body, name="created")

    assert ("created", {"data": []}, 1) == (found.name, found.other, len(found.items))
    with pytest.raises(WireError, match="created: expected a list"):
        read_list(model(models.PublicInvoiceListItem), json.dumps([ITEM]).encode(), name="created")


@pytest.mark.parametrize("change", [copy.deepcopy, lambda thing: pickle.loads(pickle.dumps(thing))])
def test_a_model_read_fast_is_like_any_other(change: Callable[[Any], Any]) -> None:
    """It can be copied and pickled."""
    [found] = reader_of(models.PublicInvoice).many(json.dumps([INVOICE]).encode())

    assert change(found) == found
    assert found["lines"][0]["quantity"] == Decimal("1.5")


def test_a_new_field_makes_the_readers_of_its_own_class_anew() -> None:
    """And of those that hold the class, but no other ones."""
    before = [reader_of(cls) for cls in (models.PublicInvoice, models.PublicInvoiceLine, models.PublicInvoiceListItem)]
    by_table(model(models.PublicInvoiceLine), b'{"id": "a", "aNewFieldOfLines": 1}')
    after = [reader_of(cls) for cls in (models.PublicInvoice, models.PublicInvoiceLine, models.PublicInvoiceListItem)]

    assert [False, False, True] == [old is new for old, new in zip(before, after, strict=True)]
