"""
The journal in an SQLite file: what is written is on disk before the next step, and the event loop never waits for it.

Rows go in and out as one JSON text per statement. Python's sqlite3 gives up the interpreter's lock for each statement,
and a hundred statements would wait a hundred times for their turn.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from attrs import define

from .._helpers.background import BackgroundTask
from .errors import JournalError
from .journal import PAGE, Chunk, Journal, Open, Result, Row, Written, row_of, status_of
from .outcomes import PostingStatus, State
from .sqlite_file import COLUMNS, error_of, last_of, locked, opened

T = TypeVar("T")
_BEGIN = """
INSERT INTO entries (key, digest, state, chunk, pass)
SELECT key, value, 'sending', ?, ? FROM json_each(?)
"""
_AGAIN = """
UPDATE entries SET digest = new.value, state = 'sending', chunk = ?, error = NULL, pass = ?
FROM (SELECT key, value FROM json_each(?)) AS new WHERE entries.key = new.key
"""
_BOOKED = """
UPDATE entries SET state = 'booked', id = new.value
FROM (SELECT key, value FROM json_each(?)) AS new WHERE entries.key = new.key
"""
_FINISH = """
INSERT INTO entries (key, digest, state, chunk, id, error, pass)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[4]'), json_extract(value, '$[1]'), ?,
    json_extract(value, '$[2]'), json_extract(value, '$[3]'), ?
FROM json_each(?) WHERE true
ON CONFLICT (key) DO UPDATE SET
    state = excluded.state, chunk = excluded.chunk, id = excluded.id, error = excluded.error,
    digest = iif(excluded.chunk IS NULL, excluded.digest, digest)
"""
_MET = f"""
SELECT {COLUMNS}, pass = ? FROM entries WHERE key IN (SELECT value FROM json_each(?))
"""  # noqa: S608
_MEET = "UPDATE entries SET pass = ? WHERE key IN (SELECT value FROM json_each(?))"
_UNSETTLED = f"""
SELECT {COLUMNS} FROM entries WHERE state IN ('sending', 'unknown') AND chunk <= ?
ORDER BY chunk, key
"""  # noqa: S608
_PAGE = f"SELECT {COLUMNS} FROM entries WHERE key > ? AND (? IS NULL OR state = ?) ORDER BY key LIMIT ?"  # noqa: S608


@define
class _Step:
    """One thing to do with the connection, and what came of it."""

    work: Callable[[sqlite3.Connection], Any]
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
        self._turn, self._steps = anyio.Lock(), list[_Step]()
        self._pass = self._chunk = self._left = 0

    async def start(self) -> None:
        """Lock the journal; the lock ends with the process, however that ends."""

        def take(connection: sqlite3.Connection) -> None:
            self._lock = self._lock or locked(self.name, self._path)
            last, chunk = last_of(self.name, connection)
            self._pass, self._chunk = last + 1, max(self._chunk, chunk)
            self._left = self._chunk

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

        def begin(connection: sqlite3.Connection) -> tuple[Chunk | None, list[Row]]:
            try:
                connection.execute(_BEGIN, (self._chunk + 1, self._pass, json.dumps(digests)))
            except sqlite3.IntegrityError:
                return None, self._met(connection, [*digests])
            self._chunk += 1
            return Chunk(self._chunk), []

        return await self._do(begin)

    def _met(self, connection: sqlite3.Connection, keys: Sequence[str]) -> list[Row]:
        texts = json.dumps([*keys])
        found = connection.execute(_MET, (self._pass, texts)).fetchall()
        connection.execute(_MEET, (self._pass, texts))
        return [row_of(self.name, row)._replace(came_before=bool(row[-1])) for row in found]

    async def again(self, digests: Mapping[str, str]) -> Chunk | None:
        """Write known keys as `sending`."""

        def again(connection: sqlite3.Connection) -> Chunk:
            self._chunk += 1
            connection.execute(_AGAIN, (self._chunk, self._pass, json.dumps(digests)))
            return Chunk(self._chunk)

        return await self._do(again)

    async def finish(
        self, chunk: Chunk | None, results: Sequence[Result], digests: Mapping[str, str] | None = None
    ) -> bool:
        """Write final states."""
        known = digests or {}
        rows = json.dumps([[*result, known.get(result.key, "")] for result in results])

        def finish(connection: sqlite3.Connection) -> None:
            connection.execute(_FINISH, (chunk.number if chunk else None, self._pass, rows))

        await self._do(finish)
        return True

    def booked(self, chunk: Chunk, ids: Mapping[str, str | None]) -> Written:
        """Write that keys are booked, in the transaction of whatever is written next."""
        rows = json.dumps(ids)

        def booked(connection: sqlite3.Connection) -> None:
            connection.execute(_BOOKED, (rows,))

        step = _Step(booked)
        self._steps.append(step)

        async def written() -> bool:
            await self._done(step)
            return True

        return written

    async def unsettled(self) -> list[Open]:
        """Return what was left behind before `start()`, once; everything later is in this process's own hands."""

        def unsettled(connection: sqlite3.Connection) -> list[Open]:
            found: dict[int, list[Row]] = {}
            for row in connection.execute(_UNSETTLED, (self._left,)):
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
        return await self._do(lambda connection: [row_of(self.name, row) for row in connection.execute(_PAGE, given)])

    async def close(self) -> None:
        """Close the file and let go of the lock."""

        def close() -> None:
            for connection in (self._connection, self._lock):
                if connection is not None:
                    connection.close()
            self._connection = self._lock = None

        async def close_in_turn() -> None:
            async with self._turn:
                if self._steps:  # Of a worker that was cancelled with an answer in its hand.
                    steps, self._steps = self._steps, []
                    await anyio.to_thread.run_sync(self._commit, steps)
                await anyio.to_thread.run_sync(close)

        with anyio.CancelScope(shield=True):
            await BackgroundTask(close_in_turn).wait()

    async def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do one thing in a transaction, together with whatever else waits to be done."""
        step = _Step(work)
        self._steps.append(step)
        await self._done(step)
        result: T = step.result
        return result

    async def _done(self, step: _Step) -> None:
        """Write down all that waits, unless this step was written already."""
        if not step.done:
            # Not in the caller's own task: asyncio cancels that although a thread is at work for it, and whoever comes
            # next must not find the file in the middle of that.
            await BackgroundTask(self._write).wait()
        if isinstance(step.error, sqlite3.Error):
            raise error_of(self.name, step.error) from step.error
        if step.error is not None:
            raise step.error

    async def _write(self) -> None:
        async with self._turn:
            if self._steps:
                steps, self._steps = self._steps, []
                await anyio.to_thread.run_sync(self._commit, steps)

    def _commit(self, steps: list[_Step]) -> None:
        try:
            connection = self._connection = self._connection or opened(self.name, self._path)
            connection.execute("BEGIN")
            try:
                for step in steps:
                    try:
                        step.result = step.work(connection)
                    except JournalError as error:
                        step.error = error
                connection.commit()
            except BaseException:
                connection.rollback()
                raise
        except Exception as error:  # noqa: BLE001  Each step's own caller hears of it, in its own task.
            for step in steps:
                step.error = step.error or error
        for step in steps:
            step.done = True
