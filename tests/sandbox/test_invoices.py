"""Invoices from draft to booked, their amounts, their delivery and their PDF."""

from __future__ import annotations

import re
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from ledgerbee_sandbox import API_KEY

pytestmark = pytest.mark.asyncio


@pytest.fixture
def draft(api: Any, demo: Any) -> Any:
    async def create(customer: Any = "C0001", **fields: Any) -> Any:
        lines = [{"priceId": demo.price("1083.32"), "quantity": 2}]
        body = {"customerId": demo.customer(customer), "date": "2026-01-15", "lines": lines, **fields}
        return await api("POST /v1/invoices", body, status=201)

    return create


async def test_a_draft_is_priced_by_the_server(draft: Any) -> None:
    """2 x 1083.32 = 2166.64; 25 % VAT in Denmark is 541.66."""
    invoice = await draft()

    assert invoice["number"] is None
    assert invoice["status"] == "draft"
    assert invoice["currency"] == "DKK"
    assert (invoice["subtotal"], invoice["vat"], invoice["amount"]) == ("2166.64", "541.66", "2708.30")
    line = invoice["lines"][0]
    assert (line["unitPrice"], line["totalPrice"], line["vatRate"], line["vatAmount"]) == (
        "1083.32",
        "2166.64",
        "25.00",
        "541.66",
    )


async def test_vat_follows_the_zone_of_the_customer(draft: Any) -> None:
    invoice = await draft("C0004")
    assert (invoice["subtotal"], invoice["vat"], invoice["amount"]) == ("2166.64", "0.00", "2166.64")


async def test_a_unit_price_of_the_line_wins_and_cents_are_rounded_half_up(draft: Any, demo: Any) -> None:
    """0.5 x 0.25 = 0.125, which is 0.13; a quarter of it is 0.0325, which is 0.03."""
    invoice = await draft(lines=[{"priceId": demo.price(), "quantity": 0.5, "unitPrice": "0.25"}])
    assert (invoice["subtotal"], invoice["vat"], invoice["amount"]) == ("0.13", "0.03", "0.16")


async def test_the_due_date_follows_from_the_terms(draft: Any) -> None:
    assert (await draft())["dueDate"] == "2026-02-14"
    assert (await draft(paymentTerms=8))["dueDate"] == "2026-01-23"
    assert (await draft(dueDate="2026-03-01"))["dueDate"] == "2026-03-01"


async def test_text_lines_carry_no_price(draft: Any, demo: Any, api: Any, broken: Any) -> None:
    text = {"lineType": "text", "description": "Thank you"}
    invoice = await draft(lines=[{"priceId": demo.price(), "quantity": 1}, text])
    assert invoice["lines"][1]["description"] == "Thank you"
    assert "totalPrice" not in invoice["lines"][1]

    body = {"customerId": demo.customer(), "date": "2026-01-15"}
    await api("POST /v1/invoices", {**body, "lines": [text]}, status=400)
    priced = await api("POST /v1/invoices", {**body, "lines": [{**text, "quantity": 1}]}, status=400)
    assert broken(priced) == {"lines.0.quantity": ["isEmpty"]}


async def test_computed_fields_are_refused(api: Any, demo: Any, broken: Any) -> None:
    line = {"priceId": demo.price(), "quantity": 1, "totalPrice": "1.00"}
    body = {"customerId": demo.customer(), "date": "2026-01-15", "lines": [line]}

    answer = await api("POST /v1/invoices", body, status=400)

    assert broken(answer) == {"lines.0.totalPrice": ["whitelistValidation"]}


async def test_a_line_needs_a_price_and_a_quantity(api: Any, demo: Any, broken: Any) -> None:
    body = {"customerId": demo.customer(), "date": "2026-01-15"}

    no_price = await api("POST /v1/invoices", {**body, "lines": [{"quantity": 1}]}, status=400)
    no_quantity = await api("POST /v1/invoices", {**body, "lines": [{"priceId": demo.price()}]}, status=400)

    assert broken(no_price) == {"lines.0.priceId": ["isNotEmpty"]}
    assert broken(no_quantity) == {"lines.0.quantity": ["isNumber"]}


async def test_sending_books_and_numbers(api: Any, draft: Any, sandbox: Any, demo: Any) -> None:
    first, second = await draft(), await draft("C0004")

    answer = await api(f"POST /v1/invoices/{second['id']}/send", {"deliveryType": "Manual"}, status=201)
    await api(f"POST /v1/invoices/{first['id']}/send", {"deliveryType": "Email"}, status=201)

    assert answer == {"success": True, "deliveryType": "Manual", "sproomDocumentId": None}
    booked = await api(f"GET /v1/invoices/{first['id']}")
    assert (booked["number"], booked["status"]) == ("INV-00002", "sent")
    entry = sandbox.books["journal_entries"].first(reference="INV-00002")
    assert [(line["accountId"], line["type"], line["amount"]) for line in entry["lines"]] == [
        (demo.account(5600), "debit", Decimal("2708.30")),
        (demo.account(1010), "credit", Decimal("2166.64")),
        (demo.account(6900), "credit", Decimal("541.66")),
    ]


async def test_sending_again_keeps_the_number(api: Any, draft: Any) -> None:
    invoice = await draft()
    for _ in range(2):
        await api(f"POST /v1/invoices/{invoice['id']}/send", {"deliveryType": "Manual"}, status=201)

    assert (await api(f"GET /v1/invoices/{invoice['id']}"))["number"] == "INV-00001"
    assert (await api(f"GET /v1/invoices/{invoice['id']}/delivery-status"))["summary"]["sendCount"] == 2


async def test_the_delivery_status_lists_the_attempts(api: Any, draft: Any) -> None:
    invoice = await draft()
    body = {"deliveryType": "Email", "overrideEmail": "cfo@acme.example"}
    await api(f"POST /v1/invoices/{invoice['id']}/send", body, status=201)

    status = await api(f"GET /v1/invoices/{invoice['id']}/delivery-status")

    assert status["summary"] == {
        "sendCount": 1,
        "lastDeliveryType": "Email",
        "lastRecipientEmail": "cfo@acme.example",
        "lastSentAt": "2026-06-01T12:00:00.000Z",
    }
    assert [entry["status"] for entry in status["entries"]] == ["success"]


async def test_an_override_stays_on_the_customer_only_where_asked_for(api: Any, draft: Any, demo: Any) -> None:
    invoice = await draft()
    path = f"POST /v1/invoices/{invoice['id']}/send"
    once = {"deliveryType": "Email", "overrideEmail": "once@acme.example"}

    await api(path, once, status=201)
    assert (await api(f"GET /v1/customers/{demo.customer()}"))["email"] == "ap@acme.example"
    await api(path, {**once, "updateCustomerRecord": True}, status=201)
    assert (await api(f"GET /v1/customers/{demo.customer()}"))["email"] == "once@acme.example"


async def test_sproom_needs_an_ean_number(api: Any, draft: Any) -> None:
    without, having = await draft("C0001"), await draft("C0007")

    await api(f"POST /v1/invoices/{without['id']}/send", {"deliveryType": "Sproom"}, status=400)
    answer = await api(f"POST /v1/invoices/{having['id']}/send", {"deliveryType": "Sproom"}, status=201)

    assert answer["sproomDocumentId"]
    assert (await api(f"GET /v1/invoices/{without['id']}"))["status"] == "draft"


async def test_the_list_is_filtered_and_paged(api: Any, draft: Any, demo: Any) -> None:
    made = [(await draft(customer, reference=f"R{n}"))["id"] for n, customer in enumerate(["C0001", "C0004", "C0001"])]
    await api(f"POST /v1/invoices/{made[0]}/send", {"deliveryType": "Manual"}, status=201)

    page = await api("GET /v1/invoices", limit=2, page=2)
    assert (page["total"], page["page"], page["limit"], page["totalPages"]) == (3, 2, 2, 2)
    assert [row["id"] for row in page["data"]] == [made[0]]
    assert "lines" not in page["data"][0]
    sent = await api("GET /v1/invoices", params={"status": "sent"})
    assert [row["id"] for row in sent["data"]] == [made[0]]
    mine = await api("GET /v1/invoices", customerId=demo.customer("C0004"))
    assert [row["id"] for row in mine["data"]] == [made[1]]
    assert (await api("GET /v1/invoices", search="inv-00001"))["total"] == 1
    assert (await api("GET /v1/invoices", page=9))["data"] == []


async def test_the_pdf_opens_and_says_what_the_invoice_says(http: Any, api: Any, draft: Any) -> None:
    invoice = await draft()
    await api(f"POST /v1/invoices/{invoice['id']}/send", {"deliveryType": "Manual"}, status=201)

    response = await http.get(f"/api/v1/invoices/{invoice['id']}/pdf", headers={"x-api-key": API_KEY})

    assert response.headers["content-type"] == "application/pdf"
    content = response.content
    assert content.startswith(b"%PDF-")
    start = int(re.findall(rb"startxref\s+(\d+)\s+%%EOF", content)[-1])
    assert content[start : start + 4] == b"xref"
    (page,) = PdfReader(BytesIO(content)).pages
    text = page.extract_text()
    assert "Invoice INV-00001" in text
    assert "2708.30 DKK" in text
    assert "DRAFT" not in text


async def test_a_draft_pdf_carries_a_watermark(http: Any, draft: Any) -> None:
    invoice = await draft()

    response = await http.get(f"/api/v1/invoices/{invoice['id']}/pdf", headers={"x-api-key": API_KEY})

    (page,) = PdfReader(BytesIO(response.content)).pages
    assert "DRAFT" in page.extract_text()


async def test_money_that_arrives_changes_the_status(api: Any, control: Any, draft: Any) -> None:
    invoice = await draft()
    pay = f"POST /invoices/{invoice['id']}/payment"
    await control(pay, status=400)  # A draft cannot be paid.
    await api(f"POST /v1/invoices/{invoice['id']}/send", {"deliveryType": "Manual"}, status=201)

    assert await control(pay, {"amount": "2708.29"}) == {"status": "partially_paid"}
    assert await control(pay, {"amount": "0.01"}) == {"status": "paid"}


async def test_unknown_invoices_and_customers_are_not_found(api: Any, demo: Any) -> None:
    await api("GET /v1/invoices/none", status=404)
    body = {"customerId": "none", "date": "2026-01-15", "lines": [{"priceId": demo.price(), "quantity": 1}]}
    assert (await api("POST /v1/invoices", body, status=404))["code"] == "CUSTOMER_NOT_FOUND"
