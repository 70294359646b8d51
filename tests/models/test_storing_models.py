"""Models outside of the API: as dictionaries, as JSON, in data frames, in pydantic and FastAPI; nothing gets lost."""

from __future__ import annotations

import datetime
import json
import logging
from decimal import Decimal
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Body, FastAPI
from pydantic import BaseModel, TypeAdapter, ValidationError

from ledgerbee_client import InvalidValueError, UnreadableAnswerError, to_columns
from ledgerbee_client.models import InvoiceStatus, PublicInvoiceListItem

from .model_samples import INVOICE, LINE, Invoice, Line, an_invoice

STORED: dict[str, Any] = {
    "id": "in_1",
    "status": "disputed",
    "lines": [{"quantity": Decimal("1.50"), "unitPrice": "2.00", "margin": Decimal("0.1234567890123456789012345")}],
    "dueDate": "2026-01-02",
    "createdAt": "2026-06-10T12:34:56.789Z",
    "later": {"rate": Decimal("0.10")},
}
JSON = (
    '{"id":"in_1","status":"disputed","lines":[{"quantity":1.50,"unitPrice":"2.00",'
    '"margin":0.1234567890123456789012345}],"dueDate":"2026-01-02","createdAt":"2026-06-10T12:34:56.789Z",'
    '"later":{"rate":0.10}}'
)


def test_a_dictionary_holds_all_that_was_read() -> None:
    """Fields that the schema does not know included, within other models too."""
    invoice = Invoice.from_dict(STORED)

    assert STORED == invoice.to_dict()
    assert invoice == Invoice.from_dict(invoice.to_dict())


def test_json_holds_every_digit() -> None:
    """Decimals as numbers, dates as on the wire; what is read back is equal."""
    invoice = Invoice.from_dict(STORED)

    assert JSON == invoice.to_json()
    assert invoice == Invoice.from_json(JSON) == Invoice.from_json(JSON.encode())


def test_a_model_of_which_nothing_is_documented_is_kept() -> None:
    """All of it."""
    data = {"anything": [1, {"else": None}]}

    assert data == PublicInvoiceListItem.from_dict(data).to_dict()


@pytest.mark.parametrize("text", ["", "<html>", "[1]", b"\xff"])
def test_what_is_no_stored_model_is_an_error_of_ours(text: str | bytes) -> None:
    """Whatever is wrong with it."""
    with pytest.raises(UnreadableAnswerError):
        Invoice.from_json(text)


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("-Infinity"), object()])
def test_what_json_cannot_carry_is_not_stored(value: Any) -> None:
    """Rather than a text that nobody can read."""
    with pytest.raises(InvalidValueError, match="JSON can carry"):
        Line(quantity=value, unit_price=Decimal(1)).to_json()


def test_a_model_can_be_checked_before_a_long_run() -> None:
    """With the error that sending would raise; the constructor takes anything."""
    an_invoice().check()
    with pytest.raises(InvalidValueError, match=r"^lines\.0\.quantity: expected a Decimal or an int"):
        Invoice(id="a", status="sent", lines=[Line(quantity="5", unit_price=Decimal(1))]).check()  # type: ignore[arg-type]


def test_columns_have_python_names_and_values() -> None:
    """None where a field did not come or is null, so that every column is as long as the list."""
    models = [
        PublicInvoiceListItem.from_dict({"id": "a", "status": "sent", "amount": "2.50", "dueDate": None}),
        PublicInvoiceListItem.from_dict({"id": "b", "createdAt": "2026-06-10T12:34:56.789Z", "margin": Decimal("0.1")}),
    ]
    columns = to_columns(models)

    assert ["a", "b"] == columns["id"]
    assert ["sent", None] == columns["status"]
    assert str is type(columns["status"][0])
    assert [Decimal("2.50"), None] == columns["amount"]
    assert [None, None] == columns["due_date"]
    assert [None, datetime.datetime(2026, 6, 10, 12, 34, 56, 789000, datetime.UTC)] == columns["created_at"]
    assert [None, Decimal("0.1")] == columns["margin"]
    assert "margin" == [*columns][-1]


def test_columns_of_models_inside_others_are_dictionaries() -> None:
    """By the same names."""
    [lines] = to_columns([an_invoice()])["lines"]

    assert [{"quantity": Decimal("1.5"), "unit_price": Decimal("2.00"), "vat_number": None}] == lines
    assert {} == to_columns([])


def test_pydantic_reads_and_writes_models() -> None:
    """By TypeAdapter and as a field, from models and from mappings of wire names."""

    class Report(BaseModel):
        invoices: list[Invoice]

    invoice = an_invoice(later=Decimal("1.10"))
    adapter = TypeAdapter(Invoice)
    report = Report(invoices=[invoice, invoice.to_dict()])  # type: ignore[list-item]

    assert invoice == adapter.validate_python(invoice.to_dict())
    assert an_invoice() == adapter.validate_json(an_invoice().to_json())
    assert invoice.to_dict() == adapter.dump_python(invoice)
    assert {"id": "in_1", "status": "sent", "lines": [{"quantity": 1.5, "unitPrice": "2.00"}], "later": 1.1} == (
        json.loads(adapter.dump_json(invoice))
    )
    assert [invoice, invoice] == report.invoices
    assert invoice.lines == Report.model_validate_json(report.model_dump_json()).invoices[0].lines


def test_pydantic_writes_numbers_as_the_api_does() -> None:
    """But for those that no float carries, which stay exact as texts."""
    line = Line.from_dict({"quantity": Decimal("12.00"), "unitPrice": "1", "long": Decimal("0.12345678901234567891")})

    assert b'{"quantity":12,"unitPrice":"1","long":"0.12345678901234567891"}' == TypeAdapter(Line).dump_json(line)


def test_pydantic_says_what_is_missing() -> None:
    """In an error of its own."""
    with pytest.raises(ValidationError, match="lines: expected a list"):
        TypeAdapter(Invoice).validate_python({"id": "a", "status": "sent"})
    with pytest.raises(ValidationError, match=r"lines\.1\.unitPrice: expected a decimal"):
        TypeAdapter(Invoice).validate_python({**INVOICE, "lines": [LINE, {"quantity": 1}]})


async def served(app: FastAPI, method: str, path: str, **given: Any) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
        return await http.request(method, path, **given)


@pytest.mark.asyncio
async def test_an_endpoint_of_fastapi_takes_and_returns_models(caplog: pytest.LogCaptureFixture) -> None:
    """And documents them."""
    caplog.set_level(logging.ERROR, "ledgerbee_client")
    app = FastAPI()

    @app.get("/invoice")
    async def get() -> PublicInvoiceListItem:
        return PublicInvoiceListItem(id="a", amount=Decimal("2.50"), status=InvoiceStatus.SENT)

    @app.post("/invoices")
    async def post(invoice: Annotated[PublicInvoiceListItem, Body()]) -> list[PublicInvoiceListItem]:
        return [invoice]

    answered = await served(app, "GET", "/invoice")
    listed = await served(app, "POST", "/invoices", json={**answered.json(), "later": 1})

    assert {"id": "a", "amount": "2.50", "status": "sent"} == answered.json()
    assert [{"id": "a", "amount": "2.50", "status": "sent", "later": 1}] == listed.json()
    assert 422 == (await served(app, "POST", "/invoices", json=[1])).status_code
    schema = (await served(app, "GET", "/openapi.json")).json()
    body = schema["paths"]["/invoices"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert {"title": "amount"} == body["properties"]["amount"]
