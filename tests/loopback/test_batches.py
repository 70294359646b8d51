"""Batches over loopback: the report and the books agree, whatever happens to a batch."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import Any

import anyio
import pytest

from ledgerbee_client import (
    Attachment,
    BatchIncompleteError,
    BatchProgress,
    BatchReport,
    BatchSizeError,
    LedgerBee,
    OutcomeUnknownError,
    ValidationError,
)
from ledgerbee_client.models import CreateJournalEntryV2Dto

from .conftest import Entry
from .sandbox_process import BOOK_BATCH, SandboxProcess, until

pytestmark = pytest.mark.anyio
Entries = list[CreateJournalEntryV2Dto]
Make = Callable[..., Entries]


@pytest.fixture
def entries(entry: Entry) -> Make:
    """Make so many entries, some of which the sandbox refuses."""

    def make(count: int, *, bad: tuple[int, ...] = ()) -> Entries:
        return [entry(f"R{n}", **({"entry_type": "poem"} if n in bad else {})) for n in range(count)]

    return make


def counts(report: BatchReport[Any, Any]) -> tuple[int, int, int, int]:
    """Booked, refused, unknown, not sent."""
    return len(report.booked), len(report.refused), len(report.unknown), len(report.not_sent)


async def test_250_entries_go_in_three_requests(bee: LedgerBee, sandbox: SandboxProcess, entries: Make) -> None:
    """100, 100 and 50, in order; each of the caller's own objects stands beside what was booked of it."""
    given, told = entries(250), list[BatchProgress]()

    report = await bee.journal_entries.create_many(given, on_progress=told.append)

    report.raise_if_incomplete()
    assert [100, 100, 50] == [len(seen["body"]["entries"]) for seen in sandbox.seen(BOOK_BATCH)]
    assert [100, 200, 250] == [progress.booked for progress in told]
    assert [entry.reference for entry in given] == sandbox.booked()
    assert all(one.entry is given[one.position] for one in report.booked)
    booked = {entry["id"]: entry["reference"] for entry in sandbox.kept("journal_entries")}
    assert all(one.entry.reference == booked[one.result.id] for one in report.booked)


async def test_entries_may_come_one_by_one(bee: LedgerBee, sandbox: SandboxProcess, entries: Make) -> None:
    """From something asynchronous, several batches at a time."""

    async def read() -> AsyncIterator[CreateJournalEntryV2Dto]:
        for entry in entries(250):
            await anyio.lowlevel.checkpoint()
            yield entry

    report = await bee.journal_entries.create_many(read(), concurrency=3)

    report.raise_if_incomplete()
    assert list(range(250)) == [one.position for one in report.booked]
    assert {f"R{n}" for n in range(250)} == set(sandbox.booked())
    assert [201] * 3 == sandbox.statuses(BOOK_BATCH)


async def test_refused_entries_are_set_aside(bee: LedgerBee, sandbox: SandboxProcess, entries: Make) -> None:
    """Those that the refusal names; the rest of their batch is sent again, because nothing of it was booked."""
    report = await bee.journal_entries.create_many(entries(250, bad=(5, 7, 120)), refused="set_aside")

    assert (247, 3, 0, 0) == counts(report)
    assert [5, 7, 120] == [one.position for one in report.refused]
    assert all(isinstance(one.error, ValidationError) for one in report.refused)
    assert [f"R{n}" for n in range(250) if n not in {5, 7, 120}] == sandbox.booked()
    assert set(range(250)) == {one.position for one in report.booked} | {5, 7, 120}


@pytest.mark.parametrize("named", [True, False])
async def test_guilty_entries_are_isolated(named: bool, bee: LedgerBee, sandbox: SandboxProcess, entries: Make) -> None:
    """Unbalanced entries and one of an unknown type, named or not: each with its own reason."""
    if not named:
        sandbox.fault("no_details", BOOK_BATCH, times=None)
    given = entries(250, bad=(120,))
    for number in (5, 77, 78):
        given[number].lines[0].amount = Decimal(99)

    report = await bee.journal_entries.create_many(given, refused="isolate")

    assert (246, 4, 0, 0) == counts(report)
    assert [5, 77, 78, 120] == [one.position for one in report.refused]
    assert 3 == sum("balance" in str(one.error).lower() for one in report.refused)
    assert [f"R{n}" for n in range(250) if n not in {5, 77, 78, 120}] == sandbox.booked()


async def test_a_refusal_stops_the_run(bee: LedgerBee, sandbox: SandboxProcess, entries: Make) -> None:
    """Nothing of its batch is booked, nothing is sent after it."""
    report = await bee.journal_entries.create_many(entries(250, bad=(120,)))

    assert (100, 1, 0, 149) == counts(report)
    assert [201, 400] == sandbox.statuses(BOOK_BATCH)
    assert 100 == len(sandbox.booked())
    with pytest.raises(BatchIncompleteError, match="100 entries were booked, 1 refused") as caught:
        report.raise_if_incomplete()
    assert report is caught.value.report


@pytest.mark.parametrize(("fault", "booked"), [("hang_up_after", 200), ("cut_body", 200), ("hang_up_before", 100)])
async def test_a_lost_answer_stops_the_run(
    fault: str, booked: int, bee: LedgerBee, sandbox: SandboxProcess, entries: Make
) -> None:
    """In the second batch: 100 booked, 100 unknown, 50 not sent; what the books hold of the unknown, reading tells."""
    sandbox.fault(fault, BOOK_BATCH, skip=1)

    report = await bee.journal_entries.create_many(entries(250))

    assert (100, 0, 100, 50) == counts(report)
    assert list(range(100, 200)) == [one.position for one in report.unknown]
    assert 2 == len(sandbox.seen(BOOK_BATCH))
    assert [f"R{n}" for n in range(booked)] == sandbox.booked()
    assert isinstance(report.error, OutcomeUnknownError)
    assert "R100" == report.error.payload_keys[0]["reference"]


async def test_what_was_not_sent_can_be_sent_as_it_is(bee: LedgerBee, sandbox: SandboxProcess, entries: Make) -> None:
    """And after reading back, so can what is not in the books."""
    sandbox.fault("hang_up_before", BOOK_BATCH, skip=1)
    first = await bee.journal_entries.create_many(entries(250))

    there = {entry.get("reference") async for entry in bee.journal_entries.list()}
    second = await bee.journal_entries.create_many(first.resendable(lambda entry: entry.reference in there))

    second.raise_if_incomplete()
    assert [f"R{n}" for n in range(250)] == sandbox.booked()


async def test_a_cancelled_run_says_how_far_it_came(
    bee: LedgerBee, sandbox: SandboxProcess, entries: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """In the log: the batch on its way is unknown, the ones before are booked."""
    sandbox.fault("slow", BOOK_BATCH, skip=1, seconds=0.2)

    async with anyio.create_task_group() as group:
        group.start_soon(bee.journal_entries.create_many, entries(250))
        await until(lambda: sandbox.has_whole(BOOK_BATCH, 2))
        group.cancel_scope.cancel()

    messages = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert any("outcome is unknown. Look for reference 'R100'" in message for message in messages)
    assert "journal_entries.create_batch was cancelled with 100 entries booked" in messages
    await until(lambda: [201, 201] == sandbox.statuses(BOOK_BATCH))
    assert 200 == len(sandbox.booked())


async def test_a_batch_is_one_transaction(bee: LedgerBee, sandbox: SandboxProcess, entries: Make) -> None:
    """One refused entry undoes all, files included."""
    file = Attachment.from_bytes(b"%PDF-1.7", filename="a.pdf")
    given = entries(3, bad=(1,))
    given[0].attachments = [file]

    with pytest.raises(ValidationError) as caught:
        await bee.journal_entries.create_batch(given)

    assert ["entries.1.entryType"] == list(caught.value.fields)
    assert [] == sandbox.booked()
    assert [] == sandbox.kept("documents")


@pytest.mark.parametrize("count", [0, 101])
async def test_a_batch_outside_its_bounds_never_leaves(
    count: int, bee: LedgerBee, sandbox: SandboxProcess, entries: Make
) -> None:
    """Refused here."""
    with pytest.raises(BatchSizeError):
        await bee.journal_entries.create_batch(entries(count))

    assert [] == sandbox.seen()


async def test_drafts_have_the_same_mechanism(bee: LedgerBee, sandbox: SandboxProcess, entries: Make) -> None:
    """150 in two requests."""
    report = await bee.draft_journal_entries.create_many([entry.to_dict() for entry in entries(150)])

    report.raise_if_incomplete()
    assert [f"R{n}" for n in range(150)] == [draft["reference"] for draft in sandbox.kept("drafts")]
    assert [100, 50] == [len(seen["body"]["entries"]) for seen in sandbox.seen()]
