"""`Sandbox`: an offline LedgerBee for tests and first steps."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import httpx

from ledgerbee_sandbox.app import App
from ledgerbee_sandbox.books import Books, Clock
from ledgerbee_sandbox.demo import API_KEY
from ledgerbee_sandbox.serving.in_process import InProcessTransport
from ledgerbee_sandbox.state.request_log import LoggedRequest
from ledgerbee_sandbox.state.state import State

if TYPE_CHECKING:
    from ledgerbee_client import ApiKey, ClientCredentials, LedgerBee
    from ledgerbee_sandbox.serving.loopback import LoopbackServer

IN_PROCESS_URL = "http://localhost"
_DELIVERY_POLL_SECONDS = 0.25


class Sandbox:
    """
    A company in a sandboxed LedgerBee.

        async with Sandbox() as sandbox, sandbox.client() as bee:
            async for invoice in bee.invoices.list():
                ...

    By default it runs in the process, without a socket, on asyncio and trio. With `serve=True` it listens on a free
    port of 127.0.0.1 besides (asyncio only), so that other processes and other clients reach it at `url`.

    Args:
        serve: Listen on loopback.
        host: Where to listen; anything but loopback lets other machines in.
        port: The port; 0 takes a free one.
        schema: The OpenAPI file to route from; the one that was shipped unless given.
        db: An SQLite file that keeps the books; an acknowledged booking is on disk. One sandbox has it open at a time.
        clock: The sandbox's present, for tests that move it.
        invoices: How many invoices the demo company starts with.
        entries: How many journal entries it starts with, besides those of its invoices.
        customers: How many customers it starts with; at least 8.
        strict: Raise where an answer does not fit the schema, instead of logging it.
    """

    def __init__(
        self,
        *,
        serve: bool = False,
        host: str = "127.0.0.1",
        port: int = 0,
        schema: str | Path | None = None,
        db: str | Path | None = None,
        clock: Clock | None = None,
        invoices: int = 30,
        entries: int = 0,
        customers: int = 8,
        strict: bool = False,
    ) -> None:
        self.state = State.open(
            schema=schema, db=db, clock=clock, strict=strict, invoices=invoices, entries=entries, customers=customers
        )
        self.app = App(self.state)
        self.api_key = API_KEY
        self._address = (host, port)
        self._serve = serve
        self._server: LoopbackServer | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def __repr__(self) -> str:
        """Show where it is."""
        return f"<Sandbox at {self.url}>" if self._server else "<Sandbox in this process>"

    @property
    def books(self) -> Books:
        """What the sandbox remembers, for tests that look."""
        return self.state.books

    @property
    def clock(self) -> Clock:
        """The sandbox's present: `stop_at()` freezes it, `advance()` moves it."""
        return self.state.books.clock

    @property
    def requests(self) -> list[LoggedRequest]:
        """The requests that came in, oldest first, with what became of each. Credentials are not kept."""
        return list(self.state.request_log)

    @property
    def url(self) -> str:
        """Where the sandbox is: a real address when it listens, else one that only `transport()` understands."""
        return self._server.url if self._server else IN_PROCESS_URL

    @property
    def base_url(self) -> str:
        """The base URL of the API, which is what a client wants."""
        return f"{self.url}/api"

    def transport(self) -> httpx.AsyncBaseTransport:
        """An httpx transport that reaches this sandbox without a socket."""
        return InProcessTransport(self.app)

    def http(self) -> httpx.AsyncClient:
        """A bare httpx client for the sandbox, credentials not included."""
        transport = None if self._server else self.transport()
        return httpx.AsyncClient(transport=transport, base_url=self.url, trust_env=False, timeout=30)

    def client(self, credentials: ApiKey | ClientCredentials | None = None, **options: Any) -> LedgerBee:
        """
        A `LedgerBee` that talks to this sandbox.

        Args:
            credentials: The sandbox's ordinary key unless given.
            options: What else `LedgerBee` takes, such as `timeout` or `max_retries`.
        """
        from ledgerbee_client import ApiKey, LedgerBee

        if self._server is None:
            options.setdefault("transport", self.transport())
        return LedgerBee(credentials or ApiKey(self.api_key), base_url=self.base_url, **options)

    def fault(self, kind: str, operation: str = "*", **options: Any) -> None:
        """
        Let the next request of an operation go wrong; the kinds and options are those of `/_sandbox/faults`.

        Raises:
            FaultError: no such kind, option or operation, or a value that its option cannot have; a ValueError.
        """
        self.state.faults.add({"kind": kind, "operation": operation, **options})

    if not TYPE_CHECKING:

        def __enter__(self):
            raise RuntimeError("a sandbox is opened with `async with Sandbox() as sandbox:`, in an async function")

        __exit__ = __enter__

    async def __aenter__(self) -> Self:
        """
        Listen, where it was asked for.

        Raises:
            RuntimeError: it listens already.
        """
        if self._serve:
            if self._server:
                raise RuntimeError("this sandbox listens already; it is entered once")
            from ledgerbee_sandbox.serving.loopback import LoopbackServer, bind  # uvicorn, which few tests need.

            self.app.load()
            self._server = LoopbackServer(self.app, bind(*self._address))
            self._tasks = [asyncio.create_task(work) for work in (self._server.serve(), self._deliver())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server:
            server, deliveries = self._tasks
            deliveries.cancel()
            self._server.stop()
            await asyncio.wait([server, deliveries])
            self._server, self._tasks = None, []
        self.close()

    def close(self) -> None:
        """Let go of the file of the books, where there is one. Leaving the context does this, too."""
        self.state.books.close()

    async def _deliver(self) -> None:
        """Post what is due to the receiver, where one is set, a few times a second."""
        while True:
            await self.state.deliveries.attempt_due(self.state.receiver)
            await asyncio.sleep(_DELIVERY_POLL_SECONDS)
