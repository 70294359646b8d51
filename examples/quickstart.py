"""
The main job, end to end: walk pages of invoices, book 250 journal entries in batches, save a PDF.

Run it offline with `make demo`, or against any LedgerBee: set LEDGERBEE_API_KEY, and LEDGERBEE_BASE_URL for a sandbox.
"""

from __future__ import annotations

import asyncio
import datetime
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

from ledgerbee_client import Attachment, BatchProgress, LedgerBee
from ledgerbee_client.models import CreateJournalEntryV2Dto, SplitEntryLine

ENTRIES = 250


async def walk_invoices(bee: LedgerBee) -> str:
    """Walk every page of the sent invoices; return the id of the first."""
    first, pages, count, total = "", 0, 0, Decimal(0)
    async for page in bee.invoices.list(status="sent").pages():
        pages += 1
        for invoice in page.items:
            first = first or invoice.id or ""
            count += 1
            total += invoice.amount or 0
    print(f"Walked {pages} pages: {count} sent invoices of together {total:,.2f}.")
    return first


async def entries_to_book(bee: LedgerBee, receipt: Path) -> list[CreateJournalEntryV2Dto]:
    """Make 250 balanced entries between two accounts; the first and the last carry a file."""
    accounts = [a async for a in bee.accounts.list() if a.ledger_type in {"BALANCE_SHEET", "PROFIT_AND_LOSS"}]
    ordinary = [account.id for account in accounts if not account.control_account_type]
    attachment = await Attachment.from_path(receipt)
    return [
        CreateJournalEntryV2Dto(
            entry_type="journal",
            date=datetime.date(2026, 11, 1 + number % 28),
            original_amount=Decimal("125.50"),
            reference=f"DEMO-{number:04}",
            lines=[
                SplitEntryLine(account_id=ordinary[0], type_="debit", amount=Decimal("125.50")),
                SplitEntryLine(account_id=ordinary[1], type_="credit", amount=Decimal("125.50")),
            ],
            attachments=[attachment] if number in {1, ENTRIES} else [],
        )
        for number in range(1, ENTRIES + 1)
    ]


def show(progress: BatchProgress) -> None:
    """Draw a progress bar, where there is a terminal to draw it on."""
    if sys.stderr.isatty():
        done = round(30 * progress.settled / ENTRIES)
        end = "\n" if progress.settled == ENTRIES else ""
        print(f"\r[{'#' * done}{'.' * (30 - done)}] {progress.settled}/{ENTRIES}", end=end, file=sys.stderr, flush=True)


async def main() -> None:
    async with LedgerBee.from_env() as bee:
        invoice_id = await walk_invoices(bee)

        folder = Path(tempfile.mkdtemp(prefix="ledgerbee-"))
        pdf = folder / "invoice.pdf"
        await bee.invoices.pdf(invoice_id).save(pdf)

        entries = await entries_to_book(bee, receipt=pdf)
        report = await bee.journal_entries.create_many(entries, on_progress=show)
        report.raise_if_incomplete()
        with_files = sum(1 for sent in report.booked if sent.entry.attachments)
        print(f"Booked {len(report.booked)} entries in {report.requests} requests, {with_files} of them with a file.")

        with pdf.open("rb") as file:
            print(f"Saved {pdf}, {pdf.stat().st_size:,} bytes, which starts with {file.read(5).decode()}")


if __name__ == "__main__":
    asyncio.run(main())
