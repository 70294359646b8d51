"""A server of raw sockets on loopback, which misbehaves below HTTP."""

from __future__ import annotations

import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx
from anyio.abc import ByteStream, SocketAttribute, SocketStream
from anyio.streams.tls import TLSStream
from attrs import define, field

Behaviour = Callable[[SocketStream, bytes], Awaitable[None]]
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


@define
class RawServer:
    """
    What it was sent, request by request, and what it does with each in turn; the last for ever.

    Attributes:
        patience: So many bytes of a body it reads before it acts.
    """

    port: int
    context: ssl.SSLContext | None = None
    patience: int = sys.maxsize
    behaviours: list[Behaviour] = field(factory=list)
    requests: list[bytes] = field(factory=list)
    connections: int = 0
    open_connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"

    @property
    def https_url(self) -> str:
        return f"https://127.0.0.1:{self.port}/api"

    def does(self, *behaviours: Behaviour) -> None:
        self.behaviours += behaviours

    async def is_left(self) -> None:
        """Wait until no connection is open any more."""
        with anyio.fail_after(5):
            while self.open_connections:  # noqa: ASYNC110 (the server counts, and tells nobody)
                await anyio.sleep(0.005)


@define(eq=False)
class Corked(ByteStream):
    """A stream that can hold back what is sent, so that two TLS records leave as one piece."""

    stream: SocketStream
    held: bytes | None = None

    async def send(self, item: bytes) -> None:
        if self.held is None:
            await self.stream.send(item)
        else:
            self.held += item

    async def receive(self, max_bytes: int = 65536) -> bytes:
        return await self.stream.receive(max_bytes)

    async def send_eof(self) -> None:
        await self.stream.send_eof()

    async def aclose(self) -> None:
        await self.stream.aclose()


async def send_at_once(stream: Any, *parts: bytes) -> None:
    """Send each part as it is, in TLS records of its own, and all of them in one piece."""
    if isinstance(stream, TLSStream):
        cork: Any = stream.transport_stream
        cork.held = b""
        for part in parts:
            await stream.send(part)
        parts, cork.held = (cork.held,), None
        stream = cork
    await stream.send(b"".join(parts))


def body_length(head: bytes) -> int:
    """Return what the head of a request says of its body."""
    return next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)


async def read_request(stream: SocketStream, patience: int = sys.maxsize) -> bytes:
    """Read one request, head and body, or so many bytes of the body."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += await stream.receive()
    head, _, body = data.partition(b"\r\n\r\n")
    while len(body) < min(body_length(head), patience):
        body += await stream.receive()
    return head + b"\r\n\r\n" + body


@asynccontextmanager
async def raw_server(context: ssl.SSLContext | None = None) -> AsyncIterator[RawServer]:
    """Listen on a free port of 127.0.0.1; with a context, behind TLS."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    server = RawServer(port=listener.extra(SocketAttribute.local_port), context=context)

    async def handle(stream: SocketStream) -> None:
        server.connections += 1
        server.open_connections += 1
        talk: Any = stream
        async with stream:
            try:
                if server.context:
                    talk = await TLSStream.wrap(
                        Corked(stream), server_side=True, ssl_context=server.context, standard_compatible=False
                    )
                while True:
                    request = await read_request(talk, server.patience)
                    server.requests.append(request)
                    behave = server.behaviours.pop(0) if len(server.behaviours) > 1 else server.behaviours[0]
                    await behave(talk, request)
            except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError):
                pass
            finally:
                server.open_connections -= 1

    async with anyio.create_task_group() as group:
        group.start_soon(listener.serve, handle)
        yield server
        group.cancel_scope.cancel()
    await listener.aclose()


async def answer(stream: SocketStream, request: bytes) -> None:
    """Say 200 and {}."""
    await stream.send(ANSWER)


async def hang_up(stream: SocketStream, request: bytes) -> None:
    """Read everything, close without a word."""
    await stream.aclose()


async def reset(stream: SocketStream, request: bytes) -> None:
    """Read everything, then reset the connection."""
    import socket
    import struct

    raw = stream.extra(SocketAttribute.raw_socket)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    await stream.aclose()


async def cut_headers(stream: SocketStream, request: bytes) -> None:
    """Begin an answer, and end in its headers."""
    await stream.send(b"HTTP/1.1 201 Created\r\ncontent-le")
    await stream.aclose()


async def cut_body(stream: SocketStream, request: bytes) -> None:
    """Promise a hundred bytes, send two."""
    await stream.send(b"HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n{}")
    await stream.aclose()


async def nonsense(stream: SocketStream, request: bytes) -> None:
    """Speak another protocol."""
    await stream.send(b"SSH-2.0-OpenSSH_9.9\r\n")
    await stream.aclose()


async def silence(stream: SocketStream, request: bytes) -> None:
    """Read everything, say nothing."""
    await anyio.sleep_forever()


class Wrapped(httpx.AsyncBaseTransport):
    """Somebody's layer around a transport, which hides the connection of an answer."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self.inner.handle_async_request(request)
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            content=await response.aread(),
            extensions={"network_stream": response.extensions["network_stream"]},
        )

    async def aclose(self) -> None:
        await self.inner.aclose()
