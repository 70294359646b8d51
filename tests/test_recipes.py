"""The recipes in examples/ do what their pages say, against the sandbox."""

from __future__ import annotations

import datetime
import sys
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import httpx
import polars
import pytest
import pytest_asyncio
from fastapi import FastAPI, Request
from test_examples import EXAMPLES, example

from ledgerbee_client import LedgerBee
from ledgerbee_sandbox import SSO_KEY, Sandbox

pytestmark = pytest.mark.asyncio
TODAY = datetime.date(2026, 11, 20)


@pytest_asyncio.fixture(loop_scope="function")
async def sandbox(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sandbox]:
    """A sandbox that listens, in the environment that LedgerBee.from_env() reads."""
    async with Sandbox(serve=True) as sandbox:
        monkeypatch.setenv("LEDGERBEE_API_KEY", sandbox.api_key)
        monkeypatch.setenv("LEDGERBEE_BASE_URL", sandbox.base_url)
        yield sandbox


@pytest_asyncio.fixture(loop_scope="function")
async def bee(sandbox: Sandbox) -> AsyncIterator[LedgerBee]:
    """A client of it."""
    async with LedgerBee.from_env() as bee:
        yield bee


class Service:
    """A FastAPI application with its lifespan, and a browser that follows no redirect."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    async def __aenter__(self) -> httpx.AsyncClient:
        self.lifespan = self.app.router.lifespan_context(self.app)
        state = await self.lifespan.__aenter__()

        async def with_state(scope: Any, receive: Any, send: Any) -> None:
            await self.app({**scope, "state": dict(state or {})}, receive, send)

        transport = httpx.ASGITransport(app=with_state, raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://service")
        return self.http

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()
        await self.lifespan.__aexit__(None, None, None)


async def test_a_service_pages_sends_and_streams_invoices(sandbox: Sandbox, bee: LedgerBee) -> None:
    """A page is one request, a PDF comes whole, a sent invoice is sent."""
    drafts = await bee.invoices.list(status="draft").collect()
    async with Service(example("fastapi_invoices").app) as service:
        page = (await service.get("/invoices", params={"page": 2, "size": 10})).json()
        asked = [seen.path for seen in sandbox.requests].count("/v1/invoices")
        sent = await service.post(f"/invoices/{drafts[0].id}/send")
        pdf = await service.get(f"/invoices/{drafts[0].id}.pdf")

    assert (2, 3, 30, 10) == (page["page"], page["pages"], page["total"], len(page["items"]))
    assert 2 == asked, "one for the drafts, one for the page"
    assert (202, {"delivery": "Email"}) == (sent.status_code, sent.json())
    assert "application/pdf" == pdf.headers["content-type"]
    assert pdf.content.startswith(b"%PDF-")
    assert (await bee.invoices.get(drafts[0].id or "")).number


async def test_a_service_tells_apart_what_went_wrong(sandbox: Sandbox, bee: LedgerBee) -> None:
    """Missing, not reached and unknown are three answers; none holds what LedgerBee wrote."""
    invoice = await bee.invoices.list(status="draft").first()
    assert invoice
    recipe = example("fastapi_invoices")
    recipe.app.dependency_overrides[recipe.client] = lambda: bee.with_options(max_retries=0)
    async with Service(recipe.app) as service:
        missing = await service.get("/invoices/0197a943-0000-7000-8000-000000000000.pdf")
        sandbox.fault("hang_up_after", "Send an invoice to the customer")
        unknown = await service.post(f"/invoices/{invoice.id}/send")
        sandbox.fault("status", "List invoices", status=403, code="INSUFFICIENT_PERMISSIONS")
        refused = await service.get("/invoices")
        sandbox.fault("hang_up_before", "List invoices", times=None)
        not_reached = await service.get("/invoices")

    assert [404, 502, 502, 503] == [answer.status_code for answer in (missing, unknown, refused, not_reached)]
    assert "Look before you send it again." in unknown.json()["detail"]
    assert "INSUFFICIENT_PERMISSIONS" == refused.json()["code"]


async def test_a_customer_is_taken_on(bee: LedgerBee) -> None:
    """Customer, product, subscription, invoice and credit note are there, and belong together."""
    done = await example("onboarding").onboard(bee, "C-2001", "Acme ApS", "books@acme.example", TODAY)

    customer = await bee.customers.list(customer_number="C-2001").first()
    assert customer
    assert done.customer == customer.id
    subscription = await bee.subscriptions.list(customer_id=done.customer).first()
    assert subscription
    assert "trial" == subscription.status
    invoice = await bee.invoices.get(done.invoice)
    assert Decimal("1875.00") == invoice.amount, "1500.00, and 25 % VAT"
    notes = await bee.credit_notes.list(customer_id=done.customer).collect()
    assert [done.credit_note] == [note["id"] for note in notes]


async def test_receipts_are_booked_with_their_files(tmp_path: Path, bee: LedgerBee) -> None:
    """Two receipts, two entries with a file each; what is no receipt stays where it is."""
    (tmp_path / "lunch_2026-11-19_125.50.pdf").write_bytes(b"%PDF-1.4 lunch")
    (tmp_path / "taxi_2026-11-20_80.PNG").write_bytes(b"\x89PNG\r\n\x1a\n taxi")
    (tmp_path / "notes.txt").write_text("not a receipt")

    report = await example("receipts").book(bee, tmp_path, 2010, 5820)

    amounts = [sent.result.amount for sent in report.booked]
    assert [Decimal("125.50"), Decimal(80)] == amounts
    for sent in report.booked:
        [file] = await bee.journal_entries.attachments(sent.result.id).collect()
        assert sent.entry.reference == file["filename"]
    assert {"booked", "notes.txt"} == {path.name async for path in anyio.Path(tmp_path).iterdir()}
    moved = {path.name async for path in anyio.Path(tmp_path / "booked").iterdir()}
    assert {"lunch_2026-11-19_125.50.pdf", "taxi_2026-11-20_80.PNG"} == moved


async def test_receipts_stay_where_an_answer_did_not_come(tmp_path: Path, sandbox: Sandbox, bee: LedgerBee) -> None:
    """A file that may have been booked does not move, and the command says so."""
    (tmp_path / "lunch_2026-11-19_125.50.pdf").write_bytes(b"%PDF-1.4 lunch")
    sandbox.fault("hang_up_after", "Create journal entries in batch (v2)")

    command = [sys.executable, "-W", "error", str(EXAMPLES / "receipts.py"), str(tmp_path), "2010", "5820"]
    done = await anyio.run_process(command, check=False)

    assert 1 == done.returncode
    assert "0 booked, 0 refused, 1 unknown" in done.stdout.decode()
    assert (tmp_path / "lunch_2026-11-19_125.50.pdf").exists()


async def test_a_month_is_exported_with_exact_amounts(tmp_path: Path, bee: LedgerBee) -> None:
    """CSV and Parquet hold the month's invoices, and every amount to the cent, as a decimal and no float."""
    months = [f"{invoice.date:%Y-%m}" async for invoice in bee.invoices.list(status="paid") if invoice.date]
    month = months[0]
    command = [sys.executable, "-W", "error", str(EXAMPLES / "month_end_export.py"), month, str(tmp_path)]
    await anyio.run_process(command)

    there = {
        invoice.number: invoice.amount
        async for invoice in bee.invoices.list()
        if f"{invoice.date:%Y-%m}" == month and invoice.status != "draft"
    }
    parquet = polars.read_parquet(tmp_path / f"invoices-{month}.parquet")
    assert polars.Decimal(38, 2) == parquet.schema["amount"]
    assert there == dict(zip(parquet["number"], parquet["amount"], strict=True))
    lines = (tmp_path / f"invoices-{month}.csv").read_text().splitlines()
    assert "number,status,date,due_date,customer_id,currency,subtotal,vat,amount" == lines[0]
    assert {f"{amount}" for amount in there.values()} == {line.rpartition(",")[2] for line in lines[1:]}


async def test_a_fleet_shares_the_work(tmp_path: Path, bee: LedgerBee) -> None:
    """Each PDF is saved by one of three; tests/servers runs them as processes with a Redis."""
    save_share = example("fleet").save_share
    saved = [await save_share(bee, tmp_path, worker, 3) for worker in range(3)]

    sent = await bee.invoices.list(status="sent").collect()
    assert len(sent) == sum(saved)
    assert {f"{invoice.number}.pdf" for invoice in sent} == {path.name async for path in anyio.Path(tmp_path).iterdir()}


async def test_a_worker_process_has_one_client(sandbox: Sandbox, bee: LedgerBee) -> None:
    """Tasks run in its loop, whichever thread asks; what was not done is tried again, what is unknown is not."""
    drafts = await bee.invoices.list(status="draft").collect()
    recipe = example("celery_worker")

    def work() -> list[str]:
        recipe.process.open()
        recipe.process.bee = recipe.process.bee.with_options(max_retries=0)
        try:
            sandbox.fault("status", "Send an invoice to the customer", status=429, headers={"retry-after": "0"})
            sent = recipe.send_invoice.apply(args=[drafts[0].id], retries=4)
            sandbox.fault("hang_up_after", "Send an invoice to the customer")
            unknown = recipe.send_invoice.apply(args=[drafts[1].id])
            return [sent.get(), type(unknown.result).__name__]
        finally:
            recipe.process.close()

    assert ["Email", "OutcomeUnknownError"] == await anyio.to_thread.run_sync(work)
    posts = [seen.path for seen in sandbox.requests if seen.method == "POST"]
    assert 1 == posts.count(f"/v1/invoices/{drafts[1].id}/send")


async def test_a_user_is_handed_to_the_portal(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, bee: LedgerBee
) -> None:
    """Logged in: a redirect with a reference good once. Not logged in, or without a customer: none."""
    monkeypatch.setenv("LEDGERBEE_API_KEY", SSO_KEY)
    recipe = example("portal_sso")
    customer = await bee.customers.list().first()
    assert customer
    users: dict[str, Any] = {
        "jane": recipe.User("u-1", "jane@acme.example", "Jane", customer.id),
        "joe": recipe.User("u-2", "joe@acme.example", "Joe", ""),
    }

    async def user_of(request: Request) -> Any:
        return users.get(request.headers.get("x-user", ""))

    async with Service(recipe.create_app(user_of, "https://acme.portal-api.ledgerbee.com")) as service:
        answers = [await service.post("/portal", headers={"x-user": user}) for user in ("jane", "joe", "eve")]

    assert [303, 409, 401] == [answer.status_code for answer in answers]
    where = httpx.URL(answers[0].headers["location"])
    assert ("acme.portal-api.ledgerbee.com", "/api/auth/sso/handoff/redeem") == (where.host, where.path)
    assert len(where.params["ref"]) > 20
    assert "no-store" == answers[0].headers["cache-control"]


@pytest.mark.parametrize(
    ("kind", "side", "amount"),
    [
        ("customer_invoice", "debit", "125.50"),
        ("customer_invoice", "credit", "-125.50"),
        ("customer_payment", "credit", "125.50"),
        ("supplier_invoice", "credit", "125.50"),
        ("supplier_payment", "credit", "-125.50"),
    ],
)
async def test_an_entry_of_the_first_version_is_given_to_the_second(kind: str, side: str, amount: str) -> None:
    """Without the line that the server adds, whose side is the sign of the amount."""
    control = {"r": "ACCOUNTS_RECEIVABLE", "p": "ACCOUNTS_PAYABLE"}
    added = {"accountId": "r" if "customer" in kind else "p", "type": side, "amount": Decimal("125.50")}
    other = {"accountId": "x", "type": "debit", "amount": Decimal("125.50")}

    entry = example("journal_v1_to_v2").v2_entry({"entryType": kind, "lines": [other, added]}, control)

    assert {"entryType": kind, "originalAmount": Decimal(amount), "lines": [other]} == entry


async def test_entries_of_other_types_are_left_alone() -> None:
    """And one that the second version cannot take is refused."""
    v2_entry = example("journal_v1_to_v2").v2_entry
    journal = {"entryType": "journal", "lines": [{"accountId": "r"}]}

    assert journal == v2_entry(journal, {"r": "ACCOUNTS_RECEIVABLE"})
    with pytest.raises(ValueError, match="INV-7: 0 lines on ACCOUNTS_RECEIVABLE"):
        v2_entry({"entryType": "customer_invoice", "reference": "INV-7", "lines": []}, {})


async def test_both_versions_book_the_same_lines(bee: LedgerBee) -> None:
    """The sandbox adds what was taken out."""
    done = await anyio.run_process([sys.executable, "-W", "error", str(EXAMPLES / "journal_v1_to_v2.py")])

    first, second = done.stdout.decode().splitlines()
    assert first == second
    assert "debit" in first
