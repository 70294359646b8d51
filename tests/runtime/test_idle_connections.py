"""The connections of the default transport: how long they are kept, how they are made, and how they end."""

from __future__ import annotations

import socket

import anyio
import httpcore
import pytest
from anyio.abc import SocketStream

from ledgerbee_client import ApiKey, LedgerBee, LedgerBeeError
from ledgerbee_client._http.network import Backend
from ledgerbee_client._http.pools import Connection, Pool
from ledgerbee_client._models.model import ANY

from .operations import CREATE, GET
from .raw_server import RawServer, answer

pytestmark = pytest.mark.anyio


async def test_a_connection_that_was_idle_for_over_five_seconds_is_not_used_again(server: RawServer) -> None:
    """Servers close theirs by themselves, and a write that crosses that is unknown; a younger one is used."""
    server.does(answer)
    time = [0.0]

    def make() -> Connection:
        backend = Backend()
        return Connection(
            httpcore.AsyncHTTPConnection(httpcore.URL(server.url).origin, network_backend=backend), backend
        )

    async def exchange() -> None:
        await pool.reserve()
        lent = await pool.send(httpcore.Request("GET", server.url, headers={"host": "a"}))
        assert b"{}" == await lent.response.aread()
        await lent.leave(True)

    pool = Pool(make, now=lambda: time[0])
    await exchange()
    time[0] = 4.9
    await exchange()
    assert 1 == server.connections

    time[0] = 10.0
    await exchange()
    assert 2 == server.connections
    await pool.aclose()
    await server.is_left()


async def test_the_next_address_of_a_host_is_tried(server: RawServer) -> None:
    """The name is this machine's for both families, and the server has one of them."""
    server.does(answer)

    async with LedgerBee(ApiKey("k"), base_url=f"http://localhost:{server.port}/api", max_retries=0) as bee:
        assert {} == await bee._calls.one(GET, ANY, path=("1",))

    assert f"\r\nhost: localhost:{server.port}\r\n".encode() in server.requests[0].lower()


async def test_closing_ends_a_call_that_waits_for_its_answer(server: RawServer) -> None:
    """At once, and with its socket."""
    asked = anyio.Event()

    async def wait(stream: SocketStream, request: bytes) -> None:
        asked.set()
        await stream.receive()

    server.does(wait)
    bee = LedgerBee(ApiKey("k"), base_url=server.url)

    async def call() -> None:
        with pytest.raises(LedgerBeeError, match="may have been carried out"):
            await bee._calls.one(CREATE, ANY, body={})

    with anyio.fail_after(5):
        async with anyio.create_task_group() as group:
            group.start_soon(call)
            await asked.wait()
            await anyio.wait_all_tasks_blocked()
            await bee.aclose()

    await server.is_left()


async def test_small_writes_leave_at_once(server: RawServer) -> None:
    """TCP_NODELAY: no booking waits for the acknowledgement of another piece."""
    stream = await Backend().connect_tcp("127.0.0.1", server.port)

    assert stream.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    await stream.aclose()
