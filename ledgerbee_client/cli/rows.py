"""
Entries from a file: lines of JSON as the API takes them, or a CSV file of one row per line of an entry.

The columns of a CSV file, of which those with * must be there:

    reference*    key of the entry; rows that follow each other with the same reference are the lines of one entry
    date*         2026-11-20
    amount*       amount of the entry, in its first row
    account*      account of the line: its number, or its id
    debit, credit amount of the line, in one of the two
    description, currency, entry_type, customer_id, vendor_id, file   of the entry, in its first row
    line_description, vat_code_id                                     of the line

`entry_type` is `journal` where it is empty. `file` is a path, from the folder of the CSV file, of what is attached.
"""

from __future__ import annotations

import csv
import datetime
import json
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from .._helpers.attachments import Attachment
from ..errors import ConfigurationError, InvalidValueError, LedgerBeeError, RequestRefusedError
from ..models import CreateJournalEntryV2Dto, SplitEntryLine

REQUIRED = ("reference", "date", "amount", "account")
OPTIONAL = (
    "debit", "credit", "description", "currency", "entry_type", "customer_id", "vendor_id", "file", "line_description",
    "vat_code_id",
)  # fmt: skip
_AMOUNT = re.compile(r"-?[0-9]{1,13}(\.[0-9]{1,9})?")
_MOST_SHOWN = 20
Accounts = Mapping[str, str]
"""Ids of accounts by their numbers."""


class BadRowsError(RequestRefusedError):
    """Rows of a file that are no entries, each by file, line and column. Nothing was sent."""


class _BadValueError(Exception):
    """A value of a row, its column, and what was expected there."""

    def __init__(self, column: str, words: str) -> None:
        super().__init__(f"{column}: {words}")


def reader_for(path: Path) -> Callable[[Path, Accounts], Iterator[tuple[int, Any]]]:
    """
    Return what reads a file: an iterator of entries, or what is wrong with one, each with its line.

    Raises:
        ConfigurationError: its name does not say that it is CSV or lines of JSON.
    """
    readers = {".csv": _read_csv, ".jsonl": _read_json_lines}
    if path.suffix not in readers:
        raise ConfigurationError(f"{path.name}: expected a name that ends in .csv or .jsonl.")
    return readers[path.suffix]


def entries_of(path: Path, accounts: Accounts) -> Iterator[Any]:
    """Yield the entries of a file that was checked."""
    for _, entry in reader_for(path)(path, accounts):
        if isinstance(entry, Exception):
            raise BadRowsError(f"{path} was changed while it was read; nothing more was sent.")
        yield entry


def check(path: Path, accounts: Accounts) -> int:
    """
    Return how many entries a file has.

    Raises:
        BadRowsError: rows that are none, 20 of them by name.
    """
    count, wrong, known = 0, list[str](), set[int]()
    read = reader_for(path)
    try:
        for line, entry in read(path, accounts):
            count += 1
            problem = entry if isinstance(entry, Exception) else _problem_of(entry, known)
            if problem is not None:
                wrong.append(f"{path}:{line}: {problem}")
    except UnicodeDecodeError as error:
        raise BadRowsError(f"{path}: expected UTF-8, and byte {error.start} is not. Nothing was sent.") from None
    if wrong:
        more = f"\n... and {len(wrong) - _MOST_SHOWN} more" if len(wrong) > _MOST_SHOWN else ""
        head = f"{len(wrong)} of {count} entries cannot be sent, and nothing was sent:"
        raise BadRowsError("\n".join([head, *wrong[:_MOST_SHOWN]]) + more)
    return count


def numbers_in(path: Path) -> bool:
    """Whether a file names accounts by their numbers, so that their ids have to be asked for."""
    return path.suffix == ".csv"


def _problem_of(entry: CreateJournalEntryV2Dto, known: set[int]) -> str | None:
    if entry.unknown_fields:
        return f"column {next(iter(entry.unknown_fields))}: the API takes no field of this name"
    try:
        entry.check()
    except InvalidValueError as error:
        return f"column {error.where}: expected {error.expected}, got {error.got}"
    except LedgerBeeError as error:
        return str(error)
    if not entry.reference:
        return "column reference: expected a text that no other entry has"
    # Of a million references the hashes take a third of the memory, and no two of them are the same by chance.
    if (mark := hash(entry.reference)) in known:
        words = "an earlier entry has it, and rows of one entry follow each other"
        return f"column reference: expected a text that no other entry has, got {entry.reference[:40]!r}: {words}"
    known.add(mark)
    return None


def _read_json_lines(path: Path, _: Accounts) -> Iterator[tuple[int, Any]]:
    with path.open(encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            if not text.strip():
                continue
            try:
                yield number, CreateJournalEntryV2Dto.from_json(text)
            except LedgerBeeError as error:
                yield number, _place_in(text) or error


def _place_in(text: str) -> _BadValueError | None:
    """Return where a text is no JSON."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return _BadValueError(f"column {error.colno}", error.msg)
    return None


def _read_csv(path: Path, accounts: Accounts) -> Iterator[tuple[int, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, restkey="")
        names = [name or "" for name in rows.fieldnames or []]
        known = f"known are {', '.join(REQUIRED + OPTIONAL)}, with commas between. Nothing was sent."
        if missing := [name for name in REQUIRED if name not in names]:
            found = ", ".join(names) or "no columns"
            raise BadRowsError(f"{path}:1: the columns {', '.join(missing)} are missing; found are {found}; {known}")
        if unknown := [name for name in names if name not in REQUIRED + OPTIONAL]:
            raise BadRowsError(f"{path}:1: unknown columns {', '.join(unknown)}; {known}")
        numbered = ((rows.line_num, row) for row in rows)
        for _, group in groupby(numbered, key=lambda pair: pair[1]["reference"]):
            same = [*group]
            yield _entry(path, same, accounts)


def _entry(path: Path, rows: list[tuple[int, dict[str, str]]], accounts: Accounts) -> tuple[int, Any]:
    line, first = rows[0]
    try:
        facts: dict[str, Any] = {
            name: first[name] for name in ("description", "currency", "customer_id", "vendor_id") if first.get(name)
        }
        if first.get("file"):
            facts["attachments"] = [_attachment(path.parent / first["file"])]
        entry = CreateJournalEntryV2Dto(
            entry_type=first.get("entry_type") or "journal",
            date=_date(first["date"]),
            original_amount=_amount(first, "amount"),
            reference=first["reference"],
            lines=[],
            **facts,
        )
        for number, row in rows:
            line = number
            entry.lines.append(_line(row, accounts))
    except _BadValueError as error:
        return line, error
    return rows[0][0], entry


def _line(row: dict[str, str], accounts: Accounts) -> SplitEntryLine:
    if "" in row:
        raise _BadValueError(f"column {len(row)}", "the row has more columns than the first one")
    sides = [side for side in ("debit", "credit") if row.get(side)]
    if len(sides) != 1:
        raise _BadValueError("column debit", "expected an amount in one of debit and credit")
    account = row["account"] or ""
    if account.isdecimal() and account not in accounts:
        raise _BadValueError("column account", f"expected the number of an account, got {account!r}")
    facts: dict[str, Any] = {"vat_code_id": row["vat_code_id"]} if row.get("vat_code_id") else {}
    if row.get("line_description"):
        facts["description"] = row["line_description"]
    return SplitEntryLine(
        account_id=accounts.get(account, account), type_=sides[0], amount=_amount(row, sides[0]), **facts
    )


def _amount(row: dict[str, str], column: str) -> Decimal:
    text = row.get(column) or ""
    if not _AMOUNT.fullmatch(text):
        raise _BadValueError(f"column {column}", f"expected an amount such as 125.50, got {text[:40]!r}")
    return Decimal(text)


def _date(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text or "")
    except ValueError:
        raise _BadValueError("column date", f"expected a day such as 2026-11-20, got {(text or '')[:40]!r}") from None


def _attachment(path: Path) -> Attachment:
    try:
        return Attachment.from_bytes(path.read_bytes(), filename=path.name)
    except OSError as error:
        raise _BadValueError("column file", f"{path}: {error.strerror}") from None
    except LedgerBeeError as error:
        raise _BadValueError("column file", str(error)) from None
