"""Every page, over loopback: 130 invoices, walked in every way, and a server that repeats itself."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from anyio.abc import SocketStream
from runtime.raw_server import RawServer, raw_server

from ledgerbee_client import ApiKey, LedgerBee, NotFoundError, PaginationError

from .sandbox_process import INVOICES, SandboxProcess, until

pytestmark = pytest.mark.anyio


@pytest.fixture
def invoices(sandbox: SandboxProcess) -> list[str]:
    """130 invoices, in the order of the list: newest first."""
    sandbox.ask("POST /reset", invoices=130)
    return [invoice["id"] for invoice in reversed(sandbox.kept("invoices"))]


def pages_asked(sandbox: SandboxProcess) -> list[str]:
    """Return the page of each request, as it was asked for."""
    queries = (dict(pair.split("=") for pair in seen["query"].split("&")) for seen in sandbox.seen(INVOICES))
    return [f"{query['page']}/{query['limit']}" for query in queries]


async def test_every_item_of_every_page_comes_in_order(
    bee: LedgerBee, sandbox: SandboxProcess, invoices: list[str]
) -> None:
    """Page by page, one request for each."""
    assert invoices == [invoice.id async for invoice in bee.invoices.list(limit=50)]
    assert ["1/50", "2/50", "3/50"] == pages_asked(sandbox)


async def test_pages_say_where_they_are(bee: LedgerBee, sandbox: SandboxProcess, invoices: list[str]) -> None:
    """And a walk begins where it is told."""
    pages = [page async for page in bee.invoices.list(limit=50).pages(start=2)]

    assert [(2, 50, 130, 3), (3, 30, 130, 3)] == [
        (page.number, len(page.items), page.total, page.total_pages) for page in pages
    ]
    assert invoices[50:] == [invoice.id for page in pages for invoice in page.items]


async def test_the_first_is_one_request(bee: LedgerBee, sandbox: SandboxProcess, invoices: list[str]) -> None:
    """One item is asked for, and nothing more is fetched."""
    first = await bee.invoices.list().first()

    assert first is not None
    assert invoices[0] == first.id
    assert ["1/1"] == pages_asked(sandbox)


async def test_pages_fetched_ahead_come_in_order(bee: LedgerBee, sandbox: SandboxProcess, invoices: list[str]) -> None:
    """Though the second page is the slowest."""
    sandbox.fault("slow", INVOICES, skip=1, seconds=0.1)

    found = await bee.invoices.list(limit=10).collect(ahead=5)

    assert invoices == [invoice.id for invoice in found]
    assert sorted(pages_asked(sandbox)) == sorted(f"{number}/10" for number in range(1, 14))


async def test_leaving_early_stops_the_prefetch(bee: LedgerBee, sandbox: SandboxProcess, invoices: list[str]) -> None:
    """At once: the four pages on their way are dropped, and nothing follows."""
    sandbox.fault("slow", INVOICES, skip=1, seconds=0.5, times=None)

    async with bee.invoices.list(limit=10).ahead(4) as found:
        assert invoices[0] == (await anext(found)).id
        await until(lambda: 5 == len(sandbox.seen(INVOICES)))

    assert "Demo Bees ApS" == (await bee.company.get()).name
    assert [200, None, None, None, None] == sandbox.statuses(INVOICES)
    assert {"1/10", "2/10", "3/10", "4/10", "5/10"} == set(pages_asked(sandbox))


async def test_a_page_that_failed_is_named_and_resumed(
    bee: LedgerBee, sandbox: SandboxProcess, invoices: list[str]
) -> None:
    """The error carries its number."""
    sandbox.fault("status", INVOICES, skip=2, status=404)
    found: list[object] = []

    async def walk(start: int) -> None:
        async for page in bee.invoices.list(limit=50).pages(start=start):
            found.extend(invoice.id for invoice in page.items)

    with pytest.raises(NotFoundError) as caught:
        await walk(1)
    assert 3 == caught.value.page
    await walk(caught.value.page)

    assert invoices == found


async def test_a_page_is_fetched_again_where_that_helps(
    bee: LedgerBee, sandbox: SandboxProcess, invoices: list[str]
) -> None:
    """Cut in the middle of the walk: nothing is missing, nothing comes twice."""
    sandbox.fault("cut_body", INVOICES, skip=1)
    sandbox.fault("hang_up_before", INVOICES, skip=2)

    assert invoices == [invoice.id async for invoice in bee.invoices.list(limit=50)]
    assert ["1/50", "2/50", "2/50", "3/50", "3/50"] == pages_asked(sandbox)


@pytest.mark.parametrize("fault", ["wrong_total", "duplicate_item"])
async def test_a_list_that_changes_is_said_once(
    fault: str, bee: LedgerBee, sandbox: SandboxProcess, invoices: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """And walked to its end."""
    sandbox.fault(fault, INVOICES, skip=1)

    found = await bee.invoices.list(limit=50).collect()

    assert set(invoices) == {invoice.id for invoice in found}
    (message,) = caplog.messages
    assert message.startswith("invoices.list changed while it was walked (page 2)")


@pytest.mark.parametrize("fault", ["wrong_total", "duplicate_item"])
async def test_a_list_that_changes_is_an_error_by_choice(
    fault: str, bee: LedgerBee, sandbox: SandboxProcess, invoices: list[str]
) -> None:
    """For those who sum up."""
    sandbox.fault(fault, INVOICES, skip=1)

    with pytest.raises(PaginationError, match="changed while it was walked") as caught:
        await bee.invoices.list(limit=50).strict().collect()

    assert 2 == caught.value.page


async def test_an_invoice_that_arrives_during_the_walk_is_noticed(
    bee: LedgerBee, sandbox: SandboxProcess, invoices: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """No fault at all: newest first, a new one pushes the rest down, and one of them comes twice."""
    async for page in bee.invoices.list(limit=50).pages():
        if 1 == page.number:
            sandbox.ask("POST /seed", invoices=1)

    (message,) = caplog.messages
    assert "the total changed from 130 to 131" in message


@pytest.mark.parametrize("ahead", [1, 3])
async def test_a_server_that_repeats_itself_is_noticed(ahead: int, server: RawServer) -> None:
    """The same page for ever: the second one ends the walk."""
    with pytest.raises(PaginationError, match=r"does not move on.*start=2") as caught:
        async with LedgerBee(ApiKey("k"), base_url=server.url) as bee:
            await bee.journal_entries.list(limit=2).collect(ahead=ahead)

    assert 2 == caught.value.page
    assert 4 >= len(server.requests)


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    """A server that answers whatever it is asked with the same two entries of a thousand."""
    body = json.dumps({"data": [{"id": "a"}, {"id": "b"}], "total": 1000, "limit": 2}).encode()

    async def answer(stream: SocketStream, request: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        await stream.send(head.encode() + body)

    async with raw_server() as server:
        server.does(answer)
        yield server


async def test_a_list_without_pages_looks_the_same(bee: LedgerBee, sandbox: SandboxProcess) -> None:
    """One request, the same words."""
    customers = [customer.id for customer in await bee.customers.list().collect()]
    (page,) = [page async for page in bee.customers.list().pages()]

    assert [customer["id"] for customer in sandbox.kept("customers")] == customers
    assert customers == [customer.id for customer in page.items]
    assert 2 == len(sandbox.seen("List customers"))
