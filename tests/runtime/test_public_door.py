"""The same promises through the names that users type."""

from __future__ import annotations

import datetime
import inspect
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ledgerbee_client import (
    Attachment,
    BatchSizeError,
    ClientCredentials,
    ConfigurationError,
    InvalidValueError,
    LedgerBee,
    OutcomeUnknownError,
)
from ledgerbee_client.models import CreateJournalEntryV2Dto, SplitEntryLine
from ledgerbee_client.types import UNSET

from .conftest import ScriptedApi

pytestmark = pytest.mark.anyio
ENTRIES = "/v2/journal-entries"


def entry(**changes: Any) -> CreateJournalEntryV2Dto:
    facts: dict[str, Any] = {
        "entry_type": "journal",
        "date": datetime.date(2026, 11, 20),
        "original_amount": Decimal("125.50"),
        "reference": "INV-1042",
        "lines": [SplitEntryLine(account_id="a", type_="debit", amount=Decimal("125.50"))],
    }
    return CreateJournalEntryV2Dto(**{**facts, **changes})


async def test_a_booking_is_not_repeated_after_a_bad_gateway(api: ScriptedApi, bee: LedgerBee) -> None:
    """A POST that may have been booked is reported, not retried."""
    api.on("POST", ENTRIES).answers(502)

    with pytest.raises(OutcomeUnknownError, match=r"may have been carried out.*reference 'INV-1042'"):
        await bee.journal_entries.create(entry())

    assert 1 == len(api.requests)


async def test_a_float_is_refused_by_its_place(api: ScriptedApi, bee: LedgerBee) -> None:
    """Before anything is sent."""
    line = SplitEntryLine(account_id="a", type_="debit", amount=0.1)  # type: ignore[arg-type]

    with pytest.raises(InvalidValueError, match=r"lines\.0\.amount: expected a Decimal or an int, got the float 0\.1"):
        await bee.journal_entries.create(entry(lines=[line]))

    assert [] == api.requests


async def test_a_batch_of_101_is_refused_with_the_way_out(bee: LedgerBee) -> None:
    """`create_many` books in several transactions."""
    with pytest.raises(BatchSizeError, match=r"101 entries given, 1 to 100 allowed.*journal_entries\.create_many\(\)"):
        await bee.journal_entries.create_batch([entry()] * 101)


async def test_models_and_files_go_out_as_the_api_reads_them(api: ScriptedApi, bee: LedgerBee) -> None:
    """Dates as dates, amounts as numbers, files as base64, what is unset not at all."""
    api.on("POST", ENTRIES).answers(502)
    file = Attachment.from_bytes(b"%PDF-", filename="a.pdf")

    with pytest.raises(OutcomeUnknownError):
        await bee.journal_entries.create(entry(attachments=[file]))

    assert {
        "entryType": "journal",
        "date": "2026-11-20",
        "originalAmount": 125.5,
        "reference": "INV-1042",
        "lines": [{"accountId": "a", "type": "debit", "amount": 125.5}],
        "attachments": [{"filename": "a.pdf", "content": "JVBERi0=", "mimeType": "application/pdf"}],
    } == api.requests[0].json


async def test_a_filter_that_is_not_given_is_not_sent(api: ScriptedApi, bee: LedgerBee) -> None:
    """And the page size is 100."""
    api.on("GET", "/v1/invoices").answers(json={"data": [], "total": 0, "page": 1, "limit": 100, "totalPages": 0})

    assert [] == await bee.invoices.list(status="sent").collect()
    assert {"status": "sent", "page": "1", "limit": "100"} == api.requests[0].query


async def test_a_pdf_is_saved(api: ScriptedApi, bee: LedgerBee, tmp_path: Path) -> None:
    """By the invoice's id, quoted."""
    api.on("GET", "/v1/invoices/a/b/pdf").answers(content=b"%PDF-1.7")

    await bee.invoices.pdf("a/b").save(tmp_path / "a.pdf")

    assert "/api/v1/invoices/a%2Fb/pdf" == api.requests[0].raw_target


async def test_an_empty_id_is_refused(bee: LedgerBee) -> None:
    """It would be the list. The message has the argument's own name, and what was given."""
    with pytest.raises(InvalidValueError, match=r"^invoice_id: expected a text .* got ''; nothing was sent"):
        await bee.invoices.get("")


async def test_a_limit_out_of_bounds_is_named_with_its_value(bee: LedgerBee) -> None:
    """Before anything is sent."""
    with pytest.raises(InvalidValueError, match=r"^limit: expected a number from 1 to 100, got 500; nothing was sent"):
        bee.invoices.list(limit=500)


async def test_a_usage_report_is_repeated_under_its_key(api: ScriptedApi, bee: LedgerBee) -> None:
    """The one write that the API deduplicates."""
    api.on("POST", "/v1/meters/report").answers(503).answers(202, json={"status": "queued", "requestId": "r"})

    await bee.meters.report({"meterName": "calls", "customerId": "c", "value": 1})

    assert 1 == len({request.headers["x-api-idempotency-key"] for request in api.requests})


async def test_the_api_key_cannot_be_read_with_a_token(api: ScriptedApi) -> None:
    """It is a call for keys only."""
    async with LedgerBee(ClientCredentials("i", "s"), transport=api) as bee:
        with pytest.raises(ConfigurationError, match=r"api_key\.get takes an API key only"):
            await bee.api_key.get()


def bodies(bee: LedgerBee) -> dict[str, tuple[Any, inspect.Signature]]:
    """Return every method that takes a body."""
    resources = {name: getattr(bee, name) for name in dir(bee) if name[0] != "_"}
    methods = {
        f"{name}.{method}": getattr(resource, method)
        for name, resource in resources.items()
        if type(resource).__name__.endswith("Resource")
        for method in dir(resource)
        if method[0] != "_" and callable(getattr(resource, method))
    }
    found = {name: (method, inspect.signature(method)) for name, method in methods.items()}
    return {name: (method, given) for name, (method, given) in found.items() if "body" in given.parameters}


@pytest.mark.parametrize("nothing", [None, UNSET], ids=["None", "UNSET"])
async def test_a_body_that_is_required_is_refused_where_there_is_none(
    nothing: Any, api: ScriptedApi, bee: LedgerBee
) -> None:
    """An empty POST is no booking; nothing is sent, by any method that needs a body."""
    refused = 0
    for name, (method, given) in bodies(bee).items():
        required = [p.name for p in given.parameters.values() if p.default is p.empty]
        if "body" not in required:
            continue
        with pytest.raises(InvalidValueError, match="the body: expected a model or a mapping, got None") as caught:
            await method(**dict.fromkeys(required, "x") | {"body": nothing})
        assert name == caught.value.operation
        refused += 1

    assert [] == api.requests
    # Of the 40 bodies that the schema requires, three are batches.
    assert 37 == refused


async def test_a_body_that_is_optional_may_be_left_out(api: ScriptedApi, bee: LedgerBee) -> None:
    """The documentation asks for none there."""
    api.on("POST", "/v1/journal-entries/1/reverse").answers(502)

    with pytest.raises(OutcomeUnknownError):
        await bee.journal_entries.reverse("1")

    assert b"" == api.requests[0].content
