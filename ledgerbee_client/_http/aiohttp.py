"""Connections of aiohttp, used again only when nothing of an earlier answer waits on them."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import aiohttp
from httpx_aiohttp import AiohttpTransport

_TRIES = 100


def keep_clean(transport: AiohttpTransport) -> None:
    """Have a transport make sessions that look before they use a connection again; one with a session keeps that."""
    if transport.client is None and transport.uds is None:
        transport.client = partial(_session, transport)


def _session(transport: AiohttpTransport) -> aiohttp.ClientSession:
    limits, address = transport.limits, transport.local_address
    connector = _Connector(
        ssl=transport.ssl_context,
        keepalive_timeout=limits.keepalive_expiry,
        limit=100 if limits.max_connections is None else limits.max_connections,
        local_addr=(address, 0) if address else None,
    )
    # Calls without a body have no content type; with one, ours is there.
    return aiohttp.ClientSession(connector=connector, skip_auto_headers=["content-type"])


class _Connector(aiohttp.TCPConnector):
    async def connect(self, *given: Any, **named: Any) -> Any:
        # aiohttp reads while a connection is idle, looks at what came when the connection is given back, and not when
        # it is taken again: then it is the answer to the next request.
        for _ in range(_TRIES):
            connection = await super().connect(*given, **named)
            # What the socket holds is read in the next two turns of the event loop.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            protocol = connection.protocol
            if protocol is not None and not protocol.should_close:
                return connection
            connection.close()
        raise aiohttp.ServerDisconnectedError
