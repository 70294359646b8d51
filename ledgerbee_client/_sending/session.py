"""What a client and its views share: the connection pool, the credentials, and what has been logged already."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import anyio

from .._auth.credentials import ApiKey, ClientCredentials
from .._base.clock import Clock
from .._base.loops import FirstLoop
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
        self.clock: Clock = clock
        self.notices: DeprecationNotices = DeprecationNotices(clock)
        self._connect, self._has_transport, self._opening = connect, has_transport, anyio.Lock()
        self._first_loop = FirstLoop()
        self._http: Http | None = None
        self._closed = False

    async def http(self) -> Http:
        """Return the connection pool; made in a thread, because certificates take long to load."""
        # Before the lock, which wakes no task of another event loop.
        if not self._closed and self._belongs_to_other_loop:
            words = "the client belongs to another event loop, the one that used it first; nothing was sent. Make the"
            raise ClientClosedError(f"{words} client within the asyncio.run(), thread or test that uses it.")
        if self._http is None and not self._closed:
            if self._has_transport:
                self._http = self._connect()
            else:
                async with self._opening:
                    self._http = self._http or await anyio.to_thread.run_sync(self._connect, abandon_on_cancel=True)
        if self._closed or self._http is None:
            raise ClientClosedError("the client is closed, for good; make a new one.")
        return self._http

    @property
    def _belongs_to_other_loop(self) -> bool:
        bound = self._http.is_bound if self._http else not self._has_transport
        return self._first_loop.is_another and bound

    async def close(self) -> None:
        """Close the pool, for good."""
        self._closed = True
        # A block that is left because it was cancelled closes its connections too.
        with anyio.move_on_after(_CLOSING_SECONDS, shield=True):
            if self._http is not None and not self._belongs_to_other_loop:
                await self._http.aclose()
