"""
A month's invoices as CSV and as Parquet, with every amount exact.

    pip install 'ledgerbee-client[parquet]'
    ledgerbee sandbox -- python examples/month_end_export.py 2026-11 FOLDER
"""

from __future__ import annotations

import asyncio
import datetime
import sys
from pathlib import Path

import polars

from ledgerbee_client import LedgerBee, to_columns
from ledgerbee_client.models import PublicInvoiceListItem

MONEY = polars.Decimal(precision=38, scale=2)
"""Given, not inferred: a month whose amounts are all whole would have another type than the month before."""
TYPES: dict[str, type[polars.DataType] | polars.DataType] = {
    "number": polars.String,
    "status": polars.String,
    "date": polars.Date,
    "due_date": polars.Date,
    "customer_id": polars.String,
    "currency": polars.String,
    "subtotal": MONEY,
    "vat": MONEY,
    "amount": MONEY,
}


async def invoices_of(bee: LedgerBee, month: str) -> list[PublicInvoiceListItem]:
    """Return the invoices dated in a month, 2026-11; the list has no filter by date, so all of it is read."""
    found = await bee.invoices.list().strict().collect(ahead=4)
    return [
        invoice
        for invoice in found
        if isinstance(invoice.date, datetime.date) and f"{invoice.date:%Y-%m}" == month and invoice.status != "draft"
    ]


def frame_of(invoices: list[PublicInvoiceListItem]) -> polars.DataFrame:
    """Return a frame of typed columns, in the order of their numbers."""
    columns = to_columns(invoices)
    wanted = {name: columns.get(name, []) for name in TYPES}
    return polars.DataFrame(wanted, schema=TYPES).sort("number")


def write(frame: polars.DataFrame, folder: Path, month: str) -> None:
    """Write invoices-2026-11.csv and invoices-2026-11.parquet, over those of an earlier run."""
    frame.write_csv(folder / f"invoices-{month}.csv")
    frame.write_parquet(folder / f"invoices-{month}.parquet")


async def main(month: str, folder: str) -> None:
    async with LedgerBee.from_env() as bee:
        frame = frame_of(await invoices_of(bee, month))
    write(frame, Path(folder), month)
    print(frame.group_by("currency", "status").agg(polars.len(), polars.sum("amount")).sort("status"))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
