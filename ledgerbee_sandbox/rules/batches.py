"""Batches, which are one transaction: all entries, or a refusal that names every entry it is about."""

from __future__ import annotations

from collections.abc import Callable

from ledgerbee_sandbox.books import Record
from ledgerbee_sandbox.rules.call import Refusal, invalid_all


def make_all(entries: list[Record], make: Callable[[Record, str], Record]) -> list[Record]:
    """
    Make every entry, in the order given; `make` takes it and its place, `entries.3.`.

    What was made before a refusal is undone with the transaction around the call.

    Raises:
        Refusal: an entry was refused. Those behind it are tried all the same, so that every bad entry is named.
    """
    made: list[Record] = []
    refused: dict[str, Refusal] = {}
    for number, fields in enumerate(entries):
        place = f"entries.{number}"
        try:
            made.append(make(fields, f"{place}."))
        except Refusal as refusal:
            refused[place] = refusal
    if refused:
        raise _named(refused)
    return made


def _named(refused: dict[str, Refusal]) -> Refusal:
    """One refusal for all; with the status, text and code of its only cause where there is one."""
    items = [item for place, refusal in refused.items() for item in _items(place, refusal)]
    whole, first = invalid_all(items), next(iter(refused.values()))
    if len(refused) == 1:
        return Refusal(first.status, first.message, first.code or whole.code, whole.details)
    return whole


def _items(place: str, refusal: Refusal) -> list[Record]:
    errors: list[Record] = (refusal.details or {}).get("validationErrors", [])
    return errors or [{"property": place, "constraints": {"isBookable": refusal.message}}]
