"""
The journal in PostgreSQL, for any number of workers on any number of machines.

A worker has a batch to itself for the time of a lease, counted by the database's clock there, and here by a clock that
goes on while a process is stopped or a machine sleeps. Whoever finds a lease ended takes the batch over, and looks for
it before it is sent again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TypeVar

from . import postgres_tables as sql
from .errors import JournalError
from .journal import PAGE, SCHEMA, Chunk, Journal, Open, Result, Row, Written, damaged, row_of, status_of
from .lease import now
from .outcomes import PostingStatus, State
from .postgres_tables import Connection, DatabaseError, DeadlockError, Rollback, opened
from .threads import JournalThread

T = TypeVar("T")
_TRIES = 5
"""How often a transaction is begun anew that the database has undone, so that another could go on."""


class PostgresJournal(Journal):
    """A journal in a database, by its name there."""

    poll_seconds: float = 1.0

    def __init__(self, url: str, name: str, lease: float, settling: float) -> None:
        self.name: str = f"journal {name!r}"
        self._url, self._journal, self._lease, self._settling = url, name, lease, settling
        # New for each pass over entries: what a pass has inserted itself must not come again in it.
        self._worker = ""
        self._connection: Connection | None = None
        self._thread = JournalThread()
        self._asked_before = False

    async def start(self) -> None:
        """Begin a pass; others may be under way."""
        self._worker, self._asked_before = secrets.token_hex(8), False
        given = (self._journal, self._journal)
        if (
            strange := await self._do(lambda connection: connection.execute(sql.STRANGE, given).fetchone())
        ) is not None:
            row = row_of(self.name, strange)
            raise damaged(self.name, row.key, f"the state {row.state!r}, and its request is not in ledgerbee_chunks")

    async def facts(self, expected: Mapping[str, str]) -> Mapping[str, str]:
        """Return what the journal was begun with."""

        def facts(connection: Connection) -> dict[str, str]:
            for name, value in {"schema": SCHEMA, **expected}.items():
                row = (self._journal, name, value)
                connection.execute("INSERT INTO ledgerbee_facts VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", row)
            query = "SELECT name, value FROM ledgerbee_facts WHERE journal = %s"
            return dict(connection.execute(query, (self._journal,)).fetchall())

        return await self._do(facts)

    async def begin(self, digests: Mapping[str, str]) -> tuple[Chunk | None, list[Row]]:
        """Write new keys as `sending`, in a chunk of our own."""

        def begin(connection: Connection) -> tuple[Chunk | None, list[Row]]:
            with connection.transaction():
                chunk = self._chunk(connection, self._lease)
                given = (self._journal, chunk.number, self._worker, [*digests], [*digests.values()])
                if connection.execute(sql.BEGIN, given).rowcount == len(digests):
                    return chunk, []
                raise Rollback
            return None, self._known(connection, [*digests])

        return await self._do(begin)

    def _chunk(self, connection: Connection, seconds: float) -> Chunk:
        # Read before the database reads its own, so that the lease ends here first.
        ends = now() + seconds
        row = connection.execute(sql.CHUNK, (self._journal, self._worker, seconds)).fetchone()
        assert row is not None
        return Chunk(row[0], ends)

    def _known(self, connection: Connection, keys: Sequence[str]) -> list[Row]:
        found = connection.execute(sql.ROWS, (self._worker, self._journal, [*keys])).fetchall()
        connection.execute(sql.MEET, (self._worker, self._journal, self._journal, [*keys]))
        return [row_of(self.name, row)._replace(came_before=bool(row[-2]), is_left=bool(row[-1])) for row in found]

    async def again(self, digests: Mapping[str, str]) -> Chunk | None:
        """Write known keys as `sending`, if nobody else has."""

        def again(connection: Connection) -> Chunk | None:
            if len(connection.execute(sql.LOCKED, (self._journal, [*digests])).fetchall()) < len(digests):
                return None
            chunk = self._chunk(connection, self._lease)
            given = (chunk.number, self._worker, [*digests], [*digests.values()], self._journal)
            connection.execute(sql.AGAIN, given)
            return chunk

        return await self._do(again)

    async def finish(
        self, chunk: Chunk | None, results: Sequence[Result], digests: Mapping[str, str] | None = None
    ) -> bool:
        """Write final states of what is still in this chunk; what another has taken over is another's."""

        def finish(connection: Connection) -> bool:
            if chunk is None:
                known = digests or {}
                for key, state, _, error in results:
                    given = (self._journal, key, known.get(key, ""), state, error, self._worker)
                    connection.execute(sql.UNSENDABLE, given)
                return True
            columns = [[*column] for column in zip(*results, strict=True)]
            # First the chunk and then its entries, as whoever takes it over does: else each could wait for the other.
            if connection.execute(sql.MINE, (chunk.number,)).fetchone() is None:
                return False
            with connection.transaction():
                if connection.execute(sql.FINISH, (*columns, self._journal, chunk.number)).rowcount < len(results):
                    raise Rollback
                connection.execute(sql.DONE, (chunk.number, chunk.number))
                connection.execute(sql.UNKNOWN, (chunk.number, chunk.number))
                return True
            return False

        return await self._do(finish)

    def booked(self, chunk: Chunk, ids: Mapping[str, str | None]) -> Written:
        """Write that keys are booked."""

        async def written() -> bool:
            return await self.finish(chunk, [Result(key, "booked", found) for key, found in ids.items()])

        return written

    async def unsettled(self) -> list[Open]:
        """Take over what has no lease any more; what is unknown, only at the beginning of a pass."""

        def unsettled(connection: Connection) -> list[Open]:
            ended = connection.execute(sql.ENDED, (self._journal, not self._asked_before)).fetchall()
            found: list[Open] = []
            for (number,) in ended:
                # Under a number of our own: whoever had it before, and wakes, finds that it is not theirs any more.
                chunk = self._chunk(connection, self._lease + self._settling)
                connection.execute(sql.TAKE, (chunk.number, number))
                connection.execute(sql.DONE, (number, number))
                if rows := connection.execute(sql.OF_CHUNK, (chunk.number,)).fetchall():
                    found.append(Open(chunk.number, [row_of(self.name, row) for row in rows]))
                else:
                    connection.execute(sql.DONE, (chunk.number, chunk.number))
            self._asked_before = True
            return found

        return await self._do(unsettled)

    async def keep(self, numbers: Sequence[int]) -> None:
        """Begin the lease of our chunks anew."""
        given = (self._lease + self._settling, self._worker, [*numbers])
        await self._do(lambda connection: connection.execute(sql.KEEP, given))

    async def rows(self, keys: Sequence[str]) -> list[Row]:
        """Return what is known of these keys."""
        return await self._do(lambda connection: self._known(connection, keys))

    async def status(self) -> PostingStatus:
        """Count."""
        query = "SELECT state, count(*) FROM ledgerbee_entries WHERE journal = %s GROUP BY state"
        found = await self._do(lambda connection: connection.execute(query, (self._journal,)).fetchall())
        return status_of(self.name, found)

    async def page(self, state: State | None, after: str) -> list[Row]:
        """Return the next rows."""
        given = (self._journal, after, state, state, PAGE)
        found = await self._do(lambda connection: connection.execute(sql.PAGE, given).fetchall())
        return [row_of(self.name, row) for row in found]

    async def close(self) -> None:
        """Close the connection."""

        def close() -> None:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

        await self._thread.end(close)

    async def _do(self, work: Callable[[Connection], T]) -> T:
        """Do one thing in a transaction."""

        def commit() -> T:
            connection = self._connection = self._connection or opened(self.name, self._url, self._journal)
            for _ in range(_TRIES):
                with suppress(DeadlockError), connection.transaction():
                    return work(connection)
            with connection.transaction():
                return work(connection)

        try:
            return await self._thread.run(commit)
        except DatabaseError as error:
            # Only its first line: the others may show the statement, and with it keys.
            first = next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")
            advice = ""
            if self._connection is None or self._connection.closed:
                self._connection = None  # The next step opens another.
                advice = " Run again when the database can be reached: what was under way is looked for then."
            raise JournalError(f"{self.name}: {first}.{advice}") from error
