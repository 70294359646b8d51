"""The pools of httpx-aiohttp transports that callers bring."""

from __future__ import annotations

from functools import partial

import aiohttp
from httpx_aiohttp import AiohttpTransport

from .aiohttp_connector import CleanConnector


def keep_clean(transport: AiohttpTransport) -> None:
    """Have a transport make sessions that look before they use a connection again; one with a session keeps that."""
    if transport.client is None and transport.uds is None:
        transport.client = partial(_session, transport)


def _session(transport: AiohttpTransport) -> aiohttp.ClientSession:
    limits, address = transport.limits, transport.local_address
    connector = CleanConnector(
        ssl=transport.ssl_context,
        keepalive_timeout=limits.keepalive_expiry,
        limit=100 if limits.max_connections is None else limits.max_connections,
        local_addr=(address, 0) if address else None,
    )
    # Calls without a body have no content type; with one, ours is there.
    return aiohttp.ClientSession(connector=connector, skip_auto_headers=["content-type"])
