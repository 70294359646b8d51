"""
Is a connection clean? What a server sends beyond its answer must not become the answer to the next request.

Such bytes wait in h11, in TLS, in the queue that asyncio reads into, or in the socket. What cannot be looked into holds
something: the connection is then closed, and the next request goes out over a new one.
"""

from __future__ import annotations

import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

import anyio
from anyio.lowlevel import checkpoint

if TYPE_CHECKING:
    import httpx


class NetworkStream(Protocol):
    """What httpx gives as the extension `network_stream` of an answer."""

    async def read(self, max_bytes: int) -> bytes:
        """Return what was received."""
        ...

    def get_extra_info(self, info: str) -> Any:
        """Return a fact of the connection, or None."""


def holds_nothing(connection: Any, stream: Any) -> bool:
    """True if no byte waits in h11 or in TLS, after the last answer of a connection of httpcore."""
    try:
        inside = connection  # What is in it has no public name: https://github.com/encode/httpcore/issues/872
        while deeper := getattr(inside, "_connection", None):
            inside = deeper
        return inside._h11_state.trailing_data == (b"", False) and _tls_holds_nothing(stream)
    except (AttributeError, TypeError, ValueError):
        return False


async def leave_clean(response: httpx.Response, *, unread: bool = False) -> bool:
    """
    See that the connection of an answer, read to its end, is closed with the answer unless it is clean, or if the
    server may have left the request `unread`.

    It is for transports that callers bring. False where the connection cannot be looked into.
    """
    network, version = (response.extensions.get(name) for name in ("network_stream", "http_version"))
    if network is None or version == b"HTTP/2":
        return True
    stream: Any = response.stream
    try:
        h11 = stream._httpcore_stream._stream._connection._h11_state
        nothing = not unread and h11.trailing_data == (b"", False) and _tls_holds_nothing(network)
        if not (nothing and await hears_nothing(network)):
            h11.send_failed()
    except AttributeError:
        return False
    return True


def _tls_holds_nothing(stream: Any) -> bool:
    tls: ssl.SSLObject | None = stream.get_extra_info("ssl_object")
    if tls is None:
        return True
    try:
        tls.read(1)
    except ssl.SSLWantReadError:
        # Half a record tells nothing yet: anyio and trio keep it here.
        layer = stream._stream
        incoming: ssl.MemoryBIO = getattr(layer, "_read_bio", None) or layer._incoming
        return not incoming.pending
    except ssl.SSLError:
        return False
    return False


async def hears_nothing(stream: NetworkStream) -> bool:
    """
    True if reading an idle connection gives nothing: no byte, no end, no error, from whatever layer there is.

    It takes some 0.2 ms, and what it reads is lost: close the connection then.
    """
    heard = False
    async with anyio.create_task_group() as group:
        group.start_soon(_cancel_soon, group.cancel_scope)
        with suppress(Exception):
            await stream.read(1)
        heard = True
        group.cancel_scope.cancel()
    return not heard


async def _cancel_soon(scope: anyio.CancelScope) -> None:
    # What has arrived by now needs one turn of the event loop, and what the socket holds needs two.
    for _ in range(3):
        await checkpoint()
    scope.cancel()
