"""The books: tables of records, counters for ids and numbers, and a clock, with transactions."""

from __future__ import annotations

import uuid
from collections.abc import Generator
from contextlib import contextmanager

from ledgerbee_sandbox.books.clock import Clock, instant
from ledgerbee_sandbox.books.disk import Disk
from ledgerbee_sandbox.books.table import Record, Table

_NAMESPACE = uuid.UUID("7b0c5c1e-1edb-5ee0-8000-000000000001")


class Books:
    """
    What one company has in LedgerBee: `books["invoices"]` is a table of records.

    Ids and numbers come from counters that are kept with the records, so the same calls give the same ids, and a
    restart continues where the file ends.
    """

    def __init__(self, *, clock: Clock | None = None, disk: Disk | None = None) -> None:
        self.clock = clock or Clock()
        self._disk = disk
        self._tables: dict[str, Table] = {}
        self._open: dict[tuple[str, str], Record | None] | None = None
        for table, record in disk.read() if disk else ():
            self[table].restore(record["id"], record)

    def __getitem__(self, name: str) -> Table:
        if name not in self._tables:
            self._tables[name] = Table(name, self._changed)
        return self._tables[name]

    @property
    def tables(self) -> list[Table]:
        return list(self._tables.values())

    @contextmanager
    def transaction(self) -> Generator[None]:
        """
        All or nothing: an exception undoes every change, the end writes them to disk.

        A transaction inside another belongs to it.
        """
        if self._open is not None:
            yield
            return
        self._open = {}
        undone = True
        try:
            yield
            self._write()
            undone = False
        except BaseException:
            for (table, record_id), old in self._open.items():
                self[table].restore(record_id, old)
            raise
        finally:
            for table in {table for table, _ in self._open}:
                self[table].end_transaction(undone=undone)
            self._open = None

    def new_id(self) -> str:
        """A UUID that depends only on how many were given out before."""
        return str(uuid.uuid5(_NAMESPACE, str(self.next_number("ids"))))

    def next_number(self, name: str) -> int:
        """Count by one: 1, 2, 3 and so on, without gaps, for each name."""
        counters = self["counters"]
        value = (counters.get(name) or {"value": 0})["value"] + 1
        counters.put({"id": name, "value": value})
        return int(value)

    def stamp(self) -> str:
        """The present as the API writes it."""
        return instant(self.clock.now())

    def clear(self) -> None:
        """Forget everything, on disk too."""
        with self.transaction():
            for table in self.tables:
                for record in list(table):
                    table.remove(record["id"])

    def close(self) -> None:
        if self._disk:
            self._disk.close()

    def _changed(self, table: str, record_id: str, old: Record | None) -> None:
        if self._open is None:
            raise RuntimeError(f"{table} was changed outside a transaction")
        self._open.setdefault((table, record_id), old)

    def _write(self) -> None:
        if self._disk and self._open:
            self._disk.write((table, key, self[table].get(key)) for table, key in self._open)
