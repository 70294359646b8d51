"""The books in an SQLite file: what was acknowledged is on disk before the answer leaves."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from ledgerbee_sandbox.books.table import Record

_TABLE = "CREATE TABLE IF NOT EXISTS records (kind TEXT, id TEXT, place INTEGER, json TEXT, PRIMARY KEY (kind, id))"
_WRITE = (
    "INSERT INTO records (kind, id, place, json) "
    "VALUES (?, ?, (SELECT COALESCE(MAX(place), 0) + 1 FROM records), ?) "
    "ON CONFLICT (kind, id) DO UPDATE SET json = excluded.json"
)


def _pack(value: object) -> object:
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    raise TypeError(type(value).__name__)


def _unpack(value: dict[str, Any]) -> Any:
    return Decimal(value["$decimal"]) if value.keys() == {"$decimal"} else value


class Disk:
    """
    One file, one process. Every `write()` is a transaction that has reached the disk when it returns.

    Raises:
        sqlite3.Error: the file is no database, or another sandbox has it open.
    """

    def __init__(self, path: str | Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        # The file is locked from here until close(): two sandboxes on it would give out the same ids and numbers.
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute(_TABLE)
        self._connection.execute("CREATE INDEX IF NOT EXISTS places ON records (place)")

    def read(self) -> Iterator[tuple[str, Record]]:
        """Every record with its table, in the order of arrival."""
        for table, text in self._connection.execute("SELECT kind, json FROM records ORDER BY place"):
            yield table, json.loads(text, object_hook=_unpack)

    def write(self, changes: Iterable[tuple[str, str, Record | None]]) -> None:
        """Write the changed records and delete those that are None, all or nothing."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for table, record_id, record in changes:
                if record is None:
                    self._connection.execute("DELETE FROM records WHERE kind = ? AND id = ?", (table, record_id))
                else:
                    self._connection.execute(_WRITE, (table, record_id, json.dumps(record, default=_pack)))
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()
