"""
A folder of receipts, booked with the files attached: lunch_2026-11-20_125.50.pdf is 125.50 on that day.

    ledgerbee sandbox -- python examples/receipts.py FOLDER 2010 5820

The accounts are those that are debited and credited, by number. A file that was booked moves into FOLDER/booked.
"""

from __future__ import annotations

import asyncio
import datetime
import re
import sys
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import anyio

from ledgerbee_client import Attachment, BatchReport, LedgerBee
from ledgerbee_client.models import CreateJournalEntryV2Dto, JournalEntryResponse, SplitEntryLine

NAME = re.compile(
    r"(?P<what>.+)_(?P<date>\d{4}-\d\d-\d\d)_(?P<amount>\d+(?:\.\d\d)?)\.(?:pdf|png|jpe?g)", re.IGNORECASE
)


async def entries(folder: Path, debit: str, credit: str) -> AsyncIterator[CreateJournalEntryV2Dto]:
    """Yield an entry per receipt, in the order of their names; read when it is its turn, so that memory holds few."""
    for path in sorted([path async for path in anyio.Path(folder).iterdir()]):
        if (named := NAME.fullmatch(path.name)) is None:
            continue
        amount = Decimal(named["amount"])
        yield CreateJournalEntryV2Dto(
            entry_type="journal",
            date=datetime.date.fromisoformat(named["date"]),
            original_amount=amount,
            description=named["what"],
            reference=path.name,  # What to look for, should an answer not come.
            lines=[
                SplitEntryLine(account_id=debit, type_="debit", amount=amount),
                SplitEntryLine(account_id=credit, type_="credit", amount=amount),
            ],
            attachments=[await Attachment.from_path(path)],
        )


async def book(
    bee: LedgerBee, folder: Path, debit: int, credit: int
) -> BatchReport[CreateJournalEntryV2Dto, JournalEntryResponse]:
    """Book every receipt of a folder; move those that are booked out of the way."""
    accounts = {account.account_number: account.id async for account in bee.accounts.list()}
    report = await bee.journal_entries.create_many(entries(folder, accounts[debit], accounts[credit]))
    booked = folder / "booked"
    await anyio.Path(booked).mkdir(exist_ok=True)
    for sent in report.booked:
        name = str(sent.entry.reference)
        await anyio.Path(folder / name).rename(booked / name)
    return report


async def main(folder: str, debit: str, credit: str) -> None:
    async with LedgerBee.from_env() as bee:
        report = await book(bee, Path(folder), int(debit), int(credit))
        print(f"{len(report.booked)} booked, {len(report.refused)} refused, {len(report.unknown)} unknown")
        report.raise_if_incomplete()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
