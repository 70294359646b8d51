"""Proxies by http, https and socks5: what they are told, and that it is no byte of a booking."""

from __future__ import annotations

import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import anyio
import pytest
import trustme
from anyio.abc import SocketAttribute, SocketStream

from ledgerbee_client import ApiKey, ConnectionFailedError, LedgerBee, OutcomeUnknownError
from ledgerbee_client._models.model import ANY

from .conftest import FakeClock
from .operations import CREATE, GET
from .raw_server import RawServer, answer, hang_up, raw_server

pytestmark = pytest.mark.anyio
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


async def pass_on(stream: Any, port: int, reply: bytes) -> None:
    """Connect to the server, say so, and carry bytes both ways until one side is done."""
    async with await anyio.connect_tcp("127.0.0.1", port) as upstream:
        await stream.send(reply)

        async def carry(source: Any, target: Any) -> None:
            try:
                async for part in source:
                    await target.send(part)
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                pass
            group.cancel_scope.cancel()

        async with anyio.create_task_group() as group:
            group.start_soon(carry, stream, upstream)
            group.start_soon(carry, upstream, stream)


def tunnel_to(port: int) -> Callable[[Any, bytes], Awaitable[None]]:
    """Answer a CONNECT with a tunnel to the server."""

    async def tunnel(stream: Any, request: bytes) -> None:
        await pass_on(stream, port, ESTABLISHED)
        await stream.aclose()

    return tunnel


async def test_plain_http_goes_to_the_proxy_as_a_whole_url(server: RawServer) -> None:
    """With the login of its URL, which is unquoted and sent to nobody else."""
    server.does(answer)

    async with LedgerBee(
        ApiKey("k"),
        base_url="http://ledgerbee.invalid:81/api",
        allow_http=True,
        proxy=f"http://u%40x:p%3A@127.0.0.1:{server.port}",
    ) as bee:
        await bee._calls.one(GET, ANY, path=("1",))
        await bee._calls.one(CREATE, ANY, body={})

    assert server.requests[0].startswith(b"GET http://ledgerbee.invalid:81/api/v1/things/1 HTTP/1.1\r\n")
    for request in server.requests:
        assert b"\r\nhost: ledgerbee.invalid:81\r\n" in request.lower()
        # dUB4OnA6 is u@x:p: in base64.
        assert b"\r\nproxy-authorization: basic dub4onA6\r\n".lower() in request.lower()
    assert 1 == server.connections


async def test_https_is_sent_through_a_tunnel(
    serving: ssl.SSLContext, trusting: ssl.SSLContext, server: RawServer
) -> None:
    """The proxy is told the name and the login; the server hears the calls, over one connection, and no login."""
    async with raw_server(serving) as behind:
        behind.does(answer)
        server.does(tunnel_to(behind.port))
        async with LedgerBee(
            ApiKey("key-canary"),
            base_url=behind.https_url,
            proxy=f"http://u:p@127.0.0.1:{server.port}",
            verify=trusting,
        ) as bee:
            await bee._calls.one(GET, ANY, path=("1",))
            await bee._calls.one(CREATE, ANY, body={})

    (asked,) = server.requests
    assert asked.startswith(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n" % behind.port)
    assert b"\r\nproxy-authorization: basic dtpw\r\n" in asked.lower()
    assert b"key-canary" not in asked
    assert 2 == len(behind.requests)
    assert all(b"proxy-authorization" not in request.lower() for request in behind.requests)


async def test_an_address_of_ipv6_is_told_in_brackets(
    authority: trustme.CA, serving: ssl.SSLContext, trusting: ssl.SSLContext, server: RawServer
) -> None:
    """As RFC 9112 has it, in a URL and in a CONNECT; the certificate is checked for the address."""
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("::1").configure_cert(shown)
    proxy = f"http://127.0.0.1:{server.port}"

    async with raw_server(shown) as behind, raw_server(serving) as other:
        behind.does(answer)
        server.does(answer, tunnel_to(behind.port), tunnel_to(other.port))
        async with LedgerBee(ApiKey("k"), base_url="http://[::1]:81/api", proxy=proxy) as bee:
            await bee._calls.one(GET, ANY, path=("1",))
        for good in (True, False):
            async with LedgerBee(
                ApiKey("k"), base_url="https://[::1]/api", proxy=proxy, verify=trusting, max_retries=0
            ) as bee:
                with nullcontext() if good else pytest.raises(ConnectionFailedError, match="is not trusted"):
                    await bee._calls.one(CREATE, ANY, body={})

    forwarded, *tunnels = server.requests
    assert forwarded.startswith(b"GET http://[::1]:81/api/v1/things/1 HTTP/1.1\r\nhost: [::1]:81\r\n")
    assert 2 == len(tunnels)
    assert all(asked.startswith(b"CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n") for asked in tunnels)
    assert b"\r\nhost: [::1]\r\n" in behind.requests[0]


async def test_a_proxy_is_spoken_to_in_tls(
    authority: trustme.CA,
    serving: ssl.SSLContext,
    trusting: ssl.SSLContext,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """TLS to the server runs in TLS to the proxy, which is trusted by SSL_CERT_FILE."""
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))

    async with raw_server(serving) as proxy, raw_server(serving) as behind:
        behind.does(answer)
        proxy.does(tunnel_to(behind.port))
        async with LedgerBee(
            ApiKey("k"), base_url=behind.https_url, proxy=f"https://127.0.0.1:{proxy.port}", verify=trusting
        ) as bee:
            for _ in range(3):
                assert {} == await bee._calls.one(CREATE, ANY, body={})

    assert 3 == len(behind.requests)
    assert 1 == proxy.connections


async def hang_up_in_the_tunnel(stream: SocketStream, request: bytes) -> None:
    """Establish it, read what comes first, and hang up."""
    await stream.send(ESTABLISHED)
    await stream.receive()
    await stream.aclose()


async def say_too_much(stream: SocketStream, request: bytes) -> None:
    """Establish it, with bytes behind the answer that no server has sent."""
    await stream.send(ESTABLISHED + b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}")


async def cut_the_answer(stream: SocketStream, request: bytes) -> None:
    """Begin to say that it is established."""
    await stream.send(b"HTTP/1.1 200 Conn")
    await stream.aclose()


@pytest.mark.parametrize(
    "fault", [hang_up, hang_up_in_the_tunnel, say_too_much, cut_the_answer], ids=lambda fault: fault.__name__
)
async def test_what_a_tunnel_took_is_no_byte_of_a_booking(
    fault: Callable[[SocketStream, bytes], Awaitable[None]], server: RawServer, clock: FakeClock
) -> None:
    """CONNECT and a TLS handshake are not the booking: it is tried again, and nothing was sent."""
    server.does(fault)

    async with LedgerBee(
        ApiKey("k"),
        base_url="https://ledgerbee.invalid/api",
        proxy=f"http://127.0.0.1:{server.port}",
        clock=clock.clock,
    ) as bee:
        with pytest.raises(ConnectionFailedError, match="nothing was sent"):
            await bee._calls.one(CREATE, ANY, body={})

    assert 4 == len(server.requests)
    await server.is_left()


async def test_a_booking_that_left_through_a_tunnel_is_unknown(
    serving: ssl.SSLContext, trusting: ssl.SSLContext, server: RawServer
) -> None:
    """The server behind it has read the booking, and hangs up."""
    async with raw_server(serving) as behind:
        behind.does(hang_up)
        server.does(tunnel_to(behind.port))
        async with LedgerBee(
            ApiKey("k"), base_url=behind.https_url, proxy=f"http://127.0.0.1:{server.port}", verify=trusting
        ) as bee:
            with pytest.raises(OutcomeUnknownError):
                await bee._calls.one(CREATE, ANY, body={})

    assert 1 == len(behind.requests)


@asynccontextmanager
async def socks_proxy(replies: list[bytes], port: int = 0) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A SOCKS5 proxy that says what is scripted, and after the last word passes on; with what it was told."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    told = list[bytes]()

    async def handle(stream: SocketStream) -> None:
        async with stream:
            try:
                for reply in replies[:-1]:
                    told.append(await stream.receive())
                    await stream.send(reply)
                told.append(await stream.receive())
                if port:
                    await pass_on(stream, port, replies[-1])
                else:
                    await stream.send(replies[-1])
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                pass

    async with anyio.create_task_group() as group:
        group.start_soon(listener.serve, handle)
        yield f"127.0.0.1:{listener.extra(SocketAttribute.local_port)}", told
        group.cancel_scope.cancel()
    await listener.aclose()


CONNECTED = b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50"
"""RFC 1928: succeeded, bound to 127.0.0.1:80."""


@pytest.mark.parametrize("secure", [False, True])
async def test_a_socks_proxy_is_gone_through(secure: bool, serving: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    """Plain http and TLS alike."""
    async with raw_server(serving if secure else None) as behind:
        behind.does(answer)
        async with socks_proxy([b"\x05\x00", CONNECTED], behind.port) as (proxy, told):
            url = behind.https_url if secure else behind.url
            async with LedgerBee(ApiKey("k"), base_url=url, proxy=f"socks5://{proxy}", verify=trusting) as bee:
                for _ in range(2):
                    assert {} == await bee._calls.one(CREATE, ANY, body={})

    assert [b"\x05\x01\x00", b"\x05\x01\x00\x01\x7f\x00\x00\x01" + behind.port.to_bytes(2, "big")] == told
    assert 2 == len(behind.requests)


async def test_a_socks_proxy_looks_up_names_itself_and_asks_for_a_login(server: RawServer) -> None:
    """RFC 1929: the name and the password, then the host as a name, which this machine never asks for."""
    server.does(answer)
    # Bound to the name "ab", which is read to its end.
    replies = [b"\x05\x02", b"\x01\x00", b"\x05\x00\x00\x03\x02ab\x00\x50"]
    async with (
        socks_proxy(replies, server.port) as (proxy, told),
        LedgerBee(
            ApiKey("k"), base_url="http://ledgerbee.invalid/api", allow_http=True, proxy=f"socks5h://u:p%20w@{proxy}"
        ) as bee,
    ):
        assert {} == await bee._calls.one(GET, ANY, path=("1",))

    assert [b"\x05\x01\x02", b"\x01\x01u\x03p w", b"\x05\x01\x00\x03\x11ledgerbee.invalid\x00\x50"] == told
    assert b"\r\nhost: ledgerbee.invalid\r\n" in server.requests[0].lower()


async def test_the_login_for_a_socks_proxy_is_not_logged(server: RawServer, caplog: pytest.LogCaptureFixture) -> None:
    """Also not by httpcore, which logs what it opens a connection with."""
    caplog.set_level(logging.DEBUG)
    server.does(answer)
    async with (
        socks_proxy([b"\x05\x02", b"\x01\x00", CONNECTED], server.port) as (proxy, told),
        LedgerBee(ApiKey("k"), base_url=server.url, proxy=f"socks5://user-canary:canary@{proxy}") as bee,
    ):
        await bee._calls.one(GET, ANY, path=("1",))

    assert b"canary" in told[1]
    assert "setup_socks5_connection" in caplog.text
    assert "canary" not in caplog.text


@pytest.mark.parametrize(
    ("login", "replies"),
    [
        ("", [b"\x05\xff"]),
        ("", [b"\x04\x00"]),
        ("", []),
        ("", [b"\x05\x00", b"\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00"]),
        ("", [b"\x05\x00", CONNECTED + b"x"]),
        ("u:canary@", [b"\x05\x00"]),
        ("u:canary@", [b"\x05\x02", b"\x01\x01"]),
    ],
)
async def test_a_socks_proxy_that_refuses_has_seen_nothing(login: str, replies: list[bytes], clock: FakeClock) -> None:
    """Whatever it refuses, and whatever it says beside it."""
    async with (
        socks_proxy([*replies, b""]) as (proxy, told),
        LedgerBee(
            ApiKey("k"),
            base_url="https://ledgerbee.invalid/api",
            proxy=f"socks5://{login}{proxy}",
            clock=clock.clock,
            max_retries=0,
        ) as bee,
    ):
        with pytest.raises(ConnectionFailedError, match="nothing was sent") as got:
            await bee._calls.one(CREATE, ANY, body={})

    assert told
    assert "canary" not in str(got.value)
