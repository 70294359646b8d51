"""Reading is tolerant: additions, nulls and odd values of a newer API never break it."""

from __future__ import annotations

import datetime
import logging
from decimal import Decimal
from typing import Any

import pytest
from attrs import define

from ledgerbee_client._models.answers import read_answer, read_list
from ledgerbee_client._models.model import (
    ANY,
    BOOLEAN,
    DATE,
    DECIMAL_TEXT,
    FREE_FORM,
    INSTANT,
    INTEGER,
    NOTHING,
    NUMBER,
    TEXT,
    Codec,
    Field,
    Model,
    WireError,
    array,
    dumps,
    enum,
    literal,
    loads,
    mapping,
    model,
    nullable,
    one_of,
)
from ledgerbee_client.types import UNSET

from .model_samples import INVOICE, LINE, PAYMENT, Card, Invoice, Line, Status, Transfer, an_invoice

UTC = datetime.UTC


@pytest.mark.parametrize(
    ("codec", "value", "expected"),
    [
        (TEXT, "a", "a"),
        (BOOLEAN, True, True),
        (INTEGER, 7, 7),
        (INTEGER, Decimal("7.0"), 7),
        (INTEGER, 7.0, 7),
        (NUMBER, Decimal("0.10"), Decimal("0.10")),
        (NUMBER, 3, Decimal(3)),
        (NUMBER, 0.1, Decimal("0.1")),
        (NUMBER, "12.50", Decimal("12.50")),
        (DECIMAL_TEXT, "2166.65", Decimal("2166.65")),
        (DECIMAL_TEXT, Decimal("2166.65"), Decimal("2166.65")),
        (DATE, "2026-02-28", datetime.date(2026, 2, 28)),
        (INSTANT, "2026-06-10T12:34:56.789Z", datetime.datetime(2026, 6, 10, 12, 34, 56, 789000, UTC)),
        (INSTANT, "2026-06-10T14:34:56+02:00", datetime.datetime(2026, 6, 10, 12, 34, 56, tzinfo=UTC)),
        (INSTANT, "2026-06-10t12:34:56z", datetime.datetime(2026, 6, 10, 12, 34, 56, tzinfo=UTC)),
        (INSTANT, "20260610T123456Z", datetime.datetime(2026, 6, 10, 12, 34, 56, tzinfo=UTC)),
        (INSTANT, "2026-06-10T12:34:56.1234567Z", datetime.datetime(2026, 6, 10, 12, 34, 56, 123457, UTC)),
        (ANY, {"a": [1]}, {"a": [1]}),
        (NOTHING, {"a": 1}, None),
        (FREE_FORM, {"a": None}, {"a": None}),
        (array(NUMBER), [1, None], [Decimal(1), None]),
        (mapping(DATE), {"a": "2026-01-01"}, {"a": datetime.date(2026, 1, 1)}),
        (enum(Status), "sent", Status.SENT),
        (literal("a", "b"), "b", "b"),
    ],
)
def test_values_become_what_their_annotation_says(codec: Codec[Any], value: object, expected: object) -> None:
    """Numbers are Decimal, days are dates, instants are aware and UTC."""
    found = codec.read(value, "Sample.field")

    assert expected == found
    assert type(expected) is type(found)


@pytest.mark.parametrize(
    "codec",
    [TEXT, BOOLEAN, INTEGER, NUMBER, DECIMAL_TEXT, DATE, INSTANT, FREE_FORM, array(TEXT), mapping(TEXT), model(Line)],
)
def test_null_passes_everywhere(codec: Codec[Any], caplog: pytest.LogCaptureFixture) -> None:
    """The API's schema promises more than it keeps; a null is None, and nothing is said."""
    assert codec.read(None, "Sample.field") is None
    assert nullable(codec).read(None, "Sample.field") is None
    assert [] == caplog.records


@pytest.mark.parametrize(
    ("codec", "value"),
    [
        (TEXT, 5),
        (BOOLEAN, "true"),
        (INTEGER, "5"),
        (INTEGER, Decimal("5.5")),
        (INTEGER, Decimal("1e999999999")),
        (NUMBER, True),
        (NUMBER, "NaN"),
        (NUMBER, "1_000"),
        (DECIMAL_TEXT, "about 5"),
        (DECIMAL_TEXT, " 5"),
        (DATE, "2026-02-30"),
        (DATE, "20260228"),
        (DATE, "2026-02-28T00:00:00Z"),
        (INSTANT, "2026-06-10T12:34:56"),
        (INSTANT, "9999-12-31T23:59:59-12:00"),
        (INSTANT, 1760000000),
        (FREE_FORM, [1]),
        (enum(Status), 5),
        (literal("a"), "b"),
    ],
)
def test_what_does_not_parse_is_kept_as_it_came(codec: Codec[Any], value: object) -> None:
    """One odd value must not cost a page of good ones."""
    assert codec.read(value, "Sample.odd") is value


def test_an_odd_value_is_said_once_and_without_the_value(caplog: pytest.LogCaptureFixture) -> None:
    """The log names the model and the field; the value may be anything, so it stays out."""
    with caplog.at_level(logging.WARNING, "ledgerbee_client"):
        an_invoice(createdAt="a private note")
        an_invoice(createdAt="another one")

    [record] = caplog.records
    expected = (
        "Invoice.createdAt: expected an instant (ISO 8601 with a time zone), got text; kept as it came (said once)"
    )
    assert expected == record.getMessage()


def test_objects_of_another_shape_are_kept_inside_others() -> None:
    """An id where an object was promised, an object where a list was: the rest of the invoice is still good."""
    invoice = Invoice.from_dict({**INVOICE, "lines": ["li_1", LINE]})

    assert "li_1" == invoice.lines[0]  # type: ignore[comparison-overlap]
    assert Decimal("1.5") == invoice.lines[1].quantity
    assert {"a": 1} == Invoice.from_dict({**INVOICE, "lines": {"a": 1}}).lines  # type: ignore[comparison-overlap]


def test_an_optional_field_that_did_not_come_is_unset() -> None:
    """UNSET is not None: None came as null."""
    assert UNSET is an_invoice().due_date
    assert an_invoice(dueDate=None).due_date is None


def test_a_promised_field_that_did_not_come_is_unset_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    """In a list, in an object inside another one, and however often it is missing; both ways of reading."""

    @define(kw_only=True, repr=False)
    class Row(Model):
        _wire = (Field("id", "id", TEXT), Field("note", "note", TEXT), Field("line", "line", model(Line)))
        id: str
        note: str
        line: Line

    for _ in range(2):
        rows = read_list(model(Row), b'{"data": [{"id": "1", "line": {"quantity": 1}}, {"id": "2", "note": "n"}, {}]}')
    by_table: Any = Row.from_dict({"id": "1", "line": {"quantity": 1}})

    assert by_table == rows.items[0]
    assert [UNSET, "n", UNSET] == [row.note for row in rows.items]
    assert UNSET is by_table.line.unit_price
    assert {"id": "1", "line": {"quantity": 1}} == by_table.to_wire("")
    assert 1 == caplog.text.count("Row.note: promised by the schema, and not in the answer; it is UNSET")
    assert 1 == caplog.text.count("Row.line: promised")


def test_a_whole_without_any_of_its_fields_is_something_else() -> None:
    """An empty object, or one that some proxy wrote with status 200."""
    for body in (b"{}", b'{"error": "no"}', b'{"later": 1}', b'{"later": 2}'):
        with pytest.raises(WireError, match=r"expected an object \(Invoice\), got one without any of its fields"):
            read_answer(model(Invoice), body)


@pytest.mark.parametrize("value", ["<html>", [INVOICE], 5, True])
def test_an_answer_of_another_shape_is_an_error(value: object) -> None:
    """What is no object at all is no invoice."""
    with pytest.raises(WireError, match=r"the whole: expected an object \(Invoice\)"):
        model(Invoice).read(value, "")


def test_a_list_names_the_item_that_cannot_be_read() -> None:
    """Items of a bare list carry their number."""
    with pytest.raises(WireError, match=r"^1: expected an object \(Invoice\), got text"):
        read_list(model(Invoice), dumps([INVOICE, "in_2"]))


def test_one_of_several_kinds_is_told_by_its_constant() -> None:
    """Not by the first that happens to parse."""
    assert Transfer(kind="transfer", iban="DK1") == PAYMENT.read({"kind": "transfer", "iban": "DK1"}, "")
    assert Card(kind="card", number="4") == PAYMENT.read({"kind": "card", "number": "4"}, "")
    assert "cash" == PAYMENT.read("cash", "")


def test_a_kind_that_says_which_it_is_may_lack_other_fields() -> None:
    """Its constant is enough."""
    assert UNSET is PAYMENT.read({"kind": "card"}, "").number


def test_a_kind_nobody_knows_is_kept() -> None:
    """A newer API may have kinds that this client never heard of."""
    assert {"kind": "bitcoin"} == PAYMENT.read({"kind": "bitcoin"}, "Sample.payment")


def test_decimals_are_exact_from_the_bytes() -> None:
    """No float stands between the wire and the model, however long the number."""
    data = loads(b'{"id":"a","status":"sent","lines":[{"quantity":0.1234567890123456789012345,"unitPrice":"1.10"}]}')

    assert Decimal("0.1234567890123456789012345") == Invoice.from_dict(data).lines[0].quantity


@pytest.mark.parametrize(
    ("codec", "value", "message"),
    [
        (array(TEXT), {"a": 1}, r"the whole: expected a list \(text\), got an object"),
        (mapping(TEXT), [1], "the whole: expected an object, got an array"),
        (nullable(model(Line)), 5, r"the whole: expected an object \(Line\), got a number"),
    ],
)
def test_a_whole_of_another_shape_is_an_error(codec: Codec[Any], value: object, message: str) -> None:
    """Lists and mappings as well as models."""
    with pytest.raises(WireError, match=message):
        codec.read(value, "")


def test_kinds_of_several_shapes_are_told_apart() -> None:
    """Lists, mappings, constants and null beside each other."""
    codec = one_of(literal("none"), array(DATE), nullable(mapping(NUMBER)), INTEGER)

    assert [datetime.date(2026, 1, 2)] == codec.read(["2026-01-02"], "")
    assert {"a": Decimal(1)} == codec.read({"a": 1}, "")
    assert "none" == codec.read("none", "")
    assert 5 == codec.read(5, "")
    assert codec.read(None, "") is None
    assert "soon" == codec.read("soon", "")
