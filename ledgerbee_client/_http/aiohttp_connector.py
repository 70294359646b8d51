"""Connections of aiohttp, used again only when nothing of an earlier answer waits on them."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp

_TRIES = 100


class CleanConnector(aiohttp.TCPConnector):
    """A pool that looks before it hands out a connection again."""

    async def connect(self, *given: Any, **named: Any) -> Any:
        """Return a connection on which no byte waits."""
        # aiohttp reads while a connection is idle, looks at what came when the connection is given back, and not when
        # it is taken again: then it is the answer to the next request.
        for _ in range(_TRIES):
            connection = await super().connect(*given, **named)
            try:
                # What the socket holds is read in the next two turns of the event loop.
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            except BaseException:
                connection.close()
                raise
            protocol = connection.protocol
            if protocol is not None and not protocol.should_close:
                return connection
            connection.close()
        raise aiohttp.ServerDisconnectedError
