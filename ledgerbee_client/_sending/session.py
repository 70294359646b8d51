"""What a client and its views share: the connection pool, the credentials, and what has been logged already."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import anyio

from .._auth.credentials import ApiKey, ClientCredentials
from .._base.clock import Clock
from ..errors import ClientClosedError
from .notices import DeprecationNotices

if TYPE_CHECKING:
    from .._http.transport import Http

_CLOSING_SECONDS = 5.0


class Session:
    """Holds the connection pool from its first use until it is closed."""

    def __init__(
        self, base_url: str, credentials: ApiKey | ClientCredentials, clock: Clock, connect: Callable[[], Http]
    ) -> None:
        self.base_url: str = base_url
        self.credentials: ApiKey | ClientCredentials = credentials
        self.clock: Clock = clock
        self.notices: DeprecationNotices = DeprecationNotices(clock)
        self._connect, self._opening = connect, anyio.Lock()
        self._http: Http | None = None
        self._closed = False

    async def http(self) -> Http:
        """Return the connection pool; made in a thread, because certificates take long to load."""
        if self._http is None and not self._closed:
            async with self._opening:
                self._http = self._http or await anyio.to_thread.run_sync(self._connect, abandon_on_cancel=True)
        if self._closed or self._http is None:
            raise ClientClosedError("the client is closed, for good; make a new one.")
        if self._http.belongs_to_other_loop:
            raise ClientClosedError("the client belongs to another event loop; make one in each asyncio.run().")
        return self._http

    async def close(self) -> None:
        """Close the pool, for good."""
        self._closed = True
        # A block that is left because it was cancelled closes its connections too.
        with anyio.move_on_after(_CLOSING_SECONDS, shield=True):
            async with self._opening:
                if self._http is not None and not self._http.belongs_to_other_loop:
                    await self._http.aclose()
