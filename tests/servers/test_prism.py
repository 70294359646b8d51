"""
Prism, a proxy that holds every request and every answer against the schema, between the sandbox and those who call it.

It names what it finds in the header `sl-violations` of the answer.
"""

from __future__ import annotations

import datetime
import subprocess
import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from servers.programs import ENVIRONMENT, SCHEMA, free_port, tool
from stories import STORIES, Walk

from ledgerbee_client import ApiKey, Attachment, LedgerBee
from ledgerbee_client.models import (
    CreateJournalEntryV2Dto,
    PublicCreateInvoice,
    PublicCreateInvoiceLine,
    PublicSendInvoice,
    SplitEntryLine,
)
from ledgerbee_sandbox import API_KEY


class ThroughPrism(httpx.AsyncHTTPTransport):
    """Sends what is for the sandbox's API through the proxy, and keeps the violations that it names."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port
        self.checked = 0
        self.violations: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path
        if path.startswith(b"/api/") and path != b"/api/v1/auth/token":  # Which the schema leaves out.
            request.url = request.url.copy_with(port=self._port, raw_path=path.removeprefix(b"/api"))
            self.checked += 1
        response = await super().handle_async_request(request)
        if found := response.headers.get("sl-violations"):
            self.violations.append(f"{request.method} {path.decode()}: {found}")
        return response


@pytest.fixture
def prism(sandbox_url: str) -> Iterator[ThroughPrism]:
    """A transport through a Prism of this test's own."""
    port = free_port()
    command = [tool("prism"), "proxy", str(SCHEMA), sandbox_url, "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, env=ENVIRONMENT
    ) as server:
        assert server.stdout is not None
        said: list[str] = []
        for line in server.stdout:
            said.append(line)
            if "Prism is listening" in line:
                break
        reader = threading.Thread(target=server.stdout.read)  # A full pipe would stop it.
        reader.start()
        try:
            assert server.poll() is None, "".join(said)
            yield ThroughPrism(port)
        finally:
            server.terminate()
            reader.join()


@pytest.mark.asyncio
async def test_prism_accepts_all_135_operations(sandbox_url: str, prism: ThroughPrism) -> None:
    """Requests as users make them, and every answer to them; 0 violations."""
    root = sandbox_url.removesuffix("/api")
    answered: set[str] = set()
    async with httpx.AsyncClient(transport=prism, base_url=root) as http:
        for story in STORIES:
            (await http.post("/_sandbox/reset", json={"invoices": 3})).raise_for_status()
            call = Walk(http, {"x-api-key": API_KEY})
            await story(call)
            answered.update(call.answered)

    assert 135 == len(answered) <= prism.checked
    assert [] == prism.violations


@pytest.mark.asyncio
async def test_prism_sees_what_is_wrong(sandbox_url: str, prism: ThroughPrism) -> None:
    """Else its silence would mean nothing: a page that does not exist, and an answer that was spoiled."""
    root = sandbox_url.removesuffix("/api")
    fault = {"kind": "status", "operation": "Get company details", "status": 200}
    async with httpx.AsyncClient(transport=prism, base_url=root, headers={"x-api-key": API_KEY}) as http:
        await http.get("/api/v1/invoices", params={"page": 0})
        (await http.post("/_sandbox/faults", json=fault)).raise_for_status()
        await http.get("/api/v1/company")

    asked, answered = prism.violations
    assert "request" in asked
    assert "response" in answered


def entry(ids: dict[Any, str], number: int) -> CreateJournalEntryV2Dto:
    """Office supplies paid by the bank, every tenth with a receipt."""
    amount = Decimal(number) + Decimal("0.25")
    files = [Attachment.from_bytes(b"%PDF-1.4", filename=f"{number}.pdf")] if number % 10 == 0 else []
    return CreateJournalEntryV2Dto(
        entry_type="journal",
        date=datetime.date(2026, 11, 20),
        original_amount=amount,
        reference=f"PRISM-{number}",
        lines=[
            SplitEntryLine(account_id=ids[account], type_=side, amount=amount)
            for account, side in ((2010, "debit"), (5820, "credit"))
        ],
        attachments=files,
    )


@pytest.mark.asyncio
async def test_a_business_story_passes_through_prism(sandbox_url: str, prism: ThroughPrism) -> None:
    """The SDK books, bills, sends and reads it all back; neither its requests nor the answers break the schema."""
    async with LedgerBee(ApiKey(API_KEY), base_url=sandbox_url, transport=prism) as bee:
        ids = {account.account_number: str(account.id) async for account in bee.accounts.list()}
        await bee.journal_entries.create(entry(ids, 1))
        await bee.journal_entries.create_batch([entry(ids, number) for number in range(2, 30)])
        report = await bee.journal_entries.create_many(entry(ids, number) for number in range(30, 260))
        booked = await bee.journal_entries.list().collect()
        buyer = (await bee.customers.list().collect())[0]
        sold = (await bee.invoices.get(str((await bee.invoices.list(limit=1).collect())[0].id))).lines[0]
        draft = await bee.invoices.create(
            PublicCreateInvoice(
                customer_id=str(buyer.id),
                date=datetime.date(2026, 11, 20),
                lines=[PublicCreateInvoiceLine(price_id=str(sold.price_id), quantity=Decimal(3))],
            )
        )
        await bee.invoices.send(draft.id, PublicSendInvoice(delivery_type="Email"))
        content = await bee.invoices.pdf(draft.id).read()
        groups = await bee.customers.groups().collect()

    assert 230 == len(report.booked)
    assert 259 == sum(str(row["reference"]).startswith("PRISM-") for row in booked)
    assert content.startswith(b"%PDF-")
    assert 5600 == groups[0].account_number
    assert [] == prism.violations
