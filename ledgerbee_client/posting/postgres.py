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

import anyio
import anyio.to_thread

from ..errors import ConfigurationError
from .errors import JournalError
from .journal import PAGE, SCHEMA, Chunk, Journal, Open, Result, Row, Written
from .lease import now
from .outcomes import PostingStatus, State

try:
    import psycopg
    from psycopg.rows import TupleRow
except ImportError:
    words = "a journal in PostgreSQL needs psycopg, which is not installed: pip install 'ledgerbee-client[postgres]'."
    raise ConfigurationError(words) from None

T = TypeVar("T")
Connection = psycopg.Connection[TupleRow]
_TRIES = 5
"""How often a transaction is begun anew that the database has undone, so that another could go on."""
_LOCK = 7_423_390_215
"""Of the transaction that makes the tables: two that are begun at once wait for each other."""
_TABLES = """
CREATE TABLE IF NOT EXISTS ledgerbee_facts (
    journal text, name text, value text NOT NULL, PRIMARY KEY (journal, name)
);
CREATE TABLE IF NOT EXISTS ledgerbee_chunks (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, journal text NOT NULL, worker text NOT NULL,
    ends timestamptz NOT NULL, is_unknown boolean NOT NULL DEFAULT false
);
CREATE TABLE IF NOT EXISTS ledgerbee_entries (
    journal text, key text, digest text NOT NULL, state text NOT NULL, chunk bigint, id text, error text, worker text,
    PRIMARY KEY (journal, key)
);
CREATE INDEX IF NOT EXISTS ledgerbee_chunks_ends ON ledgerbee_chunks (journal, ends);
CREATE INDEX IF NOT EXISTS ledgerbee_entries_open ON ledgerbee_entries (chunk) WHERE state IN ('sending', 'unknown');
"""
_CHUNK = """
INSERT INTO ledgerbee_chunks (journal, worker, ends)
VALUES (%s, %s, clock_timestamp() + make_interval(secs => %s)) RETURNING number
"""
_BEGIN = """
INSERT INTO ledgerbee_entries (journal, key, digest, state, chunk, worker)
SELECT %s, key, digest, 'sending', %s, %s FROM unnest(%s::text[], %s::text[]) AS new (key, digest) ORDER BY key
ON CONFLICT DO NOTHING
"""
_LOCKED = """
SELECT key FROM ledgerbee_entries WHERE journal = %s AND key = ANY(%s::text[]) AND state IN ('planned', 'refused')
ORDER BY key FOR UPDATE
"""
_AGAIN = """
UPDATE ledgerbee_entries SET state = 'sending', chunk = %s, worker = %s, digest = new.digest, error = NULL
FROM unnest(%s::text[], %s::text[]) AS new (key, digest) WHERE journal = %s AND ledgerbee_entries.key = new.key
"""
_MINE = "SELECT 1 FROM ledgerbee_chunks WHERE number = %s FOR UPDATE"
_FINISH = """
UPDATE ledgerbee_entries SET state = new.state, id = new.id, error = new.error
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS new (key, state, id, error)
WHERE journal = %s AND ledgerbee_entries.key = new.key AND chunk = %s
"""
_UNSENDABLE = """
INSERT INTO ledgerbee_entries (journal, key, digest, state, error, worker) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (journal, key) DO UPDATE SET state = excluded.state, error = excluded.error
"""
_DONE = """
DELETE FROM ledgerbee_chunks WHERE number = %s
AND NOT EXISTS (SELECT 1 FROM ledgerbee_entries WHERE chunk = %s AND state IN ('sending', 'unknown'))
"""
_UNKNOWN = """
UPDATE ledgerbee_chunks SET is_unknown = true WHERE number = %s
AND EXISTS (SELECT 1 FROM ledgerbee_entries WHERE chunk = %s AND state = 'unknown')
"""
_ENDED = """
SELECT number FROM ledgerbee_chunks WHERE journal = %s AND ends < clock_timestamp() AND (NOT is_unknown OR %s)
ORDER BY number FOR UPDATE SKIP LOCKED
"""
_KEEP = """
UPDATE ledgerbee_chunks SET ends = clock_timestamp() + make_interval(secs => %s) WHERE worker = %s AND number = ANY(%s)
"""
_TAKE = "UPDATE ledgerbee_entries SET chunk = %s WHERE chunk = %s AND state IN ('sending', 'unknown')"
_COLUMNS = "key, digest, state, chunk, id, error"
_OF_CHUNK = f"""
SELECT {_COLUMNS} FROM ledgerbee_entries WHERE chunk = %s AND state IN ('sending', 'unknown') ORDER BY key
"""  # noqa: S608
_ROWS = f"""
SELECT {_COLUMNS}, worker = %s FROM ledgerbee_entries WHERE journal = %s AND key = ANY(%s::text[])
"""  # noqa: S608
_PAGE = f"""
SELECT {_COLUMNS} FROM ledgerbee_entries
WHERE journal = %s AND key > %s AND (%s::text IS NULL OR state = %s) ORDER BY key LIMIT %s
"""  # noqa: S608


class PostgresJournal(Journal):
    """A journal in a database, by its name there."""

    poll_seconds: float = 1.0

    def __init__(self, url: str, name: str, lease: float, settling: float) -> None:
        self.name: str = f"journal {name!r}"
        self._url, self._journal, self._lease, self._settling = url, name, lease, settling
        # New for each pass over entries: what a pass has inserted itself must not come again in it.
        self._worker = ""
        self._connection: Connection | None = None
        self._turn = anyio.Lock()
        self._asked_before = False

    async def start(self) -> None:
        """Begin a pass; others may be under way."""
        self._worker, self._asked_before = secrets.token_hex(8), False

    async def facts(self, expected: Mapping[str, str]) -> Mapping[str, str]:
        """Return what the journal was begun with."""

        def facts(connection: Connection) -> dict[str, str]:
            for name, value in expected.items():
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
                if connection.execute(_BEGIN, given).rowcount == len(digests):
                    return chunk, []
                raise psycopg.Rollback
            return None, self._known(connection, [*digests])

        return await self._do(begin)

    def _chunk(self, connection: Connection, seconds: float) -> Chunk:
        # Read before the database reads its own, so that the lease ends here first.
        ends = now() + seconds
        row = connection.execute(_CHUNK, (self._journal, self._worker, seconds)).fetchone()
        assert row is not None
        return Chunk(row[0], ends)

    def _known(self, connection: Connection, keys: Sequence[str]) -> list[Row]:
        found = connection.execute(_ROWS, (self._worker, self._journal, [*keys])).fetchall()
        return [Row(*row)._replace(came_before=bool(row[-1])) for row in found]

    async def again(self, digests: Mapping[str, str]) -> Chunk | None:
        """Write known keys as `sending`, if nobody else has."""

        def again(connection: Connection) -> Chunk | None:
            if len(connection.execute(_LOCKED, (self._journal, [*digests])).fetchall()) < len(digests):
                return None
            chunk = self._chunk(connection, self._lease)
            given = (chunk.number, self._worker, [*digests], [*digests.values()], self._journal)
            connection.execute(_AGAIN, given)
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
                    connection.execute(_UNSENDABLE, given)
                return True
            columns = [[*column] for column in zip(*results, strict=True)]
            # First the chunk and then its entries, as whoever takes it over does: else each could wait for the other.
            if connection.execute(_MINE, (chunk.number,)).fetchone() is None:
                return False
            with connection.transaction():
                if connection.execute(_FINISH, (*columns, self._journal, chunk.number)).rowcount < len(results):
                    raise psycopg.Rollback
                connection.execute(_DONE, (chunk.number, chunk.number))
                connection.execute(_UNKNOWN, (chunk.number, chunk.number))
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
            ended = connection.execute(_ENDED, (self._journal, not self._asked_before)).fetchall()
            found: list[Open] = []
            for (number,) in ended:
                # Under a number of our own: whoever had it before, and wakes, finds that it is not theirs any more.
                chunk = self._chunk(connection, self._lease + self._settling)
                connection.execute(_TAKE, (chunk.number, number))
                connection.execute(_DONE, (number, number))
                if rows := connection.execute(_OF_CHUNK, (chunk.number,)).fetchall():
                    found.append(Open(chunk.number, [Row(*row) for row in rows]))
                else:
                    connection.execute(_DONE, (chunk.number, chunk.number))
            self._asked_before = True
            return found

        return await self._do(unsettled)

    async def keep(self, numbers: Sequence[int]) -> None:
        """Begin the lease of our chunks anew."""
        given = (self._lease + self._settling, self._worker, [*numbers])
        await self._do(lambda connection: connection.execute(_KEEP, given))

    async def rows(self, keys: Sequence[str]) -> list[Row]:
        """Return what is known of these keys."""
        return await self._do(lambda connection: self._known(connection, keys))

    async def status(self) -> PostingStatus:
        """Count."""
        query = "SELECT state, count(*) FROM ledgerbee_entries WHERE journal = %s GROUP BY state"
        found = await self._do(lambda connection: connection.execute(query, (self._journal,)).fetchall())
        return PostingStatus(**dict(found))

    async def page(self, state: State | None, after: str) -> list[Row]:
        """Return the next rows."""
        given = (self._journal, after, state, state, PAGE)
        return await self._do(lambda connection: [Row(*row) for row in connection.execute(_PAGE, given).fetchall()])

    async def close(self) -> None:
        """Close the connection."""

        def close() -> None:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

        with anyio.CancelScope(shield=True):
            async with self._turn:
                await anyio.to_thread.run_sync(close)

    async def _do(self, work: Callable[[Connection], T]) -> T:
        """Do one thing in a transaction."""

        def commit() -> T:
            connection = self._connection = self._connection or self._opened()
            for _ in range(_TRIES):
                with suppress(psycopg.errors.DeadlockDetected), connection.transaction():
                    return work(connection)
            with connection.transaction():
                return work(connection)

        async with self._turn:
            try:
                return await anyio.to_thread.run_sync(commit)
            except psycopg.Error as error:
                # Only its first line: the others may show the statement, and with it keys.
                first = next(iter(str(error).splitlines()), type(error).__name__)
                raise JournalError(f"{self.name}: {first}.") from error

    def _opened(self) -> Connection:
        connection = psycopg.connect(self._url, autocommit=True)
        try:
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
                connection.execute(_TABLES)
                row = (self._journal, "schema", SCHEMA)
                connection.execute("INSERT INTO ledgerbee_facts VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", row)
        except BaseException:
            connection.close()
            raise
        return connection
