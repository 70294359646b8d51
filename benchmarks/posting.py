"""
What a posting run costs over `create_many()`, and how much memory a million entries take.

    python -m benchmarks.posting --entries 1000000

The server costs next to nothing, and answers at once or after 20 ms. The two ways run in turn, round after round, in
one process; a figure is the ratio of their medians. The journal is on the disk of the temporary folder.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import json
import logging
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from benchmarks import data
from benchmarks.server import running
from ledgerbee_client import ApiKey, LedgerBee
from ledgerbee_client.models import CreateJournalEntryV2Dto, SplitEntryLine
from ledgerbee_client.posting import PostingRun


def entries(count: int) -> Iterator[CreateJournalEntryV2Dto]:
    """Make entries of three lines, each anew."""
    for number in range(count):
        lines = [
            SplitEntryLine(
                account_id=data.identity("account", 1),
                type_=side,
                amount=Decimal(amount),
                description="Line of an entry",
            )
            for amount, side in (("1000.40", "debit"), ("250.10", "debit"), ("1250.50", "credit"))
        ]
        yield CreateJournalEntryV2Dto(
            entry_type="journal",
            date=datetime.date(2026, 6, 15),
            original_amount=Decimal("1250.50"),
            reference=f"INV-{number:07}",
            description="Hosting, June",
            lines=lines,
        )


async def many(bee: LedgerBee, count: int, concurrency: int) -> None:
    """Book by `create_many()`."""
    report = await bee.journal_entries.create_many(entries(count), concurrency=concurrency)
    assert len(report.booked) == count


async def post(bee: LedgerBee, count: int, concurrency: int) -> None:
    """Book by a posting run, into a new journal."""
    told = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.db"
        async with PostingRun.open(path, key=lambda entry: entry.reference, company="acme") as run:
            async for outcome in run.post(bee.journal_entries, entries(count), concurrency=concurrency):
                told += outcome.state == "booked"
    assert told == count


async def compare(url: str, count: int, concurrency: int, rounds: int) -> dict[str, float]:
    """Return the ratios of wall and CPU time, a posting run's to `create_many()`'s."""
    seconds: dict[str, list[tuple[float, float]]] = {"many": [], "post": []}
    async with LedgerBee(ApiKey("key"), base_url=url) as bee:
        for _ in range(rounds + 1):
            for name, work in (("many", many), ("post", post)):
                wall, cpu = time.perf_counter(), time.process_time()
                await work(bee, count, concurrency)
                seconds[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    wall, cpu = (
        statistics.median(one[n] for one in seconds["post"][1:])
        / statistics.median(one[n] for one in seconds["many"][1:])
        for n in (0, 1)
    )
    each = statistics.median(one[0] for one in seconds["many"][1:]) / count * 100_000
    return {"wall": round(wall, 3), "cpu": round(cpu, 3), "create_many_ms_a_batch": round(each, 2)}


async def memory(url: str, count: int) -> dict[str, float]:
    """Return the peak of the process's memory, and the time, of one long run."""
    began = time.perf_counter()
    async with LedgerBee(ApiKey("key"), base_url=url) as bee:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        await post(bee, count, 4)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds = time.perf_counter() - began
    return {"mib_before": round(before, 1), "mib_peak": round(peak, 1), "seconds": round(seconds, 1)}


def main() -> None:
    """Measure, and print JSON lines."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.posting")
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--slice", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    # The canned answer shows other references than those that were sent, which is an error in the log of every run.
    logging.getLogger("ledgerbee_client").setLevel(logging.CRITICAL)
    with running() as at:
        print(
            json.dumps({"entries": given.entries, **asyncio.run(memory(f"{at.http}/sink", given.entries))}), flush=True
        )
        for delay in ("", "-20"):
            for concurrency in (1, 4):
                found = asyncio.run(compare(f"{at.http}/sink{delay}", given.slice, concurrency, given.rounds))
                print(json.dumps({"delay_ms": delay[1:] or "0", "concurrency": concurrency, **found}), flush=True)


if __name__ == "__main__":
    main()
