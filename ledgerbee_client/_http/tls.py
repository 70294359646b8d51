"""TLS over a stream, whose buffers are our own to look into."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from .sockets import Stream

T = TypeVar("T")
_AT_ONCE = 65_536


class TlsStream:
    """A stream in TLS; begin with `handshake()`."""

    def __init__(self, stream: Stream, context: ssl.SSLContext, host: str) -> None:
        self._stream = stream
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)

    async def handshake(self) -> None:
        """Agree with the server, and check who it is."""
        await self._done(self._tls.do_handshake)

    async def receive(self) -> bytes:
        """Return the next bytes; empty at the end."""
        try:
            return await self._done(lambda: self._tls.read(_AT_ONCE))
        except ssl.SSLEOFError:
            # Few servers say that they close; that an answer is whole is known from HTTP.
            return b""

    async def send(self, data: bytes) -> None:
        """Send all of it, encrypted piece by piece."""
        view = memoryview(data)
        while view:
            view = view[await self._done(partial(self._tls.write, view[:_AT_ONCE])) :]

    def received(self) -> bytes | None:
        """Return what has come already, without waiting: None where nothing has, and empty where no more can come."""
        while True:
            try:
                return self._tls.read(_AT_ONCE)
            except ssl.SSLWantReadError:
                data = self._stream.received()
            if data is None and not self._incoming.pending:
                return None
            if not data:
                return b""  # Half a record tells nothing yet, and is more than nothing.
            self._incoming.write(data)

    def close(self) -> None:
        """Close what is below."""
        self._stream.close()

    async def _done(self, act: Callable[[], T]) -> T:
        while True:
            try:
                result = act()
            except ssl.SSLWantReadError:
                await self._flush()
                if data := await self._stream.receive():
                    self._incoming.write(data)
                else:
                    self._incoming.write_eof()
            else:
                await self._flush()
                return result

    async def _flush(self) -> None:
        if self._outgoing.pending:
            await self._stream.send(self._outgoing.read())
