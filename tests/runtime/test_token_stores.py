"""Token stores: a fleet shares one token, and a store that is away, odd or slow is gone without."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import anyio
import pytest
from attrs import evolve

from ledgerbee_client import ClientCredentials, LedgerBee, Token, TokenStoreError

from .conftest import FakeClock, ScriptedApi
from .token_calls import GRANT, TOKEN, get

pytestmark = pytest.mark.anyio


class SharedStore:
    """A token store as a fleet has one, in memory."""

    def __init__(self) -> None:
        self.tokens: dict[str, Token] = {}
        self.broken = False
        self._lock = anyio.Lock()

    async def load(self, key: str) -> Token | None:
        return self.tokens.get(key)

    async def save(self, key: str, token: Token) -> None:
        self.tokens[key] = token

    @asynccontextmanager
    async def lock(self, key: str) -> AsyncIterator[None]:
        if self.broken:
            raise TokenStoreError("the store is away")
        async with self._lock:
            yield


async def test_a_fleet_shares_one_token(api: ScriptedApi, clock: FakeClock) -> None:
    """Two clients with one store fetch once; the key gives nothing away."""
    api.on("POST", TOKEN).answers(json=GRANT)
    api.on("GET", "/v1/things/1").always(json={})
    store = SharedStore()

    for _ in range(2):
        async with LedgerBee(ClientCredentials("the-id", "s", store=store), transport=api, clock=clock.clock) as bee:
            await get(bee)

    assert 1 == len(api.sent(TOKEN))
    assert "the-id" not in str(store.tokens)


async def test_a_refused_token_in_the_store_is_replaced(api: ScriptedApi, clock: FakeClock) -> None:
    """What another worker has refreshed meanwhile is used; what was refused is not."""
    api.on("POST", TOKEN).answers(json=GRANT).answers(json={"access_token": "t2"})
    api.on("GET", "/v1/things/1").answers(401, json={}).always(json={})
    store = SharedStore()

    async with LedgerBee(ClientCredentials("i", "s", store=store), transport=api, clock=clock.clock) as bee:
        await get(bee)

    assert ["t2"] == [token.access_token for token in store.tokens.values()]


async def test_a_store_that_fails_is_gone_without(
    api: ScriptedApi, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """The call goes out with a token of the client's own."""
    api.on("POST", TOKEN).answers(json=GRANT)
    api.on("GET", "/v1/things/1").answers(json={})
    store = SharedStore()
    store.broken = True

    async with LedgerBee(ClientCredentials("i", "s", store=store), transport=api, clock=clock.clock) as bee:
        await get(bee)

    assert "the store is away" in caplog.text


FAR = 9e9


@pytest.mark.parametrize(
    "kept",
    [
        "garbage",
        KeyError("a bug"),
        OSError("no route"),
        Token(access_token="a\r\nx-api-key: b", refresh_at=FAR, expires_at=FAR),
        Token(access_token="é", refresh_at=FAR, expires_at=FAR),
        Token(access_token="over", refresh_at=FAR, expires_at=1.0),
        Token(access_token="odd", refresh_at="soon", expires_at=None),  # type: ignore[arg-type]
    ],
)
async def test_a_store_that_holds_nonsense_is_gone_without(kept: Any, api: ScriptedApi, clock: FakeClock) -> None:
    """Whatever it holds or raises, the call goes out with a token of its own."""
    api.on("POST", TOKEN).answers(json=GRANT)
    api.on("GET", "/v1/things/1").answers(json={})

    class Odd(SharedStore):
        async def load(self, key: str) -> Token | None:
            if isinstance(kept, Exception):
                raise kept
            return kept  # type: ignore[no-any-return]

    async with LedgerBee(ClientCredentials("i", "s", store=Odd()), transport=api, clock=clock.clock) as bee:
        await get(bee)

    assert f"Bearer {GRANT['access_token']}" == api.requests[-1].headers["authorization"]


async def test_a_refused_token_is_not_taken_again_for_its_other_times(api: ScriptedApi, clock: FakeClock) -> None:
    """A store that keeps times in whole seconds gives back the same token."""
    api.on("POST", TOKEN).answers(json=GRANT).answers(json={"access_token": "t2"})
    api.on("GET", "/v1/things/1").answers(401, json={}).always(json={})

    class Rounding(SharedStore):
        async def load(self, key: str) -> Token | None:
            kept = self.tokens.get(key)
            return evolve(kept, refresh_at=float(int(kept.refresh_at))) if kept else None

    async with LedgerBee(ClientCredentials("i", "s", store=Rounding()), transport=api, clock=clock.clock) as bee:
        await get(bee)

    assert "Bearer t2" == api.requests[-1].headers["authorization"]


async def test_a_store_that_hangs_while_a_token_is_good_is_gone_without(api: ScriptedApi, clock: FakeClock) -> None:
    """An early refresh takes half of the call's time, and not the call."""
    api.on("POST", TOKEN).answers(json=GRANT)
    api.on("GET", "/v1/things/1").always(json={})

    class Hanging(SharedStore):
        @asynccontextmanager
        async def lock(self, key: str) -> AsyncIterator[None]:
            if self.tokens:
                await anyio.sleep_forever()
            yield

    async with LedgerBee(ClientCredentials("i", "s", store=Hanging()), transport=api, clock=clock.clock) as bee:
        await get(bee)
        clock.time += 3500
        with anyio.fail_after(5):
            await get(bee, timeout=0.5)

    assert "Bearer t1" == api.requests[-1].headers["authorization"]


async def test_a_store_that_fails_while_a_token_is_good_is_gone_without(
    api: ScriptedApi, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """It is asked once by a call, and the call goes out with the token there is."""
    api.on("POST", TOKEN).answers(json=GRANT)
    api.on("GET", "/v1/things/1").always(json={})
    store = SharedStore()

    async with LedgerBee(ClientCredentials("i", "s", store=store), transport=api, clock=clock.clock) as bee:
        await get(bee)
        clock.time += 3500
        store.broken = True
        await get(bee, timeout=0.5)

    assert 1 == caplog.text.count("the store is away")
    assert "Bearer t1" == api.requests[-1].headers["authorization"]


class HangingStore(SharedStore):
    """A store whose server is stopped, or whose lock belongs to a worker that died."""

    def __init__(self, *hanging: str) -> None:
        super().__init__()
        self.hanging = hanging

    async def _maybe_hang(self, step: str) -> None:
        if step in self.hanging:
            await anyio.sleep_forever()

    async def load(self, key: str) -> Token | None:
        await self._maybe_hang("load")
        return await super().load(key)

    async def save(self, key: str, token: Token) -> None:
        await self._maybe_hang("save")
        await super().save(key, token)

    @asynccontextmanager
    async def lock(self, key: str) -> AsyncIterator[None]:
        await self._maybe_hang("lock")
        # As a store does that prolongs its lock: a scope that is open from here to its release.
        async with anyio.create_task_group():
            yield
        await self._maybe_hang("release")


@pytest.mark.parametrize("step", ["lock", "load", "save", "release"])
async def test_a_store_that_hangs_takes_no_caller_down(
    step: str, api: ScriptedApi, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Each step has a third of the call's time; then forty calls go out with one token that nobody shared."""
    api.on("POST", TOKEN).answers(json=GRANT)
    api.on("GET", "/v1/things/1").always(json={})

    credentials = ClientCredentials("i", "s", store=HangingStore(step))
    async with LedgerBee(credentials, transport=api, clock=clock.clock) as bee:
        with anyio.fail_after(10):
            async with anyio.create_task_group() as group:
                for _ in range(40):
                    group.start_soon(partial(get, bee, timeout=1.5))

    assert 1 == len(api.sent(TOKEN))
    assert 1 == caplog.text.count("The token store failed, going on without it: it did not answer in time")


async def test_a_store_that_stays_away_is_logged_once(
    api: ScriptedApi, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Until it has worked again."""
    api.on("POST", TOKEN).always(json=GRANT)
    api.on("GET", "/v1/things/1").always(json={})
    store = SharedStore()
    store.broken = True

    async with LedgerBee(ClientCredentials("i", "s", store=store), transport=api, clock=clock.clock) as bee:
        for broken in (True, True, False, True):
            store.broken = broken
            await get(bee)
            clock.time += 3601

    assert 2 == caplog.text.count("the store is away")
