"""
A worker of several that share a journal in PostgreSQL: it books the same entries as the others, each once among them.

    python -m benchmarks.chaos_worker JOURNAL_URL NAME API_KEY BASE_URL COUNT EXPENSE_ACCOUNT BANK_ACCOUNT
"""

from __future__ import annotations

import asyncio
import sys

from benchmarks.chaos_client import entries_of
from ledgerbee_client import LedgerBee
from ledgerbee_client.posting import PostingRun

TIMEOUT, LEASE, SETTLING = 1.0, 3.0, 5.0
"""Seconds; the settling time is longer than a late booking of the sandbox takes after its request was given up."""


async def main() -> None:
    """Book all that there is to book, and say how many of it this worker did."""
    journal, name, key, base_url, count, expense, bank = sys.argv[1:8]
    new = 0
    async with (
        LedgerBee.from_env({"LEDGERBEE_API_KEY": key, "LEDGERBEE_BASE_URL": base_url}) as bee,
        PostingRun.open(journal, name=name, key=lambda entry: entry.reference, lease=LEASE, settling=SETTLING) as run,
    ):
        entries = entries_of(int(count), (expense, bank))
        async for outcome in run.post(bee.journal_entries, entries, concurrency=2, timeout=TIMEOUT):
            assert outcome.state != "unknown", outcome
            new += outcome.is_new
    print(new)


if __name__ == "__main__":
    asyncio.run(main())
