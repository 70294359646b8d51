"""Calls that may be repeated: the key they are repeated by stands on every error, and doubt is not forgotten."""

from __future__ import annotations

import httpx
import pytest

from ledgerbee_client import (
    APIError,
    ClientCredentials,
    ConnectionFailedError,
    DeadlineError,
    LedgerBee,
    LedgerBeeError,
    ServerError,
)
from ledgerbee_client._models.model import ANY

from .conftest import FakeClock, ScriptedApi
from .operations import REPORT

pytestmark = pytest.mark.anyio
PATH = "/v1/meters/report"
TOKEN = "/v1/auth/token"


async def test_a_usage_report_keeps_its_key_on_every_try(api: ScriptedApi, bee: LedgerBee) -> None:
    """The API recognises the repetition by it."""
    api.on("POST", PATH).answers(503).answers(202, json={})

    await bee.calls.one(REPORT, ANY, body={})

    keys = [request.headers["x-api-idempotency-key"] for request in api.requests]
    assert keys[0] == keys[1]
    assert 36 == len(keys[0])


async def test_a_usage_report_takes_the_callers_key_and_tells_it(api: ScriptedApi, bee: LedgerBee) -> None:
    """So that the caller can send the same report tomorrow."""
    api.on("POST", PATH).answers(400, json={})

    with pytest.raises(APIError) as caught:
        await bee.calls.one(REPORT, ANY, body={}, idempotency_key="mine")

    assert "mine" == caught.value.idempotency_key
    assert "mine" == api.requests[0].headers["x-api-idempotency-key"]


async def test_two_reports_have_two_keys(api: ScriptedApi, bee: LedgerBee) -> None:
    """Each call is a submission of its own."""
    api.on("POST", PATH).answers(202, json={}, times=2)

    await bee.calls.one(REPORT, ANY, body={})
    await bee.calls.one(REPORT, ANY, body={})

    assert 2 == len({request.headers["x-api-idempotency-key"] for request in api.requests})


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (httpx.ReadTimeout, DeadlineError),
        (httpx.ReadError, ConnectionFailedError),
        (httpx.ConnectError, ConnectionFailedError),
    ],
)
async def test_a_report_without_an_answer_tells_its_key(
    fault: type[httpx.TransportError], kind: type[ConnectionFailedError], api: ScriptedApi, bee: LedgerBee
) -> None:
    """It may have been counted; sent again with this key it is not counted twice."""
    api.on("POST", PATH).raises(fault, times=4)

    with pytest.raises(kind) as caught:
        await bee.calls.one(REPORT, ANY, body={})

    assert {caught.value.idempotency_key} == {request.headers["x-api-idempotency-key"] for request in api.requests}


@pytest.mark.parametrize(
    "token",
    [
        {"json": {"access_token": "t", "expires_in": 1}},
        {
            "json": {"access_token": "t", "expires_in": 1},
            "headers": {"x-rate-limit-remaining": "0", "x-rate-limit-reset": "1790000059"},
        },
    ],
    ids=["refused", "out of budget"],
)
async def test_a_doubtful_report_does_not_end_as_a_token_that_did_not_come(
    token: dict[str, object], api: ScriptedApi, clock: FakeClock
) -> None:
    """The first try may have been counted; that there is no token for a second says nothing about it."""
    api.on("POST", TOKEN).answers(**token).always(status=401, json={"error": "invalid_client"})  # type: ignore[arg-type]
    api.on("POST", PATH).answers(503, headers={"retry-after": "2"})

    async with LedgerBee(ClientCredentials("i", "s"), transport=api, clock=clock.clock) as bee:
        with pytest.raises(ServerError) as caught:
            await bee.calls.one(REPORT, ANY, body={}, idempotency_key="mine")

    assert ("meters.report", "mine") == (caught.value.operation, caught.value.idempotency_key)
    assert "nothing was sent" not in str(caught.value)


@pytest.mark.parametrize("last", [httpx.ConnectError, 429])
async def test_a_doubtful_report_does_not_end_as_one_that_was_not_sent(
    last: type[httpx.TransportError] | int, api: ScriptedApi, bee: LedgerBee
) -> None:
    """The first try may have been counted; that later ones did not get through says nothing about it."""
    route = api.on("POST", PATH).raises(httpx.ReadTimeout)
    _ = route.answers(last, times=3, json={}) if isinstance(last, int) else route.raises(last, times=3)

    with pytest.raises(DeadlineError, match="the answer stayed out") as caught:
        await bee.calls.one(REPORT, ANY, body={}, idempotency_key="mine")

    assert 4 == len(api.requests)
    assert "mine" == caught.value.idempotency_key
    assert "nothing was sent" not in str(caught.value)


async def test_a_doubtful_report_does_not_end_as_a_closed_client(api: ScriptedApi, bee: LedgerBee) -> None:
    """That error says that nothing was sent, and the first try was."""

    async def close(request: httpx.Request) -> httpx.Response:
        await bee.aclose()
        return httpx.Response(503)

    api.on("POST", PATH).does(close)  # type: ignore[arg-type]

    with pytest.raises(LedgerBeeError) as caught:
        await bee.calls.one(REPORT, ANY, body={})

    assert isinstance(caught.value, ServerError)
    assert 503 == caught.value.status
