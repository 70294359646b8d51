"""Errors over loopback: the sandbox's refusals, and answers that are not the API's."""

from __future__ import annotations

import pickle
from collections.abc import AsyncIterator

import pytest
from anyio.abc import SocketStream
from runtime.raw_server import Behaviour, RawServer, raw_server

from ledgerbee_client import (
    APIError,
    ApiKey,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    LedgerBee,
    LedgerBeeError,
    LicenseRequiredError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    UnreadableAnswerError,
    ValidationError,
)

from .conftest import Entry
from .sandbox_process import COMPANY, SandboxProcess, TwoClocks

pytestmark = pytest.mark.anyio


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    """A server of raw sockets."""
    async with raw_server() as server:
        yield server


def says(body: bytes, content_type: str = "application/json", status: str = "200 OK") -> Behaviour:
    """Answer with exactly this."""
    head = f"HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {len(body)}\r\n\r\n"

    async def answer(stream: SocketStream, request: bytes) -> None:
        await stream.send(head.encode() + body)

    return answer


def survives(error: LedgerBeeError) -> None:
    """Look whether another process would get the same error."""
    assert error == pickle.loads(pickle.dumps(error))


async def test_refused_fields_are_named(bee: LedgerBee, sandbox: SandboxProcess, entry: Entry) -> None:
    """By the path that the sandbox gives, with the broken rules."""
    with pytest.raises(ValidationError) as caught:
        await bee.journal_entries.create({**entry().to_dict(), "entryType": "poem", "colour": "red"})

    assert {"entryType": ["isEnum"], "colour": ["whitelistValidation"]} == {
        where: sorted(rules) for where, rules in caught.value.fields.items()
    }
    assert ("journal_entries.create", 400, "SHARED_VALIDATION_FAILED") == (
        caught.value.operation,
        caught.value.status,
        caught.value.code,
    )
    assert [] == sandbox.booked()
    survives(caught.value)


async def test_a_business_rule_has_its_code(bee: LedgerBee, entry: Entry) -> None:
    """To branch on."""
    with pytest.raises(BadRequestError) as caught:
        await bee.journal_entries.create(entry(journal_category_id="00000000-0000-4000-8000-000000000000"))

    assert "JOURNAL_CATEGORY_NOT_FOUND" == caught.value.code
    survives(caught.value)


async def test_a_missing_scope_is_named(sandbox: SandboxProcess, clocks: TwoClocks) -> None:
    """As the sandbox names it."""
    sandbox.ask("POST /keys", key="reader", scopes=["products-read"])
    async with LedgerBee(ApiKey("reader"), base_url=sandbox.base_url, clock=clocks.clock) as bee:
        with pytest.raises(PermissionDeniedError) as caught:
            await bee.customers.list().collect()

    assert ("customers-read",) == caught.value.required_scopes
    survives(caught.value)


async def test_a_missing_licence_is_named(bee: LedgerBee, sandbox: SandboxProcess) -> None:
    """And is no question of scopes."""
    sandbox.ask("POST /licences", licences=[])

    with pytest.raises(LicenseRequiredError) as caught:
        await bee.subscriptions.list().collect()

    assert "Subscription" == caught.value.license_key
    survives(caught.value)


async def test_an_address_that_a_key_does_not_allow_is_said(sandbox: SandboxProcess, clocks: TwoClocks) -> None:
    """The reason, as the sandbox gives it."""
    sandbox.ask("POST /keys", key="fenced", ipWhitelist=["192.0.2.1"])
    async with LedgerBee(ApiKey("fenced"), base_url=sandbox.base_url, clock=clocks.clock) as bee:
        with pytest.raises(AuthenticationError) as caught:
            await bee.company.get()

    assert "ip_whitelist_mismatch" == caught.value.reason
    survives(caught.value)


async def test_what_is_not_there_is_not_found(bee: LedgerBee, sandbox: SandboxProcess) -> None:
    """Asked once."""
    with pytest.raises(NotFoundError, match="/v1/invoices/nobody") as caught:
        await bee.invoices.get("nobody")

    assert [404] == sandbox.statuses()
    survives(caught.value)


async def test_a_conflict_is_one(bee: LedgerBee, sandbox: SandboxProcess) -> None:
    """With the code and the details that came."""
    sandbox.fault("status", COMPANY, status=409, code="TAKEN", details={"by": "somebody"})

    with pytest.raises(ConflictError) as caught:
        await bee.company.get()

    assert ("TAKEN", {"by": "somebody"}) == (caught.value.code, caught.value.details)
    survives(caught.value)


async def test_a_limit_says_when(bee: LedgerBee, sandbox: SandboxProcess, clocks: TwoClocks) -> None:
    """In UTC, where the wait does not fit."""
    sandbox.fault("status", COMPANY, status=429, headers={"Retry-After": "600"})

    with pytest.raises(RateLimitError) as caught:
        await bee.company.get()

    assert caught.value.retry_at is not None
    assert clocks.time + 600 == caught.value.retry_at.timestamp()
    survives(caught.value)


async def test_html_from_a_proxy_is_kept_out_of_the_message(bee: LedgerBee, sandbox: SandboxProcess) -> None:
    """Four times 520: the page is in `.body`."""
    sandbox.fault("html", COMPANY, times=None)

    with pytest.raises(ServerError) as caught:
        await bee.company.get()

    assert 520 == caught.value.status
    assert "<html>" in caught.value.body
    assert "<html>" not in str(caught.value)
    survives(caught.value)


UNREADABLE = {
    "HTML": says(b"<html>" + b"x" * 9000, "text/html"),
    "cut JSON": says(b'{"id": "a", "na'),
    "another content type": says(b"id,name", "text/csv"),
    "nothing": says(b""),
    "a list": says(b"[]"),
    "an object without its fields": says(b'{"name": "x"}'),
    "not UTF-8": says(b'{"id": "\xff"}'),
}


@pytest.mark.parametrize("name", UNREADABLE)
async def test_an_answer_that_is_not_the_apis_is_unreadable(
    name: str, server: RawServer, caplog: pytest.LogCaptureFixture
) -> None:
    """With the operation, the status, and at most 500 characters of it."""
    server.does(UNREADABLE[name])
    async with LedgerBee(ApiKey("k"), base_url=server.url) as bee:
        with pytest.raises(UnreadableAnswerError) as caught:
            await bee.invoices.get("1")

    assert ("invoices.get", 200) == (caught.value.operation, caught.value.status)
    assert 500 >= len(caught.value.body)
    assert "<html>" not in str(caught.value)
    survives(caught.value)


@pytest.mark.parametrize("name", UNREADABLE)
async def test_a_booking_whose_answer_cannot_be_read_says_so(name: str, server: RawServer, entry: Entry) -> None:
    """It was accepted, by somebody: read back, once sent."""
    server.does(UNREADABLE[name])
    async with LedgerBee(ApiKey("k"), base_url=server.url) as bee:
        with pytest.raises((UnreadableAnswerError, OutcomeUnknownError)) as caught:
            await bee.journal_entries.create(entry())

    assert "may have been carried out" in str(caught.value) or "do not send it again" in str(caught.value)
    assert 1 == len(server.requests)
    survives(caught.value)


async def test_errors_of_the_api_have_one_root(bee: LedgerBee) -> None:
    """Two `except` are enough."""
    with pytest.raises(APIError):
        await bee.invoices.get("nobody")
    with pytest.raises(LedgerBeeError):
        await bee.invoices.get("")
