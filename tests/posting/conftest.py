"""A sandbox in the process, a clock that is moved by hand, and a journal of its own for each test, on both loops."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio.lowlevel
import pytest

from ledgerbee_client import Clock, LedgerBee
from ledgerbee_client.models import CreateJournalEntryV2Dto, SplitEntryLine
from ledgerbee_client.posting import Outcome, PostingRun
from ledgerbee_sandbox import Sandbox

BATCH = "Create journal entries in batch (v2)"
Entry = Callable[..., CreateJournalEntryV2Dto]
Open = Callable[..., PostingRun]


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> Any:
    """Run each test twice."""
    return request.param


class Time:
    """Sleeping moves it; nobody waits."""

    def __init__(self) -> None:
        self.seconds = 1_790_000_000.0

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        await anyio.lowlevel.checkpoint()

    @property
    def clock(self) -> Clock:
        return Clock(monotonic=lambda: self.seconds, now=lambda: self.seconds, sleep=self.sleep, random=lambda: 0.5)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A company with books of its own."""
    sandbox = Sandbox(strict=True, invoices=0)
    yield sandbox
    sandbox.close()


@pytest.fixture
async def bee(sandbox: Sandbox) -> AsyncIterator[LedgerBee]:
    """A client of it, for which waiting takes no time."""
    async with sandbox.client(clock=Time().clock) as bee:
        yield bee


@pytest.fixture
def entry(sandbox: Sandbox) -> Entry:
    """Make an entry that the sandbox books: `entry(7)` has the reference `PAY-0007`."""
    ids = {account["accountNumber"]: account["id"] for account in sandbox.books["accounts"]}

    def make(number: int, amount: str = "125.50", **changes: Any) -> CreateJournalEntryV2Dto:
        lines = [
            SplitEntryLine(account_id=ids[2010], type_="debit", amount=Decimal(amount)),
            SplitEntryLine(account_id=ids[5820], type_="credit", amount=Decimal("125.50")),
        ]
        facts = {
            "entry_type": "journal",
            "date": datetime.date(2026, 11, 20),
            "original_amount": Decimal("125.50"),
            "reference": f"PAY-{number:04}",
            "lines": lines,
        }
        return CreateJournalEntryV2Dto(**{**facts, **changes})

    return make


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    """Open the test's journal: `async with opened() as run`."""

    def opened(**options: Any) -> PostingRun:
        return PostingRun.open(tmp_path / "november.db", **{"key": lambda entry: entry.reference, **options})

    return opened


def booked(sandbox: Sandbox) -> Counter[str]:
    """Return how often each reference stands in the books."""
    return Counter(record["reference"] for record in sandbox.books["journal_entries"] if record.get("reference"))


def sent(sandbox: Sandbox) -> int:
    """Return how many batches came in."""
    return sum(request.operation == BATCH for request in sandbox.requests)


async def all_of(run: PostingRun, bee: LedgerBee, entries: Any, **options: Any) -> list[Outcome]:
    """Post, and return every outcome; no entry has two."""
    outcomes = [outcome async for outcome in run.post(bee.journal_entries, entries, **options)]
    assert len(outcomes) == len({outcome.key for outcome in outcomes})
    assert len(outcomes) == len(entries) if isinstance(entries, list) else outcomes
    return outcomes


async def mend(sandbox: Sandbox) -> None:
    """Take back every fault that was asked for."""
    async with sandbox.http() as http:
        (await http.request("DELETE", "/_sandbox/faults", json={})).raise_for_status()
