"""
An accounting server that keeps a ledger of its own and breaks HTTP in every way that a script can.

It shares no code with the client and none with the sandbox. What it does with a request follows from the seed, the
reference of the entry and the number of the try, so that a run can be repeated.
"""

from __future__ import annotations

import json
import random
import socket
import ssl
import struct
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
from anyio.abc import SocketAttribute, SocketStream, TaskGroup
from anyio.streams.tls import TLSStream
from attrs import define, field
from runtime.raw_server import Corked, read_request, send_at_once

BOOK, REPORT = "/api/v2/journal-entries", "/api/v1/meters/report"
ENTRY = {
    "entryNumber": "1", "date": "2026-11-20", "amount": 1, "currency": "DKK", "journalType": "general",
    "type": "journal", "status": "posted", "accountId": "a", "createdAt": "2026-11-20T12:00:00.000Z",
}  # fmt: skip
GONE = (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError, ssl.SSLError, OSError)

# (what becomes of the entry, the status, how the wire breaks), each with its weight.
ACTS = {"booked": 6, "booked later": 1, "refused": 2, "not decided": 1}
WIRES = {
    "whole": 30, "chunked": 2, "closes": 2, "one byte at a time": 1, "cut in the head": 2, "cut in the body": 3,
    "hangs up": 2, "reset": 2, "silent": 1, "doubled": 3, "stale": 3, "stale in a record of its own": 3,
    "interim": 1, "noise": 1,
}  # fmt: skip
STALE = [
    b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 0\r\ncontent-length: 2\r\n\r\n{}",
    b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: 15\r\n\r\n" + b'{"code":"OLD" }',
    b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 14\r\n\r\n" + b'{"id":"stale"}',
    b"HTTP/1.1 40",
]


@define
class Ledger:
    """
    What was booked.

    Attributes:
        entries: How often each reference was booked.
        usage: How often each idempotency key was counted.
        tries: Whole requests received, by reference or key.
        wires: How often the wire broke in each way.
    """

    entries: Counter[str] = field(factory=Counter[str])
    usage: Counter[str] = field(factory=Counter[str])
    tries: Counter[str] = field(factory=Counter[str])
    wires: Counter[str] = field(factory=Counter[str])


@define
class LedgerServer:
    """Serves one ledger on a free port of 127.0.0.1."""

    seed: int
    port: int
    context: ssl.SSLContext | None
    group: TaskGroup
    ledger: Ledger = field(factory=Ledger)
    connections: int = 0
    booking: int = 0
    reads: int = 0

    @property
    def url(self) -> str:
        """Base URL for a client."""
        return f"{'https' if self.context else 'http'}://127.0.0.1:{self.port}/api"

    async def settle(self) -> None:
        """Wait until what is booked later is booked."""
        while self.booking:  # noqa: ASYNC110 (the server counts, and tells nobody)
            await anyio.sleep(0.002)

    async def serve(self, stream: SocketStream) -> None:
        """Answer the requests of one connection until it breaks."""
        self.connections += 1
        rng = random.Random(f"{self.seed}/connection/{self.connections}")
        async with stream:
            try:
                talk: Any = stream
                if self.context:
                    talk = await TLSStream.wrap(
                        Corked(stream), server_side=True, ssl_context=self.context, standard_compatible=False
                    )
                while True:
                    if (chance := rng.random()) < 0.05:
                        # A request that is cut anywhere, or answered before it was read, is not acted upon.
                        await talk.receive(rng.randrange(1, 400))
                        if chance < 0.02:
                            await talk.send(_written(rng, 400, "closes", self._content(400, "early", "")))
                        else:
                            await self._reset(stream)
                        return
                    request = await read_request(talk)
                    if not await self._answer(talk, stream, request):
                        return
            except GONE:
                pass

    async def _answer(self, talk: Any, stream: SocketStream, request: bytes) -> bool:
        """Act upon a request and answer it; return True if the connection may go on."""
        head, _, body = request.partition(b"\r\n\r\n")
        if head.startswith(b"GET"):
            return await self._list(talk, stream)
        lines = head.decode("latin-1").lower().split("\r\n")
        content = json.loads(body or b"{}")
        key = next((line[23:].strip() for line in lines if line.startswith("x-api-idempotency-key:")), "")
        name = key or content["reference"]
        self.ledger.tries[name] += 1
        rng = random.Random(f"{self.seed}/{name}/{self.ledger.tries[name]}")
        act = _draw(rng, ACTS)
        wire = _draw(rng, WIRES)
        self.ledger.wires[wire] += 1
        status = self._act(rng, act, name, key)
        answer = _written(rng, status, wire, self._content(status, name, key))
        return await self._send(rng, wire, answer, talk, stream)

    async def _list(self, talk: Any, stream: SocketStream) -> bool:
        """Answer a read, in some of the ways of breaking; whatever comes too much must not answer the next booking."""
        self.reads += 1
        rng = random.Random(f"{self.seed}/read/{self.reads}")
        wire = _draw(rng, WIRES)
        page = {"data": [{**ENTRY, "id": "read"}], "total": 1, "page": 1, "limit": 100, "totalPages": 1}
        return await self._send(rng, wire, _written(rng, 200, wire, json.dumps(page).encode()), talk, stream)

    def _act(self, rng: random.Random, act: str, name: str, key: str) -> int:
        if key and self.ledger.usage[name]:
            return rng.choice([200, 200, 200, 409, 422, 500, 503])
        if act == "refused":
            return rng.choice([400, 401, 403, 404, 409, 413, 422, 429, 429])
        if act == "booked later":
            self.booking += 1
            self.group.start_soon(self._book_later, name, key, rng.random() * 0.02)
            return rng.choice([500, 502, 503, 504, 408, 499])
        if act == "booked":
            self._book(name, key)
            return rng.choice([201] * 6 + [200, 500, 502, 503, 504, 520, 408, 499])
        # Not booked, and the server does not know it.
        return rng.choice([500, 502, 503, 504, 408, 499])

    def _book(self, name: str, key: str) -> None:
        (self.ledger.usage if key else self.ledger.entries)[name] += 1

    async def _book_later(self, name: str, key: str, seconds: float) -> None:
        await anyio.sleep(seconds)
        if not (key and self.ledger.usage[name]):
            self._book(name, key)
        self.booking -= 1

    def _content(self, status: int, name: str, key: str) -> bytes:
        if status >= 500:
            return b"<html>Bad gateway</html>"
        if status >= 400:
            return json.dumps({"statusCode": status, "code": "REFUSED", "message": name}).encode()
        if key:
            return json.dumps({"status": "duplicate" if status == 200 else "queued", "requestId": name}).encode()
        return json.dumps({**ENTRY, "id": name}).encode()

    async def _send(self, rng: random.Random, wire: str, answer: bytes, talk: Any, stream: SocketStream) -> bool:
        head = answer.index(b"\r\n\r\n") + 4
        match wire:
            case "hangs up":
                return False
            case "reset":
                await self._reset(stream)
                return False
            case "silent":
                await anyio.sleep(0.5)
                return False
            case "noise":
                await (talk.transport_stream if self.context else talk).send(rng.randbytes(40))
                return False
            case "cut in the head" | "cut in the body":
                cut = rng.randrange(1, head) if wire.endswith("head") else rng.randrange(head, len(answer))
                await talk.send(answer[:cut])
                return False
            case "one byte at a time":
                for place in range(0, len(answer), 7):
                    await talk.send(answer[place : place + 7])
            case "doubled":
                await send_at_once(talk, answer + answer)
            case "stale":
                await send_at_once(talk, answer + rng.choice(STALE))
            case "stale in a record of its own":
                await send_at_once(talk, answer, rng.choice(STALE))
            case _:
                await talk.send(answer)
        return wire != "closes"

    async def _reset(self, stream: SocketStream) -> None:
        raw = stream.extra(SocketAttribute.raw_socket)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await stream.aclose()


def _written(rng: random.Random, status: int, wire: str, content: bytes) -> bytes:
    kind = "text/html" if content.startswith(b"<") else "application/json"
    lines = [f"HTTP/1.1 {status} Whatever", f"content-type: {kind}"]
    if status in {429, 503}:
        lines.append(f"retry-after: {rng.choice(['0', '0.001', 'soon'])}")
    if wire == "closes":
        lines.append("connection: close")
    if wire == "chunked":
        half = len(content) // 2
        parts = [part for part in (content[:half], content[half:]) if part]
        content = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
        lines.append("transfer-encoding: chunked")
    else:
        lines.append(f"content-length: {len(content)}")
    answer = "\r\n".join(lines).encode() + b"\r\n\r\n" + content
    if wire == "stale in a record of its own" and len(answer) < 16_384:
        # One record of TLS, filled to its last byte, so that reading the answer leaves the next record unread.
        answer = answer.replace(b"\r\n\r\n", b"\r\nx-pad: " + b"x" * (16_384 - len(answer) - 9) + b"\r\n\r\n", 1)
    return (b"HTTP/1.1 103 Early Hints\r\n\r\n" if wire == "interim" else b"") + answer


def _draw(rng: random.Random, weights: dict[str, int]) -> str:
    return rng.choices([*weights], [*weights.values()])[0]


@asynccontextmanager
async def ledger_server(seed: int, context: ssl.SSLContext | None = None) -> AsyncIterator[LedgerServer]:
    """Serve a ledger; with a context, behind TLS."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    async with anyio.create_task_group() as group:
        port = listener.extra(SocketAttribute.local_port)
        server = LedgerServer(seed=seed, port=port, context=context, group=group)
        group.start_soon(listener.serve, server.serve)
        yield server
        group.cancel_scope.cancel()
    await listener.aclose()
