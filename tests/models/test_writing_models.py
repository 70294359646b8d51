"""Writing is strict: what the API could only misread is refused, with its path, before anything is sent."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest

from ledgerbee_client._helpers.attachments import Attachment
from ledgerbee_client._models.model import (
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
    array,
    dumps,
    encode,
    enum,
    literal,
    mapping,
    model,
    nullable,
)
from ledgerbee_client.errors import InvalidValueError, LedgerBeeError
from ledgerbee_client.types import UNSET

from .model_samples import PAYMENT, Card, Invoice, Line, Status, an_invoice

NOON = datetime.datetime(2026, 6, 10, 12, 0, tzinfo=datetime.UTC)
EAST = datetime.timezone(datetime.timedelta(hours=2))


@pytest.mark.parametrize(
    ("codec", "value", "expected"),
    [
        (TEXT, "é", "é"),
        (TEXT, Status.SENT, "sent"),
        (INTEGER, 7, 7),
        (NUMBER, Decimal("0.10"), Decimal("0.10")),
        (NUMBER, Decimal("12.00"), Decimal("12.00")),
        (NUMBER, Decimal("1E+3"), 1000),
        (NUMBER, 5, 5),
        (DECIMAL_TEXT, Decimal("1E+3"), "1000"),
        (DECIMAL_TEXT, Decimal("0.00000001"), "0.00000001"),
        (DECIMAL_TEXT, Decimal("99999999999999.99"), "99999999999999.99"),
        (DECIMAL_TEXT, 5, "5"),
        (DECIMAL_TEXT, "12.50", "12.50"),
        (DATE, datetime.date(2026, 1, 2), "2026-01-02"),
        (DATE, "2026-01-02", "2026-01-02"),
        (INSTANT, NOON, "2026-06-10T12:00:00.000Z"),
        (INSTANT, NOON.astimezone(EAST), "2026-06-10T12:00:00.000Z"),
        (INSTANT, NOON.replace(microsecond=1), "2026-06-10T12:00:00.000001Z"),
        (INSTANT, "2026-06-10T12:00:00Z", "2026-06-10T12:00:00Z"),
        (FREE_FORM, {"a": [Decimal("1.5"), NOON], "b": UNSET}, {"a": [Decimal("1.5"), "2026-06-10T12:00:00.000Z"]}),
        (array(DATE), (datetime.date(2026, 1, 2),), ["2026-01-02"]),
        (mapping(DECIMAL_TEXT), {"a": Decimal("1.50")}, {"a": "1.50"}),
        (enum(Status), "disputed", "disputed"),
        (enum(Status), Status.SENT, "sent"),
        (literal("a"), "a", "a"),
        (nullable(DATE), None, None),
        (NOTHING, None, None),
    ],
)
def test_values_are_written_as_the_api_reads_them(codec: Codec[Any], value: object, expected: object) -> None:
    """Decimal texts without exponents, instants in UTC with milliseconds, whole numbers without a point."""
    written = codec.write(value, "")

    assert expected == written
    assert type(expected) is type(written)


@pytest.mark.parametrize(
    ("codec", "value", "message"),
    [
        (TEXT, 5, "f: expected text, got int"),
        (TEXT, None, "f: expected text, got None"),
        (TEXT, "\ud800", "half a surrogate pair"),
        (BOOLEAN, 1, "expected True or False"),
        (INTEGER, True, "expected an int, got True"),
        (INTEGER, Decimal(5), "expected an int"),
        (INTEGER, 2**53 + 1, "JSON readers understand exactly"),
        (INTEGER, 10**400, "JSON readers understand exactly"),
        (NUMBER, 0.1, "the float 0.1; floats lose cents, write Decimal('0.1')"),
        (NUMBER, True, "expected a Decimal or an int"),
        (NUMBER, Decimal("NaN"), "expected a finite number"),
        (NUMBER, Decimal("sNaN"), "expected a finite number"),
        (NUMBER, Decimal("-Infinity"), "expected a finite number"),
        (NUMBER, Decimal("99999999999999.99"), "JSON readers understand exactly"),
        (NUMBER, Decimal("1E+400"), "JSON readers understand exactly"),
        (NUMBER, "5", "expected a Decimal or an int, got str"),
        (DECIMAL_TEXT, 0.1, "expected a Decimal or an int"),
        (DECIMAL_TEXT, Decimal("NaN"), "finite"),
        (DECIMAL_TEXT, Decimal("1E+999999"), "at most 100 digits"),
        (DECIMAL_TEXT, "NaN", "finite"),
        (DECIMAL_TEXT, "much", "expected a Decimal or an int, got str"),
        (DATE, NOON, "expected a datetime.date"),
        (DATE, "31/01/2026", "expected a datetime.date"),
        (DATE, "2026-W01-1", "expected a datetime.date"),
        (DECIMAL_TEXT, "\u0661\u0662.\u0665", "expected a Decimal or an int"),
        (model(Line), {"unit_price": "1"}, "f.unit_price: expected the wire name 'unitPrice', got the model's own"),
        (INSTANT, NOON.replace(tzinfo=None), "with a time zone"),
        (INSTANT, datetime.date(2026, 1, 2), "with a time zone"),
        (INSTANT, datetime.datetime(1, 1, 1, tzinfo=EAST), "years 1 to 9999"),
        (FREE_FORM, [1], "expected a mapping"),
        (FREE_FORM, {1: 2}, "a mapping with text keys"),
        (FREE_FORM, {"a": {"b": [0.5]}}, "f.a.b.0: expected a Decimal or an int"),
        (FREE_FORM, {"a": b"x"}, "got bytes"),
        (FREE_FORM, {"a": {1, 2}}, "got set"),
        (array(TEXT), "abc", "expected a list"),
        (array(TEXT), ["a", 5], "f.1: expected text"),
        (mapping(TEXT), {"a": 5}, "f.a: expected text"),
        (mapping(TEXT), {5: "a"}, "a mapping with text keys"),
        (enum(Status), 5, "expected Status or text"),
        (literal("a"), "b", "expected 'a'"),
        (NOTHING, 5, "expected nothing"),
        (model(Line), Card(kind="card", number="1"), "(another model's to_dict() is one), got Card"),
        (model(Line), {1: 2}, "a mapping with text keys"),
    ],
)
def test_values_that_would_be_misread_are_refused(codec: Codec[Any], value: object, message: str) -> None:
    """The message says where, what was expected and what came."""
    with pytest.raises(InvalidValueError) as caught:
        codec.write(value, "f")

    assert message in str(caught.value)
    assert isinstance(caught.value, LedgerBeeError)
    assert isinstance(caught.value, ValueError)


def test_a_text_is_never_quoted_in_a_refusal() -> None:
    """It may be a secret that was put into the wrong field."""
    with pytest.raises(InvalidValueError) as caught:
        DATE.write("whsec_private", "dueDate")

    assert "whsec" not in str(caught.value)


def test_the_path_of_a_refusal_is_written_in_wire_names() -> None:
    """As the API writes it in `details.validationErrors`."""
    invoice = an_invoice()
    invoice.lines[0].unit_price = Decimal("Infinity")

    with pytest.raises(InvalidValueError) as caught:
        model(Invoice).write(invoice, "entries.3")

    assert "entries.3.lines.0.unitPrice" == caught.value.where


def test_unset_and_unknown_fields_are_not_sent() -> None:
    """What was never given stays away, and what the API added is not sent back to it."""
    invoice = an_invoice(addedLater={"a": 1}, dueDate=None)

    expected = {
        "id": "in_1",
        "status": "sent",
        "lines": [{"quantity": Decimal("1.5"), "unitPrice": "2.00"}],
        "dueDate": None,
    }
    assert expected == model(Invoice).write(invoice, "")


def test_none_is_sent_as_null_where_a_field_is_optional() -> None:
    """The API takes null for what is optional; for what is required it is refused here."""
    assert {"vatNumber": None} == model(Line).write({"vatNumber": None}, "")
    with pytest.raises(InvalidValueError, match=r"^quantity: "):
        model(Line).write({"quantity": None}, "")


def test_a_mapping_of_wire_names_stands_for_a_model() -> None:
    """Known names go through the field's own rules, unknown ones by their type."""
    given = {
        "quantity": 2,
        "unitPrice": Decimal("1E+1"),
        "notYetKnown": {"when": NOON, "amount": Decimal("0.1")},
        "left": UNSET,
    }

    assert {
        "quantity": 2,
        "unitPrice": "10",
        "notYetKnown": {"when": "2026-06-10T12:00:00.000Z", "amount": Decimal("0.1")},
    } == model(Line).write(given, "")
    with pytest.raises(InvalidValueError, match=r"^lines\.0\.quantity: "):
        model(Invoice).write({"lines": [{"quantity": 0.5}]}, "")


def test_prices_are_texts_where_nothing_is_known_of_the_field() -> None:
    """As wherever the API documents them; dates and instants too, and other Decimals are numbers."""
    given = {
        "lines": [{"unitPrice": Decimal("10.00"), "quantity": Decimal("1.50")}],
        "startDate": datetime.date(2026, 7, 1),
        "at": NOON,
    }
    expected = {
        "lines": [{"unitPrice": "10.00", "quantity": Decimal("1.50")}],
        "startDate": "2026-07-01",
        "at": "2026-06-10T12:00:00.000Z",
    }

    assert expected == FREE_FORM.write(given, "")
    assert expected == model(Card).write(given, "")
    assert {"unitPrice": 5} == FREE_FORM.write({"unitPrice": 5}, "")
    with pytest.raises(InvalidValueError, match=r"^lines\.0\.unitPrice: expected a finite Decimal"):
        FREE_FORM.write({"lines": [{"unitPrice": Decimal("NaN")}]}, "")


def test_models_and_files_may_stand_in_a_mapping() -> None:
    """Whatever can be sent by itself can be sent where nothing is known of the field."""
    line = Line(quantity=Decimal(1), unit_price=Decimal(2))
    written = encode({"line": line, "file": Attachment.from_bytes(b"%PDF-", filename="a.pdf")}, "")

    assert {"quantity": 1, "unitPrice": "2"} == written["line"]
    assert {"filename", "content", "mimeType"} == written["file"].keys()


def test_one_of_several_kinds_is_written_by_the_one_that_is_meant() -> None:
    """A refusal speaks of the kind that was meant, where that can be told."""
    assert {"kind": "card", "number": "4"} == PAYMENT.write(Card(kind="card", number="4"), "")
    assert "cash" == PAYMENT.write("cash", "")
    with pytest.raises(InvalidValueError, match=r"^p\.number: expected text"):
        PAYMENT.write({"kind": "card", "number": 4}, "p")
    with pytest.raises(InvalidValueError, match="expected Card or Transfer or text"):
        PAYMENT.write(5, "p")


@pytest.mark.parametrize(
    ("codec", "value", "expected"),
    [
        (PAYMENT, Card(kind="card", number="4"), {"kind": "card", "number": "4"}),
        (PAYMENT, {"kind": "bitcoin"}, {"kind": "bitcoin"}),
        (PAYMENT, 5, 5),
        (literal("a"), "b", "b"),
        (nullable(DATE), None, None),
        (nullable(DATE), datetime.date(2026, 1, 2), "2026-01-02"),
    ],
)
def test_what_was_read_can_be_shown(codec: Codec[Any], value: object, expected: object) -> None:
    """As JSON again, odd or not."""
    assert expected == codec.to_json(value)


def test_a_refusal_names_all_that_was_expected() -> None:
    """In the words of the codecs."""
    with pytest.raises(InvalidValueError, match=r"expected a list \(a whole number or null\)"):
        array(nullable(INTEGER)).write(5, "f")


def test_decimals_leave_as_exact_numbers() -> None:
    """No float's noise, no quotes, no exponent for whole numbers."""
    line = Line(quantity=Decimal("0.10"), unit_price=Decimal("1E+3"))

    assert b'{"quantity":0.1,"unitPrice":"1000"}' == dumps(line.to_wire(""))


def test_a_constructor_takes_keywords_only() -> None:
    """So that the API may reorder its fields."""
    with pytest.raises(TypeError):
        Line(Decimal(1), Decimal(2))  # type: ignore[call-arg]
