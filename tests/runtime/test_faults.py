"""
The table of faults: what each does to a write and to a read, and that no write is ever sent twice once it may have
left.
"""

from __future__ import annotations

import logging
from typing import Any

import anyio
import httpx
import pytest

from ledgerbee_client import (
    APIError,
    ConnectionFailedError,
    DeadlineError,
    LedgerBee,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitError,
    ServerError,
)
from ledgerbee_client._models.model import ANY

from .conftest import FakeClock, Hanging, Script, ScriptedApi
from .operations import CREATE, DELETE, GET, PUT

pytestmark = pytest.mark.anyio
HTML = {"content": b"<html>520 secret-of-the-proxy</html>", "headers": {"content-type": "text/html"}}


class ForeignError(Exception):
    """What a library that we do not know says."""


def hung_up(request: httpx.Request) -> httpx.Response:
    """Fail as the transport of httpx-aiohttp does when the server hangs up on a request that it has."""
    raise httpx.ConnectTimeout("Server disconnected") from ForeignError()


class CutBody(httpx.AsyncByteStream):
    """A body that breaks off."""

    def __init__(self, error: type[httpx.TransportError] = httpx.ReadError) -> None:
        self.error = error

    async def __aiter__(self) -> Any:
        yield b'{"id": '
        raise self.error("cut")


def cut(status: int = 201, error: type[httpx.TransportError] = httpx.ReadError) -> Any:
    return lambda request: httpx.Response(status, stream=CutBody(error))


AFTER_A_BYTE_MAY_HAVE_LEFT = {
    "write error half-way": lambda s: s.raises(httpx.WriteError),
    "write timeout": lambda s: s.raises(httpx.WriteTimeout),
    "read timeout": lambda s: s.raises(httpx.ReadTimeout),
    "reset after request": lambda s: s.raises(httpx.ReadError),
    "cut headers": lambda s: s.raises(httpx.RemoteProtocolError),
    "local protocol error": lambda s: s.raises(httpx.LocalProtocolError),
    "cut body": lambda s: s.does(cut()),
    "500": lambda s: s.answers(500),
    "502": lambda s: s.answers(502, **HTML),
    "503 with Retry-After": lambda s: s.answers(503, headers={"retry-after": "0"}),
    "504": lambda s: s.answers(504),
    "520 with HTML": lambda s: s.answers(520, **HTML),
    "408": lambda s: s.answers(408),
    "redirect": lambda s: s.answers(307, headers={"location": "https://evil.example/"}),
    "HTML with 200": lambda s: s.answers(200, **HTML),
    "cut JSON with 200": lambda s: s.answers(200, content=b'{"id": ', headers={"content-type": "application/json"}),
}
BEFORE_A_BYTE_LEFT = {
    "connect refused": httpx.ConnectError,
    "connect timeout": httpx.ConnectTimeout,
    "pool timeout": httpx.PoolTimeout,
    "proxy refused": httpx.ProxyError,
}


@pytest.mark.parametrize("fault", AFTER_A_BYTE_MAY_HAVE_LEFT)
async def test_a_write_is_sent_once_when_a_byte_may_have_left(fault: str, api: ScriptedApi, bee: LedgerBee) -> None:
    """It may have been booked: reported as unknown, never resent."""
    AFTER_A_BYTE_MAY_HAVE_LEFT[fault](api.on("POST", "/v1/things"))

    with pytest.raises(OutcomeUnknownError, match="may have been carried out") as caught:
        await bee._calls.one(CREATE, ANY, body={"reference": "INV-1042"})

    assert 1 == len(api.requests)
    assert "things.create" == caught.value.operation
    assert "reference 'INV-1042'" in str(caught.value)
    assert ({"reference": "INV-1042"},) == caught.value.payload_keys
    assert caught.value.sent_at is not None
    assert "secret-of-the-proxy" not in str(caught.value)


@pytest.mark.parametrize("fault", BEFORE_A_BYTE_LEFT)
async def test_a_write_that_never_left_is_sent_again(fault: str, api: ScriptedApi, bee: LedgerBee) -> None:
    """Nothing was sent, so that sending is harmless."""
    api.on("POST", "/v1/things").raises(BEFORE_A_BYTE_LEFT[fault]).answers(201, json={"id": "1"})

    assert {"id": "1"} == await bee._calls.one(CREATE, ANY, body={})
    assert 2 == len(api.requests)


@pytest.mark.parametrize("fault", BEFORE_A_BYTE_LEFT)
async def test_a_write_that_can_never_leave_says_that_nothing_was_sent(
    fault: str, api: ScriptedApi, bee: LedgerBee
) -> None:
    """After three retries the caller learns it, and may try again."""
    api.on("POST", "/v1/things").raises(BEFORE_A_BYTE_LEFT[fault], times=4)

    with pytest.raises(ConnectionFailedError, match="nothing was sent"):
        await bee._calls.one(CREATE, ANY, body={})


@pytest.mark.parametrize("fault", BEFORE_A_BYTE_LEFT)
async def test_a_body_that_breaks_off_is_unknown_whatever_that_is_called(
    fault: str, api: ScriptedApi, bee: LedgerBee
) -> None:
    """The headers have come, so that the write has left; a transport that says "not connected" then is not believed."""
    api.on("POST", "/v1/things").does(cut(201, BEFORE_A_BYTE_LEFT[fault]))

    with pytest.raises(OutcomeUnknownError):
        await bee._calls.one(CREATE, ANY, body={})

    assert 1 == len(api.requests)


@pytest.mark.parametrize(
    "fault", [f for f in AFTER_A_BYTE_MAY_HAVE_LEFT if f not in {"redirect", "HTML with 200", "cut JSON with 200"}]
)
async def test_a_read_is_sent_again(fault: str, api: ScriptedApi, bee: LedgerBee) -> None:
    """Reading twice is harmless."""
    script: Script = AFTER_A_BYTE_MAY_HAVE_LEFT[fault](api.on("GET", "/v1/things/1"))
    script.answers(200, json={"id": "1"})

    assert {"id": "1"} == await bee._calls.one(GET, ANY, path=("1",))


async def test_a_read_gives_up_with_the_last_answer(api: ScriptedApi, bee: LedgerBee, clock: FakeClock) -> None:
    """Four tries, three waits, then the server's error."""
    api.on("GET", "/v1/things/1").answers(500, times=4)

    with pytest.raises(ServerError):
        await bee._calls.one(GET, ANY, path=("1",))

    assert [0.0375, 0.1875, 0.9375] == pytest.approx(clock.slept)


async def test_a_cut_refusal_is_a_refusal(api: ScriptedApi, bee: LedgerBee) -> None:
    """A 400 booked nothing, however little of its body came."""
    api.on("POST", "/v1/things").does(cut(400))

    with pytest.raises(APIError) as caught:
        await bee._calls.one(CREATE, ANY, body={})

    assert 400 == caught.value.status


async def test_a_write_turned_away_by_a_limiter_is_sent_again(
    api: ScriptedApi, bee: LedgerBee, clock: FakeClock
) -> None:
    """429 comes before the handler."""
    api.on("POST", "/v1/things").answers(429, headers={"retry-after": "2"}).answers(201, json={})

    await bee._calls.one(CREATE, ANY, body={})

    assert [2.0] == clock.slept


async def test_a_server_that_asks_for_no_wait_is_given_time(api: ScriptedApi, bee: LedgerBee, clock: FakeClock) -> None:
    """Four tries within two milliseconds help neither side."""
    api.on("GET", "/v1/things/1").answers(429, headers={"retry-after": "0"}, times=3).answers(json={})

    await bee._calls.one(GET, ANY, path=("1",))

    assert [0.375, 0.75, 1.5] == clock.slept


async def test_a_limit_that_outlasts_the_deadline_is_told(api: ScriptedApi, bee: LedgerBee, clock: FakeClock) -> None:
    """The wait is not begun, and the error says until when."""
    api.on("GET", "/v1/things/1").answers(429, headers={"retry-after": "60"})

    with pytest.raises(RateLimitError) as caught:
        await bee._calls.one(GET, ANY, path=("1",))

    assert [] == clock.slept
    assert caught.value.retry_at is not None
    assert clock.time + 60 == caught.value.retry_at.timestamp()


async def test_a_deletion_that_finds_nothing_the_second_time_succeeded(api: ScriptedApi, bee: LedgerBee) -> None:
    """The first try may have deleted it: gone is what was wanted."""
    api.on("DELETE", "/v1/things/1").answers(502).answers(404, json={})

    assert await bee._calls.one(DELETE, ANY, path=("1",)) is None


async def test_a_deletion_that_finds_nothing_the_first_time_fails(api: ScriptedApi, bee: LedgerBee) -> None:
    """Then there was nothing to delete."""
    api.on("DELETE", "/v1/things/1").answers(404, json={})

    with pytest.raises(NotFoundError):
        await bee._calls.one(DELETE, ANY, path=("1",))


async def test_a_put_is_repeatable(api: ScriptedApi, bee: LedgerBee) -> None:
    """By RFC 9110."""
    api.on("PUT", "/v1/things").answers(503).answers(200, json={})

    await bee._calls.one(PUT, ANY, body={})

    assert 2 == len(api.requests)


async def test_a_hanging_write_ends_at_its_deadline_as_unknown(api: ScriptedApi) -> None:
    """The deadline is a promise, also to a server that never answers."""
    from ledgerbee_client import ApiKey

    api.on("POST", "/v1/things").does(Hanging())
    async with LedgerBee(ApiKey("k"), transport=api, timeout=0.2) as bee:
        with pytest.raises(OutcomeUnknownError, match=r"no answer within 0.2 s"):
            await bee._calls.one(CREATE, ANY, body={})


async def test_a_hanging_read_ends_at_its_deadline(api: ScriptedApi) -> None:
    """The call's own timeout wins over the client's."""
    from ledgerbee_client import ApiKey

    api.on("GET", "/v1/things/1").always(Hanging())
    async with LedgerBee(ApiKey("k"), transport=api, max_retries=0) as bee:
        with pytest.raises(DeadlineError), anyio.fail_after(5):
            await bee._calls.one(GET, ANY, path=("1",), timeout=0.02)


async def test_a_cancelled_write_is_logged_as_unknown(
    api: ScriptedApi, bee: LedgerBee, caplog: pytest.LogCaptureFixture
) -> None:
    """And the cancellation goes on, swallowed by nobody."""
    api.on("POST", "/v1/things").does(Hanging())

    with caplog.at_level(logging.WARNING), anyio.move_on_after(0.02) as scope:
        await bee._calls.one(CREATE, ANY, body={"reference": "INV-7"})

    assert scope.cancelled_caught
    assert "its outcome is unknown" in caplog.text
    assert "INV-7" in caplog.text
    assert 1 == len(api.requests)


async def test_another_library_s_word_that_nothing_left_is_not_taken(api: ScriptedApi, bee: LedgerBee) -> None:
    """A transport that translates says "not connected" of writes that had arrived; such a write is not sent again."""
    api.on("POST", "/v1/things").does(hung_up)

    with pytest.raises(OutcomeUnknownError):
        await bee._calls.one(CREATE, ANY, body={"name": "x"})

    assert 1 == len(api.requests)
