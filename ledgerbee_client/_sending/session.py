"""What a client and its views share: the connection pool, the credentials, and what has been logged already."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import anyio

from .._auth.credentials import ApiKey, ClientCredentials
from .._base.clock import Clock
from .._base.loops import running_loop
from .._http.redaction import Secrets
from ..errors import ClientClosedError
from .notices import DeprecationNotices

if TYPE_CHECKING:
    from .._http.interface import Http

_CLOSING_SECONDS = 5.0


class Session:
    """Holds the connection pool from its first use until it is closed."""

    def __init__(
        self,
        base_url: str,
        credentials: ApiKey | ClientCredentials,
        clock: Clock,
        connect: Callable[[], Http],
        *,
        has_transport: bool,
    ) -> None:
        self.base_url: str = base_url
        self.credentials: ApiKey | ClientCredentials = credentials
        self.secrets: Secrets = Secrets((credentials.reveal(),))
        self.clock: Clock = clock
        self.notices: DeprecationNotices = DeprecationNotices(clock)
        self._connect, self._has_transport, self._opening = connect, has_transport, anyio.Lock()
        self._first_loop: dict[str, object] = {}
        self._http: Http | None = None
        self._closed = False

    @property
    def pool(self) -> Http | None:
        """
        The connection pool, where it was opened.

        Raises:
            ClientClosedError: it was closed, or belongs to another event loop.
        """
        if self._closed:
            raise ClientClosedError("the client is closed, for good; make a new one.")
        if self._belongs_to_other_loop():
            words = "the client belongs to another event loop, the one that used it first; nothing was sent. Make the"
            raise ClientClosedError(f"{words} client within the asyncio.run(), thread or test that uses it.")
        return self._http

    async def open(self) -> Http:
        """Return the connection pool; made in a thread, because certificates take long to load."""
        # Looked at before the lock, which wakes no task of another event loop.
        if self.pool is None and self._has_transport:
            self._http = self._connect()
        elif self._http is None:
            async with self._opening:
                self._http = self._http or await anyio.to_thread.run_sync(self._connect, abandon_on_cancel=True)
        pool = self.pool  # It may have been closed meanwhile.
        assert pool is not None
        return pool

    def _belongs_to_other_loop(self) -> bool:
        running = running_loop()
        # Two threads may both be first; one of them counts for both.
        is_another = self._first_loop.setdefault("", running) != running
        return is_another and (self._http.is_bound if self._http else not self._has_transport)

    async def close(self) -> None:
        """Close the pool, for good."""
        self._closed = True
        # A block that is left because it was cancelled closes its connections too.
        with anyio.move_on_after(_CLOSING_SECONDS, shield=True):
            if self._http is not None and not self._belongs_to_other_loop():
                await self._http.aclose()
