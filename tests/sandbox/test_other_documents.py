"""Credit notes, quotes and order confirmations."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio


@pytest.fixture
def body(demo: Any) -> Any:
    def make(**fields: Any) -> Any:
        lines = [{"priceId": demo.price("450.00"), "quantity": 2, "description": "Support"}]
        return {"customerId": demo.customer(), "date": "2026-05-01", "lines": lines, **fields}

    return make


async def sent(api: Any, kind: Any, body: Any) -> Any:
    made = await api(f"POST /v1/{kind}", body, status=201)
    await api(f"POST /v1/{kind}/{made['id']}/send", {}, status=201)
    return made["id"]


async def test_a_credit_note_is_numbered_at_once_and_negative(api: Any, demo: Any) -> None:
    """900.00 is stored as -900.00, with 25 % VAT -225.00."""
    lines = [{"priceId": demo.price("450.00"), "quantity": 2, "unitPrice": "450.00"}]

    note = await api("POST /v1/credit-notes", {"customerId": demo.customer(), "lines": lines}, status=201)

    assert (note["number"], note["status"]) == ("CN-00001", "draft")
    assert (note["subtotal"], note["vat"], note["amount"]) == ("-900.00", "-225.00", "-1125.00")


async def test_crediting_an_invoice_copies_its_lines_and_happens_once(api: Any, demo: Any, body: Any) -> None:
    invoice = await api("POST /v1/invoices", body(), status=201)
    await api(f"POST /v1/invoices/{invoice['id']}/send", {"deliveryType": "Manual"}, status=201)
    credit = {"customerId": demo.customer(), "invoiceNumber": "INV-00001"}

    note = await api("POST /v1/credit-notes", credit, status=201)
    await api("POST /v1/credit-notes", credit, status=400)

    assert note["amount"] == "-1125.00"
    await api("POST /v1/credit-notes", {**credit, "invoiceNumber": "INV-99999"}, status=404)


async def test_a_sent_credit_note_turns_the_booking_round(api: Any, demo: Any, sandbox: Any) -> None:
    lines = [{"priceId": demo.price("450.00"), "quantity": 1}]
    note = await api("POST /v1/credit-notes", {"customerId": demo.customer(), "lines": lines}, status=201)

    await api(f"POST /v1/credit-notes/{note['id']}/send", {"deliveryType": "Manual"}, status=201)

    entry = sandbox.books["journal_entries"].first(reference="CN-00001")
    assert [(line["type"], line["amount"]) for line in entry["lines"]] == [
        ("credit", Decimal("562.50")),
        ("debit", Decimal("450.00")),
        ("debit", Decimal("112.50")),
    ]
    assert (await api(f"GET /v1/credit-notes/{note['id']}"))["status"] == "sent"


async def test_a_quote_gets_its_number_when_sent(api: Any, body: Any) -> None:
    quote = await api("POST /v1/quotes", body(validUntil="2026-07-01"), status=201)
    assert (quote["documentNumber"], quote["displayStatus"], quote["type"]) == (None, "draft", "quote")

    await api(f"POST /v1/quotes/{quote['id']}/send", {}, status=201)

    quote = await api(f"GET /v1/quotes/{quote['id']}")
    assert (quote["documentNumber"], quote["status"]) == ("QU-00001", "sent")


async def test_a_sent_quote_expires(api: Any, control: Any, body: Any) -> None:
    quote = await sent(api, "quotes", body(validUntil="2026-06-01"))
    assert (await api(f"GET /v1/quotes/{quote}"))["displayStatus"] == "sent"

    await control("POST /clock", {"advance_seconds": 86400})

    shown = await api(f"GET /v1/quotes/{quote}")
    assert (shown["status"], shown["displayStatus"]) == ("sent", "expired")
    assert (await api("GET /v1/quotes", params={"status": "expired"}))["total"] == 1
    assert (await api("GET /v1/quotes", params={"status": "sent"}))["total"] == 0


async def test_an_update_replaces_the_draft_as_a_whole(api: Any, body: Any) -> None:
    quote = await api("POST /v1/quotes", body(reference="PO-1", validUntil="2026-07-01"), status=201)

    changed = await api(f"PATCH /v1/quotes/{quote['id']}", body(notes="Hello"))

    assert changed["id"] == quote["id"]
    assert changed["notes"] == "Hello"
    assert "reference" not in changed
    assert "validUntil" not in changed


async def test_a_sent_quote_cannot_be_changed(api: Any, body: Any) -> None:
    quote = await sent(api, "quotes", body())
    await api(f"PATCH /v1/quotes/{quote}", body(), status=400)


async def test_a_draft_cannot_be_converted(api: Any, body: Any) -> None:
    for kind in ("quotes", "order-confirmations"):
        made = await api(f"POST /v1/{kind}", body(), status=201)
        answer = await api(f"POST /v1/{kind}/{made['id']}/convert", {"target": "invoice"}, status=400)
        assert answer["code"] == "SALES_DOCUMENT_CONVERT_REQUIRES_SENT"


async def test_a_quote_becomes_an_order_confirmation_and_that_an_invoice(api: Any, body: Any) -> None:
    quote = await sent(api, "quotes", body(reference="PO-1"))

    order = await api(f"POST /v1/quotes/{quote}/convert", {"target": "orderConfirmation"}, status=201)
    await api(f"POST /v1/order-confirmations/{order['id']}/send", {}, status=201)
    change = {"notes": "As agreed"}
    invoice = await api(
        f"POST /v1/order-confirmations/{order['id']}/convert", {"target": "invoice", "document": change}, status=201
    )

    assert (invoice["amount"], invoice["reference"], invoice["notes"]) == ("1125.00", "PO-1", "As agreed")
    order = await api(f"GET /v1/order-confirmations/{order['id']}")
    assert (order["displayStatus"], order["convertedToInvoiceId"]) == ("converted", invoice["id"])
    assert (await api(f"GET /v1/quotes/{quote}"))["displayStatus"] == "converted"


async def test_a_converted_document_is_read_only(api: Any, body: Any) -> None:
    quote = await sent(api, "quotes", body())
    await api(f"POST /v1/quotes/{quote}/convert", {"target": "invoice"}, status=201)

    await api(f"POST /v1/quotes/{quote}/convert", {"target": "invoice"}, status=400)
    await api(f"POST /v1/quotes/{quote}/send", {}, status=400)
    await api(f"PATCH /v1/quotes/{quote}", body(), status=400)


async def test_an_order_confirmation_converts_to_an_invoice_only(api: Any, body: Any, broken: Any) -> None:
    order = await sent(api, "order-confirmations", body())
    path = f"POST /v1/order-confirmations/{order}/convert"
    answer = await api(path, {"target": "orderConfirmation"}, status=400)
    assert broken(answer) == {"target": ["isEnum"]}


async def test_an_unknown_recipient_becomes_a_contact(api: Any, demo: Any, body: Any) -> None:
    quote = await api("POST /v1/quotes", body(), status=201)
    fields = {"deliveryType": "Email", "recipientEmail": "new@acme.example"}

    await api(f"POST /v1/quotes/{quote['id']}/send", fields, status=201)
    await api(f"POST /v1/quotes/{quote['id']}/send", fields, status=201)

    contacts = await api(f"GET /v1/customers/{demo.customer()}/contacts")
    assert [c["email"] for c in contacts] == ["ap@acme.example", "new@acme.example"]


async def test_sproom_does_not_apply_to_quotes(api: Any, body: Any, broken: Any) -> None:
    quote = await api("POST /v1/quotes", body(), status=201)
    answer = await api(f"POST /v1/quotes/{quote['id']}/send", {"deliveryType": "Sproom"}, status=400)
    assert broken(answer) == {"deliveryType": ["isEnum"]}


async def test_quotes_are_sorted(api: Any, body: Any) -> None:
    for date in ("2026-05-02", "2026-05-01", "2026-05-03"):
        await api("POST /v1/quotes", body(date=date), status=201)

    rows = (await api("GET /v1/quotes", sortBy="date", sortOrder="ASC"))["data"]
    newest = (await api("GET /v1/quotes"))["data"]

    assert [row["date"] for row in rows] == ["2026-05-01", "2026-05-02", "2026-05-03"]
    assert [row["date"] for row in newest] == ["2026-05-03", "2026-05-01", "2026-05-02"]


async def test_nobody_brings_a_number_along(api: Any, body: Any) -> None:
    """A number comes with sending, so no two documents have the same and a file can be named by it."""
    quote = await api("POST /v1/quotes", body(documentNumber="QU-00001"), status=201)
    assert quote["documentNumber"] is None

    quote_id = await sent(api, "quotes", body())
    wish = {"target": "orderConfirmation", "document": {"documentNumber": "OC-\u03a9"}}
    order = await api(f"POST /v1/quotes/{quote_id}/convert", wish, status=201)

    assert order["documentNumber"] is None


KINDS = ["quotes", "order-confirmations", "credit-notes"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("price", ["10.5", 10.5, "10.50"])
async def test_siblings_take_a_price_as_number_or_text(api: Any, body: Any, kind: str, price: Any) -> None:
    """Which of the two the service takes is not documented for any of them."""
    made = await api(f"POST /v1/{kind}", priced(body, price), status=201)

    assert "10.50" == made["lines"][0]["unitPrice"].removeprefix("-")


@pytest.mark.parametrize("kind", KINDS)
async def test_siblings_refuse_a_price_that_is_none(api: Any, body: Any, broken: Any, kind: str) -> None:
    for price in ("ten", "1e3", True, [1]):
        assert broken(await api(f"POST /v1/{kind}", priced(body, price), status=400)) == {
            "lines.0.unitPrice": ["isDecimal"]
        }


def priced(body: Any, price: Any) -> Any:
    """The body with that price on its line."""
    made = body()
    return {**made, "lines": [{**made["lines"][0], "unitPrice": price}]}


async def test_a_conversion_takes_a_price_as_its_targets_do(api: Any, body: Any) -> None:
    """As a number or a text, and refuses other fields of the wrong type as they do."""
    lines = priced(body, 10.5)["lines"]
    for target in ("orderConfirmation", "invoice"):
        quote = await sent(api, "quotes", body())
        change = {"target": target, "document": {"lines": lines}}
        made = await api(f"POST /v1/quotes/{quote}/convert", change, status=201)
        assert "10.50" == made["lines"][0]["unitPrice"]
        quote = await sent(api, "quotes", body())
        await api(f"POST /v1/quotes/{quote}/convert", {**change, "document": {"notes": 7}}, status=400)
    await api(f"POST /v1/quotes/{quote}/convert", {**change, "document": {"paymentTerms": "soon"}}, status=400)


@pytest.mark.parametrize("kind", [*KINDS, "invoices"])
async def test_siblings_read_and_write_a_day_alike(api: Any, body: Any, broken: Any, kind: str) -> None:
    """A date, or an instant of that day; written as YYYY-MM-DD."""
    for date in ("2026-05-01", "2026-05-01T23:30:00.000Z"):
        assert "2026-05-01" == (await api(f"POST /v1/{kind}", body(date=date), status=201))["date"]
    for date in ("2026-13-01", "01.05.2026", ""):
        assert broken(await api(f"POST /v1/{kind}", body(date=date), status=400)) == {"date": ["isDateString"]}
