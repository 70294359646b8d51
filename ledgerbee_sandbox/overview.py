"""What the books amount to, for people: how many of each, in which status, worth how much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

from attrs import frozen

from ledgerbee_sandbox.books import Books
from ledgerbee_sandbox.books.money import decimal
from ledgerbee_sandbox.books.shelf import Record, Shelf

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
    """One shelf: its name in the books, its title, its records counted, counted by status, and summed by currency."""

    shelf: str
    title: str
    count: int
    statuses: dict[str, int]
    sums: dict[str, Decimal]
    is_internal: bool


def overview(books: Books) -> list[Row]:
    """A row for every shelf that holds something, those of the API first, by title."""
    rows = [_row(shelf) for shelf in books.shelves if len(shelf)]
    return sorted(rows, key=lambda row: (row.is_internal, row.title))


def _row(shelf: Shelf) -> Row:
    title = _WORDS.get(shelf.name, shelf.name.removeprefix("generic:").replace("_", " "))
    statuses = Counter(str(record["status"]) for record in shelf if record.get("status"))
    return Row(shelf.name, title, len(shelf), dict(sorted(statuses.items())), _sums(shelf), shelf.name in _INTERNAL)


def _sums(records: Iterable[Record]) -> dict[str, Decimal]:
    """Amounts of different currencies are never added up."""
    sums: dict[str, Decimal] = {}
    for record in records:
        amount = next((value for name in _AMOUNTS if (value := decimal(record.get(name))) is not None), None)
        if amount is not None:
            currency = str(record.get("currency") or "")
            sums[currency] = sums.get(currency, Decimal()) + amount
    return dict(sorted(sums.items()))
