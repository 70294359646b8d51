"""Connections of aiohttp, used again only when nothing of an earlier answer waits on them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import aiohttp

from .interface import SendTrace
from .sockets import is_readable

_TRIES = 100


class CleanConnector(aiohttp.TCPConnector):
    """A pool that looks before it hands out a connection again."""

    sending: Mapping[Any, SendTrace] = MappingProxyType({})
    """What each task sends. Each is told when it gets its connection, over which aiohttp writes at once."""

    async def connect(self, req: Any, *given: Any, **named: Any) -> Any:
        """Return a connection on which no byte waits."""
        # aiohttp reads while a connection is idle, looks at what came when the connection is given back, and not when
        # it is taken again: then it is the answer to the next request.
        for _ in range(_TRIES):
            connection = await super().connect(req, *given, **named)
            protocol: Any = connection.protocol
            try:
                # What the socket holds is read in the next two turns of the event loop.
                if req.method != "GET" or _is_readable(protocol.transport):
                    await asyncio.sleep(0)
                    await asyncio.sleep(0)
            except BaseException:
                connection.close()
                raise
            if not protocol.should_close:
                if trace := self.sending.get(asyncio.current_task()):
                    trace.started, trace.connection = True, protocol
                return connection
            connection.close()
        raise aiohttp.ServerDisconnectedError


def _is_readable(transport: asyncio.Transport | None) -> bool:
    return is_readable(transport.get_extra_info("socket") if transport else None)
