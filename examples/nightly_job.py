"""
A nightly job: book the rows of a CSV file as journal entries, once, however often it is run.

    python examples/nightly_job.py november.csv

Each row is one entry: `reference, date, debit_account, credit_account, debit, credit, description, file`. Accounts are
LedgerBee's ids, references are unique, a file is a path beside the CSV file, or nothing. Rows whose reference is in
the books already are left out, so that after a night that broke off the same command books what is missing.

It ends with 0 where everything is booked, 1 where rows were refused, 3 where the outcome of some is unknown: run it
again after a minute.
"""

from __future__ import annotations

import asyncio
import csv
import datetime
import sys
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path

from ledgerbee_client import Attachment, AttachmentError, BatchReport, LedgerBee
from ledgerbee_client.models import CreateJournalEntryV2Dto, JournalEntryResponse, SplitEntryLine

Report = BatchReport[CreateJournalEntryV2Dto, JournalEntryResponse]


class NightlyJob:
    """One run over one file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.refused: list[str] = []

    async def run(self, bee: LedgerBee) -> Report:
        """Book the rows that are not in the books."""
        there = {str(entry.get("reference")) async for entry in bee.journal_entries.list()}
        rows = [row for row in self.rows() if row["reference"] not in there]
        report = await bee.journal_entries.create_many(self.entries(rows), refused="isolate")
        for item in report.refused:
            self.refused.append(f"{item.entry.reference}: {item.error or item.batch_error}")
        return report

    def rows(self) -> Iterator[dict[str, str]]:
        """Read the file."""
        with self.path.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)

    async def entries(self, rows: list[dict[str, str]]) -> AsyncIterator[CreateJournalEntryV2Dto]:
        """Make entries of rows, when the run is ready to send them; what is no entry is refused here."""
        for row in rows:
            try:
                yield await self.entry(row)
            except (ValueError, InvalidOperation, AttachmentError) as error:
                self.refused.append(f"{row['reference']}: {error}")

    async def entry(self, row: dict[str, str]) -> CreateJournalEntryV2Dto:
        """Make the entry of a row."""
        debit, credit = Decimal(row["debit"]), Decimal(row["credit"])
        files = [await Attachment.from_path(self.path.parent / row["file"])] if row["file"] else []
        return CreateJournalEntryV2Dto(
            entry_type="journal",
            date=datetime.date.fromisoformat(row["date"]),
            original_amount=debit,
            reference=row["reference"],
            description=row["description"],
            lines=[
                SplitEntryLine(account_id=row["debit_account"], type_="debit", amount=debit),
                SplitEntryLine(account_id=row["credit_account"], type_="credit", amount=credit),
            ],
            attachments=files,
        )


async def main(path: Path) -> int:
    """Run the job, say what became of the rows, and return the exit code."""
    job = NightlyJob(path)
    async with LedgerBee.from_env() as bee:
        report = await job.run(bee)
    print(f"{len(report.booked)} booked, {len(job.refused)} refused, {len(report.unknown)} unknown", flush=True)
    for words in job.refused:
        print(f"refused: {words}")
    if report.unknown or report.not_sent:
        print(f"not finished: {report.error}")
        return 3
    return 1 if job.refused else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Path(sys.argv[1]))))
