"""
A TCP connection that reads its socket itself, on asyncio and on trio.

An event loop's own streams read ahead, and what a server sent too much then waits where nobody can look. Here it waits
in the socket, until it is asked for.
"""

from __future__ import annotations

import errno
import os
import socket
from collections import Counter
from contextlib import suppress
from ipaddress import ip_address
from typing import Any, Protocol

import anyio
from anyio.lowlevel import checkpoint

_AT_ONCE = 65_536
_HEAD_START = 0.25
"""Seconds that one address of a host has before the next is tried beside it (RFC 8305)."""
_UNDER_WAY = {errno.EINPROGRESS, errno.EWOULDBLOCK}


class Stream(Protocol):
    """Bytes both ways, over a socket or a layer above it."""

    async def receive(self) -> bytes:
        """Return the next bytes; empty at the end."""
        ...

    async def send(self, data: bytes) -> None:
        """Send all of it."""
        ...

    def received(self) -> bytes | None:
        """Return what has come already, without waiting: None where nothing has, and empty where no more can come."""
        ...

    def close(self) -> None:
        """Close it; whoever waits for it is told so."""


class SocketStream:
    """A connected socket."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._closed = self._awaited = False

    async def receive(self) -> bytes:
        """Return the next bytes; empty at the end."""
        while True:
            await self._ready(anyio.wait_readable)
            if (data := self.received()) is not None:
                return data

    async def send(self, data: bytes) -> None:
        """Send all of it."""
        view = memoryview(data)
        while view:
            try:
                view = view[self._socket.send(view) :]
            except BlockingIOError:
                await self._ready(anyio.wait_writable)
        if len(data) >= _AT_ONCE:
            # Other tasks run between the pieces of a large body, however fast the server takes them.
            await checkpoint()

    async def _ready(self, waiting: Any) -> None:
        if self._closed:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        self._awaited = True
        try:
            await waiting(self._socket)
        finally:
            self._awaited = False
            if self._closed:
                self._socket.close()

    def received(self) -> bytes | None:
        """Return what has come already, without waiting: None where nothing has, and empty where no more can come."""
        try:
            return self._socket.recv(_AT_ONCE)
        except BlockingIOError:
            return None

    def close(self) -> None:
        """Close it; whoever waits for it is told so."""
        self._closed = True
        if self._awaited:
            # The event loop may not hear any more of a socket that is closed; this one it hears of, and then it is.
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        else:
            self._socket.close()


async def connect(host: str, port: int) -> SocketStream:
    """Connect to the first address of a host that answers."""
    addresses = await _addresses(host, port)
    if len(addresses) == 1:
        return SocketStream(await _connected(*addresses[0]))
    made, failures = list[socket.socket](), list[OSError]()

    async def attempt(family: int, address: Any, over: anyio.Event) -> None:
        try:
            made.append(await _connected(family, address))
            group.cancel_scope.cancel()
        except OSError as error:
            failures.append(error)
        over.set()

    try:
        async with anyio.create_task_group() as group:
            for family, address in addresses:
                over = anyio.Event()
                group.start_soon(attempt, family, address, over)
                with anyio.move_on_after(_HEAD_START):
                    await over.wait()
        if not made:
            raise failures[0]
        return SocketStream(made.pop(0))
    finally:
        for late in made:
            late.close()


async def _addresses(host: str, port: int) -> list[tuple[int, Any]]:
    """Return the addresses of a host, in the system's order but for the families, which take turns."""
    try:
        family = socket.AF_INET if ip_address(host).version == 4 else socket.AF_INET6
    except ValueError:
        seen, ranked = Counter[int](), list[tuple[int, int, Any]]()
        for found, _, _, _, address in await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            ranked.append((seen[found], found, address))
            seen[found] += 1
        return [(found, address) for _, found, address in sorted(ranked, key=lambda one: one[0])]
    return [(family, (host, port))]


async def _connected(family: int, address: Any) -> socket.socket:
    new = socket.socket(family, socket.SOCK_STREAM)
    try:
        new.setblocking(False)
        new.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        number = new.connect_ex(address)
        if number in _UNDER_WAY:
            await anyio.wait_writable(new)
            number = new.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    except BaseException:
        new.close()
        raise
    if number:
        new.close()
        raise OSError(number, os.strerror(number))
    return new
