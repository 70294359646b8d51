"""What the runtime's tests share: both event loops, a scripted API, a clock that is moved by hand."""

from __future__ import annotations

import json as jsonlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest
import trustme
from attrs import define, field

from ledgerbee_client import ApiKey, ClientCredentials, Clock, LedgerBee

from .raw_server import RawServer, raw_server


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> Any:
    """Run each test twice."""
    return request.param


Reply = Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]] | httpx.Response | BaseException


@define
class Seen:
    """A request as it came in."""

    method: str
    path: str
    query: dict[str, str]
    raw_target: str
    headers: httpx.Headers
    content: bytes
    origin: str

    @property
    def json(self) -> Any:
        return jsonlib.loads(self.content)


class Hanging:
    """A reply that never comes."""

    def __init__(self) -> None:
        self.started = anyio.Event()
        self.cancelled = 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.started.set()
        try:
            await anyio.sleep_forever()
        finally:
            self.cancelled += 1
        raise AssertionError


@define
class Script:
    """What one route says, in turn; the last word is repeated if it is for ever."""

    replies: list[Reply] = field(factory=list)
    for_ever: Reply | None = None

    def answers(self, status: int = 200, *, times: int = 1, **facts: Any) -> Script:
        for _ in range(times):
            self.replies.append(lambda request: httpx.Response(status, **facts))
        return self

    def raises(self, error: type[httpx.TransportError], *, times: int = 1) -> Script:
        self.replies += [error("scripted")] * times
        return self

    def always(self, reply: Reply | None = None, status: int = 200, **facts: Any) -> Script:
        self.for_ever = reply or (lambda request: httpx.Response(status, **facts))
        return self

    def does(self, reply: Reply) -> Script:
        self.replies.append(reply)
        return self


class ScriptedApi(httpx.AsyncBaseTransport):
    """A transport that remembers requests and refuses by name what nobody scripted."""

    def __init__(self) -> None:
        self.requests: list[Seen] = []
        self.closed = False
        self._routes: dict[tuple[str, str], Script] = {}

    def on(self, method: str, path: str) -> Script:
        return self._routes.setdefault((method, "/api" + path), Script())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        # Another task may run here, as it may on a network.
        await anyio.lowlevel.checkpoint()
        content = await request.aread()
        url = request.url
        self.requests.append(
            Seen(
                request.method, url.path, dict(url.params), url.raw_path.decode(), request.headers, content,
                f"{url.scheme}://{url.netloc.decode()}",
            )
        )  # fmt: skip
        script = self._routes.get((request.method, url.path))
        if script is None:
            pytest.fail(f"nobody scripted {request.method} {url.path}")
        if not (script.replies or script.for_ever):
            pytest.fail(f"{request.method} {url.path} was called once too often")
        reply = script.replies.pop(0) if script.replies else script.for_ever
        if isinstance(reply, BaseException):
            raise reply
        if isinstance(reply, httpx.Response):
            return reply
        assert reply is not None
        answer = reply(request)
        return answer if isinstance(answer, httpx.Response) else await answer

    async def aclose(self) -> None:
        self.closed = True

    def sent(self, path: str) -> list[Seen]:
        return [request for request in self.requests if request.path == "/api" + path]


class FakeClock:
    """Sleeping moves it; nobody waits."""

    def __init__(self) -> None:
        self.time = 1_790_000_000.0
        self.slept: list[float] = []
        self.chance = 0.5

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds
        await anyio.lowlevel.checkpoint()

    @property
    def clock(self) -> Clock:
        return Clock(monotonic=lambda: self.time, now=lambda: self.time, sleep=self.sleep, random=lambda: self.chance)


@pytest.fixture
def api() -> ScriptedApi:
    """The scripted API."""
    return ScriptedApi()


@pytest.fixture
def clock() -> FakeClock:
    """The clock."""
    return FakeClock()


@pytest.fixture
def credentials() -> ApiKey | ClientCredentials:
    """An API key; modules about tokens have client credentials instead."""
    return ApiKey("key-canary")


@pytest.fixture
async def bee(credentials: ApiKey | ClientCredentials, api: ScriptedApi, clock: FakeClock) -> AsyncIterator[LedgerBee]:
    """A client on the scripted API."""
    async with LedgerBee(credentials, transport=api, clock=clock.clock) as bee:
        yield bee


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    """A raw server on loopback."""
    async with raw_server() as server:
        yield server


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Somebody who signs certificates."""
    return trustme.CA()


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """What a client verifies with that trusts this authority alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    return context


@pytest.fixture
def serving(authority: trustme.CA) -> ssl.SSLContext:
    """What a server on loopback shows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context
