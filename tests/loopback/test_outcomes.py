"""Booked once, over loopback: the sandbox goes wrong, and its log and its books say what reached it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest
from runtime.raw_server import Behaviour, RawServer, cut_headers, nonsense, raw_server, reset

from ledgerbee_client import (
    ApiKey,
    ConnectionFailedError,
    LedgerBee,
    OutcomeUnknownError,
    ServerError,
    events,
)
from ledgerbee_client.models import JournalEntryListItem
from ledgerbee_sandbox import API_KEY

from .conftest import Entry
from .sandbox_process import BOOK, COMPANY, SandboxProcess, TwoClocks, until

pytestmark = pytest.mark.anyio
Wish = dict[str, Any]

NOT_BOOKED: dict[str, Wish] = {
    "500": {"kind": "status", "status": 500},
    "502": {"kind": "status", "status": 502},
    "503 with Retry-After": {"kind": "status", "status": 503, "headers": {"Retry-After": "1"}},
    "504": {"kind": "status", "status": 504},
    "520 with HTML": {"kind": "html"},
    "hang up before": {"kind": "hang_up_before"},
}
BOOKED: dict[str, Wish] = {
    **{
        f"{name}, after": {**wish, "after": True}
        for name, wish in NOT_BOOKED.items()
        if wish["kind"] != "hang_up_before"
    },
    "hang up after": {"kind": "hang_up_after"},
    "cut body": {"kind": "cut_body"},
}


async def find(bee: LedgerBee, error: OutcomeUnknownError) -> JournalEntryListItem | None:
    """Read back by what the error says."""
    references = [keys["reference"] for keys in error.payload_keys]
    async for entry in bee.journal_entries.list():
        if entry.get("reference") in references:
            return entry
    return None


@pytest.mark.parametrize("name", NOT_BOOKED | BOOKED)
async def test_a_write_is_sent_once_and_settled_by_reading_back(
    name: str, bee: LedgerBee, sandbox: SandboxProcess, entry: Entry, clocks: TwoClocks
) -> None:
    """Once, whatever the fault; booked or not, the finder tells."""
    sandbox.ask("POST /faults", operation=BOOK, **(NOT_BOOKED | BOOKED)[name])

    with pytest.raises(OutcomeUnknownError, match=r"may have been carried out.*reference 'INV-1042'") as caught:
        await bee.journal_entries.create(entry())

    assert 1 == len(sandbox.seen(BOOK))
    assert [] == clocks.slept
    assert (["INV-1042"] if name in BOOKED else []) == sandbox.booked()
    found = await caught.value.settled_by(lambda: find(bee, caught.value))
    assert (name in BOOKED) == (found is not None)
    assert 60 >= sum(clocks.slept)


@pytest.mark.parametrize("wish", (NOT_BOOKED | BOOKED).values(), ids=NOT_BOOKED | BOOKED)
async def test_a_read_is_sent_again_until_it_is_answered(wish: Wish, bee: LedgerBee, sandbox: SandboxProcess) -> None:
    """Reading is harmless to repeat."""
    sandbox.ask("POST /faults", operation=COMPANY, times=3, **wish)

    assert "Demo Bees ApS" == (await bee.company.get()).name

    assert 4 == len(sandbox.seen(COMPANY))


@pytest.mark.parametrize("fault", [reset, cut_headers, nonsense], ids=lambda fault: fault.__name__)
async def test_a_write_is_sent_once_below_http(fault: Behaviour, server: RawServer, entry: Entry) -> None:
    """What the sandbox cannot do to a connection, a server of raw sockets can."""
    server.does(fault)
    async with LedgerBee(ApiKey("k"), base_url=server.url) as bee:
        with pytest.raises(OutcomeUnknownError, match="INV-1042"):
            await bee.journal_entries.create(entry())

    assert 1 == len(server.requests)


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    """A server of raw sockets."""
    async with raw_server() as server:
        yield server


async def test_a_write_that_nobody_heard_may_be_sent_again(clocks: TwoClocks, entry: Entry) -> None:
    """Four tries at a port on which no server listens; the error says that nothing was sent."""
    async with raw_server() as gone:
        url = gone.url
    async with LedgerBee(ApiKey("k"), base_url=url, clock=clocks.clock) as bee:
        with pytest.raises(ConnectionFailedError, match="nothing was sent"):
            await bee.journal_entries.create(entry())

    assert 3 == len(clocks.slept)


async def test_a_booking_slower_than_its_deadline_is_unknown_and_found(
    bee: LedgerBee, sandbox: SandboxProcess, entry: Entry
) -> None:
    """The sandbox goes on after the caller has given up; reading back again and again sees it arrive."""
    await bee.company.get()
    sandbox.fault("slow", BOOK, seconds=0.7)

    with pytest.raises(OutcomeUnknownError, match=r"no answer within 0\.3 s") as caught:
        await bee.journal_entries.create(entry(), timeout=0.3)
    assert [] == sandbox.booked()

    async def wait(seconds: float) -> None:
        await until(sandbox.booked)

    found = await caught.value.settled_by(lambda: find(bee, caught.value), sleep=wait)

    assert found is not None
    assert [201] == sandbox.statuses(BOOK)


async def test_a_cancelled_booking_is_logged_and_goes_on_there(
    bee: LedgerBee, sandbox: SandboxProcess, entry: Entry, caplog: pytest.LogCaptureFixture
) -> None:
    """The bytes have left: the log says what to look for, and the cancellation goes on."""
    sandbox.fault("slow", BOOK, seconds=0.2)
    went_on = True

    async with anyio.create_task_group() as group:

        async def book() -> None:
            nonlocal went_on
            await bee.journal_entries.create(entry())
            went_on = False

        group.start_soon(book)
        await until(lambda: sandbox.has_whole(BOOK))
        group.cancel_scope.cancel()

    assert went_on
    (warning,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "cancelled and its outcome is unknown. Look for reference 'INV-1042'" in warning.getMessage()
    await until(sandbox.booked)
    assert [201] == sandbox.statuses(BOOK)


async def test_a_write_that_was_turned_away_is_sent_again(
    bee: LedgerBee, sandbox: SandboxProcess, entry: Entry, clocks: TwoClocks
) -> None:
    """429 stands before the handler; its wait is kept."""
    sandbox.fault("status", BOOK, status=429, headers={"Retry-After": "7"})

    await bee.journal_entries.create(entry())

    assert [429, 201] == sandbox.statuses(BOOK)
    assert [7.0] == clocks.slept
    assert ["INV-1042"] == sandbox.booked()


async def test_a_wait_that_does_not_fit_is_not_begun(
    bee: LedgerBee, sandbox: SandboxProcess, clocks: TwoClocks
) -> None:
    """An hour is more than 30 seconds."""
    sandbox.fault("status", COMPANY, status=503, headers={"Retry-After": "3600"}, times=None)

    with pytest.raises(ServerError):
        await bee.company.get()

    assert [503] == sandbox.statuses()
    assert [] == clocks.slept


async def test_tries_come_to_an_end(bee: LedgerBee, sandbox: SandboxProcess, clocks: TwoClocks) -> None:
    """Four, later and later."""
    sandbox.fault("status", COMPANY, status=500, times=None)

    with pytest.raises(ServerError):
        await bee.company.get()

    assert [500] * 4 == sandbox.statuses()
    assert sorted(clocks.slept) == clocks.slept


async def test_a_read_that_hangs_has_a_second_try(bee: LedgerBee, sandbox: SandboxProcess) -> None:
    """Within its deadline."""
    sandbox.fault("slow", COMPANY, seconds=0.8)

    assert "Demo Bees ApS" == (await bee.company.get(timeout=1.2)).name

    assert 2 == len(sandbox.seen())
    await until(lambda: [200, 200] == sandbox.statuses())


async def test_usage_is_reported_again_under_its_key(bee: LedgerBee, sandbox: SandboxProcess) -> None:
    """The answer is lost; the second report is a duplicate, there and in its answer."""
    sandbox.fault("hang_up_after", "Report usage")
    customer = sandbox.kept("customers")[0]["id"]

    answer = await bee.meters.report({"meterName": "api-calls", "customerId": customer, "value": 3})

    assert "duplicate" == answer.status
    first, second = (seen["headers"]["x-api-idempotency-key"] for seen in sandbox.seen())
    assert first == second


async def test_a_deletion_whose_answer_was_lost_succeeds(bee: LedgerBee, sandbox: SandboxProcess, entry: Entry) -> None:
    """The second try finds nothing, which is what was asked for."""
    title = "Delete a draft journal entry (v2)"
    draft = await bee.draft_journal_entries.create(entry().to_dict())
    sandbox.fault("hang_up_after", title)

    await bee.draft_journal_entries.delete(str(draft["id"]))

    assert [None, 404] == sandbox.statuses(title)
    assert [] == sandbox.kept("drafts")


async def test_an_observer_is_told_of_every_try(sandbox: SandboxProcess, clocks: TwoClocks) -> None:
    """In order, without bodies or headers."""
    told: list[events.Event] = []
    sandbox.fault("status", COMPANY, status=503)

    async with LedgerBee(ApiKey(API_KEY), base_url=sandbox.base_url, clock=clocks.clock, on_event=told.append) as bee:
        await bee.company.get()

    facts: Any = {"operation": "company.get", "method": "GET", "path": "/v1/company"}
    assert [
        events.Sent(**facts),
        events.Answered(**facts, status=503, seconds=0.0),
        events.Retrying(**facts, status=503, wait=0.05 * 0.75),
        events.Sent(**facts, attempt=2),
        events.Answered(**facts, attempt=2, status=200, seconds=0.0),
    ] == told


async def test_views_and_captures_show_what_went_over_the_wire(bee: LedgerBee, sandbox: SandboxProcess) -> None:
    """A header of a view arrives; a capture holds the answer byte for byte."""
    with bee.capture() as calls:
        await bee.with_options(headers={"x-request-id": "r-1"}).company.get()

    (call,) = calls
    (seen,) = sandbox.seen()
    assert "r-1" == seen["headers"]["x-request-id"]
    assert ("company.get", 200) == (call.operation, call.status)
    assert b'"Demo Bees ApS"' in call.body
