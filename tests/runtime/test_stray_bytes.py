"""What a server sends beyond its answer: never the answer to the next call, wherever it waits."""

from __future__ import annotations

import ssl
from typing import Any

import anyio
import httpx
import pytest
from anyio.abc import SocketStream
from httpx_aiohttp import AiohttpTransport

from ledgerbee_client import ApiKey, LedgerBee
from ledgerbee_client._base.operations import Operation
from ledgerbee_client._http.leftovers import holds_nothing
from ledgerbee_client._models.model import ANY

from .conftest import FakeClock
from .operations import CREATE, DELETE, GET
from .raw_server import ANSWER, Behaviour, RawServer, Wrapped, answer, raw_server, send_at_once

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


STRAY = {
    "400": b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
    "201": b'HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 17\r\n\r\n{"id":"stranger"}',
    "429": b"HTTP/1.1 429 Slow Down\r\nretry-after: 0\r\ncontent-length: 0\r\n\r\n",
    "an empty line": b"\r\n",
}
ARGUMENTS: dict[Operation, Any] = {GET: {"path": ("2",)}, CREATE: {"body": {}}}


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


@pytest.mark.parametrize("stray", STRAY)
async def test_what_comes_after_an_answer_is_not_the_next_answer(
    stray: str, server: RawServer, clock: FakeClock, over: dict[str, Any]
) -> None:
    """A booking hears what became of itself, not what a confused server said too much before."""

    async def say_too_much(stream: SocketStream, request: bytes) -> None:
        await stream.send(ANSWER + STRAY[stray])

    server.does(say_too_much, book)
    async with LedgerBee(ApiKey("k"), base_url=server.url, clock=clock.clock, **over) as bee:
        await bee._calls.one(GET, ANY, path=("1",))
        booked = await bee._calls.one(CREATE, ANY, body={})

    assert {"id": "mine"} == booked
    assert 2 == len(server.requests)


# 16,384 bytes fill one TLS record. 65,536 bytes are what is read at once: asyncio keeps what came with them.
@pytest.mark.parametrize("size", [200, 16_384, 65_536])
@pytest.mark.parametrize("stray", ["400", "429", "201"])
@pytest.mark.parametrize("operation", [GET, CREATE], ids=lambda operation: operation.name)
async def test_what_comes_in_a_tls_record_of_its_own_is_not_the_next_answer(  # noqa: PLR0917
    operation: Operation,
    stray: str,
    size: int,
    serving: ssl.SSLContext,
    trusting: ssl.SSLContext,
    clock: FakeClock,
    over: dict[str, Any],
) -> None:
    """It waits below HTTP, where TLS or the event loop keeps it; the booking is made once and hears its own answer."""
    async with raw_server(serving) as server:
        server.does(too_much(size, STRAY[stray]), book)
        async with LedgerBee(ApiKey("k"), base_url=server.https_url, verify=trusting, clock=clock.clock, **over) as bee:
            await bee._calls.one(GET, ANY, path=("1",))
            heard = await bee._calls.one(operation, ANY, **ARGUMENTS[operation])

    assert {"id": "mine"} == heard
    assert 2 == len(server.requests)
    assert 2 == server.connections


@pytest.mark.parametrize("operation", [GET, CREATE], ids=lambda operation: operation.name)
async def test_what_the_event_loop_kept_is_not_the_next_answer(
    operation: Operation, server: RawServer, clock: FakeClock, over: dict[str, Any]
) -> None:
    """asyncio reads up to 256 KB and hands out 64 KB: what is behind a 64 KB answer waits between the two."""
    for _ in range(5):
        server.does(too_much(65_536, STRAY["201"]), book)
        async with LedgerBee(ApiKey("k"), base_url=server.url, clock=clock.clock, **over) as bee:
            await bee._calls.one(GET, ANY, path=("1",))
            heard = await bee._calls.one(operation, ANY, **ARGUMENTS[operation])
        server.behaviours.clear()

        assert {"id": "mine"} == heard


@pytest.mark.parametrize("tls", [False, True])
async def test_a_clean_connection_is_used_again(
    tls: bool, serving: ssl.SSLContext, trusting: ssl.SSLContext, clock: FakeClock, over: dict[str, Any]
) -> None:
    """Reads and bookings share it, whatever was answered before."""
    async with raw_server(serving if tls else None) as server:
        url = server.https_url if tls else server.url
        server.does(*[too_much(size, b"") for size in (200, 16_384, 65_536, 200_000)], answer)
        async with LedgerBee(ApiKey("k"), base_url=url, verify=trusting, clock=clock.clock, **over) as bee:
            for _ in range(5):
                await bee._calls.one(GET, ANY, path=("1",))
                await bee._calls.one(CREATE, ANY, body={})

    assert 10 == len(server.requests)
    assert 1 == server.connections


def test_a_connection_that_cannot_be_looked_into_is_not_used_again() -> None:
    """Where httpx keeps it elsewhere one day, each request goes out over a connection of its own."""
    assert not holds_nothing(object(), object())


TRANSPORTS: dict[str, Any] = {
    "httpx-asyncio": lambda trusting: httpx.AsyncHTTPTransport(verify=trusting),
    "httpx-trio": lambda trusting: httpx.AsyncHTTPTransport(verify=trusting),
    "aiohttp-asyncio": lambda trusting: AiohttpTransport(verify=trusting),
}


@pytest.mark.parametrize(("transport", "anyio_backend"), [(name, name.partition("-")[2]) for name in TRANSPORTS])
@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("stray", ["429", "201"])
@pytest.mark.parametrize("size", [200, 16_384, 65_536])
async def test_a_transport_of_ones_own_does_not_hand_it_out_either(  # noqa: PLR0917
    size: int,
    stray: str,
    late: bool,
    tls: bool,
    transport: str,
    serving: ssl.SSLContext,
    trusting: ssl.SSLContext,
    clock: FakeClock,
) -> None:
    """The pools of httpx and aiohttp would; we look before they use a connection again."""
    idle, sent = anyio.Event(), anyio.Event()

    async def say_too_late(stream: Any, request: bytes) -> None:
        await stream.send(sized(size))
        await idle.wait()
        await stream.send(STRAY[stray])
        sent.set()

    async with raw_server(serving if tls else None) as server:
        server.does(say_too_late if late else too_much(size, STRAY[stray]), book)
        given = {"base_url": server.https_url if tls else server.url, "transport": TRANSPORTS[transport](trusting)}
        async with LedgerBee(ApiKey("k"), clock=clock.clock, **given) as bee:
            await bee._calls.one(GET, ANY, path=("1",))
            idle.set()
            if late:
                await sent.wait()
            booked = await bee._calls.one(CREATE, ANY, body={})

    assert {"id": "mine"} == booked
    assert 2 == len(server.requests)
    assert 2 == server.connections


@pytest.mark.parametrize(("transport", "anyio_backend"), [(name, name.partition("-")[2]) for name in TRANSPORTS])
async def test_a_transport_of_ones_own_uses_a_clean_connection_again(
    transport: str, server: RawServer, trusting: ssl.SSLContext
) -> None:
    """All calls share it."""
    server.does(answer)
    async with LedgerBee(ApiKey("k"), base_url=server.url, transport=TRANSPORTS[transport](trusting)) as bee:
        for _ in range(3):
            await bee._calls.one(GET, ANY, path=("1",))
            await bee._calls.one(CREATE, ANY, body={})

    assert 1 == server.connections


@pytest.mark.parametrize(("transport", "anyio_backend"), [(name, name.partition("-")[2]) for name in TRANSPORTS])
async def test_a_call_without_a_body_has_no_header_of_one(
    transport: str, server: RawServer, trusting: ssl.SSLContext
) -> None:
    """Neither a content type nor chunks, by any transport."""
    server.does(answer)
    async with LedgerBee(ApiKey("k"), base_url=server.url, transport=TRANSPORTS[transport](trusting)) as bee:
        await bee._calls.one(GET, ANY, path=("1",))
        await bee._calls.one(DELETE, ANY, path=("1",))
        await bee._calls.one(CREATE, ANY)

    assert 3 == len(server.requests)
    for request in server.requests:
        assert b"transfer-encoding" not in request.lower()
        assert b"content-type" not in request.lower()


async def test_a_connection_that_is_hidden_is_not_kept(server: RawServer) -> None:
    """From the second call on, the server is asked to close it."""
    server.does(answer)
    async with LedgerBee(ApiKey("k"), base_url=server.url, transport=Wrapped(httpx.AsyncHTTPTransport())) as bee:
        for _ in range(3):
            await bee._calls.one(CREATE, ANY, body={})

    assert [False, True, True] == [b"connection: close" in request.lower() for request in server.requests]
    assert 2 == server.connections
