"""An unknown outcome settled by reading back: later and later, and never by one look."""

from __future__ import annotations

import pytest

from ledgerbee_client import (
    ConnectionFailedError,
    LedgerBee,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitError,
    ServerError,
)
from ledgerbee_client._models.model import ANY

from .conftest import FakeClock, ScriptedApi
from .operations import CREATE

pytestmark = pytest.mark.anyio


async def test_an_unknown_outcome_is_settled_by_reading_back_later(
    api: ScriptedApi, bee: LedgerBee, clock: FakeClock
) -> None:
    """Delayed, repeated, bounded reads: what appears late is found."""
    api.on("POST", "/v1/things").answers(504)
    reads = iter([None, None, "the entry"])

    async def finder() -> str | None:
        return next(reads)

    with pytest.raises(OutcomeUnknownError) as caught:
        await bee._calls.one(CREATE, ANY, body={})

    assert "the entry" == await caught.value.settled_by(finder)
    assert [1.0, 2.0, 4.0] == clock.slept


async def test_what_never_appears_is_none_after_the_time_given(
    api: ScriptedApi, bee: LedgerBee, clock: FakeClock
) -> None:
    """The last read comes at the very end, and a failing one counts as nothing seen."""
    api.on("POST", "/v1/things").answers(504)
    reads = 0

    async def finder() -> str | None:
        nonlocal reads
        reads += 1
        if reads == 1:
            raise ServerError("down")
        return None

    with pytest.raises(OutcomeUnknownError) as caught:
        await bee._calls.one(CREATE, ANY, body={})

    found: object = await caught.value.settled_by(finder, within=10)
    assert found is None
    assert [1.0, 2.0, 4.0, 3.0] == clock.slept


@pytest.mark.parametrize(
    "error", [NotFoundError("none yet"), RateLimitError("slow down"), ConnectionFailedError("cut"), ValueError("odd")]
)
async def test_a_finder_that_fails_is_asked_again(
    error: Exception, api: ScriptedApi, bee: LedgerBee, clock: FakeClock
) -> None:
    """Whatever it raised before the last read: what is not there yet is 404, and a storm of reads is 429."""
    api.on("POST", "/v1/things").answers(504)
    reads = 0

    async def finder() -> str | None:
        nonlocal reads
        reads += 1
        if reads < 3:
            raise error
        return "the entry"

    with pytest.raises(OutcomeUnknownError) as caught:
        await bee._calls.one(CREATE, ANY, body={})

    assert "the entry" == await caught.value.settled_by(finder, within=7)
    assert [1.0, 2.0, 4.0] == clock.slept


async def test_settling_within_no_time_reads_once(api: ScriptedApi, bee: LedgerBee, clock: FakeClock) -> None:
    """At once, and without waiting."""
    api.on("POST", "/v1/things").answers(504)

    async def finder() -> str:
        return "the entry"

    async def failing() -> str:
        raise NotFoundError("none yet")

    with pytest.raises(OutcomeUnknownError) as caught:
        await bee._calls.one(CREATE, ANY, body={})

    assert "the entry" == await caught.value.settled_by(finder, within=0)
    with pytest.raises(NotFoundError, match="none yet"):
        await caught.value.settled_by(failing, within=0)
    assert [] == clock.slept


async def test_a_finder_that_fails_to_the_end_is_heard(api: ScriptedApi, bee: LedgerBee) -> None:
    """None would say that nothing was booked, and nobody knows that."""
    api.on("POST", "/v1/things").answers(504)

    async def finder() -> None:
        raise ServerError("down")

    with pytest.raises(OutcomeUnknownError) as caught:
        await bee._calls.one(CREATE, ANY, body={})
    with pytest.raises(ServerError, match="down"):
        await caught.value.settled_by(finder, within=3)
