"""Ways to the sandbox: through a proxy of the environment or of one's own, around it, or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import anyio
import pytest
from anyio.abc import SocketStream
from runtime.raw_server import RawServer, raw_server

from ledgerbee_client import ApiKey, ClientClosedError, ConfigurationError, LedgerBee
from ledgerbee_sandbox import API_KEY

from .sandbox_process import COMPANY, SandboxProcess

pytestmark = pytest.mark.anyio
ELSEWHERE = "http://ledgerbee.localhost/api"


@pytest.fixture
async def proxy(sandbox: SandboxProcess) -> AsyncIterator[RawServer]:
    """A proxy on loopback that takes every name for the sandbox's."""
    port = urlsplit(sandbox.base_url).port or 0

    async def relay(stream: SocketStream, request: bytes) -> None:
        near = request.replace(b" http://ledgerbee.localhost/", b" /", 1).replace(
            b"\r\n", b"\r\nconnection: close\r\n", 1
        )
        async with await anyio.connect_tcp("127.0.0.1", port) as upstream:
            await upstream.send(near)
            async for part in upstream:
                await stream.send(part)
        await stream.aclose()

    async with raw_server() as server:
        server.does(relay)
        yield server


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without proxies."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
async def test_a_proxy_of_the_environment_is_gone_through(
    name: str, proxy: RawServer, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the name that only it knows; plain http to another machine has to be allowed."""
    monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")

    async with LedgerBee(ApiKey(API_KEY), base_url=ELSEWHERE, allow_http=True) as bee:
        assert "Demo Bees ApS" == (await bee.company.get()).name

    assert proxy.requests[0].startswith(b"GET http://ledgerbee.localhost/api/v1/company HTTP/1.1")
    assert [200] == sandbox.statuses(COMPANY)


async def test_a_proxy_of_ones_own_is_gone_through(proxy: RawServer, sandbox: SandboxProcess) -> None:
    """Given as an argument."""
    url = f"http://127.0.0.1:{proxy.port}"
    async with LedgerBee(ApiKey(API_KEY), base_url=ELSEWHERE, allow_http=True, proxy=url) as bee:
        await bee.company.get()

    assert [200] == sandbox.statuses(COMPANY)


async def test_this_machine_is_reached_without_a_proxy(
    proxy: RawServer, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the environment says: the proxy's loopback is another one."""
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")

    async with LedgerBee(ApiKey(API_KEY), base_url=sandbox.base_url) as bee:
        await bee.company.get()

    assert [] == proxy.requests
    assert [200] == sandbox.statuses(COMPANY)


async def test_plain_http_to_another_machine_is_refused(sandbox: SandboxProcess) -> None:
    """Before any key is sent."""
    with pytest.raises(ConfigurationError, match="allow_http"):
        LedgerBee(ApiKey(API_KEY), base_url=ELSEWHERE)

    assert [] == sandbox.seen()


async def test_a_closed_client_sends_nothing(bee: LedgerBee, sandbox: SandboxProcess) -> None:
    """A view closes nothing; the client does."""
    await bee.with_options(timeout=5).aclose()
    await bee.company.get()
    await bee.aclose()

    with pytest.raises(ClientClosedError):
        await bee.company.get()
    assert [200] == sandbox.statuses()
