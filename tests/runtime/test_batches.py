"""Batches: packed by count and bytes, in order, from wherever entries come; their fates are told elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest

from ledgerbee_client import (
    Attachment,
    BatchProgress,
    BatchSizeError,
    BodyTooLargeError,
    InvalidValueError,
    LedgerBee,
    OutcomeUnknownError,
)

from .batch_calls import PATH, batch, book, entries, fates, many
from .conftest import ScriptedApi

pytestmark = pytest.mark.anyio


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


class Bar:
    """A progress bar around a generator, which knows the length that it was told."""

    def __init__(self, given: Iterator[Any], total: int) -> None:
        self.given, self.total = given, total

    def __iter__(self) -> Iterator[Any]:
        yield from self.given

    def __len__(self) -> int:
        return self.total

    def __contains__(self, entry: object) -> bool:
        return entry in self.given


async def test_entries_behind_a_progress_bar_are_booked(api: ScriptedApi, bee: LedgerBee) -> None:
    """A bar can be walked once, however many its length says there are."""
    api.on("POST", PATH).always(book)

    report = await many(bee, Bar(iter(entries(101)), 101))

    assert (101, 0, 0, 0) == fates(report)
    assert [100, 1] == [len(request.json["entries"]) for request in api.requests]


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


async def test_a_list_longer_than_what_is_kept_of_it_is_sent_whole(api: ScriptedApi, bee: LedgerBee) -> None:
    """What was written while it was looked through is sent; what was not kept is written again, in order."""
    api.on("POST", PATH).always(book)
    file = Attachment.from_bytes(b"%PDF-" + b"x" * 8_999_995, filename="a.pdf")
    given = [{"reference": f"R{n}", "attachments": [file]} for n in range(4)]

    report = await many(bee, given)

    assert [["R0"], ["R1"], ["R2"], ["R3"]] == [
        [entry["reference"] for entry in request.json["entries"]] for request in api.requests
    ]
    assert [0, 1, 2, 3] == [one.position for one in report.booked]


async def test_no_more_files_are_taken_than_fit_into_a_body(api: ScriptedApi, bee: LedgerBee) -> None:
    """A generator that reads files is not read ahead by a hundred of them."""
    taken = 0
    file = Attachment.from_bytes(b"%PDF-" + b"x" * 4_999_995, filename="a.pdf")

    def read() -> Iterator[Any]:
        nonlocal taken
        for number in range(5):
            taken += 1
            yield {"reference": f"R{number}", "attachments": [file]}

    at_request = list[int]()

    def count(request: httpx.Request) -> httpx.Response:
        at_request.append(taken)
        return book(request)

    api.on("POST", PATH).always(count)

    assert (5, 0, 0, 0) == fates(await many(bee, read()))
    assert [3, 5, 5] == at_request


async def test_other_tasks_have_their_turn_while_a_list_is_looked_through(bee: LedgerBee) -> None:
    """At least between two batches, also where nothing is sent in the end."""
    turns = 0

    async def beat() -> None:
        nonlocal turns
        while True:
            await anyio.lowlevel.checkpoint()
            turns += 1

    async with anyio.create_task_group() as group:
        group.start_soon(beat)
        with pytest.raises(InvalidValueError, match=r"entries\.2000\.amount"):
            await many(bee, [*entries(2000), {"amount": 0.1}])
        group.cancel_scope.cancel()

    assert turns >= 20


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

    api.on("POST", PATH).always(slow)

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


@pytest.mark.parametrize("given", [None, "abc", b"abc", 5, {"reference": "R1"}])
async def test_what_holds_no_entries_is_refused(given: Any, bee: LedgerBee) -> None:
    """One entry in place of a list of them, for instance."""
    with pytest.raises(InvalidValueError, match="entries: expected"):
        await batch(bee, given)
    with pytest.raises(InvalidValueError, match="entries: expected"):
        await many(bee, given)
