"""
What the client says of a write agrees with a ledger that is not its own, however the wire breaks.

`make fuzz` runs 20,000 exchanges; `make test` a tenth of them, with the same seeds.
"""

from __future__ import annotations

import os
import ssl

import pytest
import trustme
from httpx_aiohttp import AiohttpTransport

from .exchanges import Exchanges, contradictions, summary
from .ledger_server import ledger_server

EXCHANGES = int(os.environ.get("LEDGERBEE_FUZZ_EXCHANGES", "2000"))
SEED = int(os.environ.get("LEDGERBEE_FUZZ_SEED", "20261128"))
OWN = {"httpx": None, "aiohttp": "aiohttp"}
WAYS = [
    pytest.param(secure, backend, transport, id=f"{'TLS' if secure else 'plain'}-{backend}-{transport}")
    for secure in (False, True)
    for backend, transport in [
        ("asyncio", "httpx"),
        ("trio", "httpx"),
        ("asyncio", "aiohttp"),
        ("asyncio", "httpx-aiohttp"),
    ]
]


@pytest.mark.anyio
@pytest.mark.parametrize(("secure", "anyio_backend", "transport"), WAYS)
async def test_no_fate_is_contradicted_by_the_ledger(secure: bool, anyio_backend: str, transport: str) -> None:
    """Nothing is booked twice, nothing that was booked is told as refused or not sent, and the other way round."""
    authority = trustme.CA()
    serving, trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.issue_cert("127.0.0.1").configure_cert(serving)
    authority.configure_trust(trusting)

    async with ledger_server(SEED, serving if secure else None) as server:
        exchanges = Exchanges(server, SEED)
        foreign = {"transport": AiohttpTransport(verify=trusting)} if transport == "httpx-aiohttp" else None
        await exchanges.run(EXCHANGES // len(WAYS), foreign or {"transport": OWN[transport], "verify": trusting})

    print(f"{summary(exchanges)}, {server.connections} connections")
    assert [] == contradictions(exchanges)
    assert len(exchanges.fates) == EXCHANGES // len(WAYS)
