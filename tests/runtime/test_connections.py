"""Connections: closed when nobody wants them any more, clean before they are used again, and TLS as far as it goes."""

from __future__ import annotations

import ssl
import threading
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import anyio
import anyio.lowlevel
import pytest
import trustme
from anyio.abc import SocketStream

from ledgerbee_client import (
    ApiKey,
    ClientClosedError,
    ConnectionFailedError,
    DeadlineError,
    LedgerBee,
    LedgerBeeError,
    OutcomeUnknownError,
)
from ledgerbee_client._base.operations import Operation
from ledgerbee_client._http.leftovers import holds_nothing
from ledgerbee_client._models.model import ANY

from .conftest import FakeClock
from .operations import CREATE, GET
from .wire import ANSWER, Behaviour, RawServer, answer, hang_up, raw_server, send_at_once

pytestmark = pytest.mark.anyio
STRAY = {
    "400": b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
    "201": b'HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 17\r\n\r\n{"id":"stranger"}',
    "429": b"HTTP/1.1 429 Slow Down\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n",
    "an empty line": b"\r\n",
}
ARGUMENTS: dict[Operation, Any] = {GET: {"path": ("2",)}, CREATE: {"body": {}}}


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    """A raw server on loopback."""
    async with raw_server() as server:
        yield server


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Somebody who signs certificates."""
    return trustme.CA()


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """What a client verifies with that trusts this authority alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    return context


@pytest.fixture
def serving(authority: trustme.CA) -> ssl.SSLContext:
    """What a server on loopback shows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


async def test_a_tls_record_that_does_not_decrypt_leaves_a_write_unknown(
    serving: ssl.SSLContext, trusting: ssl.SSLContext, clock: FakeClock
) -> None:
    """The server has read the booking; what it says of it is noise, and the booking is not sent again."""

    async def garble(stream: Any, request: bytes) -> None:
        await stream.transport_stream.send(b"\x17\x03\x03\x00\x20" + b"x" * 32)

    async with raw_server(serving) as server:
        server.does(garble)
        async with LedgerBee(ApiKey("k"), base_url=server.https_url, verify=trusting, clock=clock.clock) as bee:
            with pytest.raises(OutcomeUnknownError, match="may have been carried out"):
                await bee._calls.one(CREATE, ANY, body={})

    assert 1 == len(server.requests)


@pytest.mark.parametrize("stray", STRAY)
async def test_what_comes_after_an_answer_is_not_the_next_answer(
    stray: str, server: RawServer, clock: FakeClock
) -> None:
    """A booking hears what became of itself, not what a confused server said too much before."""

    async def say_too_much(stream: SocketStream, request: bytes) -> None:
        await stream.send(ANSWER + STRAY[stray])

    server.does(say_too_much, book)
    async with LedgerBee(ApiKey("k"), base_url=server.url, clock=clock.clock) as bee:
        await bee._calls.one(GET, ANY, path=("1",))
        booked = await bee._calls.one(CREATE, ANY, body={})

    assert {"id": "mine"} == booked
    assert 2 == len(server.requests)


def sized(size: int) -> bytes:
    """Return an answer of so many bytes in all."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %6d\r\n\r\n"
    length = size - len(head % 0)
    return head % length + b'"' + b"x" * (length - 2) + b'"'


def too_much(size: int, stray: bytes) -> Behaviour:
    """Answer, and send what nobody asked for in a TLS record of its own; all of it arrives at once."""

    async def say(stream: Any, request: bytes) -> None:
        await send_at_once(stream, sized(size), stray)

    return say


async def book(stream: Any, request: bytes) -> None:
    """Say what became of the booking."""
    head = b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 13\r\n\r\n"
    await stream.send(head + b'{"id":"mine"}')


# 16,310 bytes fill one TLS record. 65,536 bytes are what is read at once: asyncio keeps what came with them.
@pytest.mark.parametrize("size", [200, 16_310, 65_536])
@pytest.mark.parametrize("stray", ["400", "429", "201"])
@pytest.mark.parametrize("operation", [GET, CREATE], ids=lambda operation: operation.name)
async def test_what_comes_in_a_tls_record_of_its_own_is_not_the_next_answer(  # noqa: PLR0917
    operation: Operation,
    stray: str,
    size: int,
    serving: ssl.SSLContext,
    trusting: ssl.SSLContext,
    clock: FakeClock,
) -> None:
    """It waits below HTTP, where TLS or the event loop keeps it; the booking is made once and hears its own answer."""
    async with raw_server(serving) as server:
        server.does(too_much(size, STRAY[stray]), book)
        async with LedgerBee(ApiKey("k"), base_url=server.https_url, verify=trusting, clock=clock.clock) as bee:
            await bee._calls.one(GET, ANY, path=("1",))
            heard = await bee._calls.one(operation, ANY, **ARGUMENTS[operation])

    assert {"id": "mine"} == heard
    assert 2 == len(server.requests)
    assert 2 == server.connections


@pytest.mark.parametrize("operation", [GET, CREATE], ids=lambda operation: operation.name)
async def test_what_the_event_loop_kept_is_not_the_next_answer(
    operation: Operation, server: RawServer, clock: FakeClock
) -> None:
    """asyncio reads up to 256 KB and hands out 64 KB: what is behind a 64 KB answer waits between the two."""
    for _ in range(5):
        server.does(too_much(65_536, STRAY["201"]), book)
        async with LedgerBee(ApiKey("k"), base_url=server.url, clock=clock.clock) as bee:
            await bee._calls.one(GET, ANY, path=("1",))
            heard = await bee._calls.one(operation, ANY, **ARGUMENTS[operation])
        server.behaviours.clear()

        assert {"id": "mine"} == heard


@pytest.mark.parametrize("tls", [False, True])
async def test_a_clean_connection_is_used_again(
    tls: bool, serving: ssl.SSLContext, trusting: ssl.SSLContext, clock: FakeClock
) -> None:
    """Reads and bookings share it, whatever was answered before."""
    async with raw_server(serving if tls else None) as server:
        url = server.https_url if tls else server.url
        server.does(*[too_much(size, b"") for size in (200, 16_310, 65_536, 200_000)], answer)
        async with LedgerBee(ApiKey("k"), base_url=url, verify=trusting, clock=clock.clock) as bee:
            for _ in range(5):
                await bee._calls.one(GET, ANY, path=("1",))
                await bee._calls.one(CREATE, ANY, body={})

    assert 10 == len(server.requests)
    assert 1 == server.connections


def test_a_connection_that_cannot_be_looked_into_is_not_used_again() -> None:
    """Where httpx keeps it elsewhere one day, each request goes out over a connection of its own."""
    assert not holds_nothing(object(), object())


async def test_closing_refuses_the_calls_that_wait_for_a_place(server: RawServer, clock: FakeClock) -> None:
    """A hundred are on their way and unknown; those behind them are not sent any more."""
    answered, became = anyio.Event(), Counter[type[LedgerBeeError]]()

    async def wait(stream: SocketStream, request: bytes) -> None:
        await answered.wait()
        await stream.send(ANSWER)

    async def call() -> None:
        with pytest.raises(LedgerBeeError) as caught:
            await bee._calls.one(CREATE, ANY, body={})
        became[type(caught.value)] += 1

    server.does(wait)
    bee = LedgerBee(ApiKey("k"), base_url=server.url, clock=clock.clock)
    with anyio.fail_after(20):
        async with anyio.create_task_group() as group:
            for _ in range(103):
                group.start_soon(call)
            while len(server.requests) < 100:  # noqa: ASYNC110 (the server counts, and tells nobody)
                await anyio.sleep(0.005)
            await bee.aclose()
            answered.set()

    assert {OutcomeUnknownError: 100, ClientClosedError: 3} == became
    assert 100 == len(server.requests)


async def test_closing_ends_a_tls_handshake(server: RawServer, trusting: ssl.SSLContext, clock: FakeClock) -> None:
    """A booking that has not left by then never leaves: its caller is told at once, and the connection is closed."""
    bee = LedgerBee(ApiKey("k"), base_url=server.https_url, verify=trusting, clock=clock.clock)

    async def call() -> None:
        with pytest.raises(ClientClosedError):
            await bee._calls.one(CREATE, ANY, body={})

    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(call)
            while not server.connections:  # noqa: ASYNC110 (the server counts, and tells nobody)
                await anyio.sleep(0.005)
            await anyio.wait_all_tasks_blocked()
            await bee.aclose()

    await server.is_left()


async def test_a_deadline_within_a_tls_handshake_closes_the_connection(
    server: RawServer, trusting: ssl.SSLContext
) -> None:
    """Nothing waits for the garbage collector, neither here nor at the server."""
    async with LedgerBee(ApiKey("k"), base_url=server.https_url, verify=trusting, max_retries=0) as bee:
        with pytest.raises(LedgerBeeError, match="nothing was sent"):
            await bee._calls.one(CREATE, ANY, body={}, timeout=0.5)

        assert 1 == server.connections
        await server.is_left()


async def test_a_deadline_within_a_second_tls_handshake_closes_that_connection(
    serving: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    """The server has closed the idle one meanwhile, and a new one is made in its place."""

    async def answer_and_close(stream: SocketStream, request: bytes) -> None:
        await stream.send(ANSWER)
        await stream.aclose()

    async with raw_server(serving) as server:
        server.does(answer_and_close)
        async with LedgerBee(ApiKey("k"), base_url=server.https_url, verify=trusting, max_retries=0) as bee:
            await bee._calls.one(GET, ANY, path=("1",))
            await server.is_left()
            server.context = None
            with pytest.raises(LedgerBeeError, match="nothing was sent"):
                await bee._calls.one(CREATE, ANY, body={}, timeout=0.5)

            assert 2 == server.connections
            await server.is_left()


async def test_a_block_that_is_cancelled_closes_its_connections(server: RawServer) -> None:
    """Leaving the block is leaving it, however that came."""
    server.does(answer)
    with anyio.CancelScope() as scope:
        async with LedgerBee(ApiKey("k"), base_url=server.url) as bee:
            await bee._calls.one(GET, ANY, path=("1",))
            scope.cancel()
            await anyio.lowlevel.checkpoint()

    assert scope.cancelled_caught
    assert 1 == server.connections
    await server.is_left()


async def test_a_proxy_that_hangs_up_has_seen_nothing_of_a_booking(server: RawServer, clock: FakeClock) -> None:
    """It was asked for a tunnel and no more, so that the booking is tried again."""
    server.does(hang_up)
    proxy = f"http://127.0.0.1:{server.port}"

    async with LedgerBee(ApiKey("k"), base_url="https://ledgerbee.invalid/api", proxy=proxy, clock=clock.clock) as bee:
        with pytest.raises(ConnectionFailedError, match="nothing was sent"):
            await bee._calls.one(CREATE, ANY, body={})

    assert 4 == len(server.requests)
    assert all(request.startswith(b"CONNECT ledgerbee.invalid:443 HTTP/1.1") for request in server.requests)


async def test_the_first_call_keeps_its_deadline_while_all_threads_are_busy(server: RawServer) -> None:
    """The pool is made in a thread, and the wait for one is part of the call."""
    server.does(answer)
    done = threading.Event()

    async def occupy() -> None:
        await anyio.to_thread.run_sync(done.wait)

    bee = LedgerBee(ApiKey("k"), base_url=server.url, max_retries=0)
    async with anyio.create_task_group() as group:
        for _ in range(int(anyio.to_thread.current_default_thread_limiter().total_tokens)):
            group.start_soon(occupy)
        await anyio.wait_all_tasks_blocked()
        try:
            with anyio.fail_after(5), pytest.raises(DeadlineError, match="nothing was sent"):
                await bee._calls.one(CREATE, ANY, body={}, timeout=0.05)
        finally:
            done.set()
    await bee.aclose()

    assert [] == server.requests
