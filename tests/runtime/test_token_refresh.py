"""Tokens refreshed early: that costs a call no more than time, and a clock put right costs no token."""

from __future__ import annotations

import anyio
import pytest

from ledgerbee_client import ClientCredentials, Clock, LedgerBee, ServerError

from .conftest import FakeClock, Hanging, ScriptedApi
from .token_calls import GRANT, TOKEN, get

pytestmark = pytest.mark.anyio


@pytest.fixture
def credentials() -> ClientCredentials:
    """Those of a machine client."""
    return ClientCredentials("the-id", "the-secret")


async def test_a_token_is_refreshed_before_its_end(api: ScriptedApi, bee: LedgerBee, clock: FakeClock) -> None:
    """Between 5 and 10 % of its lifetime early, by chance."""
    api.on("POST", TOKEN).answers(json=GRANT).answers(json={"access_token": "t2"})
    api.on("GET", "/v1/things/1").always(json={})

    await get(bee)
    clock.time += 3600 * 0.92
    await get(bee)
    clock.time += 3600 * 0.01
    await get(bee)

    assert ["Bearer t1", "Bearer t1", "Bearer t2"] == [r.headers["authorization"] for r in api.sent("/v1/things/1")]


async def test_an_early_refresh_that_fails_uses_the_old_token(
    api: ScriptedApi, bee: LedgerBee, clock: FakeClock
) -> None:
    """It is still good for some minutes; the outage may be shorter."""
    api.on("POST", TOKEN).answers(json=GRANT).answers(503)
    api.on("GET", "/v1/things/1").always(json={})

    await get(bee)
    clock.time += 3500
    await get(bee)

    assert "Bearer t1" == api.requests[-1].headers["authorization"]


@pytest.mark.parametrize("status", [400, 401])
async def test_an_early_refresh_that_is_refused_asks_once(
    status: int, api: ScriptedApi, bee: LedgerBee, clock: FakeClock
) -> None:
    """And once more with a later call, not ten times with this one: the old token is still good."""
    api.on("POST", TOKEN).answers(json=GRANT).always(status=status, json={"error": "invalid_client"})
    api.on("GET", "/v1/things/1").always(json={})

    await get(bee)
    clock.time += 3500
    await get(bee)
    first = len(api.sent(TOKEN))
    clock.time += 1
    await get(bee)

    assert [2, 3] == [first, len(api.sent(TOKEN))]
    assert [] == clock.slept
    assert {"Bearer t1"} == {request.headers["authorization"] for request in api.sent("/v1/things/1")}


@pytest.mark.parametrize("max_retries", [0, 3])
async def test_an_early_refresh_that_hangs_uses_the_old_token(
    max_retries: int, api: ScriptedApi, clock: FakeClock
) -> None:
    """It takes half of the call's time, and not the call."""

    api.on("POST", TOKEN).answers(json=GRANT).does(Hanging())
    api.on("GET", "/v1/things/1").always(json={})

    credentials = ClientCredentials("i", "s")
    async with LedgerBee(credentials, transport=api, clock=clock.clock, max_retries=max_retries) as bee:
        await get(bee)
        clock.time += 3500
        with anyio.fail_after(5):
            await get(bee, timeout=0.5)

    assert "Bearer t1" == api.requests[-1].headers["authorization"]


async def test_a_clock_that_is_put_back_stops_no_request(api: ScriptedApi, clock: FakeClock) -> None:
    """Waits are measured by a clock that only goes forward; an hour by the wall is no hour."""
    wall = clock.time
    clocks = Clock(monotonic=lambda: clock.time, now=lambda: wall, sleep=clock.sleep, random=lambda: 0.5)
    api.on("POST", TOKEN).answers(503).answers(json=GRANT)
    api.on("GET", "/v1/things/1").answers(json={})

    async with LedgerBee(ClientCredentials("i", "s"), transport=api, clock=clocks) as bee:
        with pytest.raises(ServerError):
            await get(bee, timeout=0.1)
        wall -= 3600
        clock.time += 60
        assert {} == await get(bee)

    assert [] == clock.slept
