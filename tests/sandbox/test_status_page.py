"""The page for people: the state of the sandbox, readable and escaped."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import httpx
import pytest

from ledgerbee_sandbox import Sandbox


def cells(page: str) -> list[list[str]]:
    """The rows of the page's tables, as a reader sees them."""
    rows = re.findall(r"<tr>(.*?)</tr>", page)
    return [[re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)] for row in rows]


@pytest.mark.asyncio
async def test_the_page_for_people_shows_the_state_and_escapes_it(http: httpx.AsyncClient, api: Any) -> None:
    await api("GET /v1/company")
    await http.get("/api/v1/<script>")
    await http.post("/_sandbox/faults", json={"kind": "slow", "operation": "List invoices"})

    page = (await http.get("/")).text

    assert "Demo Bees ApS" in page
    assert "Get company details" in page
    assert "List invoices" in page
    assert "<script>" not in page
    assert (await http.get("/favicon.ico")).status_code == 404


@pytest.mark.asyncio
async def test_the_page_counts_by_status_and_sums_by_currency(http: httpx.AsyncClient, sandbox: Sandbox) -> None:
    amounts = [("draft", "100.10", "DKK"), ("sent", "0.20", "DKK"), ("sent", "7", "EUR"), ("sent", None, "EUR")]
    with sandbox.books.transaction():
        for number, (status, amount, currency) in enumerate(amounts):
            value = Decimal(amount) if amount else None
            record = {"id": str(number), "status": status, "amount": value, "currency": currency}
            sandbox.books["invoices"].put(record)

    page = (await http.get("/")).text
    shown, _, kept = page.partition("<details>")

    assert ["invoices", "4", "1 draft, 3 sent", "100.30 DKK, 7.00 EUR"] in cells(shown)
    assert ["customers", "8", "", ""] in cells(shown)
    assert "keys" not in {row[0] for row in cells(shown) if row}
    assert "keys" in {row[0] for row in cells(kept) if row}


@pytest.mark.asyncio
async def test_the_page_shows_what_a_fault_was_asked_for(http: httpx.AsyncClient, sandbox: Sandbox) -> None:
    sandbox.fault("status", "List invoices", status=429, headers={"Retry-After": "7"}, times=None, probability=0.25)
    sandbox.fault("slow", "List customers", times=3, skip=1)
    sandbox.fault("hang_up_after", "List vendors")

    rows = cells((await http.get("/")).text)

    options = "probability 0.25, status 429, headers {&quot;Retry-After&quot;:&quot;7&quot;}"
    assert ["List invoices", "status", "always", options] in rows
    assert ["List customers", "slow", "3 times", "skip 1, seconds 1.0"] in rows
    assert ["List vendors", "hang_up_after", "once", ""] in rows


@pytest.mark.asyncio
async def test_statuses_are_counted_in_one_case(http: httpx.AsyncClient, sandbox: Sandbox) -> None:
    """The API writes them in two, and with underscores."""
    statuses = ["ACTIVE", "active", "partially_paid", "Partially_Paid"]
    with sandbox.books.transaction():
        for number, status in enumerate(statuses):
            sandbox.books["invoices"].put({"id": str(number), "status": status})

    assert ["invoices", "4", "2 active, 2 partially paid", ""] in cells((await http.get("/")).text)


@pytest.mark.asyncio
async def test_paths_are_broken_behind_their_punctuation(http: httpx.AsyncClient, api: Any) -> None:
    """Narrow screens break them where a browser may, and not in the middle of a word."""
    await api("GET /v1/invoices", params={"page": 2, "limit": 5})

    page = (await http.get("/")).text

    assert "GET /<wbr>v1/<wbr>invoices?<wbr>page=2&amp;<wbr>limit=5" in page
