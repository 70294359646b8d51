"""
Stores that a fleet shares, in Redis: one token for all workers, each delivery handled once. Extra `[redis]`, asyncio.

    store = RedisTokenStore(redis.asyncio.Redis.from_url(os.environ["REDIS_URL"]))
    bee = LedgerBee(ClientCredentials(client_id, client_secret, store=store))
"""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

from ._auth.tokens import Token
from ._base.shapes import as_object, text_at
from .errors import ConfigurationError, TokenStoreError
from .webhooks import KEEP

try:
    from redis.asyncio import Redis
    from redis.exceptions import RedisError
except ImportError:
    raise ModuleNotFoundError("redis-py is missing: pip install 'ledgerbee-client[redis]'.", name="redis") from None

LOCK_SECONDS = 20.0
"""Seconds after which the lock of a worker that died while it refreshed ends."""
POLL_SECONDS = 0.05
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class _Store:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def _do(self, command: Awaitable[Any] | Any) -> Any:
        # redis-py's signatures say "awaitable or not" for both of its clients; this one is always awaited.
        try:
            return await command
        except RedisError as error:
            # Its text may hold the server's URL, and with it a password.
            failure = type(error).__name__
        raise TokenStoreError(
            f"Redis failed with {failure}; is it up, and does the account allow SET, GET, DEL and EVAL?"
        )

    def _check_loop(self) -> None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            raise ConfigurationError("redis-py speaks asyncio only, and this is another event loop (trio).") from None


class RedisTokenStore(_Store):
    """
    Keeps tokens in Redis. One worker refreshes, behind a lock, while the others wait for its token.

    Args:
        redis: A `redis.asyncio.Redis` of yours; it stays yours to close. Whoever can read it can use the tokens.
    """

    async def load(self, key: str) -> Token | None:
        """Return the token kept under a key, if any that can be read."""
        self._check_loop()
        found: Any = await self._do(self._redis.get(key))
        try:
            kept = as_object(json.loads(found or "{}"))
        except ValueError:
            return None
        token, times = text_at(kept, "access_token"), [kept.get("refresh_at"), kept.get("expires_at")]
        refresh_at, expires_at = (float(time) if isinstance(time, int | float) else 0.0 for time in times)
        return Token(access_token=token, refresh_at=refresh_at, expires_at=expires_at) if token else None

    async def save(self, key: str, token: Token) -> None:
        """Keep a token until it expires."""
        self._check_loop()
        kept = {"access_token": token.access_token, "refresh_at": token.refresh_at, "expires_at": token.expires_at}
        left = max(1, int((token.expires_at - time.time()) * 1000))
        await self._do(self._redis.set(key, json.dumps(kept), px=left))

    @asynccontextmanager
    async def lock(self, key: str) -> AsyncGenerator[None]:
        """Let one worker refresh at a time; the lock of one that died ends by itself."""
        self._check_loop()
        name, mine = f"{key}:lock", secrets.token_hex(16)
        while not await self._do(self._redis.set(name, mine, nx=True, px=int(LOCK_SECONDS * 1000))):  # noqa: ASYNC110
            await asyncio.sleep(POLL_SECONDS * (0.5 + random.random()))  # noqa: S311
        try:
            yield
        finally:
            # Only if it is still ours: a slow worker must not free the lock of the next one.
            await asyncio.shield(self._do(self._redis.eval(_RELEASE, 1, name, mine)))


class RedisSeenDeliveries(_Store):
    """
    Remembers webhook deliveries for a fleet of receivers.

    Args:
        redis: A `redis.asyncio.Redis` of yours; it stays yours to close.
        keep: Seconds that a delivery is remembered; the API retries one for about 21 hours.
    """

    def __init__(self, redis: Redis, *, keep: float = KEEP) -> None:
        super().__init__(redis)
        self._keep = keep

    async def add(self, delivery_id: str) -> bool:
        """Remember a delivery; return True if it is new."""
        self._check_loop()
        return bool(await self._do(self._redis.set(_name(delivery_id), 1, nx=True, px=int(self._keep * 1000))))

    async def forget(self, delivery_id: str) -> None:
        """Forget one whose handling failed, so that its retry is handled."""
        self._check_loop()
        await self._do(self._redis.delete(_name(delivery_id)))


def _name(delivery_id: str) -> str:
    return f"ledgerbee:delivery:{delivery_id}"
