"""Answers that HTTP/1.1 allows and few servers send, and some that it does not: over real sockets, on both loops."""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from anyio.abc import SocketAttribute, SocketStream

from ledgerbee_client import (
    APIError,
    ApiKey,
    Attachment,
    LedgerBee,
    OutcomeUnknownError,
)
from ledgerbee_client._models.model import ANY

from .conftest import FakeClock
from .operations import CREATE, GET
from .raw_server import RawServer, answer, raw_server

pytestmark = pytest.mark.anyio
BODY = b'content-type: application/json\r\ncontent-length: 13\r\n\r\n{"id":"mine"}'


def says(*parts: bytes, close: bool = False) -> Any:
    """Answer with these bytes."""

    async def say(stream: SocketStream, request: bytes) -> None:
        for part in parts:
            await stream.send(part)
        if close:
            await stream.aclose()

    return say


GOOD: dict[str, tuple[list[bytes], bool]] = {
    "100 and 103 before it": (
        [
            b"HTTP/1.1 100 Continue\r\n\r\n",
            b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 201 Created\r\n" + BODY,
        ],
        True,
    ),
    "chunked, with trailers": (
        [
            b"HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\ncontent-type: application/json\r\n\r\n",
            b'4\r\n{"id\r\n9;note=a\r\n":"mine"}\r\n0\r\nx-checksum: 1\r\n\r\n',
        ],
        True,
    ),
    "HTTP/1.0, with a length": ([b"HTTP/1.0 201 Created\r\n" + BODY], False),
    "connection: close": ([b"HTTP/1.1 201 Created\r\nconnection: close\r\n" + BODY], False),
    "a head of 60 KB": ([b"HTTP/1.1 201 Created\r\nx-a: " + b"a" * 60_000 + b"\r\n" + BODY], True),
    "byte by byte": ([b"%c" % byte for byte in b"HTTP/1.1 201 Created\r\n" + BODY], True),
}


@pytest.mark.parametrize("kind", GOOD)
async def test_an_odd_answer_is_the_answer(kind: str, server: RawServer) -> None:
    """A booking hears it, and its connection is used again where HTTP says that it may be."""
    parts, kept = GOOD[kind]
    server.does(says(*parts))

    async with LedgerBee(ApiKey("k"), base_url=server.url) as bee:
        for _ in range(2):
            assert {"id": "mine"} == await bee._calls.one(CREATE, ANY, body={})

    assert 2 == len(server.requests)
    assert (1 if kept else 2) == server.connections


async def test_an_answer_without_a_length_ends_with_its_connection(server: RawServer) -> None:
    """As HTTP/1.0 has it."""
    server.does(says(b'HTTP/1.0 201 Created\r\ncontent-type: application/json\r\n\r\n{"id":"mine"}', close=True))

    async with LedgerBee(ApiKey("k"), base_url=server.url) as bee:
        assert {"id": "mine"} == await bee._calls.one(CREATE, ANY, body={})


BAD = {
    "a head without end": b"HTTP/1.1 201 Created\r\nx-a: " + b"a" * 400_000,
    "two lengths": b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}",
    "another protocol": b"HTTP/1.1 101 Switching Protocols\r\nupgrade: chat\r\n\r\n",
    "a broken chunk": b"HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "a chunk too long": b"HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}xx0\r\n\r\n",
    "only 103": b"HTTP/1.1 103 Early Hints\r\n\r\n",
    "a header without a colon": b"HTTP/1.1 201 Created\r\nnonsense\r\n\r\n",
}


@pytest.mark.parametrize("kind", BAD)
async def test_what_is_no_answer_leaves_a_booking_unknown(kind: str, server: RawServer, clock: FakeClock) -> None:
    """It was sent once, and nobody guesses."""
    server.does(says(BAD[kind], close=True))

    async with LedgerBee(ApiKey("k"), base_url=server.url, clock=clock.clock) as bee:
        with anyio.fail_after(5), pytest.raises(OutcomeUnknownError):
            await bee._calls.one(CREATE, ANY, body={})

    assert 1 == len(server.requests)
    await server.is_left()


async def test_headers_that_come_twice_are_one(server: RawServer, clock: FakeClock) -> None:
    """Joined as HTTP says; twenty thousand of them are no work."""
    server.does(
        says(b"HTTP/1.1 200 OK\r\nx-a: 1\r\nX-A: \xc3\xa9\r\n" + BODY),
        says(b"HTTP/1.1 200 OK\r\n" + b"x-b: 1\r\n" * 12_000 + BODY),
    )
    async with LedgerBee(ApiKey("k"), base_url=server.url, clock=clock.clock) as bee:
        with bee.capture() as calls:
            for _ in range(2):
                await bee._calls.one(GET, ANY, path=("1",))

    assert "1, é" == calls[0].headers["x-a"]
    assert 2048 == len(calls[1].headers["x-b"])


async def test_a_refusal_before_the_body_is_read_is_heard() -> None:
    """The server says 413 after the head of a large request, and hangs up; nothing was booked."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")

    async def refuse(stream: SocketStream) -> None:
        async with stream:
            await stream.receive()
            await stream.send(b"HTTP/1.1 413 Content Too Large\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}")
            # Reads on until the client has ended, as RFC 9112 section 9.6 asks: the answer is not reset away.
            await stream.send_eof()
            try:
                async for _ in stream:
                    pass
            except anyio.BrokenResourceError:
                pass

    port = listener.extra(SocketAttribute.local_port)
    file = Attachment.from_bytes(b"%PDF-" + b"x" * 6_000_000, filename="a.pdf")
    async with anyio.create_task_group() as group:
        group.start_soon(listener.serve, refuse)
        async with LedgerBee(ApiKey("k"), base_url=f"http://127.0.0.1:{port}/api") as bee:
            with pytest.raises(APIError) as caught:
                await bee._calls.one(CREATE, ANY, body={"attachments": [file]})
        group.cancel_scope.cancel()
    await listener.aclose()

    assert 413 == caught.value.status


async def test_a_connection_closed_while_idle_is_not_written_to(clock: FakeClock) -> None:
    """The server has hung up and been heard: a booking goes out over a new connection, once."""
    async with raw_server() as server:
        server.does(says(b"HTTP/1.1 201 Created\r\n" + BODY, close=True), answer)
        async with LedgerBee(ApiKey("k"), base_url=server.url, clock=clock.clock) as bee:
            await bee._calls.one(CREATE, ANY, body={})
            await server.is_left()
            assert {} == await bee._calls.one(CREATE, ANY, body={})

    assert 2 == len(server.requests)
    assert 2 == server.connections
