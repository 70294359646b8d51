"""Client credentials: one token for everybody, fetched rarely, and never at the cost of the budget."""

from __future__ import annotations

import copy

import anyio
import anyio.lowlevel
import httpx
import pytest

from ledgerbee_client import (
    AuthenticationError,
    ClientCredentials,
    DeadlineError,
    LedgerBee,
    LedgerBeeError,
    RateLimitError,
    ServerError,
    Token,
    UnreadableAnswerError,
)
from ledgerbee_client._models.model import ANY

from .conftest import FakeClock, Hanging, ScriptedApi
from .operations import CREATE
from .token_calls import GRANT, TOKEN, get

pytestmark = pytest.mark.anyio


@pytest.fixture
def credentials() -> ClientCredentials:
    """Those of a machine client."""
    return ClientCredentials("the-id", "the-secret")


async def test_a_token_is_fetched_by_form_and_sent_as_bearer(api: ScriptedApi, bee: LedgerBee) -> None:
    """As the authentication guide says."""
    api.on("POST", TOKEN).answers(json=GRANT)
    api.on("GET", "/v1/things/1").answers(json={})

    await get(bee)

    form, call = api.requests
    assert b"grant_type=client_credentials&client_id=the-id&client_secret=the-secret" == form.content
    assert "application/x-www-form-urlencoded" == form.headers["content-type"]
    assert "Bearer t1" == call.headers["authorization"]
    assert "x-api-key" not in call.headers


async def test_fifty_first_calls_fetch_one_token(api: ScriptedApi, bee: LedgerBee) -> None:
    """Whoever comes while the token is on its way waits for it; views included."""
    api.on("POST", TOKEN).answers(json=GRANT)
    api.on("GET", "/v1/things/1").always(json={})
    view = bee.with_options(timeout=5)

    async with anyio.create_task_group() as group:
        for number in range(50):
            group.start_soon(get, view if number % 2 else bee)

    assert 1 == len(api.sent(TOKEN))
    assert 51 == len(api.requests)


async def test_a_cancelled_leader_harms_nobody(api: ScriptedApi, bee: LedgerBee) -> None:
    """The first of 50 is cancelled while it fetches; the other 49 get their answers."""
    hang = Hanging()
    done = 0
    api.on("POST", TOKEN).does(hang).answers(json=GRANT)
    api.on("GET", "/v1/things/1").always(json={})

    async def call() -> None:
        nonlocal done
        await get(bee)
        done += 1

    async with anyio.create_task_group() as group:
        leader = anyio.CancelScope()

        async def lead() -> None:
            with leader:
                await call()

        group.start_soon(lead)
        await hang.started.wait()
        for _ in range(49):
            group.start_soon(call)
        await anyio.lowlevel.checkpoint()
        leader.cancel()

    assert 49 == done
    assert 2 == len(api.sent(TOKEN))


async def test_wrong_credentials_are_told_to_all_and_asked_once(api: ScriptedApi, bee: LedgerBee) -> None:
    """Fifty callers do not spend the budget on a typo."""
    api.on("POST", TOKEN).answers(401, json={"error": "invalid_client", "error_description": "Unknown client"})
    codes: list[str | None] = []

    async def call() -> None:
        with pytest.raises(AuthenticationError) as caught:
            await get(bee)
        codes.append(caught.value.code)

    async with anyio.create_task_group() as group:
        for _ in range(50):
            group.start_soon(call)

    assert ["invalid_client"] * 50 == codes
    assert 1 == len(api.requests)


async def test_a_spent_budget_is_waited_for(api: ScriptedApi, bee: LedgerBee, clock: FakeClock) -> None:
    """429 says invalid_client and means a limit: wait for its reset, then ask again."""
    limit = {"error": "invalid_client", "error_description": "Rate limit exceeded. Try again later."}
    reset = {"x-rate-limit-reset": str(int(clock.time + 12)), "x-rate-limit-remaining": "0"}
    api.on("POST", TOKEN).answers(429, json=limit, headers=reset).answers(json=GRANT)
    api.on("GET", "/v1/things/1").answers(json={})

    await get(bee)

    assert [12.0] == clock.slept


async def test_a_reset_that_is_too_early_is_survived(api: ScriptedApi, bee: LedgerBee, clock: FakeClock) -> None:
    """A window may end within the second that the header names: refused once more, and asked again after a moment."""
    limit = {"error": "invalid_client", "error_description": "Rate limit exceeded. Try again later."}
    reset = {"x-rate-limit-reset": str(int(clock.time + 12)), "x-rate-limit-remaining": "0"}
    api.on("POST", TOKEN).answers(429, json=limit, headers=reset, times=2).answers(json=GRANT)
    api.on("GET", "/v1/things/1").answers(json={})

    await get(bee)

    assert [12.0, 0.75] == clock.slept  # A second of backoff after the second failure, half of it by chance.
    assert 3 == len(api.sent(TOKEN))


async def test_a_budget_that_frees_too_late_is_a_rate_limit(api: ScriptedApi, bee: LedgerBee, clock: FakeClock) -> None:
    """The wait does not fit into the deadline, so it is not begun."""
    api.on("POST", TOKEN).answers(
        429, json={"error": "invalid_client"}, headers={"x-rate-limit-reset": str(int(clock.time + 50))}
    )

    with pytest.raises(RateLimitError) as caught:
        await get(bee)

    assert [] == clock.slept
    assert 429 == caught.value.status


async def test_a_reset_beyond_the_window_is_a_wrong_clock(api: ScriptedApi, bee: LedgerBee, clock: FakeClock) -> None:
    """The window is 60 seconds, whatever the header says."""
    api.on("POST", TOKEN).answers(429, json={}, headers={"x-rate-limit-reset": "99999999999"}).answers(json=GRANT)
    api.on("GET", "/v1/things/1").answers(json={})

    await get(bee, timeout=90)

    assert [60.0] == clock.slept


async def test_the_last_place_in_the_window_is_respected(api: ScriptedApi, bee: LedgerBee, clock: FakeClock) -> None:
    """X-Rate-Limit-Remaining: 0 on a good answer holds back the next fetch."""
    spent = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(int(clock.time + 20))}
    api.on("POST", TOKEN).answers(json=GRANT, headers=spent).answers(json={"access_token": "t2"})
    api.on("GET", "/v1/things/1").answers(401, json={}).answers(json={})

    await get(bee)

    assert [20.0] == clock.slept


async def test_a_storm_of_401_spends_ten_token_calls_a_minute(
    api: ScriptedApi, bee: LedgerBee, clock: FakeClock
) -> None:
    """Tokens that are refused as soon as they come do not make the client hammer."""
    api.on("POST", TOKEN).always(lambda request: httpx.Response(200, json={"access_token": f"t{len(api.requests)}"}))
    api.on("GET", "/v1/things/1").always(status=401, json={"code": "UNAUTHORIZED", "message": "Invalid API key"})
    began = clock.time

    for _ in range(40):
        with pytest.raises(AuthenticationError):
            await get(bee)

    assert clock.time - began < 60
    assert 10 == len(api.sent(TOKEN))


async def test_one_401_means_one_fresh_token_and_one_resend(api: ScriptedApi, bee: LedgerBee) -> None:
    """Also for a write: 401 says that nothing was processed."""
    api.on("POST", TOKEN).answers(json=GRANT).answers(json={"access_token": "t2"})
    api.on("POST", "/v1/things").answers(401, json={}).answers(201, json={"id": "1"})

    assert {"id": "1"} == await bee._calls.one(CREATE, ANY, body={})
    assert ["Bearer t1", "Bearer t2"] == [request.headers["authorization"] for request in api.sent("/v1/things")]


async def test_a_401_that_is_mended_spends_no_retry(api: ScriptedApi, bee: LedgerBee) -> None:
    """With one retry, a failure after it is still tried again."""
    api.on("POST", TOKEN).answers(json=GRANT).answers(json={"access_token": "t2"})
    api.on("GET", "/v1/things/1").answers(401, json={}).answers(503).answers(json={"id": "1"})

    assert {"id": "1"} == await get(bee.with_options(max_retries=1))


@pytest.mark.parametrize(
    ("lifetime", "seconds"),
    [
        *((600, 600), ("600", 600), (600.0, 600), ("600.0", 600)),
        *((wrong, 3600) for wrong in (0, -5, 600.5, True, "soon", "", [600], 1e300, "\u0666")),
    ],
)
async def test_a_lifetime_is_read_as_text_too(
    lifetime: object, seconds: int, api: ScriptedApi, bee: LedgerBee, clock: FakeClock
) -> None:
    """As text, or with a fraction of zeros; what is none is taken for the documented hour."""
    api.on("POST", TOKEN).answers(json={"access_token": "t1", "expires_in": lifetime}).answers(json=GRANT)
    api.on("GET", "/v1/things/1").always(json={})

    await get(bee)
    clock.time += seconds * 0.85
    await get(bee)
    assert 1 == len(api.sent(TOKEN))
    clock.time += seconds * 0.2
    await get(bee)
    assert 2 == len(api.sent(TOKEN))


async def test_a_second_401_is_an_error(api: ScriptedApi, bee: LedgerBee) -> None:
    """A fresh token that is refused will not get better."""
    api.on("POST", TOKEN).answers(json=GRANT).answers(json={"access_token": "t2"})
    api.on("POST", "/v1/things").answers(401, json={}, times=2)

    with pytest.raises(AuthenticationError):
        await bee._calls.one(CREATE, ANY, body={})


async def test_many_401_share_one_fresh_token(api: ScriptedApi, bee: LedgerBee) -> None:
    """A revoked token is noticed by everybody at once, and replaced once."""
    api.on("POST", TOKEN).answers(json=GRANT).answers(json={"access_token": "t2"})
    api.on("GET", "/v1/things/1").always(
        lambda request: httpx.Response(200 if request.headers["authorization"] == "Bearer t2" else 401, json={})
    )

    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(get, bee)

    assert 2 == len(api.sent(TOKEN))


async def test_a_failing_token_endpoint_is_tried_again(api: ScriptedApi, bee: LedgerBee, clock: FakeClock) -> None:
    """Fetching a token twice harms nobody."""
    api.on("POST", TOKEN).answers(503).raises(httpx.ConnectError).answers(json=GRANT)
    api.on("GET", "/v1/things/1").answers(json={})

    await get(bee)

    assert [0.375, 0.75] == clock.slept


async def test_a_dead_token_endpoint_is_an_error(api: ScriptedApi, bee: LedgerBee) -> None:
    """After the first try and three more."""
    api.on("POST", TOKEN).answers(503, times=4)

    with pytest.raises(LedgerBeeError) as caught:
        await get(bee)

    assert "auth.token" == caught.value.operation
    assert 4 == len(api.requests)


async def test_an_outage_of_hours_stays_the_same_error(api: ScriptedApi, bee: LedgerBee, clock: FakeClock) -> None:
    """Waits do not double without end, nor beyond what a float holds."""
    api.on("POST", TOKEN).always(status=503)

    while len(api.requests) < 1100:
        with pytest.raises(ServerError):
            await get(bee)
        clock.time += 60

    assert 8 >= max(clock.slept)


async def test_a_refused_token_that_comes_again_is_asked_for_once(api: ScriptedApi, bee: LedgerBee) -> None:
    """A token endpoint that caches must not cost the budget."""
    api.on("POST", TOKEN).always(json=GRANT)
    api.on("GET", "/v1/things/1").always(status=401, json={})

    with pytest.raises(AuthenticationError):
        await get(bee)

    assert 2 == len(api.sent(TOKEN))


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"token": 1}', b'{"access_token": 7}', b'{"access_token": "a b\\n"}']
)
async def test_an_answer_without_a_token_is_unreadable(body: bytes, api: ScriptedApi, bee: LedgerBee) -> None:
    """And its body is kept by nobody: it may hold a secret."""
    api.on("POST", TOKEN).answers(content=body, times=4)

    with pytest.raises(UnreadableAnswerError) as caught:
        await get(bee)

    assert "" == caught.value.body


async def test_the_deadline_includes_the_token_fetch(api: ScriptedApi) -> None:
    """A call with 20 ms does not wait longer for a token either."""

    api.on("POST", TOKEN).always(Hanging())
    async with LedgerBee(ClientCredentials("i", "s"), transport=api) as bee:
        with anyio.fail_after(5), pytest.raises(DeadlineError):
            await get(bee, timeout=0.02)


def test_a_token_shows_itself_to_nobody() -> None:
    """Not in its repr; copies are equal."""
    token = Token(access_token="canary", refresh_at=1.0, expires_at=2.0)

    assert "canary" not in repr(token)
    assert token == copy.deepcopy(token)


async def test_a_caller_in_a_hurry_leaves_the_queue(api: ScriptedApi) -> None:
    """Whoever leads may have more time; nobody waits longer than he said."""
    hang = Hanging()
    api.on("POST", TOKEN).always(hang)
    async with LedgerBee(ClientCredentials("i", "s"), transport=api) as bee, anyio.create_task_group() as group:
        group.start_soon(get, bee)
        await hang.started.wait()
        with anyio.fail_after(5), pytest.raises(DeadlineError, match="no token within"):
            await get(bee, timeout=0.02)
        group.cancel_scope.cancel()
