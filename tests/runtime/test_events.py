"""What is told of calls: notices and requests in the log, events for observers, captured answers."""

from __future__ import annotations

import logging
import pickle

import pytest

from ledgerbee_client import ApiKey, ClientCredentials, LedgerBee, LedgerBeeError, events
from ledgerbee_client._models.model import ANY

from .conftest import FakeClock, ScriptedApi
from .operations import CREATE, GET, OLD

pytestmark = pytest.mark.anyio


async def test_a_deprecated_operation_is_said_once(
    api: ScriptedApi, bee: LedgerBee, caplog: pytest.LogCaptureFixture
) -> None:
    """With its successor, and its end where the API tells it, as ISO date or HTTP date."""
    api.on("POST", "/v1/old").answers(201, json={}, headers={"deprecation": "true", "sunset": "2026-11-08"}, times=2)

    for _ in range(2):
        await bee._calls.one(OLD, ANY, body={})

    assert [
        "things.create_v1 is deprecated and may stop working after 2026-11-08; use bee.things.create instead."
    ] == caplog.messages


async def test_a_deprecation_that_only_the_headers_know_is_said(
    api: ScriptedApi, bee: LedgerBee, caplog: pytest.LogCaptureFixture
) -> None:
    """HTTP date and link are understood."""
    headers = {
        "deprecation": "true",
        "sunset": "Sun, 08 Nov 2026 23:59:59 GMT",
        "link": '</api/v2/things>; rel="successor-version"',
    }
    api.on("POST", "/v1/things").answers(201, json={}, headers=headers)

    await bee._calls.one(CREATE, ANY, body={})

    assert "after 2026-11-08; use /api/v2/things instead" in caplog.text


@pytest.mark.parametrize("odd", ["", "soon", "99999-01-01", "<<<>>>", "a" * 10_000])
async def test_odd_ageing_headers_break_nothing(odd: str, api: ScriptedApi, bee: LedgerBee) -> None:
    """They are information."""
    names = ("deprecation", "sunset", "link", "x-api-key-expires-at")
    api.on("POST", "/v1/things").answers(201, json={}, headers=dict.fromkeys(names, odd))

    await bee._calls.one(CREATE, ANY, body={})


async def test_a_key_that_expires_soon_is_said_once(
    api: ScriptedApi, bee: LedgerBee, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """With the days that are left; a year ahead is no news."""
    api.on("GET", "/v1/things/1").answers(json={}, headers={"x-api-key-expires-at": "2027-09-21T00:00:00.000Z"})
    api.on("GET", "/v1/things/1").answers(
        json={}, headers={"x-api-key-expires-at": "2026-10-01T14:13:20.000Z"}, times=2
    )

    for _ in range(3):
        await bee._calls.one(GET, ANY, path=("1",))

    assert ["The API key expires at 2026-10-01, in 10 days; make a new one and move over."] == caplog.messages


async def test_an_observer_sees_tries_and_never_bodies(api: ScriptedApi, clock: FakeClock) -> None:
    """Frozen facts with the operation, the try and the seconds; paths as templates."""
    told: list[events.Event] = []
    api.on("GET", "/v1/things/1").answers(503).answers(json={"body": "canary"})
    async with LedgerBee(ApiKey("k"), transport=api, clock=clock.clock, on_event=told.append) as bee:
        await bee._calls.one(GET, ANY, path=("1",))

    assert [events.Sent, events.Answered, events.Retrying, events.Sent, events.Answered] == [type(e) for e in told]
    assert {"/v1/things/{id}"} == {event.path for event in told}
    assert [1, 1, 1, 2, 2] == [event.attempt for event in told]
    assert "canary" not in repr(told)
    assert told == pickle.loads(pickle.dumps(told))


async def test_an_observer_sees_tokens_and_unknown_outcomes(api: ScriptedApi, clock: FakeClock) -> None:
    """What an operator wants to count."""
    told: list[events.Event] = []
    api.on("POST", "/v1/auth/token").answers(json={"access_token": "t"})
    api.on("POST", "/v1/things").answers(502)
    credentials = ClientCredentials("i", "s")
    async with LedgerBee(credentials, transport=api, clock=clock.clock, on_event=told.append) as bee:
        with pytest.raises(LedgerBeeError):
            await bee._calls.one(CREATE, ANY, body={})

    assert {events.TokenRefreshed, events.OutcomeUnknown} <= {type(event) for event in told}


async def test_a_view_hears_of_the_token_that_its_call_fetched(api: ScriptedApi, clock: FakeClock) -> None:
    """Whoever causes a token request hears of it, and nobody else."""
    api.on("POST", "/v1/auth/token").always(json={"access_token": "t", "expires_in": 3600})
    api.on("GET", "/v1/things/1").always(json={})
    view, client = list[events.Event](), list[events.Event]()

    credentials = ClientCredentials("id", "secret")
    async with LedgerBee(credentials, transport=api, clock=clock.clock, on_event=client.append) as bee:
        await bee.with_options(on_event=view.append)._calls.one(GET, ANY, path=("1",))
        await bee._calls.one(GET, ANY, path=("1",))

    assert ["auth.token", "auth.token", "auth.token", "things.get", "things.get"] == [event.operation for event in view]
    assert ["things.get", "things.get"] == [event.operation for event in client]


async def test_an_observer_that_fails_fails_alone(
    api: ScriptedApi, bee: LedgerBee, caplog: pytest.LogCaptureFixture
) -> None:
    """A booking must not look like an error because a metric could not be written."""

    def fail(event: events.Event) -> None:
        raise ZeroDivisionError

    api.on("POST", "/v1/things").answers(201, json={"id": "1"})

    assert {"id": "1"} == await bee.with_options(on_event=fail)._calls.one(CREATE, ANY, body={})
    assert "a callback failed on" in caplog.text


async def test_captured_answers_are_as_they_came(api: ScriptedApi, bee: LedgerBee) -> None:
    """Status, headers and body of every call in the block, and of none outside."""
    api.on("GET", "/v1/things/1").always(content=b'{"a":  1}', headers={"X-Odd": "y"})

    with bee.capture() as calls:
        await bee._calls.one(GET, ANY, path=("1",))
    await bee._calls.one(GET, ANY, path=("1",))

    assert [b'{"a":  1}'] == [call.body for call in calls]
    assert "y" == calls[0].headers["x-odd"]
    assert "/v1/things/1" == calls[0].path


async def test_requests_are_logged_by_template(
    api: ScriptedApi, bee: LedgerBee, caplog: pytest.LogCaptureFixture
) -> None:
    """Method, path and status; no id, no query."""
    api.on("GET", "/v1/things/customer-7").answers(json={})

    with caplog.at_level(logging.DEBUG, logger="ledgerbee_client"):
        await bee._calls.one(GET, ANY, path=("customer-7",), query={"q": "private"})

    assert "GET /v1/things/{id}: 200" in caplog.text
    assert "customer-7" not in caplog.text
    assert "private" not in caplog.text
