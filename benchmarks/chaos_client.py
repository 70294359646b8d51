"""
The program that a campaign kills: it books the same entries each time, in one of three ways, and ends with 0 when done.

`posting` is a PostingRun. `naive` sends batches in a loop and notes in a file how many are done, as a script does.
`retrying` is the same loop, and sends a batch up to three more times after any failure, as a client with retries does.
"""

from __future__ import annotations

import asyncio
import datetime
import sys
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import httpx

from ledgerbee_client import LedgerBee, LedgerBeeError
from ledgerbee_client.models import CreateJournalEntryV2Dto, SplitEntryLine
from ledgerbee_client.posting import PostingRun

BAD_EACH = 997
"""Every so many entries one does not balance, and must end as refused."""
TIMEOUT, SETTLING = 2.5, 4.0
"""Seconds for a request; and seconds within which the server carries out what it has, a late booking's included."""


def key_of(number: int) -> str:
    """Return the key of an entry: the batch that it is likely to be in, and its place there."""
    return f"CHAOS-{number // 100:06}-{number % 100:02}"


def amount_of(number: int) -> Decimal:
    """Return the amount of an entry, so that sums tell whether each was booked once."""
    return Decimal(10_000 + number * 7 % 90_001) / 100


def is_bad(number: int) -> bool:
    """Whether an entry does not balance."""
    return number % BAD_EACH == BAD_EACH - 1


def entries_of(count: int, accounts: Sequence[str]) -> Iterator[CreateJournalEntryV2Dto]:
    """Yield the entries of a campaign."""
    for number in range(count):
        amount = amount_of(number)
        debit = SplitEntryLine(account_id=accounts[0], type_="debit", amount=amount)
        credit = SplitEntryLine(account_id=accounts[1], type_="credit", amount=amount + is_bad(number))
        yield CreateJournalEntryV2Dto(
            entry_type="journal",
            date=datetime.date(2026, 11, 20),
            original_amount=amount,
            reference=key_of(number),
            lines=[debit, credit],
        )


async def find_by_search(bee: LedgerBee, keys: Sequence[str]) -> Mapping[str, str]:
    """Find the entries of a batch by the beginning that their references share, in a list that has `search`."""
    found: dict[str, str] = {}
    async with httpx.AsyncClient(headers={"x-api-key": sys.argv[2]}, timeout=10, trust_env=False) as http:
        for prefix in sorted({key[:-2] for key in keys}):
            for attempt in range(20):
                try:
                    url = f"{bee.base_url}/v1/journal-entries"
                    answer = await http.get(url, params={"search": prefix, "limit": 100})
                    answer.raise_for_status()
                    found |= {item["reference"]: item["id"] for item in answer.json()["data"]}
                    break
                except (httpx.HTTPError, ValueError) as error:
                    if attempt == 19:
                        raise LedgerBeeError(str(error)) from error
                    await asyncio.sleep(0.2)
    return found


async def post(bee: LedgerBee, folder: Path, count: int, accounts: Sequence[str], *, search: bool) -> None:
    """Book by a posting run."""

    async def find(keys: Sequence[str]) -> Mapping[str, str]:
        return await find_by_search(bee, keys)

    path, finder = folder / "journal.db", find if search else None
    async with PostingRun.open(path, key=lambda entry: entry.reference, find=finder, settling=SETTLING) as run:
        entries = entries_of(count, accounts)
        async for outcome in run.post(bee.journal_entries, entries, concurrency=2, timeout=TIMEOUT):
            assert outcome.state != "unknown", outcome
        assert (await run.status()).total == count


async def loop(bee: LedgerBee, folder: Path, count: int, accounts: Sequence[str], *, tries: int) -> None:
    """Book in a loop that remembers how far it came."""
    path = folder / "done.txt"
    done = int(path.read_text() or 0) if path.exists() else 0
    entries = [entry for number, entry in enumerate(entries_of(count, accounts)) if not is_bad(number)]
    for start in range(done, len(entries), 100):
        for left in reversed(range(tries)):
            try:
                await bee.journal_entries.create_batch(entries[start : start + 100], timeout=TIMEOUT)
                break
            except LedgerBeeError:
                if not left:
                    raise
                await asyncio.sleep(0.1)
        path.write_text(str(start + 100))


async def main() -> None:
    """Book all there is to book."""
    how, key, base_url, folder, count, expense, bank = sys.argv[1:8]
    accounts = (expense, bank)
    async with LedgerBee.from_env({"LEDGERBEE_API_KEY": key, "LEDGERBEE_BASE_URL": base_url}) as bee:
        if how.startswith("posting"):
            await post(bee, Path(folder), int(count), accounts, search=how == "posting-search")
        else:
            await loop(bee, Path(folder), int(count), accounts, tries=4 if how == "retrying" else 1)


if __name__ == "__main__":
    asyncio.run(main())
