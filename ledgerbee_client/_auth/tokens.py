"""A token, and where a fleet of workers shares one."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from attrs import field, frozen

from .._base.clock import Clock


@frozen(kw_only=True)
class Token:
    """
    An access token, which shows in no repr.

    Attributes:
        access_token: The token itself. Stores that leave this machine should be trusted like the secret.
        refresh_at: Unix time from which on one caller fetches a new one while the others still use this one.
        expires_at: Unix time of its end.
    """

    access_token: str = field(repr=False)
    refresh_at: float
    expires_at: float

    @classmethod
    def of(cls, access_token: str, lifetime: float, clock: Clock) -> Token:
        """Make a token that begins to be refreshed, jittered, between 5 and 10 % of its lifetime before its end."""
        end = clock.now() + lifetime
        return cls(access_token=access_token, expires_at=end, refresh_at=end - lifetime * (0.05 + clock.random() / 20))


class TokenStore(Protocol):
    """
    Where a fleet shares one token.

    Failures are raised as `TokenStoreError`; the client then goes on without the store. So it does where the lock,
    loading or saving takes longer than two seconds, or a third of what a call has left.
    """

    async def load(self, key: str) -> Token | None:
        """Return the token kept under a key, if any."""

    async def save(self, key: str, token: Token) -> None:
        """Keep a token until it expires."""

    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        """
        Let one worker refresh at a time, and the others wait.

        It must end by itself some time after its worker died, and be freed by its owner alone.
        """
        ...
