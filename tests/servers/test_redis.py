"""The Redis stores against a real redis-server: a fleet shares one token, and handles each delivery once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
import redis.asyncio
import trio

from ledgerbee_client import ClientCredentials, ConfigurationError, LedgerBee, Token, TokenStoreError
from ledgerbee_client.redis import RedisSeenDeliveries, RedisTokenStore

TOKEN = Token(access_token="token-canary", refresh_at=time.time() + 3000, expires_at=time.time() + 3600)


@pytest_asyncio.fixture
async def server(redis_url: str) -> AsyncIterator[redis.asyncio.Redis]:
    """An empty database."""
    async with redis.asyncio.Redis.from_url(redis_url) as server:
        await server.flushdb()
        yield server


@pytest.mark.asyncio
async def test_a_token_is_kept_until_it_expires(server: redis.asyncio.Redis) -> None:
    """And not a second longer."""
    store = RedisTokenStore(server)

    await store.save("key", TOKEN)

    assert TOKEN == await store.load("key")
    assert await store.load("other") is None
    assert 3000 < await server.ttl("key") <= 3600


@pytest.mark.asyncio
@pytest.mark.parametrize("junk", ["", "junk", "[]", '{"access_token": 7}', "{}"])
async def test_junk_in_the_store_is_no_token(junk: str, server: redis.asyncio.Redis) -> None:
    """It is fetched anew, whoever wrote that."""
    await server.set("key", junk)

    assert await RedisTokenStore(server).load("key") is None


@pytest.mark.asyncio
async def test_one_worker_refreshes_at_a_time(server: redis.asyncio.Redis) -> None:
    """The others wait for its lock."""
    store, inside, most = RedisTokenStore(server), 0, 0

    async def work() -> None:
        nonlocal inside, most
        async with store.lock("key"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.01)
            inside -= 1

    await asyncio.gather(*(work() for _ in range(10)))

    assert 1 == most
    assert not await server.exists("key:lock")


@pytest.mark.asyncio
async def test_a_lock_that_has_passed_on_is_left_alone(server: redis.asyncio.Redis) -> None:
    """A slow worker does not free the next one's lock."""
    async with RedisTokenStore(server).lock("key"):
        await server.set("key:lock", "somebody else")

    assert b"somebody else" == await server.get("key:lock")


@pytest.mark.asyncio
async def test_a_fleet_of_twenty_fetches_one_token(server: redis.asyncio.Redis, redis_url: str) -> None:
    """Twenty clients with connections of their own, at the same moment."""
    fetched = 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal fetched
        if request.url.path.endswith("/auth/token"):
            fetched += 1
            await asyncio.sleep(0.05)
            return httpx.Response(200, json={"access_token": "t", "expires_in": 3600})
        assert "Bearer t" == request.headers["authorization"]
        return httpx.Response(200, json=[])

    async def work() -> None:
        async with redis.asyncio.Redis.from_url(redis_url) as own:
            credentials = ClientCredentials("the-id", "the-secret", store=RedisTokenStore(own))
            async with LedgerBee(credentials, transport=httpx.MockTransport(answer)) as bee:
                await bee.accounts.list().collect()

    await asyncio.gather(*(work() for _ in range(20)))

    assert 1 == fetched
    assert not [key for key in await server.keys() if b"the-id" in key]


@pytest.mark.asyncio
async def test_a_dead_redis_is_gone_without(caplog: pytest.LogCaptureFixture) -> None:
    """One warning, without the password in its URL, and the call goes on."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"access_token": "t"} if request.method == "POST" else [])

    dead = redis.asyncio.Redis.from_url("redis://:canary@127.0.0.1:1/0")
    async with LedgerBee(
        ClientCredentials("i", "s", store=RedisTokenStore(dead)), transport=httpx.MockTransport(answer)
    ) as bee:
        assert [] == await bee.accounts.list().collect()

    assert "going on without it" in caplog.text
    assert "canary" not in caplog.text
    with pytest.raises(TokenStoreError) as caught:
        await RedisTokenStore(dead).load("key")
    assert "canary" not in str(caught.value)
    await dead.aclose()


@pytest.mark.asyncio
@pytest.mark.parametrize("trouble", ["stopped", "a lock for ever"])
async def test_a_redis_that_hangs_takes_no_caller_down(
    trouble: str, server: redis.asyncio.Redis, redis_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Forty calls within their deadline, with one token that nobody shared; and one warning."""
    fetched = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal fetched
        fetched += request.method == "POST"
        return httpx.Response(200, json={"access_token": "t"} if request.method == "POST" else [])

    own = redis.asyncio.Redis.from_url(redis_url)
    credentials = ClientCredentials("i", "s", store=RedisTokenStore(own))
    if trouble == "stopped":
        await server.client_pause(4000)
    else:
        await server.set(f"{credentials.store_key('https://api.ledgerbee.com/api')}:lock", "a worker that died")
    async with LedgerBee(credentials, transport=httpx.MockTransport(answer), timeout=3.0) as bee:
        lists = await asyncio.gather(*(bee.accounts.list().collect() for _ in range(40)))

    assert [[]] * 40 == lists
    assert 1 == fetched
    assert 1 == caplog.text.count("The token store failed, going on without it: it did not answer in time")
    if trouble == "stopped":
        await server.client_unpause()
    await own.aclose()


@pytest.mark.asyncio
async def test_a_delivery_is_new_once(server: redis.asyncio.Redis) -> None:
    """For the whole fleet, and again after its handling failed."""
    seen = RedisSeenDeliveries(server)

    assert [True, False, False] == sorted(await asyncio.gather(*(seen.add("msg_1") for _ in range(3))), reverse=True)
    await seen.forget("msg_1")
    assert await seen.add("msg_1")


def test_trio_is_told_once_and_clearly() -> None:
    """redis-py would fail somewhere in the middle."""

    async def load() -> None:
        await RedisTokenStore(redis.asyncio.Redis()).load("key")

    with pytest.raises(ConfigurationError, match="asyncio only"):
        trio.run(load)
