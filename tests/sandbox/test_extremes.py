"""Requests that no one means: they are refused, and nobody's list is broken by them afterwards."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from endurance import CREDIT, DEBIT, KEY

from ledgerbee_sandbox import Sandbox

JSON = {**KEY, "content-type": "application/json"}
BALANCED = ("5." + "0" * 40 + "1", "5")
HUGE = ["1e400", "1e999999", "1e30", "-1e12", "9" * 4000]


def entry(demo: Any, **fields: Any) -> dict[str, Any]:
    lines = [{"accountId": demo.account(n), "type": s, "amount": 5} for n, s in ((DEBIT, "debit"), (CREDIT, "credit"))]
    return {"entryType": "journal", "date": "2026-06-01", "originalAmount": 5, "lines": lines, **fields}


def invoice(demo: Any, line: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    lines = [{"priceId": demo.price(), "quantity": 1, **(line or {})}]
    return {"customerId": demo.customer(), "date": "2026-06-01", "lines": lines, **fields}


@pytest.mark.asyncio
@pytest.mark.parametrize("digits", HUGE, ids=lambda digits: digits[:9])
async def test_an_amount_beyond_all_books_is_refused(http: httpx.AsyncClient, demo: Any, digits: str) -> None:
    """Such a number could neither be summed nor written, so an entry with it would break every list."""
    body = json.dumps(entry(demo)).replace('"amount": 5', f'"amount": {digits}')

    answer = await http.post("/api/v2/journal-entries", content=body, headers=JSON)

    assert 400 == answer.status_code
    assert 0 == (await http.get("/api/v1/journal-entries", headers=KEY)).json()["total"]


@pytest.mark.asyncio
@pytest.mark.parametrize("digits", [*HUGE, "NaN", "1e-99999999"], ids=lambda digits: digits[:9])
async def test_a_quantity_beyond_all_books_is_refused(http: httpx.AsyncClient, demo: Any, digits: str) -> None:
    body = json.dumps(invoice(demo)).replace('"quantity": 1', f'"quantity": {digits}')

    assert 400 == (await http.post("/api/v1/invoices", content=body, headers=JSON)).status_code


@pytest.mark.asyncio
@pytest.mark.parametrize("price", ["1e30", "1e2", "1_000", " 5 ", "٣", "", "NaN", "-Infinity", "1,5", "+1"])
async def test_a_price_is_digits_and_a_point(api: Any, demo: Any, broken: Any, price: str) -> None:
    """Python reads more than a decimal string; the API does not."""
    answer = await api("POST /v1/invoices", invoice(demo, {"unitPrice": price}), status=400)

    assert ["lines.0.unitPrice"] == list(broken(answer))


@pytest.mark.asyncio
@pytest.mark.parametrize("page", ["1e999999", "1e400", "9" * 4000, "0.5", "1_0", "٣"], ids=lambda page: page[:9])
async def test_a_page_that_is_no_number_is_refused(api: Any, page: str) -> None:
    await api("GET /v1/invoices", page=page, status=400)


@pytest.mark.asyncio
@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2026-06-01junk", "20260601", "2026-W01-1", "2026-02-30"])
async def test_a_date_is_a_day_of_our_time(api: Any, demo: Any, broken: Any, day: str) -> None:
    assert ["date"] == list(broken(await api("POST /v1/invoices", invoice(demo, date=day), status=400)))
    assert ["date"] == list(broken(await api("POST /v2/journal-entries", entry(demo, date=day), status=400)))


@pytest.mark.asyncio
@pytest.mark.parametrize("days", [10**9, 10**15, 3_000_000])
async def test_payment_terms_end_within_the_calendar(api: Any, demo: Any, broken: Any, days: int) -> None:
    answer = await api("POST /v1/invoices", invoice(demo, paymentTerms=days), status=400)

    assert ["paymentTerms"] == list(broken(answer))


@pytest.mark.asyncio
async def test_a_subscription_begins_within_the_calendar(api: Any, demo: Any, broken: Any) -> None:
    fields = {"customerId": demo.customer(), "planId": demo.plan(), "startDate": "9999-12-31T00:00:00Z"}

    assert ["startDate"] == list(broken(await api("POST /v1/subscriptions", fields, status=400)))


@pytest.mark.asyncio
async def test_half_a_character_is_no_text(http: httpx.AsyncClient) -> None:
    """A lone surrogate cannot be written as UTF-8: kept, it would break every list it is in."""
    body = b'{"customerNumber": "S", "name": "\\ud800"}'

    assert 400 == (await http.post("/api/v1/customers", content=body, headers=JSON)).status_code
    assert 200 == (await http.get("/api/v1/customers", headers=KEY)).status_code


@pytest.mark.asyncio
async def test_a_whole_character_in_two_escapes_is_text(http: httpx.AsyncClient) -> None:
    body = b'{"customerNumber": "S", "name": "\\ud83d\\udc1d"}'

    assert "🐝" == (await http.post("/api/v1/customers", content=body, headers=JSON)).json()["name"]


@pytest.mark.asyncio
async def test_a_refusal_is_cut_off_like_any_answer(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    """A connection does not know what it carries: who asks to hang up gets no answer, whatever it would have been."""
    sandbox.fault("hang_up_after", "Create a journal entry (v2)")

    with pytest.raises(httpx.RemoteProtocolError):
        await http.post("/api/v2/journal-entries", json={}, headers=KEY)

    assert 400 == (await http.post("/api/v2/journal-entries", json={}, headers=KEY)).status_code


@pytest.mark.asyncio
async def test_a_key_in_the_query_is_seen_nowhere_afterwards(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    """The API takes it there, too; neither the control API nor the page repeats it."""
    query = {"x-api-key": sandbox.api_key, "search": "<b>bees</b>"}
    assert 200 == (await http.get("/api/v1/invoices", params=query)).status_code

    seen = (await http.get("/_sandbox/requests")).json()["requests"]
    page = (await http.get("/")).text

    assert ["search=%3Cb%3Ebees%3C%2Fb%3E"] == [request["query"] for request in seen]
    assert 1 == page.count(sandbox.api_key), "the page names the sandbox's own key once, for people to copy"
    assert "<b>bees" not in page


@pytest.mark.asyncio
@pytest.mark.parametrize("digits", ["1e30", "-1e12", "9" * 300], ids=lambda digits: digits[:9])
async def test_an_original_amount_beyond_all_books_is_refused(
    http: httpx.AsyncClient, demo: Any, broken: Any, digits: str
) -> None:
    """It is not replaced by the sum of the lines."""
    body = json.dumps(entry(demo)).replace('"originalAmount": 5', f'"originalAmount": {digits}')

    answer = await http.post("/api/v2/journal-entries/batch", content=f'{{"entries": [{body}]}}', headers=JSON)

    assert {"entries.0.originalAmount": ["isNumber"]} == broken(answer.json())


@pytest.mark.asyncio
async def test_sides_that_differ_in_the_last_of_many_digits_do_not_balance(http: httpx.AsyncClient, demo: Any) -> None:
    """Decimal sums keep 28 digits by themselves."""
    debit, credit = BALANCED
    body = json.dumps(entry(demo)).replace('"debit", "amount": 5', f'"debit", "amount": {debit}')

    answer = await http.post("/api/v2/journal-entries", content=body, headers=JSON)

    assert f"The entry does not balance: debit {debit}, credit {credit}" == answer.json()["message"]


@pytest.mark.asyncio
async def test_an_invoice_beyond_all_books_is_refused(api: Any, demo: Any) -> None:
    """Each factor is within bounds, the product could not be written to the cent."""
    line = {"quantity": 999_999_999_999, "unitPrice": "999999999999.99"}

    answer = await api("POST /v1/invoices", invoice(demo, line), status=400)

    assert "more than can be reckoned with" in answer["message"]


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["page", "limit"])
async def test_there_is_no_half_page(api: Any, broken: Any, name: str) -> None:
    assert {name: ["isInt"]} == broken(await api("GET /v1/invoices", params={name: "1.5"}, status=400))


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "body",
    [
        b'{"customerNumber": "S", "name": "\xed\xa0\x80"}',
        '{"customerNumber": "S", "name": "\\ud800"}'.encode("utf-16"),
        '{"customerNumber": "S", "name": "Bee"}'.encode("utf-16"),
        '{"customerNumber": "S", "name": "Bee"}'.encode("utf-32"),
        '{"customerNumber": "S", "name": "Bj\u00f8rn"}'.encode("latin-1"),
    ],
    ids=["surrogate in bytes", "surrogate in UTF-16", "UTF-16", "UTF-32", "Latin-1"],
)
async def test_what_is_not_utf_8_is_no_json(sandbox: Sandbox, http: httpx.AsyncClient, body: bytes) -> None:
    """Python reads UTF-16 and half characters from bytes; kept, they would break every list they are in."""
    assert 400 == (await http.post("/api/v1/customers", content=body, headers=JSON)).status_code
    assert 8 == len((await http.get("/api/v1/customers", headers=KEY)).json())
    assert 200 == (await http.get("/_sandbox/requests")).status_code


@pytest.mark.asyncio
@pytest.mark.parametrize("levels", [199, 300, 900, 5000])
@pytest.mark.parametrize("place", ["journal entry", "customer"])
async def test_a_body_nested_without_end_is_refused_and_harms_nobody(
    http: httpx.AsyncClient, levels: int, place: str
) -> None:
    """The validator gives up at 255 levels, and a list of what was sent adds some to what it writes."""
    nested = "[" * levels + "]" * levels
    if place == "customer":
        answer = await http.post("/api/v1/customers", content=f'{{"metadata": {{"a": {nested}}}}}', headers=JSON)
    else:
        answer = await http.post("/api/v2/journal-entries", content=f'{{"entryType": {nested}}}', headers=JSON)

    assert 400 == answer.status_code
    assert 200 == (await http.get("/_sandbox/requests")).status_code
    assert 400 == (await http.post("/_sandbox/faults", content=nested)).status_code


@pytest.mark.asyncio
async def test_a_hundred_levels_are_read_and_written(http: httpx.AsyncClient) -> None:
    nested: Any = "honey"
    for _ in range(100):
        nested = [nested]
    answer = await http.post("/api/v1/webhook-endpoints", json={"url": "https://a.example", "x": nested}, headers=KEY)
    assert nested == answer.json()["x"]
