"""
One request for a token at a time, whatever the concurrency: early refresh, a shared store, the limit of the endpoint.

Knows no HTTP: how a token is fetched is an argument. It sleeps without holding the lock.
"""

from __future__ import annotations

import copy
import datetime
import math
from collections import deque
from collections.abc import Awaitable, Callable

import anyio
from attrs import frozen

from .._base.clock import Clock, Deadline
from .._base.log import log
from .._base.waits import LONGEST_WAIT, backoff
from ..errors import LedgerBeeError, RateLimitError, RequestRefusedError, TokenStoreError
from .credentials import sendable
from .tokens import Token, TokenStore

BUDGET, WINDOW = 10, 60.0
"""Token requests that the API allows, and the seconds of its sliding window."""
DEFAULT_LIFETIME = 3600.0
RETRIES = 3
STORE_SECONDS = 2.0
"""What a store has for its lock, for loading and for saving each, where a third of the call's time is not less."""


@frozen(kw_only=True)
class Fetched:
    """What came of one request to the token endpoint: a token or an error, and the wait that was asked for, if any."""

    token: Token | None = None
    error: LedgerBeeError | None = None
    final: bool = False
    wait: float | None = None


Fetch = Callable[[Deadline], Awaitable[Fetched]]
"""Asks the token endpoint once, on behalf of one call."""


class TokenSource:
    """Gives every view of one client its token."""

    def __init__(self, clock: Clock, store: TokenStore | None, key: str) -> None:
        self._clock, self._store, self._key = clock, store, key
        self._lock = anyio.Lock()
        self._token: Token | None = None
        self._requests: deque[float] = deque(maxlen=BUDGET)
        self._pause_until = 0.0
        self._failures = self._refreshes = 0
        self._store_is_away = False
        self._last = Fetched()

    async def get(self, fetch: Fetch, deadline: Deadline, refused: Token | None = None) -> Token:
        """
        Return a token that works as far as we know; `refused` is one that the API has just answered with 401.

        Raises:
            AuthenticationError: the token endpoint refuses the client's id or secret.
            RateLimitError: the budget is spent and the wait for it does not fit in the deadline; nothing was sent.
            LedgerBeeError: the token endpoint cannot be reached or read, again and again.
        """
        asked = self._refreshes
        while True:
            token = self._usable(refused)
            if token and (self._clock.now() < token.refresh_at or self._lock.locked()):
                return token
            tried, error = self._refreshes - asked, self._last.error
            if token is None and error and tried and (self._last.final or tried > RETRIES):
                raise copy.copy(error)
            wait = self._free_at - self._clock.monotonic()
            if wait <= 0:
                async with self._lock:
                    # Those who queued meanwhile share the leader's token, and its failure; a cancelled leader
                    # leaves neither.
                    if self._refreshes - asked == tried and self._free_at <= self._clock.monotonic():
                        # An early refresh that hangs may take half of the call's time.
                        with anyio.move_on_after(deadline.remaining * 0.5 if token else None):
                            await self._refresh(fetch, deadline, refused)
                        if self._refreshes - asked == tried:  # It hung, or the store failed.
                            self._pause_until = self._clock.monotonic() + LONGEST_WAIT
            elif token:
                return token
            elif wait >= deadline.remaining:
                raise copy.copy(error) if error else self._spent(wait)
            else:
                await self._clock.sleep(wait)

    def _usable(self, refused: Token | None) -> Token | None:
        token = self._token
        return token if token and token is not refused and self._clock.now() < token.expires_at else None

    def _is_good(self, stored: Token, refused: Token | None) -> bool:
        good = sendable(stored.access_token) and self._clock.now() < min(stored.refresh_at, stored.expires_at)
        # A store may round the times, so that the refused token is known by itself alone.
        return good and not (refused and stored.access_token == refused.access_token)

    @property
    def _free_at(self) -> float:
        full = len(self._requests) == BUDGET
        return max(self._pause_until, self._requests[0] + WINDOW if full else 0.0)

    async def _refresh(self, fetch: Fetch, deadline: Deadline, refused: Token | None) -> None:
        store, asked, failure = self._store, False, ""
        if store is None:
            await self._request(fetch, deadline)
            return
        # One scope, whose end moves: a store may hold scopes of its own from entering its lock to leaving it.
        with anyio.CancelScope() as scope:
            try:
                scope.deadline = _store_deadline(deadline)
                async with store.lock(self._key):
                    scope.deadline = _store_deadline(deadline)
                    stored = await store.load(self._key)
                    if stored and self._is_good(stored, refused):
                        self._token, self._last = stored, Fetched(token=stored)
                        self._refreshes += 1
                    else:
                        scope.deadline, asked = math.inf, True
                        await self._request(fetch, deadline)
                        scope.deadline = _store_deadline(deadline)
                        if self._last.token:
                            await store.save(self._key, self._last.token)
                    asked = True
            except RequestRefusedError:
                raise
            except Exception as error:  # noqa: BLE001  # A store is the caller's code; without it calls still work.
                failure = str(error) if isinstance(error, TokenStoreError) else type(error).__name__
        if scope.cancelled_caught:
            failure = "it did not answer in time"
        if failure and not self._store_is_away:
            log.warning("The token store failed, going on without it: %s", failure)
        self._store_is_away = bool(failure)
        if failure and not asked and self._usable(refused) is None:
            await self._request(fetch, deadline)

    async def _request(self, fetch: Fetch, deadline: Deadline) -> None:
        self._requests.append(self._clock.monotonic())
        self._last = fetched = await fetch(deadline)
        self._refreshes += 1
        self._token = fetched.token or self._token
        self._failures = 0 if fetched.token else self._failures + 1
        wait = fetched.wait or 0.0
        # Wrong credentials are an error at once, unless there is still a token: then the request is repeated later.
        if fetched.error and not (fetched.final and self._usable(None) is None):
            # A reset in whole seconds is up to one second early, and all tries would be made within it.
            wait = max(wait, backoff(self._failures, self._clock.random()))
        # The window's end is never more than its length away; a server clock that says so is wrong.
        self._pause_until = self._clock.monotonic() + min(wait, WINDOW)

    def _spent(self, wait: float) -> RateLimitError:
        when = datetime.datetime.fromtimestamp(self._clock.now() + wait, datetime.UTC)
        words = f"the token endpoint takes {BUDGET} requests in {WINDOW:.0f} s, spent until {when:%H:%M:%S} UTC;"
        words += " nothing was sent. Share one client, or give its ClientCredentials a TokenStore."
        return RateLimitError(words, status=429, retry_at=when)


def _store_deadline(deadline: Deadline) -> float:
    return anyio.current_time() + min(STORE_SECONDS, deadline.remaining / 3)
