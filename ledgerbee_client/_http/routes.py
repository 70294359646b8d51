"""The way to the server: straight, or through a proxy. What a proxy is told here is no byte of a request."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, unquote, urlsplit

import h11

from .certificates import tls_context
from .sockets import Stream, connect
from .tls import TlsStream

_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}


class RefusedError(Exception):
    """No connection, in words that are safe to show. Stays in this package."""


class Route:
    """
    How the server is reached, and how a request is written for whoever reads it first.

    Attributes:
        prefix: What stands before the target of each request.
        headers: Those that every request has.
    """

    def __init__(self, base_url: str, proxy: str | None, verify: ssl.SSLContext | str | bool) -> None:
        base, by = urlsplit(base_url), urlsplit(proxy) if proxy else None
        self._host, self._port = base.hostname or "", base.port or _PORTS[base.scheme]
        name = f"[{self._host}]" if ":" in self._host else self._host
        self._netloc = f"{name}:{self._port}".encode()
        host = name.encode() if self._port == _PORTS[base.scheme] else self._netloc
        self.prefix: bytes = quote(base.path.rstrip("/"), safe="/%:!$&'()*+,;=~").encode()
        self.headers: list[tuple[bytes, bytes]] = [(b"host", host)]
        # Plain http needs no certificates, which take a third of the time of a start.
        self._context = _context(verify) if base.scheme == "https" else None
        self._proxy, self._login = by, _login(by)
        self._proxy_context = _context(True) if by and by.scheme == "https" else None
        if by and self._context is None and by.scheme in {"http", "https"}:
            self.prefix = b"http://" + host + self.prefix
            self.headers += _authorization(self._login)

    async def open(self) -> Stream:
        """Make a connection, over which requests can be sent."""
        proxy = self._proxy
        host, port = (proxy.hostname or "", proxy.port or _PORTS[proxy.scheme]) if proxy else (self._host, self._port)
        stream: Stream = await connect(host, port)
        try:
            if self._proxy_context:
                stream = await _secured(stream, self._proxy_context, host)
            if proxy and proxy.scheme.startswith("socks"):
                await _pass_socks(stream, self._host, self._port, self._login)
            elif proxy and self._context:
                await _open_tunnel(stream, self._netloc, _authorization(self._login))
            return await _secured(stream, self._context, self._host) if self._context else stream
        except BaseException:
            stream.close()
            raise


def _context(verify: ssl.SSLContext | str | bool) -> ssl.SSLContext:
    context = tls_context(verify)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _login(proxy: SplitResult | None) -> tuple[bytes, bytes] | None:
    if proxy is None or not (proxy.username or proxy.password):
        return None
    return unquote(proxy.username or "").encode(), unquote(proxy.password or "").encode()


def _authorization(login: tuple[bytes, bytes] | None) -> list[tuple[bytes, bytes]]:
    return [(b"proxy-authorization", b"Basic " + base64.b64encode(b":".join(login)))] if login else []


async def _secured(stream: Stream, context: ssl.SSLContext, host: str) -> Stream:
    secured = TlsStream(stream, context, host)
    await secured.handshake()
    return secured


async def _open_tunnel(stream: Stream, target: bytes, authorization: Sequence[tuple[bytes, bytes]]) -> None:
    """Have an HTTP proxy connect to a server, and pass on what follows as it is."""
    proxy = h11.Connection(h11.CLIENT)
    headers = [(b"host", target), *authorization]
    await stream.send(proxy.send(h11.Request(method="CONNECT", target=target, headers=headers)))
    proxy.send(h11.EndOfMessage())
    while not isinstance(event := proxy.next_event(), h11.Response):
        if event is h11.NEED_DATA:
            proxy.receive_data(await stream.receive())
    # Servers speak second in TLS, so that nothing can have come through the tunnel by now.
    if not 200 <= event.status_code < 300 or proxy.trailing_data != (b"", False):
        raise RefusedError("the proxy refused the connection")


async def _pass_socks(stream: Stream, host: str, port: int, login: tuple[bytes, bytes] | None) -> None:
    """Have a SOCKS5 proxy connect to a server, whose name it looks up itself (RFC 1928 and 1929)."""
    held = b""

    async def take(size: int) -> bytes:
        nonlocal held
        while len(held) < size:
            if not (data := await stream.receive()):
                raise RefusedError("the proxy refused the connection")
            held += data
        taken, held = held[:size], held[size:]
        return taken

    method = b"\x02" if login else b"\x00"
    await stream.send(b"\x05\x01" + method)
    agreed = await take(2) == b"\x05" + method
    if agreed and login:
        await stream.send(b"\x01" + b"".join(bytes([len(part)]) + part for part in login))
        agreed = (await take(2))[1] == 0
    if agreed:
        await stream.send(b"\x05\x01\x00" + _socks_address(host) + port.to_bytes(2, "big"))
        _, status, _, kind = await take(4)
        agreed = status == 0
        await take({1: 4, 4: 16}.get(kind) or (await take(1))[0])
        await take(2)
    if not agreed or held:
        raise RefusedError("the proxy refused the connection")


def _socks_address(host: str) -> bytes:
    try:
        address = ip_address(host).packed
    except ValueError:
        name = host.encode()
        return b"\x03" + bytes([len(name)]) + name
    return (b"\x01" if len(address) == 4 else b"\x04") + address
