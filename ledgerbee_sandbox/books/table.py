"""One kind of record, by id, in the order of arrival."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Record = dict[str, Any]
Changed = Callable[[str, str, Record | None], None]


class Table:
    """
    Records by id. A record is never changed in place: `put()` replaces it.

    That rule is what makes undoing a transaction, and writing it to disk, a matter of remembering the old record.
    """

    def __init__(self, name: str, changed: Changed) -> None:
        self.name = name
        self._records: dict[str, Record] = {}
        self._order: list[str] | None = None
        self._changed = changed

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records.values())

    def __contains__(self, record_id: object) -> bool:
        return isinstance(record_id, str) and record_id in self._records

    def get(self, record_id: object) -> Record | None:
        return self._records.get(record_id) if isinstance(record_id, str) else None

    def put(self, record: Record) -> Record:
        """Add the record, or replace the one with its id, which keeps its place."""
        record_id: str = record["id"]
        self._changed(self.name, record_id, self._records.get(record_id))
        self._records[record_id] = record
        return record

    def change(self, record: Record, **fields: Any) -> Record:
        """Replace the record by one with these fields changed."""
        return self.put({**record, **fields})

    def remove(self, record_id: str) -> None:
        self._changed(self.name, record_id, self._records.get(record_id))
        if self._order is None:
            self._order = list(self._records)
        self._records.pop(record_id, None)

    def newest_first(self) -> list[Record]:
        return list(reversed(self._records.values()))

    def where(self, **fields: object) -> list[Record]:
        """The records whose fields have exactly these values, in order of arrival."""
        return [record for record in self if all(record.get(name) == value for name, value in fields.items())]

    def first(self, **fields: object) -> Record | None:
        return next((r for r in self if all(r.get(name) == value for name, value in fields.items())), None)

    def restore(self, record_id: str, record: Record | None) -> None:
        """Put a record back as it was, or take it away; nothing of this is remembered as a change."""
        if record is None:
            self._records.pop(record_id, None)
        else:
            self._records[record_id] = record

    def end_transaction(self, *, undone: bool) -> None:
        """Put what was removed back at its old place where the transaction was undone."""
        if undone and self._order is not None:
            self._records = {key: self._records[key] for key in self._order if key in self._records}
        if self._order is not None and not self._records:
            self._records = {}  # A dictionary that was emptied keeps the memory it had.
        self._order = None
