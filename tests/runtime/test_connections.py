"""Connections: closed when nobody wants them any more, and TLS as far as it goes."""

from __future__ import annotations

import gc
import ssl
import threading
from collections import Counter
from contextlib import AsyncExitStack
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from anyio.abc import SocketAttribute, SocketStream

from ledgerbee_client import (
    APIError,
    ApiKey,
    ClientClosedError,
    ConnectionFailedError,
    DeadlineError,
    LedgerBee,
    LedgerBeeError,
    OutcomeUnknownError,
)
from ledgerbee_client._models.model import ANY

from .conftest import FakeClock
from .operations import CREATE, GET, PDF
from .raw_server import ANSWER, RawServer, answer, body_length, hang_up, raw_server

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio", "aiohttp"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Run each test on both event loops, and once more on asyncio over aiohttp."""
    return "trio" if request.param == "trio" else "asyncio"


@pytest.fixture
def over(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What a client is made with to use the transport of this run."""
    run = request.node.callspec.params.get("anyio_backend") if hasattr(request.node, "callspec") else None
    return {"transport": "aiohttp"} if run == "aiohttp" else {}


async def test_a_tls_record_that_does_not_decrypt_leaves_a_write_unknown(
    serving: ssl.SSLContext, trusting: ssl.SSLContext, clock: FakeClock, over: dict[str, Any]
) -> None:
    """The server has read the booking; what it says of it is noise, and the booking is not sent again."""

    async def garble(stream: Any, request: bytes) -> None:
        await stream.transport_stream.send(b"\x17\x03\x03\x00\x20" + b"x" * 32)

    async with raw_server(serving) as server:
        server.does(garble)
        async with LedgerBee(ApiKey("k"), base_url=server.https_url, verify=trusting, clock=clock.clock, **over) as bee:
            with pytest.raises(OutcomeUnknownError, match="may have been carried out"):
                await bee._calls.one(CREATE, ANY, body={})

    assert 1 == len(server.requests)


@pytest.mark.parametrize(
    ("said", "words"),
    [(b"HTTP/1.1 400 Bad Request\r\n\r\n", "WRONG_VERSION_NUMBER|wrong version"), (b"", "EOF|not be made;")],
)
async def test_what_fails_in_a_tls_handshake_is_said(
    said: bytes, words: str, trusting: ssl.SSLContext, clock: FakeClock, over: dict[str, Any]
) -> None:
    """In the words of TLS: its numbers are not those of the operating system."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")

    async def handle(stream: SocketStream) -> None:
        async with stream:
            await stream.receive()
            await stream.send(said)

    async with listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, handle)
        url = f"https://127.0.0.1:{listener.extra(SocketAttribute.local_port)}/api"
        async with LedgerBee(ApiKey("k"), base_url=url, verify=trusting, clock=clock.clock, **over) as bee:
            with pytest.raises(ConnectionFailedError, match=words) as caught:
                await bee._calls.one(CREATE, ANY, body={})
        group.cancel_scope.cancel()

    assert "nothing was sent" in str(caught.value)


async def test_closing_refuses_the_calls_that_wait_for_a_place(
    server: RawServer, clock: FakeClock, over: dict[str, Any]
) -> None:
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
    bee = LedgerBee(ApiKey("k"), base_url=server.url, clock=clock.clock, **over)
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


async def test_closing_refuses_calls_whose_places_nobody_gives_back(
    server: RawServer, clock: FakeClock, over: dict[str, Any]
) -> None:
    """A hundred files are being read, and nobody reads on."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/pdf\r\ncontent-length: 100\r\n\r\n%PDF-"

    async def begin(stream: SocketStream, request: bytes) -> None:
        await stream.send(head)
        await stream.receive()

    async def call() -> None:
        with pytest.raises(ClientClosedError):
            await bee._calls.one(CREATE, ANY, body={})

    server.does(begin)
    bee = LedgerBee(ApiKey("k"), base_url=server.url, clock=clock.clock, **over)
    with anyio.fail_after(10):
        async with AsyncExitStack() as files:
            for _ in range(100):
                file = await files.enter_async_context(bee._calls.download(PDF, path=("1",)))
                await anext(aiter(file))
            async with anyio.create_task_group() as group:
                group.start_soon(call)
                await anyio.wait_all_tasks_blocked()
                await bee.aclose()

    assert 100 == len(server.requests)


async def test_a_file_that_is_left_by_a_cancellation_leaves_nothing_behind(
    server: RawServer, over: dict[str, Any]
) -> None:
    """Neither its connection nor a generator, of which trio would warn; warnings are errors here."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/pdf\r\ncontent-length: 100\r\n\r\n%PDF-"

    async def begin(stream: SocketStream, request: bytes) -> None:
        await stream.send(head)
        await stream.receive()

    server.does(begin)
    async with LedgerBee(ApiKey("k"), base_url=server.url, **over) as bee:
        with anyio.CancelScope() as scope:
            async with bee._calls.download(PDF, path=("1",)) as file:
                await anext(aiter(file))
                scope.cancel()
                await anyio.lowlevel.checkpoint()
        await server.is_left()
    gc.collect()

    assert scope.cancelled_caught


@pytest.mark.parametrize("tls", [False, True])
async def test_no_cancellation_takes_a_place_with_it(
    tls: bool, serving: ssl.SSLContext, trusting: ssl.SSLContext, over: dict[str, Any]
) -> None:
    """At whatever turn of the event loop it comes; afterwards a hundred calls at a time are sent as before."""
    here, all_here, answered = 0, anyio.Event(), 0

    async def answer_all_at_once(stream: SocketStream, request: bytes) -> None:
        nonlocal here
        if b"/things/together" in request:
            here += 1
            if here == 100:
                all_here.set()
            await all_here.wait()
        await stream.send(ANSWER)

    async def book() -> None:
        await bee._calls.one(CREATE, ANY, body={})

    async def get_together() -> None:
        nonlocal answered
        assert {} == await bee._calls.one(GET, ANY, path=("together",))
        answered += 1

    async with raw_server(serving if tls else None) as server:
        server.does(answer_all_at_once)
        url = server.https_url if tls else server.url
        async with LedgerBee(ApiKey("k"), base_url=url, verify=trusting, **over) as bee:
            for turns in range(40):
                async with anyio.create_task_group() as group:
                    group.start_soon(book)
                    for _ in range(turns):
                        await anyio.lowlevel.checkpoint()
                    group.cancel_scope.cancel()
            with anyio.fail_after(20):
                async with anyio.create_task_group() as group:
                    for _ in range(100):
                        group.start_soon(get_together)

    assert 100 == answered


async def test_closing_ends_a_tls_handshake(
    server: RawServer, trusting: ssl.SSLContext, clock: FakeClock, over: dict[str, Any]
) -> None:
    """A booking that has not left by then never leaves: its caller is told at once, and the connection is closed."""
    bee = LedgerBee(ApiKey("k"), base_url=server.https_url, verify=trusting, clock=clock.clock, **over)

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


@pytest.mark.parametrize("turns", range(12))
async def test_closing_ends_a_call_that_takes_an_idle_connection(
    turns: int, server: RawServer, clock: FakeClock, over: dict[str, Any]
) -> None:
    """However far it has come: no new connection is made for it, and none is left open."""

    async def say_nothing(stream: SocketStream, request: bytes) -> None:
        await stream.receive()

    server.does(answer, say_nothing)
    bee = LedgerBee(ApiKey("k"), base_url=server.url, clock=clock.clock, **over)
    await bee._calls.one(GET, ANY, path=("1",))

    async def call() -> None:
        with pytest.raises((ClientClosedError, OutcomeUnknownError)):
            await bee._calls.one(CREATE, ANY, body={})

    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(call)
            for _ in range(turns):
                await anyio.lowlevel.checkpoint()
            await bee.aclose()

    assert 1 == server.connections
    await server.is_left()


async def test_closing_ends_an_answer_that_is_on_its_way(
    server: RawServer, clock: FakeClock, over: dict[str, Any]
) -> None:
    """Half of it is here, and nobody waits for the rest."""
    half, closed = anyio.Event(), anyio.Event()

    async def begin(stream: SocketStream, request: bytes) -> None:
        await stream.send(b"HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n{}")
        half.set()
        await closed.wait()

    async def call() -> None:
        with pytest.raises(OutcomeUnknownError):
            await bee._calls.one(CREATE, ANY, body={})

    server.does(begin)
    bee = LedgerBee(ApiKey("k"), base_url=server.url, clock=clock.clock, **over)
    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(call)
            await half.wait()
            await anyio.wait_all_tasks_blocked()
            await bee.aclose()
        closed.set()


async def test_a_deadline_within_a_tls_handshake_closes_the_connection(
    server: RawServer, trusting: ssl.SSLContext, over: dict[str, Any]
) -> None:
    """Nothing waits for the garbage collector, neither here nor at the server."""
    async with LedgerBee(ApiKey("k"), base_url=server.https_url, verify=trusting, max_retries=0, **over) as bee:
        with pytest.raises(LedgerBeeError, match="nothing was sent"):
            await bee._calls.one(CREATE, ANY, body={}, timeout=0.5)

        assert 1 == server.connections
        await server.is_left()


async def test_a_deadline_within_a_second_tls_handshake_closes_that_connection(
    serving: ssl.SSLContext, trusting: ssl.SSLContext, over: dict[str, Any]
) -> None:
    """The server has closed the idle one meanwhile, and a new one is made in its place."""

    async def answer_and_close(stream: SocketStream, request: bytes) -> None:
        await stream.send(ANSWER)
        await stream.aclose()

    async with raw_server(serving) as server:
        server.does(answer_and_close)
        async with LedgerBee(ApiKey("k"), base_url=server.https_url, verify=trusting, max_retries=0, **over) as bee:
            await bee._calls.one(GET, ANY, path=("1",))
            await server.is_left()
            server.context = None
            with pytest.raises(LedgerBeeError, match="nothing was sent"):
                await bee._calls.one(CREATE, ANY, body={}, timeout=0.5)

            assert 2 == server.connections
            await server.is_left()


async def test_a_block_that_is_cancelled_closes_its_connections(server: RawServer, over: dict[str, Any]) -> None:
    """Leaving the block is leaving it, however that came."""
    server.does(answer)
    with anyio.CancelScope() as scope:
        async with LedgerBee(ApiKey("k"), base_url=server.url, **over) as bee:
            await bee._calls.one(GET, ANY, path=("1",))
            scope.cancel()
            await anyio.lowlevel.checkpoint()

    assert scope.cancelled_caught
    assert 1 == server.connections
    await server.is_left()


@pytest.mark.parametrize("size", [100_000, 3_000_000])
@pytest.mark.parametrize("tls", [False, True])
async def test_a_large_write_that_is_refused_early_harms_no_other(  # noqa: PLR0917
    size: int,
    tls: bool,
    serving: ssl.SSLContext,
    trusting: ssl.SSLContext,
    clock: FakeClock,
    over: dict[str, Any],
) -> None:
    """The server has not read it to its end, and hangs up afterwards without having said so."""

    async def refuse(stream: SocketStream, request: bytes) -> None:
        await stream.send(b"HTTP/1.1 413 Too Large\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")
        head, _, body = request.partition(b"\r\n\r\n")
        missing = body_length(head) - len(body)
        while missing > 0:
            missing -= len(await stream.receive())
        await stream.aclose()

    async with raw_server(serving if tls else None) as server:
        server.patience = 1_000
        server.does(refuse, answer)
        url = server.https_url if tls else server.url
        async with LedgerBee(ApiKey("k"), base_url=url, verify=trusting, clock=clock.clock, **over) as bee:
            with pytest.raises(APIError) as refused:
                await bee._calls.one(CREATE, ANY, body={"note": "x" * size})
            booked = await bee._calls.one(CREATE, ANY, body={})

    assert 413 == refused.value.status
    assert {} == booked
    assert 2 == server.connections


async def test_a_proxy_that_hangs_up_has_seen_nothing_of_a_booking(
    server: RawServer, clock: FakeClock, over: dict[str, Any]
) -> None:
    """It was asked for a tunnel and no more, so that the booking is tried again."""
    server.does(hang_up)
    proxy = f"http://127.0.0.1:{server.port}"

    async with LedgerBee(
        ApiKey("k"), base_url="https://ledgerbee.invalid/api", proxy=proxy, clock=clock.clock, **over
    ) as bee:
        with pytest.raises(ConnectionFailedError, match="nothing was sent"):
            await bee._calls.one(CREATE, ANY, body={})

    assert 4 == len(server.requests)
    assert all(request.startswith(b"CONNECT ledgerbee.invalid:443 HTTP/1.1") for request in server.requests)


async def test_the_first_call_keeps_its_deadline_while_all_threads_are_busy(
    server: RawServer, over: dict[str, Any]
) -> None:
    """The pool is made in a thread, and the wait for one is part of the call."""
    server.does(answer)
    done = threading.Event()

    async def occupy() -> None:
        await anyio.to_thread.run_sync(done.wait)

    bee = LedgerBee(ApiKey("k"), base_url=server.url, max_retries=0, **over)
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
