"""
The journal in an SQLite file: what is written is on disk before the next step, and the event loop never waits for it.

Rows go in and out as one JSON text per step, and whatever waits to be written is one statement.
"""

from __future__ import annotations

import json
import sqlite3
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from attrs import define

from .errors import JournalError
from .journal import PAGE, Chunk, Journal, Open, Result, Row, Written, row_of, status_of
from .outcomes import PostingStatus, State
from .sqlite_file import error_of, last_of, locked, opened
from .sqlite_statements import MEET, MET, PAGE_OF_ROWS, SET_UP, UNSETTLED, StepRow, steps
from .threads import JournalThread

T = TypeVar("T")


@define
class _Step:
    """
    One thing to do with the connection, and what came of it.

    Attributes:
        work: Does it, within a transaction.
        row: The same as a row, where it is one; `result` is then what comes of it.
    """

    work: Callable[[sqlite3.Connection], Any]
    row: StepRow | None = None
    result: Any = None
    error: Exception | None = None
    done: bool = False


class SqliteJournal(Journal):
    """A journal in a file, for one process at a time; others may read it meanwhile."""

    def __init__(self, path: Path) -> None:
        self.name: str = str(path)
        # The lock lies beside the file itself, whatever link leads to it.
        self._path = path.resolve()
        self._connection: sqlite3.Connection | None = None
        self._lock: sqlite3.Connection | None = None
        self._thread, self._steps = JournalThread(), deque[_Step]()
        self._pass = self._chunk = self._left = 0

    async def start(self) -> None:
        """Lock the journal; the lock ends with the process, however that ends."""

        def take(connection: sqlite3.Connection) -> None:
            self._lock = self._lock or locked(self.name, self._path)
            last, chunk = last_of(self.name, connection)
            self._pass, self._chunk = last + 1, max(self._chunk, chunk)
            self._left = self._chunk
            for statement in SET_UP:
                connection.execute(statement)

        await self._do(take)

    async def facts(self, expected: Mapping[str, str]) -> Mapping[str, str]:
        """Return what the journal was begun with."""

        def facts(connection: sqlite3.Connection) -> dict[str, str]:
            pairs = [*expected.items()]
            connection.executemany("INSERT INTO facts VALUES (?, ?) ON CONFLICT DO NOTHING", pairs)
            return dict(connection.execute("SELECT name, value FROM facts").fetchall())

        return await self._do(facts)

    async def begin(self, digests: Mapping[str, str]) -> tuple[Chunk | None, list[Row]]:
        """Write new keys as `sending`."""
        self._chunk += 1
        begun: tuple[Chunk | None, list[Row]] = Chunk(self._chunk), []
        row: StepRow = ("begin", self._chunk, self._pass, json.dumps(digests))

        def begin(connection: sqlite3.Connection) -> tuple[Chunk | None, list[Row]]:
            try:
                connection.execute(*steps([row]))
            except sqlite3.IntegrityError:
                return None, self._met(connection, [*digests])
            return begun

        return await self._do(begin, row, begun)

    def _met(self, connection: sqlite3.Connection, keys: Sequence[str]) -> list[Row]:
        texts = json.dumps([*keys])
        found = connection.execute(MET, (self._pass, texts)).fetchall()
        connection.execute(MEET, (self._pass, texts))
        return [row_of(self.name, row)._replace(came_before=bool(row[-1])) for row in found]

    async def again(self, digests: Mapping[str, str]) -> Chunk | None:
        """Write known keys as `sending`."""
        self._chunk += 1
        await self._row("again", self._chunk, json.dumps(digests))
        return Chunk(self._chunk)

    async def finish(
        self, chunk: Chunk | None, results: Sequence[Result], digests: Mapping[str, str] | None = None
    ) -> bool:
        """Write final states."""
        known = digests or {}
        rows = json.dumps([[*result, known.get(result.key, "")] for result in results])
        await self._row("finish", chunk.number if chunk else None, rows)
        return True

    def booked(self, chunk: Chunk, ids: Mapping[str, str | None]) -> Written:
        """Write that keys are booked, in the transaction of whatever is written next."""
        step = self._step("booked", chunk.number, json.dumps(ids))

        async def written() -> bool:
            await self._done(step)
            return True

        return written

    def _step(self, kind: str, number: int | None, rows: str) -> _Step:
        row: StepRow = (kind, number, self._pass, rows)

        def write(connection: sqlite3.Connection) -> None:
            connection.execute(*steps([row]))

        step = _Step(write, row)
        self._steps.append(step)
        return step

    async def _row(self, kind: str, number: int | None, rows: str) -> None:
        await self._done(self._step(kind, number, rows))

    async def unsettled(self) -> list[Open]:
        """Return what was left behind before `start()`, once; everything later is in this process's own hands."""

        def unsettled(connection: sqlite3.Connection) -> list[Open]:
            found: dict[int, list[Row]] = {}
            for row in connection.execute(UNSETTLED, (self._left,)):
                found.setdefault(row[3], []).append(row_of(self.name, row))
            self._left = 0
            return [Open(number, rows) for number, rows in found.items()]

        return await self._do(unsettled)

    async def keep(self, numbers: Sequence[int]) -> None:
        """Do nothing: nobody else has this journal."""

    async def rows(self, keys: Sequence[str]) -> list[Row]:
        """Return what is known of these keys."""
        return await self._do(lambda connection: self._met(connection, keys))

    async def status(self) -> PostingStatus:
        """Count."""
        query = "SELECT state, count(*) FROM entries GROUP BY state"
        return status_of(self.name, await self._do(lambda connection: connection.execute(query).fetchall()))

    async def page(self, state: State | None, after: str) -> list[Row]:
        """Return the next rows."""
        given = (after, state, state, PAGE)
        return await self._do(
            lambda connection: [row_of(self.name, row) for row in connection.execute(PAGE_OF_ROWS, given)]
        )

    async def close(self) -> None:
        """Close the file and let go of the lock."""

        def close() -> None:
            for connection in (self._connection, self._lock):
                if connection is not None:
                    connection.close()
            self._connection = self._lock = None

        def write_and_close() -> None:
            self._write()  # Of a worker that was cancelled with an answer in its hand.
            close()

        await self._thread.end(write_and_close)

    async def _do(
        self, work: Callable[[sqlite3.Connection], T], row: StepRow | None = None, result: T | None = None
    ) -> T:
        """Do one thing in a transaction, together with whatever else waits to be done."""
        step = _Step(work, row, result)
        self._steps.append(step)
        await self._done(step)
        done: T = step.result
        return done

    async def _done(self, step: _Step) -> None:
        """Write down all that waits, unless this step was written already."""
        if not step.done:
            await self._thread.run(self._write)
        if isinstance(step.error, sqlite3.Error):
            raise error_of(self.name, step.error) from step.error
        if step.error is not None:
            raise step.error

    def _write(self) -> None:
        waiting = list[_Step]()
        while self._steps:
            waiting.append(self._steps.popleft())
        if not waiting:
            return
        try:
            connection = self._connection = self._connection or opened(self.name, self._path)
            if not self._written_at_once(connection, waiting):
                self._write_each(connection, waiting)
        except Exception as error:  # noqa: BLE001  Each step's own caller hears of it, in its own task.
            for step in waiting:
                step.error = step.error or error
        for step in waiting:
            step.done = True

    def _written_at_once(self, connection: sqlite3.Connection, waiting: list[_Step]) -> bool:
        """Write rows as one statement, which is a transaction; False where they are no rows, or one is not new."""
        rows = [step.row for step in waiting if step.row is not None]
        if len(rows) < len(waiting):
            return False
        try:
            connection.execute(*steps(rows))
        except sqlite3.IntegrityError:
            return False
        return True

    def _write_each(self, connection: sqlite3.Connection, waiting: list[_Step]) -> None:
        connection.execute("BEGIN")
        try:
            for step in waiting:
                try:
                    step.result = step.work(connection)
                except JournalError as error:
                    step.error = error
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
