"""Transports of one's own, and what they raise: always one of our errors, and a write may have left all the same."""

from __future__ import annotations

import asyncio
import gc
import ssl
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor

import anyio
import httpx
import pytest
from anyio.abc import SocketStream
from httpx_aiohttp import AiohttpTransport

from ledgerbee_client import (
    ApiKey,
    BadRequestError,
    ClientClosedError,
    ConnectionFailedError,
    LedgerBee,
    LedgerBeeError,
    OutcomeUnknownError,
)
from ledgerbee_client._models.model import ANY

from .conftest import FakeClock, ScriptedApi
from .operations import CREATE, GET
from .raw_server import Wrapped, answer, nonsense, raw_server

pytestmark = pytest.mark.anyio


class ForeignError(Exception):
    """What a library that we do not know says."""


@pytest.mark.parametrize(
    "error",
    [RuntimeError("Event loop is closed"), ssl.SSLError(1, "bad record"), OSError(9, "bad file"), ForeignError("k")],
    ids=lambda error: type(error).__name__,
)
async def test_what_a_transport_raises_of_its_own_leaves_a_write_unknown(
    error: Exception, api: ScriptedApi, bee: LedgerBee
) -> None:
    """Nobody knows what it had done by then; of its words only the name of the error is repeated."""
    api.on("POST", "/v1/things").does(error)

    with pytest.raises(OutcomeUnknownError, match=rf"the connection broke .* \({type(error).__name__}\)"):
        await bee._calls.one(CREATE, ANY, body={})

    assert 1 == len(api.requests)


class Unclosable(httpx.AsyncByteStream):
    """A body that comes whole, and whose connection then fails to close."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b'{"id": "a"}'

    async def aclose(self) -> None:
        raise ssl.SSLError(1, "application data after close notify")


@pytest.mark.parametrize("status", [201, 400])
async def test_an_answer_that_came_counts_though_closing_fails(status: int, api: ScriptedApi, bee: LedgerBee) -> None:
    """Booked is booked, and refused is refused."""
    api.on("POST", "/v1/things").does(httpx.Response(status, stream=Unclosable()))

    if status == 400:
        with pytest.raises(BadRequestError):
            await bee._calls.one(CREATE, ANY, body={})
    else:
        assert {"id": "a"} == await bee._calls.one(CREATE, ANY, body={})


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_aiohttp_s_own_errors_are_ours(clock: FakeClock) -> None:
    """A status line that is none reaches httpx-aiohttp as an error that httpx does not know."""
    async with raw_server() as server:
        server.does(nonsense)
        async with LedgerBee(ApiKey("k"), base_url=server.url, transport=AiohttpTransport(), clock=clock.clock) as bee:
            with pytest.raises(OutcomeUnknownError, match="may have been carried out"):
                await bee._calls.one(CREATE, ANY, body={})

    assert 1 == len(server.requests)


@pytest.mark.parametrize("anyio_backend", ["trio"])
async def test_a_host_without_a_name_is_a_failed_connection(clock: FakeClock) -> None:
    """trio cannot write an empty label for the resolver; it is a typing error, and nothing was sent."""
    async with LedgerBee(ApiKey("k"), base_url="https://api..ledgerbee.com/api", clock=clock.clock) as bee:
        with pytest.raises(ConnectionFailedError, match="nothing was sent"):
            await bee._calls.one(CREATE, ANY, body={})


async def test_a_refusal_that_never_says_why_is_a_refusal() -> None:
    """Its status has come, and booked nothing; the deadline ends the wait for the rest."""

    async def begin(stream: SocketStream, request: bytes) -> None:
        await stream.send(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 100000\r\n\r\n{")
        while True:
            await anyio.sleep(0.02)
            await stream.send(b" ")

    async with raw_server() as server:
        server.does(begin)
        async with LedgerBee(ApiKey("k"), base_url=server.url) as bee:
            with anyio.fail_after(5), pytest.raises(BadRequestError) as caught:
                await bee._calls.one(CREATE, ANY, body={}, timeout=0.5)

    assert 400 == caught.value.status
    assert 1 == len(server.requests)


TRANSPORTS: dict[str, Callable[[], httpx.AsyncBaseTransport | None]] = {
    "own": lambda: None,
    "httpx": httpx.AsyncHTTPTransport,
    "wrapped": lambda: Wrapped(httpx.AsyncHTTPTransport()),
    "aiohttp": AiohttpTransport,
}


# Its socket was the first loop's to close.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_transport_of_another_event_loop_sends_nothing(transport: str, caplog: pytest.LogCaptureFixture) -> None:
    """Its connections belong to the first asyncio.run(); a booking does not go out over them."""
    requests = list[bytes]()

    async def first() -> LedgerBee:
        async with raw_server() as server:
            server.does(answer)
            bee = LedgerBee(ApiKey("k"), base_url=server.url, transport=TRANSPORTS[transport](), max_retries=0)
            assert {} == await bee._calls.one(GET, ANY, path=("1",))
            requests.extend(server.requests)
        return bee

    async def second(bee: LedgerBee) -> None:
        with pytest.raises(ClientClosedError, match=r"nothing was sent.*within the asyncio.run\(\)"):
            await bee._calls.one(CREATE, ANY, body={})

    asyncio.run(second(asyncio.run(first())))
    gc.collect()

    assert 1 == len(requests)


def test_a_transport_without_connections_serves_every_event_loop(api: ScriptedApi) -> None:
    """A sandbox within the process, or a script of answers."""
    api.on("GET", "/v1/things/1").always(json={})
    bee = LedgerBee(ApiKey("k"), transport=api)

    async def call() -> None:
        assert {} == await bee._calls.one(GET, ANY, path=("1",))

    for _ in range(2):
        asyncio.run(call())


def test_two_threads_that_use_a_client_first_wait_for_nothing() -> None:
    """One of them has the wrong event loop, and is told so at once."""
    bee = LedgerBee(ApiKey("k"), base_url="https://127.0.0.1:9/api", max_retries=0)
    start = threading.Barrier(2)

    def work(_: int) -> tuple[type[BaseException], float]:
        async def call() -> None:
            await bee._calls.one(GET, ANY, path=("1",))

        start.wait()
        begun = time.monotonic()
        with pytest.raises(LedgerBeeError) as caught:
            asyncio.run(call())
        return caught.type, time.monotonic() - begun

    with ThreadPoolExecutor(2) as threads:
        became = dict(threads.map(work, range(2)))

    assert {ClientClosedError, ConnectionFailedError} == set(became)
    assert became[ClientClosedError] < 0.9
