"""The client: configuration in, resources out."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Self

from . import _config, _network
from ._auth.credentials import ApiKey, ClientCredentials
from ._version import __version__
from .api import Resources
from .errors import ConfigurationError, InvalidValueError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from ._base.clock import Clock
    from ._calls.calls import Calls
    from ._http.httpx_transport import Transport
    from ._http.interface import Http
    from .events import Captured, Observer


class LedgerBee(Resources):
    """
    The LedgerBee API. One client serves a whole program; use it in an `async with`, or `aclose()` it.

    Args:
        credentials: `ApiKey("...")` or `ClientCredentials("id", "secret")`.
        base_url: Where the API is; `.../api`, without a version.
        timeout: Seconds that a call may take, all its tries, waits and the token fetch included. A read that has no
            answer after half of what is left is tried again; a write has it all.
        max_retries: How often a failed try is followed by another, where repeating is harmless.
        headers: Headers sent with every call.
        transport: `"aiohttp"` for aiohttp's pool, on asyncio (extra `[aiohttp]`); or your own way to the network, an
            httpx.AsyncBaseTransport, instead of the pool that `proxy` and `verify` are for. None: a pool of
            httpcore, httpx's engine.
        proxy: URL of a proxy. By default HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY are honoured.
        verify: An SSL context, or the path of a file with certificates, as text or Path. By default SSL_CERT_FILE is
            honoured.
        allow_http: Allow plain http to other machines than this one.
        on_event: Called with a frozen `events.Event` for each try, answer, retry, token and unknown outcome.
        clock: Time, sleep and chance; for tests.

    Raises:
        ConfigurationError: something of this cannot work.
    """

    def __init__(
        self,
        credentials: ApiKey | ClientCredentials,
        *,
        base_url: str = _config.BASE_URL,
        timeout: float = 30.0,
        max_retries: int = 3,
        headers: Mapping[str, str] | None = None,
        transport: Transport | Literal["aiohttp"] | None = None,
        proxy: str | None = None,
        verify: ssl.SSLContext | str | os.PathLike[str] | bool = True,
        allow_http: bool = False,
        on_event: Observer | None = None,
        clock: Clock | None = None,
    ) -> None:
        if not isinstance(credentials, (ApiKey, ClientCredentials)):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigurationError(
                f"credentials must be ApiKey(...) or ClientCredentials(...), not {type(credentials).__name__}."
            )
        url = _config.checked_base_url(base_url, allow_http=allow_http)
        if transport not in (None, "aiohttp") and proxy is not None:
            raise ConfigurationError("proxy is for the client's own transport; give it to yours instead.")

        seconds, retries = _config.checked_seconds(timeout), _config.checked_count(max_retries)
        observer = _config.checked_observer(on_event)
        _network.check_transport(transport)
        certificates: Any = _network.checked_verify(verify)
        proxy = _network.checked_proxy(proxy, with_aiohttp=transport == "aiohttp") or _network.proxy_for(url)
        time = _config.checked_clock(clock)
        own = {"accept": "application/json", "accept-encoding": "gzip, deflate"}
        own |= {"user-agent": f"ledgerbee-client/{__version__}", **_checked_headers(headers)}

        def connect() -> Http:
            if transport == "aiohttp":
                from ._http.aiohttp_transport import AiohttpTransport

                return AiohttpTransport(url, proxy, certificates)
            if transport is not None:
                from ._http.httpx_transport import HttpxTransport

                return HttpxTransport(url, transport)
            from ._http.transport import HttpcoreTransport

            return HttpcoreTransport(url, proxy, certificates)

        @cache
        def assemble() -> Calls:
            from ._base.clock import Clock
            from ._calls.calls import Calls
            from ._sending.attempt import Attempt
            from ._sending.call import Options
            from ._sending.sender import Sender
            from ._sending.session import Session

            session = Session(
                url, credentials, time or Clock(), connect, has_transport=transport not in (None, "aiohttp")
            )
            options = Options(timeout=seconds, max_retries=retries, observer=observer, headers=own)
            attempt, tokens = Attempt(session, options), None
            if isinstance(credentials, ClientCredentials):
                from ._sending.token_request import token_source

                tokens = token_source(session, credentials)
            return Calls(Sender(attempt, tokens))

        self._base_url, self._credentials, self._is_view = url, credentials, False
        self._assemble: Callable[[], Calls] = assemble

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None, **options: Any) -> Self:
        """
        Make a client from LEDGERBEE_API_KEY, or LEDGERBEE_CLIENT_ID and LEDGERBEE_CLIENT_SECRET, and
        LEDGERBEE_BASE_URL.

        Args:
            env: Read this instead of the environment, which is read now.
            **options: What `LedgerBee` takes; a `base_url` given here wins.

        Raises:
            ConfigurationError: no credentials, half of a pair, or two kinds at once.
        """
        found = _config.from_environment(env)
        del env  # Tools that report errors show the local variables of this frame.
        if found.credentials is None:
            raise ConfigurationError(found.fault)
        if found.base_url:
            options.setdefault("base_url", found.base_url)
        return cls(found.credentials, **options)

    @property
    def _calls(self) -> Calls:
        """The runtime behind the client, for generated code."""
        # Assembled when it is first used, so that making a client imports none of it.
        return self._assemble()

    @property
    def base_url(self) -> str:
        """Where the API is."""
        return self._base_url

    def with_options(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        headers: Mapping[str, str] | None = None,
        on_event: Observer | None = None,
    ) -> Self:
        """Return a view with other options: same pool, same token. Closing a view closes nothing."""
        from attrs import evolve

        from ._calls.calls import Calls
        from ._sending.attempt import Attempt
        from ._sending.sender import Sender

        sender = self._calls.sender
        attempt = sender.attempt
        given = {"timeout": timeout, "max_retries": max_retries, "observer": _config.checked_observer(on_event)}
        new: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        new["headers"] = {**attempt.options.headers, **_checked_headers(headers)}
        view = type(self).__new__(type(self))
        view._base_url, view._credentials, view._is_view = self._base_url, self._credentials, True
        calls = Calls(Sender(Attempt(attempt.session, evolve(attempt.options, **new)), sender.tokens))
        view._assemble = lambda: calls
        return view

    def capture(self) -> AbstractContextManager[list[Captured]]:
        """Collect the raw answers of every call made in the block: `with bee.capture() as calls: ...`."""
        from .events import capture

        return capture()

    async def aclose(self) -> None:
        """Close the connections; calls are refused from now on."""
        if not self._is_view:
            await self._calls.sender.attempt.session.close()

    async def __aenter__(self) -> Self:
        """Open the connection pool, in a thread like the imports, so that neither stalls the event loop."""
        await _in_thread(_import)
        await self._calls.sender.attempt.session.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self.aclose()

    if not TYPE_CHECKING:

        def __enter__(self):
            words = "there is no synchronous client: write `async with LedgerBee(...) as bee:` in an async function,"
            raise ConfigurationError(f"{words} and run that with `asyncio.run()`.")

        __exit__ = __enter__

    def __repr__(self) -> str:
        """Show where it calls, and nothing of the credentials."""
        # Tools that report errors show one that could not be made, too.
        if not hasattr(self, "_credentials"):
            return f"{type(self).__name__}(...)"
        return f"{type(self).__name__}({self._credentials!r}, base_url={self.base_url!r})"

    def __reduce__(self) -> NoReturn:
        raise ConfigurationError("a client is not pickled: its credentials would leave with it.")


def _checked_headers(headers: object) -> dict[str, str]:
    """Return headers by lower-case names, or raise ConfigurationError."""
    if headers is None:
        return {}
    from collections.abc import Mapping

    if not isinstance(headers, Mapping):
        raise ConfigurationError(f"headers must be a mapping of names and texts, not {type(headers).__name__}.")
    from ._calls.encoding import headers_of

    try:
        return dict(headers_of(None, headers))  # pyright: ignore[reportUnknownArgumentType]
    except InvalidValueError as error:
        words = f"headers.{error.where.partition('.')[2]}: expected {error.expected}, got {error.got}."
    raise ConfigurationError(words)


def _import() -> None:
    from contextlib import suppress
    from importlib import import_module

    for name in ("_calls.calls", "_http.transport", "_models.answers"):
        import_module(f".{name}", __package__)
    # What anyio would import on the event loop with the first request, under a name that it may change.
    with suppress(ImportError):
        import_module("anyio._backends._asyncio")


async def _in_thread(work: Callable[[], None]) -> None:
    # Without anyio where asyncio runs: importing it takes longer than the loop may be stalled.
    try:
        import asyncio

        loop = asyncio.get_running_loop()
    except RuntimeError:
        import anyio

        await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
    else:
        await loop.run_in_executor(None, work)
