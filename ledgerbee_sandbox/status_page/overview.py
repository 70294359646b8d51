"""What the books amount to, for people: how many of each, in which status, worth how much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from attrs import frozen

from ledgerbee_sandbox.books import Books
from ledgerbee_sandbox.books.money import decimal
from ledgerbee_sandbox.books.table import Record, Table

# What the API never shows as such: credentials, counts, and the marks that rules leave for each other.
_INTERNAL = {
    "clients",
    "counters",
    "keys",
    "memberships",
    "portal_users",
    "prices_in_use",
    "references",
    "tokens",
}
_AMOUNTS = ("amount", "originalAmount")
_WORDS = {"documents": "attachments", "prices": "product prices", "drafts": "draft journal entries"}


@frozen
class Row:
    """One table: its name in the books, its title, its records counted, counted by status, and summed by currency."""

    table: str
    title: str
    count: int
    statuses: dict[str, int]
    sums: dict[str, Decimal]
    is_internal: bool


def overview(books: Books) -> list[Row]:
    """A row for every table that holds something, those of the API first, by title."""
    rows = [_row(table) for table in books.tables if len(table)]
    return sorted(rows, key=lambda row: (row.is_internal, row.title))


def _row(table: Table) -> Row:
    title = _WORDS.get(table.name, table.name.removeprefix("generic:").replace("_", " "))
    statuses = Counter(_words(record["status"]) for record in table if record.get("status"))
    return Row(table.name, title, len(table), dict(sorted(statuses.items())), _sums(table), table.name in _INTERNAL)


def _words(status: object) -> str:
    """A status in one case for all: `PARTIALLY_PAID` and `partially_paid` are partially paid."""
    return str(status).lower().replace("_", " ")


def _sums(records: Iterable[Record]) -> dict[str, Decimal]:
    """Amounts of different currencies are never added up."""
    sums: dict[str, Decimal] = {}
    for record in records:
        amount = next((value for name in _AMOUNTS if (value := decimal(record.get(name))) is not None), None)
        if amount is not None:
            currency = str(record.get("currency") or "")
            sums[currency] = sums.get(currency, Decimal()) + amount
    return dict(sorted(sums.items()))
