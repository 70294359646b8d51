"""
A server that costs next to nothing: raw asyncio on 127.0.0.1, canned bytes, in a process of its own.

What it does stands in the first segment of the path, so that it can be part of any client's base URL:
`/page` answers 43 KB, `/group` 196 B, `/list` page after page of 200, `/sink` swallows a body, `/count` tells how many
connections and requests came. `-20` behind it delays by 20 ms, `-faulty` answers every 20th request with 503.
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from benchmarks import data

PAGES = 200
_HEAD = re.compile(rb"^[A-Z]+ /(group|page|list|sink|count)(?:-([0-9]+))?(-faulty)?(?:/|\?| )")
_PAGE = re.compile(rb"[?&]page=([0-9]+)")
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_FAULT = b"HTTP/1.1 503 Busy\r\nretry-after: 0.05\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


@frozen(kw_only=True)
class Addresses:
    """Where the server listens, and a file of certificates: those of certifi and the server's own authority."""

    http: str
    https: str
    certificates: str


class Books:
    """The canned answers, and the counts."""

    def __init__(self) -> None:
        self.connections = self.requests = 0
        self.answers = {
            b"group": _answer(data.group()),
            b"page": _answer(data.page()),
            b"sink": _answer(data.batch_answer()),
        }
        self.list = [_answer(data.page(number=number, pages=PAGES)) for number in range(1, PAGES + 1)]

    def answer(self, what: bytes, head: bytes) -> bytes:
        """Return the bytes of an answer."""
        if what == b"count":
            return _answer(json.dumps({"connections": self.connections, "requests": self.requests}).encode())
        if what == b"list":
            found = _PAGE.search(head)
            return self.list[int(found.group(1)) - 1 if found else 0]
        return self.answers[what]


class Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, books: Books) -> None:
        self.books, self.head, self.left = books, b"", 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.books.connections += 1

    def data_received(self, data: bytes) -> None:
        """Wait for the head, swallow the body, answer."""
        if self.left:
            self.left -= len(data)
        else:
            self.head += data
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return
            length = _LENGTH.search(self.head, 0, end)
            self.left = (int(length.group(1)) if length else 0) - (len(self.head) - end - 4)
        if self.left <= 0:
            self.left = 0
            self._answer()

    def _answer(self) -> None:
        head, self.head = self.head, b""
        found = _HEAD.match(head)
        if not found:
            self.transport.abort()
            return
        what, delay, faulty = found.groups()
        self.books.requests += what != b"count"
        answer = _FAULT if faulty and not self.books.requests % 20 else self.books.answer(what, head)
        if delay:
            asyncio.get_running_loop().call_later(int(delay) / 1000, self.transport.write, answer)
        else:
            self.transport.write(answer)


def _answer(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)


async def serve(folder: Path) -> None:
    """Listen twice, say where, and go on until the standard input ends."""
    import certifi
    import trustme

    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    bundle = folder / "certificates.pem"
    bundle.write_bytes(Path(certifi.where()).read_bytes() + authority.cert_pem.bytes())
    books, loop = Books(), asyncio.get_running_loop()
    plain = await loop.create_server(lambda: Line(books), "127.0.0.1", 0, backlog=2048)
    secure = await loop.create_server(lambda: Line(books), "127.0.0.1", 0, backlog=2048, ssl=context)
    ports = [server.sockets[0].getsockname()[1] for server in (plain, secure)]
    print(
        json.dumps(
            {
                "http": f"http://127.0.0.1:{ports[0]}",
                "https": f"https://127.0.0.1:{ports[1]}",
                "certificates": str(bundle),
            }
        ),
        flush=True,
    )
    await loop.run_in_executor(None, sys.stdin.read)


@contextmanager
def running() -> Iterator[Addresses]:
    """Start the server in a process of its own, and stop it in the end."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.server", folder]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                yield Addresses(**json.loads(process.stdout.readline()))
            finally:
                process.stdin.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
