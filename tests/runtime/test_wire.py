"""The promises once more over real sockets: what a scripted transport cannot know about bytes, pools and proxies."""

from __future__ import annotations

import asyncio
import gzip
import os
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio.abc import SocketAttribute, SocketStream

from ledgerbee_client import (
    ApiKey,
    Attachment,
    ClientClosedError,
    ConnectionFailedError,
    LedgerBee,
    OutcomeUnknownError,
    UnreadableAnswerError,
)
from ledgerbee_client._models.model import ANY

from .conftest import FakeClock
from .operations import CREATE, GET
from .raw_server import (
    ANSWER,
    Behaviour,
    RawServer,
    answer,
    cut_body,
    cut_headers,
    hang_up,
    nonsense,
    raw_server,
    reset,
    silence,
)

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio", "aiohttp"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Run each test on both event loops, and once more on asyncio over aiohttp."""
    return "trio" if request.param == "trio" else "asyncio"


@pytest.fixture
def over(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What a client is made with to use the transport of this run."""
    run = request.node.callspec.params.get("anyio_backend") if hasattr(request.node, "callspec") else None
    return {"transport": "aiohttp"} if run == "aiohttp" else {}


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    """A raw server on loopback."""
    async with raw_server() as server:
        yield server


@pytest.fixture
async def bee(server: RawServer, clock: FakeClock, over: dict[str, Any]) -> AsyncIterator[LedgerBee]:
    """A client of it, with the client's own transport."""
    async with LedgerBee(ApiKey("k"), base_url=server.url, clock=clock.clock, **over) as bee:
        yield bee


@pytest.mark.parametrize("fault", [hang_up, reset, cut_headers, cut_body, nonsense], ids=lambda f: f.__name__)
async def test_a_write_is_sent_once_whatever_the_wire_does(fault: Behaviour, server: RawServer, bee: LedgerBee) -> None:
    """The server has read it: unknown, and never resent."""
    server.does(fault)

    with pytest.raises(OutcomeUnknownError):
        await bee._calls.one(CREATE, ANY, body={})

    assert 1 == len(server.requests)


@pytest.mark.parametrize("fault", [hang_up, reset, cut_headers, cut_body, nonsense], ids=lambda f: f.__name__)
async def test_a_read_is_sent_again_whatever_the_wire_does(fault: Behaviour, server: RawServer, bee: LedgerBee) -> None:
    """Until it is answered."""
    server.does(fault, answer)

    assert {} == await bee._calls.one(GET, ANY, path=("1",))


async def test_a_write_to_an_idle_connection_that_was_closed_is_unknown(server: RawServer, bee: LedgerBee) -> None:
    """The bytes left before the close was seen; nobody knows what the server did with them."""
    closed = anyio.Event()

    async def answer_then_close_on_next(stream: SocketStream, request: bytes) -> None:
        await stream.send(ANSWER)
        closed.set()

    server.does(answer_then_close_on_next, hang_up)
    await bee._calls.one(CREATE, ANY, body={})
    await closed.wait()

    with pytest.raises(OutcomeUnknownError):
        await bee._calls.one(CREATE, ANY, body={})
    assert 2 == len(server.requests)
    assert 1 == server.connections


async def test_a_refused_connection_sent_nothing(clock: FakeClock, over: dict[str, Any]) -> None:
    """Nobody listens there: four tries, and the caller may try again."""
    async with raw_server() as server:
        url = server.url
    async with LedgerBee(ApiKey("k"), base_url=url, clock=clock.clock, **over) as bee:
        with pytest.raises(ConnectionFailedError, match="nothing was sent"):
            await bee._calls.one(CREATE, ANY, body={})

    assert 3 == len(clock.slept)


async def test_a_write_that_waited_for_the_pool_sent_nothing(server: RawServer, over: dict[str, Any]) -> None:
    """A full pool leaves no doubt: the trace of the request shows that no byte was sent."""
    from ledgerbee_client import LedgerBeeError

    go = anyio.Event()
    failures: list[LedgerBeeError] = []

    async def hold(stream: Any, request: bytes) -> None:
        await go.wait()
        await stream.aclose()

    server.does(hold)

    async def call(bee: LedgerBee, timeout: float) -> None:  # noqa: ASYNC109
        try:
            await bee._calls.one(CREATE, ANY, body={}, timeout=timeout)
        except LedgerBeeError as error:
            failures.append(error)

    async with (
        LedgerBee(ApiKey("k"), base_url=server.url, max_retries=0, **over) as bee,
        anyio.create_task_group() as group,
    ):
        for _ in range(100):
            group.start_soon(call, bee, 30)
        while len(server.requests) < 100:  # noqa: ASYNC110 (the server counts, and tells nobody)
            await anyio.sleep(0.005)
        await call(bee, 0.05)
        go.set()

    assert not isinstance(failures[0], OutcomeUnknownError)
    assert "nothing was sent" in str(failures[0])
    assert 100 == sum(isinstance(failure, OutcomeUnknownError) for failure in failures)


async def test_a_silent_server_is_left_at_the_deadline(server: RawServer, over: dict[str, Any]) -> None:
    """And its connection is dropped."""
    server.does(silence)
    async with LedgerBee(ApiKey("k"), base_url=server.url, **over) as bee:
        with anyio.fail_after(5), pytest.raises(OutcomeUnknownError):
            await bee._calls.one(CREATE, ANY, body={}, timeout=0.5)


async def test_a_write_that_breaks_half_way_is_unknown(over: dict[str, Any]) -> None:
    """Twelve megabytes into a connection that is reset after the first bytes: one try."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    tries = 0

    async def handle(stream: SocketStream) -> None:
        nonlocal tries
        tries += 1
        async with stream:
            await stream.receive()
            await reset(stream, b"")

    port = listener.extra(SocketAttribute.local_port)
    file = Attachment.from_bytes(b"%PDF-" + b"x" * 9_000_000, filename="a.pdf")
    async with anyio.create_task_group() as group:
        group.start_soon(listener.serve, handle)
        async with LedgerBee(ApiKey("k"), base_url=f"http://127.0.0.1:{port}/api", **over) as bee:
            with pytest.raises(OutcomeUnknownError):
                await bee._calls.one(CREATE, ANY, body={"attachments": [file]})
        group.cancel_scope.cancel()
    await listener.aclose()

    assert 1 == tries


async def test_a_proxy_of_the_environment_is_used(
    server: RawServer, monkeypatch: pytest.MonkeyPatch, over: dict[str, Any]
) -> None:
    """Plain http goes to it as a whole URL."""
    server.does(answer)
    for name in ("NO_PROXY", "no_proxy", "http_proxy", "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{server.port}")

    async with LedgerBee(ApiKey("k"), base_url="http://ledgerbee.invalid/api", allow_http=True, **over) as bee:
        await bee._calls.one(GET, ANY, path=("1",))

    assert server.requests[0].startswith(b"GET http://ledgerbee.invalid/api/v1/things/1 HTTP/1.1")


async def test_https_is_tunnelled_through_the_proxy(
    server: RawServer, monkeypatch: pytest.MonkeyPatch, over: dict[str, Any]
) -> None:
    """The proxy sees a CONNECT and neither path nor key; one that refuses it has sent nothing."""

    async def refuse(stream: SocketStream, request: bytes) -> None:
        await stream.send(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")

    server.does(refuse)
    for name in ("NO_PROXY", "no_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{server.port}")

    async with LedgerBee(ApiKey("key-canary"), base_url="https://ledgerbee.invalid/api", max_retries=0, **over) as bee:
        with pytest.raises(ConnectionFailedError, match="the proxy refused the connection; nothing was sent"):
            await bee._calls.one(CREATE, ANY, body={})

    assert server.requests[0].startswith(b"CONNECT ledgerbee.invalid:443 HTTP/1.1")
    assert b"key-canary" not in server.requests[0]


async def test_no_proxy_excepts_a_host(server: RawServer, monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> None:
    """It is called directly, where no server listens."""
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{server.port}")
    monkeypatch.setenv("NO_PROXY", "ledgerbee.invalid")

    async with LedgerBee(
        ApiKey("k"), base_url="http://ledgerbee.invalid:1/api", allow_http=True, clock=clock.clock, max_retries=0
    ) as bee:
        with pytest.raises(ConnectionFailedError):
            await bee._calls.one(GET, ANY, path=("1",))

    assert [] == server.requests


async def test_a_certificate_of_ones_own_is_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By SSL_CERT_FILE or verify=, and not without."""
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    await anyio.to_thread.run_sync(lambda: subprocess.run([*command, *names], check=True, capture_output=True))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    url = f"https://127.0.0.1:{listener.extra(SocketAttribute.local_port)}/api"

    async def handle(stream: SocketStream) -> None:
        from anyio.streams.tls import TLSStream

        async with stream:
            try:
                tls = await TLSStream.wrap(stream, ssl_context=context, server_side=True, standard_compatible=False)
                await tls.receive()
                await tls.send(ANSWER)
            except (anyio.BrokenResourceError, anyio.EndOfStream, ssl.SSLError):
                pass

    async def call(**options: str | Path) -> object:
        async with LedgerBee(ApiKey("k"), base_url=url, max_retries=0, **options) as bee:  # type: ignore[arg-type]
            return await bee._calls.one(GET, ANY, path=("1",))

    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    async with anyio.create_task_group() as group:
        group.start_soon(listener.serve, handle)
        with pytest.raises(ConnectionFailedError, match=r"certificate is not trusted .*; nothing was sent"):
            await call()
        assert {} == await call(verify=certificate)
        assert {} == await call(verify=os.fspath(certificate))
        monkeypatch.setenv("SSL_CERT_FILE", os.fspath(certificate))
        assert {} == await call()
        group.cancel_scope.cancel()
    await listener.aclose()


async def test_an_answer_without_end_is_left(server: RawServer, bee: LedgerBee) -> None:
    """Once it is over the limit: memory is bounded."""

    async def flood(stream: SocketStream, request: bytes) -> None:
        await stream.send(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2000000000\r\n\r\n")
        while True:
            await stream.send(b" " * 1_000_000)

    server.does(flood)

    with pytest.raises(UnreadableAnswerError, match="longer than 20,000,000 bytes"):
        await bee._calls.one(GET, ANY, path=("1",))


async def test_an_answer_compressed_again_and_again_is_broken(server: RawServer, bee: LedgerBee) -> None:
    """Each time multiplies by a thousand what a few bytes become."""
    bomb = gzip.compress(gzip.compress(b" " * 10_000_000))
    head = b"HTTP/1.1 201 Created\r\ncontent-encoding: gzip, gzip\r\ncontent-length: %d\r\n\r\n"

    async def explode(stream: SocketStream, request: bytes) -> None:
        await stream.send(head % len(bomb) + bomb)

    server.does(explode)

    with pytest.raises(OutcomeUnknownError, match="is encoded as 'gzip, gzip', and gzip, deflate were asked for"):
        await bee._calls.one(CREATE, ANY, body={})


def test_a_client_belongs_to_one_event_loop(over: dict[str, Any]) -> None:
    """In a second asyncio.run() it says so, and sends nothing over connections of the first."""
    bee = LedgerBee(ApiKey("k"), base_url="http://127.0.0.1:9/api", max_retries=0, **over)

    async def first() -> None:
        with pytest.raises(ConnectionFailedError):
            await bee._calls.one(GET, ANY, path=("1",))

    async def second() -> None:
        with pytest.raises(ClientClosedError, match="another event loop"):
            await bee._calls.one(CREATE, ANY, body={})
        await bee.aclose()

    asyncio.run(first())
    asyncio.run(second())


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_tasks_cancelled_at_any_step_leave_the_connections_usable(
    server: RawServer, over: dict[str, Any]
) -> None:
    """asyncio cancels also what shields itself; the next call must not wait for what the last one left."""
    server.does(answer)
    async with LedgerBee(ApiKey("k"), base_url=server.url, max_retries=0, **over) as bee:
        for steps in range(40):
            task = asyncio.ensure_future(bee._calls.one(GET, ANY, path=("1",)))
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            assert {} == await bee._calls.one(GET, ANY, path=("1",), timeout=5)


@pytest.mark.parametrize("path", ["a;b=c", "a%20b", "a//b", "%5Bx%5D"])
async def test_the_path_of_a_base_url_is_sent_as_it_is(path: str, server: RawServer, over: dict[str, Any]) -> None:
    """Nothing of it is dropped, and nothing quoted twice."""
    server.does(answer)
    async with LedgerBee(ApiKey("k"), base_url=f"{server.url}/{path}", **over) as bee:
        await bee._calls.one(CREATE, ANY, body={})

    assert server.requests[0].startswith(f"POST /api/{path}/v1/things HTTP/1.1\r\n".encode())


async def test_a_default_port_is_left_out_of_host(server: RawServer, over: dict[str, Any]) -> None:
    """As RFC 9110 has it; servers that go by the name alone know no other."""
    server.does(answer)
    proxy = f"http://127.0.0.1:{server.port}"
    async with LedgerBee(
        ApiKey("k"), base_url="http://ledgerbee.invalid:80/api", allow_http=True, proxy=proxy, **over
    ) as bee:
        await bee._calls.one(CREATE, ANY, body={})

    assert b"\r\nhost: ledgerbee.invalid\r\n" in server.requests[0].lower()
