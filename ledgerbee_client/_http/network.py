"""
The sockets and TLS of anyio, as httpcore takes them.

What httpcore brings asks the system for both addresses at each request, and makes a timer for each read and write. And
it forgets a socket whose TLS handshake is cancelled, or whose proxy refuses; here the pool closes it.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any, NoReturn

import anyio
import httpcore
from anyio.abc import ByteStream, SocketAttribute
from anyio.streams.tls import TLSAttribute, TLSStream

from .sockets import is_readable

_BROKEN = (anyio.BrokenResourceError, anyio.ClosedResourceError)


class Backend(httpcore.AsyncNetworkBackend):
    """
    Makes one connection, and keeps it.

    Attributes:
        stream: The connection, from when it is there.
    """

    stream: Stream | None = None

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of a host that answers."""
        try:
            with anyio.fail_after(timeout):
                self.stream = Stream(await anyio.connect_tcp(host, port))
                return self.stream
        except Exception as error:  # noqa: BLE001  # trio's UnicodeError for "a..b" is none of OSError.
            _refuse(error)


class Stream(httpcore.AsyncNetworkStream):
    """A connection. Reading and writing are bounded by the caller's cancel scope."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        # Asked for once; each time it would also ask the system for both addresses.
        self._facts: dict[str, Any] = {
            "socket": stream.extra(SocketAttribute.raw_socket, None),  # noqa: S610
            "ssl_object": stream.extra(TLSAttribute.ssl_object, None),  # noqa: S610
        }

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """Return the next bytes; empty at the end."""
        try:
            return await self._stream.receive(max_bytes)
        except anyio.EndOfStream:
            return b""
        except _BROKEN as error:
            raise httpcore.ReadError(str(error)) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Send all of it."""
        if buffer:
            try:
                await self._stream.send(buffer)
            except _BROKEN as error:
                raise httpcore.WriteError(str(error)) from error

    async def aclose(self) -> None:
        """Close it."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        """Agree with the server on TLS, and check who it is."""
        # An IPv6 address comes in brackets where a proxy is told of it.
        name = (server_hostname or "").strip("[]")
        try:
            with anyio.fail_after(timeout):
                wrapped = TLSStream.wrap(
                    self._stream, hostname=name, ssl_context=ssl_context, standard_compatible=False
                )
                return Stream(await wrapped)
        except Exception as error:  # noqa: BLE001  # ssl has errors of its own.
            _refuse(error)

    def get_extra_info(self, info: str) -> Any:
        """Return a fact of the connection, or None."""
        return is_readable(self._facts["socket"]) if info == "is_readable" else self._facts.get(info)


def _refuse(error: Exception) -> NoReturn:
    kind = httpcore.ConnectTimeout if isinstance(error, TimeoutError) else httpcore.ConnectError
    raise kind(str(error)) from error
