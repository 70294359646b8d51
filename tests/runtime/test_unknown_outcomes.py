"""Calls that may be repeated: the key they are repeated by stands on every error, and doubt is not forgotten."""

from __future__ import annotations

import datetime
from typing import Any

import httpx
import pytest

from ledgerbee_client import (
    APIError,
    ClientCredentials,
    ConnectionFailedError,
    DeadlineError,
    LedgerBee,
    LedgerBeeError,
    NotFoundError,
    OutcomeUnknownError,
    ServerError,
)
from ledgerbee_client._models.model import ANY

from .conftest import FakeClock, ScriptedApi
from .operations import CREATE, DELETE, GET, PUT, REPORT

pytestmark = pytest.mark.anyio
PATH = "/v1/meters/report"
TOKEN = "/v1/auth/token"
WRITES: dict[str, tuple[str, str, Any]] = {
    "report": ("POST", PATH, lambda bee: bee._calls.one(REPORT, ANY, body={}, idempotency_key="mine")),
    "put": ("PUT", "/v1/things", lambda bee: bee._calls.one(PUT, ANY, body={})),
    "delete": ("DELETE", "/v1/things/1", lambda bee: bee._calls.one(DELETE, ANY, path=("1",))),
}
START = datetime.datetime(2026, 9, 21, 14, 13, 20, tzinfo=datetime.UTC)


async def test_a_usage_report_keeps_its_key_on_every_try(api: ScriptedApi, bee: LedgerBee) -> None:
    """The API recognises the repetition by it."""
    api.on("POST", PATH).answers(503).answers(202, json={})

    await bee._calls.one(REPORT, ANY, body={})

    keys = [request.headers["x-api-idempotency-key"] for request in api.requests]
    assert keys[0] == keys[1]
    assert 36 == len(keys[0])


async def test_a_usage_report_takes_the_callers_key_and_tells_it(api: ScriptedApi, bee: LedgerBee) -> None:
    """So that the caller can send the same report tomorrow."""
    api.on("POST", PATH).answers(400, json={})

    with pytest.raises(APIError) as caught:
        await bee._calls.one(REPORT, ANY, body={}, idempotency_key="mine")

    assert "mine" == caught.value.idempotency_key
    assert "mine" == api.requests[0].headers["x-api-idempotency-key"]


async def test_two_reports_have_two_keys(api: ScriptedApi, bee: LedgerBee) -> None:
    """Each call is a submission of its own."""
    api.on("POST", PATH).answers(202, json={}, times=2)

    await bee._calls.one(REPORT, ANY, body={})
    await bee._calls.one(REPORT, ANY, body={})

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
        await bee._calls.one(REPORT, ANY, body={})

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
            await bee._calls.one(REPORT, ANY, body={}, idempotency_key="mine")

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
        await bee._calls.one(REPORT, ANY, body={}, idempotency_key="mine")

    assert 4 == len(api.requests)
    assert "mine" == caught.value.idempotency_key
    assert "nothing was sent" not in str(caught.value)


async def test_a_doubtful_report_does_not_end_as_a_closed_client(api: ScriptedApi, bee: LedgerBee) -> None:
    """That error says that nothing was sent, and the first try was."""

    async def close(request: httpx.Request) -> httpx.Response:
        await bee.aclose()
        return httpx.Response(503)

    api.on("POST", PATH).does(close)

    with pytest.raises(LedgerBeeError) as caught:
        await bee._calls.one(REPORT, ANY, body={})

    assert isinstance(caught.value, ServerError)
    assert 503 == caught.value.status


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("status", [400, 401, 403, 409, 422])
async def test_a_later_refusal_does_not_end_the_doubt(
    status: int, write: str, api: ScriptedApi, bee: LedgerBee
) -> None:
    """The first try may have been carried out; that the second was refused says nothing about it."""
    method, path, send = WRITES[write]
    api.on(method, path).raises(httpx.ReadTimeout).answers(status, json={"code": "NO"})

    with pytest.raises(OutcomeUnknownError, match=r"may have been carried out.*does it no second time") as caught:
        await send(bee)

    assert START == caught.value.sent_at
    assert 1 == caught.value.tries
    assert f"A later try: {method} {path} was refused with {status} NO" in str(caught.value).replace("/api", "")
    assert isinstance(caught.value.__cause__, APIError)
    assert status == caught.value.__cause__.status
    assert ("mine" if write == "report" else None) == caught.value.idempotency_key


async def test_a_duplicate_s_own_answer_ends_the_doubt(api: ScriptedApi, bee: LedgerBee) -> None:
    """The first try was counted, and the API says so to the second."""
    api.on("POST", PATH).raises(httpx.ReadTimeout).answers(200, json={"status": "duplicate"})

    assert {"status": "duplicate"} == await bee._calls.one(REPORT, ANY, body={})


async def test_a_read_has_nothing_to_doubt(api: ScriptedApi, bee: LedgerBee) -> None:
    """What a later try says of a thing is so."""
    api.on("GET", "/v1/things/1").answers(503).answers(404, json={})

    with pytest.raises(NotFoundError):
        await bee._calls.one(GET, ANY, path=("1",))


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("status", [408, 499])
async def test_a_write_that_times_out_at_the_server_is_unknown(
    status: int, write: str, api: ScriptedApi, bee: LedgerBee
) -> None:
    """A proxy that gave up waiting does not know what the server behind it did; it is no refusal."""
    method, path, send = WRITES[write]
    api.on(method, path).answers(status, times=4)

    with pytest.raises(OutcomeUnknownError, match=f"was answered with {status}.*may have been carried out") as caught:
        await send(bee)

    assert (status, 4) == (caught.value.status, caught.value.tries)
    assert 4 == len(api.requests)


@pytest.mark.parametrize("last", [httpx.ConnectError, 429])
async def test_a_write_that_timed_out_at_the_server_stays_unknown(
    last: type[httpx.TransportError] | int, api: ScriptedApi, bee: LedgerBee, clock: FakeClock
) -> None:
    """Of four tries the second is the last that may have been carried out."""
    route = api.on("POST", PATH).answers(408, times=2)
    _ = route.answers(last, times=2, json={}) if isinstance(last, int) else route.raises(last, times=2)

    with pytest.raises(OutcomeUnknownError, match="was answered with 408") as caught:
        await bee._calls.one(REPORT, ANY, body={})

    assert 2 == caught.value.tries
    assert START + datetime.timedelta(seconds=clock.slept[0]) == caught.value.sent_at


@pytest.mark.parametrize("status", [408, 499])
async def test_a_read_that_times_out_at_the_server_was_not_refused(
    status: int, api: ScriptedApi, bee: LedgerBee
) -> None:
    """It was answered so, four times."""
    api.on("GET", "/v1/things/1").answers(status, times=4)

    with pytest.raises(APIError, match=f"was answered with {status}"):
        await bee._calls.one(GET, ANY, path=("1",))


@pytest.mark.parametrize("answer", ["cut", "html", "late"])
async def test_an_unknown_write_says_when_it_was_sent(
    answer: str, api: ScriptedApi, bee: LedgerBee, clock: FakeClock
) -> None:
    """Not when its answer was read, so that what was made since then includes it."""

    def after_three_seconds(request: httpx.Request) -> httpx.Response:
        clock.time += 3
        if answer == "late":
            raise httpx.ReadTimeout("")
        html = {"content": b"<html>", "headers": {"content-type": "text/html"}}
        cut = {"content": b'{"id": ', "headers": {"content-type": "application/json"}}
        return httpx.Response(201, **html if answer == "html" else cut)  # type: ignore[arg-type]

    api.on("POST", "/v1/things").raises(httpx.ConnectError).does(after_three_seconds)

    with pytest.raises(OutcomeUnknownError) as caught:
        await bee._calls.one(CREATE, ANY, body={})

    assert START + datetime.timedelta(seconds=clock.slept[0]) == caught.value.sent_at
    assert 2 == caught.value.tries
