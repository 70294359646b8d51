"""Batches: packed by count and bytes, in order, and everybody's fate told with the caller's own objects."""

from __future__ import annotations

import logging
import pickle
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerbee_client import (
    Attachment,
    AuthenticationError,
    BatchIncompleteError,
    BatchProgress,
    BatchReport,
    BatchSizeError,
    BodyTooLargeError,
    ClientCredentials,
    InvalidValueError,
    LedgerBee,
    OutcomeUnknownError,
    UnreadableAnswerError,
    ValidationError,
)
from ledgerbee_client.batches import culprits
from ledgerbee_client.wire import ANY

from .conftest import FakeClock, ScriptedApi
from .operations import BATCH

pytestmark = pytest.mark.anyio
PATH = "/v2/things/batch"


def entries(count: int) -> list[dict[str, Any]]:
    return [{"reference": f"R{number}"} for number in range(count)]


def book(request: httpx.Request) -> httpx.Response:
    """Book everything, answer in order."""
    import json

    given = json.loads(request.content)["entries"]
    return httpx.Response(201, json={"totalCreated": len(given), "entries": [{"id": e["reference"]} for e in given]})


def refuse(*positions: int) -> Callable[[httpx.Request], httpx.Response]:
    errors = [{"property": f"entries.{p}.lines.0.amount", "constraints": {"isPositive": "no"}} for p in positions]
    body = {
        "statusCode": 400,
        "code": "SHARED_VALIDATION_FAILED",
        "message": "no",
        "details": {"validationErrors": errors},
    }
    return lambda request: httpx.Response(400, json=body)


async def batch(bee: LedgerBee, given: Any) -> Any:
    return await bee.calls.batch(BATCH, ANY, given, field="entries", entry_codec=ANY, minimum=1, maximum=100)


async def many(bee: LedgerBee, given: Any, **options: Any) -> BatchReport[Any, Any]:
    return await bee.calls.batch_many(
        BATCH, given, field="entries", answers="entries", entry_codec=ANY, booked=ANY, maximum=100, **options
    )


def fates(report: BatchReport[Any, Any]) -> tuple[int, int, int, int]:
    return len(report.booked), len(report.refused), len(report.unknown), len(report.not_sent)


@pytest.mark.parametrize("count", [0, 101])
async def test_a_batch_outside_its_bounds_is_refused_before_sending(
    count: int, api: ScriptedApi, bee: LedgerBee
) -> None:
    """With what came, what is allowed and what to do."""
    with pytest.raises(BatchSizeError, match=rf"{count} entries given, 1 to 100 allowed"):
        await batch(bee, entries(count))

    assert [] == api.requests


async def test_a_batch_is_one_request(api: ScriptedApi, bee: LedgerBee) -> None:
    """One transaction, whole or not at all."""
    api.on("POST", PATH).does(book)

    answer = await batch(bee, entries(100))

    assert 100 == answer["totalCreated"]
    assert {"entries": entries(100)} == api.requests[0].json


async def test_an_unknown_batch_names_its_entries(api: ScriptedApi, bee: LedgerBee) -> None:
    """Every key to look for on the error, the first three in its message."""
    api.on("POST", PATH).answers(502)

    with pytest.raises(OutcomeUnknownError, match=r"reference 'R0', reference 'R1', reference 'R2', \.\.\.") as caught:
        await batch(bee, entries(5))

    assert 5 == len(caught.value.payload_keys)


async def test_a_value_that_cannot_be_sent_is_named_by_its_place(api: ScriptedApi, bee: LedgerBee) -> None:
    """Before anything is sent."""
    with pytest.raises(InvalidValueError, match=r"entries\.1\.amount: expected") as caught:
        await batch(bee, [{"amount": 1}, {"amount": 0.1}])

    assert "things.create_batch" == caught.value.operation
    assert [] == api.requests


async def test_many_entries_are_cut_by_a_hundred(api: ScriptedApi, bee: LedgerBee) -> None:
    """250 are three requests, booked in order."""
    api.on("POST", PATH).always(book)
    given = entries(250)

    report = await many(bee, given)

    assert [100, 100, 50] == [len(request.json["entries"]) for request in api.requests]
    assert 3 == report.requests
    assert [f"R{n}" for n in range(250)] == [one.result["id"] for one in report.booked]
    assert all(one.entry is given[one.position] for one in report.booked)
    report.raise_if_incomplete()


async def test_entries_may_come_from_a_generator(api: ScriptedApi, bee: LedgerBee) -> None:
    """Also an asynchronous one; nothing is held that is not being sent."""
    api.on("POST", PATH).always(book)

    def plain() -> Iterator[Any]:
        yield from entries(101)

    async def waiting() -> AsyncIterator[Any]:
        for entry in entries(101):
            await anyio.lowlevel.checkpoint()
            yield entry

    assert 101 == len((await many(bee, plain())).booked)
    assert 101 == len((await many(bee, waiting())).booked)


async def test_a_stream_without_end_ends_with_the_run(api: ScriptedApi, bee: LedgerBee) -> None:
    """After a stop it keeps what it has not given; a generator is read to its end, and told in full."""
    api.on("POST", PATH).always(status=502)

    async def queue() -> AsyncIterator[Any]:
        number = 0
        while True:
            await anyio.lowlevel.checkpoint()
            yield {"reference": f"R{number}"}
            number += 1

    stream = queue()

    assert (0, 0, 100, 0) == fates(await many(bee, stream))
    assert {"reference": "R100"} == await anext(stream)
    assert (0, 0, 100, 50) == fates(await many(bee, iter(entries(150))))
    await stream.aclose()  # type: ignore[attr-defined]


async def test_no_entries_are_no_requests(bee: LedgerBee) -> None:
    """An empty run is complete."""
    report = await many(bee, [])

    assert 0 == report.requests
    report.raise_if_incomplete()


async def test_batches_are_packed_by_bytes(api: ScriptedApi, bee: LedgerBee) -> None:
    """Two files of 9 MB do not fit into one body of under 15 MB."""
    api.on("POST", PATH).always(book)
    file = Attachment.from_bytes(b"%PDF-" + b"x" * 8_999_995, filename="a.pdf")
    given = [{"reference": f"R{n}", "attachments": [file]} for n in range(2)]

    report = await many(bee, given)

    assert 2 == report.requests
    assert all(len(request.content) < 15_000_000 for request in api.requests)


async def test_bodies_are_filled_to_the_last_byte(api: ScriptedApi, bee: LedgerBee) -> None:
    """Two entries that make 14,999,999 bytes fit; one byte more does not."""
    api.on("POST", PATH).always(book)
    overhead = len(b'{"reference":"R","pad":""}')
    exact = [{"reference": "R", "pad": "x" * (size - overhead)} for size in (7_499_992, 7_499_992)]
    one_more = [{"reference": "R", "pad": "x" * (size - overhead)} for size in (7_499_993, 7_499_992)]

    assert 1 == (await many(bee, exact)).requests
    assert 14_999_999 == len(api.requests[0].content)
    assert 2 == (await many(bee, one_more)).requests


async def test_an_entry_that_can_never_fit_is_refused_before_anything_is_sent(api: ScriptedApi, bee: LedgerBee) -> None:
    """Even where it is the last of many."""
    file = Attachment.from_bytes(b"%PDF-" + b"x" * 9_999_995, filename="a.pdf")
    given = [*entries(200), {"attachments": [file, file]}]

    with pytest.raises(BodyTooLargeError, match="entry 200 alone"):
        await many(bee, given)

    assert [] == api.requests


async def test_a_bad_entry_of_a_generator_stops_before_its_batch(api: ScriptedApi, bee: LedgerBee) -> None:
    """Nobody can look ahead in a generator; what was booked before stays booked, and is told."""
    api.on("POST", PATH).always(book)
    given = [*entries(150), {"amount": 0.1}, *entries(10)]

    report = await many(bee, iter(given))

    assert (100, 1, 0, 60) == fates(report)
    assert given[150] is report.refused[0].entry
    assert isinstance(report.error, InvalidValueError)


async def test_a_refusal_stops_the_run(api: ScriptedApi, bee: LedgerBee) -> None:
    """The named entry is refused; its neighbours and those after it may be sent as they are."""
    api.on("POST", PATH).does(book).does(refuse(7))
    given = entries(250)

    report = await many(bee, given)

    assert [107] == [one.position for one in report.refused]
    assert [*range(100, 107), *range(108, 250)] == [one.position for one in report.not_sent]
    assert all(one.entry is given[one.position] for one in report.not_sent)
    with pytest.raises(BatchIncompleteError, match="100 entries were booked, 1 refused") as caught:
        report.raise_if_incomplete()
    assert caught.value.report is report


async def test_refused_entries_can_be_set_aside(api: ScriptedApi, bee: LedgerBee) -> None:
    """A 400 booked nothing of its batch, so the rest of it is sent again without them."""
    api.on("POST", PATH).does(refuse(3, 5)).does(refuse(0)).does(book).does(book)

    report = await many(bee, entries(150), refused="set_aside")

    assert [0, 3, 5] == [one.position for one in report.refused]
    assert all(isinstance(one.error, ValidationError) for one in report.refused)
    assert 147 == len(report.booked)
    assert 4 == report.requests
    assert [] == report.not_sent


async def test_a_refusal_that_names_nobody_sets_its_batch_aside(api: ScriptedApi, bee: LedgerBee) -> None:
    """A business rule does not say who broke it."""
    api.on("POST", PATH).answers(400, json={"code": "JOURNAL_CATEGORY_NOT_FOUND"}).does(book)

    report = await many(bee, entries(150), refused="set_aside")

    assert 100 == len(report.refused)
    assert 50 == len(report.booked)


async def test_a_refusal_of_everybody_ends(api: ScriptedApi, bee: LedgerBee) -> None:
    """When all are set aside there is nothing left to send."""
    api.on("POST", PATH).does(refuse(0, 1))

    report = await many(bee, entries(2), refused="set_aside")

    assert 2 == len(report.refused)
    assert 1 == report.requests


@pytest.mark.parametrize("mode", ["stop", "set_aside"])
async def test_an_unknown_outcome_stops_the_run(mode: str, api: ScriptedApi, bee: LedgerBee) -> None:
    """Read back first; the rest waits."""
    api.on("POST", PATH).does(book).answers(504)

    report = await many(bee, entries(250), refused=mode)

    assert (100, 0, 100, 50) == fates(report)
    assert isinstance(report.error, OutcomeUnknownError)
    assert 2 == len(api.requests)


async def test_a_credential_that_fails_is_no_entrys_fault(api: ScriptedApi, bee: LedgerBee) -> None:
    """Nothing was booked, everything may be sent once the key works."""
    api.on("POST", PATH).answers(401, json={})

    report = await many(bee, entries(3), refused="set_aside")

    assert 3 == len(report.not_sent)
    assert isinstance(report.error, AuthenticationError)


@pytest.mark.parametrize("answer", [{"totalCreated": 2}, {"entries": [{}]}, [], {"entries": 2}])
async def test_an_answer_that_matches_no_entries_leaves_them_unknown(
    answer: Any, api: ScriptedApi, bee: LedgerBee
) -> None:
    """They are booked, and nobody knows as what."""
    api.on("POST", PATH).answers(201, json=answer)

    report = await many(bee, entries(2))

    assert 2 == len(report.unknown)
    assert isinstance(report.error, UnreadableAnswerError)


async def test_batches_may_overlap(api: ScriptedApi, bee: LedgerBee) -> None:
    """Four at a time, and the report is in order all the same."""
    running, most = 0, 0

    async def slow(request: httpx.Request) -> httpx.Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await anyio.wait_all_tasks_blocked()
        running -= 1
        return book(request)

    api.on("POST", PATH).always(slow)  # type: ignore[arg-type]

    report = await many(bee, entries(1000), concurrency=4)

    assert 4 == most
    assert list(range(1000)) == [one.position for one in report.booked]


async def test_concurrency_begins_at_one(bee: LedgerBee) -> None:
    """Nothing at a time would take for ever."""
    with pytest.raises(InvalidValueError, match="concurrency"):
        await many(bee, entries(1), concurrency=0)


async def test_progress_is_told_after_each_batch(api: ScriptedApi, bee: LedgerBee) -> None:
    """With the total, where it was known."""
    api.on("POST", PATH).always(book)
    told: list[BatchProgress] = []

    await many(bee, entries(250), on_progress=told.append)

    assert [100, 200, 250] == [progress.settled for progress in told]
    assert {250} == {progress.total for progress in told}


async def test_a_callback_that_fails_fails_alone(
    api: ScriptedApi, bee: LedgerBee, caplog: pytest.LogCaptureFixture
) -> None:
    """What is booked is booked, and its report is not lost for a progress bar."""
    api.on("POST", PATH).always(book)

    def fail(progress: BatchProgress) -> None:
        raise ZeroDivisionError

    report = await many(bee, entries(150), on_progress=fail)

    assert (150, 0, 0, 0) == fates(report)
    assert "a callback failed on BatchProgress of things.create_batch" in caplog.text


@pytest.mark.parametrize("concurrency", [1, 3])
async def test_entries_that_break_off_leave_a_report(concurrency: int, api: ScriptedApi, bee: LedgerBee) -> None:
    """A generator that reads a database loses its connection: what was booked before is told."""
    api.on("POST", PATH).always(book)

    def broken() -> Iterator[dict[str, Any]]:
        yield from entries(250)
        raise ZeroDivisionError

    with pytest.raises(BatchIncompleteError, match="broke off after 250 of them with ZeroDivisionError") as caught:
        await many(bee, broken(), concurrency=concurrency)

    assert (200, 0, 0, 50) == fates(caught.value.report)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize("status", [400, 401, 503])
async def test_a_token_that_does_not_come_is_no_entrys_fault(status: int, api: ScriptedApi, clock: FakeClock) -> None:
    """The token endpoint refused the client, or failed; no entry was sent, and none is refused or unknown."""
    api.on("POST", "/v1/auth/token").always(status=status, json={"error": "invalid_client"})

    async with LedgerBee(ClientCredentials("i", "s"), transport=api, clock=clock.clock) as bee:
        report = await many(bee, entries(150), refused="set_aside")

    assert (0, 0, 0, 150) == fates(report)
    assert [] == api.sent(PATH)


@pytest.mark.parametrize("given", [None, "abc", b"abc", 5, {"reference": "R1"}])
async def test_what_holds_no_entries_is_refused(given: Any, bee: LedgerBee) -> None:
    """One entry in place of a list of them, for instance."""
    with pytest.raises(InvalidValueError, match="entries: expected"):
        await batch(bee, given)
    with pytest.raises(InvalidValueError, match="entries: expected"):
        await many(bee, given)


async def test_a_cancelled_run_says_how_far_it_came(
    api: ScriptedApi, bee: LedgerBee, caplog: pytest.LogCaptureFixture
) -> None:
    """The report is lost with the task; the log is not."""

    async def hang(request: httpx.Request) -> httpx.Response:
        await anyio.sleep_forever()
        raise AssertionError

    api.on("POST", PATH).does(book).does(hang)  # type: ignore[arg-type]

    with caplog.at_level(logging.WARNING), anyio.move_on_after(0.05):
        await many(bee, entries(150))

    assert "cancelled with 100 entries booked" in caplog.text


async def test_a_report_travels(api: ScriptedApi, bee: LedgerBee) -> None:
    """Between processes, its errors included."""
    api.on("POST", PATH).does(refuse(0))

    report = await many(bee, entries(2))

    assert report == pickle.loads(pickle.dumps(report))


@given(st.lists(st.text(max_size=20), max_size=5), st.integers(0, 5))
def test_culprits_are_entries_that_were_sent(paths: list[str], count: int) -> None:
    """Whatever the API writes, nobody else is named."""
    items = [{"property": path, "constraints": {}} for path in [*paths, "entries.1.x", "entries.99999.x"]]
    error = ValidationError("no", details={"validationErrors": items})

    assert all(0 <= n < count for n in culprits(error, "entries", count))
